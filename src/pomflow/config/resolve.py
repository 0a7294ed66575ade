"""The configuration: defaults, validation and the lists a scan is made of."""

import copy
import math
from collections import Counter
from pathlib import Path

import jsonschema
import numpy as np
import yaml

from pomflow import registry
from pomflow.config.messages import depth, explain, field_name
from pomflow.errors import ConfigError, shown
from pomflow.lattice import Lattice
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.ising.model import Ising, require_checkerboard
from pomflow.studies.ising.settings import leading

MU_DECIMALS = 10
FEWEST_RECORDS = 5
LARGEST = 2**63 - 1
# points of an integral over mu, for an estimate of its error
FEWEST_NODES = 3
# of an Ising model: 256 patterns of a window of 2x2x2 sites are counted, 65536 in one dimension more
LARGEST_DIMENSION = 3

# JSON calls 4.0 an integer; a lattice or a seed must be written as one
_STRICT = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda checker, value: isinstance(value, int) and not isinstance(value, bool)
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_STRICT)


def load_schema(path: Path) -> dict:
    """The JSON Schema of the configuration."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def resolve(config: dict, schema: dict) -> dict:
    """Fill in defaults and validate.

    Parameters
    ----------
    config : dict
        As merged from the config files.
    schema : dict
        From ``load_schema``.

    Returns
    -------
    dict
        A complete configuration; the argument is left as it was.

    Raises
    ------
    ConfigError
        For the first problem found, naming the field and what to write there.
    """
    resolved = _with_defaults(copy.deepcopy(config), schema)
    errors = sorted(_Validator(schema).iter_errors(resolved), key=depth)
    if errors:
        raise explain(errors[0])
    _check_finite(resolved)
    _check_phi4(resolved["phi4"])
    _check_ising(resolved["ising"])
    return resolved


def mu_values(mu) -> list[float]:
    """The chemical potentials of a config entry, a list or {start, stop, num}, in increasing order."""
    if isinstance(mu, dict):
        # 0.6000000000000001 is meant as 0.6
        mu = np.linspace(mu["start"], mu["stop"], mu["num"]).round(MU_DECIMALS)
    # + 0.0 turns -0.0 into 0.0
    return sorted(float(value) + 0.0 for value in mu)


def mu_text(value: float) -> str:
    """The shortest decimal text of a chemical potential: 0, 0.4, 1.13."""
    return np.format_float_positional(value, trim="-")


def worm_grid(mu: list[float], spacing: float) -> list[float]:
    """Multiples of a spacing from 0 to the first that is not below the largest abs(mu), at least three.

    The integral from 0 to any mu runs along them, and its error is estimated from the neighbours. They depend
    on the list of mu only by their number.
    """
    count = math.ceil(round(max(map(abs, mu)) / spacing, MU_DECIMALS))
    return [round(k * spacing, MU_DECIMALS) for k in range(max(count, FEWEST_NODES - 1) + 1)]


def spread(items: list, most: int) -> list:
    """At most ``most`` items, evenly spread with both ends."""
    if len(items) <= most:
        return list(items)
    return [items[round(position)] for position in np.linspace(0, len(items) - 1, most)]


def lattice_text(shape: list[int]) -> str:
    """The name of a lattice, time first: 4x4."""
    return str(Lattice(tuple(shape)))


def pairs(phi4: dict) -> list[tuple[str, str]]:
    """(lattice, contour) of every path of a scan, in the order of the configuration."""
    return [(lattice_text(shape), contour) for shape, contours in _lattices(phi4) for contour in contours]


def on_several_lattices(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those (lattice, contour) whose contour is on more than one lattice."""
    count = Counter(contour for _, contour in pairs)
    return [pair for pair in pairs if count[pair[1]] > 1]


def _lattices(phi4: dict) -> list[tuple[list, list]]:
    """Shape and contours of every lattice."""
    entries = phi4["lattices"]
    return [
        (entry["shape"], entry["contours"]) if isinstance(entry, dict) else (entry, phi4["contours"])
        for entry in entries
    ]


def predecessor(lattice: str, curriculum: list[list[int]]) -> str | None:
    """The largest lattice of a curriculum that is smaller than this one and fits into it, if any."""
    shape = Lattice.parse(lattice).shape
    smaller = [
        tuple(other)
        for other in curriculum
        if len(other) == len(shape)
        and tuple(other) != shape
        and all(mine <= room for mine, room in zip(other, shape, strict=True))
    ]
    return lattice_text(max(smaller, key=math.prod)) if smaller else None


