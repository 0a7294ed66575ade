"""The Hubbard model on few sites: electrons that an auxiliary field at every site and time couples to."""

import itertools
import math
from functools import cached_property

import numpy as np

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.base import Model, ModelPoint, Parameter, Variables
from pomflow.models.hubbard.hopping import (
    GEOMETRIES,
    exponential,
    hopping_matrix,
    largest_eigenvalue,
    spread,
)
from pomflow.models.observables import observable
from pomflow.numerics.batch import eliminated

# Products of e^{dK} are made over spans of time in which their largest and smallest singular values differ by
# no more than this power of e: the product loses as many digits, five of sixteen. Shorter spans are worse:
# the elimination of many of them multiplies by as much as they do (half of it is wrong at beta = 100).
LARGEST_SPREAD = 12.0
# A slice must not be longer than this over the largest eigenvalue of K: it would lose ten digits alone.
LONGEST_SLICE = 12.0
# a slice or a span may multiply by e to this power: its product with another one is a number still
LARGEST_EXPONENT = 300.0


class Hubbard(Model):
    r"""The Hubbard model on few sites at chemical potential, with an auxiliary field for its charge.

    .. math::
        H = -\kappa \sum_{\langle xy \rangle \sigma} (c_{x\sigma}^\dagger c_{y\sigma} + h.c.)
            + \frac U2 \sum_x q_x^2 - \mu \sum_x q_x, \qquad q_x = n_{x\uparrow} + n_{x\downarrow} - 1,

    in units of the hopping, kappa = 1, so that mu = 0 is half filling. The trace of exp(-beta H) is cut into
    N_t slices of the length delta = beta / N_t, and in each a real field phi_t(x) decouples the charge:

    .. math::
        S = \sum_{t,x} \Big[ \frac{\phi_t(x)^2}{2 \delta U} + i \phi_t(x) + \delta\mu \Big]
            - 2 \ln\det(1 + B), \qquad
        B = \prod_{t=1}^{N_t} e^{\delta K}\, \mathrm{diag}_x\, e^{i \phi_t(x) + \delta\mu},

    with K_xy = 1 for the sites that are joined. As det(1 + B) = det B det(1 + B^{-1}), this is the theory of
    particles (spin up) and holes (spin down) with -ln det(1 + B) - ln det(1 + B^{-1}).

    The lattice is [N_t, sites]: direction 1 counts the sites of a ring or of a complete graph (a triangle, a
    tetrahedron). All sites are alike, and all times. Z is a trace of positive operators, so its phase is 0.

    Notes
    -----
    Source: Wynen, Berkowitz, Krieg, Luu, Ostmeyer, Phys. Rev. B 103 (2021) 125153 (exponential form,
    particles and holes); Hubbard, Phys. Rev. Lett. 3 (1959) 77 (the field).
    """

    title = "Hubbard model"
    variables = Variables("real", per_site=1)
    parameters = {
        "interaction": Parameter(
            "Interaction U of two electrons on a site, in units of the hopping.",
            3.0,
            minimum=1e-3,
            maximum=100,
            symbol="U",
            long_name="interaction",
            units="hopping",
        ),
        "beta": Parameter(
            "Inverse temperature beta, in units of the inverse hopping; the lattice cuts it into N_t slices.",
            4.0,
            minimum=1e-3,
            maximum=100,
            symbol=r"\beta",
            long_name="inverse temperature",
            units="1/hopping",
        ),
        "mu": Parameter(
            "Chemical potential of the charge, in units of the hopping; 0 is half filling.",
            minimum=-50,
            maximum=50,
            symbol=r"\mu",
            long_name="chemical potential",
            units="hopping",
        ),
        "geometry": Parameter(
            "Which sites are joined: those of a ring, or all of them (3 make a triangle, 4 a tetrahedron).",
            "ring",
            choices=GEOMETRIES,
        ),
    }
    growth = 2
    angular_sums = (0,)
    partition_phase = 0.0
    vanishing = ("apf_im", "charge_im", "double_occupancy_im")
    exact = "pomflow.models.hubbard.exact:values"

    def __init__(self, lattice: Lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.check(lattice, {name: getattr(self, name) for name in self.parameters})
        self.slices, self.sites = lattice.shape
        self.step = self.beta / self.slices
        hopping = hopping_matrix(self.geometry, self.sites)
        self._hop = xp.asarray(exponential(self.step * hopping))
        growth = (largest_eigenvalue(self.geometry, self.sites) + abs(self.mu)) / LARGEST_EXPONENT
        spans = math.ceil(self.beta * max(spread(hopping) / LARGEST_SPREAD, growth))
        spans = min(max(spans, 1), self.slices)
        bounds = np.linspace(0, self.slices, spans + 1).round().astype(int).tolist()
        self._spans = [range(*pair) for pair in itertools.pairwise(bounds)]

    @classmethod
    def check(cls, lattice: Lattice, values: dict) -> None:
        if lattice.dimension != 2:
            raise ConfigError(
                "lattices",
                f"the Hubbard model has time slices and sites, and {list(lattice.shape)} is no such pair",
                "Write [N_t, sites], such as [8, 2].",
            )
        slices, sites = lattice.shape
        hopping = largest_eigenvalue(values["geometry"], sites)
        growth = (hopping + abs(values["mu"])) / LARGEST_EXPONENT
        fewest = math.ceil(values["beta"] * max(hopping / LONGEST_SLICE, growth))
        if slices < fewest:
            raise ConfigError(
                "lattices",
                f"{slices} slices of beta / N_t = {values['beta'] / slices:g} are too long for their numbers",
                f"Take at least {fewest} slices, or lower beta or mu.",
            )

    def at(self, z) -> "HubbardPoint":
        return HubbardPoint(self, z)

    def value(self, z):
        return self.at(z).value

    def gradient(self, z):
        return self.at(z).gradient

    @observable("charge per site", "electrons per site above half filling", symbol="q")
    def charge(self, point):
        r"""q = 2 tr[B (1 + B)^{-1}] / sites - 1, per configuration: (1 / (beta sites)) d ln Z / d mu."""
        return 2 * point.occupation.mean(axis=(1, 2)) - 1

    @observable("double occupancy", "1", symbol="D")
    def double_occupancy(self, point):
        """Mean over sites and times of n(x, t)^2, by Wick's theorem: the probability of two electrons."""
        return (point.occupation**2).mean(axis=(1, 2))

    def hops(self, z):
        """e^{i phi_t(x) + delta mu}, shape (batch, N_t, sites)."""
        return self.xp.exp(1j * z + self.step * self.mu).reshape(-1, self.slices, self.sites)

    def products(self, hops):
        """What stands to the right of every slice within its span, and the whole spans, both transposed.

        Shapes (batch, sites, sites): a list over the slices, and one over the spans.
        """
        after, whole = [None] * self.slices, []
        for span in self._spans:
            product = self._identity(hops)
            for t in reversed(span):
                after[t] = product
                product = self._times_hop(product * hops[:, t, None, :])
            whole.append(product)
        return after, whole

    def cyclic_matrix(self, whole):
        r"""The matrix of the spans B = B_1 ... B_s, with the determinant of 1 + B and no large numbers.

        .. math::
            P = \begin{pmatrix} 1 & -B_1 & & \\ & 1 & -B_2 & \\ & & \ddots & \\ B_s & & & 1 \end{pmatrix}

        Source: Hirsch, Phys. Rev. B 38 (1988) 12023.
        """
        xp, n, spans = self.xp, self.sites, len(whole)
        matrix = xp.zeros((len(whole[0]), spans * n, spans * n), dtype=complex)
        matrix += xp.eye(spans * n)
        for span, transposed in enumerate(whole):
            rows, columns = self._block(span)
            matrix[:, rows, columns] += self._sign(span) * transposed.swapaxes(1, 2)
        return matrix

    def occupation(self, hops, after, inverse):
        r"""n(x, t) = -i d ln det(1 + B) / d phi_t(x), shape (batch, N_t, sites).

        With B_s = L_t M_t R_t around the slice M_t of a span, and X the block of P^{-1} opposite to B_s, it
        is the diagonal of R_t X L_t M_t; what X is multiplied with on the right grows by a slice at a time.
        """
        xp, found = self.xp, []
        for number, span in enumerate(self._spans):
            rows, columns = self._block(number)
            product = self._sign(number) * inverse[:, columns, rows]
            for t in span:
                product = self._times_hop(product) * hops[:, t, None, :]
                found.append((after[t] * product).sum(axis=1))
        return xp.stack(found, axis=1)

    def _times_hop(self, matrices):
        """Every matrix of a batch times e^{dK}, as one product of two matrices."""
        return (matrices.reshape(-1, self.sites) @ self._hop).reshape(matrices.shape)

    def _identity(self, hops):
        xp, n = self.xp, self.sites
        return xp.zeros((len(hops), n, n), dtype=complex) + xp.eye(n)

    def _block(self, span: int) -> tuple[slice, slice]:
        """Where B_s stands in P."""
        n, following = self.sites, (span + 1) % len(self._spans)
        return slice(span * n, (span + 1) * n), slice(following * n, (following + 1) * n)

    def _sign(self, span: int) -> int:
        """Of B_s in P: the last one closes time antiperiodically."""
        return 1 if span == len(self._spans) - 1 else -1


class HubbardPoint(ModelPoint):
    """Configurations with their products of slices, determinant and occupation, each computed once."""

    @cached_property
    def value(self):
        model = self.model
        constant = model.size * model.step * model.mu
        gaussian = (self.z * self.z / (2 * model.step * model.interaction) + 1j * self.z).sum(axis=1)
        return gaussian + constant - 2 * self.log_det

    @cached_property
    def gradient(self):
        model = self.model
        occupation = self.occupation.reshape(self.z.shape)
        return self.z / (model.step * model.interaction) + 1j - 2j * occupation

    @cached_property
    def log_det(self):
        """ln det(1 + B) modulo 2 pi i, shape (batch,)."""
        return self._eliminated.log_det()

    @cached_property
    def occupation(self):
        """Mean number of electrons of one spin at every time and site, shape (batch, N_t, sites)."""
        return self.model.occupation(self._hops, self._products[0], self._eliminated.inverse())

    @cached_property
    def _hops(self):
        return self.model.hops(self.z)

    @cached_property
    def _products(self):
        return self.model.products(self._hops)

    @cached_property
    def _eliminated(self):
        return eliminated(self.model.cyclic_matrix(self._products[1]))
