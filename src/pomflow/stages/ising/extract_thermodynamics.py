"""Free energy, specific heat and its peak from the biases of a classifier, beside exact values."""

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.models.spins.base import SpinModel, Thermodynamics
from pomflow.stages.ising.files import model_of, read_classifier, stream_of
from pomflow.studies.ising import readout
from pomflow.studies.ising.classifier import Classifier
from pomflow.studies.ising.dataset import Configurations, beta_coordinate
from pomflow.studies.ising.designs import features
from pomflow.studies.ising.judgement import judge
from pomflow.studies.ising.resampling import replicas

KIND = "thermodynamics"
# test configurations of each class that a figure shows
SHOWN = 60
# points of the exact curve
CURVE = 401


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['thermodynamics']`` from the classifier and both sets of configurations."""
    started, model = netcdf.Clock.start(), model_of(params)
    known = model.exact(params["beta"])
    network = read_classifier(inputs["classifier"], params, model)
    training, test = (Configurations.read(inputs[name], model) for name in ("training", "test"))
    h, head = _deciding(network, model, training), network.head()
    fixed = readout.gauge_fixed(known.beta, *head, h.mean(axis=1))
    stream = stream_of(params, "extract_thermodynamics", params["classifier"])
    optimal, drawn = replicas(known.beta, h, training.chains, *head, params["replicas"], stream)
    parts = [
        _read_out(known, head[1], fixed, optimal, drawn, model.lattice.volume),
        _judged(network, _deciding(network, model, test), test, known),
        _fluctuations(known.beta, training, model.lattice.volume),
        _curve(model, known.beta),
    ]
    about_run = netcdf.describe_run(params, "CPU", started)
    netcdf.write(xr.merge(parts), outputs["thermodynamics"], KIND, about_run)


def _deciding(network: Classifier, model: SpinModel, configurations: Configurations) -> np.ndarray:
    """h of every configuration, shape (classes, configurations)."""
    seen = features(network.design, model, configurations.rows())
    return network.h(seen).reshape(configurations.energy.shape)


def _read_out(known: Thermodynamics, raw, fixed, optimal, drawn, volume: int) -> xr.Dataset:
    """What the biases say as trained and with the gauge fixed.

    Errors are the spread of the draws, and how far the trained biases are from the optimal ones.
    """
    beta, inner = known.beta, known.beta[1:-1]

    def bent(bias):
        return -bias + readout.affine(beta, bias)

    def heat(bias):
        return readout.specific_heat(beta, bias) / volume

    def peak(bias):
        return readout.peak_temperature(inner, heat(bias))

    per_site = "specific heat per site"
    variables = {
        "minus_bias": ("class", *_with_error(bent, fixed, optimal, drawn), "- b_k without its affine part"),
        "specific_heat": ("inner", *_with_error(heat, fixed, optimal, drawn), per_site),
        "t_peak": ((), *_with_error(peak, fixed, optimal, drawn), "temperature of the peak"),
    }
    measured = {name: (axes, value, words) for name, (axes, value, _, words) in variables.items()}
    errors = {
        f"{name}_err": (axes, error, f"{words}, error") for name, (axes, _, error, words) in variables.items()
    }
    others = {
        "specific_heat_raw": ("inner", heat(raw), f"{per_site}, no gauge fixed"),
        "specific_heat_exact": ("inner", known.specific_heat[1:-1] / volume, f"{per_site}, exact"),
        "free_energy_exact": ("class", bent(-known.log_z), "exact ln Z without its affine part"),
    }
    return _dataset(measured | errors | others).assign_coords(
        beta=beta_coordinate(beta), temperature=("inner", 1 / inner, netcdf.about("temperature", "J"))
    )


def _with_error(function, fixed, optimal, drawn) -> tuple:
    """A function of the biases and its error."""
    spread = np.std([function(bias) for bias in drawn], axis=0, ddof=1)
    value = function(fixed)
    return value, np.hypot(spread, value - function(optimal))


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


def _fluctuations(beta: np.ndarray, training: Configurations, volume: int) -> xr.Dataset:
    """C = beta^2 Var E of the configurations that the network saw, where C has a second difference.

    The error is that of the mean of (E - <E>)^2 over independent chains.
    """
    energy = training.energy[1:-1]
    squares = (energy - energy.mean(axis=1, keepdims=True)) ** 2
    variance = squares.reshape(len(energy), training.chains, -1).mean(axis=2)
    of_chains = beta[1:-1, None] ** 2 / volume * variance
    error = of_chains.std(axis=1, ddof=1) / np.sqrt(training.chains)
    words = "specific heat per site from the fluctuations of the energy"
    return _dataset(
        {
            "specific_heat_fluctuations": ("inner", of_chains.mean(axis=1), words),
            "specific_heat_fluctuations_err": ("inner", error, f"{words}, error"),
        }
    )


def _curve(model: SpinModel, beta: np.ndarray) -> xr.Dataset:
    """The exact specific heat per site against the temperature, and where it is largest."""
    fine = np.linspace(beta[0], beta[-1], CURVE)
    fine = fine[fine > 0]
    heat = model.exact(fine).specific_heat
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
            name: (axes, np.asarray(values), netcdf.about(words))
            for name, (axes, values, words) in variables.items()
        }
    )
