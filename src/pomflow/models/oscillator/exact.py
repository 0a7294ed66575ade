r"""The oscillator on the same path in complex time, by its Trotter factors on a grid of positions.

Every factor of the integrand is an operator: exp(-i a p^2 / 2) between neighbours and exp(-i a V / 2) on
both sides of it. With the Euclidean ones W and the forward ones U, both symmetric,

.. math::
    Z = \mathrm{Tr}\, W^{n_b}, \qquad
    \langle x(t) x(0) \rangle = \frac1Z \mathrm{Tr}\, W^{n_b} U^{-n_t} x\, U^{n_t} x,

because U is unitary and cancels in Z. W is a smooth kernel, of which few eigenvectors are not negligible;
only they are moved in real time. The kernel of a real-time step has modulus one everywhere and oscillates
ever faster, so it is never written down: exp(-i dt p^2 / 2) is diagonal in momentum space, to which a Fourier
transform leads, and exactly unitary there. What is left is the extent and the spacing of the grid, and a
second grid measures what they matter. What fits on neither, as after steps dt > 2 / m, which are unstable,
would be wrong on both, so that nothing is said there.

Source: Feit, Fleck, Steiger, J. Comput. Phys. 47 (1982) 412 (split operators).
"""

import math

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.models.oscillator.action import Oscillator

# of the Euclidean factors, whose largest is 1, what is smaller is left out
NEGLIGIBLE = 1e-14
# The thermal density has fallen by exp(-CUT) at the edge of its grid. What moves needs a larger one with the
# same spacing: the points of the first, and how many times as many the second has.
CUT, HALVINGS = 40.0, 30
GRIDS = ((512, 16), (768, 32))
# The difference of two grids is an honest error where at most this much of the probability is in the
# outermost tenth of positions or momenta, and where the width of a Euclidean kernel is so many spacings: of a
# sum over r spacings the error is exp(-2 pi^2 r^2). Where the grid is too small the share is near a tenth.
LARGEST_LOSS, OUTER, FEWEST_SPACINGS = 1e-4, 0.1, 0.8
# grid points times vectors times steps: a minute
MOST_WORK = 5e8


def values(model: Oscillator) -> dict[str, Estimate]:
    """C(t) and <x^2>; the error is the difference of two grids.

    Nothing where a grid is too coarse, too small, or too much work.
    """
    grids = [moments(model, *grid) for grid in GRIDS]
    if not all(grids):
        return {}
    coarse, fine = grids
    found = {}
    for name, value in fine.items():
        error = abs(value - coarse[name])
        found[name] = Estimate(float(np.real(value)), float(error))
        if np.iscomplexobj(value):
            found[f"{name}_im"] = Estimate(float(np.imag(value)), float(error))
    return found


def moments(model: Oscillator, points: int, larger: int) -> dict[str, complex]:
    """The expectation values by name, on one grid.

    Parameters
    ----------
    model : Oscillator
    points : int
        Even number of points on which the thermal density is.
    larger : int
        How many times as many are there for what moves, odd or even.

    Returns
    -------
    dict
        Empty where the grid does not hold what moves, or not in a minute.
    """
    spacing, total = 2 * _width(model) / points, points * larger
    x = spacing * (np.arange(total) - total // 2)
    potential = model.mass**2 / 2 * x**2 + model.coupling / 24 * x**4
    inner = slice((total - points) // 2, (total + points) // 2)
    euclidean = model.beta / model.euclidean_steps, model.euclidean_steps
    if math.sqrt(euclidean[0]) < FEWEST_SPACINGS * spacing:
        return {}
    weights, thermal = _thermal(x[inner], potential[inner], *euclidean)
    if total * len(weights) * model.turn > MOST_WORK:
        return {}
    states = np.zeros((total, len(weights)))
    states[inner] = thermal
    step = model.time / model.turn
    momentum = 2 * math.pi * np.fft.fftfreq(total, d=spacing)
    kinetic, half_kick = np.exp(-0.5j * step * momentum**2), np.exp(-0.5j * step * potential)

    far, fast = (abs(of) > (1 - OUTER) * abs(of).max() for of in (x, momentum))
    lost = []

    def later(vectors):
        for _ in range(model.turn):
            spectrum = np.fft.fft(half_kick[:, None] * vectors, axis=0)
            vectors = half_kick[:, None] * np.fft.ifft(kinetic[:, None] * spectrum, axis=0)
            lost.extend((_share(spectrum, fast, weights), _share(vectors, far, weights)))
        return vectors

    def mean(left, function, right):
        return ((left.conj() * function[:, None] * right).sum(axis=0) @ weights) / weights.sum()

    correlator = complex(mean(later(states), x, later(x[:, None] * states)))
    if max(lost) > LARGEST_LOSS:
        return {}
    return {"correlator": correlator, "square": float(mean(states, x**2, states).real)}


def _share(amplitudes, part, weights) -> float:
    """How much of the probability is in a part of the rows, with weights of the columns."""
    within, all_of_it = ((abs(rows) ** 2).sum(axis=0) @ weights for rows in (amplitudes[part], amplitudes))
    return float(within / all_of_it)


def _width(model: Oscillator) -> float:
    r"""Where the thermal density has fallen by exp(-CUT).

    With V = Omega^2 x^2 / 2, Omega^2 = m^2 + lambda x^2 / 12, it falls with about
    (2/3) Omega x^2 tanh(beta Omega / 2): the harmonic oscillator without the 2/3, a quartic one with it.
    """
    low, high = 0.0, 1.0

    def falls_short(x: float) -> bool:
        omega = math.sqrt(model.mass**2 + model.coupling / 12 * x * x)
        return 2 / 3 * omega * x * x * math.tanh(model.beta * omega / 2) < CUT

    while falls_short(high):
        high *= 2
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falls_short(middle) else (low, middle)
    return high


def _thermal(x, potential, step: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of W^count relative to the largest, eigenvectors as columns; without negligible ones."""
    damping = np.exp(-step * potential / 2)
    kernel = np.exp(-((x[:, None] - x) ** 2) / (2 * step))
    eigenvalues, vectors = np.linalg.eigh(damping[:, None] * kernel * damping)
    weights = np.clip(eigenvalues / eigenvalues[-1], 0, None) ** count
    kept = weights > NEGLIGIBLE
    return weights[kept], vectors[:, kept]
