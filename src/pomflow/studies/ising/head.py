"""The optimal tied head for given h: a convex problem, solved by Newton's method with shorter steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pomflow.errors import DivergenceError
from pomflow.nn.heads import standardized

MOST_STEPS = 50
# of one step, the last of which is 1e-9 of Newton's
MOST_HALVINGS = 30
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
    values = standardized(beta)
    theta, (_, _, curvature, gradients) = newton(
        lambda theta: _derivatives(h, values, theta),
        np.append(bias, slope),
        "Train for more steps, or give the classes more configurations.",
    )
    return TiedOptimum(theta[:-1] - theta[:-1].mean(), float(theta[-1]), gradients, curvature)


def newton(derivatives: Callable, theta: np.ndarray, remedy: str) -> tuple[np.ndarray, tuple]:
    """The minimum of a convex function by Newton's method, with halved steps where a whole one goes uphill.

    Parameters
    ----------
    derivatives : callable
        From theta to the function, its gradient and its Hessian, and whatever else it found on the way.
    theta : array
        Where to start.
    remedy : str
        What helps if there is no minimum.

    Returns
    -------
    array
        theta at the minimum.
    tuple
        What ``derivatives`` says there.

    Raises
    ------
    DivergenceError
        If Newton's method does not converge.
    """
    here = derivatives(theta)
    for _ in range(MOST_STEPS):
        _, gradient, curvature, *_ = here
        try:
            step = np.linalg.solve(curvature, gradient)
        except np.linalg.LinAlgError:
            break
        if step @ gradient < TOLERANCE:
            return theta, here
        theta, here = _downhill(derivatives, theta, here, step)
    message = f"the biases were not found in {MOST_STEPS} steps of Newton's method"
    raise DivergenceError("extract_thermodynamics", message, remedy)


def _downhill(derivatives: Callable, theta: np.ndarray, here: tuple, step: np.ndarray) -> tuple:
    """theta after the step, halved until it does not go uphill, and what ``derivatives`` says there.

    The function of millions of configurations is rounded to more than the last steps change it. Their slope
    is not: a step at whose end it is less than half of that at its beginning has come nearer to the minimum.
    """
    value, gradient, *_ = here
    for _ in range(MOST_HALVINGS):
        reached = derivatives(theta - step)
        if reached[0] < value + TOLERANCE or abs(step @ reached[1]) < step @ gradient / 2:
            break
        step = step / 2
    return theta - step, reached


def _derivatives(h: np.ndarray, values: np.ndarray, theta: np.ndarray) -> tuple:
    """The summed cross-entropy, gradient and Hessian in (b, g), and the gradient of each configuration."""
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
    curvature = _hessian(h.ravel(), values, probability.reshape(h.size, -1), mean.ravel())
    return loss, gradients.sum(axis=(0, 1)), curvature, gradients


def _hessian(h, values, probability, mean) -> np.ndarray:
    size = len(values)
    curvature = np.empty((size + 1, size + 1))
    # a common shift of all b changes nothing; the added constant holds it
    of_bias = np.diag(probability.sum(axis=0)) - probability.T @ probability + len(h) / size**2
    mixed = (h * mean) @ probability - h @ probability * values
    curvature[:-1, :-1], curvature[:-1, -1], curvature[-1, :-1] = of_bias, mixed, mixed
    curvature[-1, -1] = (h * h) @ (probability @ values**2 - mean**2)
    return curvature
