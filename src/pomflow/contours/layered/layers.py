"""The layers as array code: the twin of ``layer_loops``, what a GPU runs, and the derivatives by parameters."""

from dataclasses import dataclass
from functools import cached_property

from pomflow.numerics.backend import namespace


@dataclass
class Layer:
    """What one layer knows of its sites x, shape (batch, sites), and of what they see.

    Attributes
    ----------
    everywhere : tuple of array, shape (batch, V)
        u and v before the layer.
    u, v : array
        The same at x.
    q : array, shape (batch, V, K)
    p, own : tuple of array, shape (batch, sites, K)
        p_j and q_j at x with their first two derivatives by rho.
    seen : tuple of array, shape (batch, sites, D K)
        u q, v q and q at the sites x + r.
    sums : tuple of array, shape (batch, sites, K)
        Their sums over r and k: F, G and h are their products with p, p and q_j.
    """

    everywhere: tuple
    u: object
    v: object
    q: object
    p: tuple
    own: tuple
    seen: tuple
    sums: tuple

    def factors(self, order: int):
        """What the sums are multiplied by, differentiated by rho so many times."""
        return self.p[order], self.p[order], self.own[order]

    def products(self, order: int):
        """F, G and h, differentiated by rho_x so many times."""
        return [(a * b).sum(axis=2) for a, b in zip(self.sums, self.factors(order), strict=True)]

    @cached_property
    def values(self):
        """F, G and h."""
        return self.products(0)

    @cached_property
    def slopes(self):
        """Their derivatives by rho_x."""
        return self.products(1)

    @cached_property
    def block(self):
        """X = u h' + F', Y = v h' + G', the diagonal of the block of 2 x 2, and its determinant."""
        (f, g, bent), h = self.slopes, self.values[2]
        x, y = self.u * bent + f, self.v * bent + g
        first, second = 1 + h + x * self.v, 1 - h - y * self.u
        return x, y, first, second, first * second + x * y * self.u * self.v

    def image(self):
        """u and v at x after the layer."""
        f, g, h = self.values
        return self.u * (1 + h) + f, self.v * (1 - h) - g


