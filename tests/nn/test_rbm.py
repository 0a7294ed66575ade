"""Restricted Boltzmann machine: sums over all configurations, differences, and chains in standard errors."""

import itertools
import math

import numpy as np
import pytest

from differences import gradient
from pomflow import nn
from pomflow.random.stream import Stream

VISIBLE, HIDDEN = 4, 3
MACHINE = nn.RBM(VISIBLE, HIDDEN)
# hidden units and epochs
CASES = ((1, 0), (1, 60), (2, 60), (4, 60), (8, 60))


@pytest.fixture
def theta(rng):
    return 0.5 * rng.normal(size=MACHINE.size)


def by_sum(theta, v) -> float:
    """sum_h exp(a.v + b.h + v W h), term by term from the places in the flat vector."""
    a, b = theta[:VISIBLE], theta[VISIBLE : VISIBLE + HIDDEN]
    total = 0.0
    for h in itertools.product((-1, 1), repeat=HIDDEN):
        exponent = sum(a[i] * v[i] for i in range(VISIBLE)) + sum(b[j] * h[j] for j in range(HIDDEN))
        for i, j in itertools.product(range(VISIBLE), range(HIDDEN)):
            exponent += v[i] * theta[VISIBLE + HIDDEN + i * HIDDEN + j] * h[j]
        total += math.exp(exponent)
    return total


def log_probability(machine, theta, v):
    return -machine.free_energy(theta, v) - machine.log_partition(theta)


def ring_ising(sites: int, beta: float):
    """All configurations of the Ising model on a ring and their probabilities."""
    v = nn.configurations(sites)
    weight = np.exp(beta * (v * np.roll(v, 1, axis=1)).sum(axis=1))
    return v, weight / weight.sum()


def divergence(p, log_q) -> float:
    """Kullback-Leibler: sum p ln(p / q)."""
    return float((p * (np.log(p) - log_q)).sum())


def transition(machine, theta):
    """T[v, v'] = sum_h P(h | v) P(v' | h) over all configurations, from the conditional means."""
    v, h = nn.configurations(machine.visible), nn.configurations(machine.hidden)
    down = (1 + h * machine.hidden_mean(theta, v)[:, None]) / 2
    up = (1 + v * machine.visible_mean(theta, h)[:, None]) / 2
    return down.prod(axis=2) @ up.prod(axis=2)


def pulls(machine, theta, chains, expected):
    """(mean - expected) / standard error of v, h and v h over independent chains."""
    hidden = machine.hidden_mean(theta, chains)
    products = (chains[:, :, None] * hidden[:, None]).reshape(len(chains), -1)
    samples = np.concatenate((chains, hidden, products), axis=1)
    return (samples.mean(axis=0) - expected) / (samples.std(axis=0) / math.sqrt(len(chains)))


def exact_means(machine, theta):
    """<v>, <h> and <v h> by enumeration: the exact gradient less the part of the data, which is 0 here."""
    v = nn.configurations(machine.visible)
    p = np.exp(log_probability(machine, theta, v))[:, None]
    hidden = machine.hidden_mean(theta, v)
    return np.concatenate(((p * v).sum(axis=0), (p * hidden).sum(axis=0), ((p * v).T @ hidden).ravel()))


def test_configurations_are_all_different():
    v = nn.configurations(4)
    assert {tuple(row) for row in v} == set(itertools.product((-1.0, 1.0), repeat=4))
    assert v.shape == (16, 4)


def test_free_energy_is_the_sum_over_hidden_units(theta):
    v = nn.configurations(VISIBLE)
    expected = [-math.log(by_sum(theta, row)) for row in v]
    np.testing.assert_allclose(MACHINE.free_energy(theta, v), expected, rtol=1e-12, atol=1e-13)


def test_log_partition_is_the_sum_over_all(theta):
    total = sum(by_sum(theta, v) for v in itertools.product((-1, 1), repeat=VISIBLE))
    assert MACHINE.log_partition(theta) == pytest.approx(math.log(total), rel=1e-13)


def test_strong_couplings_do_not_overflow():
    """ln Z of parameters of 1e3 is the largest exponent plus the logarithm of its multiplicity, here 2."""
    machine = nn.RBM(2, 2)
    theta = np.array([0.0, 0.0, 0.0, 0.0, 1e3, 1e3, 1e3, 1e3])
    assert machine.log_partition(theta) == pytest.approx(4e3 + math.log(2), rel=1e-15)


