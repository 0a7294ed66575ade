"""More statistics without starting again: a longer run has the bytes of one that was as long at once."""

import random
import subprocess

import pytest
import xarray as xr
from test_kill import Run

from small_scan import Project, assert_same_results, changed, left_behind

POINT = "results/{scan}/phi4/L2x2/dense/mu=0.8"
SAMPLES, KEPT = f"{POINT}/samples.nc", "sample_contour_phi4_L2x2_dense_mu=0.8"


def scan(hmc, name="small", plane=20, **sections):
    """A scan of one point with so many trajectories on the contour; ``hmc`` may be other settings, too."""
    hmc = hmc if isinstance(hmc, dict) else {"trajectories": hmc}
    given = {"over": {"mu": [0.8]}, "worm": {"enabled": False}, "plane": {"trajectories": plane}, "hmc": hmc}
    return changed(**given | sections) | {"scan": name}


def run(project, config, *targets):
    done = project.run(*targets or ["scan"], config=config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not left_behind(project)


def planned(project, config):
    """How many jobs of each rule the tables would take."""
    return project.counted(project.run("scan", "--dry-run", config=config).stdout)


def log_of(project, stage="sample_contour", place="L2x2_dense"):
    return (project.folder / f"results/small/logs/{stage}/phi4_{place}_mu=0.8.log").read_text()


def assert_same_samples(project, other):
    name = SAMPLES.format(scan="small")
    one, two = (xr.load_dataset(each.folder / name, engine="h5netcdf") for each in (project, other))
    xr.testing.assert_identical(one.drop_attrs(), two.drop_attrs())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Finished scans with 200 and 300 trajectories."""
    projects = {length: Project(tmp_path_factory.mktemp(f"run{length}")) for length in (200, 300)}
    for length, project in projects.items():
        run(project, scan(length))
    return projects


@pytest.fixture
def short(made, tmp_path):
    """A copy of the scan with 200 trajectories."""
    return made[200].copy(tmp_path / "copy")


def test_a_longer_run_goes_on(made, short):
    """No contour is trained and no trajectory done again; measured values and tables are the same, too."""
    jobs = planned(short, scan(300))
    assert jobs["sample_contour"] == 1
    assert not {"sample_plane", "train_network", "optimize_contour"} & set(jobs)
    run(short, scan(300))
    assert "goes on from the shorter run" in log_of(short)
    assert "after 210 of 310 steps" in log_of(short)
    assert_same_results(short, made[300])
    assert planned(short, scan(300)) == {}


@pytest.mark.slow
def test_so_does_the_plane(short, tmp_path):
    """Contours that were fitted to its samples are trained anew, and chains on these begin anew."""
    run(short, scan(200, plane=30))
    assert "goes on from the shorter run" in log_of(short, "sample_plane", "L2x2")
    assert "goes on" not in log_of(short)
    (tmp_path / "new").mkdir()
    new = Project(tmp_path / "new")
    run(new, scan(200, plane=30))
    assert_same_results(short, new)


def test_other_settings_begin_anew(short):
    """Lengths that are reached by other trajectories are no beginning; the log says what was not used."""
    run(short, scan({"trajectories": 300, "leapfrog_steps": 5}), SAMPLES.format(scan="small"))
    log = log_of(short)
    assert "belongs to other settings, code or input" in log
    assert "it is ignored and the work begins anew" in log
    assert "goes on" not in log


def test_a_shorter_run_begins_anew(made, tmp_path):
    long = made[300].copy(tmp_path / "copy")
    run(long, scan(200), SAMPLES.format(scan="small"))
    assert "is of a longer run; it is ignored" in log_of(long)
    assert_same_samples(long, made[200])


def test_a_damaged_file_begins_anew(made, short):
    path = short.folder / SAMPLES.format(scan="small")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    run(short, scan(300), SAMPLES.format(scan="small"))
    assert "is damaged or was changed" in log_of(short)
    assert_same_samples(short, made[300])


def test_a_longer_run_that_failed_is_not_taken_for_done(made, short):
    """Snakemake has deleted the samples, and finds the tables made from them newer than all that is left."""
    limited = ["bash", "-c", 'ulimit -f 150; exec "$@"', "bash", *short.command("scan", config=scan(300))]
    failed = subprocess.run(limited, cwd=short.folder, capture_output=True, text=True)
    assert "samples.nc: cannot be written" in failed.stderr
    run(short, scan(300))
    assert "goes on from the shorter run" in log_of(short)
    assert_same_results(short, made[300])


def test_a_run_that_is_forced_begins_anew(made, short):
    run(short, scan(200), SAMPLES.format(scan="small"), "--forcerun", "sample_contour")
    assert "goes on" not in log_of(short)
    assert_same_samples(short, made[200])


@pytest.mark.slow
def test_a_longer_run_that_was_killed_goes_on(made, short):
    """Killed in the middle, and asked for fewer trajectories then: it still has the shorter run."""
    samples, endless = SAMPLES.format(scan="small"), scan(10**6) | {"checkpoint": {"seconds": 0}}
    killed = Run(short, short.command(samples, config=endless))
    kept = short.folder / "results/small/.checkpoints" / KEPT
    killed.wait_for(kept.exists)
    killed.kill("both", random.Random(1))
    assert "after 210 of 1000010 steps" in log_of(short)
    assert kept.with_name(f"{KEPT}.shorter").exists()
    assert short.run("--unlock", config=endless).returncode == 0
    run(short, scan(300))
    assert log_of(short).count("goes on from") == 2
    assert_same_results(short, made[300])


# --- a start from other chains ------------------------------------------------------------------------------

FROM = POINT.replace("mu=0.8", "{{point}}").format(scan="small") + "/samples.nc"
SECOND = {"start": "from", "from": FROM, "trajectories": 50}


def starts(project, scan):
    path = project.folder / SAMPLES.format(scan=scan)
    return set(xr.load_dataset(path, engine="h5netcdf")["start"].values)


@pytest.mark.slow
def test_a_scan_starts_from_another(short):
    """Which is an input: where it changes the chains are run anew, and where it is gone they stay."""
    second = scan(SECOND, "second")
    run(short, second)
    assert starts(short, "second") == {"from"}
    assert planned(short, second) == {}
    first = short.folder / SAMPLES.format(scan="small")
    content = first.read_bytes()
    run(short, scan(300), SAMPLES.format(scan="small"))
    jobs = planned(short, second)
    assert jobs["sample_contour"] == 1
    assert "optimize_contour" not in jobs
    first.unlink()
    assert planned(short, second) == {}
    refused = short.run("scan", config=scan(SECOND | {"trajectories": 60}, "second"))
    assert f"studies.phi4.hmc.from: there is no file {SAMPLES.format(scan='small')}." in refused.stderr
    first.write_bytes(content[:-100])
    refused = short.run("scan", config=second)
    assert refused.returncode != 0
    assert f"{SAMPLES.format(scan='small')}: is damaged or was changed" in refused.stdout + refused.stderr


def test_chains_on_a_contour_start_from_the_plane_of_the_scan(project):
    """The samples need not be there yet."""
    plane = "results/small/{study}/L{lattice}/plane/{point}/samples.nc"
    run(project, scan({"start": "from", "from": plane}), SAMPLES.format(scan="small"))
    assert starts(project, "small") == {"from"}


@pytest.mark.parametrize(
    ("hmc", "message"),
    [
        ({"start": "from"}, "studies.phi4.hmc.from: is missing. Name the file of samples"),
        ({"from": FROM}, "studies.phi4.hmc.from: is not used by the start 'ordered'. Write start: from"),
        (
            {"start": "from", "from": "{mu}.nc"},
            "'{mu}' stands for nothing. In braces may stand study",
        ),
        ({"start": "from", "from": "{point.nc"}, "studies.phi4.hmc.from: its braces do not pair up"),
        (SECOND, "is made by the chains that are to start from it. Name samples of another scan or study"),
        ({"start": "from", "from": "results/other/{point}.nc"}, "there is no file results/other/mu=0.8.nc."),
    ],
)
def test_what_cannot_be_started_from_is_refused(project, hmc, message):
    refused = project.run("--dry-run", config=scan(hmc))
    assert refused.returncode != 0
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("pomflow: ")]
    assert message in line
