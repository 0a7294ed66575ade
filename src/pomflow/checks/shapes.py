"""Before a job computes with a plug-in: do its model, observables and contour return what they should?"""

from collections.abc import Iterator

from pomflow import registry
from pomflow.checks.contour import contour_shapes
from pomflow.checks.finding import Finding
from pomflow.checks.model import model_shapes
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream


def require_shapes(settings: dict) -> None:
    """Refuse plug-ins that return other shapes than they should, numbers that are not finite, or none.

    An action that is summed over the batch, too, would look like one that accepts no trajectory. What the
    package ships is tested, and not looked at.

    Parameters
    ----------
    settings : dict
        Of a job; one that is not at a point of a study has nothing to check.

    Raises
    ------
    ConfigError
        Naming the plug-in, what it returned, and what to look at.
    """
    for where, found in _findings(settings) if "point" in settings else ():
        if not found.passed:
            what = f"{found.name}: found {found.value}, expected {found.limit}"
            raise ConfigError(where, what, f"{found.hint[:1].upper()}{found.hint[1:]}")


def _findings(settings: dict) -> Iterator[tuple[str, Finding]]:
    name, stream = settings["model"], Stream(settings["seed"], "check of shapes")
    kind = registry.load("model", name)
    model = kind(Lattice.parse(settings["lattice"]), **settings["parameters"])
    measured = registry.observables(name, kind)
    if not registry.is_plugged("model", name):
        measured = {other: one for other, one in measured.items() if not one.own}
    if registry.is_plugged("model", name) or measured:
        yield from (("model " + name, found) for found in model_shapes(model, stream, measured))
    contour = settings.get("contour")
    if contour is not None and registry.is_plugged("contour", contour):
        built = registry.load("contour", contour).build(model, settings["network"])
        yield from (("contour " + contour, found) for found in contour_shapes(built, model, stream))
