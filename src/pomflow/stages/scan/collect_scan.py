"""All points of one lattice and contour in one table, beside the plane, the mean field and exact values."""

import math

import pandas as pd

from pomflow import registry
from pomflow.analysis import gates
from pomflow.analysis.estimates import UNKNOWN, Estimate, pull
from pomflow.analysis.independence import STATUS as INDEPENDENCE
from pomflow.analysis.independence import largest_pulls, with_independence
from pomflow.analysis.trainings import STATUS as TRAININGS
from pomflow.analysis.trainings import with_trainings
from pomflow.config.scan import PLANE, row_at, values_of
from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.lattice import Lattice
from pomflow.models.base import Model
from pomflow.models.observables import Observable
from pomflow.models.simulation import FREE_ENERGY, Simulation
from pomflow.stages.scan.columns import CONTROLLED, GAIN, SWITCH_STATUS
from pomflow.stages.scan.measure_observables import JACKKNIFE, QUANTITIES
from pomflow.stages.scan.results import points_dataset
from pomflow.stages.scan.trainings import FURTHER_STATUS, training_columns

KIND = "scan"
STATUS = ("status", "status0", FURTHER_STATUS, SWITCH_STATUS)
HEALTH = (
    "acceptance",
    "acceptance_min",
    "exp_dh",
    "exp_dh_err",
    "tau_phase",
    "tau_int",
    "ess",
    "largest_weight",
    "n_samples",
    "thermalization",
)
# of later releases, so behind the columns of earlier ones
ADDED = ("dh_balance", "dh_balance_err")


def run(inputs: dict, outputs: dict, params: dict) -> None:
    """Write ``outputs['scan']`` (NetCDF) and ``outputs['table']`` (csv).

    Parameters
    ----------
    inputs : dict
        Lists of files ``contour`` and, where the model has one, ``plane``, one a point; ``others``, where
        there are any, the same of the other contours, one contour after the other; ``trainings``, where there
        are further ones of the contour, the same of them, one training after the other; ``quantities``, what
        was made from means on the contour, one a point; ``exact``, the table of the exact simulation, where
        there is one; ``free_energy``, that of the phase on the contour, one a point, where it was measured.
    params : dict
        ``axes``, ``points`` (the parameters of the model by the name of the point, in the order of the
        files), ``nodes`` (where a point is simulated exactly: the name of the point of that table),
        ``contour``, ``others`` (the names of the other contours), and ``lattice``, ``model``.
    """
    started = netcdf.Clock.start()
    model, lattice = registry.load("model", params["model"]), Lattice.parse(params["lattice"])
    observables = registry.observables(params["model"], model)
    quantities = registry.quantities(params["model"], model)
    numbers = [name for name, one in quantities.items() if not one.dimensions]
    names = [*observables]
    with_identities = model.has_identities()
    simulable = _of_quantities(model.stated("simulation")) if "exact" in inputs else ()
    theories = {point: model(lattice, **values) for point, values in params["points"].items()}
    simulated = _simulated(inputs["exact"], params, observables | quantities) if "exact" in inputs else {}
    files, rows = _files_by_contour(inputs, params), []
    exact = _exact_values(simulated, PLANE in files, theories, observables)
    for place, (point, theory) in enumerate(theories.items()):
        here = params | {"parameters": params["points"][point]}
        runs = {contour: _measured(paths[place], names, here) for contour, paths in files.items()}
        row = scan_row(runs, params["contour"], names, theory.mean_field_values(), exact[point])
        known = simulated.get(point, {}) if simulated else None
        row |= best_column(theory) | free_energy_columns(known)
        derived = _read(inputs["quantities"][place], QUANTITIES, [*numbers, JACKKNIFE], here)
        sought = {name: (known or {}).get(name, UNKNOWN) for name in numbers if name in simulable}
        row |= quantity_columns(derived, numbers, sought)
        if with_identities:
            row |= controlled_columns(derived, names, exact[point])
        if "trainings" in inputs:
            further = [_measured(path, names, here) for path in inputs["trainings"][place :: len(theories)]]
            row |= _of_trainings([runs[params["contour"]], *further], row["status"], names)
        if FREE_ENERGY in inputs:
            row |= switch_columns(inputs[FREE_ENERGY][place], here, known, row["status"])
        rows.append(values_of(point) | row)
    table = pd.DataFrame(rows)
    dataset = points_dataset(table, params["axes"], model, observables | quantities, STATUS)
    netcdf.write(dataset, outputs["scan"], KIND, netcdf.describe_run(params, "CPU", started))
    netcdf.write_table(table, outputs["table"])


