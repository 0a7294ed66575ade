r"""Exact values of the Hubbard model on few sites: traces over all states of the electrons.

The integral over the field is the trace over particles (spin up) and holes (spin down) that is cut into
slices, in which hopping and interaction take turns:

.. math::
    Z = \mathrm{Tr} \big[ e^{-\delta H_K} e^{-\delta H_U} \big]^{N_t}, \qquad
    H_K = -\sum_{xy} K_{xy} (p_x^\dagger p_y - h_x^\dagger h_y), \quad
    H_U = \sum_x \Big[ \frac U2 (n^p_x - n^h_x)^2 - \mu (n^p_x - n^h_x) \Big].

On the real plane |det(1 + B)|^2 = det(1 + B[phi]) det(1 + B[-phi]), so that the phase-quenched partition
function is such a trace, too, with two kinds of particles a and b of which b has the opposite charge:

.. math::
    Z_{pq} = e^{-\beta\mu\, \mathrm{sites}}\; \mathrm{Tr} \big[ e^{-\delta H'_K} e^{-\delta H'_U} \big]^{N_t},
    \qquad
    H'_K = -\sum_{xy} K_{xy} (a_x^\dagger a_y + b_x^\dagger b_y), \quad
    H'_U = \sum_x \Big[ \frac U2 (n^a_x - n^b_x)^2 - \mu (n^a_x + n^b_x) \Big].

A constant shift phi -> phi + i delta c makes mu - c of mu there and costs a factor, so the average phase
factor on it is known as well:

.. math::
    \mathrm{APF}(c) = \frac{Z(\mu)}{Z_{pq}(\mu - c)}\; e^{-\beta c^2\, \mathrm{sites} / 2U} .

Numbers of particles are conserved, so the traces are taken one pair of numbers at a time.
"""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax

from pomflow.analysis.estimates import Estimate
from pomflow.models.base import closed_form
from pomflow.models.hubbard.hopping import hopping_matrix

# six sites have 4096 states, of which at most 400 have the same numbers of particles
LARGEST_TRACE = 6


def values(model) -> dict[str, Estimate]:
    """Charge, double occupancy and apf0 at this N_t; nothing where there are too many states."""
    if model.sites > LARGEST_TRACE:
        return {}
    trace = Trace.of(model)
    return closed_form(
        charge=trace.charge, double_occupancy=trace.double_occupancy, apf0=trace.average_phase_factor()
    )


