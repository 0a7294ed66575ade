"""The critical value of an axis from several lattices: which analysis is asked for, and whether it fits."""

from collections import Counter

from pomflow import registry
from pomflow.analysis.finite_size.geometry import (
    CROSSING,
    FEWEST_LATTICES,
    JUMP,
    ONSET,
    SCALING,
    THERMAL,
    geometry,
    misfit,
)
from pomflow.config.messages import did_you_mean
from pomflow.config.scan import Study
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import CHEMICAL_POTENTIAL
from pomflow.models.simulation import EXACT

NO_METHOD = "none"
# the keys that a method reads
READ = {
    CROSSING: ("quantity", "power", "window"),
    SCALING: ("quantity", "power", "window", "exponent"),
    JUMP: ("quantity", "window"),
    ONSET: (),
}
WITHOUT_UNITS = "1"
# a status of a fit in words
FAILED = {
    "points": "too few points passed their gates",
    "no_crossing": "the curves do not cross in the window",
    "several_crossings": "the curves cross more than once in the window",
    "unresolved": "the curves do not differ by more than their errors on both sides of a crossing",
    "chi2": "χ² is too large: the form does not fit this range, or the errors are too small",
    "outside": "no critical point in the window, or no exponent",
    "warm": "moving particles weigh more than the one at rest: L_t is too small",
}


def sources(study: Study) -> dict[str, list[str]]:
    """Where the curves of a study come from: its lattices by contour, and those of the exact simulation."""
    wanted = study.settings["finite_size"]
    if wanted["method"] == NO_METHOD:
        return {}
    fewest, found = FEWEST_LATTICES[wanted["method"]], {}
    if wanted["method"] != ONSET:
        count = Counter(contour for _, contour in study.pairs)
        for lattice, contour in study.pairs:
            if count[contour] >= fewest:
                found.setdefault(contour, []).append(lattice)
    if knows_exactly(study) and len(study.simulated_lattices) >= fewest:
        found[EXACT] = study.simulated_lattices
    return found


def knows_exactly(study: Study) -> bool:
    """Whether the exact simulation has what the method asks for."""
    if not study.simulated:
        return False
    wanted, simulation = study.settings["finite_size"], study.simulation
    known = (simulation.charge, "susceptibility", *simulation.measured, *simulation.also)
    return wanted["method"] == ONSET or wanted["quantity"] in known


def words(study: Study) -> dict:
    """Observables and numbers made of several means, by name."""
    known = study.observables | registry.quantities(study.settings["model"], study.model)
    return {name: one for name, one in known.items() if not one.dimensions}


def check(where: str, study: Study) -> None:
    """Refuse an analysis that does not fit the lattices or the theory, or that has too little to go on.

    Raises
    ------
    ConfigError
        Naming the field, below ``where``.
    """
    wanted, field = study.settings["finite_size"], f"{where}.finite_size"
    method = wanted["method"]
    if method == NO_METHOD:
        return
    for key in ("quantity", "power", "window", "exponent"):
        if wanted[key] and key not in READ[method]:
            raise ConfigError(f"{field}.{key}", f"the method {method} does not read it", "Leave it out.")
    _check_lattices(f"{field}.method", study)
    if method == ONSET:
        if not study.simulated:
            remedy = "Switch worm on, for a model that has an exact simulation, or take another method."
            raise ConfigError(f"{field}.method", "the onset comes from the exact simulation", remedy)
        if study.first_axis != (axis := study.simulation.axis):
            what = f"the onset is a value of '{axis}', and the first axis is '{study.first_axis}'"
            raise ConfigError(f"{field}.method", what, f"Put '{axis}' first in 'over'.")
        return
    _check_quantity(field, study)
    _check_window(field, study)
    if not sources(study):
        what = f"no contour is on {FEWEST_LATTICES[method]} lattices or more"
        raise ConfigError(f"{field}.method", what, "Give more lattices to a contour, or take none.")


def _check_lattices(field: str, study: Study) -> None:
    """The lattices are a family, and the theory has a transition on them that the method knows."""
    method, lattices = study.settings["finite_size"]["method"], study.lattices
    dimension = Lattice.parse(lattices[0]).dimension
    if dimension == 1 or any(Lattice.parse(lattice).dimension != dimension for lattice in lattices):
        remedy = "Give all of them the same number of extents, time and at least one of space."
        raise ConfigError(field, "the lattices have no common space that grows", remedy)
    if len(lattices) < FEWEST_LATTICES[method]:
        what = f"{method} needs {FEWEST_LATTICES[method]} lattices"
        raise ConfigError(field, what, "Give more lattices, or take none.")
    if method == ONSET:
        return
    family = geometry(lattices)
    if family is None:
        what = (
            "the lattices are no family: in space all extents have to grow alike, in time like L, L^2, or not"
        )
        raise ConfigError(field, what, "Take lattices such as 4x8x8, 4x12x12 or 8x8, 12x12.")
    if why := misfit(method, family, dimension, study.model.orders_phase, _charged(study)):
        raise ConfigError(field, *why)
    plane = Lattice.parse(lattices[0]).shape[1 if family == THERMAL else 0 :]
    if method == JUMP and len(set(plane)) > 1:
        what = f"the jump is known of squares, and {lattices[0]} has {'x'.join(map(str, plane))}"
        raise ConfigError(field, what, "Give both directions of the plane the same extent.")


def _charged(study: Study) -> bool:
    """Whether a chemical potential is not zero at any point."""
    names = [name for name, one in study.model.parameters.items() if one == CHEMICAL_POTENTIAL]
    return any(study.values(point)[name] for name in names for point in study.points)


def _check_quantity(field: str, study: Study) -> None:
    """There is one of this name, and it has no units but those that a power of L takes away."""
    wanted, known = study.settings["finite_size"], words(study)
    name = wanted["quantity"]
    if name not in known:
        what = f"the model has no number '{name}'" if name else f"the method {wanted['method']} needs one"
        raise ConfigError(f"{field}.quantity", what, did_you_mean(name, list(known), "Take one of"))
    if wanted["method"] == JUMP or wanted["power"] or known[name].units == WITHOUT_UNITS:
        return
    what = f"'{name}' has units ({known[name].units}), and curves of several lattices have to be without"
    remedy = "Give the power of L that takes them away, such as -1 for a length, or another quantity."
    raise ConfigError(f"{field}.power", what, remedy)


def _check_window(field: str, study: Study) -> None:
    """Its ends are in order, and enough values of the axis are between them."""
    wanted, axis = study.settings["finite_size"], study.first_axis
    window = wanted["window"]
    if len(window) == 1 or (window and window[0] >= window[1]):
        remedy = "Give the lowest and the highest value, or neither."
        raise ConfigError(f"{field}.window", f"{window} is no range", remedy)
    inside = [value for value in map(float, study.axes[axis]) if within(value, window)]
    # one more than a polynomial has coefficients
    if len(inside) < (fewest := wanted["degree"] + 2):
        what = f"{len(inside)} values of '{axis}' are in it, and a polynomial of this degree needs {fewest}"
        raise ConfigError(f"{field}.window", what, "Give the axis more values, or lower the degree.")


def within(value: float, window: list[float]) -> bool:
    """Whether a value of the axis is in a window; an empty one has all.

    Examples
    --------
    >>> within(1.0, [1.0, 1.2]), within(0.9, [1.0, 1.2]), within(0.9, [])
    (True, False, True)
    """
    return not window or window[0] <= value <= window[1]
