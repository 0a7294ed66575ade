"""The tables of a system of spins: thermodynamics, critical temperature, classifiers, partners."""

import numpy as np
import pandas as pd
import xarray as xr

from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.stages.ising import extract_thermodynamics
from pomflow.stages.scan.results import table_dataset
from pomflow.studies.ising import readout

READ = ["minus_bias", "specific_heat", "specific_heat_fluctuations", "t_peak", "excess", "correlation"]
COLUMNS = ("specific_heat", "specific_heat_err", "specific_heat_exact")
# a straight line has two parameters
FEWEST_LATTICES = 2


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write four tables from the files ``inputs['thermodynamics']``, one for each of ``params['pairs']``.

    The classifier ``params['leader']`` stands in ``outputs['thermodynamics']`` for the lattices
    ``params['leading']``, and with provenance in ``outputs['dataset']``; for ``params['growing']`` it gives
    the temperatures that ``outputs['critical_temperature']`` is fitted to, with the ``params['transition']``
    beside them. All classifiers stand in ``outputs['classifiers']``, and what others say of the specific
    heat of the leading lattices in ``outputs['partners']``.
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
    critical = _critical(growing, params["transition"])
    netcdf.write_table(critical, outputs["critical_temperature"])
    netcdf.write_table(pd.concat([_partners(*item) for item in led.items()]), outputs["partners"])
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
    return table


def _partners(lattice: str, file: xr.Dataset) -> pd.DataFrame:
    """What others say of the specific heat, by partner and beta. A new partner is an entry here."""
    known = {
        "exact": (file["specific_heat_exact"], 0.0),
        "fluctuations": (file["specific_heat_fluctuations"], file["specific_heat_fluctuations_err"]),
    }
    columns = {"L": extent(lattice), "beta": file["beta"].values[1:-1]}
    tables = [
        pd.DataFrame(columns | {"partner": name, "specific_heat": value, "specific_heat_err": error})
        for name, (value, error) in known.items()
    ]
    return pd.concat(tables).dropna(subset="specific_heat")


def _critical(growing: dict[str, xr.Dataset], transition: dict) -> pd.DataFrame:
    """T_c of the infinite lattice from T_peak = T_c + a / L^shift; unknown from fewer than two lattices.

    ``t_c_err`` is statistical. What the straight line itself is off by shows in ``t_c_exact_peaks``, the same
    fit to the exact peaks. ``t_c_exact`` is the known temperature of the ``transition``.
    """
    row = dict.fromkeys(("t_c", "t_c_err", "slope"), np.nan)
    of_exact, shift = np.nan, transition["shift"]
    if len(growing) >= FEWEST_LATTICES:
        names = ("t_peak", "t_peak_err", "t_peak_exact")
        peak, error, known = (np.array([file[name].item() for file in growing.values()]) for name in names)
        extents = np.array(list(map(extent, growing)))
        row = dict(zip(row, readout.critical_temperature(extents, peak, error, shift), strict=True))
        of_exact, *_ = readout.critical_temperature(extents, known, error, shift)
    return pd.DataFrame([row | {"t_c_exact": transition["temperature"], "t_c_exact_peaks": of_exact}])


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
    }
