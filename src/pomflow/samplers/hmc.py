r"""Hybrid Monte Carlo on an integration path, for many chains at once.

.. math::
    H = \tfrac12 p^2 + \mathrm{Re}\, S(z(t)) - \ln|\det J(t)|

The trajectories follow the force of Re S alone, which is cheap; the determinant enters in the
accept step, which is all that detailed balance needs.

Source: Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216; on a deformed path Mori, Kashiwa,
Ohnishi, PTEP 2018, 023B04.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pomflow.contours.path import Path
from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, Kept, carry_out
from pomflow.models.base import check_windings
from pomflow.numerics.backend import namespace, to_host
from pomflow.random.stream import Stream
from pomflow.samplers.chains import Chains
from pomflow.samplers.record import Record
from pomflow.samplers.starts import start
from pomflow.samplers.step_size import StepSize, frozen
from pomflow.samplers.windings import Windings

# The step size of a trajectory varies by this share.
JITTER = 0.2
# A real variable beyond this value has left the region where Re S grows; angles stay within their period.
RUNAWAY_FIELD = 1e3
# what a step size is tuned by, where nothing else is said
TUNED_BY_ACCEPTANCE = "acceptance"


@dataclass(frozen=True)
class Trajectory:
    """What one trajectory did to each chain.

    ``violation`` is the part of ``delta_h`` that the integrator makes: that of p^2/2 + Re S, which its force
    conserves.
    """

    delta_h: object
    accepted: object
    violation: object

    def judged(self, tuned_by: str):
        """The energy that a step size learns from: ``delta_h`` for 'acceptance', else ``violation``."""
        return self.delta_h if tuned_by == TUNED_BY_ACCEPTANCE else self.violation


class HMC:
    """Trajectories with a leapfrog integrator.

    Parameters
    ----------
    stream : Stream
        Source of momenta and accept decisions; a chain's numbers depend on its row and the trajectory.
    leapfrog_steps : int
        Integration steps of a trajectory.
    """

    def __init__(self, stream: Stream, leapfrog_steps: int):
        self._momentum, self._accept = stream.child("momentum"), stream.child("accept")
        self._jitter = stream.child("jitter")
        self.leapfrog_steps = leapfrog_steps

    def trajectory(self, path: Path, chains: Chains, number: int, step_size):
        """Move every chain once; return (chains, Trajectory).

        ``step_size``, shape (chains, 1), is varied by up to 20 % independently of the fields, so that no
        mode is stuck on a periodic orbit. A trajectory that overflows has delta_h = inf and is rejected.
        """
        rows, columns = chains.t.shape
        xp = namespace(chains.t)
        step = step_size * (1 + JITTER * (2 * self._jitter.uniforms(number, rows, 1) - 1))
        momentum = self._momentum.normals(number, rows, columns)
        with np.errstate(over="ignore", invalid="ignore"):
            t, final_momentum = leapfrog(path, chains.t, momentum, step, self.leapfrog_steps)
            proposal = Chains.on(path, path.model.wrapped(t))
            kinetic = ((final_momentum**2).sum(axis=1) - (momentum**2).sum(axis=1)) / 2
            delta_h = kinetic - proposal.log_weight.real + chains.log_weight.real
            violation = delta_h + proposal.log_volume - chains.log_volume
        delta_h, violation = _without_nan(delta_h), _without_nan(violation)
        accepted = xp.log(self._accept.uniforms(number, rows, 1)[:, 0]) < -delta_h
        return chains.moved(proposal, accepted), Trajectory(delta_h, accepted, violation)


def _without_nan(energy):
    """What overflowed counts as infinite, and is rejected."""
    xp = namespace(energy)
    return xp.nan_to_num(energy, nan=xp.inf, posinf=xp.inf, neginf=xp.inf)


def leapfrog(path: Path, t, momentum, step, steps: int):
    """Integrate Hamilton's equations by half steps in t around full steps in p; error O(step^2)."""
    t = t + step / 2 * momentum
    for _ in range(steps - 1):
        momentum = momentum + step * path.force(t)
        t = t + step * momentum
    momentum = momentum + step * path.force(t)
    return t + step / 2 * momentum, momentum


def sample(
    path: Path,
    settings: dict,
    stream: Stream,
    numbers: Sequence[int],
    where: str,
    checkpoint: Checkpoint | None = None,
    shorter: Kept | None = None,
    first=None,
) -> Record:
    """Run chains: thermalize while the step size is tuned, freeze it, and record.

    Parameters
    ----------
    path : Path
    settings : dict
        The ``hmc`` or ``plane`` section of the config; ``tuned_by`` and ``windings`` may be left out.
    stream : Stream
    numbers : sequence of int
        0, 1, ... thermalization + trajectories - 1, possibly wrapped by a progress display.
    where : str
        Names the run in an error message.
    checkpoint : Checkpoint, optional
        Where the state is kept, so that a killed run goes on.
    shorter : Kept, optional
        The result of a shorter run of the same chains, if there is one, from which this one goes on.
    first : array, shape (chains, n), optional
        Where the chains begin, with the start 'from'.

    Raises
    ------
    DivergenceError
        If a field runs away or nothing is accepted any more.
    ConfigError
        If the settings want proposals of windings, which this model does not have.
    """
    check_windings(where, path.model, settings.get("windings", 0))
    run = _Sampling(path, settings, stream, first)
    carry_out(run, numbers, checkpoint, *([shorter] if shorter else []))
    record = run.record()
    _check(record, settings["thermalization"], where)
    return record


