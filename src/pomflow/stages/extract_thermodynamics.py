"""Free energy, specific heat and its peak from the biases of a classifier, beside exact values."""

import numpy as np
import xarray as xr

from pomflow import store
from pomflow.ising import exact, readout
from pomflow.ising.classifier import Classifier
from pomflow.ising.dataset import Configurations, beta_coordinate
from pomflow.ising.designs import features
from pomflow.ising.exact import Thermodynamics
from pomflow.ising.judgement import judge
from pomflow.ising.model import Ising
from pomflow.ising.resampling import replicas
from pomflow.progress import Progress
from pomflow.stages.ising import model_of, read_classifiers, stream_of

KIND = "thermodynamics"
# test configurations of each class that a figure shows
SHOWN = 60
# points of the exact curve
CURVE = 401


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['thermodynamics']`` from the classifiers and both sets of configurations."""
    started, model = store.Clock.start(), model_of(params)
    known = exact.thermodynamics(model, params["beta"])
    networks = read_classifiers(inputs["classifier"], params, model)
    training, test = (
        Configurations.read(inputs[name], model.lattice.volume) for name in ("training", "test")
    )
    h = _deciding(networks, model, training)
    stream = stream_of(params, "extract_thermodynamics", params["classifier"])
    draws = Progress(range(params["replicas"]), f"extract_thermodynamics L{params['lattice']}")
    drawn = replicas(known.beta, h[0], training.chain, *networks[0].head(), draws, stream)
    dataset = xr.merge(
        [
            _read_out(known, _biases(networks, h), drawn, model),
            _judged(networks, _deciding(networks, model, test), test, known),
            _curve(model, known.beta),
        ]
    )
    store.write(dataset, outputs["thermodynamics"], KIND, store.describe_run(params, "CPU", started))


def _deciding(networks: list[Classifier], model: Ising, configurations: Configurations) -> list[np.ndarray]:
    """h of every network, each of shape (classes, configurations)."""
    seen = features(networks[0].design, model, configurations.rows())
    return [network.h(seen).reshape(configurations.energy.shape) for network in networks]


def _biases(networks: list[Classifier], h: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the biases over the networks, as trained and with the gauge fixed: tied heads need not."""
    beta, heads = networks[0].beta, [network.head() for network in networks]
    fixed = [readout.gauge_fixed(beta, *head, each.mean(axis=1)) for head, each in zip(heads, h, strict=True)]
    return np.mean([bias for _, bias in heads], axis=0), np.mean(fixed, axis=0)


def _read_out(known: Thermodynamics, biases: tuple, drawn: np.ndarray, model: Ising) -> xr.Dataset:
    """What the biases say, with errors from the draws."""
    beta, inner, volume = known.beta, known.beta[1:-1], model.lattice.volume
    raw, bias = biases
    heat, of_draws = (readout.specific_heat(beta, each) for each in (bias, drawn))
    peaks = [readout.peak_temperature(inner, each) for each in of_draws]
    free = [each - readout.affine(beta, each) for each in (-bias, known.log_z)]
    spread = np.std([each - readout.affine(beta, each) for each in drawn], axis=0, ddof=1)
    per_site = "specific heat per site"
    variables = {
        "minus_bias": ("class", free[0], "- b_k without its affine part"),
        "minus_bias_err": ("class", spread, "- b_k without its affine part, error"),
        "free_energy_exact": ("class", free[1], "exact ln Z without its affine part"),
        "specific_heat": ("inner", heat / volume, per_site),
        "specific_heat_err": ("inner", of_draws.std(axis=0, ddof=1) / volume, f"{per_site}, error"),
        "specific_heat_raw": (
            "inner",
            readout.specific_heat(beta, raw) / volume,
            f"{per_site}, no gauge fixed",
        ),
        "specific_heat_exact": ("inner", known.specific_heat[1:-1] / volume, f"{per_site}, exact"),
        "t_peak": ((), readout.peak_temperature(inner, heat), "temperature of the peak"),
        "t_peak_err": ((), np.std(peaks, ddof=1), "temperature of the peak, error"),
    }
    return _dataset(variables).assign_coords(
        beta=beta_coordinate(beta), temperature=("inner", 1 / inner, store.about("temperature", "J"))
    )


def _judged(networks, h: list[np.ndarray], test: Configurations, known: Thermodynamics) -> xr.Dataset:
    """The worth of every network on test configurations, and h beside E for a figure."""
    verdicts = [
        judge(each, *network.head(), test.energy, test.chain, known)
        for network, each in zip(networks, h, strict=True)
    ]
    shown = slice(None, None, max(1, h[0].shape[1] // SHOWN))
    variables = {
        "cross_entropy": ("network", [verdict.cross_entropy for verdict in verdicts], "cross-entropy"),
        "excess": ("network", [verdict.excess.value for verdict in verdicts], "cross-entropy above Bayes"),
        "excess_err": (
            "network",
            [verdict.excess.error for verdict in verdicts],
            "cross-entropy above Bayes, error",
        ),
        "correlation": ("network", [verdict.correlation for verdict in verdicts], "correlation of h and E"),
        "h": (("class", "shown"), h[0][:, shown], "deciding number of test configurations"),
        "energy": (("class", "shown"), test.energy[:, shown], "energy of test configurations"),
    }
    return _dataset(variables)


def _curve(model: Ising, beta: np.ndarray) -> xr.Dataset:
    """The exact specific heat per site against the temperature, and where it is largest."""
    fine = np.linspace(beta[0], beta[-1], CURVE)
    heat = exact.thermodynamics(model, fine).specific_heat
    peak = readout.peak_temperature(fine, heat) if np.isfinite(heat).all() else np.nan
    variables = {
        "curve": ("fine", heat / model.lattice.volume, "exact specific heat per site"),
        "curve_temperature": ("fine", 1 / fine, "temperature"),
        "t_peak_exact": ((), peak, "exact temperature of the peak"),
    }
    return _dataset(variables)


def _dataset(variables: dict) -> xr.Dataset:
    return xr.Dataset(
        {
            name: (axes, np.asarray(values), store.about(words))
            for name, (axes, values, words) in variables.items()
        }
    )
