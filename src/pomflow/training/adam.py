"""Descent by Adam along estimates of the gradient of the cost, for paths with many parameters."""

from dataclasses import asdict, dataclass

from pomflow.contours.path import Path, phase_factor
from pomflow.nn import Adam, hold_then_cosine
from pomflow.numerics.backend import namespace, on_device
from pomflow.training.cost import cost_gradient

# Hot chains can have a huge gradient; a longer one is shortened to this norm.
LARGEST_GRADIENT = 10.0
# The gradient changes as the path does, so the memory of its squares is shorter than usual.
ADAM = Adam(second=0.98, epsilon=1e-5)
# The learning rate is held for half of the steps and then falls to a fiftieth, like a cosine.
HOLD, FLOOR = 0.5, 0.02

# c = 1 has no noise at a perfect path but more than c = 0 far from it; measured crossing near APF 0.7
SWITCH_APF = 0.7
# of the running average, from one batch to the next
MEMORY = 0.95
# batches that the average needs before it is believed
FEWEST_BATCHES = 20


@dataclass(frozen=True)
class Control:
    """The control variate's coefficient c: fixed, or 0 until the running |APF| has passed 0.7 and then 1."""

    mode: str | float
    average: complex = 0.0
    count: int = 0
    switched: bool = False

    @property
    def value(self) -> float:
        return float(self.switched) if self.mode == "auto" else float(self.mode)

    def after(self, apf: complex) -> "Control":
        """The control for the next gradient, having seen the APF of one more batch."""
        average = MEMORY * self.average + (1 - MEMORY) * apf
        count = self.count + 1
        unbiased = abs(average) / (1 - MEMORY**count)
        return Control(
            self.mode, average, count, self.switched or (count > FEWEST_BATCHES and unbiased > SWITCH_APF)
        )


class AdamDescent:
    """Steps of Adam along the gradient of the cost, for paths with many parameters.

    Parameters
    ----------
    theta : array, shape (n_parameters,)
    settings : dict
        The ``optimize`` section of the config.
    """

    def __init__(self, theta, settings: dict):
        self._rate = hold_then_cosine(settings["learning_rate"], hold=HOLD, floor=FLOOR)
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
