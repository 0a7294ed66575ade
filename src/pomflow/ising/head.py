"""The optimal tied head for given h: a convex problem, solved by Newton's method."""

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.nn.activations import softmax

MOST_STEPS = 50
TOLERANCE = 1e-10


def fit_tied_head(h: np.ndarray, weight: np.ndarray, values: np.ndarray, bias: np.ndarray, slope: float):
    """Minimize the weighted cross-entropy of l_k = b_k - g x_k h over b and g.

    Parameters
    ----------
    h, weight : array, shape (classes, configurations)
        The deciding number and the multiplicity of every configuration of each class.
    values : array, shape (classes,)
        x_k, the standardized values of the classes.
    bias, slope : array and float
        Where to start.

    Returns
    -------
    bias : array, shape (classes,)
        b with mean 0.
    slope : float
        g.

    Raises
    ------
    DivergenceError
        If Newton's method does not converge.
    """
    classes = len(values)
    labels = np.repeat(np.arange(classes), h.shape[1])
    h, weight = h.ravel(), weight.ravel()
    for _ in range(MOST_STEPS):
        gradient, curvature = _derivatives(h, weight, labels, values, bias, slope)
        step = np.linalg.solve(curvature, gradient)
        bias, slope = bias - step[:-1], slope - step[-1]
        if step @ gradient < TOLERANCE:
            return bias - bias.mean(), slope
    raise DivergenceError(
        "extract_thermodynamics",
        f"the head was not found in {MOST_STEPS} steps of Newton's method",
        "Train for more steps, or give the classes more configurations.",
    )


def _derivatives(h, weight, labels, values, bias, slope):
    """Gradient and Hessian of the weighted cross-entropy in (b, g), where b has no common shift."""
    probability = softmax(bias - slope * np.outer(h, values))
    mean = probability @ values
    weighted = probability * weight[:, None]
    of_bias = weighted.sum(axis=0) - np.bincount(labels, weight, minlength=len(values))
    of_slope = -(weight * h) @ (mean - values[labels])
    classes = len(values)
    curvature = np.zeros((classes + 1, classes + 1))
    # a common shift of all b changes nothing; the added constant holds it fixed
    curvature[:-1, :-1] = np.diag(weighted.sum(axis=0)) - weighted.T @ probability + weight.sum() / classes**2
    mixed = (h * mean) @ weighted - h @ weighted * values
    curvature[:-1, -1] = curvature[-1, :-1] = mixed
    curvature[-1, -1] = (weight * h * h) @ (probability @ values**2 - mean**2)
    return np.append(of_bias, of_slope), curvature
