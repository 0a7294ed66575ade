"""Small scans on a real Slurm that loses a node: the same results as on one machine."""

import subprocess
import time

import pytest
import xarray as xr

from slurm_cluster import Cluster, missing_programs
from small_scan import SMALL, Project

pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"no {', '.join(missing_programs())} here; "
        "on Debian: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge",
    ),
]

CHAIN = "results/small/phi4/L2x2"
STAGES = (
    "sample_plane",
    "train_network",
    "optimize_contour",
    "sample_contour",
    "measure_observables",
    "sample_worm",
)
BATCHED = SMALL | {"batch": dict.fromkeys(STAGES, 4)}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The same scan without a cluster, without batches."""
    project = Project(tmp_path_factory.mktemp("local"))
    done = project.run(*(f"{CHAIN}/{contour}/scan.csv" for contour in ("dense", "plane")), config=SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def run_and_lose_a_node(cluster: Cluster, command: list[str], folder) -> None:
    """Run a scan; when it has its first result and a job runs on node1, that node dies."""
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=cluster.environment, stdout=output, stderr=subprocess.STDOUT
        )
        running = ""
        while not (running and any((folder / "results").rglob("*.nc"))):
            assert process.poll() is None, (folder / "output.txt").read_text()
            time.sleep(0.2)
            running = cluster.call("squeue", "--noheader", "--nodelist=node1", "--states=running")
        cluster.kill_node("node1")
        while process.poll() is None:
            time.sleep(1)
            cluster.hasten()
        assert process.returncode == 0, (folder / "output.txt").read_text()


@pytest.mark.parametrize(
    ("profile", "contour", "jobs", "patience"),
    [
        ("slurm", "plane", 5, "--slurm-init-seconds-before-status-checks"),
        ("generic-cluster", "dense", 9, "--seconds-between-status-checks"),
    ],
)
def test_a_lost_node_changes_nothing(local, project, profile, contour, jobs, patience):
    table = f"{CHAIN}/{contour}/scan.csv"
    options = ["--profile", f"workflow/profiles/{profile}", patience, "2"]
    command = project.command(table, *options, config=BATCHED, cores=None)
    with Cluster() as cluster:
        run_and_lose_a_node(cluster, command, project.folder)
        ended = cluster.ended()
    # every job went to the queue, those that node1 took with it came back, and several mu shared a job
    lost = {job for job, state, _ in ended if state == "NODE_FAIL"}
    completed = [job for job, state, _ in ended if state == "COMPLETED"]
    assert lost
    assert lost <= {job for job, state, node in ended if (state, node) == ("COMPLETED", "node2")}
    assert sorted(completed) == sorted(map(str, range(1, jobs + 1)))
    assert_same(project.folder, local.folder, table)


def assert_same(ours, theirs, table):
    """The bytes of the table, and the variables of every file of ours."""
    assert (ours / table).read_bytes() == (theirs / table).read_bytes()
    files = sorted((ours / CHAIN).rglob("*.nc"))
    assert files
    for path in files:
        with (
            xr.open_dataset(path, engine="h5netcdf") as mine,
            xr.open_dataset(theirs / path.relative_to(ours), engine="h5netcdf") as other,
        ):
            xr.testing.assert_identical(mine.drop_attrs(), other.drop_attrs())