def test_conditional_means(theta):
    """<h_j | v> and <v_i | h> by sums over the joint weight."""
    a, b, weight = MACHINE.unpack(theta)
    v, h = nn.configurations(VISIBLE), nn.configurations(HIDDEN)
    joint = np.exp((v @ a)[:, None] + h @ b + v @ weight @ h.T)
    np.testing.assert_allclose(MACHINE.hidden_mean(theta, v), joint @ h / joint.sum(axis=1)[:, None])
    np.testing.assert_allclose(MACHINE.visible_mean(theta, h), joint.T @ v / joint.sum(axis=0)[:, None])


def test_exact_gradient_is_that_of_the_likelihood(theta, rng):
    """Against central differences of -<ln P(v)>."""
    data = rng.choice([-1.0, 1.0], size=(6, VISIBLE))
    expected = gradient(lambda p: -log_probability(MACHINE, p, data).mean(), theta)
    np.testing.assert_allclose(MACHINE.exact_gradient(theta, data), expected, rtol=1e-7, atol=1e-9)


def test_gradient_is_that_of_the_difference_of_free_energies(theta, rng):
    """d/dtheta of <F> over the data minus <F> over the chains, both held fixed."""
    data, chains = rng.choice([-1.0, 1.0], size=(6, VISIBLE)), rng.choice([-1.0, 1.0], size=(9, VISIBLE))

    def contrast(theta):
        return MACHINE.free_energy(theta, data).mean() - MACHINE.free_energy(theta, chains).mean()

    expected = gradient(contrast, theta)
    np.testing.assert_allclose(MACHINE.gradient(theta, data, chains), expected, rtol=1e-7, atol=1e-9)


def test_gibbs_leaves_the_distribution_alone(theta):
    """p T = p and detailed balance p(v) T(v, v') = p(v') T(v', v), exactly."""
    p, t = np.exp(log_probability(MACHINE, theta, nn.configurations(VISIBLE))), transition(MACHINE, theta)
    np.testing.assert_allclose(t.sum(axis=1), 1, rtol=1e-13)
    np.testing.assert_allclose(p @ t, p, rtol=1e-12)
    np.testing.assert_allclose(p[:, None] * t, (p[:, None] * t).T, rtol=1e-12)


def test_a_sweep_draws_from_the_transition_matrix(theta):
    """Frequencies of v' after one sweep from one v, within 4 standard errors for each of 16."""
    chains = 40000
    start = np.tile(nn.configurations(VISIBLE)[5], (chains, 1))
    end = MACHINE.gibbs(theta, start, range(1), Stream(1, "sweep"))
    frequency = (end[:, None] == nn.configurations(VISIBLE)).all(axis=2).mean(axis=0)
    expected = transition(MACHINE, theta)[5]
    assert abs((frequency - expected) / np.sqrt(expected * (1 - expected) / chains)).max() < 4


@pytest.mark.parametrize("start", ["P", "all up"])
def test_chains_give_the_exact_gradient(theta, start):
    """Means over chains from exact samples, or from one configuration after 40 sweeps: 4 standard errors.

    The control: without a sweep, chains from one configuration are far off.
    """
    v, stream = nn.configurations(VISIBLE), Stream(3, "chains", start)
    p, expected = np.exp(log_probability(MACHINE, theta, v)), exact_means(MACHINE, theta)
    if start == "P":
        chains = v[np.searchsorted(p.cumsum(), stream.uniforms(0, 1, 20000)[0])]
    else:
        chains = np.ones((20000, VISIBLE))
        assert abs(chains.mean(axis=0) - expected[:VISIBLE]).min() > 0.1
    found = pulls(MACHINE, theta, MACHINE.gibbs(theta, chains, range(40), stream), expected)
    assert abs(found).max() < 4
    assert 0.3 < (found**2).mean() < 2


def test_sweeps_go_on_where_they_stopped(theta):
    """Numbers of sweeps name the random numbers: 3 and 4 more are 7."""
    stream, start = Stream(1, "go on"), np.ones((5, VISIBLE))
    half = MACHINE.gibbs(theta, start, range(3), stream)
    np.testing.assert_array_equal(
        MACHINE.gibbs(theta, half, range(3, 7), stream), MACHINE.gibbs(theta, start, range(7), stream)
    )


def test_start_is_nearly_free():
    """Fields 0, weights of variance 0.01/visible within 4 standard errors."""
    machine = nn.RBM(50, 200)
    a, b, weight = machine.unpack(machine.initial(Stream(1, "start")))
    assert not a.any()
    assert not b.any()
    scaled = weight.ravel() * math.sqrt(50) / 0.1
    assert abs(scaled.mean()) < 4 / math.sqrt(scaled.size)
    assert abs((scaled**2).mean() - 1) < 4 * math.sqrt(2 / scaled.size)


