"""Words for the command line: a file, a folder of results, a configuration, a plug-in."""

import inspect
import json

from pomflow import registry
from pomflow.config.resolve import fitting_contours
from pomflow.config.scan import Study, studies
from pomflow.models.base import Model
from pomflow.studies.ising.settings import name_of
from pomflow.studies.ising.settings import studies as ising_studies

WIDTH = 14
# files that are named where a folder holds results of several revisions
NAMED = 3
PARTNERS = {
    "exact": "exact values",
    "mean_field": "mean-field values",
    "simulation": "an exact simulation",
    "best": "the best path",
}


def of_file(about: dict) -> str:
    """What ``provenance.of_file`` found."""
    revision = about["git_revision"] + (" (the source was changed)" if about["dirty"] else "")
    lines = {
        "file": about["path"],
        "kind": about["kind"],
        "created": about["created"],
        "seed": "no random numbers of its own" if about["seed"] is None else about["seed"],
        "git revision": revision,
        "versions": ", ".join(f"{name} {version}" for name, version in about["versions"].items()),
        "machine": about["machine"],
        "device": about["device"],
        "time": f"{about['seconds']} s, {about['cpu_seconds']} s of a processor",
        **about["attributes"],
    }
    settings = json.dumps(about["config"], indent=2)
    return "\n".join([_lines(lines), "variables", *_variables(about["variables"]), f"config {settings}"])


def _variables(variables: dict) -> list[str]:
    """Name, shape, units and meaning of each, in columns."""
    rows = [
        (name, " x ".join(map(str, array["shape"])) or "number", array["units"], array["long_name"])
        for name, array in variables.items()
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    return [
        "  " + "  ".join([*(text.ljust(width) for text, width in zip(row[:3], widths, strict=True)), row[3]])
        for row in rows
    ]


def of_folder(about: dict) -> str:
    """What ``provenance.of_folder`` found."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in about["kinds"].items())
    lines = {
        "folder": about["path"],
        "files": f"{about['files']} ({kinds})",
        "time": f"{about['cpu_seconds']} s of a processor",
    }
    values = []
    for name in ("revisions", "seeds", "versions", "machines", "devices"):
        values += _values(name, about[name])
    diverged = [
        f"diverged      {message} ({len(paths)} files)" for message, paths in about["diverged"].items()
    ]
    damaged = [f"damaged       {message}" for message in about["damaged"]]
    return "\n".join([_lines(lines), *values, *diverged, *_leftovers(about["leftovers"]), *damaged])


def _leftovers(paths: list[str]) -> list[str]:
    """Files that are counted above though no table is made of them."""
    more = ", ..." if len(paths) > NAMED else ""
    named = f"{len(paths)} files of points that no table has: {', '.join(paths[:NAMED])}{more}"
    return [f"leftovers     {named}"] if paths else []


def _values(name: str, found: dict[str, list[str]]) -> list[str]:
    """Each value, with the files that have it where there are several."""
    lines = []
    for value, paths in found.items():
        which = f": {len(paths)} files, {', '.join(paths[:NAMED])}" if len(found) > 1 else ""
        more = ", ..." if len(found) > 1 and len(paths) > NAMED else ""
        lines.append(f"{name:<{WIDTH - 2}}  {value}{which}{more}")
    return lines


def of_config(resolved: dict) -> str:
    """What a complete configuration would run; the code of plug-ins is not run for it."""
    lines = {
        "scan": f"{resolved['scan']}, to results/{resolved['scan']}",
        "seed": resolved["seed"],
        "backend": resolved["backend"],
    }
    for name, study in studies(resolved).items():
        lines[f"study {name}"] = _study(study)
    plugged = [
        f"{name} ({place})" for family in resolved["plugins"].values() for name, place in family.items()
    ]
    if plugged:
        lines["plug-ins"] = f"{', '.join(plugged)}: their code is run by the scan, not by this check"
    if resolved["ising"]["enabled"]:
        lines["Ising study"] = "; ".join(
            f"{', '.join(study['classifiers'])} on {name_of(*place)}"
            for place, study in ising_studies(resolved["ising"]).items()
        )
    if resolved["lessons"]["enabled"]:
        lines["lessons"] = "all"
    return _lines(lines)


def _study(study: Study) -> str:
    """Model, parameters, contours and axes in words."""
    fixed = ", ".join(f"{name} = {value}" for name, value in study.settings["parameters"].items())
    contours = "; ".join(f"{contour} on {lattice}" for lattice, contour in study.pairs)
    over = "; ".join(f"{axis} = {', '.join(texts)} ({len(texts)})" for axis, texts in study.axes.items())
    trained = f"; every contour trained {seeds} times" if (seeds := study.settings["seeds"]) > 1 else ""
    compared = "; compared with the baselines" if study.settings["compare"]["enabled"] else ""
    model = f"{study.settings['model']}{' with ' if fixed else ''}{fixed}"
    return f"{model}; {contours}; {over}{trained}{compared}"


def of_model(name: str) -> str:
    """Parameters, observables, exact partners and contours of a model, indented below its name."""
    model = registry.load("model", name)
    lines = [f"    {parameter:<12}{one.words()}" for parameter, one in model.parameters.items()]
    observables = [f"{key} ({one.long_name})" for key, one in registry.observables(name, model).items()]
    lines.append(f"    observables: {', '.join(observables) or 'none'}")
    lines.append(f"    partners: {partners(model)}")
    return "\n".join([*lines, f"    contours: {', '.join(fitting_contours(model))}"])


def partners(model: type[Model]) -> str:
    """What a model states beside its action, in words."""
    stated = [words for partner, words in PARTNERS.items() if model.stated(partner) is not None]
    return ", ".join(stated) or "none"


def _lines(values: dict) -> str:
    width = max(WIDTH - 2, *map(len, values))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in values.items())


def first_sentence(plugin) -> str:
    """The first line of the docstring of a class, or of the module of a function."""
    described = inspect.getmodule(plugin) if inspect.isfunction(plugin) else plugin
    return inspect.getdoc(described).partition("\n")[0]
