"""The free energy of the phase on contours: what it asks of a model and of its contours."""

from pomflow import registry
from pomflow.config.scan import Study
from pomflow.errors import ConfigError
from pomflow.numerics.gauss import FEWEST_NODES


def check(where: str, study: Study, run_plugins: bool) -> None:
    """Refuse it where there is no plane to switch a contour on from, and for contours without derivatives.

    Raises
    ------
    ConfigError
        Naming the field, below ``where``.
    """
    nodes, field = study.settings["free_energy"]["nodes"], f"{where}.free_energy.nodes"
    if not nodes:
        return
    if not study.model.plane:
        what = "the integral over the undeformed plane, from which it would be counted, does not converge"
        raise ConfigError(field, what, "Take 0.")
    if nodes < FEWEST_NODES:
        what = f"{nodes} points of Gauss's rule do not show its error"
        raise ConfigError(field, what, f"Take at least {FEWEST_NODES}, such as 5, or 0 for none.")
    if not study.trained:
        raise ConfigError(
            field, "the study has no contour to switch on", "Take 0, or give it one, such as linear."
        )
    for contour in dict.fromkeys(contour for _, contour in study.trained):
        if registry.is_plugged("contour", contour) and not run_plugins:
            continue
        if registry.load("contour", contour).optimizer != "natural_gradient":
            what = f"'{contour}' has many parameters, and no derivative of each on every configuration"
            raise ConfigError(field, what, "Take 0, or contours that the natural gradient trains.")
