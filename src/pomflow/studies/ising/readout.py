r"""From the biases of the last layer to free energy, specific heat and critical temperature.

With logits l_k = w_k h + b_k and w_k affine in beta_k, b_k = - ln Z_k + a + c beta_k, so that

.. math:: C = \beta^2 \partial_\beta^2 \ln Z \approx - \beta_k^2 (b_{k+1} - 2 b_k + b_{k-1}) / \Delta\beta^2

without knowledge of the unit of the energy.

Source: Aoki, Fujita, Kobayashi, J. Phys. Soc. Jpn. 88 (2019) 054002.
"""

import numpy as np
from scipy.interpolate import make_interp_spline

# of the interpolating spline
DEGREE = 5
FINE = 20001


def specific_heat(beta: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """C at the inner values of an equidistant beta by the raw second difference, shape (..., classes - 2)."""
    spacing = (beta[-1] - beta[0]) / (len(beta) - 1)
    bend = bias[..., 2:] - 2 * bias[..., 1:-1] + bias[..., :-2]
    return -(beta[1:-1] ** 2) * bend / spacing**2


def gauge_fixed(beta: np.ndarray, weight: np.ndarray, bias: np.ndarray, mean_h: np.ndarray) -> np.ndarray:
    """Biases of a head with free weights after what its weights deviate from affine is moved into them.

    ``mean_h`` is the mean of h in each class: there the logits stay what they are.
    """
    return bias + (weight - affine(beta, weight)) * mean_h


def without_affine(beta: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """- b_k less its affine part, which means nothing: ln Z as far as biases know it."""
    return -bias + affine(beta, bias)


def affine(beta: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The least-squares fit a + c beta, at beta."""
    return np.polynomial.Polynomial.fit(beta, values, 1)(beta)


def peak_temperature(beta: np.ndarray, heat: np.ndarray) -> float:
    """T where the interpolating spline of C(beta) is largest; NaN at the border of the range."""
    fine = np.linspace(beta[0], beta[-1], FINE)
    curve = make_interp_spline(beta, heat, min(DEGREE, len(beta) // 2 * 2 - 1))
    return 1 / highest(fine, curve(fine))[0]


def highest(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Place and height of the largest of equidistant values; NaN if it is the first or the last one."""
    place = int(y.argmax())
    if place in (0, len(y) - 1):
        return float("nan"), float("nan")
    # the vertex of the parabola through three neighbours
    low, middle, high = y[place - 1 : place + 2]
    shift = (low - high) / (2 * (low - 2 * middle + high))
    return float(x[place] + shift * (x[1] - x[0])), float(middle - (low - high) * shift / 4)


def critical_temperature(
    extent: np.ndarray, peak: np.ndarray, error: np.ndarray, shift: float = 1.0
) -> tuple[float, float, float]:
    """T_c, its error and a of the weighted fit T_peak = T_c + a / L^shift."""
    inverse = 1 / np.asarray(extent, dtype=float) ** shift
    design = np.column_stack([np.ones(len(extent)), inverse]) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    limit, slope = covariance @ design.T @ (peak / error)
    return float(limit), float(np.sqrt(covariance[0, 0])), float(slope)
