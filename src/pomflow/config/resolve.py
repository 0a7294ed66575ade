"""The configuration: defaults and validation."""

import itertools
import math
from pathlib import Path

import jsonschema
import yaml

from pomflow import plugins, registry
from pomflow.config import finite_size, free_energy, sizes, trainings
from pomflow.config.approaches import check_approaches
from pomflow.config.chains import check_chains
from pomflow.config.complete import with_defaults, with_numbers
from pomflow.config.curves import check_curves
from pomflow.config.messages import depth, did_you_mean, explain, field_name, number_hint
from pomflow.config.scan import (
    DECIMALS,
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
from pomflow.models.ising.model import Ising, require_checkerboard
from pomflow.studies.ising.settings import leading

# A chain with fewer records has no autocorrelation time.
FEWEST_RECORDS = 5
LARGEST = 2**63 - 1
# Of an Ising model in three dimensions 256 patterns of a window of 2x2x2 sites are counted; in four it would
# be 65536.
LARGEST_DIMENSION = 3
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
    _check_ising(resolved["ising"])
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
        _check_once(f"{where}.{field}", names)
        for contour in names:
            _check_known(f"{where}.{field}", "contour", contour)
    _check_known(f"{where}.model", "model", study["model"])
    sizes.check_lattices(where, study)
    _check_once(f"{where}.lattices", [lattice_text(shape) for shape, _ in lattice_entries(study)])
    for axis, entry in study["over"].items():
        _check_axis(f"{where}.over.{axis}", entry)
    _check_curriculum(where, study)
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
    _check_once(field, list(map(text_of, axis_values(entry))))


def _check_model(where: str, study: Study, run_plugins: bool) -> None:
    """What the model does not have (parameters, axes, lattices, contours); what is too large to simulate."""
    model = study.model
    _check_names(where, study)
    try:
        values = {point: study.values(point) for point in study.points}
        for lattice, point in itertools.product(study.lattices, study.points):
            model.check(Lattice.parse(lattice), values[point])
        if study.simulated:
            for lattice, node in itertools.product(study.simulated_lattices, study.nodes):
                study.simulation.check(Lattice.parse(lattice), study.values(node))
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
        if sizes.records(run, length) < FEWEST_RECORDS:
            raise ConfigError(
                f"{where}.{section}.record_every",
                f"fewer than {FEWEST_RECORDS} configurations of a chain would be recorded",
                f"Lower record_every or raise {length}; autocorrelations cannot be measured otherwise.",
            )


def _check_once(field: str, entries: list[str]) -> None:
    twice = next((entry for entry in entries if entries.count(entry) > 1), None)
    if twice is not None:
        raise ConfigError(field, f"{twice} appears twice", "Name every value once.")


def _check_curriculum(where: str, study: dict) -> None:
    """Every lattice of the curriculum once, and each one of the scan or the start of another."""
    curriculum = study["curriculum"]
    names = list(map(lattice_text, curriculum))
    scanned = [lattice_text(shape) for shape, _ in lattice_entries(study)]
    _check_once(f"{where}.curriculum", names)
    used = {*scanned, *(predecessor(lattice, curriculum) for lattice in scanned + names)}
    idle = next((name for name in names if name not in used), None)
    if idle is not None:
        raise ConfigError(
            f"{where}.curriculum",
            f"no contour would start from {idle}",
            "Name lattices that fit into larger ones of the study, or none.",
        )


def _check_ising(ising: dict) -> None:
    """What a schema cannot say."""
    _check_once("ising.lattices", [lattice_text(entry["shape"]) for entry in ising["lattices"]])
    _check_once("ising.classifiers", ising["classifiers"])
    for place, entry in enumerate(ising["lattices"]):
        field = f"ising.lattices[{place}]"
        _check_once(f"{field}.classifiers", entry.get("classifiers", []))
        if entry["beta"]["stop"] <= entry["beta"]["start"]:
            raise ConfigError(f"{field}.beta.stop", "the range is empty", "It must be greater than start.")
        dimension = len(entry["shape"])
        if dimension > LARGEST_DIMENSION:
            what = f"a window of 2 sites in {dimension} directions shows 2^(2^{dimension}) patterns"
            raise ConfigError(f"{field}.shape", what, f"Give at most {LARGEST_DIMENSION} extents.")
        sizes.check_shape(f"{field}.shape", entry["shape"])
        if "decay" in entry and dimension > 1:
            remedy = "Leave decay out, or give one extent."
            raise ConfigError(f"{field}.decay", "couplings of long range are made for rings only", remedy)
        if ising["sample"]["algorithm"] == "heat_bath":
            require_checkerboard(Ising(Lattice(tuple(entry["shape"])), entry.get("decay")))
    if not leading(ising):
        name = ising["classifiers"][0]
        remedy = "Name it for a lattice, or put another one first."
        raise ConfigError("ising.classifiers", f"no lattice has '{name}', which gives the tables", remedy)
    chains = ising["sample"]["chains"]
    if chains % 2:
        raise ConfigError("ising.sample.chains", f"{chains} is odd", "Half of the chains start hot.")
    counts = {f"sample.{name}": ising["sample"][name] for name in ("training", "test")}
    for place, entry in enumerate(ising["lattices"]):
        if "training" in entry:
            counts[f"lattices[{place}].training"] = entry["training"]
    volume = max(math.prod(entry["shape"]) for entry in ising["lattices"])
    for name, count in counts.items():
        sizes.require_countable(f"ising.{name}", count, volume)
        if count % chains or count < FEWEST_RECORDS * chains:
            raise ConfigError(
                f"ising.{name}",
                f"{count} is not a multiple of {chains} chains, at least {FEWEST_RECORDS} times as many",
                f"Choose for instance {max(FEWEST_RECORDS, round(count / chains)) * chains}.",
            )
