"""A gauge-invariant path for U(1) in two dimensions: heights of plaquettes, and links that have them."""

from functools import cached_property

from pomflow.contours.base import Contour, SharedPoint
from pomflow.numerics.batch import eliminated
from pomflow.plaquettes import Plaquettes


class Gauge(Contour):
    r"""Every plaquette at a height that is a function of itself and of lattice means, shared by all.

    .. math::
        f(x) = \sum_k \phi_k(P(x)) \Big[ c_k + \sum_l H_{kl}\, \bar\phi_l \Big], \qquad
        \bar\phi_l = \frac1V \sum_x \phi_l(P(x)), \qquad
        y = C^T G f \;\Rightarrow\; \mathrm{Im}\, P(x) = f(x) - \bar f

    with the features phi_k = cos P, cos 2P, ..., sin P, sin 2P, ... up to ``harmonics``. The displacement y
    of the links is the shortest whose curl is as near to f as a curl, whose sum is zero, can be
    (``Plaquettes.propagator``). In two dimensions plaquettes are independent but for their sum, so that
    neighbours tell nothing of each other; what all share is in the means. Heights are bounded by
    2 sum_k |c_k| + 2 sum_kl |H_kl|.

    Parameters are the same on every lattice. It starts on the undeformed torus.

    Parameters
    ----------
    model : Model
        A gauge field in two dimensions.
    harmonics : int
        The largest multiple K of P in the features.

    Notes
    -----
    F' = df/dP = D + B Phi'^T / V with D diagonal, B_xl = sum_k phi_k(P(x)) H_kl, Phi'_xl = phi_l'(P(x)), and
    Sylvester's identity, used twice, leaves 2K + 1 rows of a determinant of 2V:

    .. math::
        \det J = \det\big[1 + i F' (1 - 1 1^T / V)\big]
               = \prod_x (1 + i D_x)\; \det\big[1 + W^T (1 + iD)^{-1} U\big], \qquad
        U = \tfrac{i}{V} [B, -D 1], \quad W = [(1 - 1 1^T / V) \Phi', 1] .

    Source of gauge-invariant input: Namekawa, Kashiwa, Ohnishi, Takase, Phys. Rev. D 105 (2022) 034502.
    """

    kinds = ("angle",)
    needs_gauge_field = True
    optimizer = "natural_gradient"
    transferable = True
    network_settings = ("harmonics",)

    def __init__(self, model, harmonics: int):
        self.xp, self.features = model.xp, 2 * harmonics
        self.plaquettes = Plaquettes(model.lattice, model.xp)
        self.orders = model.xp.arange(1, harmonics + 1)
        self.n_parameters = self.features + self.features**2

    @classmethod
    def misfit(cls, model):
        # what a class does not know, its instances do
        lattice = getattr(model, "lattice", None)
        if lattice is not None and lattice.dimension != 2:
            return f"it is made for two dimensions, and the lattice is {lattice}"
        return super().misfit(model)

    def initial_parameters(self, stream):
        return self.xp.zeros(self.n_parameters)

    def transferred(self, theta, source):
        """The same heights."""
        return theta

    def prepare(self, theta):
        """c, shape (2K,), and H, shape (2K, 2K)."""
        return theta[: self.features], theta[self.features :].reshape(self.features, self.features)

    def at(self, prepared, t):
        return GaugePoint(self, *prepared, t)


