"""Observables and ln Z between the points of the first axis, from the configurations of its neighbours."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.estimates import UNKNOWN, Estimate
from pomflow.analysis.reweighting import Place, Reweighted, Run, curve, run_of
from pomflow.config.curves import middles, with_values_between
from pomflow.config.scan import row_at, values_of
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.base import Model, ModelPoint
from pomflow.models.observables import Observable
from pomflow.stages.scan.measure_observables import measured
from pomflow.stages.scan.point import Point, read_run
from pomflow.stages.scan.results import points_dataset

KIND = "curves"
STATUS = ("status", "ln_z_status")
# a name that no observable can have
ACTION = "S"


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['curves']`` (NetCDF) and ``outputs['table']`` (csv).

    Parameters
    ----------
    inputs : dict
        ``scan``, the table of the points, and lists of files ``samples`` and ``contour``, one a point.
    params : dict
        ``axes``, ``points`` (the parameters of the model by the name of the point, in the order of the
        files), ``curves``, and those of a point.
    """
    started = netcdf.Clock.start()
    model, axes = registry.load("model", params["model"]), params["axes"]
    observables = registry.observables(params["model"], model)
    table = netcdf.read(inputs["scan"], "scan", ["status", "tau_int"], params).to_dataframe().reset_index()
    files = {
        point: {name: inputs[name][place] for name in ("samples", "contour")}
        for place, point in enumerate(params["points"])
    }
    rows = []
    for line in lines(list(params["points"]), axes):
        rows += rows_of_line(line, {name: files[name] for name in line}, table, observables, params)
    frame = pd.DataFrame(rows)
    device = Point.of(params | _at(line[0], params)).device
    dataset = points_dataset(frame, axes, model, observables, STATUS)
    netcdf.write(dataset, outputs["curves"], KIND, netcdf.describe_run(params, device, started))
    netcdf.write_table(frame, outputs["table"])


def lines(points: list[str], axes: list[str]) -> Iterator[list[str]]:
    """The points along the first axis, in increasing order, for each combination of the others.

    Examples
    --------
    >>> list(lines(["mu=0,g=1", "mu=0,g=2", "mu=1,g=1", "mu=1,g=2"], ["mu", "g"]))
    [['mu=0,g=1', 'mu=1,g=1'], ['mu=0,g=2', 'mu=1,g=2']]
    """
    found = {}
    for point in points:
        values = values_of(point)
        found.setdefault(tuple(values[axis] for axis in axes[1:]), []).append(point)
    yield from found.values()


def rows_of_line(
    line: list[str],
    files: dict[str, dict],
    table: pd.DataFrame,
    observables: dict[str, Observable],
    params: dict,
) -> list[dict]:
    """The rows of the points of a line and of the values between them."""
    axis = params["axes"][0]
    simulated = [values_of(point)[axis] for point in line]
    wanted = with_values_between(simulated, params["curves"]["points"])
    bounds = middles(simulated)
    runs = []
    for place, point in enumerate(line):
        # up to both neighbours, themselves not included
        low, high = ([-np.inf, *simulated, np.inf][place + shift] for shift in (0, 2))
        asked = sorted(value for value in {*wanted, *bounds} if low < value < high)
        lower = bounds[place - 1] if place else simulated[0]
        row = row_at(table, point)
        if row["status"] == gates.OK:
            here = params | _at(point, params)
            runs.append(measured_run(files[point], here, asked, simulated[place], lower, row["tau_int"]))
        else:
            runs.append(Run({value: Reweighted(row["status"], 0.0) for value in asked}, {}))
    others = {name: value for name, value in values_of(line[0]).items() if name != axis}
    volume = Lattice.parse(params["lattice"]).volume
    found = curve(runs, bounds, wanted)
    return [
        {axis: value, **others} | row_of(place, list(observables), volume) for value, place in found.items()
    ]


def _at(point: str, params: dict) -> dict:
    """The settings that change from point to point."""
    return {"point": point, "parameters": params["points"][point]}


def measured_run(
    files: dict, params: dict, values: list[float], own: float, lower: float, tau_int: float
) -> Run:
    """What the configurations of one point say at these values of the first axis.

    ``own`` is the value of the point, ``tau_int`` its autocorrelation time in trajectories.
    """
    point = Point.of(params)
    samples, path = read_run(files, point)
    axis, observables = params["axes"][0], registry.observables(params["model"], type(point.model))
    theories = {
        value: type(point.model)(point.model.lattice, xp=point.xp, **params["parameters"] | {axis: value})
        for value in values
    }
    measured_by = [at_theory(theory, observables) for theory in theories.values()]
    series = dict(zip(theories, measured(path, samples["field"].values, measured_by), strict=True))
    actions = {value: numbers.pop(ACTION) for value, numbers in series.items()}
    phase = 1j * samples["phase"].values
    log_weights = {value: phase + (actions[own] - action) for value, action in actions.items()}
    return run_of(log_weights, series, own, lower, tau_int / samples.attrs["record_every"])


def at_theory(theory: Model, observables: dict[str, Observable]) -> Callable:
    """A function of a ``ModelPoint``: S and observables of another theory at its configurations, by name."""

    def values(point: ModelPoint) -> dict:
        other = theory.at(point.z)
        return {ACTION: other.value} | {name: one.measure(other) for name, one in observables.items()}

    return values


def row_of(place: Place, names: list[str], volume: int) -> dict:
    """Columns of one value: NAME, NAME_im of every observable, ln_z, ln_z_im, pressure, and errors of all."""
    ln_z, ln_z_im = place.ln_z or (UNKNOWN, UNKNOWN)
    parts = itertools.chain.from_iterable((name, f"{name}_im") for name in names)
    estimates = {part: place.at.values.get(part, UNKNOWN) for part in parts}
    estimates |= {"ln_z": ln_z, "ln_z_im": ln_z_im}
    # relative to the first point, as ln Z is
    estimates["pressure"] = Estimate(ln_z.value / volume, ln_z.error / volume)
    row = {}
    for name, estimate in estimates.items():
        row |= {name: estimate.value, f"{name}_err": estimate.error}
    return row | {"ess": place.at.ess, "status": place.at.status, "ln_z_status": place.ln_z_status}
