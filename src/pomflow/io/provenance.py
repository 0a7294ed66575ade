"""What files of results say of their making, one by one and for a whole scan."""

import json
from collections.abc import Mapping
from pathlib import Path

from pomflow.errors import LostError, StoreError
from pomflow.io import netcdf

DIRTY = "-dirty"
# where the settings of a table of a scan have its points, by the kind of the file
POINTS = {"scan": "points", "exact": "nodes"}
# attributes from netcdf.describe_run
MADE = (
    "config",
    "modules",
    "versions",
    "git_revision",
    "machine",
    "device",
    "created",
    "seconds",
    "cpu_seconds",
)


def of_file(path) -> dict:
    """Everything about one file of results: its making, its variables and its other attributes.

    Parameters
    ----------
    path : path-like
        NetCDF. Tables (csv) and figures stand beside the file of the same job, or of the job before.

    Returns
    -------
    dict
        ``kind``, ``config``, ``modules`` (the fingerprint of the code), ``seed`` (None where a stage draws no
        random numbers), ``versions``, ``git_revision``, ``dirty``, ``machine``, ``device``, ``created``,
        ``seconds``, ``cpu_seconds``; ``variables`` with ``shape``, ``dims``, ``dtype``, ``units`` and
        ``long_name`` each; ``attributes``.

    Raises
    ------
    StoreError
        If the file is missing, damaged or not one of results.
    """
    if Path(path).suffix != ".nc" and Path(path).exists():
        raise StoreError(str(path), "is no NetCDF file", "Name the .nc file that stands beside it.")
    dataset = netcdf.read_any(path)
    variables = {str(name): _describe(array) for name, array in dataset.variables.items()}
    about = _of_attributes(path, dataset.attrs)
    attributes = about.pop("attributes")
    return about | {"variables": variables, "attributes": attributes}


def _of_attributes(path, attributes: Mapping) -> dict:
    """What ``of_file`` tells, without the variables."""
    attributes = {name: _plain(value) for name, value in attributes.items()}
    about = {
        "path": str(path),
        "kind": attributes.pop("pomflow_kind"),
        "format": attributes.pop("pomflow_format"),
    }
    about |= {name: attributes.pop(name) for name in MADE}
    about |= {name: json.loads(about[name]) for name in ("config", "versions")}
    about["seed"] = about["config"].get("seed")
    about["dirty"] = about["git_revision"].endswith(DIRTY)
    about["git_revision"] = about["git_revision"].removesuffix(DIRTY)
    return about | {"attributes": attributes}


def of_folder(folder) -> dict:
    """What the files below a folder have in common, and where they differ.

    Returns
    -------
    dict
        ``files``, how many; ``kinds``, how many of each; ``revisions``, ``versions``, ``machines``,
        ``devices`` and ``seeds``, the files of each value; ``created``, the time of the newest;
        ``cpu_seconds``, their sum; ``diverged``, the files without numbers, by what diverged;
        ``leftovers``, the files of points that no table has any more; ``damaged``, a message for each file
        that cannot be read.

    Raises
    ------
    StoreError
        If there are none.
    """
    found = files(folder)
    if not found:
        raise StoreError(str(folder), "holds no results", "Name a folder such as results/default.")
    return of_files(folder, found)


def of_files(folder, paths) -> dict:
    """The same of some files, named by their folder."""
    about, damaged = [], []
    for path in paths:
        try:
            about.append(_of_attributes(path, netcdf.read_provenance(path)))
        except StoreError as error:
            damaged.append(str(error))
    return {
        "path": str(folder),
        "files": len(about),
        "kinds": {kind: len(paths) for kind, paths in _by(about, "kind").items()},
        "revisions": _by(about, "git_revision", "dirty"),
        "versions": _by(about, "versions"),
        "machines": _by(about, "machine"),
        "devices": _by(about, "device"),
        "seeds": _by(about, "seed"),
        "created": max((file["created"] for file in about), default=""),
        "cpu_seconds": round(sum(file["cpu_seconds"] for file in about), 3),
        "diverged": _diverged(about),
        "leftovers": _leftovers(about),
        "damaged": damaged,
    }


def revisions(folder) -> dict[str, list[str]]:
    """The git revisions that made the files below a folder, '-dirty' where changed, and the files of each.

    More than one means that results of different code stand side by side.
    """
    return of_folder(folder)["revisions"]


def sampled(folder) -> list[tuple[str, str, str, str]]:
    """(study, lattice, contour, point) of all that is sampled in the folder of a scan."""
    folder = Path(folder)
    found = sorted(folder.glob("*/L*/*/*/samples.nc"))
    parts = [path.relative_to(folder).parts for path in found]
    return [(study, lattice[1:], contour, point) for study, lattice, contour, point, _ in parts]


def files(folder) -> list[Path]:
    """Every file below a folder that says how it was made."""
    return sorted(path for path in Path(folder).rglob("*.nc") if not path.name.startswith("."))


def _by(about: list[dict], *names: str) -> dict[str, list[str]]:
    """The paths of files by the text of what they say."""
    found = {}
    for file in about:
        text = _text(file[names[0]]) + (DIRTY if "dirty" in names and file["dirty"] else "")
        found.setdefault(text, []).append(file["path"])
    return dict(sorted(found.items()))


def _diverged(about: list[dict]) -> dict[str, list[str]]:
    """The paths of files that hold no numbers, by the error that they pass on."""
    found = {}
    for file in about:
        told = [file["attributes"].get(name) for name in netcdf.LOST]
        if None not in told:
            found.setdefault(str(LostError(*told)), []).append(file["path"])
    return found


def _leftovers(about: list[dict]) -> list[str]:
    """The paths of files in folders of points that are in no table, as of an earlier ``worm.spacing``.

    METHOD/POINT/NAME.nc belongs to the table in METHOD, or where there is none, as on the plane, to those of
    the other methods of the lattice.
    """
    tables = {
        Path(file["path"]).parent: set(file["config"].get(POINTS[file["kind"]], ()))
        for file in about
        if file["kind"] in POINTS
    }

    def left(path: Path) -> bool:
        method = path.parent.parent
        beside = [points for folder, points in tables.items() if folder.parent == method.parent]
        known = [tables[method]] if method in tables else beside
        return bool(known) and path.parent.name not in set().union(*known)

    return [file["path"] for file in about if left(Path(file["path"]))]


def _text(value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {version}" for name, version in sorted(value.items()))
    return "none" if value in (None, "") else str(value)


def _describe(array) -> dict:
    return {
        "dims": list(map(str, array.dims)),
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "units": array.attrs.get("units", ""),
        "long_name": array.attrs.get("long_name", ""),
    }


def _plain(value):
    """An attribute as JSON has it."""
    return value.tolist() if hasattr(value, "tolist") else value
