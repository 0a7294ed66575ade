"""The Thirring model: one staggered fermion that a compact auxiliary field couples to, in any dimension."""

from functools import cached_property

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import CHEMICAL_POTENTIAL, Model, ModelPoint, Parameter, Variables
from pomflow.models.observables import observable
from pomflow.models.thirring.staggered import Links
from pomflow.numerics import backend
from pomflow.numerics.batch import eliminated, groups

# Bytes of one matrix of a group in memory at a time: on a CPU what fits its second-level cache together with
# its factors and inverse, on a GPU one part in so many of its memory, as every group costs kernel launches.
GROUP_BYTES, GPU_SHARE = 2**18, 16


class Thirring(Model):
    r"""One staggered fermion at chemical potential with a compact auxiliary field A on the links.

    .. math::
        S = \beta \sum_{x,\nu} (1 - \cos A_\nu(x)) - \ln\det D, \qquad
        D_{xx} = m, \quad
        D_{x,x+\hat\nu} = \tfrac{s}{2} \eta_\nu(x)\, e^{\mu\delta_{\nu 0} + i A_\nu(x)}, \quad
        D_{x+\hat\nu,x} = -\tfrac{s}{2} \eta_\nu(x)\, e^{-\mu\delta_{\nu 0} - i A_\nu(x)},

    with the staggered phases eta_nu(x) = (-1)^{x_0 + ... + x_{nu-1}} and s = -1 on the links that close time:
    the fermion is antiperiodic there. Integrating A out leaves a four-fermion coupling that falls with beta.

    Variables are the angles A, those of direction 0 (time) first. exp(-S) is entire in them; where det D = 0
    the force has a pole. Z is positive, so its phase is zero.

    Notes
    -----
    Source: Fujii, Kamata, Kikukawa, JHEP 11 (2015) 078 (0+1 dimensions); Alexandru, Bedaque, Lamm, Lawrence,
    Warrington, Phys. Rev. Lett. 121 (2018) 191602 (2+1 dimensions, on optimized contours).
    """

    title = "Thirring model"
    variables = Variables("angle", per_link=1)
    parameters = {
        "mass": Parameter(
            "Bare fermion mass m in lattice units.",
            1.0,
            minimum=0,
            maximum=100,
            symbol="m",
            long_name="fermion mass",
        ),
        "beta": Parameter(
            "Inverse coupling beta of the auxiliary field; at large beta the fermions are free.",
            1.0,
            minimum=0,
            maximum=10000,
            symbol=r"\beta",
            long_name="inverse coupling",
            units="1",
        ),
        "mu": CHEMICAL_POTENTIAL,
    }
    partition_phase = 0.0
    vanishing = ("apf_im", "density_im", "condensate_im")
    exact = "pomflow.models.thirring.exact:values"

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, values)
        links = Links(lattice)
        even, odd = links.ranks
        n = self._rows = lattice.volume // 2
        self._mu = xp.asarray(self.mu * links.in_time)
        self._sign = xp.asarray(links.from_even)
        self._amplitude = xp.asarray(links.from_even * links.amplitude)
        # where a link stands in a matrix with even sites as rows and odd ones as columns
        self._place = xp.asarray(even * n + odd)
        # the links at the odd site of a link, and where M^{-1} joins their even sites with that of the link
        self._beside = xp.asarray(links.at_odd_site)
        others = even[links.at_odd_site]
        self._to_others, self._from_others = (
            xp.asarray(place) for place in (even[:, None] * n + others, others * n + even[:, None])
        )

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if any(extent % 2 or extent <= 2 for extent in lattice.shape):
            raise ConfigError(
                "lattices",
                f"staggered fermions need even extents above 2, which {list(lattice.shape)} does not have",
                "Take extents such as 4, 6 or 8.",
            )

    def at(self, z) -> "ThirringPoint":
        return ThirringPoint(self, z)

    def value(self, z):
        return self.at(z).value

    def gradient(self, z):
        return self.at(z).gradient

    @observable("number density", "particles per site", symbol="n", odd=("mu",))
    def density(self, point):
        r"""n = (1/V) d ln Z / d mu: the mean fermion current j in time, per configuration.

        .. math::
            j_\nu(x) = D_{xy} (D^{-1})_{yx} - D_{yx} (D^{-1})_{xy}, \qquad y = x + \hat\nu
        """
        volume = self.lattice.volume
        return point.current[:, :volume].sum(axis=1) / volume

    @observable("condensate", "per site", symbol=r"\langle\bar\chi\chi\rangle")
    def condensate(self, point):
        """(1/V) d ln Z / dm = tr D^{-1} / V, per configuration."""
        return point.trace / self.lattice.volume

    def orbits(self) -> np.ndarray:
        """Translations make the links of a direction alike, and all directions of space are."""
        return np.repeat(np.minimum(np.arange(self.components), 1), self.lattice.volume)

    def hops(self, z):
        """D_eo from the even to the odd site of every link, and D_oe, each of shape (batch, links)."""
        from_even = self._amplitude * self.xp.exp(self._sign * (self._mu + 1j * z))
        # D_xy D_yx = -1/4
        return from_even, -0.25 / from_even

    def even_matrix(self, from_even, to_even):
        """M = m^2 - BC on the even sites, shape (batch, V/2, V/2)."""
        n = self._rows
        matrix = -(self._scattered(from_even) @ self._scattered(to_even).swapaxes(1, 2))
        matrix.reshape(-1, n * n)[:, :: n + 1] += self.mass**2
        return matrix

    def current(self, from_even, to_even, inverse):
        """j of every link from M^{-1}, shape (batch, links): D^{-1} is -M^{-1} B and -C M^{-1} there."""
        take, inverse = self.xp.take, inverse.reshape(len(inverse), -1)
        inverse_b = (take(inverse, self._to_others, 1) * take(from_even, self._beside, 1)).sum(axis=2)
        c_inverse = (take(to_even, self._beside, 1) * take(inverse, self._from_others, 1)).sum(axis=2)
        return self._sign * (to_even * inverse_b - from_even * c_inverse)

    def groups(self, batch: int) -> list[slice]:
        """Slices of a batch whose matrices are in memory together."""
        limit = GROUP_BYTES if self.xp is np else backend.memory(self.xp) // GPU_SHARE
        return groups(batch, 16 * self._rows**2, limit)

    def _scattered(self, hop):
        """The hops of the links as matrices, even sites as rows and odd ones as columns."""
        matrix = self.xp.zeros((len(hop), self._rows**2), dtype=hop.dtype)
        matrix[:, self._place] = hop
        return matrix.reshape(-1, self._rows, self._rows)


