r"""The layers as compiled loops, for a CPU: the field after them, their determinant, and the way back.

The formulas stand at ``Layered``; ``layers`` has the array code, which is the twin. What makes it fast:

- The images of a displacement have one coefficient, up to a sign: they are summed before K x K numbers multiply
  the sum.
- ``LANES`` chains are worked off together, innermost in memory. Missing chains are zero, so a chain does not
  depend on those beside it.
- Every site changes once. What it was, and the sums that it saw, is all that the way back needs.

At a site a field is (Re u, Im u, Re v, Im v) and a feature (u q_k, v q_k, q_k), real and imaginary parts.
"""

import numpy as np

from pomflow.numerics.compiled import compiler

# chains that are worked off together
LANES = 8
# rows of a field, and of those a feature that belong to u q and v q; the others belong to q
FIELD, HOPPED, FEATURE = 4, 4, 6

_compiled = compiler(fused=True)
_inlined = compiler(fused=True, inlined=True)


@_compiled
def forwards(t, weights, tables, scales):
    """u and v after all layers, ln det, and for the way back fields before and sums.

    Parameters
    ----------
    t : array, shape (batch, 2V)
    weights : array, shape (colours, 2, orbits, K, K)
        A and H from k to j.
    tables : Colours
    scales : array, shape (K,)

    Returns
    -------
    fields : array, complex, shape (batch, 2, V)
    log_det : array, complex, shape (batch,)
    before : array, shape (groups, V, FIELD, LANES)
    sums : array, shape (groups, V, K, FEATURE, LANES)
    """
    batch, volume, features = len(t), t.shape[1] // 2, len(scales)
    groups = -(-batch // LANES)
    fields = np.empty((batch, 2, volume), dtype=np.complex128)
    log_det = np.zeros(batch, dtype=np.complex128)
    before = np.zeros((groups, volume, FIELD, LANES))
    sums = np.empty((groups, volume, features, FEATURE, LANES))
    seen = np.empty((volume, features, FEATURE, LANES))
    total = np.empty((features, FEATURE, LANES))
    for group in range(groups):
        chains = min(LANES, batch - group * LANES)
        here, found = before[group], sums[group]
        _read(t, group * LANES, chains, here)
        for x in range(volume):
            _put_features(seen, x, here, scales)
        for colour in range(len(tables.sites)):
            for x in tables.sites[colour]:
                _gather(found, x, seen, weights[colour], tables, total)
                for lane in range(chains):
                    chain = group * LANES + lane
                    u, v, det = _changed(here, found, seen, x, lane, scales)
                    fields[chain, 0, x], fields[chain, 1, x] = u, v
                    log_det[chain] += np.log(det)
                _put_changed(seen, x, fields, group * LANES, chains, scales)
    return fields, log_det, before, sums


@_compiled
def backwards(to_fields, fields, weights, tables, scales, before, sums):
    """Derivatives by u and v on the plane from those by u and v after the layers, complex, (batch, 2, V)."""
    batch, _, volume = to_fields.shape
    features = len(scales)
    result = to_fields.copy()
    seen = np.empty((volume, features, FEATURE, LANES))
    to_seen = np.empty((volume, features, FEATURE, LANES))
    total, to_sums = np.empty((features, FEATURE, LANES)), np.zeros((features, FEATURE, LANES))
    for group in range(len(before)):
        start, chains = group * LANES, min(LANES, batch - group * LANES)
        here, found = before[group], sums[group]
        to_seen[:] = 0
        for x in range(volume):
            _put_changed(seen, x, fields, start, chains, scales)
        for colour in range(len(tables.sites) - 1, -1, -1):
            for x in tables.sites[colour]:
                # later layers saw the site as it is after this one
                for lane in range(chains):
                    chain = start + lane
                    u, v = fields[chain, 0, x], fields[chain, 1, x]
                    _add_seen(result, chain, x, to_seen, seen, lane, u, v, scales)
                to_seen[x] = 0
                _put_features(seen, x, here, scales)
                for lane in range(chains):
                    _through(result, start + lane, to_sums, here, found, seen, x, lane, scales)
                _scatter(to_seen, x, to_sums, weights[colour], tables, total)
        for x in range(volume):
            for lane in range(chains):
                u, v = _field(here, x, lane)
                _add_seen(result, start + lane, x, to_seen, seen, lane, u, v, scales)
    return result


@_inlined
def _read(t, start, chains, here):
    """u = phi and v = phi* of some chains."""
    volume = t.shape[1] // 2
    for lane in range(chains):
        for x in range(volume):
            first, second = t[start + lane, x], t[start + lane, volume + x]
            here[x, 0, lane], here[x, 1, lane] = first, second
            here[x, 2, lane], here[x, 3, lane] = first, -second


@_inlined
def _field(here, x, lane):
    return complex(here[x, 0, lane], here[x, 1, lane]), complex(here[x, 2, lane], here[x, 3, lane])


@_inlined
def _put(seen, x, lane, u, v, scales):
    """u q_k, v q_k and q_k of one chain; the widest q gives the others, whose scales are quarters of its."""
    k = len(scales) - 1
    q = np.exp(-u * v / scales[k])
    while k >= 0:
        a, b = u * q, v * q
        seen[x, k, 0, lane], seen[x, k, 1, lane] = a.real, a.imag
        seen[x, k, 2, lane], seen[x, k, 3, lane] = b.real, b.imag
        seen[x, k, 4, lane], seen[x, k, 5, lane] = q.real, q.imag
        square = q * q
        q = square * square
        k -= 1


@_inlined
def _put_features(seen, x, here, scales):
    for lane in range(LANES):
        u, v = _field(here, x, lane)
        _put(seen, x, lane, u, v, scales)


@_inlined
def _put_changed(seen, x, fields, start, chains, scales):
    for lane in range(chains):
        _put(seen, x, lane, fields[start + lane, 0, x], fields[start + lane, 1, x], scales)
    for lane in range(chains, LANES):
        _put(seen, x, lane, 0j, 0j, scales)


@_inlined
def _gather(sums, x, seen, weights, tables, total):
    """sum over r and k of A and H with the features at x + r, for every j."""
    features = len(total)
    sums[x] = 0
    for orbit in range(len(tables.first) - 1):
        total[:] = 0
        for i in range(tables.first[orbit], tables.first[orbit + 1]):
            y, sign = tables.neighbours[x, tables.images[i]], tables.signs[i]
            for k in range(features):
                for part in range(FEATURE):
                    for lane in range(LANES):
                        total[k, part, lane] += sign * seen[y, k, part, lane]
        for j in range(features):
            for k in range(features):
                hop, gate = weights[0, orbit, j, k], weights[1, orbit, j, k]
                for part in range(HOPPED):
                    for lane in range(LANES):
                        sums[x, j, part, lane] += hop * total[k, part, lane]
                for part in range(HOPPED, FEATURE):
                    for lane in range(LANES):
                        sums[x, j, part, lane] += gate * total[k, part, lane]


@_inlined
def _scatter(to_seen, x, to_sums, weights, tables, total):
    """The transpose of ``_gather``, which is linear."""
    features = len(total)
    for orbit in range(len(tables.first) - 1):
        total[:] = 0
        for j in range(features):
            for k in range(features):
                hop, gate = weights[0, orbit, j, k], weights[1, orbit, j, k]
                for part in range(HOPPED):
                    for lane in range(LANES):
                        total[k, part, lane] += hop * to_sums[j, part, lane]
                for part in range(HOPPED, FEATURE):
                    for lane in range(LANES):
                        total[k, part, lane] += gate * to_sums[j, part, lane]
        for i in range(tables.first[orbit], tables.first[orbit + 1]):
            y, sign = tables.neighbours[x, tables.images[i]], tables.signs[i]
            for k in range(features):
                for part in range(FEATURE):
                    for lane in range(LANES):
                        to_seen[y, k, part, lane] += sign * total[k, part, lane]


@_inlined
def _sums_at(sums, x, j, lane):
    """The sums of u q, v q and q for one j."""
    f = complex(sums[x, j, 0, lane], sums[x, j, 1, lane])
    g = complex(sums[x, j, 2, lane], sums[x, j, 3, lane])
    return f, g, complex(sums[x, j, 4, lane], sums[x, j, 5, lane])


@_inlined
def _values(sums, seen, x, lane, scales):
    """F, G and h, and their derivatives by rho_x."""
    f, g, h = 0j, 0j, 0j
    f_slope, g_slope, h_slope = 0j, 0j, 0j
    p, p_slope = 1 + 0j, 0j
    for j in range(len(scales)):
        q = complex(seen[x, j, 4, lane], seen[x, j, 5, lane])
        slope = -q / scales[j]
        a, b, c = _sums_at(sums, x, j, lane)
        f, g, h = f + p * a, g + p * b, h + q * c
        f_slope, g_slope, h_slope = f_slope + p_slope * a, g_slope + p_slope * b, h_slope + slope * c
        p, p_slope = q, slope
    return f, g, h, f_slope, g_slope, h_slope


@_inlined
def _changed(here, sums, seen, x, lane, scales):
    """u and v at a site after its layer, and the determinant of the 2 x 2 block."""
    u, v = _field(here, x, lane)
    f, g, h, f_slope, g_slope, h_slope = _values(sums, seen, x, lane, scales)
    a, b = u * h_slope + f_slope, v * h_slope + g_slope
    det = (1 + h + a * v) * (1 - h - b * u) + a * b * u * v
    return u * (1 + h) + f, v * (1 - h) - g, det


@_inlined
def _through(result, chain, to_sums, here, sums, seen, x, lane, scales):
    """From derivatives by the field after a layer those by the field before it, and by the sums."""
    u, v = _field(here, x, lane)
    to_u, to_v = result[chain, 0, x], result[chain, 1, x]
    _, _, h, f_slope, g_slope, h_slope = _values(sums, seen, x, lane, scales)
    to_f, to_g, to_h = to_u, -to_v, to_u * u - to_v * v
    to_rho = f_slope * to_f + g_slope * to_g + h_slope * to_h
    result[chain, 0, x] = to_u * (1 + h) + to_rho * v
    result[chain, 1, x] = to_v * (1 - h) + to_rho * u
    p = 1 + 0j
    for j in range(len(scales)):
        q = complex(seen[x, j, 4, lane], seen[x, j, 5, lane])
        a, b, c = to_f * p, to_g * p, to_h * q
        to_sums[j, 0, lane], to_sums[j, 1, lane] = a.real, a.imag
        to_sums[j, 2, lane], to_sums[j, 3, lane] = b.real, b.imag
        to_sums[j, 4, lane], to_sums[j, 5, lane] = c.real, c.imag
        p = q


@_inlined
def _add_seen(result, chain, x, to_seen, seen, lane, u, v, scales):
    """Add what layers say of a site that they saw with u and v: by u q, v q and q."""
    to_u, to_v, to_rho = 0j, 0j, 0j
    for k in range(len(scales)):
        q = complex(seen[x, k, 4, lane], seen[x, k, 5, lane])
        a, b, c = _sums_at(to_seen, x, k, lane)
        to_u, to_v = to_u + a * q, to_v + b * q
        to_rho -= (a * u + b * v + c) * q / scales[k]
    result[chain, 0, x] += to_u + to_rho * v
    result[chain, 1, x] += to_v + to_rho * u


class CompiledLayers:
    """The same as ``layers.Layers``, but for derivatives by the weights."""

    def __init__(self, tables, weights, scales, t):
        self._arguments = np.ascontiguousarray(weights), tables, scales
        self.fields, self._log_det, *self._kept = forwards(np.ascontiguousarray(t), *self._arguments)

    def log_det(self):
        """ln det of all layers, shape (batch,)."""
        return self._log_det

    def pull_back(self, fields):
        """Derivatives by u and v on the plane from those by u and v after the layers, (batch, 2, V)."""
        return backwards(np.ascontiguousarray(fields), self.fields, *self._arguments, *self._kept)
