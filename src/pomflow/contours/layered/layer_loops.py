r"""The layers as compiled loops, for a CPU: the field after them, their determinant, and the way back.

The formulas stand at ``Layered``; ``layers`` has the array code, which is the twin. What makes it fast:

- The displacements of an orbit have one coefficient, up to a sign: what they lead to is summed before K x K
  numbers multiply the sum.
- ``LANES`` chains are worked off together, innermost in memory. Missing chains are zero, so a chain does not
  depend on those beside it.
- Every site changes once. What it was, and the sums that it saw, is all that the way back needs.

At a site a field is (u, v), and a feature or a sum that of (u q_k, v q_k, q_k), real and imaginary parts one
after the other. Sites are changed in the order of their numbers, which is that of time slices. What layers
see of currents is added to the last sum of q_k, beside which it stands in h.
"""

import numpy as np

from pomflow.numerics.compiled import compiler

# chains that are worked off together
LANES = 8
# real numbers of a field and of a feature, and of those that belong to u q and v q; the others belong to q
FIELD, FEATURE, HOPPED = 4, 6, 4
# of the square of a current
SQUARE = 2

_compiled = compiler(fused=True)
_inlined = compiler(fused=True, inlined=True)


class CompiledLayers:
    """The same as ``layers.Layers``."""

    def __init__(self, seen, weights, current_weights, scales, extent: int, t):
        weights, current_weights = map(np.ascontiguousarray, (weights, current_weights))
        self._arguments = weights, current_weights, extent, seen, scales
        self.fields, self._log_det, *self._kept = forwards(np.ascontiguousarray(t), *self._arguments)

    def log_det(self):
        """ln det of all changes, shape (batch,)."""
        return self._log_det

    def pull_back(self, to_fields):
        """Derivatives by u and v on the plane from those by ``fields``, complex, shape (batch, 2, V)."""
        return self._backwards(to_fields, 0.0)[0]

    def derivatives(self, to_fields):
        """Derivatives of ln det + to_fields . fields by A and H, shape (batch, 2, orbits, K, K), and by C."""
        return self._backwards(to_fields, 1.0)[1:]

    def _backwards(self, to_fields, share: float):
        to_fields = np.ascontiguousarray(to_fields)
        return backwards(to_fields, self.fields, share, *self._arguments, *self._kept)


