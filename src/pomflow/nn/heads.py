"""Last layers of classifiers whose classes are values of a parameter."""

from pomflow.nn.layers import Layer


class TiedHead(Layer):
    r"""Logits of classes that differ by the value of one parameter: l_k = - x_k h + b_k.

    x_k are the values with mean 0 and variance 1. Configurations of inverse temperature beta_k have
    ln p(k|s) = - beta_k E(s) - ln Z_k + const: weights affine in beta are exact, and only h and b are
    trained. A free head would leave small deviations of its weights, which enter b_k multiplied by the mean
    of h.

    Source: Aoki, Fujita, Kobayashi, J. Phys. Soc. Jpn. 88 (2019) 054002 (biases record the free energy).

    Parameters
    ----------
    values : array, shape (classes,)
    """

    def __init__(self, values):
        self.values = standardized(values)
        self.shapes = {"bias": self.values.shape}

    def initial(self, stream):
        return {"bias": stream.xp.zeros(self.values.shape)}

    def forward(self, parameters, x):
        return parameters["bias"] - x * self.values, None

    def backward(self, parameters, tape, dy):
        return -(dy @ self.values)[:, None], {"bias": dy.sum(axis=0)}


def standardized(values):
    """(x_k - mean) / standard deviation."""
    return (values - values.mean()) / values.std()
