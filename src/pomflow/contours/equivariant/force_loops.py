r"""The force of Re S on the equivariant contour as compiled loops: the CPU kernel of ``Equivariant.force``.

The formulas stand at ``Equivariant`` and ``ComplexPhi4``, whose array code is the twin. What makes it fast:

- Coefficients are odd in time and equal for all vectors of space of an orbit. So fields are first summed over
  the vectors, then subtracted between slices before and after, and only then multiplied by K x K numbers:
  9 products in place of 64 at 8x8, 18 in place of 256 at 16x16.
- ``rows.LANES`` chains are worked off together, innermost in memory, so that every loop is over neighbours in
  memory whatever the lattice is. Missing chains are zero, so a chain does not depend on those beside it.

A loop writes to one array: compilers do not vectorize where too many arrays might overlap.
"""

import numpy as np

from pomflow.contours.equivariant import row_loops as rows
from pomflow.contours.equivariant.odd_stencil import Couplings, Terms, Theory
from pomflow.numerics.compiled import compiler

_compiled = compiler(rows, fused=True)


def force(couplings: Couplings, scales, terms: Terms, model, t):
    """-d Re S / dt on the path at real points t, shape (batch, 2V)."""
    t = np.ascontiguousarray(t)
    return _force(t, model.lattice.shape[0], scales, couplings, terms, Theory.of(model))


@_compiled
def _force(t, extent, scales, couplings, terms, theory):
    """Fields are (components, sites), sites being (site of a slice, slice in time, chain)."""
    result = np.empty_like(t)
    for start in range(0, len(t), rows.LANES):
        phi = _read(t, start, extent)
        q = _features(phi, scales)
        hopped = _convolved(_products(q, phi), couplings.hop, terms, extent)
        gates = _convolved(q, couplings.gate, terms, extent)
        gated = _sum_of_products(q, gates)
        w = _action_gradient(_points(phi, q, hopped, gated), theory, extent)
        # Re S changes by Re(c dF) beside Re w
        c = np.empty_like(phi)
        c[0], c[1] = w[3], w[1]
        to_fields = _convolved(_to_hopped(c, q), couplings.hop_back, terms, extent)
        along = _real_product(c, phi)
        to_q = _convolved(_products(q, along), couplings.gate_back, terms, extent)
        _add_direct(to_q, phi, c, along, hopped, gates, to_fields)
        slope = _slope(phi, q, c, gated, to_fields, _to_rho(q, to_q, scales))
        _write(w, slope, start, extent, result)
    return result


@_compiled
def _read(t, start, extent):
    """phi of the chains from ``start`` on; chains that are missing are zero."""
    volume = t.shape[1] // 2
    across = volume // extent
    phi = np.zeros((2, across, extent, rows.LANES))
    for lane in range(min(rows.LANES, len(t) - start)):
        for part in range(2):
            for time in range(extent):
                for site in range(across):
                    phi[part, site, time, lane] = t[start + lane, part * volume + time * across + site]
    return phi.reshape(2, volume * rows.LANES)


@_compiled
def _write(w, slope, start, extent, result):
    """-Re w - (Re g, -Im g)."""
    volume = result.shape[1] // 2
    across = volume // extent
    w, slope = w.reshape(4, across, extent, rows.LANES), slope.reshape(2, across, extent, rows.LANES)
    for lane in range(min(rows.LANES, len(result) - start)):
        row = result[start + lane]
        for time in range(extent):
            for site in range(across):
                x = time * across + site
                row[x] = -w[0, site, time, lane] - slope[0, site, time, lane]
                row[volume + x] = slope[1, site, time, lane] - w[2, site, time, lane]


@_compiled
def _features(phi, scales):
    q = np.empty((len(scales), phi.shape[1]))
    re, im = phi[0], phi[1]
    for k in range(len(scales)):
        scale, target = scales[k], q[k]
        for i in range(len(target)):
            target[i] = scale / (scale + re[i] * re[i] + im[i] * im[i])
    return q


@_compiled
def _products(q, parts):
    """Every feature times every part of a field, the parts of a feature beside each other."""
    count = len(parts)
    result = np.empty((len(q) * count, q.shape[1]))
    for k in range(len(q)):
        for part in range(count):
            rows.multiply(result[k * count + part], q[k], parts[part])
    return result


@_compiled
def _to_hopped(c, q):
    """p_j c: the factors of what is hopped."""
    result = np.empty((2 * len(q), q.shape[1]))
    result[:2] = c
    result[2:] = _products(q[:-1], c)
    return result


@_compiled
def _real_product(c, phi):
    """Re(c phi)."""
    result = np.zeros((1, c.shape[1]))
    rows.add_product(result[0], c[0], phi[0])
    rows.subtract_product(result[0], c[1], phi[1])
    return result


@_compiled
def _sum_of_products(q, gates):
    result = np.zeros(q.shape[1])
    for k in range(len(q)):
        rows.add_product(result, q[k], gates[k])
    return result


@_compiled
def _points(phi, q, hopped, gated):
    """Real and imaginary parts of z_1 = Re phi + i Im F and z_2 = Im phi - i Re F."""
    f = hopped[:2].copy()
    for part in range(2):
        for k in range(len(q) - 1):
            rows.add_product(f[part], q[k], hopped[2 * (k + 1) + part])
        rows.add_product(f[part], gated, phi[part])
    z = np.empty((4, phi.shape[1]))
    z[0], z[1], z[2] = phi[0], f[1], phi[1]
    rows.scale(z[3], -1.0, f[0])
    return z