class ThirringPoint(ModelPoint):
    """Configurations with their determinant and propagator, each computed once for all who need it."""

    @cached_property
    def value(self):
        xp, model = self.model.xp, self.model
        return model.beta * (1 - xp.cos(self.z)).sum(axis=1) - self.log_det

    @cached_property
    def gradient(self):
        return self.model.beta * self.model.xp.sin(self.z) - 1j * self.current

    @cached_property
    def log_det(self):
        """ln det D modulo 2 pi i, shape (batch,)."""
        return self.model.xp.concatenate([matrix.log_det() for _, matrix in self._matrices()])

    @property
    def current(self):
        """The fermion current j = -i d ln det D / dA of every link, shape (batch, links)."""
        return self._propagator[0]

    @property
    def trace(self):
        """tr D^{-1}, shape (batch,)."""
        return self._propagator[1]

    @cached_property
    def _hops(self):
        return self.model.hops(self.z)

    @cached_property
    def _propagator(self):
        model, currents, traces = self.model, [], []
        for hops, matrix in self._matrices():
            inverse = matrix.inverse()
            currents.append(model.current(*hops, inverse))
            # the even and the odd sites contribute the same
            traces.append(2 * model.mass * inverse.trace(axis1=1, axis2=2))
        return model.xp.concatenate(currents), model.xp.concatenate(traces)

    def _matrices(self):
        """Hops of the links and M on the even sites, a group of configurations at a time."""
        for rows in self.model.groups(len(self.z)):
            hops = tuple(hop[rows] for hop in self._hops)
            yield hops, eliminated(self.model.even_matrix(*hops))
