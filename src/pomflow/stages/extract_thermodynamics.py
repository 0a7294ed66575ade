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
from pomflow.stages.ising import model_of, read_classifier, stream_of

KIND = "thermodynamics"
# test configurations of each class that a figure shows
SHOWN = 60
# points of the exact curve
CURVE = 401


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['thermodynamics']`` from the classifier and both sets of configurations."""
    started, model = store.Clock.start(), model_of(params)
    known = exact.thermodynamics(model, params["beta"])
    network = read_classifier(inputs["classifier"], params, model)
    training, test = (
        Configurations.read(inputs[name], model.lattice.volume) for name in ("training", "test")
    )
    h, head = _deciding(network, model, training), network.head()
    fixed = readout.gauge_fixed(known.beta, *head, h.mean(axis=1))
    stream = stream_of(params, "extract_thermodynamics", params["classifier"])
    drawn = replicas(known.beta, h, training.chains, *head, params["replicas"], stream)
    parts = [
        _read_out(known, head[1], fixed, drawn, model.lattice.volume),
        _judged(network, _deciding(network, model, test), test, known),
        _curve(model, known.beta),
    ]
    about_run = store.describe_run(params, "CPU", started)
    store.write(xr.merge(parts), outputs["thermodynamics"], KIND, about_run)


def _deciding(network: Classifier, model: Ising, configurations: Configurations) -> np.ndarray:
    """h of every configuration, shape (classes, configurations)."""
    seen = features(network.design, model, configurations.rows())
    return network.h(seen).reshape(configurations.energy.shape)


def _read_out(known: Thermodynamics, raw, bias, drawn, volume: int) -> xr.Dataset:
    """What the biases say as trained and with the gauge fixed, with errors from the draws."""
    beta, inner = known.beta, known.beta[1:-1]
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


def _judged(network: Classifier, h: np.ndarray, test: Configurations, known: Thermodynamics) -> xr.Dataset:
    """The worth of the network on test configurations, and h beside E for a figure."""
    verdict = judge(h, *network.head(), test.energy, test.chains, known)
    shown = slice(None, None, max(1, h.shape[1] // SHOWN))
    variables = {
        "cross_entropy": ((), verdict.cross_entropy, "cross-entropy"),
        "excess": ((), verdict.excess.value, "cross-entropy above Bayes"),
        "excess_err": ((), verdict.excess.error, "cross-entropy above Bayes, error"),
        "correlation": ((), verdict.correlation, "correlation of h and E"),
        "h": (("class", "shown"), h[:, shown], "deciding number of test configurations"),
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
