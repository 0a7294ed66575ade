"""File systems that refuse: one message with the file and the reason, and nothing half-written is left."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from pomflow.errors import StoreError
from pomflow.io import netcdf
from pomflow.io.results_folder import require_writable
from pomflow.jobs import job


def test_a_result_where_a_folder_is_needed(tmp_path):
    dataset, made = (
        xr.Dataset({"x": ("i", np.zeros(3))}),
        netcdf.describe_run({}, "numpy", netcdf.Clock.start()),
    )
    (tmp_path / "plain").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written \(Not a directory|File exists"):
        netcdf.write(dataset, tmp_path / "plain" / "file.nc", "samples", made)
    (tmp_path / "file.nc").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        netcdf.write(dataset, tmp_path / "file.nc", "samples", made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.nc", "plain"]


# says what is left in the folder, which is unmounted with the process
WRITE = """
import numpy as np, os, sys, xarray as xr
from pomflow.io import netcdf
made = netcdf.describe_run({}, "numpy", netcdf.Clock.start())
try:
    netcdf.write(xr.Dataset({"x": ("i", np.zeros(50_000))}), sys.argv[1] + "/file.nc", "samples", made)
except netcdf.StoreError as error:
    print(os.listdir(sys.argv[1]))
    sys.exit(f"pomflow: {error}")
"""


def refused_to_write(done, folder, reason):
    assert done.returncode == 1, done.stderr
    assert done.stdout.strip() == "[]"
    assert done.stderr.strip().splitlines() == [
        f"pomflow: {folder}/file.nc: cannot be written ({reason}). Check the space and the permissions there."
    ]


def test_a_limit_on_the_size_of_files(tmp_path):
    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(tmp_path)], capture_output=True, text=True, preexec_fn=limited
    )
    refused_to_write(done, tmp_path, "File too large")


def mounted(options: str, folder: Path, command: list[str]) -> subprocess.CompletedProcess:
    """Run a command where a folder is a small file system of its own; skip where none may be mounted."""
    unshare = shutil.which("unshare")
    mount = [unshare, "-rm", "sh", "-c", f'mount -t tmpfs -o {options} none "$0" && exec "$@"', str(folder)]
    if not unshare or subprocess.run([*mount, "true"], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    return subprocess.run([*mount, *command], capture_output=True, text=True)


def test_full_disk(tmp_path):
    done = mounted("size=100k", tmp_path, [sys.executable, "-c", WRITE, str(tmp_path)])
    refused_to_write(done, tmp_path, "No space left on device")


def test_read_only_folder(tmp_path):
    done = mounted("ro", tmp_path, [sys.executable, "-c", WRITE, str(tmp_path)])
    refused_to_write(done, tmp_path, "Read-only file system")


def test_the_folder_of_results_is_tried_before_anything_runs(tmp_path):
    require_writable(tmp_path / "not" / "yet" / "there")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "plain").write_text("")
    with pytest.raises(StoreError, match="plain: no file can be written there"):
        require_writable(tmp_path / "plain" / "default")


def test_a_log_that_cannot_be_opened_is_one_message(tmp_path, capsys):
    (tmp_path / "job.log").mkdir()
    # without settings and a stage: nothing of it is looked at
    assert job.run("sample_plane", str(tmp_path / "job.log"), "{}\n{}") == 1
    said = capsys.readouterr().err
    assert "job.log: no log can be written (Is a directory). Check" in said
    assert said.count("job.log") == 1
