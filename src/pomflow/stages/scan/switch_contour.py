"""-ln APF0 / V on a trained contour, which is switched on from the undeformed plane."""

import numpy as np
import xarray as xr

from pomflow.analysis import gates, statistics
from pomflow.analysis.estimates import UNKNOWN, Estimate
from pomflow.contours.path import Path
from pomflow.errors import ConfigError
from pomflow.io import netcdf
from pomflow.io.checkpoint import Checkpoint
from pomflow.jobs import faults
from pomflow.jobs.progress import Progress
from pomflow.models.simulation import FREE_ENERGY
from pomflow.numerics.gauss import rule
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import sample
from pomflow.samplers.path_switch import free_energy, integrand, starts_at_plane, switched
from pomflow.stages.scan.columns import words_of
from pomflow.stages.scan.measure_observables import health
from pomflow.stages.scan.point import Point, read_theta, samples_dataset, write
from pomflow.stages.scan.results import variables_of
from pomflow.stages.scan.sampling import last_fields

KIND = FREE_ENERGY
# there is no average over phases at a node
NODE_GATES = tuple(name for name in gates.HYBRID_MONTE_CARLO if name != "apf")


@faults.recorded(KIND)
def run(inputs: dict, outputs: dict, params: dict, checkpoint: Checkpoint) -> None:
    """Write ``outputs['free_energy']``: the integrand at the nodes of Gauss's rule, and the integral.

    Chains of the section ``hmc`` run on the contour of ``inputs['contour']`` at every node; the average phase
    factor comes from ``inputs['observables']``, measured on the contour itself. ``status`` is that of the
    first node that fails a gate, and the free energy is then unknown.

    Raises
    ------
    ConfigError
        If the contour without its parameters is not the undeformed plane.
    """
    point, name = Point.of(params), params["contour"]
    contour = point.contour(name, params["network"])
    path = point.path(contour, read_theta(inputs["contour"], "contour", contour, point))
    settings = params["hmc"] | {"trajectories": params[KIND]["trajectories"], "record_every": 1}
    first = last_fields(inputs["start"], point, settings["chains"]) if "start" in inputs else None
    stream, where = point.stream("switch_contour", name), point.where(f"switch_contour {name}")
    if not starts_at_plane(path, stream.child("look").normals(0, 2, point.model.size)):
        what = f"'{name}' without its parameters is not the undeformed plane, where it would begin"
        raise ConfigError(f"{KIND}.nodes", what, "Take 0, or another contour.")
    nodes = []
    for s in rule(params[KIND]["nodes"])[0]:
        label = f"s={s:.3f}"
        chains = settings, stream.child(label), f"{where} {label}", checkpoint.part(label), first
        nodes.append(_node(path, float(s), *chains))
    apf = _average_phase_factor(inputs["observables"], params)
    s, estimates, statuses = zip(*nodes, strict=True)
    status = next((status for status in statuses if status != gates.OK), gates.OK)
    found = free_energy(apf, estimates, point.model.lattice.volume) if status == gates.OK else UNKNOWN
    dataset = xr.Dataset(
        {
            "integrand": ("node", [one.value for one in estimates], netcdf.about("d ln Z_s / ds")),
            "integrand_err": ("node", [one.error for one in estimates], netcdf.about("its error")),
            "node_status": ("node", np.array(statuses, dtype=object), netcdf.about("ok, or what failed")),
            **variables_of(FREE_ENERGY, found, *words_of(FREE_ENERGY, {})),
            "status": ((), status, netcdf.about(*words_of("status", {}))),
        },
        coords={"s": ("node", list(s), netcdf.about("share of the parameters of the contour"))},
    )
    write(dataset, outputs["free_energy"], KIND, point, checkpoint.clock)


def _node(
    path: Path, s: float, settings: dict, stream: Stream, where: str, checkpoint: Checkpoint, first
) -> tuple[float, Estimate, str]:
    """s, the integrand there, and the status of its run."""
    numbers = Progress(range(settings["thermalization"] + settings["trajectories"]), where)
    record = sample(switched(path, s), settings, stream, numbers, where, checkpoint, first=first)
    series = integrand(path, s, record.t)
    found = statistics.mean(series)
    # an ensemble of moduli, in which every phase factor is 1
    judged = health(samples_dataset(record, settings), np.ones_like(series), {KIND: series}, found.tau_int)
    row = {KIND: found.value, f"{KIND}_err": found.error}
    for key, one in judged.items():
        row |= {key: one.value, f"{key}_err": one.error} if isinstance(one, Estimate) else {key: one}
    return s, found, gates.status(row, NODE_GATES)


def _average_phase_factor(path, params: dict) -> tuple[Estimate, Estimate]:
    """Real and imaginary part of it on the contour."""
    measured = netcdf.read(path, "observables", ["apf_re", "apf_im"], params)
    return Estimate.of(measured, "apf_re"), Estimate.of(measured, "apf_im")
