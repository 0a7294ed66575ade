"""The configuration: defaults and validation."""

import itertools
import math
from pathlib import Path

import jsonschema
import yaml

from pomflow import plugins, registry
from pomflow.config import finite_size, free_energy, simulations, sizes, spins, trainings
from pomflow.config.approaches import check_approaches
from pomflow.config.chains import check_chains
from pomflow.config.complete import with_defaults, with_numbers
from pomflow.config.curves import check_curves
from pomflow.config.messages import depth, did_you_mean, explain, field_name, number_hint, require_once
from pomflow.config.scan import (
    DECIMALS,
    FINEST_SPACING,
    Study,
    axis_values,
    lattice_entries,
    lattice_text,
    predecessor,
    text_of,
)
from pomflow.config.upgrade import OLD_SECTION, refuse_old_form
from pomflow.errors import ConfigError, shown
from pomflow.lattice import Lattice

LARGEST = 2**63 - 1
# Folders of the results beside those of the studies.
RESERVED = ("ising", "lessons", "figures", "logs", "benchmarks", "report", "compare")

# JSON calls 4.0 an integer; a lattice or a seed must be written as one
_STRICT = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda checker, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_STRICT)


def load_schema(path: Path) -> dict:
    """The JSON Schema of the configuration."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def resolve(config: dict, schema: dict, run_plugins: bool = True) -> dict:
    """Fill in defaults and validate.

    Parameters
    ----------
    config : dict
        As merged from the config files.
    schema : dict
        From ``load_schema``.
    run_plugins : bool
        Whether the code of plug-ins may be run, which checks the parameters of their models.

    Returns
    -------
    dict
        A complete configuration; the argument is left as it was.

    Raises
    ------
    ConfigError
        For the first problem found, naming the field and what to write there.
    """
    if OLD_SECTION in config:
        refuse_old_form(config)
    resolved = with_defaults(with_numbers(config, schema), schema)
    require_valid(resolved, schema)
    registry.plug_in(resolved["plugins"])
    for place in itertools.chain(*map(dict.values, resolved["plugins"].values())):
        # reads the files and runs none, so that a missing or unreadable one is known at once
        plugins.source_fingerprint(Path(place.rpartition(":")[0]))
    for name, study in resolved["studies"].items():
        _check_study(name, study, run_plugins)
    spins.check(resolved["ising"])
    return resolved


def require_valid(section: dict, schema: dict) -> None:
    """Refuse what the schema does not allow, and numbers that are not finite.

    Raises
    ------
    ConfigError
        For the first problem found.
    """
    errors = sorted(_Validator(schema).iter_errors(section), key=depth)
    if errors:
        raise explain(errors[0])
    _check_finite(section)


def _check_finite(value, path=()) -> None:
    """YAML writes NaN and infinity as numbers; no key wants them, nor a whole number beyond 64 bits."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigError(field_name(path), f"{shown(value)} is too large", f"It must be at most {LARGEST}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(field_name(path), f"{value} is not a finite number", "Give a finite number.")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        _check_finite(part, (*path, key))


def _check_study(name: str, study: dict, run_plugins: bool) -> None:
    """What a schema cannot say; of the model only where its code may be run."""
    where = f"studies.{name}"
    if name in RESERVED:
        remedy = f"Choose a name other than {', '.join(RESERVED)}, which are folders of the results."
        raise ConfigError(where, "this name is taken", remedy)
    for field, names in _contour_lists(study).items():
        require_once(f"{where}.{field}", names)
        for contour in names:
            _check_known(f"{where}.{field}", "contour", contour)
    _check_known(f"{where}.model", "model", study["model"])
    sizes.check_lattices(where, study)
    require_once(f"{where}.lattices", [lattice_text(shape) for shape, _ in lattice_entries(study)])
    for axis, entry in study["over"].items():
        _check_axis(f"{where}.over.{axis}", entry)
    _check_curriculum(where, study)
    if 0 < (spacing := study["worm"]["spacing"]) < FINEST_SPACING:
        remedy = f"Take {FINEST_SPACING} or more, or 0 for no integral."
        raise ConfigError(f"{where}.worm.spacing", f"{spacing} is too fine for an integral", remedy)
    _check_recorded(where, study)
    sizes.check_runs(where, study)
    if run_plugins or not registry.is_plugged("model", study["model"]):
        _check_model(where, Study(name, study), run_plugins)


def _contour_lists(study: dict) -> dict[str, list[str]]:
    """The lists of contours of a study by the name of their field."""
    return {"contours": study["contours"]} | {
        f"lattices[{place}].contours": entry["contours"]
        for place, entry in enumerate(study["lattices"])
        if isinstance(entry, dict)
    }


def _check_known(field: str, family: str, name: str) -> None:
    try:
        registry.module_of(family, name)
    except ConfigError as error:
        raise ConfigError(field, error.what, error.remedy) from None


