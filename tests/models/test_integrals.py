"""The integrals of one variable: closed forms against adaptive quadrature of the action itself."""

import cmath
import math

import numpy as np
import pytest
from scipy.integrate import quad

from pomflow.errors import ConfigError
from pomflow.lattice import Lattice
from pomflow.models.integrals.power import Power
from pomflow.models.integrals.quartic import Quartic
from pomflow.random.stream import Stream

MODELS = [Power(power=p, shift=a) for p in range(5) for a in (0.4, 1.3, -2.0)] + [
    Quartic(sigma_re=re, sigma_im=im, coupling=coupling)
    for re, im in ((1.0, 0.0), (0.5, 1.5), (0.2, -3.0), (4.0, 0.0))
    for coupling in (0.5, 2.0)
]
OVER_MODELS = pytest.mark.parametrize("model", MODELS, ids=repr)


def integral(model, function=lambda x, weight: weight) -> complex:
    """int function(x, exp(-S(x))) dx by adaptive quadrature."""

    def integrand(x):
        return complex(function(x, np.exp(-model.value(np.array([[x + 0j]])))[0]))

    return sum(quad(integrand, low, low + 3, complex_func=True, epsabs=1e-11)[0] for low in range(-12, 12, 3))


@OVER_MODELS
def test_closed_forms(model):
    """Z, its phase, and <x^2>."""
    partition = integral(model)
    assert model.partition_function() == pytest.approx(partition, rel=1e-9, abs=1e-9)
    assert model.mean_square() == pytest.approx(
        integral(model, lambda x, weight: x * x * weight) / partition, rel=1e-8
    )
    assert cmath.exp(1j * model.partition_phase) == pytest.approx(partition / abs(partition), abs=1e-8)


@OVER_MODELS
def test_exact_values(model):
    """The moment and APF0 = Z / int |exp(-S)|, real and imaginary parts by name."""
    exact, partition = model.exact_values(), integral(model)
    square = integral(model, lambda x, weight: x * x * weight) / partition
    apf0 = partition / integral(model, lambda x, weight: abs(weight)).real
    expected = {"second_moment": square, "apf0": apf0}
    assert set(exact) == {"second_moment", "second_moment_im", "apf0", "apf0_im"}
    for name, value in expected.items():
        assert exact[name].value == pytest.approx(value.real, rel=1e-8, abs=1e-8)
        assert exact[f"{name}_im"].value == pytest.approx(value.imag, rel=1e-8, abs=1e-8)
    assert all(estimate.error == 0 for estimate in exact.values())


@pytest.mark.parametrize(("power", "shift"), [(0, 0.0), (10, 0.0), (100, 0.0), (100, 10.0), (100, 100.0)])
def test_quenched_partition_function_of_high_powers(power, shift):
    """By a fine sum in logarithms, where the integrand is huge and far from the origin."""
    x = np.linspace(-60, 60, 240001)[::2] + 2.5e-4
    expected = np.exp(power / 2 * np.log(x * x + shift * shift) - x * x / 2).sum() * (x[1] - x[0])
    assert Power(power=power, shift=shift).quenched_partition_function() == pytest.approx(expected, rel=1e-9)


@OVER_MODELS
def test_equation_of_schwinger_and_dyson(model):
    """<x S'(x)> = 1, which ``ModelPoint.schwinger_dyson`` measures."""

    def weighted(x, weight):
        return model.at(np.array([[x + 0j]])).schwinger_dyson()[0] * weight

    assert integral(model, weighted) == pytest.approx(integral(model), rel=1e-8)


@pytest.mark.parametrize("coupling", [1e-3, 1e-4, 1e-6])
def test_quartic_at_weak_coupling(coupling):
    """Near the Gaussian: Z = sqrt(2 pi / sigma) (1 - 3 lambda / (4 sigma^2) + ...), and no overflow."""
    model = Quartic(sigma_re=2.0, sigma_im=0.0, coupling=coupling)
    series = math.sqrt(math.pi) * (1 - 3 * coupling / 16)
    assert model.partition_function() == pytest.approx(series, rel=10 * coupling**2)
    assert model.mean_square() == pytest.approx(0.5 - 3 * coupling / 8, rel=20 * coupling**2 + 1e-9)


def test_the_observable_is_the_square(rng):
    """On complex points; ``mean_square`` is its exact mean."""
    model = Quartic(sigma_im=1.0)
    z = rng.normal(size=(5, 1)) + 1j * rng.normal(size=(5, 1))
    np.testing.assert_allclose(model.second_moment(model.at(z)), z[:, 0] ** 2)


@pytest.mark.parametrize(("model", "values"), [(Power, {"shift": 2.0}), (Quartic, {"sigma_im": 1.0})])
@pytest.mark.parametrize("shape", [(2,), (1, 1), (4, 4)], ids=str)
def test_other_lattices_are_refused(model, values, shape):
    assert model(**values).lattice == Lattice((1,))
    with pytest.raises(ConfigError, match=r"^lattices: .* Take \[1\]\.$"):
        model(Lattice(shape), **values)


@pytest.mark.parametrize(("power", "shift"), [(1, 0.0), (3, 0.0), (2, 1.0), (2, -1.0)])
def test_a_vanishing_partition_function_is_refused(power, shift):
    """At the zeros of He_p nothing can be divided by Z."""
    with pytest.raises(ConfigError, match=rf"^parameters.shift: .*He_{power}\({shift:g}\) = 0"):
        Power(power=power, shift=shift)


def test_chains_do_not_start_where_the_weight_is_zero():
    """(x + ia)^p is zero at the origin for a = 0 and p > 0; elsewhere, and for p = 0, the origin is fine."""
    stream = Stream(1, "start")
    for power, shift in ((2, 0.0), (100, 0.0), (0, 0.0), (3, 1.4)):
        model = Power(power=power, shift=shift)
        start = model.ordered_start(stream, 50)
        assert np.isfinite(model.value(start)).all()
        np.testing.assert_allclose(model.gradient(start).real, 0, atol=1e-12)
        # both maxima, where there are two
        assert set(np.sign(start[:, 0])) == ({-1.0, 1.0} if power and not shift else {0.0})
