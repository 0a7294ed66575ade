"""Training of a contour: the unsupervised optimization of the phase.

Source of the cost: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pomflow.contours.path import Path, phase_factor
from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.numerics.backend import namespace
from pomflow.random.stream import Stream
from pomflow.samplers.chains import Chains
from pomflow.samplers.hmc import HMC, RUNAWAY_FIELD, TUNED_BY_ACCEPTANCE
from pomflow.samplers.starts import start
from pomflow.samplers.step_size import StepSize
from pomflow.training.adam import AdamDescent
from pomflow.training.approach import Approach
from pomflow.training.natural_gradient import NaturalGradient

# A training stops where less than this share of so many trajectories is accepted.
LOWEST_ACCEPTANCE = 0.1
ACCEPTANCE_STEPS = 100
# by ``Contour.optimizer``
DESCENTS = {"adam": AdamDescent, "natural_gradient": NaturalGradient}

# What the history of a training holds for every step: long name and units
HISTORY = {
    "apf_re": ("average phase factor of the batch, real part", "1"),
    "apf_im": ("average phase factor of the batch, imaginary part", "1"),
    "control": ("coefficient c of the control variate", "1"),
    "gradient_norm": ("norm of the gradient of ln Z_pq", "1"),
    "acceptance": ("accepted trajectories of the batch", "1"),
    "step_size": ("mean leapfrog step size", "1"),
    "learning_rate": ("learning rate", "1"),
    "largest_field": ("largest |t| of the batch", "1"),
}
# The acceptance stands at this place in a row of the history.
ACCEPTANCE = list(HISTORY).index("acceptance")


@dataclass
class Training:
    """The result of an optimization.

    Attributes
    ----------
    theta : array, shape (n_parameters,)
    history : dict of arrays, each of shape (steps,)
        The series named in ``HISTORY``.
    """

    theta: object
    history: dict


def optimize(
    model,
    contour,
    theta,
    settings: dict,
    stream: Stream,
    numbers: Sequence[int],
    where: str,
    checkpoint: Checkpoint | None = None,
    approach: Approach | None = None,
) -> Training:
    """Maximize the average phase factor by descent on samples of the current path.

    Each step moves a batch of persistent chains by one HMC trajectory on the current path and changes the
    parameters by the gradient of the cost: by the natural gradient or by Adam, as the contour wants it
    (``Contour.optimizer``).

    Parameters
    ----------
    model : Model
    contour : Contour
    theta : array, shape (n_parameters,)
    settings : dict
        The ``natural_gradient`` or the ``optimize`` section of the config.
    stream : Stream
    numbers : sequence of int
        Trajectories from 0, the thermalization included, possibly wrapped by a progress display.
    where : str
        Names the run in an error message.
    checkpoint : Checkpoint, optional
        Where the state is kept, so that a killed run goes on.
    approach : Approach, optional
        Where the parameters of the model begin; without one they are those of the point throughout.

    Returns
    -------
    Training

    Raises
    ------
    DivergenceError
        If the parameters become NaN, a field runs away, or less than 10 % of 100 trajectories are accepted.
    """
    steps = len(numbers) - settings["thermalization"]

    def path_at(step: int, theta) -> Path:
        here = approach.at(model, contour, step, steps) if approach else (model, contour)
        return Path(*here, theta)

    run = _Optimization(path_at, theta, settings, stream, steps, where)
    carry_out(run, numbers, checkpoint)
    run.check_acceptance()
    return Training(run.path.theta, dict(zip(HISTORY, np.array(run.rows).T, strict=True)))


class _Optimization:
    """Chains and path of an optimization, a step at a time; ``path_at`` has the path of a step."""

    def __init__(
        self,
        path_at: Callable[[int, object], Path],
        theta,
        settings: dict,
        stream: Stream,
        steps: int,
        where: str,
    ):
        path = path_at(0, theta)
        self._path_at = path_at
        self._hmc = HMC(stream, settings["leapfrog_steps"])
        self._warm_up, self._steps, self._where = settings["thermalization"], steps, where
        self._descent = DESCENTS[path.contour.optimizer](path.theta, settings)
        t, _ = start(settings["start"], path, settings["chains"], stream.child("start"))
        self._step_size = StepSize.common(
            settings["step_size"], settings["target_acceptance"], len(t), path.model.xp
        )
        self._tuned_by = settings.get("tuned_by", TUNED_BY_ACCEPTANCE)
        self.path, self.rows, self._chains = path, [], Chains.on(path, t)

    def advance(self, number: int) -> None:
        """One trajectory of every chain and, after thermalization, one step of the parameters."""
        path = self.path
        chains, done = self._hmc.trajectory(path, self._chains, number, self._step_size.value)
        self._chains, self._step_size = chains, self._step_size.learn(done.judged(self._tuned_by))
        if number < self._warm_up:
            return
        step = number - self._warm_up
        theta, norm, rate = self._descent.step(path, chains.t, chains.log_weight, step / self._steps)
        apf, largest = complex(phase_factor(chains.log_weight).mean()), float(abs(chains.t).max())
        _check(theta, norm, largest, step, self._where)
        self.path = self._path_at(step + 1, theta)
        self._chains = Chains.on(self.path, chains.t)
        acceptance, mean_step = float(done.accepted.mean()), float(self._step_size.value.mean())
        self.rows.append(
            (apf.real, apf.imag, self._descent.control, norm, acceptance, mean_step, rate, largest)
        )
        if len(self.rows) >= ACCEPTANCE_STEPS:
            self.check_acceptance()

    def check_acceptance(self) -> None:
        """A batch that hardly moves shows always the same configurations to the gradient."""
        recent = [row[ACCEPTANCE] for row in self.rows[-ACCEPTANCE_STEPS:]]
        if np.mean(recent) < LOWEST_ACCEPTANCE:
            raise DivergenceError(
                self._where,
                f"training was stopped at step {len(self.rows) - 1}: {np.mean(recent):.0%} of the last "
                f"{len(recent)} trajectories were accepted",
                "Lower the learning_rate or the step_size of the section of the study that trains it.",
            )

    def state(self) -> dict:
        """For a checkpoint."""
        return {
            "t": self._chains.t,
            "theta": self.path.theta,
            "step_size": self._step_size.value,
            "learned": self._step_size.count,
            "descent": self._descent.state(),
            "rows": self.rows,
        }

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        xp = self.path.model.xp
        self.path = self._path_at(len(state["rows"]), xp.asarray(state["theta"]))
        self._chains = Chains.on(self.path, xp.asarray(state["t"]))
        step_size = xp.asarray(state["step_size"])
        self._step_size = replace(self._step_size, value=step_size, count=state["learned"])
        self._descent.restore(state["descent"])
        self.rows = [tuple(row) for row in state["rows"].tolist()]


def _check(theta, norm: float, largest: float, step: int, where: str) -> None:
    if math.isfinite(norm) and largest < RUNAWAY_FIELD and namespace(theta).isfinite(theta).all():
        return
    raise DivergenceError(
        where,
        f"training diverged at step {step}: gradient norm {norm:.3g}, largest |t| {largest:.3g}",
        "Lower the learning_rate or the step_size of the section of the study that trains it.",
    )
