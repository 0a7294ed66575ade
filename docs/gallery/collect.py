"""Bring figures and tables of finished scans into docs/gallery; `make gallery` runs the scans and then this.

Of each scan the gallery keeps figures (png), tables (csv), the config and, in runs.md, how it was made. With
names of scans as arguments only those are brought.
"""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

import models
from pomflow.analysis import gates
from pomflow.errors import PomflowError
from pomflow.io import netcdf, provenance
from pomflow.models.simulation import EXACT
from pomflow.plotting import common

GALLERY = Path(__file__).parent
ROOT = GALLERY.parent.parent
RESULTS = ROOT / "results"
# of every system of spins
SPIN_FIGURES = ("specific_heat", "critical_temperature", "exponents")
SPIN_TABLES = ("thermodynamics", "critical_temperature", "exponents", "classifiers")
SPINS = ("potts3", "potts10", "ising3d")
# figures and tables of every scan, below results/NAME
SCANS = {
    "paper": {
        "figures": [
            f"figures/phi4_L{lattice}_dense_{name}.png"
            for lattice in ("4x4", "6x6", "8x8")
            for name in ("apf", "apf_im", "density")
        ],
        "tables": [f"phi4/L{lattice}/dense/scan.csv" for lattice in ("4x4", "6x6", "8x8")],
    },
    "volume": {
        "figures": [
            f"figures/phi4_L{lattice}_equivariant_{name}.png"
            for lattice in ("12x12", "16x16")
            for name in ("apf", "density")
        ],
        "tables": [
            f"phi4/L{lattice}/{contour}/scan.csv"
            for lattice in ("4x4", "8x8", "12x12", "16x16")
            for contour in ("linear", "equivariant")
        ],
    },
    "large": {
        "figures": [f"figures/phi4_L32x32_layered_{name}.png" for name in ("apf", "density")],
        "tables": [
            f"phi4/L{lattice}/{contour}/scan.csv"
            for lattice in ("16x16", "32x32")
            for contour in ("linear", "layered")
        ],
    },
    "bose4d": {
        "figures": [
            "figures/bose_free_energy.png",
            *(f"figures/bose_L8x8x8x8_layered_{name}.png" for name in ("apf", "density")),
        ],
        "tables": [
            f"bose/L{lattice}/{source}/scan.csv"
            for lattice in ("4x4x4x4", "6x6x6x6", "8x8x8x8")
            for source in ("linear", "layered", EXACT)
        ],
    },
    "ising": {
        "figures": [f"figures/ising_{name}.png" for name in SPIN_FIGURES],
        "tables": [f"ising/{name}.csv" for name in SPIN_TABLES],
    },
    "potts": {
        "figures": [f"figures/ising_{system}_{name}.png" for system in SPINS for name in SPIN_FIGURES],
        "tables": [f"ising/{system}_{name}.csv" for system in SPINS for name in SPIN_TABLES],
    },
    models.NAME: {"figures": models.figures(), "tables": models.tables()},
}
# scans of the figure of all contours against the volume, and the points shown, which all of them have
VOLUME = ("paper", "volume", "large")
SHOWN = ["mu=0.8", "mu=1.2", "mu=2"]
HEADER = ["scan", "config", "revision", "device", "processor time, h", "points", "status ok", "largest pull"]


def main(names: list[str]) -> None:
    """Copy, draw, and write runs.md."""
    scans = {scan: SCANS[scan] for scan in names or SCANS}
    for scan, files in scans.items():
        bring(scan, files["figures"] + files["tables"])
        shutil.copy(ROOT / "config" / f"{scan}.yaml", GALLERY / scan / "config.yaml")
    if not scans.keys().isdisjoint(VOLUME):
        against_volume()
    if models.NAME in scans:
        netcdf.write_text(models.page(RESULTS / models.NAME), GALLERY / "models.md")
    netcdf.write_text(runs(scans), GALLERY / "runs.md")


def bring(scan: str, files: list[str]) -> None:
    """Copy files of results into the scan's folder of the gallery, by names without folders."""
    folder = GALLERY / scan
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in files:
        shutil.copy(RESULTS / scan / name, folder / flat(name))


def flat(name: str) -> str:
    """phi4/L4x4/dense/scan.csv becomes L4x4_dense_scan.csv; figures keep their names."""
    first, _, rest = name.partition("/")
    return (rest if first in ("figures", "phi4", "bose", "ising") else name).replace("/", "_")


def against_volume() -> None:
    """The phase of every contour of the phi^4 theory against the volume, from the tables that are here."""
    scans = {}
    for scan in VOLUME:
        for path in sorted((GALLERY / scan).glob("L*_scan.csv")):
            lattice, contour = path.stem.removeprefix("L").removesuffix("_scan").split("_")
            # where two scans have the same path on the same lattice, one stands for both
            scans.setdefault((lattice, contour), pd.read_csv(path).set_index("mu").to_xarray())
    theory = {"model": "complex_phi4", "parameters": {"mass": 1.0, "coupling": 1.0}}
    params = theory | {"shown": SHOWN, "style": "paper", "language": "en"}
    outputs = {kind: GALLERY / f"phi4_volume.{kind}" for kind in ("png", "pdf")}
    common.make("volume", outputs, params, [(*place, table) for place, table in scans.items()])
    outputs["pdf"].unlink()


def runs(brought: Iterable[str]) -> str:
    """How each scan was made, as a page; what is not brought now keeps its row."""
    kept = {}
    for line in (GALLERY / "runs.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        kept |= {cells[0]: cells} if cells else {}
    rows = [run(scan) if scan in brought else kept[scan] for scan in SCANS if scan in {*brought, *kept}]
    table = "\n".join("| " + " | ".join(line) + " |" for line in [HEADER, ["---"] * len(HEADER), *rows])
    return f"# How the gallery was made\n\nWritten by `make gallery`.\n\n{table}\n"


def run(scan: str) -> list[str]:
    """A row of that table."""
    about = provenance.of_folder(RESULTS / scan)
    found = sorted((GALLERY / scan).glob("*_scan.csv"))
    tables = [pd.read_csv(path) for path in found if not path.stem.endswith(f"{EXACT}_scan")]
    points = pd.concat(tables) if tables else pd.DataFrame({"status": []})
    good = points[points["status"] == gates.OK]
    # a contour has no part in the phase of the undeformed plane
    pulls = good.filter(regex="_pull$").drop(columns=["apf0_pull", "apf0_im_pull"], errors="ignore").abs()
    counted = [str(len(points)), str(len(good)), f"{pulls.max().max():.1f}"]
    return [
        scan,
        f"[config]({scan}/config.yaml)",
        ", ".join(about["revisions"]),
        ", ".join(about["devices"]),
        f"{about['cpu_seconds'] / 3600:.2g}",
        *(counted if tables else ["", "", ""]),
    ]


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (PomflowError, FileNotFoundError) as error:
        sys.exit(f"gallery: {error}\nRun the scans first, with `make gallery`.")
