"""Why minibatches are balanced."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(files, attrs):
    """C / N from networks trained with balanced and with random minibatches, and the relative errors."""
    sheet, (above, below) = common.figure(2, 1, sharex=True, height_ratios=(2, 1))
    balanced, random = files["tied"], files["unbalanced"]
    ising_common.exact_curve(above, balanced, label=say("exact"))
    for file, color, marker, label in (
        (balanced, common.OPTIMIZED, "o", say("balanced minibatches")),
        (random, common.PLANE, "s", say(ising_common.NAMES["unbalanced"])),
    ):
        ising_common.heat_points(above, file, fmt=marker, color=color, label=label)
        deviation = 100 * (file["specific_heat"] / file["specific_heat_exact"] - 1).values
        rms = np.sqrt((deviation**2).mean())
        below.plot(
            file["temperature"],
            deviation,
            marker,
            markersize=common.marker(0.8),
            color=color,
            label=say("rms {value:.1f} %", value=rms),
        )
    below.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
    above.set(
        title=f"{say('Minibatches')}, {ising_common.lattice(attrs['lattice'])}",
        ylabel=ising_common.specific_heat(),
    )
    below.set(xlabel=ising_common.temperature(), ylabel=say("deviation (%)"))
    above.legend(loc="best")
    below.legend(loc="best", ncols=2)
    return sheet