@dataclass(frozen=True)
class Trace:
    """The theory as a trace over states.

    Parameters
    ----------
    geometry : {'ring', 'complete'}
    sites : int
    interaction, beta, mu : float
    slices : int or None
        N_t; None is its limit to infinity, the Hubbard model itself.

    Examples
    --------
    >>> trace = Trace("ring", sites=2, interaction=3.0, beta=4.0, mu=1.0, slices=8)
    >>> print(f"{trace.charge:.7f} {trace.average_phase_factor():.4f}")
    0.0672491 0.0357
    """

    geometry: str
    sites: int
    interaction: float
    beta: float
    mu: float
    slices: int | None = None

    @classmethod
    def of(cls, model) -> "Trace":
        """That of a model at its number of slices."""
        return cls(model.geometry, model.sites, model.interaction, model.beta, model.mu, model.slices)

    @property
    def charge(self) -> float:
        """Per site, above half filling."""
        states = self._states
        return float(softmax(states.logarithms(self.beta * self.mu)) @ states.charges) / self.sites

    @property
    def double_occupancy(self) -> float:
        """Probability of two electrons on a site."""
        states = self._states
        return float(softmax(states.logarithms(self.beta * self.mu)) @ states.doubles)

    @property
    def log_partition_function(self) -> float:
        """ln Z with the Gaussian measure of the field normalized to 1."""
        return float(logsumexp(self._states.logarithms(self.beta * self.mu)))

    def average_phase_factor(self, shift: float = 0.0) -> float:
        """On the plane phi + i delta * shift."""
        mu = self.mu - shift
        quenched = logsumexp(self._quenched_states.logarithms(self.beta * mu)) - self.sites * self.beta * mu
        cost = self.sites * self.beta * shift**2 / (2 * self.interaction)
        return float(np.exp(self.log_partition_function - quenched - cost))

    def best_shift(self) -> tuple[float, float]:
        """The constant shift, over delta, with the largest average phase factor, and that factor."""
        shifts = np.linspace(-1, 1, 101) * (self.interaction + abs(self.mu))
        best = shifts[np.argmax([self.average_phase_factor(shift) for shift in shifts])]
        around = (best - shifts[-1] / 50, best + shifts[-1] / 50)
        found = minimize_scalar(lambda shift: -self.average_phase_factor(shift), bounds=around)
        return float(found.x), float(-found.fun)

    @cached_property
    def _states(self) -> "States":
        return self._states_of(second=-1)

    @cached_property
    def _quenched_states(self) -> "States":
        return self._states_of(second=1)

    def _states_of(self, second: int) -> "States":
        """With the hopping of the second kind of particle times -1, of holes, or 1, of the particles b.

        Holes count with a charge of -1 for mu, the particles b with 1.
        """
        hopping = hopping_matrix(self.geometry, self.sites)
        firsts, seconds = (
            [Band(sign * hopping, number) for number in range(self.sites + 1)] for sign in (1, second)
        )
        parts = [self._sector(one, two, second) for one, two in itertools.product(firsts, seconds)]
        return States(*map(np.concatenate, zip(*parts, strict=True)))

    def _sector(self, first: "Band", second: "Band", sign: int):
        """ln of the eigenvalues at mu = 0, charges and double occupancies of fixed numbers of particles.

        exp(-delta H_U / 2) exp(-delta H_K) exp(-delta H_U / 2) is symmetric and has the same traces.
        """
        one, two = first.states[:, None], second.states[None]
        interaction = self.interaction / 2 * ((one - two) ** 2).sum(axis=2).ravel()
        if self.slices is None:
            kinetic = np.kron(first.hopping, np.eye(second.size))
            kinetic = kinetic + np.kron(np.eye(first.size), second.hopping)
            levels, modes = np.linalg.eigh(np.diag(interaction) - kinetic)
            logarithms = -self.beta * levels
        else:
            delta = self.beta / self.slices
            half = np.exp(-delta / 2 * interaction)
            slice_ = half[:, None] * np.kron(first.step(delta), second.step(delta)) * half
            levels, modes = np.linalg.eigh(slice_)
            # those that rounding made negative are nothing beside the largest
            logarithms = self.slices * np.log(np.maximum(levels, np.finfo(float).tiny))
        doubles = (one * (1 - two)).mean(axis=2).ravel() @ modes**2
        charge = first.number + sign * second.number
        return logarithms, np.full(len(levels), charge), doubles


@dataclass(frozen=True)
class States:
    """Eigenstates of a product of slices: ln of its eigenvalue at mu = 0, charge, double occupancy."""

    weights: np.ndarray
    charges: np.ndarray
    doubles: np.ndarray

    def logarithms(self, beta_mu: float) -> np.ndarray:
        """At a chemical potential."""
        return self.weights + beta_mu * self.charges


class Band:
    """All states of a number of particles on the sites, which do not feel each other.

    Attributes
    ----------
    states : array, shape (size, sites)
        Which sites each state occupies, 0 or 1.
    """

    def __init__(self, hopping: np.ndarray, number: int):
        sites = len(hopping)
        occupied = list(itertools.combinations(range(sites), number))
        self.number, self.size = number, len(occupied)
        self.states = np.array([[site in one for site in range(sites)] for one in occupied], dtype=float)
        levels, modes = np.linalg.eigh(hopping)
        self._levels = np.array([sum(levels[site] for site in one) for one in occupied])
        self._modes = _minors(modes, occupied)

    @property
    def hopping(self) -> np.ndarray:
        """sum_xy K_xy c_x^dagger c_y between the states."""
        return (self._modes * self._levels) @ self._modes.T

    def step(self, delta: float) -> np.ndarray:
        """exp(delta sum_xy K_xy c_x^dagger c_y) between the states."""
        return (self._modes * np.exp(delta * self._levels)) @ self._modes.T


def _minors(matrix: np.ndarray, chosen: list[tuple]) -> np.ndarray:
    """Determinants of the submatrices with the chosen rows and columns: Slater determinants."""
    size = len(chosen)
    index = np.array(chosen, dtype=int).reshape(size, -1)
    parts = matrix[index[:, None, :, None], index[None, :, None, :]]
    return np.linalg.det(parts)
