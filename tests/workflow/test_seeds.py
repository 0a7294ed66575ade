"""Further trainings in a real run: beside a finished scan, which stays as it is, the same in any order."""

import pandas as pd
import xarray as xr

from pomflow.config.trainings import label_of
from small_scan import SMALL, changed

TWICE = changed(seeds=2)
TABLE = "results/small/phi4/L2x2/dense/scan.csv"
STAGES = ("train_network", "optimize_contour", "sample_contour", "measure_observables")
POINT = "results/small/phi4/L2x2/dense{}/mu=0.8/{}.nc"


def parameters(project, training: int):
    """Of the trained contour."""
    path = project.folder / POINT.format(label_of(training), "contour")
    return xr.load_dataset(path, engine="h5netcdf")["theta"].values


def test_further_trainings_add_columns_and_change_no_byte(copied):
    """Only they are run; the table has new columns at its end, and one core or two make the same."""
    planned = copied.planned(TWICE)
    assert {rule: planned.get(rule) for rule in STAGES} == dict.fromkeys(STAGES, 2)
    assert not {"sample_plane", "sample_worm"} & planned.keys()
    before = {
        path: path.read_bytes() for path in copied.files() if path.suffix == ".nc" and "mu=" in str(path)
    }
    old = (copied.folder / TABLE).read_text().splitlines()
    done = copied.run("scan", config=TWICE)
    assert done.returncode == 0, done.stderr
    assert {path: path.read_bytes() for path in before} == before
    content = (copied.folder / TABLE).read_text()
    for was, now in zip(old, content.splitlines(), strict=True):
        assert now.startswith(f"{was},")
    table = pd.read_csv(copied.folder / TABLE)
    # so short a run fails the gate of its effective samples, in both trainings
    assert list(table["trainings_passed"]) == [0, 0]
    assert list(table["status_trainings"]) == ["ess", "ess"]
    assert (parameters(copied, 1) != parameters(copied, 2)).any()
    # made anew on one core
    further = [
        path for path in copied.files() if ",training=2" in str(path.parent) or path.name == "scan.csv"
    ]
    assert len([path for path in further if path.suffix == ".nc"]) == 2 * 5
    for path in further:
        path.unlink()
    done = copied.run("scan", config=TWICE, cores=1)
    assert done.returncode == 0, done.stderr
    assert (copied.folder / TABLE).read_text() == content
    # and the table of a single training is what it was
    done = copied.run(TABLE, config=SMALL)
    assert done.returncode == 0, done.stderr
    assert (copied.folder / TABLE).read_text().splitlines() == old
