"""Drawing: read the files that a figure shows and save it as png and pdf."""

import numpy as np

from pomflow import store
from pomflow.backend import to_host
from pomflow.plotting import common
from pomflow.stages.phi4 import SAMPLES, Point

CONFIGURATIONS = 2000


def scan(inputs: dict, outputs: dict, params: dict) -> None:
    """A figure of the whole scan: ``params['figure']`` from ``inputs['scan']``."""
    table = store.read(inputs["scan"], "scan", ["apf_re", "status"])
    common.make(params["figure"], outputs, params, table)


def training(inputs: dict, outputs: dict, params: dict) -> None:
    """The history of the optimization at every mu, from a list of contour files."""
    common.make(
        "training", outputs, params, _by_mu(inputs["contour"], params, "contour", ["apf_re", "gradient_norm"])
    )


def history(inputs: dict, outputs: dict, params: dict) -> None:
    """Thermalization and Monte Carlo history, from a list of samples."""
    common.make("history", outputs, params, _by_mu(inputs["samples"], params, "samples", SAMPLES))


def phase(inputs: dict, outputs: dict, params: dict) -> None:
    """The distribution of the phase, from samples on the contour and on the plane."""
    contour, plane = (_by_mu(inputs[name], params, "samples", SAMPLES) for name in ("samples", "plane"))
    common.make("phase", outputs, params, contour, plane)


def correlation(inputs: dict, outputs: dict, params: dict) -> None:
    """Im z against Re z at the temporal neighbours, from samples and the contours they lie on."""
    samples = _by_mu(inputs["samples"], params, "samples", SAMPLES)
    contours = _by_mu(inputs["contour"], params, "contour", ["theta"])
    pairs = {mu: neighbour_pairs(samples[mu], contours[mu], params | {"mu": mu}) for mu in samples}
    common.make("correlation", outputs, params, pairs)


def compare(inputs: dict, outputs: dict, params: dict) -> None:
    """All contours and baselines on all lattices, from ``inputs['comparison']``."""
    table = store.read(inputs["comparison"], "comparison", ["apf_re", "ess_per_second", "status"])
    common.make("compare", outputs, params, table)


def neighbour_pairs(samples, contour, params: dict):
    """Re z_2 at x + 0, Re z_2 at x - 0 and Im z_1 at x, each flat over configurations and sites."""
    point = Point.of(params)
    fields = samples["field"].values
    latest = fields.swapaxes(0, 1).reshape(-1, fields.shape[-1])[-CONFIGURATIONS:]
    path = point.path(point.contour(params["contour"], params["network"]), contour["theta"].values)
    z = to_host(path.at(point.xp.asarray(latest)).z).reshape(len(latest), 2, -1)
    lattice = point.action.lattice
    neighbours = (z[:, 1].real[:, table[0]] for table in (lattice.forward, lattice.backward))
    return tuple(np.ravel(part) for part in (*neighbours, z[:, 0].imag))


def _by_mu(paths, params: dict, kind: str, variables) -> dict:
    """Files by the text of mu."""
    return {mu: store.read(path, kind, variables) for mu, path in zip(params["mu"], paths, strict=True)}
