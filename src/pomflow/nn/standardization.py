"""A fixed affine map that gives every unit mean 0 and variance 1 on a dataset."""

from pomflow.analysis.estimates import ROUNDING
from pomflow.nn.layers import Layer


class Standardize(Layer):
    """y = (x - mean) / scale with constants that are not trained.

    Parameters
    ----------
    mean, scale : array, shape (units,)
    """

    def __init__(self, mean, scale):
        self.mean, self.scale = mean, scale

    @classmethod
    def of(cls, x) -> "Standardize":
        """The map for a dataset, shape (examples, units); a unit that does not vary is only shifted."""
        scale = x.std(axis=0)
        # the spread of equal numbers may be that of their rounding
        return cls(x.mean(axis=0), scale + (scale <= ROUNDING * abs(x).max(axis=0)))

    def forward(self, parameters, x):
        return (x - self.mean) / self.scale, None

    def backward(self, parameters, tape, dy):
        return dy / self.scale, {}
