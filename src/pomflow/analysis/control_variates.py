r"""Smaller errors with the help of functions whose mean is known to be zero.

Integration by parts gives, for holomorphic functions G_i(z) that leave the integral convergent,

.. math:: f = \sum_i \big( \partial_i G_i - G_i\, \partial_i S \big), \qquad
          \int dz\, f\, e^{-S} = 0,

on every path that Cauchy's theorem allows, so that f needs neither det J nor its derivative. With any
coefficients a and b of several such functions

.. math:: \langle O \rangle = \frac{\big\langle (O - a \cdot f)\, e^{i\theta} \big\rangle_{pq}}
                                   {\big\langle (1 - b \cdot f)\, e^{i\theta} \big\rangle_{pq}} .

a and b are those of least squares, of :math:`O e^{i\theta}` and :math:`e^{i\theta}` on
:math:`f e^{i\theta}`. The quotient fluctuates like :math:`(O - \langle O \rangle) e^{i\theta}` less
:math:`(a - \langle O \rangle b) \cdot f e^{i\theta}`, and because least squares are linear these are its
own coefficients of least squares. For each half of the chains they come from the other half: a fit to the
configurations it is used on would take too much away, and leave errors that are too small.

A fit to the configurations that were met may go wild on rare ones that were not, and then neither half knows
its error. The sign of it is a variance that rests on few configurations: such fits are not used.

Source: Assaraf, Caffarel, Phys. Rev. Lett. 83 (1999) 4682 (control variates from the action); Bhattacharya,
Lawrence, Yoo, arXiv:2307.14950, and Lawrence, arXiv:2404.10707 (lattice fields).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate

# how much coefficients are held back, in units of the variance of what they multiply
RIDGES = (1e-6, 1e-3, 1e-2, 1e-1)
# of a variance, relative, from the fourth moment: beyond it the error that a fit leaves is not known
LARGEST_UNCERTAINTY = 0.2
# two halves, each of which judges its fits by halves of its own
FEWEST_CHAINS = 4


class Controlled(NamedTuple):
    """A complex mean with the errors that control variates leave.

    Attributes
    ----------
    real, imaginary : Estimate
    gain : float
        Variance of the real part without control variates, divided by that with them; 1 where none are used.
    """

    real: Estimate
    imaginary: Estimate
    gain: float


def reweighted(phase_factor: np.ndarray, values: np.ndarray, identities: np.ndarray) -> Controlled:
    r"""<O> = <O e^{i theta}>_pq / <e^{i theta}>_pq with control variates.

    Parameters
    ----------
    phase_factor, values : array, complex, shape (chains, recorded)
        e^{i theta} and O of every configuration.
    identities : array, complex, shape (chains, recorded, K)
        Functions of mean zero in the weight with its phase; K may be 0.

    Examples
    --------
    The weight exp(-x^2 / 2 + i x), in which <cos x> = e^{-1/2} cosh 1 = 0.9359, with G = x and G = x^2:

    >>> x = np.random.default_rng(1).normal(size=(16, 500))
    >>> slope = x - 1j
    >>> identities = np.stack([1 - x * slope, 2 * x - x**2 * slope], axis=-1)
    >>> found = reweighted(np.exp(1j * x), np.cos(x), identities)
    >>> print(f"{found.real.value:.4f} +- {found.real.error:.4f}, gain {found.gain:.0f}")
    0.9340 +- 0.0022, gain 6
    """
    numerator, denominator = series(phase_factor, values, identities)
    real, imaginary = statistics.ratio(numerator, denominator)
    return Controlled(real, imaginary, _gain(statistics.reweighted(phase_factor, values)[0], real))


def series(
    phase_factor: np.ndarray, values: np.ndarray, identities: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of <O> on every configuration: O e^{i theta} and e^{i theta}, less noise.

    Parameters are those of ``reweighted``; two arrays, complex, shape (chains, recorded).
    """
    targets = np.stack([values * phase_factor, phase_factor], axis=-1)
    found = cross_fitted(targets, identities * phase_factor[..., None], _of_quotient)
    return found[..., 0], found[..., 1]


def mean_phase_factor(phase_factor: np.ndarray, identities: np.ndarray) -> Controlled:
    """<e^{i theta}>_pq with control variates, real and imaginary part each with those that serve it.

    Parameters are those of ``reweighted``. On a good path real parts fluctuate far less than imaginary ones,
    and common coefficients would see the latter alone.
    """
    variates, found = identities * phase_factor[..., None], []
    for part in ("real", "imag"):
        target = getattr(phase_factor, part)[..., None]
        fitted = cross_fitted(target, getattr(variates, part), lambda mean: mean)
        found.append(statistics.mean(fitted[..., 0]))
    return Controlled(*found, _gain(statistics.mean(phase_factor.real), found[0]))