def _files_by_contour(inputs: dict, params: dict) -> dict[str, list]:
    """The observables of every contour, one file a point."""
    files = {params["contour"]: inputs["contour"]} | ({PLANE: inputs["plane"]} if "plane" in inputs else {})
    count = len(params["points"])
    for place, name in enumerate(params["others"]):
        files[name] = inputs["others"][place * count : (place + 1) * count]
    return files


def scan_row(
    runs: dict[str, dict],
    contour: str,
    names: list[str],
    mean_field: dict[str, float],
    exact: dict[str, Estimate],
) -> dict:
    """One row of scan.csv: ``apf`` and NAME on the contour, ``apf0`` and NAME0 on the undeformed plane.

    ``runs`` are the measured numbers of all contours of the point by their names; without a plane among them
    its columns are left out. ``names`` are those of the observables; ``exact`` are exact values by name.
    """
    path, plane, row = runs[contour], runs.get(PLANE), {}
    for part in ("apf_re", "apf_im"):
        row |= _with_error(path, part, part)
    for part in ("apf_re", "apf_im") if plane is not None else ():
        row |= _with_error(plane, part, part.replace("apf", "apf0"))
    for name in names:
        row |= _with_error(path, name, name) | _with_error(path, f"{name}_im", f"{name}_im")
        row |= _with_error(plane, name, f"{name}0") if plane is not None else {}
    row |= {f"{name}_mf": value for name, value in mean_field.items()}
    row |= _exact_columns(row, exact)
    row |= {name: path[name] for name in HEALTH}
    statuses, pulls = _judged(runs, names)
    row["status"] = statuses[contour]
    if plane is not None:
        row["status0"] = statuses[PLANE]
    return row | {name: path[name] for name in ADDED} | {INDEPENDENCE: pulls[contour]}


def _judged(runs: dict[str, dict], names: list[str]) -> tuple[dict[str, str], dict[str, float]]:
    """Status and largest pull with another contour, of every contour."""
    own = {name: _own_status(run) for name, run in runs.items()}
    pulls = largest_pulls(runs, own, names)
    return with_independence(own, pulls), pulls


def _own_status(run: dict) -> str:
    return gates.DIVERGED if run is NO_NUMBERS else gates.status(run)


def _of_trainings(runs: list[dict], status: str, names: list[str]) -> dict:
    """The columns of several trainings, behind all others, and the status after a look at all of them."""
    columns = training_columns(runs, list(map(_own_status, runs)), names)
    return columns | {"status": with_trainings(status, columns[TRAININGS])}


def best_column(theory: Model) -> dict[str, float]:
    """The last column of scan.csv, of a model that states ``best`` alone."""
    best = theory.best_phase_factor()
    return {} if best is None else {"apf_best": best}


def free_energy_columns(known: dict[str, Estimate] | None) -> dict[str, float]:
    """-ln APF0 / V of the exact simulation, behind all others; none where nothing is simulated (None)."""
    if known is None:
        return {}
    estimate, name = known.get(FREE_ENERGY, UNKNOWN), f"{FREE_ENERGY}_exact"
    return {name: estimate.value, f"{name}_err": estimate.error}


def switch_columns(path, params: dict, known: dict[str, Estimate] | None, status: str) -> dict:
    """-ln APF0 / V on the contour, behind all others, with its pull where something is simulated exactly.

    It rests on the average phase factor of the contour, whose ``status`` must be good as well.
    """
    try:
        found = netcdf.read(path, FREE_ENERGY, [FREE_ENERGY, "status"], params)
    except LostError:
        estimate, own = UNKNOWN, gates.DIVERGED
    else:
        estimate, own = Estimate.of(found, FREE_ENERGY), found["status"].item()
    if status != gates.OK:
        estimate, own = UNKNOWN, status
    row = {FREE_ENERGY: estimate.value, f"{FREE_ENERGY}_err": estimate.error}
    if known is not None:
        row[f"{FREE_ENERGY}_pull"] = pull(estimate, known.get(FREE_ENERGY, UNKNOWN))
    return row | {SWITCH_STATUS: own}


