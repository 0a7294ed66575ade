"""The cost of a path, whose descent makes the average phase factor large.

Source: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
"""

from pomflow.contours.path import Path, aimed_phase_factor


def cost_gradient(path: Path, t, log_weight, control: float):
    r"""One estimate of the gradient of the cost F = Z_pq - |Z|, divided by Z_pq; to be descended.

    .. math::
        \nabla \ln Z_{pq} = \Big\langle \mathrm{Re} \big[ (1 - c\, e^{i(\theta - \theta_0)})
            \nabla (\ln\det J - S) \big] \Big\rangle_{pq}

    The term with c has zero mean, because Z does not depend on the path: c = 1 is the published cost, c = 0
    the plain estimator.

    Parameters
    ----------
    path : Path
    t : array, shape (batch, n)
        Configurations sampled on this path.
    log_weight : array, complex, shape (batch,)
        ln(det J exp(-S)) of them; its imaginary part is the phase theta.
    control : float
        c.

    Returns
    -------
    array, shape (n_parameters,)
    """
    point = path.at(t)
    turned = aimed_phase_factor(log_weight, path.model)
    return point.parameter_gradient(1 - control * turned, path.model.at(point.z).gradient)
