r"""-ln APF0 / V at one point: the phase is switched on along theories without a sign problem.

Hops forward and backward in time get the amplitudes

.. math::
    a_s = \frac{\cosh\mu}{\cosh s\mu}\, e^{s\mu}, \qquad \bar a_s = \frac{\cosh\mu}{\cosh s\mu}\, e^{-s\mu},
    \qquad 0 \le s \le 1.

At s = 0 this is the phase-quenched theory and at s = 1 the theory itself. With K and H the sums of n - nbar
and of n + nbar over the time links,

.. math::
    \Delta F = -\frac1V \ln\frac{Z}{Z_{pq}}
    = -\frac{\mu}{V} \int_0^1 ds\, \langle K - \tanh(s\mu)\, H \rangle_s.

The sum of the amplitudes, which is the coupling of the real part of the action, does not change with s.
What K and H share, the slow fluctuations of |phi|^2, therefore cancels. In the integral of n - n_pq over mu,
of two simulations, it does not.

The integrand is odd in s and smooth.
"""

import math
from typing import NamedTuple

import numpy as np

from pomflow.analysis import statistics
from pomflow.analysis.estimates import Estimate, largest
from pomflow.analysis.thermalization import thermalization_pull
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.jobs.progress import Progress
from pomflow.models.complex_phi4 import worm
from pomflow.models.complex_phi4.dual import DualTheory
from pomflow.models.dual import bins, runs
from pomflow.numerics.gauss import odd_rule, rule_error
from pomflow.random.stream import Stream

NODES = 5


class Integrand(NamedTuple):
    """The integrand at one s, and how far its run can be trusted."""

    estimate: Estimate
    ess: float
    thermalization: float


def free_energy(
    theory: DualTheory, mu: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint | None
) -> dict[str, Estimate | float]:
    """-ln APF0 / V by Gauss's rule, with ``ess`` and ``thermalization`` of the worst node.

    The error has that of the rule in it. ``settings`` is the ``worm`` section of the config, of which every
    node gets all of ``phase_updates``.
    """
    s, weights = odd_rule(NODES)
    nodes = [_integrand(theory, mu, one, settings, stream, where, checkpoint) for one in s]
    values = np.array([node.estimate.value for node in nodes])
    errors = np.array([node.estimate.error for node in nodes])
    error = math.hypot(*(weights * errors)) + rule_error(2 * s**2 - 1, values / s)
    return {
        "free_energy": Estimate(float(weights @ values), error),
        "ess": min(node.ess for node in nodes),
        "thermalization": largest(node.thermalization for node in nodes),
    }


def amplitudes(theory: DualTheory, mu: float, s: float) -> np.ndarray:
    """Of hops in each direction and sense, shape (dimension, 2)."""
    both = theory.amplitudes(s * mu)
    both[0] *= math.cosh(mu) / math.cosh(s * mu)
    return both


class _SwitchedRun(runs.Run):
    """Worms at given amplitudes."""

    def __init__(self, worms: worm.Worms, hops: np.ndarray):
        super().__init__(worms)
        self._hops = hops

    def _sweep(self, block: runs.Block) -> worm.Records:
        return self._chains.sweep(self._hops, block.sweeps, tune=block.phase == runs.TUNE)


def _integrand(
    theory, mu: float, s: float, settings: dict, stream: Stream, where: str, checkpoint
) -> Integrand:
    lattice, hops, name = theory.lattice, amplitudes(theory, mu, s), f"s={s:.3f}"
    chains = settings["chains"]
    worms = worm.Worms(theory, mu, hops, stream.child(name), chains, where)
    sweeps = max(bins.BINS, math.ceil(settings["phase_updates"] / lattice.volume))
    blocks = runs.plan(settings["thermalization"], sweeps, worm.steps_of_sweep(lattice) * chains)
    run = _SwitchedRun(worms, hops)
    carry_out(run, Progress(blocks, f"{where} {name}"), checkpoint and checkpoint.part(name))
    records = run.records()
    current = lattice.shape[0] * records.winding
    series = mu / lattice.volume * (math.tanh(s * mu) * records.time_hops - current)
    parts = bins.binned(series)
    (estimate,) = statistics.of_means(lambda mean: (mean,), parts)
    pull = largest(map(thermalization_pull, (records.time_hops, records.phi2)))
    return Integrand(estimate, parts.size / (2 * estimate.tau_int), pull)
