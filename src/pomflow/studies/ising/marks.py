"""What a curve of specific heat says of the transition: where it is highest, how high, steep and narrow."""

import numpy as np
import xarray as xr

from pomflow.lattice import Lattice
from pomflow.studies.ising.readout import highest

# what knows the curve: the classifier alone, or the energies of its configurations
NETWORK, REWEIGHTING = "network", "reweighting"
MARKS = {
    "t_peak_curve": "temperature of the peak of C between the simulated ones",
    "height": "largest specific heat per site",
    "steepness": "range of the third cumulant of the energy per site",
    "width": "distance in ln T between the steepest rise and fall of C",
}


def marks_of(beta: np.ndarray, variance: np.ndarray, third: np.ndarray, volume: int) -> dict[str, float]:
    r"""The marks by name, NaN where they are at the border of the range.

    .. math:: C = \beta^2 \kappa_2, \qquad \frac{dC}{d\ln\beta} = 2 C - \beta^3 \kappa_3

    Parameters
    ----------
    beta : array
        Equidistant, in increasing order.
    variance, third : array
        kappa_2 = <(E - <E>)^2> and kappa_3 = <(E - <E>)^3>.
    volume : int
    """
    heat, third = beta**2 * variance / volume, third / volume
    slope = 2 * heat - beta**3 * third
    place, height = highest(beta, heat)
    return {
        "t_peak_curve": 1 / place,
        "height": height,
        "steepness": highest(beta, third)[1] + highest(beta, -third)[1],
        "width": abs(np.log(highest(beta, slope)[0] / highest(beta, -slope)[0])),
    }


def on_lattices(files: dict[str, xr.Dataset], name: str, source: str) -> tuple[np.ndarray, ...]:
    """L, a mark of a source, its error, and the exact one, of lattices with equal extents, sorted.

    ``files`` are those of ``extract_thermodynamics`` by lattice.
    """
    names = (f"{name}_{source}", f"{name}_{source}_err", f"{name}_exact")
    rows = [
        (Lattice.parse(lattice).shape[0], *(file[one].item() for one in names))
        for lattice, file in files.items()
    ]
    return tuple(np.array(sorted(rows), dtype=float).reshape(-1, 4).T)