@_compiled
def _add_direct(to_q, phi, c, along, hopped, gates, to_fields):
    """To the derivatives by q_k what comes from the same site."""
    features = len(to_q)
    for k in range(features):
        rows.add_product(to_q[k], along[0], gates[k])
        rows.add_product(to_q[k], to_fields[2 * k], phi[0])
        rows.subtract_product(to_q[k], to_fields[2 * k + 1], phi[1])
        if k + 1 < features:
            rows.add_product(to_q[k], c[0], hopped[2 * k + 2])
            rows.subtract_product(to_q[k], c[1], hopped[2 * k + 3])


@_compiled
def _to_rho(q, to_q, scales):
    """sum_k of derivatives by q_k times q_k', twice."""
    result = np.zeros(q.shape[1])
    for k in range(len(q)):
        factor, feature, derivative = -2 / scales[k], q[k], to_q[k]
        for i in range(len(result)):
            result[i] += factor * feature[i] * feature[i] * derivative[i]
    return result


@_compiled
def _slope(phi, q, c, gated, to_fields, to_rho):
    """The field g with Re sum_x c dF = Re sum_x g dphi."""
    g = np.zeros_like(phi)
    for part in range(2):
        for k in range(len(q)):
            rows.add_product(g[part], q[k], to_fields[2 * k + part])
        rows.add_product(g[part], gated, c[part])
    rows.add_product(g[0], to_rho, phi[0])
    rows.subtract_product(g[1], to_rho, phi[1])
    return g


@_compiled
def _convolved(fields, couplings, terms, extent):
    """sum of couplings times f_k(t + tau) - f_k(t - tau), for j, where a term sums f_k over its vectors."""
    features = len(couplings)
    parts, across, length = len(fields) // features, terms.shifted.shape[1], extent * rows.LANES
    fields = fields.reshape(features, parts, across, length)
    result = np.zeros((features, parts, across, length))
    differences = np.zeros((couplings.shape[1], length))
    sums = np.empty((len(terms.first) - 1, features, across, length + 2 * rows.half_period(length)))
    for part in range(parts):
        _sum_over_sets(sums, fields, part, terms)
        for site in range(across):
            for term in range(len(terms.times)):
                for k in range(features):
                    rows.subtract_windows(differences, term * features + k, sums, terms, term, k, site)
            for j in range(features):
                for row in range(0, len(differences), rows.ROWS):
                    rows.add_rows(result, j, part, site, couplings, differences, row)
    return result.reshape(features * parts, across * length)


@_compiled
def _sum_over_sets(sums, fields, part, terms):
    """Fields summed over the vectors of each set, with half a period more before and after."""
    features, _, across, length = fields.shape
    for members in range(len(sums)):
        for k in range(features):
            for site in range(across):
                first, stop = terms.first[members], terms.first[members + 1]
                rows.put_row(sums, members, k, site, fields, part, terms.shifted[first, site])
                for vector in range(first + 1, stop):
                    rows.add_row(sums, members, k, site, fields, part, terms.shifted[vector, site])
                rows.continue_row(sums, members, k, site, length)


@_compiled
def _action_gradient(z, theory, extent):
    """dS/dz of the parts of z_1 and z_2."""
    across, length = theory.around.shape[1], extent * rows.LANES
    z_of_site = z.reshape(4, across, length)
    w, turned = np.empty((4, across, length)), np.empty((4, across, length))
    periodic = np.empty(length + 2 * rows.LANES)
    for part in range(4):
        for site in range(across):
            here = z_of_site[part, site]
            periodic[: rows.LANES] = here[length - rows.LANES :]
            periodic[rows.LANES : -rows.LANES] = here
            periodic[rows.LANES + length :] = here[: rows.LANES]
            rows.hop_in_time(w[part, site], theory.diagonal, theory.cosh_mu, periodic)
            rows.difference_in_time(turned[part, site], theory.sinh_mu, periodic)
            for direction in range(len(theory.around)):
                rows.scale_and_add(w[part, site], -1.0, z_of_site[part, theory.around[direction, site]])
    w, turned = w.reshape(z.shape), turned.reshape(z.shape)
    # i (turned_2, -turned_1)
    rows.scale_and_add(w[0], -1.0, turned[3])
    rows.add(w[1], turned[2])
    rows.add(w[2], turned[1])
    rows.scale_and_add(w[3], -1.0, turned[0])
    _add_quartic(z, theory.coupling, w)
    return w


@_compiled
def _add_quartic(z, coupling, w):
    """coupling (z_1^2 + z_2^2) z."""
    re, im = np.zeros(z.shape[1]), np.zeros(z.shape[1])
    for component in (0, 2):
        rows.add_product(re, z[component], z[component])
        rows.subtract_product(re, z[component + 1], z[component + 1])
        rows.add_product(im, z[component], z[component + 1])
    rows.scale(re, coupling, re)
    rows.scale(im, 2 * coupling, im)
    for component in (0, 2):
        rows.add_product(w[component], re, z[component])
        rows.subtract_product(w[component], im, z[component + 1])
        rows.add_product(w[component + 1], re, z[component + 1])
        rows.add_product(w[component + 1], im, z[component])
