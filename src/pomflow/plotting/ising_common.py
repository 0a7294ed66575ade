"""What the figures of the Ising study share."""

from pomflow.plotting import common

TEMPERATURE = "temperature T (units of J)"
SPECIFIC_HEAT = "specific heat per site C / N"
MARKERS = "osD^v<>P"
NAMES = {
    "tied": "tied head",
    "free": "free head",
    "unbalanced": "random minibatches",
    "magnetization": "fed with the magnetization",
    "shuffled": "shuffled labels",
    "connected": "fully connected",
}


def lattice(name: str) -> str:
    """A lattice in words."""
    return f"L = {name}" if name.isdecimal() else name.replace("x", "×")


def heat_points(axes, file, **style) -> None:
    """Specific heat with its errors against the temperature."""
    points = (file[name].values for name in ("temperature", "specific_heat", "specific_heat_err"))
    axes.errorbar(*points, **{"fmt": "o", "markersize": common.marker(0.8)} | style)


def exact_curve(axes, file, **style) -> None:
    """The exact specific heat, where it is known."""
    axes.plot(
        file["curve_temperature"],
        file["curve"],
        **{"color": common.EXACT, "linewidth": common.line(0.7)} | style,
    )
