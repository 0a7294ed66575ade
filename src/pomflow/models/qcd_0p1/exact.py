r"""Exact values of QCD in 0+1 dimensions.

The weight of holomorphic numbers is a trigonometric polynomial in a and b, which the trapezoidal rule
integrates without an error as soon as it has more points than the degree. Of one flavour

.. math:: Z = \frac{\sinh 4E}{\sinh E} + 2 \cosh 3\mu .

The phase-quenched weight is a product of the same function f = |2 cosh E + ...|^{N_f} of each colour. With
the Fourier coefficients c_n of f, Haar's measure makes determinants of it, one for each winding number of
det U:

.. math::
    Z_{pq} = \int_{SU(3)} dU \prod_i f(\theta_i) = \sum_{k} \det_{3\times3} \big[ c_{i-j+k} \big] .

Source: Ravagli, Verbaarschot, Phys. Rev. D 76 (2007) 054506 (Z); Toeplitz determinants of SU(N) Bars, Green,
Phys. Rev. D 20 (1979) 3311.
"""

import math

import numpy as np

from pomflow.analysis.estimates import Estimate
from pomflow.models.base import closed_form
from pomflow.models.qcd_0p1.action import COLOURS

# f has a kink where mu = E and N_f is odd; its coefficients then fall like n^-2
HARMONICS = 2**14


def values(model) -> dict[str, Estimate]:
    """Polyakov loop, quark number, condensate and apf0."""
    point, weight = on_grid(model)
    total = weight.sum()
    means = {
        name: float(((weight * one.measure(point)).sum() / total).real)
        for name, one in model.observables().items()
    }
    return closed_form(**means, apf0=math.exp(log_partition_function(model) - log_quenched(model)))


def partition_function_of_one_flavour(mass: float, mu: float) -> float:
    """Z in closed form, with sinh 4E / sinh E = 4 cosh E cosh 2E.

    Examples
    --------
    >>> print(f"{partition_function_of_one_flavour(mass=0.8, mu=1.1):.10f}")
    40.9382863146
    """
    return 4 * math.cosh(mass) * math.cosh(2 * mass) + 2 * math.cosh(3 * mu)


def on_grid(model):
    """A point of the model on a grid of all its angles, and e^{-S} there over its largest modulus."""
    # above the degree: 4 of Haar's measure, 2 N_f of the quarks, 2 of an observable
    points = 2 * (COLOURS + model.flavours) + 5
    # half a step off the zeros of Haar's measure, at which the logarithms are infinite
    nodes = 2 * np.pi * (np.arange(points)[:, None] + (0.25, 0.6)) / points
    a, b = np.meshgrid(*nodes.T, indexing="ij")
    point = model.at(np.stack((a.ravel(), b.ravel()), axis=1) + 0j)
    return point, np.exp(point.value.real.min() - point.value)


def log_partition_function(model) -> float:
    """ln Z with Haar's measure normalized to 1; the factor 3! counts the orders of the colours."""
    point, weight = on_grid(model)
    return float(np.log(weight.mean().real) - point.value.real.min() - math.log(math.factorial(COLOURS)))


def log_quenched(model) -> float:
    """ln Z_pq by the sum over determinants."""
    theta = 2 * np.pi * np.arange(HARMONICS) / HARMONICS
    turn, energy, mu = np.exp(1j * theta), model.mass, model.mu
    # of (1 + e^{mu - E + i theta}) (1 + e^{-mu - E - i theta}), over its largest modulus
    modulus = abs((1 + math.exp(mu - energy) * turn) * (1 + math.exp(-mu - energy) / turn))
    scale = modulus.max()
    coefficients = np.fft.ifft((modulus / scale) ** model.flavours).real
    windings = np.arange(-(HARMONICS // 8), HARMONICS // 8 + 1)
    rows = np.arange(COLOURS)
    matrices = coefficients[(windings[:, None, None] + rows[:, None] - rows) % HARMONICS]
    total = np.linalg.det(matrices).sum()
    return math.log(total) + COLOURS * model.flavours * (energy + math.log(scale))