class GaugePoint(SharedPoint):
    """The path at real links t, shape (batch, 2 V)."""

    def __init__(self, contour: Gauge, direct, coupled, t):
        self._contour, self._direct, self._coupled, self._t = contour, direct, coupled, t
        self._xp = contour.xp

    @cached_property
    def z(self):
        heights = self._times(self._features, self._weights)
        plaquettes = self._contour.plaquettes
        return self._t + 1j * plaquettes.transposed(heights @ plaquettes.propagator)

    @cached_property
    def _turned(self):
        """k P(x), shape (batch, V, K)."""
        return self._contour.orders * self._contour.plaquettes.of(self._t)[..., None]

    @cached_property
    def _features(self):
        """Phi, shape (batch, V, 2K)."""
        return self._xp.concatenate((self._xp.cos(self._turned), self._xp.sin(self._turned)), axis=-1)

    @cached_property
    def _slopes(self):
        """Phi', shape (batch, V, 2K)."""
        xp, orders = self._xp, self._contour.orders
        return xp.concatenate((-orders * xp.sin(self._turned), orders * xp.cos(self._turned)), axis=-1)

    @cached_property
    def _means(self):
        """The means of Phi over the lattice, shape (batch, 2K)."""
        return self._features.mean(axis=1)

    @cached_property
    def _weights(self):
        """The coefficients of the features in f, shape (batch, 2K)."""
        return self._direct + self._means @ self._coupled.T

    @cached_property
    def _diagonal(self):
        """D, shape (batch, V)."""
        return self._times(self._slopes, self._weights)

    def pull_back(self, w):
        heights = self._of_heights(w.imag)
        to_means = self._by_feature(self._features, heights) @ self._coupled
        to_plaquettes = self._diagonal * heights + self._times(self._slopes, to_means) / heights.shape[1]
        return w.real - self._contour.plaquettes.transposed(to_plaquettes)

    def log_det(self):
        return self._xp.log(1 + 1j * self._diagonal).sum(axis=1) + self._small.log_det()

    def derivatives(self, w):
        """i tr(G dF') with G = (1 - 1 1^T / V) J^{-1} of the determinant, -i w dy of the action.

        ``propagated`` is W^T J^{-1}, whose last row is the sum of the rows of J^{-1}.
        """
        xp, batch = self._xp, len(w)
        propagated = self._small.solve(self._right * self._inverse[:, None, :])
        _, left = self._factors
        volume = left.shape[1]
        inverse = self._inverse * (1 - (left * propagated.swapaxes(1, 2)).sum(axis=2))
        at_site = 1j * (inverse - propagated[:, -1] / volume)
        by_mean = 1j / volume * (propagated[:, :-1] @ self._features).swapaxes(1, 2)
        of_action = -1j * self._by_feature(self._features, self._of_heights(w))
        to_direct = self._by_feature(self._slopes, at_site) + of_action
        to_coupled = to_direct[:, :, None] * self._means[:, None, :] + by_mean
        return xp.concatenate((to_direct, to_coupled.reshape(batch, -1)), axis=1)

    @cached_property
    def _inverse(self):
        """(1 + iD)^{-1}, shape (batch, V)."""
        return 1 / (1 + 1j * self._diagonal)

    @cached_property
    def _right(self):
        """W^T, shape (batch, 2K + 1, V)."""
        centred = self._slopes - self._slopes.mean(axis=1, keepdims=True)
        ones = self._xp.ones_like(centred[:, :, :1])
        return self._xp.concatenate((centred, ones), axis=2).swapaxes(1, 2)

    @cached_property
    def _factors(self):
        """W^T and U, shape (batch, V, 2K + 1)."""
        columns = (self._features @ self._coupled, -self._diagonal[:, :, None])
        return self._right, 1j / self._diagonal.shape[1] * self._xp.concatenate(columns, axis=2)

    @cached_property
    def _small(self):
        """1 + W^T (1 + iD)^{-1} U, eliminated."""
        right, left = self._factors
        product = right @ (self._inverse[:, :, None] * left)
        return eliminated(self._xp.eye(product.shape[1]) + product)

    def _of_heights(self, w):
        """What a vector of links says of f: its product with dy/df."""
        plaquettes = self._contour.plaquettes
        return plaquettes.of(w) @ plaquettes.propagator

    def _times(self, features, weights):
        """Features (batch, V, 2K) times weights (batch, 2K), shape (batch, V)."""
        return (features @ weights[:, :, None])[:, :, 0]

    def _by_feature(self, features, values):
        """Features (batch, V, 2K) summed with values (batch, V), shape (batch, 2K)."""
        return (values[:, None, :] @ features)[:, 0]
