"""The number by which the network decides, against the energy."""

import numpy as np

from pomflow.plotting import common
from pomflow.plotting.ising import common as ising_common
from pomflow.plotting.words import say


def draw(files, attrs):
    """h against E per site on test configurations; a panel a lattice, a colour a temperature."""
    sheet, axes = ising_common.panels(len(files), sharey=True)
    for (name, file), panel in zip(files.items(), axes[:, 0], strict=True):
        volume = np.prod(list(map(int, name.split("x"))))
        h, energy = file["h"].values, file["energy"].values / volume
        h = (h - h.mean()) / h.std()
        if np.corrcoef(h.ravel(), energy.ravel())[0, 1] < 0:
            h = -h
        for row, color in zip(range(len(h)), common.shades(len(h)), strict=True):
            panel.plot(energy[row], h[row], ".", markersize=common.marker(0.35), color=color, rasterized=True)
        missing = 1 - file["correlation"].item()
        panel.set(
            title=f"{ising_common.lattice(name)}, {say('1 − corr')} = {missing:.0e}",
            xlabel=say("energy per site E / N (J)"),
        )
        panel.locator_params(axis="x", nbins=4)
    ising_common.label_left(axes[:, 0], say("h, standardized"))
    what = say("the network looks at the energy (dark: hot, light: cold)")
    sheet.suptitle(f"{ising_common.system(attrs)}: {what}")
    return sheet
