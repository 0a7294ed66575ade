"""The optimal tied head for given h: a convex problem, solved by Newton's method with shorter steps."""

from dataclasses import dataclass

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.nn.heads import standardized

MOST_STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True)
class TiedOptimum:
    """The minimum of the cross-entropy of l_k = b_k - g x_k h over b and g.

    Attributes
    ----------
    bias : array, shape (classes,)
        b, with mean 0.
    slope : float
        g.
    gradients : array, shape (classes, configurations, classes + 1)
        What each configuration adds to the gradient in (b, g) at the minimum; all together add nothing.
    curvature : array, shape (classes + 1, classes + 1)
        The Hessian, with a term that holds the common shift of b.
    """

    bias: np.ndarray
    slope: float
    gradients: np.ndarray
    curvature: np.ndarray


def fit_tied_head(beta: np.ndarray, h: np.ndarray, bias: np.ndarray, slope: float) -> TiedOptimum:
    """Minimize the cross-entropy.

    Parameters
    ----------
    beta : array, shape (classes,)
        x_k are these values, standardized.
    h : array, shape (classes, configurations)
        The deciding number of every configuration of each class.
    bias, slope : array and float
        Where to start.

    Raises
    ------
    DivergenceError
        If Newton's method does not converge.
    """
    values, theta = standardized(beta), np.append(bias, slope)
    loss, gradients, curvature = _derivatives(h, values, theta)
    for _ in range(MOST_STEPS):
        gradient = gradients.sum(axis=(0, 1))
        step = np.linalg.solve(curvature, gradient)
        if step @ gradient < TOLERANCE:
            return TiedOptimum(theta[:-1] - theta[:-1].mean(), float(theta[-1]), gradients, curvature)
        reached = _derivatives(h, values, theta - step)
        while not reached[0] < loss + TOLERANCE:
            step = step / 2
            reached = _derivatives(h, values, theta - step)
        theta, (loss, gradients, curvature) = theta - step, reached
    raise DivergenceError(
        "extract_thermodynamics",
        f"the head was not found in {MOST_STEPS} steps of Newton's method",
        "Train for more steps, or give the classes more configurations.",
    )


def _derivatives(h: np.ndarray, values: np.ndarray, theta: np.ndarray) -> tuple:
    """The summed cross-entropy, its gradient by configuration, and its Hessian, in (b, g)."""
    classes = np.arange(len(values))
    logits = theta[:-1] - theta[-1] * h[:, :, None] * values
    logits -= logits.max(axis=2, keepdims=True)
    probability = np.exp(logits)
    total = probability.sum(axis=2, keepdims=True)
    probability /= total
    loss = np.log(total).sum() - logits[classes, :, classes].sum()
    mean = probability @ values
    gradients = np.concatenate([probability, (h * (values[:, None] - mean))[:, :, None]], axis=2)
    gradients[classes, :, classes] -= 1
    return loss, gradients, _hessian(h.ravel(), values, probability.reshape(h.size, -1), mean.ravel())


def _hessian(h, values, probability, mean) -> np.ndarray:
    size = len(values)
    curvature = np.empty((size + 1, size + 1))
    # a common shift of all b changes nothing; the added constant holds it
    of_bias = np.diag(probability.sum(axis=0)) - probability.T @ probability + len(h) / size**2
    mixed = (h * mean) @ probability - h @ probability * values
    curvature[:-1, :-1], curvature[:-1, -1], curvature[-1, :-1] = of_bias, mixed, mixed
    curvature[-1, -1] = (h * h) @ (probability @ values**2 - mean**2)
    return curvature
