"""The particle number density."""

import math

from pomflow.models.observables import observable


@observable("number density", "particles per site")
def density(action, z):
    r"""n = (1/V) d ln Z / d mu, per configuration.

    .. math::
        n = \frac1V \sum_x (\delta_{ab} \sinh\mu - i \epsilon_{ab} \cosh\mu)\, z_{a,x} z_{b,x+\hat 0}
    """
    field = action.fields(z)
    ahead = action.forward_in_time(field)
    aligned = (field * ahead).sum(axis=(1, 2))
    turned = (field[:, 0] * ahead[:, 1] - field[:, 1] * ahead[:, 0]).sum(axis=1)
    return (math.sinh(action.mu) * aligned - 1j * math.cosh(action.mu) * turned) / action.lattice.volume