@_compiled
def forwards(t, weights, current_weights, extent, tables, scales):
    """u and v after all changes, ln det, and for the way back fields before and sums.

    Parameters
    ----------
    t : array, shape (batch, 2V)
    weights : array, shape (2, orbits, K, K)
        A and H from k to j.
    current_weights : array, shape (orbits,) or (0,)
        C, if the layers see currents.
    extent : int
        Number of time slices.
    tables : Seen
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
    rows, total = seen.reshape(volume, -1), np.empty(features * FEATURE * LANES)
    sees_currents, across = len(current_weights) > 0, volume // extent
    squares = np.zeros((volume if sees_currents else 0, SQUARE * LANES))
    square = np.empty(SQUARE * LANES)
    for group in range(groups):
        start, chains = group * LANES, min(LANES, batch - group * LANES)
        here, found = before[group], sums[group]
        _read(t, start, chains, here)
        for x in range(volume):
            _put_before(seen, x, here, scales)
        if sees_currents:
            _put_squares(squares, 0, volume, seen, tables)
        for x in range(volume):
            found_rows = found[x].reshape(-1)
            found_rows[:] = 0
            for orbit in range(len(tables.first) - 1):
                _gather(total, x, rows, tables, orbit)
                _add_products(found_rows, total, weights, orbit)
                if sees_currents:
                    _gather(square, x, squares, tables, orbit)
                    _add_scaled(found_rows[-SQUARE * LANES :], square, current_weights[orbit])
            for lane in range(chains):
                u, v, det = _changed(here, found, seen, x, lane, scales)
                fields[start + lane, 0, x], fields[start + lane, 1, x] = u, v
                log_det[start + lane] += np.log(det)
            _put_after(seen, x, fields, start, chains, scales)
            if sees_currents and (x + 1) % across == 0:
                _put_squares(squares, x + 1 - across, x + 1, seen, tables)
    return fields, log_det, before, sums


@_compiled
def backwards(to_fields, fields, share, weights, current_weights, extent, tables, scales, before, sums):
    """Derivatives of share ln det + to_fields . fields by u and v before, with a share also by weights."""
    batch, _, volume = to_fields.shape
    features, orbits = len(scales), len(tables.first) - 1
    result = to_fields.copy()
    by_weights = np.zeros((batch if share else 0, 2, orbits, features, features), dtype=np.complex128)
    by_currents = np.zeros((batch if share else 0, len(current_weights)), dtype=np.complex128)
    seen = np.empty((volume, features, FEATURE, LANES))
    to_seen = np.empty((volume, features, FEATURE, LANES))
    total, to_sums = np.empty((features, FEATURE, LANES)), np.zeros((features, FEATURE, LANES))
    rows, to_rows = seen.reshape(volume, -1), to_seen.reshape(volume, -1)
    total_row, to_sums_row = total.reshape(-1), to_sums.reshape(-1)
    sees_currents, across = len(current_weights) > 0, volume // extent
    squares, to_squares = np.zeros((2, volume if sees_currents else 0, SQUARE * LANES))
    square, to_last = np.empty(SQUARE * LANES), to_sums_row[-SQUARE * LANES :]
    for group in range(len(before)):
        start, chains = group * LANES, min(LANES, batch - group * LANES)
        here, found = before[group], sums[group]
        to_seen[:], to_squares[:] = 0, 0
        for x in range(volume):
            _put_after(seen, x, fields, start, chains, scales)
        if sees_currents and share:
            _put_squares(squares, 0, volume, seen, tables)
        for first in range(volume - across, -1, -across):
            # later slices saw this one as it is after its change
            if sees_currents:
                _add_squares(to_seen, first, first + across, to_squares, seen, tables)
                to_squares[first : first + across] = 0
            for x in range(first, first + across):
                for lane in range(chains):
                    u, v = fields[start + lane, 0, x], fields[start + lane, 1, x]
                    _add_seen(result, start + lane, x, to_seen, seen, lane, u, v, scales)
                _put_before(seen, x, here, scales)
            to_seen[first : first + across] = 0
            if sees_currents and share:
                _put_squares(squares, first, first + across, seen, tables)
            for x in range(first + across - 1, first - 1, -1):
                for lane in range(chains):
                    _through(result, start + lane, share, to_sums, here, found, seen, x, lane, scales)
                for orbit in range(orbits):
                    if share:
                        _gather(total_row, x, rows, tables, orbit)
                        _add_by_weights(by_weights, start, chains, orbit, total, to_sums)
                    _transposed_products(total_row, to_sums_row, weights, orbit)
                    _scatter(to_rows, x, total_row, tables, orbit)
                for orbit in range(len(current_weights)):
                    if share:
                        _gather(square, x, squares, tables, orbit)
                        for lane in range(chains):
                            by_currents[start + lane, orbit] += _square(to_last, lane) * _square(square, lane)
                    square[:] = 0
                    _add_scaled(square, to_last, current_weights[orbit])
                    _scatter(to_squares, x, square, tables, orbit)
        if sees_currents:
            _add_squares(to_seen, 0, volume, to_squares, seen, tables)
        for x in range(volume):
            for lane in range(chains):
                u, v = _field(here, x, lane)
                _add_seen(result, start + lane, x, to_seen, seen, lane, u, v, scales)
    return result, by_weights, by_currents


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
def _put_before(seen, x, here, scales):
    for lane in range(LANES):
        u, v = _field(here, x, lane)
        _put(seen, x, lane, u, v, scales)


@_inlined
def _put_after(seen, x, fields, start, chains, scales):
    for lane in range(chains):
        _put(seen, x, lane, fields[start + lane, 0, x], fields[start + lane, 1, x], scales)
    for lane in range(chains, LANES):
        _put(seen, x, lane, 0j, 0j, scales)


@_inlined
def _middle(seen):
    """The number of the scale of which currents are made: ``scales.middle_of``."""
    return seen.shape[1] // 2


@_inlined
def _square(row, lane):
    """The complex number of a chain in a row of squares of currents."""
    return complex(row[lane], row[LANES + lane])


@_inlined
def _current(seen, y, following, k, lane):
    """u q and v q at a site and the one that follows, and 2i times the current between them."""
    u, v, _ = _numbers_at(seen, y, k, lane)
    next_u, next_v, _ = _numbers_at(seen, following, k, lane)
    return u, v, next_u, next_v, v * next_u - u * next_v


@_inlined
def _put_squares(squares, first, last, seen, tables):
    """The squares of the spatial currents of whole slices: ``currents.squares``."""
    squares[first:last] = 0
    k = _middle(seen)
    for y in range(first, last):
        for direction in range(tables.ahead.shape[1]):
            following = tables.ahead[y, direction]
            for lane in range(LANES):
                _, _, _, _, current = _current(seen, y, following, k, lane)
                square = -current * current / 4
                for x in (y, following):
                    squares[x, lane] += square.real
                    squares[x, LANES + lane] += square.imag


@_inlined
def _add_squares(to_seen, first, last, to_squares, seen, tables):
    """Add derivatives by squares of currents to those by u q and v q: ``currents.pull_back``."""
    k = _middle(seen)
    for y in range(first, last):
        for direction in range(tables.ahead.shape[1]):
            following = tables.ahead[y, direction]
            for lane in range(LANES):
                u, v, next_u, next_v, current = _current(seen, y, following, k, lane)
                to_link = -current * (_square(to_squares[y], lane) + _square(to_squares[following], lane)) / 2
                _add_number(to_seen, y, k, 0, lane, -to_link * next_v)
                _add_number(to_seen, y, k, 1, lane, to_link * next_u)
                _add_number(to_seen, following, k, 0, lane, to_link * v)
                _add_number(to_seen, following, k, 1, lane, -to_link * u)


@_inlined
def _add_number(parts, x, j, which, lane, number):
    parts[x, j, 2 * which, lane] += number.real
    parts[x, j, 2 * which + 1, lane] += number.imag


@_inlined
def _add_scaled(target, source, factor):
    for i in range(len(target)):
        target[i] += factor * source[i]


# These take rows of features of all lanes, one after the other in memory. Offsets are unsigned: signed
# ones are tested for counting from the end of the array.


@_inlined
def _gather(total, x, seen, tables, orbit):
    """The sum of s(r) times the features at x + r over an orbit."""
    total[:] = 0
    for i in range(tables.first[orbit], tables.first[orbit + 1]):
        y, sign = np.uintp(tables.neighbours[x, tables.images[i]]), tables.signs[i]
        for at in range(len(total)):
            total[np.uintp(at)] += sign * seen[y, np.uintp(at)]


@_inlined
def _scatter(to_seen, x, total, tables, orbit):
    """The transpose of ``_gather``."""
    for i in range(tables.first[orbit], tables.first[orbit + 1]):
        y, sign = np.uintp(tables.neighbours[x, tables.images[i]]), tables.signs[i]
        for at in range(len(total)):
            to_seen[y, np.uintp(at)] += sign * total[np.uintp(at)]


@_inlined
def _add_products(sums, total, weights, orbit):
    """Add A and H times a sum over an orbit."""
    for j in range(weights.shape[2]):
        for k in range(weights.shape[3]):
            hop, gate = weights[0, orbit, j, k], weights[1, orbit, j, k]
            _add_row(sums, j, total, k, hop, gate)


@_inlined
def _transposed_products(total, to_sums, weights, orbit):
    """The transpose of ``_add_products``."""
    total[:] = 0
    for j in range(weights.shape[2]):
        for k in range(weights.shape[3]):
            hop, gate = weights[0, orbit, j, k], weights[1, orbit, j, k]
            _add_row(total, k, to_sums, j, hop, gate)


@_inlined
def _add_row(target, to, source, of, hop, gate):
    """Add a feature, u q and v q times hop and q times gate, to another."""
    first, second = np.uintp(to * FEATURE * LANES), np.uintp(of * FEATURE * LANES)
    for i in range(HOPPED * LANES):
        at = np.uintp(i)
        target[first + at] += hop * source[second + at]
    for i in range(HOPPED * LANES, FEATURE * LANES):
        at = np.uintp(i)
        target[first + at] += gate * source[second + at]


@_inlined
def _add_by_weights(by_weights, start, chains, orbit, total, to_sums):
    """Add derivatives by A and H, which are products of those by the sums with what A and H multiply."""
    for j in range(len(total)):
        for k in range(len(total)):
            for lane in range(chains):
                hop = _number(to_sums, j, 0, lane) * _number(total, k, 0, lane)
                hop += _number(to_sums, j, 1, lane) * _number(total, k, 1, lane)
                by_weights[start + lane, 0, orbit, j, k] += hop
                gate = _number(to_sums, j, 2, lane) * _number(total, k, 2, lane)
                by_weights[start + lane, 1, orbit, j, k] += gate


@_inlined
def _number(parts, j, which, lane):
    """The complex number of this place."""
    return complex(parts[j, 2 * which, lane], parts[j, 2 * which + 1, lane])


@_inlined
def _put_number(parts, j, which, lane, number):
    parts[j, 2 * which, lane], parts[j, 2 * which + 1, lane] = number.real, number.imag


@_inlined
def _numbers_at(parts, x, j, lane):
    """The three complex numbers of a feature or sum at a site."""
    f = complex(parts[x, j, 0, lane], parts[x, j, 1, lane])
    g = complex(parts[x, j, 2, lane], parts[x, j, 3, lane])
    return f, g, complex(parts[x, j, 4, lane], parts[x, j, 5, lane])


@_inlined
def _values(sums, seen, x, lane, scales):
    """F, G and h, and their derivatives by rho_x."""
    f, g, h = 0j, 0j, 0j
    f_slope, g_slope, h_slope = 0j, 0j, 0j
    p, p_slope = 1 + 0j, 0j
    for j in range(len(scales)):
        q = complex(seen[x, j, 4, lane], seen[x, j, 5, lane])
        slope = -q / scales[j]
        a, b, c = _numbers_at(sums, x, j, lane)
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
def _through(result, chain, share, to_sums, here, sums, seen, x, lane, scales):
    """From derivatives by the field after a change those by the field before it, and by the sums."""
    u, v = _field(here, x, lane)
    to_u, to_v = result[chain, 0, x], result[chain, 1, x]
    _, _, h, f_slope, g_slope, h_slope = _values(sums, seen, x, lane, scales)
    to_f, to_g, to_h = to_u, -to_v, to_u * u - to_v * v
    new_u, new_v = to_u * (1 + h), to_v * (1 - h)
    to_rho = f_slope * to_f + g_slope * to_g + h_slope * to_h
    to_f_slope, to_g_slope, to_h_slope = 0j, 0j, 0j
    if share:
        a, b = u * h_slope + f_slope, v * h_slope + g_slope
        first, second = 1 + h + a * v, 1 - h - b * u
        part = share / (first * second + a * b * u * v)
        to_f_slope, to_g_slope = part * v * (second + b * u), part * u * (a * v - first)
        to_h_slope = to_f_slope * u + to_g_slope * v
        to_h += part * (second - first)
        f_bend, g_bend, h_bend = _bends(sums, seen, x, lane, scales)
        # the determinant changes h, and F, G and h by their slopes, with rho
        to_rho += part * (second - first) * h_slope
        to_rho += f_bend * to_f_slope + g_bend * to_g_slope + h_bend * to_h_slope
        new_u += part * b * (a * v - first) + to_f_slope * h_slope
        new_v += part * a * (second + b * u) + to_g_slope * h_slope
    result[chain, 0, x], result[chain, 1, x] = new_u + to_rho * v, new_v + to_rho * u
    p, p_slope = 1 + 0j, 0j
    for j in range(len(scales)):
        q = complex(seen[x, j, 4, lane], seen[x, j, 5, lane])
        slope = -q / scales[j]
        _put_number(to_sums, j, 0, lane, to_f * p + to_f_slope * p_slope)
        _put_number(to_sums, j, 1, lane, to_g * p + to_g_slope * p_slope)
        _put_number(to_sums, j, 2, lane, to_h * q + to_h_slope * slope)
        p, p_slope = q, slope


@_inlined
def _bends(sums, seen, x, lane, scales):
    """The second derivatives of F, G and h by rho_x."""
    f, g, h, p = 0j, 0j, 0j, 0j
    for j in range(len(scales)):
        q = complex(seen[x, j, 4, lane], seen[x, j, 5, lane]) / scales[j] ** 2
        a, b, c = _numbers_at(sums, x, j, lane)
        f, g, h = f + p * a, g + p * b, h + q * c
        p = q
    return f, g, h


@_inlined
def _add_seen(result, chain, x, to_seen, seen, lane, u, v, scales):
    """Add what layers say of a site that they saw with u and v: by u q, v q and q."""
    to_u, to_v, to_rho = 0j, 0j, 0j
    for k in range(len(scales)):
        q = complex(seen[x, k, 4, lane], seen[x, k, 5, lane])
        a, b, c = _numbers_at(to_seen, x, k, lane)
        to_u, to_v = to_u + a * q, to_v + b * q
        to_rho -= (a * u + b * v + c) * q / scales[k]
    result[chain, 0, x] += to_u + to_rho * v
    result[chain, 1, x] += to_v + to_rho * u
