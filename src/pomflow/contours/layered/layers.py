"""The layers as array code: the twin of ``layer_loops``, and what a GPU runs."""

from functools import cached_property

from pomflow.contours.layered import currents
from pomflow.contours.scales import middle_of
from pomflow.numerics.backend import namespace


class Slice:
    """One time slice when its turn has come: the block of 2 x 2 of each of its sites.

    Parameters
    ----------
    u, v : array, shape (batch, sites)
        The field before its change.
    sums : sequence of array, each of shape (batch, sites, K)
        Of A with u q and v q, and of H with q, over r and k.
    scales : array, shape (K,)

    Attributes
    ----------
    factors : list
        p_j, p_j and q_j, whose products with the sums are F, G and h; and their first two derivatives by rho.
    """

    def __init__(self, u, v, sums, scales):
        xp = namespace(u)
        self.u, self.v, self.sums = u, v, sums
        q = xp.exp(-(u * v)[..., None] / scales)
        self.factors = []
        for order in range(3):
            own = q * (-1 / scales) ** order
            p = xp.concatenate((xp.full_like(own[..., :1], order == 0), own[..., :-1]), axis=2)
            self.factors.append((p, p, own))
        self.values, self.slopes, self.bends = (self._products(order) for order in range(3))

    def _products(self, order):
        """F, G and h, differentiated by rho so many times."""
        return [(a * b).sum(axis=2) for a, b in zip(self.factors[order], self.sums, strict=True)]

    def image(self):
        """u and v after the change."""
        f, g, h = self.values
        return self.u * (1 + h) + f, self.v * (1 - h) - g

    @cached_property
    def block(self):
        """X = u h' + F', Y = v h' + G', the diagonal of the block, and its determinant."""
        (f, g, bent), h = self.slopes, self.values[2]
        x, y = self.u * bent + f, self.v * bent + g
        first, second = 1 + h + x * self.v, 1 - h - y * self.u
        return x, y, first, second, first * second + x * y * self.u * self.v

    def through(self, to_u, to_v, share: float):
        """Derivatives of share ln det + (to_u, to_v) . image by u and v before, and by the sums."""
        (x, y, first, second, det), u, v = self.block, self.u, self.v
        (_, _, h), (_, _, bent) = self.values, self.slopes
        part = share / det
        to_x, to_y = part * v * (second + y * u), part * u * (x * v - first)
        to_values = to_u, -to_v, to_u * u - to_v * v + part * (second - first)
        to_slopes = to_x, to_y, to_x * u + to_y * v
        to_rho = sum(a * b for a, b in zip(to_values, self.slopes, strict=True))
        to_rho = to_rho + sum(a * b for a, b in zip(to_slopes, self.bends, strict=True))
        to_sums = [
            a[..., None] * zeroth + b[..., None] * once
            for a, b, zeroth, once in zip(to_values, to_slopes, *self.factors[:2], strict=True)
        ]
        new_u = to_u * (1 + h) + part * y * (x * v - first) + to_x * bent + to_rho * v
        new_v = to_v * (1 - h) + part * x * (second + y * u) + to_y * bent + to_rho * u
        return new_u, new_v, to_sums