def quantity_columns(
    derived: dict[str, float], numbers: list[str], exact: dict[str, Estimate]
) -> dict[str, float]:
    """Numbers made from means, behind all others, with the check of their errors by a jackknife.

    ``exact`` are the exact values of some of them.
    """
    row = {}
    for name in numbers:
        row |= _with_error(derived, name, name)
        if name in exact:
            row |= _exact_columns(row, {name: exact[name]})
    return row | {JACKKNIFE: derived[JACKKNIFE]}


def controlled_columns(
    derived: dict[str, float], names: list[str], exact: dict[str, Estimate]
) -> dict[str, float]:
    """Observables with control variates, behind these, with pulls where exact values are known."""
    row = {}
    for name in names:
        key = f"{name}{CONTROLLED}"
        row |= _with_error(derived, key, key)
        if name in exact:
            row[f"{key}_pull"] = pull(Estimate.of(row, key), exact[name])
        row[f"{name}{GAIN}"] = derived[f"{name}{GAIN}"]
    return row


class _NoNumbers(dict):
    """Of a run that diverged every number is NaN."""

    def __missing__(self, name: str) -> float:
        return math.nan


NO_NUMBERS = _NoNumbers()


def _measured(path, names: list[str], params: dict) -> dict[str, float]:
    return _read(path, "observables", ["apf_re", "apf_im", *names, *HEALTH, *ADDED], params)


def _read(path, kind: str, names: list[str], params: dict) -> dict[str, float]:
    """The numbers of a file, without its arrays; of a run that diverged all are NaN."""
    try:
        dataset = netcdf.read(path, kind, names, params)
    except LostError:
        return NO_NUMBERS
    return {name: values.item() for name, values in dataset.data_vars.items() if not values.ndim}


def _with_error(source: dict, name: str, column: str) -> dict:
    return {column: source[name], f"{column}_err": source[f"{name}_err"]}


def _exact_values(
    simulated: dict, with_plane: bool, theories: dict[str, Model], observables: dict[str, Observable]
) -> dict[str, dict[str, Estimate]]:
    """Exact values by name for every point: the same names everywhere, where one is unknown NaN.

    They are those of the exact simulation where the point is simulated, else what the model itself knows.
    """
    known = {
        point: simulated[point] if point in simulated else theory.exact_values()
        for point, theory in theories.items()
    }
    own = [name for name, one in observables.items() if one.own]
    wanted = [*own, *(name for name in observables if name not in own)]
    wanted += ["apf0"] if with_plane else []
    names = [
        part
        for name in wanted
        for part in (name, f"{name}_im")
        if part in own or part == "apf0" or any(part in values for values in known.values())
    ]
    return {point: {name: values.get(name, UNKNOWN) for name in names} for point, values in known.items()}


def _simulated(path, params: dict, observables: dict[str, Observable]) -> dict[str, dict[str, Estimate]]:
    """Values of the exact simulation by point; of one that failed its gates nothing is known."""
    simulation = registry.load("model", params["model"]).stated("simulation")
    names = [*simulation.measured, "apf0", FREE_ENERGY, *_of_quantities(simulation)]
    values = list(params["points"].values())
    fixed = {name: value for name, value in values[0].items() if name not in params["axes"]}
    read = netcdf.read(path, "exact", [*names, "status"], params | {"parameters": fixed})
    table, found = read.to_dataframe().reset_index(), {}
    for point, node in params["nodes"].items():
        row = row_at(table, node)
        good = row["status"] == gates.OK
        known = {name: Estimate.of(row, name) for name in names} if good else {}
        value = params["points"][point][simulation.axis]
        found[point] = {
            name: _reflected(one) if value < 0 and _is_odd(name, simulation.axis, observables) else one
            for name, one in known.items()
        }
    return found


def _of_quantities(simulation: Simulation) -> tuple[str, ...]:
    """The quantities that an exact simulation may know."""
    return ("susceptibility", *simulation.also)


def _is_odd(name: str, axis: str, observables: dict[str, Observable]) -> bool:
    return name in observables and axis in observables[name].odd


def _reflected(estimate: Estimate) -> Estimate:
    return Estimate(-estimate.value, estimate.error)


def _exact_columns(row: dict, exact: dict[str, Estimate]) -> dict:
    """Exact values and the pull: the difference in combined standard errors."""
    columns = {}
    for name, value in exact.items():
        columns |= {f"{name}_exact": value.value, f"{name}_exact_err": value.error}
        measured = "apf0_re" if name == "apf0" else name
        columns[f"{name}_pull"] = pull(Estimate.of(row, measured), value)
    return columns