def _with_defaults(value, schema: dict):
    """Fill in missing keys from the schema, for objects whose keys have defaults."""
    if not isinstance(value, dict):
        return value
    for key, part in schema.get("properties", {}).items():
        if "default" in part:
            value.setdefault(key, copy.deepcopy(part["default"]))
        elif part.get("type") == "object":
            value.setdefault(key, {})
        if key in value and part.get("type") == "object":
            value[key] = _with_defaults(value[key], part)
    return value


def _check_finite(value, path=()) -> None:
    """YAML writes NaN and infinity as numbers; no key wants them, nor a whole number beyond 64 bits."""
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ConfigError(field_name(path), f"{shown(value)} is too large", f"It must be at most {LARGEST}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(field_name(path), f"{value} is not a finite number", "Give a finite number.")
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        _check_finite(part, (*path, key))


def _check_phi4(phi4: dict) -> None:
    """What a schema cannot say."""
    lattices, values = _lattices(phi4), mu_values(phi4["mu"])
    own = {
        f"lattices[{place}].contours": entry["contours"]
        for place, entry in enumerate(phi4["lattices"])
        if isinstance(entry, dict)
    }
    for field, names in {"contours": phi4["contours"], **own}.items():
        _check_once(f"phi4.{field}", names)
        for name in names:
            _check_contour(field, name)
    _check_once("phi4.lattices", [lattice_text(shape) for shape, _ in lattices])
    _check_decimals(phi4["mu"])
    _check_once("phi4.mu", list(map(mu_text, values)))
    _check_curriculum(phi4)
    if phi4["coupling"] == 0 and math.cosh(max(map(abs, values))) >= 1 + phi4["mass"] ** 2 / 2:
        raise ConfigError(
            "phi4.coupling",
            "without a coupling the action has no minimum for cosh(mu) >= 1 + m^2/2",
            "Raise the coupling or the mass, or lower mu.",
        )
    _check_recorded(phi4)
    if phi4["worm"]["enabled"] and phi4["coupling"] > 0:
        highest = worm_grid(values, phi4["worm"]["spacing"])[-1]
        for shape, _ in lattices:
            DualTheory(Lattice(tuple(shape)), phi4["mass"], phi4["coupling"]).table_size(highest)


def _check_recorded(phi4: dict) -> None:
    """Every chain leaves enough behind for an autocorrelation time."""
    for section, length in (("plane", "trajectories"), ("hmc", "trajectories"), ("langevin", "steps")):
        run = phi4[section]
        if math.ceil(run[length] / run["record_every"]) < FEWEST_RECORDS:
            raise ConfigError(
                f"phi4.{section}.record_every",
                f"fewer than {FEWEST_RECORDS} configurations of a chain would be recorded",
                f"Lower record_every or raise {length}; autocorrelations cannot be measured otherwise.",
            )


def _check_decimals(mu) -> None:
    """A value of mu names files, so its text is kept short."""
    long = (value for value in mu if round(value, MU_DECIMALS) != value) if isinstance(mu, list) else ()
    if (value := next(iter(long), None)) is not None:
        remedy = f"Write {mu_text(round(value, MU_DECIMALS))}."
        raise ConfigError("phi4.mu", f"{value} has more than {MU_DECIMALS} decimals", remedy)


def _check_once(field: str, entries: list[str]) -> None:
    twice = next((entry for entry in entries if entries.count(entry) > 1), None)
    if twice is not None:
        raise ConfigError(field, f"{twice} appears twice", "Name every value once.")


def _check_contour(field: str, name: str) -> None:
    try:
        registry.module_of("contour", name)
    except ConfigError as error:
        raise ConfigError(f"phi4.{field}", error.what, error.remedy) from None


def _check_curriculum(phi4: dict) -> None:
    """Every lattice of the curriculum once, and each one of the scan or the start of another."""
    curriculum = phi4["curriculum"]
    names = list(map(lattice_text, curriculum))
    scanned = [lattice_text(shape) for shape, _ in _lattices(phi4)]
    _check_once("phi4.curriculum", names)
    used = {*scanned, *(predecessor(lattice, curriculum) for lattice in scanned + names)}
    idle = next((name for name in names if name not in used), None)
    if idle is not None:
        raise ConfigError(
            "phi4.curriculum",
            f"no contour would start from {idle}",
            "Name lattices that fit into larger ones of phi4.lattices, or none.",
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
    for name, count in counts.items():
        if count % chains or count < FEWEST_RECORDS * chains:
            raise ConfigError(
                f"ising.{name}",
                f"{count} is not a multiple of {chains} chains, at least {FEWEST_RECORDS} times as many",
                f"Choose for instance {max(FEWEST_RECORDS, round(count / chains)) * chains}.",
            )