def _check_axis(field: str, entry) -> None:
    """Every value once, short enough to name files, and none that is named and not reached."""
    if isinstance(entry, dict) and entry["num"] == 1 and entry["start"] != entry["stop"]:
        remedy = f"Write [{text_of(entry['start'])}], or a num of at least 2."
        raise ConfigError(field, "one value does not reach from start to stop", remedy)
    long = (value for value in entry if round(value, DECIMALS) != value) if isinstance(entry, list) else ()
    if (value := next(iter(long), None)) is not None:
        remedy = f"Write {text_of(round(value, DECIMALS))}."
        raise ConfigError(field, f"{value} has more than {DECIMALS} decimals", remedy)
    require_once(field, list(map(text_of, axis_values(entry))))


def _check_model(where: str, study: Study, run_plugins: bool) -> None:
    """What the model does not have (parameters, axes, lattices, contours); what is too large to simulate."""
    model = study.model
    _check_names(where, study)
    # to read them refuses names that would write over columns and figures
    registry.quantities(study.settings["model"], model)
    try:
        values = {point: study.values(point) for point in study.points}
        for lattice, point in itertools.product(study.lattices, study.points):
            model.check(Lattice.parse(lattice), values[point])
        simulations.check(study)
    except ConfigError as error:
        field = error.where.replace("parameters.", "over.") if _is_axis(error.where, study) else error.where
        raise ConfigError(f"{where}.{field}", error.what, error.remedy) from None
    for check in (check_approaches, check_chains, check_curves, trainings.check_trainings, finite_size.check):
        check(where, study)
    free_energy.check(where, study, run_plugins)
    for field, names in _contour_lists(study.settings).items():
        for contour in names:
            if run_plugins or not registry.is_plugged("contour", contour):
                _check_fit(f"{where}.{field}", contour, model)


def _check_names(where: str, study: Study) -> None:
    """Every name is a parameter of the model, given once, and a number where the model has one."""
    known = study.model.parameters
    axes = [name for name, parameter in known.items() if parameter.may_run]
    for axis in study.axes:
        if axis not in axes:
            what = "it cannot be an axis" if axis in known else "the model has no such parameter"
            raise ConfigError(f"{where}.over.{axis}", what, did_you_mean(axis, axes, "Take one of"))
    for name, value in study.settings["parameters"].items():
        field = f"{where}.parameters.{name}"
        if name not in known:
            remedy = did_you_mean(name, list(known), "It has")
            raise ConfigError(field, "the model has no such parameter", remedy)
        if name in study.axes:
            remedy = "Keep it in 'over', or among the fixed parameters."
            raise ConfigError(field, "it is given in 'over' too", remedy)
        if not known[name].choices and (hint := number_hint(value)):
            raise ConfigError(field, f"{shown(value)} is not a number", hint)


def _is_axis(field: str, study: Study) -> bool:
    return field.removeprefix("parameters.") in study.axes


def _check_fit(field: str, contour: str, model: type) -> None:
    """The integral on a contour that does not fit would be another one."""
    why = registry.load("contour", contour).misfit(model)
    if why is None:
        return
    remedy = f"Contours that fit: {', '.join(fitting_contours(model))}."
    raise ConfigError(field, f"'{contour}' does not fit: {why}", remedy)


def fitting_contours(model: type) -> list[str]:
    """The contours of the package on which a model can be integrated."""
    return [
        name
        for name in registry.members("contour")
        if not registry.is_plugged("contour", name) and registry.load("contour", name).misfit(model) is None
    ]


def _check_recorded(where: str, study: dict) -> None:
    """Every chain leaves enough behind for an autocorrelation time."""
    for section, length in sizes.RECORDED.items():
        run = study[section]
        if sizes.records(run, length) < sizes.FEWEST_RECORDS:
            raise ConfigError(
                f"{where}.{section}.record_every",
                f"fewer than {sizes.FEWEST_RECORDS} configurations of a chain would be recorded",
                f"Lower record_every or raise {length}; autocorrelations cannot be measured otherwise.",
            )


def _check_curriculum(where: str, study: dict) -> None:
    """Every lattice of the curriculum once, and each one of the scan or the start of another."""
    curriculum = study["curriculum"]
    names = list(map(lattice_text, curriculum))
    scanned = [lattice_text(shape) for shape, _ in lattice_entries(study)]
    require_once(f"{where}.curriculum", names)
    used = {*scanned, *(predecessor(lattice, curriculum) for lattice in scanned + names)}
    idle = next((name for name in names if name not in used), None)
    if idle is not None:
        raise ConfigError(
            f"{where}.curriculum",
            f"no contour would start from {idle}",
            "Name lattices that fit into larger ones of the study, or none.",
        )
