"""Is a contour right? What it computes against central differences, for a contour of one's own."""

import numpy as np

from pomflow.contours.path import Path

STEP = 1e-5


def deviations(contour, model, theta, t, stream) -> dict[str, float]:
    """How far a contour is from central differences, each quantity relative to 1 + its largest entry.

    Right ones come out at 1e-8 or less, wrong ones nearly always above 1e-3.

    Parameters
    ----------
    contour : Contour
        On NumPy.
    model : Model
    theta : array, shape (n_parameters,)
        Best away from the start, where wrong terms may be zero.
    t : array, shape (batch, n)
        A few real points; n and n_parameters evaluations for each are made.
    stream : Stream
        Of random weights of the gradient.

    Returns
    -------
    dict
        ``real_part`` of z, which must be t; ``determinant``; ``force``, -dRe S/dt; ``gradient`` of the batch
        mean of Re[weight (ln det J - S)] with respect to the parameters, with random complex weights.
    """
    path, point = Path(model, contour, theta), contour.evaluate(theta, t)
    real, imaginary = stream.normals(0, 2, len(t))
    weight = real + 1j * imaginary

    def height(t):
        return contour.evaluate(theta, t).z.imag

    def real_action(t):
        return model.at(contour.evaluate(theta, t).z).value.real

    def cost(theta):
        return (weight * Path(model, contour, theta).log_weight(t)).real.mean()

    jacobian = np.eye(t.shape[1]) + 1j * np.stack([_slope(height, t, e) for e in np.eye(t.shape[1])], axis=2)
    forces = -np.stack([_slope(real_action, t, e) for e in np.eye(t.shape[1])], axis=1)
    slopes = np.array([_slope(cost, theta, e) for e in np.eye(len(theta))])
    return {
        "real_part": _deviation(point.z.real, t),
        "determinant": _deviation(np.exp(point.log_det()), np.linalg.det(jacobian)),
        "force": _deviation(path.force(t), forces),
        "gradient": _deviation(point.parameter_gradient(weight, model.at(point.z).gradient), slopes),
    }


def _slope(function, x, direction):
    """d/ds function(x + s direction) at s = 0."""
    return (function(x + STEP * direction) - function(x - STEP * direction)) / (2 * STEP)


def _deviation(found, expected) -> float:
    return float(np.abs(found - expected).max(initial=0) / (1 + np.abs(expected).max(initial=0)))
