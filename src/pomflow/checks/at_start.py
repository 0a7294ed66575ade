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
    if "point" not in settings:
        return
    for where, findings in _checks(settings):
        for found in findings:
            if not found.passed:
                what = f"{found.name}: found {text(found.value)}, allowed {text(found.limit)}"
                raise ConfigError(where, what, found.hint)


def _checks(settings: dict) -> Iterator[tuple[str, Iterator[Finding]]]:
    """What is checked, and the findings of it."""
    name, stream = settings["model"], Stream(settings["seed"], "check at start")
    kind = registry.load("model", name)
    model = kind(Lattice.parse(settings["lattice"]), **settings["parameters"])
    plugged = registry.is_plugged("model", name)
    measured = {
        other: one for other, one in registry.observables(name, kind).items() if plugged or not one.own
    }
    if plugged or measured:
        yield f"model {name}", models.check_at_start(model, stream, measured)
    contour = settings.get("contour")
    if contour is not None and registry.is_plugged("contour", contour):
        built = registry.load("contour", contour).build(model, settings["network"])
        yield f"contour {contour}", contours.check_at_start(built, model, stream)
