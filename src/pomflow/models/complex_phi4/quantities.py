r"""What a density leads to in the complex phi^4 theory: correlators, masses, susceptibilities.

On a path phi and phi* are independent, u = z_1 + i z_2 and v = z_1 - i z_2; phi = u / sqrt 2 and phi* =
v / sqrt 2, so that phi_a phi_a = u v = 2 |phi|^2. The action has the hops -(e^mu u_x v_{x+0} + e^-mu v_x
u_{x+0}) / 2 in time, and the same with mu = 0 in space.
"""

import itertools
import math

import numpy as np

from pomflow.models.quantities import quantity
from pomflow.numerics.backend import namespace

# from t to t + 1
STEP = ("step",)
CORRELATOR = ("momentum", "time")


def fields(point):
    """u and v, each of shape (batch, *lattice)."""
    first, second = (point.fields[:, a].reshape(-1, *point.model.lattice.shape) for a in (0, 1))
    return first + 1j * second, first - 1j * second


# --- correlators --------------------------------------------------------------------------------------------


def correlations(point):
    """``correlator`` of every configuration, shape (batch, momenta, L_t)."""
    u, v = fields(point)
    xp, lattice = namespace(u), point.model.lattice
    space = tuple(range(2, u.ndim))
    at_rest = _in_time(xp, u.sum(axis=space), v.sum(axis=space))
    moving = []
    for axis in longest(lattice.shape):
        others = tuple(other for other in space if other != axis + 1)
        turn = xp.exp(2j * math.pi * xp.arange(lattice.shape[axis]) / lattice.shape[axis])
        lines = [one.sum(axis=others) for one in (u, v)]
        for wave in (turn, turn.conj()):
            moving.append(_in_time(xp, lines[0] @ wave.conj(), lines[1] @ wave))
    rows = [at_rest, *([sum(moving) / len(moving)] if moving else [])]
    return {"correlator": xp.stack(rows, axis=1) / (2 * lattice.volume)}


def longest(shape: tuple[int, ...]) -> list[int]:
    """The directions in space of the largest extent, if that is more than one site."""
    most = max(shape[1:], default=1)
    return [axis for axis, extent in enumerate(shape) if axis and extent == most > 1]


def _in_time(xp, later, earlier):
    """Sum over t' of later(t' + t) earlier(t') for every t, shape (batch, L_t)."""
    product = xp.fft.fft(later, axis=1) * xp.conj(xp.fft.fft(earlier.conj(), axis=1))
    return xp.fft.ifft(product, axis=1)


@quantity("correlator", correlations, "lattice units", symbol="G", dimensions=CORRELATOR, logarithmic=True)
def correlator(model, mean):
    r"""G(t, k) = sum_r e^{-ik r} <phi(x + (t, r)) phi*(x)>, at rest and at k = 2 pi / L.

    L is the largest extent of space, whose directions and senses are averaged. Particles decay forwards,
    e^{-(E - mu) t}, antiparticles backwards from t = L_t, e^{-(E + mu) (L_t - t)}.
    """
    return mean["correlator"]


