"""The optimal tied head for given h: a convex problem, solved by Newton's method with shorter steps."""

import numpy as np
from scipy.special import logsumexp

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
    labels = np.repeat(np.arange(len(values)), h.shape[1])
    data = h.ravel(), weight.ravel(), labels, values
    theta = np.append(bias, slope)
    loss, gradient, curvature = _derivatives(*data, theta)
    for _ in range(MOST_STEPS):
        step = np.linalg.solve(curvature, gradient)
        decrement = step @ gradient
        if decrement < TOLERANCE:
            return theta[:-1] - theta[:-1].mean(), theta[-1]
        reached = _derivatives(*data, theta - step)
        while not reached[0] < loss + TOLERANCE:
            step = step / 2
            reached = _derivatives(*data, theta - step)
        theta, (loss, gradient, curvature) = theta - step, reached
    raise DivergenceError(
        "extract_thermodynamics",
        f"the head was not found in {MOST_STEPS} steps of Newton's method",
        "Train for more steps, or give the classes more configurations.",
    )


def _derivatives(h, weight, labels, values, theta):
    """The weighted cross-entropy with its gradient and Hessian in (b, g), where b has no common shift."""
    logits = theta[:-1] - theta[-1] * np.outer(h, values)
    probability = softmax(logits)
    surprise = logsumexp(logits, axis=1) - logits[np.arange(len(labels)), labels]
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
    return weight @ surprise, np.append(of_bias, of_slope), curvature
