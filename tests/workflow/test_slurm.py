"""Small scans on a real Slurm that loses a node: the same results as on one machine."""

import copy
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
PATIENCE = {
    "slurm": "--slurm-init-seconds-before-status-checks",
    "generic-cluster": "--seconds-between-status-checks",
}
BATCHED = SMALL | {"batch": dict.fromkeys(STAGES, 4)}
JOBS = 9


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """The same scan without a cluster, without batches."""
    project = Project(tmp_path_factory.mktemp("local"))
    done = project.run(*(f"{CHAIN}/{contour}/scan.csv" for contour in ("dense", "plane")), config=SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


class Submitted:
    """A run that submits to a cluster; it must end well."""

    def __init__(self, cluster: Cluster, project: Project, profile: str, *targets: str, config: dict):
        options = ["--profile", f"workflow/profiles/{profile}", PATIENCE[profile], "2"]
        self.cluster, self.output = cluster, project.folder / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                project.command(*targets, *options, config=config, cores=None),
                cwd=project.folder,
                env=cluster.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, reached) -> None:
        while not reached():
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.2)

    def end(self) -> None:
        while self.process.poll() is None:
            time.sleep(1)
            self.cluster.hasten()
        assert self.process.returncode == 0, self.output.read_text()


@pytest.mark.parametrize(("profile", "contour"), [("slurm", "plane"), ("generic-cluster", "dense")])
def test_a_lost_node_changes_nothing(local, project, profile, contour):
    """It dies when there is a first result and a job runs on it."""
    table = f"{CHAIN}/{contour}/scan.csv"
    with Cluster() as cluster:
        run = Submitted(cluster, project, profile, table, config=BATCHED)
        run.wait_for(lambda: any((project.folder / "results").rglob("*.nc")))
        run.wait_for(lambda: cluster.running("node1"))
        cluster.lose_node("node1")
        run.end()
        ended = cluster.ended()
    # every job went to the queue, those that node1 took with it came back, and several mu shared a job;
    # a table compares its contour with the others, so both need the jobs of both
    lost = {job for job, state, _ in ended if state == "NODE_FAIL"}
    completed = [job for job, state, _ in ended if state == "COMPLETED"]
    assert lost
    assert lost <= {job for job, state, node in ended if (state, node) == ("COMPLETED", "node2")}
    assert sorted(completed) == sorted(map(str, range(1, JOBS + 1)))
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


def test_a_preempted_job_goes_on(project):
    """Asked to end, it keeps its state, although that is due once a day only."""
    config = copy.deepcopy(SMALL) | {"checkpoint": {"seconds": 86400}}
    config["studies"]["phi4"]["plane"] |= {"trajectories": 15000, "record_every": 1000}
    log = project.folder / "results/small/logs/sample_plane/phi4_L2x2_mu=0.8.log"
    with Cluster() as cluster:
        run = Submitted(cluster, project, "slurm", f"{CHAIN}/plane/mu=0.8/samples.nc", config=config)
        run.wait_for(lambda: log.exists() and "begins" in log.read_text())
        cluster.call("scontrol", "requeue", "1")
        run.end()
    assert "goes on from the checkpoint" in log.read_text()
