"""A model and a contour as users write them, by hand, with everything known in closed form."""

import cmath

import numpy as np
from scipy.special import iv

from pomflow.contours.base import Contour, SharedPoint
from pomflow.models.base import Model, Parameter, Variables, closed_form
from pomflow.models.observables import observable


def bessel(order: int, beta: complex) -> complex:
    return complex(iv(order, beta))


class OneLink(Model):
    """exp(-S) = exp(beta cos x) at every site, beta complex: Z = I_0(beta)^V with the measure dx / 2 pi."""

    variables = Variables("angle", per_site=1)
    parameters = {
        "beta_re": Parameter("Re beta.", 0.8),
        "beta_im": Parameter("Im beta.", 1.1),
    }

    def __init__(self, lattice, xp=np, **values):
        super().__init__(lattice, xp, **values)
        self.beta = self.beta_re + 1j * self.beta_im
        self.partition_phase = lattice.volume * cmath.phase(bessel(0, self.beta))

    def value(self, z):
        return -self.beta * self.xp.cos(z).sum(axis=1)

    def gradient(self, z):
        return self.beta * self.xp.sin(z)

    @observable("cos x")
    def cosine(self, point):
        return self.xp.cos(point.z).mean(axis=1)

    def exact(self):
        apf = (bessel(0, self.beta) / bessel(0, self.beta_re)) ** self.lattice.volume
        return closed_form(cosine=bessel(1, self.beta) / bessel(0, self.beta), apf0=apf)


class Steps(Contour):
    """y = a tanh(b t) of every variable by itself; parameters (a, b)."""

    n_parameters = 2
    optimizer = "natural_gradient"
    transferable = True

    @classmethod
    def build(cls, model, settings):
        return cls()

    def initial_parameters(self, stream):
        return np.array([0.3, 0.9])

    def transferred(self, theta, source):
        return theta

    def at(self, theta, t):
        return StepsPoint(theta, t)


class StepsPoint(SharedPoint):
    """K is diagonal: a b (1 - tanh^2)."""

    def __init__(self, theta, t):
        (self._a, self._b), self._t = theta, t
        self._f = np.tanh(self._b * t)
        self._bent = 1 - self._f**2
        self._slope = self._a * self._b * self._bent
        self.z = t + 1j * self._a * self._f

    def log_det(self):
        return np.log(1 + 1j * self._slope).sum(axis=1)

    def pull_back(self, w):
        return w.real - self._slope * w.imag

    def derivatives(self, w):
        inverse = 1j / (1 + 1j * self._slope)
        by_a = inverse * self._b * self._bent - 1j * w * self._f
        bending = self._bent * (1 - 2 * self._b * self._t * self._f)
        by_b = inverse * self._a * bending - 1j * w * self._a * self._t * self._bent
        return np.stack((by_a.sum(axis=1), by_b.sum(axis=1)), axis=1)


class Waves(Steps):
    """y = a sin(t) of every angle by itself; parameters (a, b) of which the second does nothing."""

    kinds = ("angle",)

    def at(self, theta, t):
        return WavesPoint(theta, t)


class WavesPoint(SharedPoint):
    """K is diagonal: a cos t."""

    def __init__(self, theta, t):
        self._a, self._t = theta[0], t
        self.z = t + 1j * self._a * np.sin(t)

    def log_det(self):
        return np.log(1 + 1j * self._a * np.cos(self._t)).sum(axis=1)

    def pull_back(self, w):
        return w.real - self._a * np.cos(self._t) * w.imag

    def derivatives(self, w):
        by_det = 1j * np.cos(self._t) / (1 + 1j * self._a * np.cos(self._t))
        by_a = (by_det - 1j * w * np.sin(self._t)).sum(axis=1)
        return np.stack((by_a, 0 * by_a), axis=1)
