"""The coefficient of the control variate in the gradient of the cost."""

from dataclasses import dataclass

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
