"""The convex last layer: optimal, the exact answer from exact energies, errors that tell the truth."""

import numpy as np
import pytest

from differences import gradient
from pomflow.errors import DivergenceError
from pomflow.lattice import Lattice
from pomflow.models.ising import exact
from pomflow.models.ising.model import Ising
from pomflow.nn.heads import standardized
from pomflow.random.stream import Stream
from pomflow.studies.ising import head
from pomflow.studies.ising.head import _derivatives, fit_tied_head
from pomflow.studies.ising.resampling import replicas

BETA = np.linspace(0.3, 0.5, 6)
VALUES = standardized(BETA)


def cross_entropy(h, parameters):
    """The sum of - ln p(class), by its definition."""
    logits = parameters[:-1] - parameters[-1] * h[:, :, None] * VALUES
    log_p = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    return -sum(log_p[k, :, k].sum() for k in range(len(h)))


def toy(rng, count=200):
    return rng.normal(size=(6, count)) - VALUES[:, None]


def test_derivatives(rng):
    """Gradient and Hessian against central differences; the constant that holds the shift has no gradient."""
    h, parameters = toy(rng, 20), rng.normal(size=7)

    def total(theta):
        return _derivatives(h, VALUES, theta)[1]

    value, _, curvature, each = _derivatives(h, VALUES, parameters)
    np.testing.assert_allclose(each.sum(axis=(0, 1)), total(parameters), rtol=1e-12)
    assert value == pytest.approx(cross_entropy(h, parameters), rel=1e-13)
    expected = gradient(lambda theta: cross_entropy(h, theta), parameters)
    np.testing.assert_allclose(total(parameters), expected, atol=1e-6)
    shift = np.zeros((7, 7))
    shift[:-1, :-1] = h.size / 36
    columns = [gradient(lambda theta, row=row: total(theta)[row], parameters) for row in range(7)]
    np.testing.assert_allclose(curvature - shift, columns, atol=1e-6)


def test_the_fit_is_the_minimum(rng):
    h = toy(rng)
    found = fit_tied_head(BETA, h, np.zeros(6), 1.0)
    parameters = np.append(found.bias, found.slope)
    best = cross_entropy(h, parameters)
    assert abs(found.bias.sum()) < 1e-10
    for _ in range(20):
        assert best < cross_entropy(h, parameters + 0.01 * rng.normal(size=7))


def test_exact_energies_give_the_exact_free_energy():
    """States of 3x3 as often as they should occur, to rounding: b_k = - ln Z_k + affine, g the unit of E."""
    model, count = Ising(Lattice((3, 3))), 20_000
    energy = np.sort(model.energy(exact.states(9)))
    known = exact.thermodynamics(model, BETA)
    shares = np.cumsum(np.exp(-np.outer(BETA, energy) - known.log_z[:, None]), axis=1)
    quantiles = (np.arange(count) + 0.5) / count
    h = np.array([energy[np.searchsorted(share, quantiles)] for share in shares])
    found = fit_tied_head(BETA, h, np.zeros(6), 0.1)
    assert found.slope == pytest.approx(BETA.std(), rel=1e-3)
    # what is left by shares in steps of 1 / count
    np.testing.assert_allclose(found.bias, known.log_z.mean() - known.log_z, atol=1e-3)


def test_no_convergence_is_an_error(rng, monkeypatch):
    monkeypatch.setattr(head, "MOST_STEPS", 1)
    with pytest.raises(DivergenceError, match="Newton"):
        fit_tied_head(BETA, toy(rng), np.zeros(6), 1.0)


@pytest.mark.parametrize("h", [np.zeros((6, 40)), np.full((6, 40), 0.1), np.full((6, 40), np.nan)])
def test_a_network_that_says_always_the_same_is_an_error(h):
    """As one whose units are all dead: Newton's method would look for a head for ever."""
    with pytest.raises(DivergenceError, match="nothing was learned"):
        replicas(BETA, h, 4, -VALUES, np.zeros(6), 5, Stream(3, "draws"))


def test_a_draw_is_a_refit(rng):
    """The one-step optimum of chains drawn by the stream is the optimum of the drawn data, to second order.

    With 40 chains that is 1 / sqrt(40) of the shift, here at most a quarter of the largest one.
    """
    h = toy(rng, 400)
    fitted = fit_tied_head(BETA, h, np.zeros(6), 1.0)
    refits = replicas(BETA, h, 40, -VALUES, fitted.bias, 5, Stream(3, "draws"))
    picked = (Stream(3, "draws").uniforms(0, 5, 240) * 40).astype(int).reshape(5, 6, 40)
    standard = (h - h.mean()) / h.std()
    optimum = fit_tied_head(BETA, standard, np.zeros(6), 1.0)
    np.testing.assert_allclose(refits.bias, optimum.bias, atol=1e-5)
    assert refits.slope == pytest.approx(optimum.slope, abs=1e-5)
    assert (refits.drawn.sum(axis=2) == 40).all()
    for draw, slope, chains in zip(refits.drawn_bias, refits.drawn_slope, picked, strict=True):
        taken = [row.reshape(40, 10)[own].ravel() for row, own in zip(standard, chains, strict=True)]
        again = fit_tied_head(BETA, np.array(taken), np.zeros(6), 1.0)
        most = 0.25 * np.abs(again.bias - refits.bias).max()
        np.testing.assert_allclose(draw, again.bias, atol=most)
        assert slope == pytest.approx(again.slope, abs=most)


def test_errors_of_biases_are_those_of_repeated_experiments():
    """Spread over 60 independent datasets against the resampled one, within 35 %.

    A standard deviation from 60 values has a relative error of 9 %, the ratio one of at most 13 %. Chains of
    5 equal configurations count as one.
    """
    rng = np.random.default_rng(5)
    found, errors = [], []
    for number in range(60):
        h = np.repeat(rng.normal(size=(6, 40)) - VALUES[:, None], 5, axis=1)
        fitted = fit_tied_head(BETA, h, np.zeros(6), 1.0)
        # the affine part of b depends on the origin of h, so bends are compared
        found.append(np.diff(fitted.bias, 2))
        refits = replicas(BETA, h, 40, -VALUES * fitted.slope, fitted.bias, 60, Stream(number, "draws"))
        errors.append(np.diff(refits.drawn_bias, 2).std(axis=0, ddof=1))
    ratio = np.mean(errors, axis=0) / np.std(found, axis=0, ddof=1)
    np.testing.assert_allclose(ratio, 1, atol=0.35)
