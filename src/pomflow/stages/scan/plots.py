"""Drawing: read the files that a figure shows and save it as png and pdf."""

from pomflow.errors import LostError
from pomflow.io import netcdf
from pomflow.models.simulation import EXACT, FREE_ENERGY
from pomflow.numerics.backend import to_host
from pomflow.plotting import common
from pomflow.stages.scan.columns import SWITCH_STATUS
from pomflow.stages.scan.point import SAMPLES, Point

CONFIGURATIONS = 2000
# which kind of file an input is
KINDS = {"contour": "contour", "samples": "samples", "plane": "samples"}


def scan(inputs: dict, outputs: dict, params: dict) -> None:
    """A figure of the whole scan from ``inputs['scan']``, by the drawing ``params['drawing']``."""
    table = netcdf.read(inputs["scan"], "scan", ["apf_re", "status"])
    common.make(params["drawing"], outputs, params, table)


def curve(inputs: dict, outputs: dict, params: dict) -> None:
    """A curve between the points from ``inputs['curves']``, through those of ``inputs['scan']``."""
    curves = netcdf.read(inputs["curves"], "curves", ["ln_z", "status"])
    scan = netcdf.read(inputs["scan"], "scan", ["apf_re", "status"])
    common.make("curve", outputs, params, curves, scan)


def series(inputs: dict, outputs: dict, params: dict) -> None:
    """A series at the points from ``inputs['series']``, judged by the table ``inputs['scan']``."""
    name = params["figure"]
    values = netcdf.read(inputs["series"], "series", [name, f"{name}_err"])
    scan = netcdf.read(inputs["scan"], "scan", ["apf_re", "status"])
    common.make("series", outputs, params, values, scan)


def training(inputs: dict, outputs: dict, params: dict) -> None:
    """The history of the optimization at every point, from a list of contour files."""
    _make("training", inputs, outputs, params, contour=["apf_re", "gradient_norm"])


def history(inputs: dict, outputs: dict, params: dict) -> None:
    """Thermalization and Monte Carlo history, from a list of samples."""
    _make("history", inputs, outputs, params, samples=SAMPLES)


def phase(inputs: dict, outputs: dict, params: dict) -> None:
    """The distribution of the phase, from samples on the contour and, where there is one, on the plane."""
    names = {name: SAMPLES for name in ("samples", "plane") if name in inputs}
    files, lost = _by_point(inputs, params, **names)
    common.make("phase", outputs, params, files["samples"], files.get("plane", {}), lost=lost)


def correlation(inputs: dict, outputs: dict, params: dict) -> None:
    """Im z against the real parts that it depends on most, from samples and the contours they lie on."""
    files, lost = _by_point(inputs, params, samples=SAMPLES, contour=["theta"])
    pairs = {
        point: learned_pairs(samples, files["contour"][point], _at(params, point))
        for point, samples in files["samples"].items()
    }
    common.make("correlation", outputs, params, pairs, lost=lost)


def volume(inputs: dict, outputs: dict, params: dict) -> None:
    """The phase against the volume, from ``inputs['scan']``, a table for each of ``params['pairs']``."""
    tables = [netcdf.read(path, "scan", ["apf_re", "status"]) for path in inputs["scan"]]
    scans = [(*pair, table) for pair, table in zip(params["pairs"], tables, strict=True)]
    common.make("volume", outputs, params, scans)


def free_energy(inputs: dict, outputs: dict, params: dict) -> None:
    """-ln APF0 / V of every lattice.

    From ``inputs['exact']``, a table for each of ``params['lattices']``, and ``inputs['scan']``, one for each
    of ``params['pairs']``; either may be missing.
    """
    tables = {}
    for lattice, path in zip(params["lattices"], inputs.get("exact", ()), strict=True):
        tables[lattice, EXACT] = netcdf.read(path, "exact", [FREE_ENERGY, "status"])
    for pair, path in zip(params["pairs"], inputs.get("scan", ()), strict=True):
        table = netcdf.read(path, "scan", [FREE_ENERGY, SWITCH_STATUS])
        kept = table[[FREE_ENERGY, f"{FREE_ENERGY}_err", SWITCH_STATUS]]
        tables[tuple(pair)] = kept.rename({SWITCH_STATUS: "status"})
    common.make("free_energy", outputs, params, tables)


def finite_size(inputs: dict, outputs: dict, params: dict) -> None:
    """The curves of all lattices and the fits to them, from ``inputs['finite_size']``."""
    table = netcdf.read(inputs["finite_size"], "finite_size", ["critical", "data_curve"])
    common.make("finite_size", outputs, params, table)


def compare(inputs: dict, outputs: dict, params: dict) -> None:
    """All contours and baselines on all lattices, from ``inputs['comparison']``."""
    table = netcdf.read(inputs["comparison"], "comparison", ["apf_re", "ess_per_second", "status"])
    common.make("compare", outputs, params, table)


def _at(params: dict, point: str) -> dict:
    """The settings of a figure for one of its points."""
    return params | {"point": point, "parameters": params["points"][point]}


def learned_pairs(samples, contour, params: dict) -> dict:
    """The panels of the figure ``correlation``: flat arrays by the TeX of their real and imaginary parts."""
    point = Point.of(params)
    fields = samples["field"].values
    latest = fields.swapaxes(0, 1).reshape(-1, fields.shape[-1])[-CONFIGURATIONS:]
    path = point.path(point.contour(params["contour"], params["network"]), contour["theta"].values)
    z = point.model.fields(to_host(path.at(point.xp.asarray(latest)).z))
    if not point.model.complex_scalar:
        return {
            (f"z_{component}", f"z_{component}"): (values.real.ravel(), values.imag.ravel())
            for component, values in enumerate(z.swapaxes(0, 1))
        }
    lattice = point.model.lattice
    return {
        (rf"z_{{2,x{sign}\hat 0}}", "z_{1,x}"): (z[:, 1].real[:, table[0]].ravel(), z[:, 0].imag.ravel())
        for sign, table in (("+", lattice.forward), ("-", lattice.backward))
    }


def _make(name: str, inputs: dict, outputs: dict, params: dict, **variables) -> None:
    """A figure of files of several points, in the order in which their variables are named."""
    files, lost = _by_point(inputs, params, **variables)
    common.make(name, outputs, params, *files.values(), lost=lost)


def _by_point(inputs: dict, params: dict, **variables) -> tuple[dict, list[str]]:
    """For each input its files by point, and the points that are left out because one diverged."""
    files, lost = {name: {} for name in variables}, []
    for place, point in enumerate(params["points"]):
        try:
            found = {name: netcdf.read(inputs[name][place], KINDS[name], variables[name]) for name in files}
        except LostError:
            lost.append(point)
        else:
            for name, file in found.items():
                files[name][point] = file
    return files, lost
