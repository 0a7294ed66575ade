r"""Functions of mean zero of the complex phi^4 theory, for control variates.

On a path u = z_1 + i z_2 and v = z_1 - i z_2 are independent. For G_x(u, v) in place of u

.. math:: f = \frac1V \sum_x \Big( \frac{\partial G_x}{\partial u_x}
                                - G_x \frac{\partial S}{\partial u_x} \Big),

and its mirror image, in which u and v change places and time runs backwards: a symmetry of S, of the density
and of phi_a phi_a. Each identity is the mean of the two. Without a coupling, density and phi_a phi_a minus
their means are sums of such functions.
"""

import functools
import math

import numpy as np

from pomflow.lattice import Lattice
from pomflow.models.complex_phi4 import gaussian
from pomflow.models.complex_scalar import by_charge
from pomflow.numerics.backend import namespace

# powers of uv in the field that is moved, of the propagator that moves it, and of the zero mode
POWERS, PROPAGATORS, ZERO_MODES = (0, 1, 2), (0, 1, 2), (1, 2, 3)
# smallest inverse propagator at rest: beyond the threshold that of the Hartree mass would pass through zero
GAP = 0.5


def of_fields(point, mass_squared: float):
    r"""The identities of fields moved by kernels, and of zero modes, shape (batch, K).

    .. math:: G_x = \sum_r N(r)\, u_{x+r} (uv)_{x+r}^p, \qquad
              G_x = \bar u\, (\bar u \bar v)^n, \quad \bar u = \frac1V \sum_x u_x,

    with kernels N of ``kernels``, p of ``POWERS`` and n of ``ZERO_MODES``.

    Parameters
    ----------
    point : ModelPoint
        Of any action in the variables of the complex phi^4 theory.
    mass_squared : float
        Of the propagators.
    """
    model, lattice = point.model, point.model.lattice
    xp = namespace(point.z)
    first, second = point.fields[:, 0], point.fields[:, 1]
    slopes = by_charge(point.gradient)
    u, v, by_u, by_v = (
        one.reshape(-1, *lattice.shape) for one in (first + 1j * second, first - 1j * second, *slopes)
    )
    moving = xp.asarray(kernels(lattice, mass_squared, model.mu))
    found = [_moved(xp, (u, v, by_u, by_v), power, moving) for power in POWERS]
    return xp.concatenate([*found, _zero_modes(xp, *map(_mean, (u, v, by_u, by_v)), lattice.volume)], axis=1)


@functools.cache
def kernels(lattice: Lattice, mass_squared: float, mu: float) -> np.ndarray:
    r"""Fourier transforms sum_r N(r) e^{ikr} of the kernels, shape (kernels, V).

    1, a step forwards and one backwards in time, and the mean step in space, each times powers of the
    propagator of the Gaussian theory.
    """
    gapped = max(mass_squared, 2 * math.cosh(mu) - 2 + GAP)
    real, imaginary = gaussian.matrix(lattice, gapped, mu)
    time, *space = lattice.momenta
    steps = [np.ones(lattice.shape), np.exp(1j * time), np.exp(-1j * time)]
    if space:
        steps.append(sum(np.cos(k) for k in space) / len(space))
    inverse = real + 1j * imaginary
    return np.stack([(step / inverse**power).ravel() for power in PROPAGATORS for step in steps])


def _moved(xp, fields, power: int, moving):
    """Identities of u (uv)^p moved by kernels, shape (batch, kernels)."""
    u, v, by_u, by_v = fields
    axes = tuple(range(1, u.ndim))
    local = (u * v) ** power
    # sum_x of a product is 1/V times a sum over k and -k, and ifftn is 1/V times the transform at -k
    forwards = xp.fft.fftn(u * local, axes=axes) * xp.fft.ifftn(by_u, axes=axes)
    backwards = xp.fft.ifftn(v * local, axes=axes) * xp.fft.fftn(by_v, axes=axes)
    spectrum = (forwards + backwards).reshape(len(u), -1) / 2
    at_zero = moving.mean(axis=1)
    return (power + 1) * _mean(local)[:, None] * at_zero - spectrum @ moving.T / moving.shape[1]


def _zero_modes(xp, u, v, by_u, by_v, volume: int):
    """Identities of the zero modes, shape (batch, powers), from the means over all sites."""
    square, moved = u * v, (u * by_u + v * by_v) / 2
    return xp.stack([square**n * ((n + 1) / volume - moved) for n in ZERO_MODES], axis=1)


def _mean(values):
    """Over all sites, shape (batch,)."""
    return values.reshape(len(values), -1).mean(axis=1)