class Layers:
    """All time slices changed, one after the other, from the real plane.

    Parameters
    ----------
    seen : Seen
    weights : array, shape (2, orbits, K, K)
        A and H from k to j.
    current_weights : array, shape (orbits,) or (0,)
        C, if the layers see currents.
    scales : array, shape (K,)
    extent : int
        Number of time slices.
    t : array, shape (batch, 2V)

    Attributes
    ----------
    fields : array, complex, shape (batch, 2, V)
        u and v after all changes.
    """

    def __init__(self, seen, weights, current_weights, scales, extent: int, t):
        self._xp, self._seen, self._scales = namespace(t), seen, scales
        volume = t.shape[1] // 2
        self._starts, self._across = range(0, volume, volume // extent), volume // extent
        # from (r, k) to j
        by_displacement = self._xp.tensordot(weights, seen.spread, axes=(1, 1))
        matrices = by_displacement.transpose(0, 3, 2, 1).reshape(2, -1, len(scales))
        self._matrices = [matrices[0], matrices[0], matrices[1]]
        self._sees_currents = len(current_weights) > 0
        if self._sees_currents:
            self._matrices.append((seen.spread @ current_weights)[:, None])
        u = t[:, :volume] + 1j * t[:, volume:]
        self._before = self._xp.stack((u, u.conj()), axis=1)
        self._change()

    def _change(self):
        self.fields, self._slices = self._before.copy(), []
        features = self._features(self.fields, slice(None))
        for start in self._starts:
            here = slice(start, start + self._across)
            near = self._gathered(features, here)
            sums = [one @ matrix for one, matrix in zip(near, self._matrices, strict=True)]
            if self._sees_currents:
                sums[2][..., -1:] += sums[3]
            one = Slice(self._before[:, 0, here], self._before[:, 1, here], sums[:3], self._scales)
            self._slices.append(one)
            self.fields[:, 0, here], self.fields[:, 1, here] = one.image()
            self._put(features, self.fields, here)

    def log_det(self):
        """ln det of all changes, shape (batch,)."""
        return sum(self._xp.log(one.block[-1]).sum(axis=1) for one in self._slices)

    def pull_back(self, to_fields):
        """Derivatives by u and v on the plane from those by ``fields``, complex, shape (batch, 2, V)."""
        return self._backwards(to_fields, 0.0)[0]

    def derivatives(self, to_fields):
        """Derivatives of ln det + to_fields . fields by A and H, shape (batch, 2, orbits, K, K), and by C."""
        _, by_matrices = self._backwards(to_fields, 1.0)
        k = len(self._scales)
        by_displacement = by_matrices[0].reshape(len(to_fields), 2, k, -1, k)
        by_orbit = self._xp.tensordot(by_displacement, self._seen.spread, axes=(3, 0))
        by_currents = self._xp.zeros((len(to_fields), 0))
        if self._sees_currents:
            by_currents = by_matrices[1] @ self._seen.spread
        return self._xp.moveaxis(by_orbit, -1, 2), by_currents

    def _backwards(self, to_fields, share: float):
        """Derivatives of share ln det + to_fields . fields by u and v on the plane, and by the matrices."""
        result, features = to_fields.copy(), self._features(self.fields, slice(None))
        to_features = [self._xp.zeros_like(one) for one in features]
        by_matrices = [0, 0] if self._sees_currents else [0]
        for one, start in zip(reversed(self._slices), reversed(self._starts), strict=True):
            here = slice(start, start + self._across)
            # later slices saw this one as it is after its change
            self._add_seen(result, to_features, features, self.fields, here)
            for part in to_features:
                part[:, here] = 0
            self._put(features, self._before, here)
            to_u, to_v, to_sums = one.through(result[:, 0, here], result[:, 1, here], share)
            result[:, 0, here], result[:, 1, here] = to_u, to_v
            if self._sees_currents:
                to_sums.append(to_sums[2][..., -1:])
            if share:
                found = self._by_matrices(self._gathered(features, here), to_sums)
                by_matrices = [a + b for a, b in zip(by_matrices, found, strict=True)]
            self._scatter(to_features, to_sums, start)
        self._add_seen(result, to_features, features, self._before, slice(None))
        return result, by_matrices

    def _features(self, fields, here):
        """u q_k, v q_k and q_k, each of shape (batch, sites, K), and squares of currents if they are seen."""
        u, v = fields[:, 0, here, None], fields[:, 1, here, None]
        q = self._xp.exp(-u * v / self._scales)
        features = [u * q, v * q, q]
        if self._sees_currents:
            features.append(currents.squares(*self._of_currents(features), *self._space(here))[..., None])
        return features

    def _of_currents(self, features):
        """The parts of u q_k and v q_k of which currents are made, shape (batch, sites) each."""
        return [part[..., middle_of(len(self._scales))] for part in features[:2]]

    def _space(self, here):
        """The next site and the one before of each, counted from the first."""
        start = here.start or 0
        return self._seen.ahead[here] - start, self._seen.behind[here] - start

    def _put(self, features, fields, here):
        for part, new in zip(features, self._features(fields, here), strict=True):
            part[:, here] = new

    def _gathered(self, features, here):
        """Features at what a slice sees, each of shape (batch, sites, D K)."""
        sites = self._seen.neighbours[here]
        return [part[:, sites].reshape(len(part), len(sites), -1) for part in features]

    def _by_matrices(self, near, to_sums):
        """Derivatives by A and H as matrices, shape (batch, 2, K, D K), and by C of every displacement."""
        f, g, h, *by_currents = (one.swapaxes(1, 2) @ part for one, part in zip(to_sums, near, strict=True))
        return [self._xp.stack((f + g, h), axis=1), *(one[:, 0] for one in by_currents)]

    def _scatter(self, to_features, to_sums, start):
        """Add what a slice says of the features that it sees."""
        seen, volume = self._seen, len(self._seen.neighbours)
        for part, one, matrix in zip(to_features, to_sums, self._matrices, strict=True):
            at_seen = (one @ matrix.T).reshape(*one.shape[:2], -1, part.shape[2])
            for time in range(1, len(self._starts)):
                numbers = self._xp.flatnonzero(seen.times == time)
                first = (start + time * self._across) % volume
                there = slice(first, first + self._across)
                # the site of the slice from which r leads there
                origin = seen.neighbours[there][:, seen.opposite[numbers]] - start
                part[:, there] += at_seen[:, origin, numbers].sum(axis=2)

    def _add_seen(self, result, to_features, features, fields, here):
        """Add derivatives by features of some sites to those by u and v there."""
        u, v = fields[:, 0, here], fields[:, 1, here]
        q, (to_uq, to_vq, to_q) = features[2][:, here], (part[:, here] for part in to_features[:3])
        if self._sees_currents:
            uq, vq = (part[:, here] for part in self._of_currents(features))
            to_squares = to_features[3][:, here, 0]
            parts = currents.pull_back(to_squares, uq, vq, *self._space(here))
            for of_currents, part in zip(self._of_currents((to_uq, to_vq)), parts, strict=True):
                of_currents += part
        all_by_q = to_uq * u[..., None] + to_vq * v[..., None] + to_q
        to_rho = -(all_by_q * q / self._scales).sum(axis=2)
        result[:, 0, here] += (to_uq * q).sum(axis=2) + to_rho * v
        result[:, 1, here] += (to_vq * q).sum(axis=2) + to_rho * u