class Layers:
    """All layers on the real plane, one after the other.

    Parameters
    ----------
    tables : Colours
    weights : array, shape (colours, 2, orbits, K, K)
        A and H of every layer from k to j.
    scales : array, shape (K,)
    t : array, shape (batch, 2V)

    Attributes
    ----------
    fields : array, complex, shape (batch, 2, V)
        u and v after all layers.
    """

    def __init__(self, tables, weights, scales, t):
        self._tables, self._scales = tables, scales
        self._xp, self._layers = namespace(t), []
        self._weights = self._matrices(weights)
        volume = t.shape[1] // 2
        u = t[:, :volume] + 1j * t[:, volume:]
        v = u.conj()
        for colour, sites in enumerate(tables.sites):
            layer = self._layer(colour, u, v)
            self._layers.append(layer)
            u, v = u.copy(), v.copy()
            u[:, sites], v[:, sites] = layer.image()
        self.fields = self._xp.stack((u, v), axis=1)

    def _layer(self, colour, u, v) -> Layer:
        xp, scales, sites = self._xp, self._scales, self._tables.sites[colour]
        neighbours = self._tables.neighbours[sites]
        hop, gate = self._weights[colour]
        q = xp.exp(-(u * v)[..., None] / scales)
        fields = u[..., None] * q, v[..., None] * q, q
        seen = tuple(one[:, neighbours].reshape(len(u), len(sites), -1) for one in fields)
        sums = tuple(one @ matrix for one, matrix in zip(seen, (hop, hop, gate), strict=True))
        own = tuple(q[:, sites] * (-1 / scales) ** order for order in range(3))
        ones = [xp.full_like(own[0][..., :1], one) for one in (1, 0, 0)]
        p = tuple(xp.concatenate((a, b[..., :-1]), axis=2) for a, b in zip(ones, own, strict=True))
        return Layer((u, v), u[:, sites], v[:, sites], q, p, own, seen, sums)

    def log_det(self):
        """ln det of all layers, shape (batch,)."""
        return sum(self._xp.log(layer.block[-1]).sum(axis=1) for layer in self._layers)

    def pull_back(self, fields):
        """Derivatives by u and v on the plane from those by u and v after the layers, (batch, 2, V)."""
        return self._xp.stack(self._backwards(fields, 0.0)[0], axis=1)

    def derivatives(self, fields):
        """Derivatives of ln det + ``fields`` . (u, v) by the weights, shape (batch, colours, 2, orbits, K, K)."""
        _, by_matrices = self._backwards(fields, 1.0)
        by_matrices = self._xp.stack(by_matrices[::-1], axis=1)
        k = len(self._scales)
        by_displacement = by_matrices.reshape(*by_matrices.shape[:3], k, -1, k)
        by_orbit = self._xp.tensordot(by_displacement, self._tables.spread, axes=(4, 0))
        return self._xp.moveaxis(by_orbit, -1, 3)

    def _matrices(self, weights):
        """A and H of every layer as matrices from (r, k) to j, shape (colours, 2, D K, K)."""
        by_displacement = self._xp.tensordot(weights, self._tables.spread, axes=(2, 1))
        return by_displacement.transpose(0, 1, 4, 3, 2).reshape(*weights.shape[:2], -1, weights.shape[-1])

    def _backwards(self, fields, share: float):
        """The same of share ln det; derivatives by the weights, where wanted, begin with the last layer."""
        to_u, to_v = (one.copy() for one in (fields[:, 0], fields[:, 1]))
        by_weights = []
        for layer, sites, weights, neighbours in self._reversed():
            to_u[:, sites], to_v[:, sites], to_sums = _through(layer, to_u[:, sites], to_v[:, sites], share)
            if share:
                by_weights.append(self._by_weights(layer, to_sums))
            self._to_neighbours(layer, weights, neighbours, to_sums, to_u, to_v)
        return (to_u, to_v), by_weights

    def _reversed(self):
        """Layer, sites, weights and neighbours from the last colour to the first."""
        sites = self._tables.sites
        for colour in reversed(range(len(sites))):
            here = sites[colour]
            yield self._layers[colour], here, self._weights[colour], self._tables.neighbours[here]

    def _by_weights(self, layer, to_sums):
        """Derivatives by A and H of a layer, shape (batch, 2, K, D K)."""
        f, g, h = (one.swapaxes(1, 2) @ seen for one, seen in zip(to_sums, layer.seen, strict=True))
        return self._xp.stack((f + g, h), axis=1)

    def _to_neighbours(self, layer, weights, neighbours, to_sums, to_u, to_v):
        """Add what a layer says of the field at the sites that it sees."""
        hop, gate = weights
        found = []
        for one, matrix in zip(to_sums, (hop, hop, gate), strict=True):
            at_seen = (one @ matrix.T).reshape(*one.shape[:2], -1, len(self._scales))
            total = self._xp.zeros_like(layer.q)
            # along one displacement no site is seen twice
            for number in range(neighbours.shape[1]):
                total[:, neighbours[:, number]] += at_seen[:, :, number]
            found.append(total)
        (u, v), q = layer.everywhere, layer.q
        to_q = found[0] * u[..., None] + found[1] * v[..., None] + found[2]
        to_rho = -(to_q * q / self._scales).sum(axis=2)
        to_u += (found[0] * q).sum(axis=2) + to_rho * v
        to_v += (found[1] * q).sum(axis=2) + to_rho * u


def _through(layer: Layer, to_u, to_v, share: float):
    """From derivatives by the field after a layer those by the field before it at x, and by its sums."""
    (x, y, first, second, det), u, v = layer.block, layer.u, layer.v
    (_, _, h), (_, _, bent) = layer.values, layer.slopes
    part = share / det
    to_x, to_y = part * v * (second + y * u), part * u * (x * v - first)
    to_values = to_u, -to_v, to_u * u - to_v * v + part * (second - first)
    to_slopes = to_x, to_y, to_x * u + to_y * v
    pairs = zip(to_values, to_slopes, strict=True)
    factors = zip(*(layer.factors(order) for order in range(3)), strict=True)
    to_sums, to_rho = [], 0
    for (a, b), one, (zeroth, first_, second_) in zip(pairs, layer.sums, factors, strict=True):
        a, b = a[..., None], b[..., None]
        to_sums.append(a * zeroth + b * first_)
        to_rho = to_rho + ((a * first_ + b * second_) * one).sum(axis=2)
    new_u = to_u * (1 + h) + part * y * (x * v - first) + to_x * bent + to_rho * v
    new_v = to_v * (1 - h) + part * x * (second + y * u) + to_y * bent + to_rho * u
    return new_u, new_v, to_sums
