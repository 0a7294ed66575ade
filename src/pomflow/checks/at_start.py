"""Before a job computes with a plug-in: are its model, observables and contour what they should be?"""

from collections.abc import Iterator

from pomflow import registry
from pomflow.checks import contour as contours
from pomflow.checks import model as models
from pomflow.checks.finding import Finding, text
from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.random.stream import Stream


def require_sound(settings: dict) -> None:
    """Refuse plug-ins whose results would be wrong without a word, as far as a few evaluations show.

    Arrays of another shape or kind, numbers that are not finite, functions that are not holomorphic, angles
    without their period. ``python -m pomflow check`` finds more. What the package ships is tested, and not
    looked at.

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
            what = f"{found.name}: found {text(found.value)}, allowed {text(found.limit)}"
            raise ConfigError(where, what, found.hint)


def _findings(settings: dict) -> Iterator[tuple[str, Finding]]:
    name, stream = settings["model"], Stream(settings["seed"], "check at start")
    kind = registry.load("model", name)
    model = kind(Lattice.parse(settings["lattice"]), **settings["parameters"])
    measured = registry.observables(name, kind)
    if not registry.is_plugged("model", name):
        measured = {other: one for other, one in measured.items() if not one.own}
    if registry.is_plugged("model", name) or measured:
        yield from (("model " + name, found) for found in models.check_at_start(model, stream, measured))
    contour = settings.get("contour")
    if contour is not None and registry.is_plugged("contour", contour):
        built = registry.load("contour", contour).build(model, settings["network"])
        yield from (("contour " + contour, found) for found in contours.check_at_start(built, model, stream))
