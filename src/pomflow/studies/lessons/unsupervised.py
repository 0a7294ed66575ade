"""Learning without labels: principal components, a linear autoencoder and a Boltzmann machine see spins.

The first principal component of configurations is the magnetization. A linear autoencoder has no better code
than the principal components. A restricted Boltzmann machine learns the distribution itself: its exact
divergence from that of a ring falls with the number of hidden units.

Source: Wang, Phys. Rev. B 94 (2016) 195105 (principal components of spins); Torlai, Melko, Phys. Rev. B 94
(2016) 165134 (Boltzmann machines).
"""

import numpy as np
import xarray as xr

from pomflow.lattice import Lattice
from pomflow.models.ising.exact import states
from pomflow.models.ising.model import Ising
from pomflow.models.spins import cluster
from pomflow.nn.layers import Dense
from pomflow.nn.losses import SquaredError
from pomflow.nn.network import Network
from pomflow.nn.optimizers import Adam
from pomflow.nn.pca import principal_components, reconstruction_error
from pomflow.nn.rbm import RBM, fit_rbm
from pomflow.nn.schedules import hold_then_cosine
from pomflow.nn.train import fit
from pomflow.random.stream import Stream
from pomflow.studies.lessons.base import Lesson, Row, above, below, variable

TORUS = Ising(Lattice((8, 8)))
TEMPERATURES = np.linspace(1.6, 3.2, 9)
STARTS = ["hot", "cold"] * 8
SAMPLE = {"thermalization": 40, "record_every": 5, "records": 10}
COMPONENTS = 8
CODE = 1
AUTOENCODER_EPOCHS = 1000

RING, RING_BETA = Ising(Lattice((10,))), 0.8
SAMPLES, RING_EPOCHS, RING_BATCH = 4096, 100, 128
HIDDEN = (1, 2, 5, 20)


def torus_configurations(stream: Stream) -> np.ndarray:
    """Configurations of all temperatures together, shape (configurations, volume)."""
    drawn = [
        cluster.sample(TORUS, 1 / temperature, STARTS, SAMPLE, stream.child(repr(float(temperature))))
        for temperature in TEMPERATURES
    ]
    return np.array(drawn, dtype=float).reshape(-1, TORUS.lattice.volume)


def autoencoder_error(x: np.ndarray, stream: Stream) -> float:
    """Mean squared distance of what a trained linear autoencoder with a code of one number gives back."""
    features = x.shape[1]
    network = Network(encode=Dense(features, CODE), decode=Dense(CODE, features))
    theta, _ = fit(
        network,
        network.initial(stream.child("initial")),
        x,
        x,
        SquaredError(),
        Adam(),
        hold_then_cosine(0.03),
        len(x),
        range(AUTOENCODER_EPOCHS),
        stream.child("order"),
    )
    return float(((network.forward(theta, x)[0] - x) ** 2).sum(axis=1).mean())


def divergence(hidden: int, stream: Stream) -> float:
    """Exact Kullback-Leibler divergence of a trained machine from the ring, sum_v p(v) ln(p(v) / P(v))."""
    v = states(RING.lattice.volume).astype(float)
    weight = np.exp(-RING_BETA * RING.energy(v))
    p, machine = weight / weight.sum(), RBM(RING.lattice.volume, hidden)
    data = v[np.searchsorted(p.cumsum(), stream.child("data").uniforms(0, 1, SAMPLES)[0])]
    theta, _ = fit_rbm(
        machine,
        machine.initial(stream.child("initial")),
        data,
        data[:RING_BATCH],
        Adam(),
        hold_then_cosine(0.01),
        RING_BATCH,
        1,
        range(RING_EPOCHS),
        stream.child("fit"),
    )
    log_probability = -machine.free_energy(theta, v) - machine.log_partition(theta)
    return float(p @ (np.log(p) - log_probability))


def teach(stream: Stream) -> Lesson:
    """All three."""
    x = torus_configurations(stream.child("torus"))
    components, variances = principal_components(x, COMPONENTS)
    score, magnetization = (x - x.mean(axis=0)) @ components[0], x.mean(axis=1)
    best = reconstruction_error(x, components[:CODE])
    excess = autoencoder_error(x, stream.child("autoencoder")) / best - 1
    divergences = np.array([divergence(hidden, stream.child(f"ring {hidden}")) for hidden in HIDDEN])
    data = xr.Dataset(
        {
            "variance": variable(("component",), variances, "variance of a principal component"),
            "score": variable(("configuration",), score, "first principal component"),
            "magnetization": variable(("configuration",), magnetization, "magnetization per site"),
            "divergence": variable(("hidden",), divergences, "divergence of the Boltzmann machine"),
        },
        coords={"component": np.arange(1, COMPONENTS + 1), "hidden": list(HIDDEN)},
    )
    correlation = abs(np.corrcoef(score, magnetization)[0, 1])
    return Lesson(_rows(correlation, variances, excess, divergences), data)


def _rows(correlation, variances, excess, divergences) -> list[Row]:
    by_hidden = dict(zip(HIDDEN, divergences, strict=True))
    return [
        above("correlation of the first principal component with the magnetization", correlation, 0.999),
        above("variance of the first component / the second", variances[0] / variances[1], 3),
        below("error of the linear autoencoder above that of principal components (relative)", excess, 1e-3),
        below("divergence of the machine with 5 hidden units", by_hidden[5], 0.149),
        below("divergence of the machine with 20 hidden units", by_hidden[20], 0.041),
        below("divergence with 20 hidden units / with 1", by_hidden[20] / by_hidden[1], 0.1),
    ]
