"""Sizes that no machine holds, refused by name.

Below these bounds a job finds out itself that its memory is not enough, and says so. Far above them sizes are
beyond 64 bits, which ends in errors of all kinds.
"""

import math

from pomflow.errors import ConfigError

# a contour may have a matrix of this extent
MOST_SITES = 10**8
# in all configurations of a run
MOST_IN_ALL = 10**16
# A chain with fewer records has no autocorrelation time, and no drift from early to late.
FEWEST_RECORDS = 5
# far more than any theory has, and fewer than arrays can
MOST_DIRECTIONS = 16
# the sections of a study about chains, and of those that record configurations the key of their length
RUNS = ("plane", "optimize", "natural_gradient", "hmc", "langevin", "worm")
RECORDED = {"plane": "trajectories", "hmc": "trajectories", "langevin": "steps"}


def check_lattices(where: str, study: dict) -> None:
    """Refuse lattices of a study, those of its curriculum too; ``where`` is the name of its section."""
    for field, shape in _shapes(where, study).items():
        check_shape(field, shape)


def check_shape(field: str, shape: list[int]) -> None:
    """Refuse a lattice of which not even the sites could be counted in an array."""
    if len(shape) > MOST_DIRECTIONS:
        what = f"a lattice in {len(shape)} directions is more than can be stored"
        raise ConfigError(field, what, f"Give at most {MOST_DIRECTIONS} extents.")
    if (volume := math.prod(shape)) > MOST_SITES:
        what = f"{volume:.3g} sites are more than fit into memory"
        raise ConfigError(field, what, f"Give extents of at most {MOST_SITES} sites in all.")


def check_runs(where: str, study: dict) -> None:
    """Refuse runs of a study whose configurations no memory holds together."""
    volume = max(map(math.prod, _shapes(where, study).values()))
    for section in RUNS:
        run = study[section]
        recorded = records(run, RECORDED[section]) if section in RECORDED else 1
        require_countable(f"{where}.{section}.chains", run["chains"] * recorded, volume)


def records(run: dict, length: str) -> int:
    """Configurations that a chain leaves behind; ``length`` is the key of its length."""
    return math.ceil(run[length] / run["record_every"])


def require_countable(field: str, configurations: int, volume: int) -> None:
    """Refuse more configurations of a lattice than any memory holds."""
    if configurations * volume > MOST_IN_ALL:
        what = f"{configurations:.3g} configurations of {volume} sites are more than fit into memory"
        raise ConfigError(field, what, "Lower this number, the length of the run, or the lattice.")


def _shapes(where: str, study: dict) -> dict[str, list[int]]:
    """Every lattice of a study by the name of its field."""
    shapes = {}
    for place, entry in enumerate(study["lattices"]):
        field = f"{where}.lattices[{place}]"
        shapes |= {f"{field}.shape": entry["shape"]} if isinstance(entry, dict) else {field: entry}
    return shapes | {f"{where}.curriculum[{place}]": shape for place, shape in enumerate(study["curriculum"])}
