r"""The exact simulations of all points in one table, and the average phase factor of the plane from them.

.. math:: \ln \mathrm{APF}_0(\mu) = \ln \frac{Z}{Z_{pq}} = V \int_0^\mu (n - n_{pq})\, d\mu'
"""

import itertools
import math

import numpy as np
import pandas as pd
import xarray as xr

from pomflow import registry
from pomflow.analysis import gates
from pomflow.config.scan import texts_of, values_of
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.base import Model
from pomflow.models.simulation import FREE_ENERGY, ONSET, PHASE, QUENCHED, Simulation
from pomflow.numerics.integration import cumulative_rule, truncation_errors
from pomflow.stages.scan import sample_worm
from pomflow.stages.scan.results import axis_variables

KIND = "exact"
THEORIES = ("", QUENCHED)
MEASURED_PHASE = f"{PHASE}{QUENCHED}"
HEALTH = ("covariance", "thermalization", "ess")
# of a free energy that was measured without the integral; NaN where it was not
DIRECT = (FREE_ENERGY, f"{FREE_ENERGY}_err", f"{FREE_ENERGY}_thermalization", f"{FREE_ENERGY}_ess")
# relative error up to which the logarithm of a measured phase is taken: it is biased by half of its square
LARGEST_PHASE_ERROR = 0.1


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['scan']`` (NetCDF) and ``outputs['table']`` (csv) from the files ``inputs['worm']``.

    The files are in the order of ``params['nodes']``, a dict of the points by name that says which of them
    the integral runs along, none of them where there is no integral. Points that differ along the axis of the
    simulation alone stand together, in increasing order.
    """
    started = netcdf.Clock.start()
    model = registry.load("model", params["model"])
    simulation = model.stated("simulation")
    names = _names(simulation)
    nodes = pd.DataFrame(
        [
            _node(path, simulation, params | {"parameters": params["parameters"] | values_of(node)})
            for path, node in zip(inputs["worm"], params["nodes"], strict=True)
        ]
    )
    axes = pd.DataFrame([texts_of(node) for node in params["nodes"]])
    nodes = pd.concat([axes.astype(float), nodes], axis=1).assign(on_grid=list(params["nodes"].values()))
    others = [axis for axis in axes if axis != simulation.axis]
    lines = [group for _, group in nodes.groupby(others, sort=False)] if others else [nodes]
    volume = Lattice.parse(params["lattice"]).volume
    apf0 = [average_phase_factor(line, simulation, volume) for line in lines]
    value, error = (np.concatenate([pair[k] for pair in apf0]) for k in (0, 1))
    free_energy = pd.concat([free_energies(line, simulation, volume) for line in lines])
    table = nodes[[*axes, *(f"{name}{end}" for name in names for end in ("", "_err"))]]
    table = table.assign(apf0=value, apf0_err=error, status=nodes["status"]).join(free_energy)
    table = table.join(nodes[_known(simulation)].where(nodes["status"] == gates.OK))
    words = model.observables() | registry.quantities(params["model"], model)
    dataset = _dataset(table, list(axes), model, simulation, words)
    netcdf.write(dataset, outputs["scan"], KIND, netcdf.describe_run(params, "CPU", started))
    netcdf.write_table(table, outputs["table"])


def average_phase_factor(
    nodes: pd.DataFrame, simulation: Simulation, volume: int
) -> tuple[np.ndarray, np.ndarray]:
    """APF0 at every node and its error: of the integral, or of the measured phase where that is smaller.

    Both are NaN from where a simulation is needed that did not pass its gates.

    Parameters
    ----------
    nodes : DataFrame
        In increasing order of mu, one simulation each, independent of each other, with its status and
        ``on_grid``, whether the integral runs along it, which begins at mu = 0.
    simulation : Simulation
        Which names mu and the charge n.
    volume : int
    """
    logarithm, error = _integral(nodes, simulation)
    apf0 = np.exp(volume * logarithm)
    error = apf0 * volume * error
    phase, phase_error = (nodes[f"{MEASURED_PHASE}{end}"].to_numpy() for end in ("", "_err"))
    measured = phase_error < error if nodes["on_grid"].any() else nodes["status"] == gates.OK
    return np.where(measured, phase, apf0), np.where(measured, phase_error, error)


def free_energies(nodes: pd.DataFrame, simulation: Simulation, volume: int) -> pd.DataFrame:
    r"""Delta F = -ln APF0 / V at every node and its error, the most accurate of what is known.

    That is the integral, the logarithm of the measured phase, or what a simulation of this point alone found.
    Unlike APF0 it does not underflow, and its error stays small where that of APF0 is above APF0.
    """
    logarithm, error = _integral(nodes, simulation)
    phase, phase_error = (nodes[f"{MEASURED_PHASE}{end}"].to_numpy() for end in ("", "_err"))
    usable = (nodes["status"] == gates.OK) & (phase_error < LARGEST_PHASE_ERROR * phase)
    of_phase = np.where(usable, phase, np.nan)
    direct, direct_error, thermalization, ess = (nodes[name].to_numpy(float) for name in DIRECT)
    healthy = (thermalization <= gates.SIGMAS) & (ess >= gates.FEWEST_SAMPLES)
    # 0 - x, so that nothing is -0
    values = np.array([0 - logarithm, 0 - np.log(of_phase) / volume, np.where(healthy, direct, np.nan)])
    errors = np.array([error, phase_error / (volume * of_phase), np.where(healthy, direct_error, np.nan)])
    best = np.where(np.isnan(errors), np.inf, errors).argmin(axis=0)
    found = {FREE_ENERGY: values, f"{FREE_ENERGY}_err": errors}
    every = np.arange(len(nodes))
    return pd.DataFrame({name: each[best, every] for name, each in found.items()}, index=nodes.index)


def _integral(nodes: pd.DataFrame, simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """ln APF0 / V at every node from the densities, and its error; NaN where a simulation failed."""
    mu, good = nodes[simulation.axis].to_numpy(), nodes["status"] == gates.OK
    on_grid, charge = nodes["on_grid"].to_numpy(bool), simulation.charge
    if not on_grid.any():
        return np.full((2, len(nodes)), np.nan)
    # zeros take the place of what may not be used, so that no NaN spreads to where it is not needed
    numbers = nodes.drop(columns="status").where(good, 0.0)
    rule = cumulative_rule(mu, on_grid)
    density = (numbers[charge] - numbers[f"{charge}{QUENCHED}"]).to_numpy()
    slope = (numbers["susceptibility"] - numbers[f"susceptibility{QUENCHED}"]).to_numpy()
    logarithm = rule.value @ density + rule.slope @ slope
    variance = sum(_variance(rule, numbers, charge, suffix) for suffix in THEORIES)
    truncation = truncation_errors(mu, on_grid, np.where(good, density, np.nan), slope)
    known = np.isfinite(truncation)
    return np.where(known, logarithm, np.nan), np.sqrt(variance) + truncation


def _names(simulation: Simulation) -> list[str]:
    """The measured numbers of both theories, the susceptibility behind the charge."""
    measured = [simulation.charge, "susceptibility"]
    measured += [name for name in simulation.measured if name != simulation.charge]
    return [f"{name}{suffix}" for name in measured for suffix in THEORIES]


def _known(simulation: Simulation) -> list[str]:
    """Columns of what a simulation may know of the full theory beside what the gates judge."""
    return [f"{name}{end}" for name in (ONSET, *simulation.also) for end in ("", "_err")]


def _node(path, simulation: Simulation, params: dict) -> dict:
    """The numbers of a simulation with their status; all NaN where it diverged."""
    names = _names(simulation)
    try:
        file = netcdf.read(path, sample_worm.KIND, [*names, MEASURED_PHASE], params)
    except LostError:
        names.append(MEASURED_PHASE)
        names += [f"{name}_err" for name in names]
        names += [*DIRECT, *_known(simulation)]
        names += [f"{name}{suffix}" for name, suffix in itertools.product(HEALTH, THEORIES)]
        return dict.fromkeys(names, math.nan) | {"status": gates.DIVERGED}
    node = dict.fromkeys([*DIRECT, *_known(simulation)], math.nan)
    node |= {name: values.item() for name, values in file.data_vars.items() if not values.ndim}
    return node | {"status": _status(node, names)}


def _status(node: dict, names: list[str]) -> str:
    """'ok', or the first gate that the simulation of one of the theories failed."""
    rows = (
        {name: node[name] for name in names if name.endswith(QUENCHED) == bool(suffix)}
        | {f"{name}_err": node[f"{name}_err"] for name in names if name.endswith(QUENCHED) == bool(suffix)}
        | {name: node[f"{name}{suffix}"] for name in HEALTH}
        for suffix in THEORIES
    )
    found = (gates.status(row, gates.WORM) for row in rows)
    return next((status for status in found if status != gates.OK), gates.OK)


def _variance(rule, nodes: pd.DataFrame, charge: str, suffix: str) -> np.ndarray:
    """Statistical variance of the integrals in one theory."""
    density, slope = (nodes[f"{name}{suffix}_err"].to_numpy() for name in (charge, "susceptibility"))
    covariance = nodes[f"covariance{suffix}"].to_numpy()
    mixed = 2 * (rule.value * rule.slope) @ covariance
    return np.maximum(rule.value**2 @ density**2 + rule.slope**2 @ slope**2 + mixed, 0)


def _dataset(
    table: pd.DataFrame, axes: list[str], model: type[Model], simulation: Simulation, known: dict
) -> xr.Dataset:
    """The table as a dataset along its points; ``known`` are observables and quantities by name."""
    words = {
        name: sample_worm.words_of(
            name.removesuffix(QUENCHED), QUENCHED if name.endswith(QUENCHED) else "", known
        )
        for name in [*_names(simulation), FREE_ENERGY, ONSET, *simulation.also]
    }
    words["apf0"] = ("average phase factor of the undeformed plane", "1")
    about = {name: netcdf.about(*of_name) for name, of_name in words.items()}
    about |= {
        f"{name}_err": netcdf.about(f"{long_name}, error", units)
        for name, (long_name, units) in words.items()
    }
    about["status"] = {"long_name": "ok, or the gate that a simulation failed"}
    dimension, coordinates = axis_variables(table, axes, model)
    variables = {
        name: (dimension, table[name].to_numpy(object if name == "status" else float), about[name])
        for name in table.columns.drop(axes)
    }
    return xr.Dataset(variables, coords=coordinates)
