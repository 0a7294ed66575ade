"""The convex last layer: optimal, the exact answer from exact energies, errors that tell the truth."""

import numpy as np
import pytest

from differences import gradient
from pomflow.errors import DivergenceError
from pomflow.ising import exact, head
from pomflow.ising.head import _derivatives, fit_tied_head
from pomflow.ising.model import Ising
from pomflow.ising.resampling import replicas
from pomflow.lattice import Lattice
from pomflow.nn.heads import standardized
from pomflow.random import Stream

BETA = np.linspace(0.3, 0.5, 6)
VALUES = standardized(BETA)


def cross_entropy(h, weight, parameters):
    """The weighted sum of - ln p(class), by its definition."""
    logits = parameters[:-1] - parameters[-1] * h[:, :, None] * VALUES
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    return -(weight * np.array([log_p[k, :, k] for k in range(len(h))])).sum()


def toy(rng, count=200):
    return rng.normal(size=(6, count)) - VALUES[:, None], rng.integers(0, 3, (6, count)).astype(float)


def test_derivatives(rng):
    """Gradient and Hessian against central differences; the constant that fixes the shift has no gradient."""
    h, weight = toy(rng, 20)
    parameters = rng.normal(size=7)
    labels = np.repeat(np.arange(6), 20)

    def derivatives(theta):
        return _derivatives(h.ravel(), weight.ravel(), labels, VALUES, theta)

    value, found, curvature = derivatives(parameters)
    assert value == pytest.approx(cross_entropy(h, weight, parameters), rel=1e-13)
    np.testing.assert_allclose(found, gradient(lambda p: cross_entropy(h, weight, p), parameters), atol=1e-6)
    shift = np.zeros((7, 7))
    shift[:-1, :-1] = weight.sum() / 36
    columns = [gradient(lambda p, row=row: derivatives(p)[1][row], parameters) for row in range(7)]
    np.testing.assert_allclose(curvature - shift, columns, atol=1e-6)


def test_the_fit_is_the_minimum(rng):
    h, weight = toy(rng)
    bias, slope = fit_tied_head(h, weight, VALUES, np.zeros(6), 1.0)
    best = cross_entropy(h, weight, np.append(bias, slope))
    assert abs(bias.sum()) < 1e-10
    for _ in range(20):
        assert best < cross_entropy(h, weight, np.append(bias, slope) + 0.01 * rng.normal(size=7))


def test_exact_energies_give_the_exact_free_energy():
    """With every state of 3x3 weighted by its probability, b_k = - ln Z_k + affine and g is the unit of E."""
    model = Ising(Lattice((3, 3)))
    energy = model.energy(exact.states(9))
    known = exact.thermodynamics(model, BETA)
    weight = np.exp(-np.outer(BETA, energy) - known.log_z[:, None])
    bias, slope = fit_tied_head(np.tile(energy, (6, 1)), 1e4 * weight, VALUES, np.zeros(6), 0.1)
    assert slope == pytest.approx(BETA.std(), rel=1e-8)
    np.testing.assert_allclose(bias, known.log_z.mean() - known.log_z, atol=1e-8)


def test_no_convergence_is_an_error(rng, monkeypatch):
    h, weight = toy(rng)
    monkeypatch.setattr(head, "MOST_STEPS", 1)
    with pytest.raises(DivergenceError, match="Newton"):
        fit_tied_head(h, weight, VALUES, np.zeros(6), 1.0)


def test_errors_of_biases_are_those_of_repeated_experiments():
    """Spread over independent datasets against the resampled one; 60 datasets, 60 draws: within 35 %.

    A standard deviation from 60 values has a relative error of 9 %, the ratio one of 13 %. Chains of 5 equal
    configurations count as one.
    """
    rng = np.random.default_rng(5)
    slopes, errors = [], []
    for number in range(60):
        h = np.repeat(rng.normal(size=(6, 40)) - VALUES[:, None], 5, axis=1)
        chain = np.repeat(np.arange(40), 5)
        fitted, _ = fit_tied_head(h, np.ones_like(h), VALUES, np.zeros(6), 1.0)
        slopes.append(fitted)
        if number < 6:
            drawn = replicas(BETA, h, chain, -VALUES, fitted, range(60), Stream(number, "draws"))
            errors.append(drawn.std(axis=0, ddof=1))
    ratio = np.mean(errors, axis=0) / np.std(slopes, axis=0, ddof=1)
    np.testing.assert_allclose(ratio, 1, atol=0.35)
