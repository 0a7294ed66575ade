"""Biases of the last layer beside the exact free energy."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(files, attrs):
    """- b_k and ln Z without their affine parts, and below the difference in errors; a column a lattice."""
    sheet, axes = ising_common.panels(len(files), heights=(3, 1))
    for (name, file), (above, below) in zip(files.items(), axes, strict=True):
        beta, value, error, exact = (
            file[key].values for key in ("beta", "minus_bias", "minus_bias_err", "free_energy_exact")
        )
        above.plot(
            beta,
            exact,
            color=common.EXACT,
            linewidth=common.line(0.7),
            label=say("exact {symbol}", symbol=r"$\ln Z$"),
        )
        above.errorbar(
            beta,
            value,
            error,
            fmt="o",
            markersize=common.marker(0.8),
            color=common.OPTIMIZED,
            label=r"$-b_k$",
        )
        above.set_title(ising_common.lattice(name))
        above.tick_params(labelbottom=False)
        below.sharex(above)
        below.axhspan(-1, 1, color="0.92", zorder=0)
        below.axhline(0, color=common.EXACT, linewidth=common.line(0.6))
        below.plot(beta, (value - exact) / error, "o", markersize=common.marker(0.8), color=common.OPTIMIZED)
        largest = np.nanmax(np.abs(below.get_ylim()), initial=3)
        below.set(xlabel=say("inverse temperature β (1 / J)"), ylim=(-largest, largest))
    ising_common.label_left(axes[:, 0], say("affine part removed"))
    ising_common.label_left(axes[:, 1], say("difference\n/ error"))
    axes[0, 0].legend(loc="best")
    what = say("the biases of the last layer are the free energy")
    sheet.suptitle(f"{ising_common.system(attrs)}: {what}")
    return sheet
