r"""Critical exponents from the marks of curves on several lattices, in d dimensions and with hyperscaling.

.. math:: \text{width} \propto L^{-1/\nu}, \qquad
   \text{steepness} = \max \frac{\kappa_3}{L^d} - \min \frac{\kappa_3}{L^d} \propto L^{3/\nu - d}, \qquad
   \text{height} = \max \frac CN = y_0 + A\, \frac{L^{\alpha/\nu} - 1}{\alpha/\nu}, \qquad
   \frac\alpha\nu = \frac2\nu - d .

The width needs no hyperscaling. Where the height grows like ln L, as on the square lattice, alpha / nu is 0.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from pomflow.analysis.estimates import Estimate
from pomflow.lattice import Lattice
from pomflow.studies.ising import scaling
from pomflow.studies.ising.marks import on_lattices
from pomflow.studies.ising.scaling import Scaling

# the fit of each mark, and the number m of derivatives of ln Z in it, 0 of a distance between temperatures
ESTIMATORS = {
    "steepness": (scaling.growth, 3),
    "width": (scaling.growth, 0),
    "height": (scaling.growth_above_background, 2),
}


@dataclass(frozen=True)
class Exponent:
    """nu and alpha / nu by one mark.

    Attributes
    ----------
    power : Scaling
        The fit of the mark.
    nu, alpha_over_nu : Estimate
        With statistical errors.
    nu_systematic, alpha_over_nu_systematic : float
    nu_exact_curves : float
        nu by the same fit to the marks of the exact curves, NaN where they are not known.
    """

    power: Scaling
    nu: Estimate
    nu_systematic: float
    alpha_over_nu: Estimate
    alpha_over_nu_systematic: float
    nu_exact_curves: float


def critical_temperature(files: dict[str, xr.Dataset], source: str, shift: float) -> tuple[Scaling, float]:
    """T_c from the peaks of a source on several lattices, and by the same fit to the exact peaks.

    Parameters
    ----------
    files : dict of Dataset
        Of ``extract_thermodynamics``, by lattice; all of one dimension with equal extents.
    source : {'network', 'reweighting'}
    shift : float
        s of T_peak - T_c ~ L^-s.
    """
    extent, peak, error, exact = on_lattices(files, "t_peak_curve", source)
    fit = scaling.critical_temperature(extent, peak, error, shift, _correction(shift, _dimension(files)))
    return fit, _refitted(fit, extent, exact)


def exponent(estimator: str, files: dict[str, xr.Dataset], source: str, shift: float) -> Exponent:
    """nu and alpha / nu from the power of a mark; parameters as for ``critical_temperature``.

    Of ``shift`` only is used whether the transition is of first order.
    """
    dimension, (fit_of, derivatives) = _dimension(files), ESTIMATORS[estimator]
    extent, value, error, exact = on_lattices(files, estimator, source)
    fit = fit_of(extent, value, error, _correction(shift, dimension))

    def nu_of(power: float) -> float:
        return derivatives / (power + dimension) if derivatives else -1 / power

    nu = nu_of(fit.value.value)
    # |d nu / d power| and |d (2 / nu) / d power|
    slope = nu**2 / (derivatives or 1)
    bend = 2 / (derivatives or 1)
    return Exponent(
        fit,
        Estimate(nu, slope * fit.value.error),
        slope * fit.systematic,
        Estimate(2 / nu - dimension, bend * fit.value.error),
        bend * fit.systematic,
        nu_of(_refitted(fit, extent, exact)),
    )


def _dimension(files: dict[str, xr.Dataset]) -> float:
    """That of the lattices; without any it is not known."""
    return next((Lattice.parse(name).dimension for name in files), np.nan)


def _correction(shift: float, dimension: float) -> float:
    """The power of 1 / L of a correction: 1, or d where the transition is of first order."""
    return float(dimension) if shift == dimension else 1.0


def _refitted(fit: Scaling, extent: np.ndarray, values: np.ndarray) -> float:
    """The parameter of a fit from other values on all lattices, NaN where one that it needs is not known."""
    values = values[np.isin(extent, fit.extent)]
    return float(fit.refit(values)) if len(values) and np.isfinite(values).all() else np.nan
