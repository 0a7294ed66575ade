"""A contour that is linear in the field, diagonal in momentum space."""

from functools import cached_property

import numpy as np

from pomflow.contours.base import Contour, SharedPoint
from pomflow.contours.offsets import exchanged, images, reflection_orbits
from pomflow.models.complex_scalar import displacement, stable_slope
from pomflow.numerics.backend import to_host

# Up to so many variables one product with a matrix is faster than two Fourier transforms.
LARGEST_MATRIX = 200
# The path starts within this share of the bound, where tanh still moves; without interaction at the exact
# slopes, of which none reaches 1.
START_SHARE, LARGEST_SLOPE = 0.9, 1 - 1e-12


class Linear(Contour):
    r"""u_k = (1 + i a_k) phi_k with real slopes a_k, odd in time and even under reflections of space.

    .. math::
        a_k = b \tanh(\hat c_k / b), \qquad \hat c_k = \sum_r s(r)\, c(r) \sin(k \cdot r), \qquad
        \ln\det J = \sum_k \ln(1 + a_k^2)

    The determinant is real and does not depend on the field. The parameters are the coefficients c(r) of all
    displacements of the lattice; exchanges of spatial axes of the same extent leave them as they are. Where S
    grows with the power p of the field, it turns by up to p arctan a_k, so Re S grows along every plane wave
    of such a path only if |a_k| < tan(pi / 2p); the bound b enforces it. Superpositions of waves may need
    less (see ``docs/decisions.md``): beyond, Re S falls again far out, behind a barrier that chains do not
    pass. In a Gaussian theory b is 1 and the Gaussian path, from which training starts, is exact: its average
    phase factor is 1.

    Parameters
    ----------
    model : Model
        A complex scalar field whose ``growth`` is known.
    """

    needs_complex_scalar = True
    optimizer = "natural_gradient"
    transferable = True

    def __init__(self, model):
        self.lattice, self.xp, self._model = model.lattice, model.xp, model
        self.bound = stable_slope(model.growth)
        self.orbits = reflection_orbits(self.lattice.shape)
        self.n_parameters = len(self.orbits)
        # (V, parameters): c_k from c(r)
        self.waves = self.xp.asarray(_waves(self.lattice, self.orbits))

    @classmethod
    def misfit(cls, model):
        if super().misfit(model) is None and model.stated("growth") is None:
            return "it bounds its slopes by the power with which S grows, and the model states no growth"
        return super().misfit(model)

    def initial_parameters(self, stream):
        """The Gaussian path of the model."""
        limit = LARGEST_SLOPE if self.bound == 1 else START_SHARE * self.bound
        slope = self._model.gaussian_slopes(self.lattice, limit).ravel()
        unbounded = self.bound * np.arctanh(slope / self.bound)
        waves = _waves(self.lattice, self.orbits)
        return self.xp.asarray(np.linalg.lstsq(waves, unbounded, rcond=None)[0])

    def transferred(self, theta, source):
        """The same c(r), with none for displacements that the source has no room for.

        Where extents of space are alike on one of the lattices only, an orbit there is several of the other:
        it takes their mean, and they take its coefficient.
        """
        known = dict(zip(source.orbits, to_host(theta).tolist(), strict=True))
        ours, theirs = self.lattice.shape[1:], source.lattice.shape[1:]
        coefficients = []
        for time, *space in self.orbits:
            same = {(time, *max(exchanged(r, theirs))) for r in exchanged(tuple(space), ours)}
            found = [known[r] for r in sorted(same) if r in known]
            coefficients.append(sum(found) / max(len(found), 1))
        return self.xp.asarray(coefficients)

    def slopes(self, theta):
        """The slopes a_k and da_k/dc(r), shape (V,) and (V, parameters)."""
        turned = self.xp.tanh(self.waves @ theta / self.bound)
        return self.bound * turned, (1 - turned**2)[:, None] * self.waves

    def prepare(self, theta):
        """The slopes, their derivatives, and on small lattices the matrix of the displacement."""
        (slope, slope_gradient), n = self.slopes(theta), 2 * self.lattice.volume
        matrix = self.applied(slope, self.xp.eye(n)) if n <= LARGEST_MATRIX else None
        return slope, slope_gradient, matrix

    def applied(self, slope, t):
        """Im z at real points t."""
        return displacement(self.lattice, slope.reshape(self.lattice.shape), t)

    def at(self, prepared, t):
        return LinearPoint(self, *prepared, t)


def _waves(lattice, orbits) -> np.ndarray:
    """sum of s(r) sin(k r) over the images of each orbit, shape (V, orbits)."""
    k = np.stack([momentum.ravel() for momentum in lattice.momenta], axis=1)
    space = lattice.shape[1:]
    columns = [sum(sign * np.sin(k @ np.array(r)) for sign, r in images(orbit, space)) for orbit in orbits]
    return np.array(columns).reshape(len(orbits), lattice.volume).T.copy()


class LinearPoint(SharedPoint):
    """The linear path at real points t, shape (batch, 2V)."""

    def __init__(self, contour: Linear, slope, slope_gradient, matrix, t):
        self._contour, self._t = contour, t
        self._slope, self._slope_gradient, self._matrix = slope, slope_gradient, matrix
        self.z = t + 1j * self._applied(t)

    def pull_back(self, w):
        # K is Hermitian as a complex matrix, hence symmetric as a real one
        return w.real - self._applied(w.imag)

    def log_det(self):
        xp = self._contour.xp
        return xp.full(len(self._t), xp.log1p(self._slope**2).sum() + 0j)

    def derivatives(self, w):
        by_slope = 2 * self._slope / (1 + self._slope**2)
        by_slope = by_slope + self._overlap(w.imag) - 1j * self._overlap(w.real)
        return by_slope @ self._slope_gradient

    def _applied(self, t):
        return self._contour.applied(self._slope, t) if self._matrix is None else t @ self._matrix

    def _overlap(self, vector):
        """d(vector . y) / da_k, shape (batch, V)."""
        return (self._transform(vector).conj() * self._spectrum).real / self._contour.lattice.volume

    @cached_property
    def _spectrum(self):
        return self._transform(self._t)

    def _transform(self, t):
        lattice, xp = self._contour.lattice, self._contour.xp
        field = (t[:, : lattice.volume] + 1j * t[:, lattice.volume :]).reshape(-1, *lattice.shape)
        return xp.fft.fftn(field, axes=tuple(range(1, field.ndim))).reshape(len(t), -1)
