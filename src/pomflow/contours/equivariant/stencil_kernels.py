r"""The Jacobian of the equivariant contour and its derivatives with respect to the parameters.

With q' = dq/drho, sums over displacements r with weights that include the sign s(r), and y = x + r:

.. math::
    P_{xy} &= \sum_{jk} \big[ A_{jk}\, p_j(x)\, (q_k + \rho q_k')(y)
        + H_{jk}\, q_j(x)\, q_k'(y)\, \phi_x \phi_y^* \big] \\
    Q_{xy} &= \sum_{jk} \big[ A_{jk}\, p_j(x)\, q_k'(y)\, \phi_y^2
        + H_{jk}\, q_j(x)\, q_k'(y)\, \phi_x \phi_y \big]

off the diagonal, to which the derivatives of the factors at x add on the diagonal

.. math::
    P_{xx} &\mathrel{+}= \sum_y \sum_{jk} \big[ A_{jk}\, p_j'(x)\, \phi_x^* \phi_y q_k(y)
        + H_{jk}\, (q_j + \rho q_j')(x)\, q_k(y) \big] \\
    Q_{xx} &\mathrel{+}= \sum_y \sum_{jk} \big[ A_{jk}\, p_j'(x)\, \phi_x \phi_y q_k(y)
        + H_{jk}\, q_j'(x)\, \phi_x^2\, q_k(y) \big]

On a CPU compiled loops over the stencil do this. Their twins in array code run on a GPU where a configuration
is too large for ``kernels.equivariant``.
"""

import numpy as np

from pomflow.numerics.backend import namespace
from pomflow.numerics.compiled import compiler
from pomflow.numerics.cyclic import Ring

_compiled = compiler(fused=True)


def jacobian(phi, q, slope, kernel, diagonal, neighbours, ring: Ring):
    """[[1 + P, Q], [-Q*, 1 - P*]] with rows in the order of the ring.

    Parameters
    ----------
    phi : array, complex, shape (batch, V)
    q, slope : array, shape (batch, K, V)
        q_k and q_k'.
    kernel : array, shape (D, 2, K, K)
        A and H of every displacement.
    diagonal : pair of arrays, complex, shape (batch, V)
        The second lines of P and Q above, from factors at x.
    neighbours : array, int, shape (V, D)
    ring : Ring

    Returns
    -------
    array, complex, shape (batch, 2V, 2V)
    """
    q, slope = _by_site(q), _by_site(slope)
    hop, gate = _couplings(_shifted(q), kernel[:, 0]), _couplings(q, kernel[:, 1])
    run = _jacobian if namespace(phi) is np else jacobian_by_arrays
    return run(phi, q, slope, hop, gate, *diagonal, neighbours, ring.rows, ring.conjugate_rows)


def _couplings(factors, kernel):
    """sum_j of factors at x, shape (batch, V, K), times a kernel (D, K, K), shape (batch, V, D, K)."""
    batch, volume, features = factors.shape
    flat = kernel.transpose(1, 0, 2).reshape(features, -1)
    return (factors.reshape(-1, features) @ flat).reshape(batch, volume, -1, features)


def derivatives(phi, q, slope, inverse, su, sv, neighbours, ring: Ring):
    """Derivatives of ln det J - S with respect to A and H of every displacement.

    Parameters
    ----------
    phi, q, slope, neighbours, ring :
        As for ``jacobian``.
    inverse : array, complex, shape (batch, 2V, 2V)
        J^{-1}, at least where J is not zero.
    su, sv : array, complex, shape (batch, V)
        dS/du and dS/dv.

    Returns
    -------
    array, complex, shape (batch, D, 2, K, K)
    """
    run = _derivatives if namespace(phi) is np else derivatives_by_arrays
    arguments = (phi, _by_site(q), _by_site(slope), inverse, su, sv)
    return run(*arguments, neighbours, ring.rows, ring.conjugate_rows)


def _by_site(features):
    """Features with the site before their number, which is the order of the loops."""
    return namespace(features).ascontiguousarray(features.swapaxes(1, 2))


@_compiled
def _jacobian(phi, q, slope, hop, gate, p_diagonal, q_diagonal, neighbours, rows, bars):
    batch, volume, displacements, features = hop.shape
    result = np.zeros((batch, 2 * volume, 2 * volume), np.complex128)
    for b in range(batch):
        out = result[b]
        for x in range(volume):
            phi_x = phi[b, x]
            _add(out, x, x, p_diagonal[b, x], q_diagonal[b, x], rows, bars)
            for d in range(displacements):
                y = neighbours[x, d]
                phi_y, straight, bent, gated = phi[b, y], 0.0, 0.0, 0.0
                for k in range(features):
                    straight += hop[b, x, d, k] * q[b, y, k]
                    bent += hop[b, x, d, k] * slope[b, y, k]
                    gated += gate[b, x, d, k] * slope[b, y, k]
                straight += (phi_y.real**2 + phi_y.imag**2) * bent
                p = straight + gated * phi_x * phi_y.conjugate()
                _add(out, x, y, p, (bent * phi_y + gated * phi_x) * phi_y, rows, bars)
        for i in range(2 * volume):
            out[i, i] += 1
    return result


@_compiled
def _add(out, x, y, p, q, rows, bars):
    """Add dF_x/dphi_y = p and dF_x/dphi_y* = q to the four blocks of the Jacobian."""
    out[rows[x], rows[y]] += p
    out[rows[x], bars[y]] += q
    out[bars[x], rows[y]] -= q.conjugate()
    out[bars[x], bars[y]] -= p.conjugate()