@quantity("effective mass, particle", of=correlations, symbol=r"m - \mu", dimensions=STEP)
def effective_mass(model, mean):
    r"""ln G(t) / G(t + 1) at rest for t < L_t / 2, which tends to m - mu."""
    at_rest = mean["correlator"][0]
    return _falls(at_rest[: len(at_rest) // 2 + 1])


@quantity("effective mass, antiparticle", of=correlations, symbol=r"m + \mu", dimensions=STEP)
def effective_mass_back(model, mean):
    r"""ln G(L_t - t) / G(L_t - t - 1) at rest for t < L_t / 2, which tends to m + mu."""
    at_rest = mean["correlator"][0]
    # periodic: the last of them is G(0)
    backwards = np.concatenate((at_rest[:1], at_rest[:0:-1]))
    return _falls(backwards[: len(at_rest) // 2 + 1])


def _falls(values) -> np.ndarray:
    """Logarithms of the ratios of neighbours, None where one is not positive."""
    return np.array(
        [
            np.log(first / second) if first > 0 and second > 0 else None
            for first, second in itertools.pairwise(values)
        ],
        dtype=object,
    )


@quantity("second-moment correlation length", of=correlations, symbol=r"\xi", units="lattice units")
def correlation_length(model, mean):
    r"""xi = sqrt(G(0) / G(k) - 1) / (2 sin(k / 2)) in space, G summed over time, k = 2 pi / L."""
    if len(mean["correlator"]) == 1:
        return None
    at_rest, moving = mean["correlator"].sum(axis=1)
    if not 0 < moving <= at_rest:
        return None
    most = max(model.lattice.shape[1:])
    return np.sqrt(at_rest / moving - 1) / (2 * math.sin(math.pi / most))


# --- susceptibilities ---------------------------------------------------------------------------------------


def powers(point):
    """Density and phi_a phi_a with their squares, the contact term of the density, and powers of the mean."""
    model, (u, v) = point.model, fields(point)
    volume, density, phi2 = model.lattice.volume, model.density(point), model.phi2(point)
    forward, backward = _hops(u, v, axis=1)
    square = _total(u) * _total(v) / volume**2
    return {
        "density": density,
        "density_squared": density * density,
        "contact": (math.exp(model.mu) * forward + math.exp(-model.mu) * backward) / volume,
        "phi2": phi2,
        "phi2_squared": phi2 * phi2,
        "mean2": square,
        "mean4": square * square,
    }


def _total(values):
    """The sum over all sites, shape (batch,)."""
    return values.reshape(len(values), -1).sum(axis=1)


def _hops(u, v, axis: int):
    """Sums of u_x v_{x+i} / 2 and v_x u_{x+i} / 2, each of shape (batch,)."""
    roll = namespace(u).roll
    return _total(u * roll(v, -1, axis=axis)) / 2, _total(v * roll(u, -1, axis=axis)) / 2


@quantity("charge susceptibility", of=powers, units="per site", symbol=r"\chi_n")
def susceptibility(model, mean):
    r"""d n / d mu = <dn/dmu> + V (<n^2> - <n>^2), n being that of a configuration."""
    return mean["contact"] + model.lattice.volume * (mean["density_squared"] - mean["density"] ** 2)


@quantity("susceptibility of the squared field", of=powers, units="per site", symbol=r"\chi_{\varphi^2}")
def phi2_susceptibility(model, mean):
    r"""V (<phi2^2> - <phi2>^2) of phi2 = sum_x phi_a phi_a / V."""
    return model.lattice.volume * (mean["phi2_squared"] - mean["phi2"] ** 2)


@quantity("Binder cumulant", of=powers, symbol="U")
def binder(model, mean):
    r"""1 - <(M M*)^2> / (2 <M M*>^2) of M = sum_x phi_x: 0 where M is Gaussian, 1/2 where |M| is fixed."""
    return 1 - mean["mean4"] / (2 * mean["mean2"] ** 2)


# --- the action, and a twist --------------------------------------------------------------------------------


def energies(point):
    """S per site."""
    return {"action": point.value / point.model.lattice.volume}


@quantity("action density", of=energies, units="per site", symbol=r"\langle S\rangle/V")
def action_density(model, mean):
    """<S> / V."""
    return mean["action"]


def twists(point):
    """Second derivative of -S and square of the first by a twist of links, summed over space's directions."""
    u, v = fields(point)
    aligned = squared = 0 * point.z[:, 0]
    for axis in range(2, u.ndim):
        forward, backward = _hops(u, v, axis)
        aligned = aligned + forward + backward
        squared = squared - (forward - backward) ** 2
    return {"aligned": aligned, "turned_squared": squared}


@quantity("helicity modulus", of=twists, units="lattice units", symbol=r"\Upsilon")
def helicity(model, mean):
    r"""(1/V) (<sum_x c> - <(sum_x s)^2>), the mean over the directions of space.

    With an angle theta on the links of a direction their hops c = (u v' + v u') / 2 become c cos(theta) +
    s sin(theta), s = (u v' - v u') / 2i, and this is the second derivative of -ln Z / V: L^2 <w^2> / V of the
    winding number w in that direction.
    """
    directions = model.lattice.dimension - 1
    if not directions:
        return None
    return (mean["aligned"] - mean["turned_squared"]) / (directions * model.lattice.volume)
