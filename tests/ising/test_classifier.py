"""Classifiers: features, heads, restoring, couplings of a network that is built by hand."""

import numpy as np
import pytest

from pomflow.lattice import Lattice
from pomflow.models.ising.model import Ising
from pomflow.models.spins import cluster
from pomflow.nn.standardization import Standardize
from pomflow.random.stream import Stream
from pomflow.studies.ising.classifier import Classifier, train
from pomflow.studies.ising.connected import learned_couplings
from pomflow.studies.ising.designs import DESIGNS, features, pattern_frequencies

BETA = np.array([0.2, 0.3, 0.4, 0.5])
SETTINGS = {
    "steps": 400,
    "batch": 40,
    "learning_rate": 0.03,
    "filters": 12,
    "activation": "square",
    "hidden": 16,
}
MODEL = Ising(Lattice((4, 4)))


def configurations(records=20):
    """Sorted by class, shape (4 * 10 * records, 16)."""
    settings = {"thermalization": 20, "record_every": 2, "records": records}
    chains = ["hot", "cold"] * 5
    drawn = [cluster.sample(MODEL, beta, chains, settings, Stream(2, repr(beta))) for beta in BETA]
    return np.concatenate([one.reshape(-1, 16) for one in drawn])


@pytest.fixture(scope="module")
def rows():
    return configurations()


def test_pattern_frequencies_count_windows(rng):
    """Against a loop over the sites; bit 2 i + j belongs to the offset (i, j)."""
    spins = rng.choice([-1, 1], (3, 12)).astype(np.int8)
    found = pattern_frequencies(Ising(Lattice((3, 4))), spins)
    expected = np.zeros((3, 16))
    for configuration, square in enumerate(spins.reshape(3, 3, 4)):
        for x, y in np.ndindex(3, 4):
            window = [square[(x + i) % 3, (y + j) % 4] for i in (0, 1) for j in (0, 1)]
            expected[configuration, sum(1 << bit for bit, spin in enumerate(window) if spin > 0)] += 1 / 12
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_design_is_trained_and_restored(name, rows):
    """The loss falls unless labels are shuffled; a restored classifier gives the same h."""
    design = DESIGNS[name]
    seen = features(design, MODEL, rows)
    trained, losses = train(design, BETA, seen, SETTINGS, Stream(1, name), list)
    assert trained.head()[0].shape == trained.head()[1].shape == (4,)
    if design.shuffled:
        assert losses[-1] > np.log(4) - 0.02
    else:
        assert losses[-1] < np.log(4) - 0.15
    layer = trained.standardization
    numbers = trained.theta, layer.mean, layer.scale
    again = Classifier.restored(design, BETA, seen.shape[1], SETTINGS, *numbers)
    np.testing.assert_array_equal(again.h(seen), trained.h(seen))


def test_the_convolution_finds_the_energy(rows):
    trained, _ = train(
        DESIGNS["tied"], BETA, features(DESIGNS["tied"], MODEL, rows), SETTINGS, Stream(1, "e"), list
    )
    h = trained.h(features(DESIGNS["tied"], MODEL, rows))
    assert np.corrcoef(h, MODEL.energy(rows))[0, 1] > 0.995


def test_settings_of_other_features_are_not_asked_for(rows):
    """Patterns need no ``hidden``, the magnetization no ``filters`` either; progress is optional."""
    common = {name: SETTINGS[name] for name in ("steps", "batch", "learning_rate")}
    convolution = {name: SETTINGS[name] for name in ("filters", "activation")}
    for name, settings in {"tied": common | convolution, "magnetization": common}.items():
        seen = features(DESIGNS[name], MODEL, rows)
        slim, _ = train(DESIGNS[name], BETA, seen, settings, Stream(1, name))
        full, _ = train(DESIGNS[name], BETA, seen, SETTINGS, Stream(1, name), list)
        np.testing.assert_array_equal(slim.theta, full.theta)


def test_couplings_of_a_network_that_computes_the_energy():
    """W = identity-like units (s_i + s_j)^2 = 2 + 2 s_i s_j for every bond: J is read off exactly."""
    bonds, design, hidden = MODEL.bonds, DESIGNS["connected"], len(MODEL.bonds.first)
    settings = SETTINGS | {"hidden": hidden}
    blank = Classifier.restored(design, BETA, 16, settings, None, 0.0, 1.0)
    theta = np.zeros(blank.body.size + 4)
    weight = np.zeros((hidden, 16))
    weight[np.arange(hidden), bonds.first] += 1
    weight[np.arange(hidden), bonds.second] += 1
    blank.body.store(theta, "dense", {"weight": weight})
    # h = std(beta) E, with the scale of the standardization undone
    scale = np.linspace(1, 2, hidden)
    blank.body.store(theta, "last", {"weight": -BETA.std() / 2 * scale})
    classifier = Classifier.restored(design, BETA, 16, settings, theta, 0 * scale, scale)
    np.testing.assert_allclose(learned_couplings(classifier), MODEL.couplings, atol=1e-13)
    spins = np.random.default_rng(3).choice([-1, 1], (9, 16))
    h = classifier.h(features(design, MODEL, spins))
    np.testing.assert_allclose(np.diff(h), BETA.std() * np.diff(MODEL.energy(spins)), atol=1e-12)
    assert isinstance(classifier.standardization, Standardize)
