r"""The dual simulations of all mu in one table, and the average phase factor of the plane from them.

.. math:: \ln \mathrm{APF}_0(\mu) = \ln \frac{Z}{Z_{pq}} = V \int_0^\mu (n - n_{pq})\, d\mu'
"""

import itertools
import math

import numpy as np
import pandas as pd
import xarray as xr

from pomflow.analysis import gates
from pomflow.errors import LostError
from pomflow.io import netcdf as store
from pomflow.lattice import Lattice
from pomflow.numerics.integration import cumulative_rule, truncation_errors
from pomflow.stages.scan import sample_worm
from pomflow.stages.scan.sample_worm import QUENCHED

KIND = "exact"
THEORIES = ("", QUENCHED)
MEASURED = ("density", "susceptibility", "phi2")
HEALTH = ("covariance", "thermalization", "ess")
NAMES = [f"{name}{suffix}" for name in MEASURED for suffix in THEORIES]


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['scan']`` (NetCDF) and ``outputs['table']`` (csv) from the files ``inputs['worm']``.

    The files are in the order of ``params['nodes']``, which increases from 0; the integral runs along
    ``params['grid']``, which are some of them.
    """
    started = store.Clock.start()
    nodes = pd.DataFrame(list(map(_node, inputs["worm"]))).assign(mu=list(map(float, params["nodes"])))
    on_grid = np.isin(params["nodes"], params["grid"])
    apf0, error = average_phase_factor(nodes, on_grid, Lattice.parse(params["lattice"]).volume)
    table = nodes[["mu", *(f"{name}{end}" for name in NAMES for end in ("", "_err"))]]
    table = table.assign(apf0=apf0, apf0_err=error, status=nodes["status"])
    store.write(_dataset(table), outputs["scan"], KIND, store.describe_run(params, "CPU", started))
    store.write_table(table, outputs["table"])


def average_phase_factor(
    nodes: pd.DataFrame, on_grid: np.ndarray, volume: int
) -> tuple[np.ndarray, np.ndarray]:
    """APF0 at every node and its error: of the densities and their derivatives, and of the integration.

    Both are NaN from where a simulation is needed that did not pass its gates.

    Parameters
    ----------
    nodes : DataFrame
        In increasing order from mu = 0, one simulation each, independent of each other, with its status.
    on_grid : array of bool
        The nodes that the integral runs along.
    volume : int
    """
    mu, good = nodes["mu"].to_numpy(), nodes["status"] == gates.OK
    # zeros take the place of what may not be used, so that no NaN spreads to where it is not needed
    numbers = nodes.drop(columns="status").where(good, 0.0)
    rule = cumulative_rule(mu, on_grid)
    density = (numbers["density"] - numbers[f"density{QUENCHED}"]).to_numpy()
    slope = (numbers["susceptibility"] - numbers[f"susceptibility{QUENCHED}"]).to_numpy()
    logarithm = rule.value @ density + rule.slope @ slope
    variance = sum(_variance(rule, numbers, suffix) for suffix in THEORIES)
    truncation = truncation_errors(mu, on_grid, np.where(good, density, np.nan), slope)
    apf0 = np.where(np.isfinite(truncation), np.exp(volume * logarithm), np.nan)
    return apf0, apf0 * volume * (np.sqrt(variance) + truncation)


def _node(path) -> dict:
    """The numbers of a simulation with their status; all NaN where it diverged."""
    try:
        file = store.read(path, sample_worm.KIND, NAMES)
    except LostError:
        names = [*NAMES, *(f"{name}_err" for name in NAMES)]
        names += [f"{name}{suffix}" for name, suffix in itertools.product(HEALTH, THEORIES)]
        return dict.fromkeys(names, math.nan) | {"status": gates.DIVERGED}
    node = {name: file[name].item() for name in file.data_vars}
    return node | {"status": _status(node)}


def _status(node: dict) -> str:
    """'ok', or the first gate that the simulation of one of the theories failed."""
    rows = (
        {name: node[f"{name}{suffix}"] for name in (*MEASURED, *HEALTH)}
        | {f"{name}_err": node[f"{name}{suffix}_err"] for name in MEASURED}
        for suffix in THEORIES
    )
    found = (gates.status(row, gates.WORM) for row in rows)
    return next((status for status in found if status != gates.OK), gates.OK)


def _variance(rule, nodes: pd.DataFrame, suffix: str) -> np.ndarray:
    """Statistical variance of the integrals in one theory."""
    density, slope = (nodes[f"{name}{suffix}_err"].to_numpy() for name in ("density", "susceptibility"))
    covariance = nodes[f"covariance{suffix}"].to_numpy()
    mixed = 2 * (rule.value * rule.slope) @ covariance
    return np.maximum(rule.value**2 @ density**2 + rule.slope**2 @ slope**2 + mixed, 0)


def _dataset(table: pd.DataFrame) -> xr.Dataset:
    words = {
        f"{name}{suffix}": sample_worm.words_of(name, suffix)
        for name, suffix in itertools.product(MEASURED, THEORIES)
    }
    words["apf0"] = ("average phase factor of the undeformed plane", "1")
    about = {name: store.about(*of_name) for name, of_name in words.items()}
    about |= {
        f"{name}_err": store.about(f"{long_name}, error", units) for name, (long_name, units) in words.items()
    }
    about["status"] = {"long_name": "ok, or the gate that a simulation failed"}
    variables = {
        name: ("mu", table[name].to_numpy(object if name == "status" else float), about[name])
        for name in table.columns.drop("mu")
    }
    mu = ("mu", table["mu"].to_numpy(), store.about("chemical potential", "lattice units"))
    return xr.Dataset(variables, coords={"mu": mu})
