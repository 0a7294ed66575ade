"""Parameters of the model that move to those of the point while a training has begun."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pomflow.contours.base import Contour
from pomflow.errors import ConfigError
from pomflow.models.base import Model

# They arrive after half of the steps, where the learning rate, held until then, begins to fall.
ARRIVAL = 0.5


@dataclass(frozen=True)
class Approach:
    r"""Training that begins where there is a phase to learn from, and goes to a point where there is none.

    .. math:: v(s) = v_0 + (v - v_0) \min(1, s / m)

    at step s, with m half of the number of steps; v is the value at the point.

    Attributes
    ----------
    starts : mapping of str to float
        v_0 of each parameter of the model that moves, by name.
    build : function of a Model
        The contour for a model: one that knows the theory it is made for is built anew at every value.
    """

    starts: Mapping[str, float]
    build: Callable[[Model], Contour]

    def at(self, model: Model, contour: Contour, step: int, steps: int) -> tuple[Model, Contour]:
        """What a step trains, of ``steps``; ``model`` and ``contour`` are those of the point.

        Raises
        ------
        ConfigError
            If the theory does not exist somewhere on the way.
        """
        arrival = int(ARRIVAL * steps)
        if not self.starts or step >= arrival:
            return model, contour
        values = {name: getattr(model, name) for name in model.parameters}
        values |= {
            name: start + (values[name] - start) * (step / arrival) for name, start in self.starts.items()
        }
        try:
            moved = type(model)(model.lattice, xp=model.xp, **values)
        except ConfigError as error:
            remedy = "Begin the approach elsewhere, so that it does not pass there."
            raise ConfigError(f"approach, step {step}: {error.where}", error.what, remedy) from None
        return moved, self.build(moved)
