"""The energy of the first particle at rest, above which a chemical potential fills the vacuum."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import curve_fit

from pomflow.analysis import gates
from pomflow.analysis.estimates import Estimate
from pomflow.analysis.finite_size.fit import EXTRAPOLATION, POINTS, WARM, Curve, Fit, judged
from pomflow.analysis.finite_size.geometry import ONSET, thermal_shift
from pomflow.lattice import Lattice

FEWEST_ONSETS = 3


def onsets(curves: Sequence[Curve], space: int) -> list[Fit]:
    r"""The onset on every lattice, and behind them its limit, of at least ``FEWEST_ONSETS`` lattices.

    On a lattice it is the same at all points, which are averaged. The interaction of a particle with itself
    around space moves it by

    .. math:: \mu_1(L) = \mu_c + a\, L^{-d_s / 2} e^{-\mu_c L}

    in d_s directions of space. The systematic error of a lattice is the effect of moving particles
    (``pomflow.analysis.finite_size.geometry.thermal_shift``).

    Notes
    -----
    Source: Lüscher, Commun. Math. Phys. 104 (1986) 177.
    """
    single = [_onset(curve) for curve in curves]
    good = [(fit, curve.extent) for fit, curve in zip(single, curves, strict=True) if fit.status == gates.OK]
    if len(good) < FEWEST_ONSETS:
        return single

    def form(extent, critical, amplitude):
        return critical + amplitude * extent ** (-space / 2) * np.exp(-critical * extent)

    def limit(some):
        extents = np.array([extent for _, extent in some])
        values, errors = (
            np.array([getattr(fit.critical, name) for fit, _ in some]) for name in ("value", "error")
        )
        found, covariance = curve_fit(form, extents, values, (values[-1], 0.0), errors, absolute_sigma=True)
        chi2 = np.sum(((values - form(extents, *found)) / errors) ** 2)
        return found, np.sqrt(np.diag(covariance)), chi2

    found, errors, chi2 = limit(good)
    without = [limit(good[1:])[0][0] - found[0]] if len(good) > FEWEST_ONSETS else []
    names = itertools.chain.from_iterable(fit.lattices for fit, _ in good)
    fit = Fit(
        EXTRAPOLATION,
        tuple(names),
        critical=Estimate(float(found[0]), float(errors[0])),
        systematic=max(*(fit.systematic for fit, _ in good), *np.abs(without)),
        constant=float(found[1]),
        low=min(fit.low for fit, _ in good),
        high=max(fit.high for fit, _ in good),
    )
    return [*single, judged(fit, chi2, len(good) - 2)]


def _onset(curve: Curve) -> Fit:
    """The mean over all points of a lattice."""
    if not len(curve.x):
        return Fit(ONSET, (curve.lattice,), status=POINTS)
    weights = curve.error**-2
    value = float(np.sum(weights * curve.y) / np.sum(weights))
    shift = thermal_shift(value, curve.lattice)
    fit = Fit(
        ONSET,
        (curve.lattice,),
        critical=Estimate(value, float(np.sum(weights) ** -0.5)),
        systematic=shift,
        low=float(curve.x[0]),
        high=float(curve.x[-1]),
    )
    time = Lattice.parse(curve.lattice).shape[0]
    # the weight of all that move is above that of the one at rest
    if shift * time > math.log(2):
        return replace(fit, status=WARM)
    return judged(fit, np.sum(weights * (curve.y - value) ** 2), len(curve.x) - 1)
