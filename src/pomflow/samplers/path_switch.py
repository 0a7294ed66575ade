r"""-ln APF0 / V on a path: the contour is switched on, from the undeformed plane to what it has learned.

With s times the parameters theta of a contour, 0 <= s <= 1, and

.. math::
    Z_s = \int dt\, \bigl|\det J(t; s\theta)\, e^{-S(z(t; s\theta))}\bigr|,

Z_0 is the partition function of the phase-quenched theory, and at every s that of the theory is the average
phase factor times Z_s. So

.. math::
    \Delta F = -\frac1V \ln\frac{|Z|}{Z_{pq}} = -\frac1V \Bigl( \ln|\mathrm{APF}|
        + \int_0^1 ds\, \bigl\langle \mathrm{Re}\, \theta \cdot D_{s\theta} \bigr\rangle_s \Bigr),
    \qquad D = \frac{\partial}{\partial\theta} (\ln\det J - S),

with means over the ensembles of the moduli, and D the derivatives that the natural gradient takes. The
integral needs no phase: it is known also where that of the plane is beyond any statistics. All that it asks
of the contour is that theta = 0 is the undeformed plane.

Source: thermodynamic integration, Kirkwood, J. Chem. Phys. 3 (1935) 300, along a path of contours.
"""

import math
from collections.abc import Sequence

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.contours.path import Path
from pomflow.numerics.backend import to_host
from pomflow.numerics.gauss import rule, rule_error

# configurations at once: each has a derivative for every parameter
CHUNK = 64


def switched(path: Path, s: float) -> Path:
    """The path with s times its parameters."""
    return Path(path.model, path.contour, s * path.theta)


def integrand(path: Path, s: float, fields: np.ndarray) -> np.ndarray:
    """Re theta . D at s theta on configurations of that ensemble, shape (chain, trajectory, n)."""
    here, flat = switched(path, s), fields.reshape(-1, fields.shape[-1])
    parts = []
    for first in range(0, len(flat), CHUNK):
        point = here.at(path.model.xp.asarray(flat[first : first + CHUNK]))
        derivatives = point.derivatives(path.model.at(point.z).gradient)
        parts.append(to_host(derivatives.real @ path.theta))
    return np.concatenate(parts).reshape(fields.shape[:2])


def starts_at_plane(path: Path, t) -> bool:
    """Whether the path without its parameters is the undeformed plane, by a look at some points t."""
    z = switched(path, 0.0).at(t).z
    return bool(abs(z - t).max() <= 1e-12 * (1 + abs(t).max()))


def free_energy(apf: Sequence[Estimate], integrands: Sequence[Estimate], volume: int) -> Estimate:
    """-ln APF0 / V; the error has that of Gauss's rule in it.

    Parameters
    ----------
    apf : (Estimate, Estimate)
        Real and imaginary part of the average phase factor at s = 1.
    integrands : sequence of Estimate
        At the nodes of Gauss's rule of as many points.
    volume : int
        Sites of the lattice.
    """
    s, weights = rule(len(integrands))
    values = np.array([one.value for one in integrands])
    errors = np.array([one.error for one in integrands])
    real, imaginary = apf
    modulus = math.hypot(real.value, imaginary.value)
    along = math.hypot(real.value * real.error, imaginary.value * imaginary.error) / modulus
    total = math.log(modulus) + float(weights @ values)
    # of a contour that is the plane itself it is zero everywhere
    missed = rule_error(2 * s - 1, values) if values.any() else 0.0
    error = math.hypot(along / modulus, *(weights * errors)) + missed
    return Estimate(-total / volume, error / volume)
