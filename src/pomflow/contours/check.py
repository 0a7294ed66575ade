"""Is a contour right? What it computes against central differences, for a contour of one's own."""

import numpy as np

from pomflow.contours.path import Path
from pomflow.numerics.differences import deviation, slope, slope_of_logarithm, without_turns


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
        ``real_part`` of z, which must be t, of contours that keep it; ``determinant``, ln det J; ``force``,
        -dRe S/dt; ``gradient`` of the batch mean of Re[weight (ln det J - S)] with respect to the parameters,
        for random weights.
    """
    path, point = Path(model, contour, theta), contour.evaluate(theta, t)
    real, imaginary = stream.normals(0, 2, len(t))
    weight = real + 1j * imaginary

    def z(t):
        return contour.evaluate(theta, t).z

    def action(t):
        return model.at(z(t)).value

    def log_weight(theta):
        return Path(model, contour, theta).log_weight(t)

    along = np.eye(t.shape[1])
    jacobian = np.stack([slope(z, t, e) for e in along], axis=2)
    sign, logarithm = np.linalg.slogdet(jacobian)
    forces = -np.stack([slope_of_logarithm(action, t, e).real for e in along], axis=1)
    changes = [slope_of_logarithm(log_weight, theta, e) for e in np.eye(len(theta))]
    slopes = np.array([(weight * change).real.mean() for change in changes])
    gradient = point.parameter_gradient(weight, model.at(point.z).gradient)
    real_part = {"real_part": deviation(point.z.real, t)} if contour.keeps_real_part else {}
    return real_part | {
        "determinant": deviation(without_turns(point.log_det() - logarithm - 1j * np.angle(sign)), 0),
        "force": deviation(path.force(t), forces),
        "gradient": deviation(gradient, slopes),
    }
