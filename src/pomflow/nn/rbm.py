"""Restricted Boltzmann machine with units +-1, trained by persistent contrastive divergence.

Sources: Hinton, "Training products of experts by minimizing contrastive divergence" (Neural Computation 14,
2002); Tieleman, "Training restricted Boltzmann machines using approximations to the likelihood gradient"
(ICML 2008), for the persistent chains.
"""

import math
from collections.abc import Iterable

from pomflow.nn.configurations import configurations
from pomflow.nn.minibatches import shuffled
from pomflow.numerics.backend import namespace


class RBM:
    """P(v) = (1/Z) sum_h exp(a.v + b.h + v W h) with all v_i and h_j in {-1, +1}.

    Parameters
    ----------
    visible, hidden : int
        Numbers of units.

    Attributes
    ----------
    size : int
        Number of parameters: a, b and W of shape (visible, hidden), one after another in a flat vector.
    """

    def __init__(self, visible: int, hidden: int):
        self.visible, self.hidden = visible, hidden
        self.size = visible + hidden + visible * hidden

    def initial(self, stream):
        """Fields 0; W normal with variance 0.01/visible: nearly free units, but no two hidden ones alike."""
        weight = 0.1 * stream.normals(0, self.visible, self.hidden) / math.sqrt(self.visible)
        fields = stream.xp.zeros(self.visible + self.hidden)
        return stream.xp.concatenate((fields, weight.reshape(-1)))

    def unpack(self, theta):
        """(a, b, W) as views of the flat vector."""
        fields = self.visible + self.hidden
        weight = theta[fields:].reshape(self.visible, self.hidden)
        return theta[: self.visible], theta[self.visible : fields], weight

    def free_energy(self, theta, v):
        """F(v) = -a.v - sum_j ln 2cosh(b_j + (vW)_j), so that P(v) = exp(-F(v)) / Z; shape (batch,)."""
        a, b, weight = self.unpack(theta)
        field = b + v @ weight
        return -(v @ a) - namespace(v).logaddexp(field, -field).sum(axis=1)

    def hidden_mean(self, theta, v):
        """<h_j> at given v: tanh(b_j + (vW)_j)."""
        _, b, weight = self.unpack(theta)
        return namespace(v).tanh(b + v @ weight)

    def visible_mean(self, theta, h):
        """<v_i> at given h: tanh(a_i + (Wh)_i)."""
        a, _, weight = self.unpack(theta)
        return namespace(h).tanh(a + h @ weight.T)

    def gibbs(self, theta, v, sweeps: Iterable[int], stream):
        """The chains v, shape (chains, visible), after a sweep over all h, then all v, for each number."""
        for sweep in sweeps:
            h = _draw(self.hidden_mean(theta, v), stream.child("hidden"), sweep)
            v = _draw(self.visible_mean(theta, h), stream.child("visible"), sweep)
        return v

    def gradient(self, theta, data, model):
        """Gradient of -<ln P(v)> over the data, the average over P being that over the rows of ``model``."""
        return self._slope(theta, model, 1 / len(model)) - self._slope(theta, data, 1 / len(data))

    def _slope(self, theta, v, weight):
        """sum_b weight_b d(-F(v_b)) / dtheta; the weight is a number or of shape (batch, 1)."""
        mean, weighted = self.hidden_mean(theta, v), weight * v
        parts = (weighted.sum(axis=0), (weight * mean).sum(axis=0), (weighted.T @ mean).reshape(-1))
        return namespace(v).concatenate(parts)

    # The truth for small machines: sums over all 2^visible configurations.

    def log_partition(self, theta):
        """ln Z by enumeration."""
        return _log_sum(-self.free_energy(theta, self._all(theta)))

    def exact_gradient(self, theta, data):
        """``gradient`` with the average over P by enumeration."""
        v = self._all(theta)
        probability = namespace(v).exp(-self.free_energy(theta, v) - self.log_partition(theta))
        return self._slope(theta, v, probability[:, None]) - self._slope(theta, data, 1 / len(data))

    def _all(self, theta):
        return configurations(self.visible, namespace(theta))


def fit_rbm(rbm: RBM, theta, data, chains, optimizer, rate, batch: int, sweeps: int, epochs, stream):
    """Minimize -<ln P(v)> over a dataset by persistent contrastive divergence.

    Parameters
    ----------
    rbm : RBM
    theta : array, shape (rbm.size,)
        Starting parameters.
    data : array of +-1, shape (examples, visible)
    chains : array of +-1, shape (chains, visible)
        Where the Gibbs chains start; they go on from step to step while the parameters change.
    optimizer, rate, batch, epochs : as in ``fit``
    sweeps : int
        Gibbs sweeps of every chain before each step of the optimizer.
    stream : Stream
        Source of the orders and of the chains.

    Returns
    -------
    theta : array
        Trained parameters.
    chains : array
        Where the chains are, close to samples of P.
    """
    state, done = optimizer.start(theta), 0
    total = len(data) // min(batch, len(data)) * len(epochs)
    for epoch in epochs:
        for chosen in shuffled(len(data), batch, epoch, stream.child("order")):
            numbers = range(done * sweeps, (done + 1) * sweeps)
            chains = rbm.gibbs(theta, chains, numbers, stream.child("chains"))
            gradient = rbm.gradient(theta, data[chosen], chains)
            theta, state = optimizer.step(theta, gradient, state, rate(done / total))
            done += 1
    return theta, chains


def _draw(mean, stream, step: int):
    """Units +-1 with these means: 2u - 1 is below the mean with probability (1 + mean) / 2."""
    uniforms = stream.uniforms(step, *mean.shape)
    return namespace(mean).where(2 * uniforms - 1 < mean, 1.0, -1.0)


def _log_sum(x):
    """ln sum_k exp(x_k), shifted by the maximum against overflow."""
    largest = x.max()
    return largest + namespace(x).log(namespace(x).exp(x - largest).sum())