@_compiled
def _derivatives(phi, q, slope, inverse, su, sv, neighbours, rows, bars):
    batch, volume, features = q.shape
    displacements = neighbours.shape[1]
    result = np.zeros((batch, displacements, 2, features, features), np.complex128)
    for b in range(batch):
        for x in range(volume):
            row, bar, phi_x = rows[x], bars[x], phi[b, x]
            conj_x, rho_x = phi_x.conjugate(), phi_x.real**2 + phi_x.imag**2
            g = inverse[b]
            own = g[row, row] - g[bar, bar]
            own_turned = g[bar, row] * phi_x * phi_x - g[row, bar] * conj_x * conj_x
            to_phi = g[row, row] * conj_x + g[bar, row] * phi_x
            to_conj = g[row, bar] * conj_x + g[bar, bar] * phi_x
            push = su[b, x] * phi_x - sv[b, x] * conj_x
            for d in range(displacements):
                y = neighbours[x, d]
                phi_y = phi[b, y]
                conj_y, rho_y = phi_y.conjugate(), phi_y.real**2 + phi_y.imag**2
                a, c = g[rows[y], row], g[bars[y], row]
                e, f = g[rows[y], bar], g[bars[y], bar]
                straight = a - f
                bent = c * phi_y * phi_y - e * conj_y * conj_y
                pushed = su[b, x] * phi_y - sv[b, x] * conj_y
                lean = to_phi * phi_y - to_conj * conj_y
                gated = (a * phi_x - e * conj_x) * conj_y + (c * phi_x - f * conj_x) * phi_y
                for k in range(features):
                    q_y, slope_y = q[b, y, k], slope[b, y, k]
                    hop = straight * (q_y + rho_y * slope_y) + bent * slope_y - pushed * q_y
                    result[b, d, 0, 0, k] += hop
                    for j in range(1, features):
                        result[b, d, 0, j, k] += q[b, x, j - 1] * hop + slope[b, x, j - 1] * q_y * lean
                    for j in range(features):
                        q_x, slope_x = q[b, x, j], slope[b, x, j]
                        mine = own * (q_x + rho_x * slope_x) + own_turned * slope_x - push * q_x
                        result[b, d, 1, j, k] += q_x * slope_y * gated + q_y * mine
    return result


def jacobian_by_arrays(phi, q, slope, hop, gate, p_diagonal, q_diagonal, neighbours, rows, bars):
    """``jacobian`` in array code."""
    xp, volume = namespace(phi), phi.shape[1]
    rho = (phi * phi.conj()).real
    q_y, slope_y, rho_y, phi_y = (part[:, neighbours] for part in (q, slope, rho, phi))
    straight, bent, gated = (
        (coupling * feature).sum(axis=-1)
        for coupling, feature in ((hop, q_y), (hop, slope_y), (gate, slope_y))
    )
    phi_x = phi[..., None]
    p = straight + rho_y * bent + gated * phi_x * phi_y.conj()
    q_star = (bent * phi_y + gated * phi_x) * phi_y
    sites, rows, bars = xp.arange(volume), xp.asarray(rows), xp.asarray(bars)
    result = xp.zeros((len(phi), 2 * volume, 2 * volume), dtype=xp.complex128)
    blocks = (
        (rows, rows, p, p_diagonal),
        (rows, bars, q_star, q_diagonal),
        (bars, rows, -q_star.conj(), -q_diagonal.conj()),
        (bars, bars, -p.conj(), -p_diagonal.conj()),
    )
    for first, second, values, diagonal in blocks:
        result[:, first[:, None], second[neighbours]] = values
        result[:, first[sites], second[sites]] = diagonal
    everything = xp.arange(2 * volume)
    result[:, everything, everything] += 1
    return result


def derivatives_by_arrays(phi, q, slope, inverse, su, sv, neighbours, rows, bars):
    """``derivatives`` in array code."""
    xp = namespace(phi)
    rows, bars = xp.asarray(rows), xp.asarray(bars)
    conj, rho = phi.conj(), (phi * phi.conj()).real[..., None]
    here = [inverse[:, first, second] for first in (rows, bars) for second in (rows, bars)]
    there = [
        inverse[:, first[neighbours], second[:, None]] for first in (rows, bars) for second in (rows, bars)
    ]
    (a0, e0, c0, f0), (a, e, c, f) = here, there
    phi_x, conj_x, phi_y, conj_y = phi[..., None], conj[..., None], phi[:, neighbours], conj[:, neighbours]
    q_y, slope_y, rho_y = (part[:, neighbours] for part in (q, slope, rho))
    bent = c * phi_y**2 - e * conj_y**2
    pushed = su[..., None] * phi_y - sv[..., None] * conj_y
    lean = (a0 * conj + c0 * phi)[..., None] * phi_y - (e0 * conj + f0 * phi)[..., None] * conj_y
    gated = (a * phi_x - e * conj_x) * conj_y + (c * phi_x - f * conj_x) * phi_y
    hop = (a - f)[..., None] * (q_y + rho_y * slope_y) + bent[..., None] * slope_y - pushed[..., None] * q_y
    own = (a0 - f0)[..., None] * (q + rho * slope)
    own += (c0 * phi**2 - e0 * conj**2)[..., None] * slope - (su * phi - sv * conj)[..., None] * q
    contract = "bxj,bxdk->bdjk"
    hops = xp.einsum(contract, _shifted(q), hop)
    hops += xp.einsum(contract, _shifted(slope, 0), lean[..., None] * q_y)
    gates = xp.einsum(contract, q, gated[..., None] * slope_y) + xp.einsum(contract, own, q_y)
    return xp.stack((hops, gates), axis=2)


def _shifted(features, first=1):
    """Features by site of which the last is dropped and a constant put before the others: p from q."""
    xp = namespace(features)
    return xp.concatenate((xp.full_like(features[..., :1], first), features[..., :-1]), axis=-1)