class _Sampling:
    """Chains and what they leave behind, a trajectory at a time."""

    def __init__(self, path: Path, settings: dict, stream: Stream, first=None):
        self._path, self._xp = path, path.model.xp
        self._hmc = HMC(stream, settings["leapfrog_steps"])
        self._warm_up, self._every = settings["thermalization"], settings["record_every"]
        t, self._starts = start(settings["start"], path, settings["chains"], stream.child("start"), first)
        self._chains = Chains.on(path, t)
        self._step = StepSize.common(settings["step_size"], settings["target_acceptance"], len(t), self._xp)
        self._tuned_by = settings.get("tuned_by", TUNED_BY_ACCEPTANCE)
        self._learned, self._fields = [], []
        # of every trajectory
        self._series = {"log_weight": [], "delta_h": [], "accepted": [], "step_size": []}
        self._windings, proposals = None, settings.get("windings", 0)
        if proposals:
            self._windings = Windings(stream.child("windings"), proposals)
            self._series["wound"] = []

    def advance(self, number: int) -> None:
        """One trajectory of every chain."""
        if number == self._warm_up and self._learned:
            self._step = replace(self._step, value=frozen(self._learned))
        self._chains, done = self._hmc.trajectory(self._path, self._chains, number, self._step.value)
        wound = ()
        if self._windings:
            self._chains, accepted = self._windings.propose(self._path, self._chains, number)
            wound = (accepted,)
        step_size = self._step.value.mean()
        self._append(self._chains.log_weight, done.delta_h, done.accepted, step_size, *wound)
        if number < self._warm_up:
            self._step = self._step.learn(done.judged(self._tuned_by))
            self._learned.append(self._step.value)
        elif (number - self._warm_up) % self._every == 0:
            self._fields.append(to_host(self._chains.t))

    def _append(self, *values) -> None:
        for series, value in zip(self._series.values(), values, strict=True):
            series.append(value)

    def record(self) -> Record:
        """Everything so far, on the host."""
        series = {name: _stack(values) for name, values in self._series.items()}
        log_weight = series["log_weight"]
        return Record(
            t=np.stack(self._fields, axis=1),
            log_weight=log_weight[:, self._warm_up :: self._every],
            history=log_weight,
            delta_h=series["delta_h"],
            accepted=series["accepted"],
            step_size=series["step_size"],
            starts=self._starts,
            wound=series.get("wound"),
            last_t=to_host(self._chains.t),
            last_log_volume=to_host(self._chains.log_volume),
            last_step_size=to_host(self._step.value),
        )

    def state(self) -> dict:
        """For a checkpoint. Lists of arrays travel as one array, the steps along its first axis."""
        return {
            "t": self._chains.t,
            "log_weight": self._chains.log_weight,
            "log_volume": self._chains.log_volume,
            "step_size": self._step.value,
            "tuned": self._step.count,
            "learned": self._stacked(self._learned),
            "fields": np.array(self._fields),
            "series": {name: self._stacked(values) for name, values in self._series.items()},
        }

    def _stacked(self, arrays: list):
        return self._xp.stack(arrays) if arrays else np.empty(0)

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        asarray = self._xp.asarray
        self._chains = Chains(*(asarray(state[name]) for name in ("t", "log_weight", "log_volume")))
        self._step = replace(self._step, value=asarray(state["step_size"]), count=state["tuned"])
        self._learned, self._fields = _rows(asarray(state["learned"])), list(state["fields"])
        self._series = {name: _rows(asarray(values)) for name, values in state["series"].items()}


def _stack(series):
    """Per-trajectory arrays as one host array, the trajectories along its last axis."""
    return to_host(namespace(series[0]).stack(series, axis=-1))


def _rows(array) -> list:
    """The inverse of stacking; CuPy's arrays are not made to be iterated over."""
    return [array[row] for row in range(len(array))]


def _check(record: Record, warm_up: int, where: str) -> None:
    smaller = "Lower the step_size of this run; on a contour, train again with a smaller learning rate."
    largest = np.abs(record.t).max()
    if not largest < RUNAWAY_FIELD:
        what = f"a field reached |t| = {largest:.3g}: the path has left the region where Re S grows"
        raise DivergenceError(where, what, smaller)
    if not np.isfinite(record.log_weight).all():
        raise DivergenceError(where, "the weight of a configuration is not a finite number", smaller)
    if not record.accepted[:, warm_up:].any():
        longer = "Lower the step_size of this run or raise its thermalization (sections plane and hmc)."
        raise DivergenceError(where, "no trajectory was accepted after thermalization", longer)
