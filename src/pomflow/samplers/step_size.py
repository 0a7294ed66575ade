"""The step size of hybrid Monte Carlo: learned by each chain in thermalization, then frozen for all."""

from dataclasses import dataclass, replace

from pomflow.numerics.backend import namespace

# the gain of the step-size rule falls with time, but not below this: the path moves while it is trained
SLOWEST_GAIN = 0.05
# angles without an action accept every step; a longer one would cost them their digits
LARGEST_STEP = 1e3


@dataclass(frozen=True)
class StepSize:
    """Step sizes that learn towards a wanted acceptance, by Robbins and Monro's rule on their logarithm.

    Every chain learns its own, shape (chains, 1), so that one caught where the force is stiff frees itself;
    ``frozen`` gives all of them their common mean.
    """

    value: object
    target: float
    count: int = 0

    @classmethod
    def common(cls, value: float, target: float, chains: int, xp) -> "StepSize":
        """The same starting value for all chains."""
        return cls(xp.full((chains, 1), float(value)), target)

    def learn(self, delta_h) -> "StepSize":
        """Adapt to the energy violations of one trajectory."""
        xp = namespace(delta_h)
        probability = xp.exp(xp.minimum(-delta_h, 0))[:, None]
        gain = max(SLOWEST_GAIN, (1 + self.count) ** -0.6)
        value = self.value * xp.exp(gain * (probability - self.target))
        return replace(self, value=xp.minimum(value, LARGEST_STEP), count=self.count + 1)


def frozen(history: list) -> object:
    """One step size for all chains: the geometric mean over chains and the second half of the tuning."""
    xp = namespace(history[0])
    late = xp.stack(history[len(history) // 2 :])
    return xp.ones_like(history[0]) * xp.exp(xp.log(late).mean())
