"""The tables of a system of spins: thermodynamics, critical temperature, exponents, classifiers."""

import numpy as np
import pandas as pd
import xarray as xr

from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.stages.ising import extract_thermodynamics
from pomflow.stages.scan.results import table_dataset
from pomflow.studies.ising import exponents, readout
from pomflow.studies.ising.exponents import Exponent
from pomflow.studies.ising.marks import NETWORK, REWEIGHTING
from pomflow.studies.ising.scaling import Scaling

READ = ["minus_bias", "specific_heat", "t_peak", "excess", "correlation", "free_energy_reweighted"]
COLUMNS = ("specific_heat", "specific_heat_err", "specific_heat_exact")
# by reweighting, of every class
REWEIGHTED = ("free_energy_reweighted", "energy_reweighted", "specific_heat_reweighted")
PULLS = ("free_energy_pull", "specific_heat_pull")
# peaks by their names, through which the same straight line is fitted
EXACT_PEAKS = {"t_c_exact_peaks": "t_peak_exact", "t_c_exact_differences": "t_peak_exact_differences"}
# a straight line has two parameters
FEWEST_LATTICES = 2


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write four tables from the files ``inputs['thermodynamics']``, one for each of ``params['pairs']``.

    The classifier ``params['leader']`` stands in ``outputs['thermodynamics']`` for the lattices
    ``params['leading']``, and with provenance in ``outputs['dataset']``; for ``params['growing']`` it gives
    the temperatures that ``outputs['critical_temperature']`` is fitted to, with the ``params['transition']``
    beside them, and what ``outputs['exponents']`` are. All classifiers stand in ``outputs['classifiers']``.
    """
    started, pairs = netcdf.Clock.start(), [tuple(pair) for pair in params["pairs"]]
    files = {
        pair: netcdf.read(path, extract_thermodynamics.KIND, READ)
        for pair, path in zip(pairs, inputs["thermodynamics"], strict=True)
    }
    led = {lattice: files[lattice, params["leader"]] for lattice in params["leading"]}
    thermodynamics = pd.concat([_rows(*item) for item in led.items()])
    dataset = table_dataset(thermodynamics, {"beta": "1 / J"})
    netcdf.write(
        dataset, outputs["dataset"], "thermodynamics_table", netcdf.describe_run(params, "CPU", started)
    )
    netcdf.write_table(thermodynamics, outputs["thermodynamics"])
    growing = {lattice: led[lattice] for lattice in params["growing"]}
    netcdf.write_table(_critical(growing, params["transition"]), outputs["critical_temperature"])
    netcdf.write_table(_exponents(growing, params["transition"]), outputs["exponents"])
    classifiers = pd.DataFrame([_worth(*pair, file) for pair, file in files.items()])
    netcdf.write_table(classifiers, outputs["classifiers"])


def extent(lattice: str) -> int | str:
    """L of a lattice with equal extents; its name otherwise."""
    shape = Lattice.parse(lattice).shape
    return shape[0] if len(set(shape)) == 1 else lattice


def _rows(lattice: str, file: xr.Dataset) -> pd.DataFrame:
    """One row for each beta; the second difference knows nothing of the two at the ends."""
    table = pd.DataFrame({"L": extent(lattice), "beta": file["beta"].values})
    for name in ("minus_bias", "minus_bias_err", "free_energy_exact"):
        table[name] = file[name].values
    for name in COLUMNS:
        table[name] = np.concatenate([[np.nan], file[name].values, [np.nan]])
    for name in REWEIGHTED:
        table[name], table[f"{name}_err"] = file[name].values, file[f"{name}_err"].values
    for name in ("energy_exact", *PULLS):
        table[name] = file[name].values
    return table


def _critical(growing: dict[str, xr.Dataset], transition: dict) -> pd.DataFrame:
    """T_c of the infinite lattice; unknown from fewer than two lattices.

    ``t_c`` is from T_peak = T_c + a / L^shift through the peaks of the second differences of all lattices,
    with its statistical error. What else it is off by shows in the same fit to the exact peaks,
    ``t_c_exact_peaks``, and to those of the second differences of the exact ln Z, ``t_c_exact_differences``.
    The number to quote is ``t_c_corrected``, from the peaks between the simulated temperatures.
    ``t_c_exact`` is the known temperature of the ``transition``.
    """
    row = dict.fromkeys(("t_c", "t_c_err", "slope"), np.nan)
    of_exact, shift = dict.fromkeys(EXACT_PEAKS, np.nan), transition["shift"]
    if len(growing) >= FEWEST_LATTICES:
        extents, error = np.array(list(map(extent, growing))), _on_all(growing, "t_peak_err")
        fit = readout.critical_temperature(extents, _on_all(growing, "t_peak"), error, shift)
        row = dict(zip(row, fit, strict=True))
        of_exact = {
            column: readout.critical_temperature(extents, _on_all(growing, name), error, shift)[0]
            for column, name in EXACT_PEAKS.items()
        }
    straight = row | {"t_c_exact": transition["temperature"]} | of_exact
    return pd.DataFrame([straight | _corrected(growing, shift)])


def _on_all(files: dict[str, xr.Dataset], name: str) -> np.ndarray:
    """A number of every lattice."""
    return np.array([file[name].item() for file in files.values()])


def _corrected(growing: dict[str, xr.Dataset], shift: float) -> dict:
    """The fits of smallest error to the peaks of the network and of reweighting."""
    columns, doubtful = {}, {}
    for column, source in (("t_c_corrected", NETWORK), ("t_c_reweighted", REWEIGHTING)):
        fit, of_exact = exponents.critical_temperature(growing, source, shift)
        columns |= {column: fit.value.value, f"{column}_err": fit.value.error}
        columns |= {f"{column}_systematic": fit.systematic, f"{column}_exact_peaks": of_exact}
        columns |= {f"{column}_{name}": value for name, value in _about(fit).items()}
        doubtful[f"{column}_doubtful"] = fit.doubtful
    return columns | doubtful


def _about(fit: Scaling) -> dict:
    """Which fit it is."""
    low, high = (fit.extent.min(), fit.extent.max()) if len(fit.extent) else (np.nan, np.nan)
    return {
        "smallest_L": low,
        "largest_L": high,
        "corrections": fit.corrections,
        "chi2": fit.chi2,
        "dof": fit.dof,
    }


def _exponents(growing: dict[str, xr.Dataset], transition: dict) -> pd.DataFrame:
    """nu and alpha / nu by the marks of both sources; unknown from fewer than two lattices."""
    rows = [
        _exponent(source, estimator, exponents.exponent(estimator, growing, source, transition["shift"]))
        for source in (NETWORK, REWEIGHTING)
        for estimator in exponents.ESTIMATORS
    ]
    return pd.DataFrame(rows).assign(nu_exact=1 / transition["shift"])


def _exponent(source: str, estimator: str, found: Exponent) -> dict:
    """One row of the table of exponents."""
    fit = found.power
    return {
        "source": source,
        "estimator": estimator,
        "power": fit.value.value,
        "power_err": fit.value.error,
        "power_systematic": fit.systematic,
        "nu": found.nu.value,
        "nu_err": found.nu.error,
        "nu_systematic": found.nu_systematic,
        "nu_exact_curves": found.nu_exact_curves,
        "alpha_over_nu": found.alpha_over_nu.value,
        "alpha_over_nu_err": found.alpha_over_nu.error,
        "alpha_over_nu_systematic": found.alpha_over_nu_systematic,
        **_about(fit),
        "doubtful": fit.doubtful,
    }


def _worth(lattice: str, classifier: str, file: xr.Dataset) -> dict:
    """One row of the table of classifiers."""
    deviation = np.abs(file["specific_heat"] / file["specific_heat_exact"] - 1).values
    numbers = ("cross_entropy", "excess", "excess_err", "correlation", "t_peak", "t_peak_err", "t_peak_exact")
    return {
        "lattice": lattice,
        "classifier": classifier,
        **{name: file[name].item() for name in numbers},
        "specific_heat_rms": np.sqrt((deviation**2).mean()),
        "specific_heat_max": deviation.max(),
        "t_peak_curve": file["t_peak_curve_network"].item(),
        "t_peak_curve_err": file["t_peak_curve_network_err"].item(),
        "t_peak_exact_differences": file["t_peak_exact_differences"].item(),
    }