def cross_fitted(targets: np.ndarray, variates: np.ndarray, fluctuations: Callable) -> np.ndarray:
    """Targets less what each half of the chains can tell of the other.

    Whether there is a fit at all, and how much its coefficients are held back, each half finds out for the
    other one: from the errors of what it has itself, fitted in the same manner on halves of its own.

    Parameters
    ----------
    targets : array, shape (chains, recorded, T)
    variates : array, shape (chains, recorded, K)
        Of mean zero.
    fluctuations : callable
        From targets to what the result fluctuates by, real, shape (chains, recorded, parts).
    """
    if len(targets) < FEWEST_CHAINS or not variates.shape[-1]:
        return targets
    ridges = [_best_ridge(targets[half], variates[half], fluctuations) for half in _halves(targets)]
    return _fitted_crosswise(targets, variates, ridges)


def coefficients(targets: np.ndarray, variates: np.ndarray, ridge: float) -> np.ndarray:
    r"""The coefficients c, shape (K, T), that minimise for each target y, with variates x,

    .. math:: \Big\langle \Big| \delta y - \sum_k c_k\, \delta x_k \Big|^2 \Big\rangle
              + \rho \sum_k |c_k|^2\, \langle |\delta x_k|^2 \rangle, \qquad
              \delta y = y - \langle y \rangle ,

    where rho is the ridge; arrays as those of ``cross_fitted``.
    """
    y, x = (one.reshape(-1, one.shape[-1]) for one in (targets, variates))
    y, x = y - y.mean(axis=0), x - x.mean(axis=0)
    scale = np.sqrt((np.abs(x) ** 2).mean(axis=0))
    # what does not fluctuate has nothing to take away
    scale[scale == 0] = np.inf
    x /= scale
    normal = x.conj().T @ x / len(x) + ridge * np.eye(x.shape[1])
    return np.linalg.solve(normal, x.conj().T @ y / len(x)) / scale[:, None]


def _fitted_crosswise(targets, variates, ridges) -> np.ndarray:
    """Each half less what the coefficients of the other, with its ridge, make of the variates."""
    first, last = _halves(targets)
    found = targets.copy()
    for here, there, ridge in ((first, last, ridges[1]), (last, first, ridges[0])):
        if ridge is not None:
            found[here] -= variates[here] @ coefficients(targets[there], variates[there], ridge)
    return found


def _halves(targets) -> tuple[slice, slice]:
    """The first chains and the last: where kinds of starts alternate, both halves have them all."""
    middle = len(targets) // 2
    return slice(None, middle), slice(middle, None)


def _best_ridge(targets, variates, fluctuations) -> float | None:
    """The ridge that leaves the smallest variance, of those that leave a known one; None is no fit."""
    variances = {None: _variance(fluctuations(targets))}
    for ridge in RIDGES:
        left = fluctuations(_fitted_crosswise(targets, variates, (ridge, ridge)))
        if _is_known(left):
            variances[ridge] = _variance(left)
    return min(variances, key=variances.get)


def _variance(parts) -> float:
    """Of the means, with autocorrelation, all parts together."""
    return sum(statistics.mean(part).error ** 2 for part in np.moveaxis(parts, -1, 0))


def _is_known(parts) -> bool:
    """Whether the variance of every part does not rest on few configurations."""
    squares = (parts - parts.mean(axis=(0, 1))) ** 2
    error = squares.std(axis=(0, 1)) / math.sqrt(squares[..., 0].size)
    return bool((error <= LARGEST_UNCERTAINTY * squares.mean(axis=(0, 1))).all())


def _of_quotient(targets) -> np.ndarray:
    """Real and imaginary part of what the quotient of the means of two targets fluctuates by."""
    numerator, denominator = targets[..., 0], targets[..., 1]
    norm = denominator.mean()
    series = (numerator - numerator.mean() / norm * denominator) / norm
    return np.stack([series.real, series.imag], axis=-1)


def _gain(plain: Estimate, controlled: Estimate) -> float:
    if plain.error == controlled.error:
        return 1.0
    return (plain.error / controlled.error) ** 2 if controlled.error else math.inf
