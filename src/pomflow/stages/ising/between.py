"""What a network and reweighted histograms say between the simulated temperatures, of the same chains."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from pomflow.analysis import gates
from pomflow.models.spins.base import Thermodynamics
from pomflow.stages.ising.files import variables_of
from pomflow.studies.ising import readout
from pomflow.studies.ising.dataset import Configurations
from pomflow.studies.ising.marks import MARKS, NETWORK, REWEIGHTING, marks_of
from pomflow.studies.ising.multi_histogram import DensityOfStates, Histograms, Solution, solved
from pomflow.studies.ising.resampling import Refits, centred, with_error

# points of a curve
CURVE = 401


def fine_of(beta: np.ndarray) -> np.ndarray:
    """The inverse temperatures of a curve."""
    fine = np.linspace(beta[0], beta[-1], CURVE)
    return fine[fine > 0]


def between(
    known: Thermodynamics,
    h: np.ndarray,
    head: tuple[np.ndarray, np.ndarray],
    refits: Refits,
    training: Configurations,
    fine: np.ndarray,
    volume: int,
) -> xr.Dataset:
    """Curves and marks of both, and thermodynamics by reweighting.

    Parameters
    ----------
    known : Thermodynamics
        For the beta of the classes.
    h : array, shape (classes, configurations)
    head : tuple of arrays, shape (classes,)
        Weights of the last layer, and its biases with the gauge fixed.
    refits : Refits
    training : Configurations
    fine : array
        The beta of the curves.
    volume : int
    """
    beta = known.beta
    solution = solved(Histograms.of(beta, training.energy, training.chains))
    redrawn = solution.redrawn(refits.drawn)
    states = _states(solution, redrawn, refits.drawn)
    return xr.merge(
        [
            _curves(NETWORK, _states_of_network(beta, h, head, refits, training.chains), fine, volume),
            _curves(REWEIGHTING, [states[0], *states], fine, volume),
            _reweighted(beta, states, volume),
            _free_energies(beta, solution, redrawn, head[1], refits, volume),
        ]
    )


def _states(solution: Solution, redrawn: np.ndarray, drawn: np.ndarray) -> list[DensityOfStates]:
    """Of all chains, and of each draw."""
    histograms = solution.histograms
    counts = [histograms.counts.sum(axis=(0, 1)), *histograms.drawn(drawn)]
    return [
        DensityOfStates.of(histograms.levels, count, histograms.beta, bias)
        for count, bias in zip(counts, [solution.bias, *redrawn], strict=True)
    ]


def _states_of_network(beta, h, head, refits: Refits, chains: int) -> list[DensityOfStates]:
    """By the trained head, by the optimal one, and by that of each draw; g h / std(beta) is the energy."""
    histograms = Histograms.of(beta, (h - h.mean()) / h.std(), chains)
    weight, bias = head
    trained, slope = centred(beta, h, readout.affine(beta, weight), bias)
    total = histograms.counts.sum(axis=(0, 1))
    return [
        DensityOfStates.of(histograms.levels * slope / beta.std(), count, beta, bias)
        for count, bias, slope in zip(
            [total, total, *histograms.drawn(refits.drawn)],
            [trained, refits.bias, *refits.drawn_bias],
            [slope, refits.slope, *refits.drawn_slope],
            strict=True,
        )
    ]


def _curves(source: str, states: Sequence[DensityOfStates], fine: np.ndarray, volume: int) -> xr.Dataset:
    """C per site along beta, and its marks, by states as measured, by optimal ones and by those of draws.

    Where few configurations have all the weight nothing is known, and so of the marks of such a curve.
    """
    cumulants = [one.cumulants(fine) for one in states]
    few = states[0].effective_sample_size(fine) < gates.FEWEST_SAMPLES
    heat, heat_err = with_error([np.where(few, np.nan, fine**2 * two / volume) for _, two, _ in cumulants])
    words = f"specific heat per site by the {source}"
    variables = {
        f"curve_{source}": ("fine", heat, words),
        f"curve_{source}_err": ("fine", heat_err, f"{words}, error"),
    }
    marks = [marks_of(fine, two, three, volume) for _, two, three in cumulants]
    for name, words in MARKS.items():
        value, error = (np.nan, np.nan) if few.any() else with_error([one[name] for one in marks])
        variables[f"{name}_{source}"] = ((), value, f"{words}, by the {source}")
        variables[f"{name}_{source}_err"] = ((), error, f"{words}, by the {source}, error")
    return variables_of(variables)


def _reweighted(beta: np.ndarray, states: Sequence[DensityOfStates], volume: int) -> xr.Dataset:
    """Energy and specific heat per site at the beta of the classes."""
    cumulants = [one.cumulants(beta) for one in states]
    energy = _of_classes("energy", [one / volume for one, _, _ in cumulants], "energy per site")
    heat = [beta**2 * two / volume for _, two, _ in cumulants]
    return variables_of(energy | _of_classes("specific_heat", heat, "specific heat per site"))


def _of_classes(name: str, values: list[np.ndarray], words: str) -> dict:
    """Values by reweighting with the spread of their draws."""
    words, spread = f"{words}, by reweighting", np.std(values[1:], axis=0, ddof=1)
    return {
        f"{name}_reweighted": ("class", values[0], words),
        f"{name}_reweighted_err": ("class", spread, f"{words}, error"),
    }


def _free_energies(
    beta, solution: Solution, redrawn: np.ndarray, bias: np.ndarray, refits: Refits, volume: int
) -> xr.Dataset:
    """ln Z without its affine part, and what the network differs by, in errors of the difference.

    Both have the same configurations, so the error is the spread of the difference over common draws, and how
    far the trained biases are from the optimal ones.
    """

    def bent(bias):
        return readout.without_affine(beta, bias)

    def heat(bias):
        return np.pad(readout.specific_heat(beta, bias) / volume, 1, constant_values=np.nan)

    def pull(function):
        network = [bias, refits.bias, *refits.drawn_bias]
        reweighting = [solution.bias, solution.bias, *redrawn]
        pairs = zip(network, reweighting, strict=True)
        value, error = with_error([function(one) - function(other) for one, other in pairs])
        return value / error

    values = [bent(one) for one in [solution.bias, *redrawn]]
    beside = "network minus reweighting, in errors of the difference"
    pulls = {
        "free_energy_pull": ("class", pull(bent), f"- b_k, {beside}"),
        "specific_heat_pull": ("class", pull(heat), f"second difference, {beside}"),
    }
    return variables_of(_of_classes("free_energy", values, "ln Z without its affine part") | pulls)
