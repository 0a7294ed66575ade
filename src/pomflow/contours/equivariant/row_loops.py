"""Compiled loops over a row, of which ``force_loops`` is made: slices in time of a site, for eight chains.

All are inlined where they are called.
"""

import numpy as np

from pomflow.numerics.compiled import compiler

# chains that are worked off together
LANES = 8
# the rows that one pass of ``add_rows`` takes; three features at 8x8 have 27, at 16x16 54
ROWS = 7

_inlined = compiler(fused=True, inlined=True)


@_inlined
def half_period(length):
    """Half of a period in time, which no term reaches beyond, in whole slices."""
    return length // (2 * LANES) * LANES


@_inlined
def add(target, source):
    """target += source."""
    for i in range(len(target)):
        target[i] += source[i]


@_inlined
def scale(target, factor, source):
    """target = factor source."""
    for i in range(len(target)):
        target[i] = factor * source[i]


@_inlined
def scale_and_add(target, factor, source):
    """target += factor source."""
    for i in range(len(target)):
        target[i] += factor * source[i]


@_inlined
def multiply(target, a, b):
    """target = a b."""
    for i in range(len(target)):
        target[i] = a[i] * b[i]


@_inlined
def add_product(target, a, b):
    """target += a b."""
    for i in range(len(target)):
        target[i] += a[i] * b[i]


@_inlined
def subtract_product(target, a, b):
    """target -= a b."""
    for i in range(len(target)):
        target[i] -= a[i] * b[i]


# These take whole arrays and the numbers of rows: counting the references of a view costs as much as a row.
# Offsets are unsigned, because signed ones are tested for counting from the end of the array.


@_inlined
def put_row(sums, members, k, site, fields, part, other):
    """Begin the sum of a set of vectors with the field at another site."""
    length = fields.shape[3]
    margin = np.uintp(half_period(length))
    for i in range(length):
        sums[members, k, site, margin + np.uintp(i)] = fields[k, part, other, i]


@_inlined
def add_row(sums, members, k, site, fields, part, other):
    """Add the field at another site."""
    length = fields.shape[3]
    margin = np.uintp(half_period(length))
    for i in range(length):
        sums[members, k, site, margin + np.uintp(i)] += fields[k, part, other, i]


@_inlined
def continue_row(sums, members, k, site, length):
    """The row with its end before it and its beginning after it."""
    period, margin = np.uintp(length), np.uintp(half_period(length))
    for i in range(half_period(length)):
        j = np.uintp(i)
        sums[members, k, site, i] = sums[members, k, site, period + j]
        sums[members, k, site, margin + period + j] = sums[members, k, site, margin + j]


@_inlined
def subtract_windows(differences, row, sums, terms, term, k, site):
    """A row later in time minus the same earlier."""
    length = differences.shape[1]
    members, shift, margin = terms.sets[term], terms.times[term] * LANES, half_period(length)
    after, before = np.uintp(margin + shift), np.uintp(margin - shift)
    for i in range(length):
        j = np.uintp(i)
        differences[row, i] = sums[members, k, site, after + j] - sums[members, k, site, before + j]


@_inlined
def add_rows(result, j, part, site, couplings, rows, first):
    """Add couplings times rows, of seven rows."""
    a, b, c = couplings[j, first], couplings[j, first + 1], couplings[j, first + 2]
    d, e = couplings[j, first + 3], couplings[j, first + 4]
    f, g = couplings[j, first + 5], couplings[j, first + 6]
    for i in range(rows.shape[1]):
        one = a * rows[first, i] + b * rows[first + 1, i] + c * rows[first + 2, i] + d * rows[first + 3, i]
        other = e * rows[first + 4, i] + f * rows[first + 5, i] + g * rows[first + 6, i]
        result[j, part, site, i] += one + other


@_inlined
def hop_in_time(target, diagonal, cosh_mu, periodic):
    """diagonal f(t) - cosh(mu) (f(t + 1) + f(t - 1)) of a row that is continued by a slice at both ends."""
    behind, here, ahead = periodic, periodic[LANES:], periodic[2 * LANES :]
    for i in range(len(target)):
        target[i] = diagonal * here[i] - cosh_mu * (ahead[i] + behind[i])


@_inlined
def difference_in_time(target, sinh_mu, periodic):
    """sinh(mu) (f(t + 1) - f(t - 1)) of such a row."""
    behind, ahead = periodic, periodic[2 * LANES :]
    for i in range(len(target)):
        target[i] = sinh_mu * (ahead[i] - behind[i])