def test_one_hidden_unit_a_bond_is_the_ising_ring():
    """2cosh(w (v + v')) ~ exp(beta v v') for cosh(2w) = exp(2 beta): a machine known in closed form."""
    sites, beta = 6, 0.7
    v, p = ring_ising(sites, beta)
    bonds = np.eye(sites) + np.roll(np.eye(sites), 1, axis=0)
    w = math.acosh(math.exp(2 * beta)) / 2
    theta = np.concatenate((np.zeros(2 * sites), w * bonds.ravel()))
    machine = nn.RBM(sites, sites)
    np.testing.assert_allclose(log_probability(machine, theta, v), np.log(p), rtol=1e-12)


def learn(hidden: int, epochs: int, seed: int = 1):
    """A machine trained on 2048 samples of the Ising ring; returns it, theta, the chains and KL(p, P)."""
    v, p = ring_ising(8, 0.6)
    stream, machine = Stream(seed, "learn"), nn.RBM(8, hidden)
    data = v[np.searchsorted(p.cumsum(), stream.child("data").uniforms(0, 1, 2048)[0])]
    theta, chains = nn.fit_rbm(
        machine,
        machine.initial(stream.child("start")),
        data,
        data[:128],
        nn.Adam(),
        nn.hold_then_cosine(0.02),
        128,
        1,
        range(epochs),
        stream.child("fit"),
    )
    return machine, theta, chains, divergence(p, log_probability(machine, theta, v))


def test_it_learns_the_ising_ring():
    """Exact divergence from the truth: it falls with the hidden units, to the noise of 2048 samples.

    That noise is (number of parameters) / (2 * samples), here 0.011 and 0.020; untrained it is 1.25.
    """
    free, one, two, four, eight = (learn(hidden, epochs)[-1] for hidden, epochs in CASES)
    assert free > 1.2
    assert free - 0.5 > one > two + 0.1 > four + 0.3
    assert four < 0.03
    assert eight < 0.03


def test_the_chains_end_as_samples_of_the_machine():
    """Means over the persistent chains and those of 20 more sweeps: 4.5 standard errors of the exact ones."""
    machine, theta, chains, _ = learn(4, 60)
    expected = exact_means(machine, theta)
    assert chains.shape == (128, 8)
    assert abs(pulls(machine, theta, chains, expected)).max() < 4.5
    many = machine.gibbs(theta, np.tile(chains, (30, 1)), range(20), Stream(1, "more"))
    assert abs(pulls(machine, theta, many, expected)).max() < 4.5


def test_training_is_persistent_contrastive_divergence(rng):
    """Two epochs of three steps, written out: chains go on, sweeps are never numbered alike."""
    machine, stream, optimizer = nn.RBM(3, 2), Stream(1, "by hand"), nn.Momentum()
    data, chains = rng.choice([-1.0, 1.0], size=(12, 3)), rng.choice([-1.0, 1.0], size=(5, 3))
    start, rates = machine.initial(stream.child("start")), nn.hold_then_cosine(0.3)
    found = nn.fit_rbm(machine, start, data, chains, optimizer, rates, 4, 2, range(2), stream)
    theta, state = start, optimizer.start(start)
    for step in range(6):
        epoch, place = divmod(step, 3)
        chosen = stream.child("order").permutation(epoch, 12)[4 * place : 4 * place + 4]
        chains = machine.gibbs(theta, chains, (2 * step, 2 * step + 1), stream.child("chains"))
        slope = machine.gradient(theta, data[chosen], chains)
        theta, state = optimizer.step(theta, slope, state, rates(step / 6))
    np.testing.assert_array_equal(found[0], theta)
    np.testing.assert_array_equal(found[1], chains)


def test_exact_gradient_descends_to_the_best_machine():
    """With the gradient by enumeration and all configurations as data, the free machine is the optimum."""
    machine, v = nn.RBM(3, 2), nn.configurations(3)
    theta = machine.initial(Stream(1, "descent")) + 0.3
    assert abs(log_probability(machine, theta, v) + math.log(8)).max() > 0.5
    for _ in range(500):
        theta, _ = nn.SGD().step(theta, machine.exact_gradient(theta, v), {}, 0.2)
    assert log_probability(machine, theta, v) == pytest.approx(-math.log(8), abs=5e-3)
