"""Training of a contour: a supervised warm start and the unsupervised optimization of the phase.

Source of the cost: Mori, Kashiwa, Ohnishi, PTEP 2018, 023B04.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from pomflow.contours.path import Path, phase_factor
from pomflow.errors import DivergenceError
from pomflow.io.checkpoint import Checkpoint, carry_out
from pomflow.models.complex_phi4 import gaussian
from pomflow.nn import Adam, SquaredError, fit, hold_then_cosine
from pomflow.numerics.backend import namespace, on_device
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, RUNAWAY_FIELD, Chains
from pomflow.samplers.starts import start
from pomflow.samplers.step_size import StepSize
from pomflow.training.control import Control
from pomflow.training.natural_gradient import NaturalGradient

# a training stops where less of so many trajectories is accepted
LOWEST_ACCEPTANCE = 0.1
ACCEPTANCE_STEPS = 100
# a gradient of hot chains can be huge; longer ones are shortened to this norm
LARGEST_GRADIENT = 10.0
# a shorter memory of squares than usual, because the gradient changes as the path does
ADAM = Adam(second=0.98, epsilon=1e-5)

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
# where it stands in a row of the history
ACCEPTANCE = list(HISTORY).index("acceptance")


def warm_start(action, contour, theta, t, settings: dict, stream: Stream, epochs):
    r"""Fit a contour's network to the Gaussian path with an effective mass.

    The target of a configuration t is Im z of the path that is exact for the Gaussian theory with mass
    m^2 + 2 lambda <phi_a phi_a>, where <phi_a phi_a> is that of the configurations.

    Parameters
    ----------
    action : ComplexPhi4
    contour : Contour
        With a ``network``.
    theta : array, shape (n_parameters,)
    t : array, shape (configurations, n)
        Configurations on the undeformed plane.
    settings : dict
        The ``warm_start`` section of the config.
    stream : Stream
        Source of the orders of the minibatches.
    epochs : sized iterable of int

    Returns
    -------
    theta : array, shape (n_parameters,)
    history : list of float
        Mean squared error of every epoch, halved.
    """
    phi2 = float((t * t).sum(axis=1).mean()) / action.lattice.volume
    mass_squared = gaussian.effective_mass_squared(action.mass, action.coupling, phi2)
    slopes = gaussian.slopes(action.lattice, mass_squared, action.mu)
    target = gaussian.displacement(action.lattice, slopes, t)
    rate = hold_then_cosine(settings["learning_rate"])
    loss, batch = SquaredError(), settings["batch"]
    return fit(contour.network, theta, t, target, loss, Adam(), rate, batch, epochs, stream)


def cost_gradient(path: Path, t, log_weight, control: float):
    r"""One estimate of the gradient of the cost F = Z_pq - |Z|, divided by Z_pq; to be descended.

    .. math::
        \nabla \ln Z_{pq} = \Big\langle \mathrm{Re} \big[ (1 - c\, e^{i(\theta - \theta_0)})
            \nabla (\ln\det J - S) \big] \Big\rangle_{pq}

    The term with c has zero mean, because Z does not depend on the path: c = 1 is the published cost, c = 0
    the plain estimator.

    Parameters
    ----------
    path : Path
    t : array, shape (batch, n)
        Configurations sampled on this path.
    log_weight : array, complex, shape (batch,)
        ln(det J exp(-S)) of them; its imaginary part is the phase theta.
    control : float
        c.

    Returns
    -------
    array, shape (n_parameters,)
    """
    point = path.at(t)
    turned = phase_factor(log_weight - 1j * path.action.partition_phase)
    return point.parameter_gradient(1 - control * turned, path.action.gradient(point.z))


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


class AdamDescent:
    """Steps of Adam along the gradient of the cost, for paths with many parameters.

    Parameters
    ----------
    theta : array, shape (n_parameters,)
    settings : dict
        The ``optimize`` section of the config.
    """

    def __init__(self, theta, settings: dict):
        self._rate = hold_then_cosine(settings["learning_rate"], hold=0.5, floor=0.02)
        self._state = ADAM.start(theta)
        self._control = Control(settings["control_variate"])

    @property
    def control(self) -> float:
        """c of the last step."""
        return self._control.value

    def step(self, path: Path, t, log_weight, time: float):
        """One step from a batch sampled on this path; return (theta, norm of the gradient, learning rate).

        ``time`` runs from 0 to 1 over the optimization.
        """
        self._control = self._control.after(complex(phase_factor(log_weight).mean()))
        gradient = cost_gradient(path, t, log_weight, self.control)
        norm, rate = float((gradient * gradient).sum()) ** 0.5, self._rate(time)
        clipped = gradient * min(1.0, LARGEST_GRADIENT / (norm + 1e-300))
        theta, self._state = ADAM.step(path.theta, clipped, self._state, rate)
        return theta, norm, rate

    def state(self) -> dict:
        """For a checkpoint."""
        return {"adam": self._state, "control": asdict(self._control)}

    def restore(self, state: dict) -> None:
        """From a checkpoint."""
        xp = namespace(self._state["mean"])
        self._state = {name: on_device(value, xp) for name, value in state["adam"].items()}
        self._control = Control(**state["control"])


def optimize(
    action,
    contour,
    theta,
    settings: dict,
    stream: Stream,
    numbers: Sequence[int],
    where: str,
    checkpoint: Checkpoint | None = None,
) -> Training:
    """Maximize the average phase factor by descent on samples of the current path.

    Each step moves a batch of persistent chains by one HMC trajectory on the current path and changes the
    parameters by the gradient of the cost: by the natural gradient if the contour shares its weights among
    the sites and so has few of them, by Adam otherwise.

    Parameters
    ----------
    action : Action
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

    Returns
    -------
    Training

    Raises
    ------
    DivergenceError
        If the parameters become NaN, a field runs away, or less than 10 % of 100 trajectories are accepted.
    """
    steps = len(numbers) - settings["thermalization"]
    run = _Optimization(Path(action, contour, theta), settings, stream, steps, where)
    carry_out(run, numbers, checkpoint)
    run.check_acceptance()
    return Training(run.path.theta, dict(zip(HISTORY, np.array(run.rows).T, strict=True)))


class _Optimization:
    """Chains and path of an optimization, a step at a time."""

    def __init__(self, path: Path, settings: dict, stream: Stream, steps: int, where: str):
        self._hmc = HMC(stream, settings["leapfrog_steps"])
        self._warm_up, self._steps, self._where = settings["thermalization"], steps, where
        self._descent = (NaturalGradient if path.contour.shared_weights else AdamDescent)(
            path.theta, settings
        )
        t, _ = start(settings["start"], path, settings["chains"], stream.child("start"))
        self._step_size = StepSize.common(
            settings["step_size"], settings["target_acceptance"], len(t), path.action.xp
        )
        self.path, self.rows, self._chains = path, [], Chains.on(path, t)

    def advance(self, number: int) -> None:
        """One trajectory of every chain and, after thermalization, one step of the parameters."""
        path = self.path
        chains, done = self._hmc.trajectory(path, self._chains, number, self._step_size.value)
        self._chains, self._step_size = chains, self._step_size.learn(done.delta_h)
        if number < self._warm_up:
            return
        step = number - self._warm_up
        theta, norm, rate = self._descent.step(path, chains.t, chains.log_weight, step / self._steps)
        apf, largest = complex(phase_factor(chains.log_weight).mean()), float(abs(chains.t).max())
        _check(theta, norm, largest, step, self._where)
        self.path = Path(path.action, path.contour, theta)
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
                "Lower the learning_rate or the step_size of the section of phi4 that trains it.",
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
        xp = self.path.action.xp
        self.path = Path(self.path.action, self.path.contour, xp.asarray(state["theta"]))
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
        "Lower the learning_rate or the step_size of the section of phi4 that trains it.",
    )
