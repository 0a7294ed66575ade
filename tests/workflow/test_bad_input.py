"""Bad input given to the real command: one message, a non-zero exit, no traceback, no file touched."""

import pytest

from pomflow import backend
from small_scan import SMALL

BAD = {
    "unknown key": (
        {"phi4": {"latices": [[4, 4]]}},
        "phi4.latices: there is no such key. Did you mean 'lattices'?",
    ),
    "wrong type": ({"seed": "many"}, "seed: 'many' is not of type integer"),
    "mu not a number": ({"phi4": {"mu": ["high"]}}, "phi4.mu[0]: 'high' is not of type number"),
    "empty lattice": (
        {"phi4": {"lattices": [[0, 4]]}},
        "phi4.lattices[0][0]: 0 is too small. It must be at least 1.",
    ),
    "unknown contour": (
        {"phi4": {"contours": ["thimble"]}},
        "Known contours: dense, equivariant, linear, plane.",
    ),
    "negative coupling": (
        {"phi4": {"coupling": -1}},
        "phi4.coupling: -1 is too small. It must be at least 0.",
    ),
}


def refused(done, message):
    """One message of ours on the standard error and no traceback."""
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("pomflow:") == 1
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", BAD)
def test_bad_config(project, name):
    config, message = BAD[name]
    refused(project.run(config=config), message)
    assert not project.files()


@pytest.mark.skipif(backend.cupy_problem() is None, reason="a working GPU is present")
def test_cupy_without_a_gpu(project):
    refused(project.run(config={"backend": "cupy"}), "backend: 'cupy' cannot be used here")
    assert not project.files()


def test_corrupt_file_stops_what_reads_it_and_touches_nothing(copied):
    path = copied.folder / "results/small/phi4/L2x2/dense/mu=0.8/observables.nc"
    path.write_bytes(path.read_bytes()[:500])
    before = {file: file.read_bytes() for file in copied.files() if file.suffix in (".nc", ".csv", ".png")}
    (copied.folder / "results/small/phi4/L2x2/dense/scan.csv").unlink()
    done = copied.run("scan", config=SMALL)
    assert done.returncode != 0
    assert "mu=0.8/observables.nc: is damaged" in done.stderr
    assert "Delete it and run again" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    survivors = {file: file.read_bytes() for file in before if file.exists()}
    assert survivors.items() <= before.items()
    assert len(before) - len(survivors) <= 2  # the table and its dataset, which were to be made
