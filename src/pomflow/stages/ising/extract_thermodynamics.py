"""Free energy, specific heat and its peak from the biases of a classifier, beside exact values."""

import numpy as np
import xarray as xr
from scipy.interpolate import make_interp_spline

from pomflow.io import netcdf
from pomflow.models.spins.base import SpinModel, Thermodynamics
from pomflow.stages.ising.between import between, fine_of
from pomflow.stages.ising.files import model_of, read_classifier, stream_of, variables_of
from pomflow.studies.ising import readout
from pomflow.studies.ising.classifier import Classifier
from pomflow.studies.ising.dataset import Configurations, beta_coordinate
from pomflow.studies.ising.designs import features
from pomflow.studies.ising.judgement import judge
from pomflow.studies.ising.marks import MARKS, marks_of
from pomflow.studies.ising.resampling import Refits, replicas, with_error

KIND = "thermodynamics"
# test configurations of each class that a figure shows
SHOWN = 60


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['thermodynamics']`` from the classifier and both sets of configurations."""
    started, model = netcdf.Clock.start(), model_of(params)
    known = model.exact(params["beta"])
    network = read_classifier(inputs["classifier"], params, model)
    training, test = (Configurations.read(inputs[name], model) for name in ("training", "test"))
    h, head = deciding(network, model, training), network.head()
    fixed = readout.gauge_fixed(known.beta, *head, h.mean(axis=1))
    stream = stream_of(params, "extract_thermodynamics", params["classifier"])
    refits = replicas(known.beta, h, training.chains, *head, params["replicas"], stream)
    fine = fine_of(known.beta)
    parts = [
        _read_out(known, head[1], fixed, refits, model.lattice.volume),
        _judged(network, deciding(network, model, test), test, known),
        between(known, h, (head[0], fixed), refits, training, fine, model.lattice.volume),
        _curve(known, model.exact(fine), model.lattice.volume),
    ]
    about_run = netcdf.describe_run(params, "CPU", started)
    netcdf.write(xr.merge(parts), outputs["thermodynamics"], KIND, about_run)


def deciding(network: Classifier, model: SpinModel, configurations: Configurations) -> np.ndarray:
    """h of every configuration, shape (classes, configurations)."""
    seen = features(network.design, model, configurations.rows())
    return network.h(seen).reshape(configurations.energy.shape)


def _read_out(known: Thermodynamics, raw, fixed, refits: Refits, volume: int) -> xr.Dataset:
    """What the biases say as trained and with the gauge fixed.

    Errors are the spread of the draws, and how far the trained biases are from the optimal ones.
    """
    beta, inner = known.beta, known.beta[1:-1]

    def bent(bias):
        return readout.without_affine(beta, bias)

    def heat(bias):
        return readout.specific_heat(beta, bias) / volume

    def peak(bias):
        return readout.peak_temperature(inner, heat(bias))

    def measured_by(function):
        return with_error(map(function, [fixed, refits.bias, *refits.drawn_bias]))

    per_site = "specific heat per site"
    variables = {
        "minus_bias": ("class", *measured_by(bent), "- b_k without its affine part"),
        "specific_heat": ("inner", *measured_by(heat), per_site),
        "t_peak": ((), *measured_by(peak), "temperature of the peak"),
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
    return variables_of(measured | errors | others).assign_coords(
        beta=beta_coordinate(beta), temperature=("inner", 1 / inner, netcdf.about("temperature", "J"))
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
    return variables_of(variables)


def _curve(known: Thermodynamics, fine: Thermodynamics, volume: int) -> xr.Dataset:
    """The exact specific heat per site, its marks, and the peak of second differences of the exact ln Z."""
    differences = readout.specific_heat(known.beta, -known.log_z)
    marks, peak, of_differences = dict.fromkeys(MARKS, np.nan), np.nan, np.nan
    if np.isfinite(fine.variance).all():
        third = -make_interp_spline(fine.beta, fine.variance, readout.DEGREE).derivative()(fine.beta)
        marks = marks_of(fine.beta, fine.variance, third, volume)
        peak = readout.peak_temperature(fine.beta, fine.specific_heat)
        of_differences = readout.peak_temperature(known.beta[1:-1], differences)
    variables = {
        "curve": ("fine", fine.specific_heat / volume, "exact specific heat per site"),
        "curve_temperature": ("fine", 1 / fine.beta, "temperature"),
        "t_peak_exact": ((), peak, "exact temperature of the peak"),
        "t_peak_exact_differences": ((), of_differences, "peak of the second difference of the exact ln Z"),
        "energy_exact": ("class", known.energy / volume, "exact energy per site"),
    }
    of_marks = {f"{name}_exact": ((), marks[name], f"{words}, exact") for name, words in MARKS.items()}
    return variables_of(variables | of_marks)
