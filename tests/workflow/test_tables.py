"""Tables open elsewhere: csv in any spreadsheet and pandas, NetCDF in xarray and the tools in C."""

import csv
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
import xarray as xr

from small_scan import ROOT

SCAN = "results/small/phi4/L2x2/dense/scan"
TABLES = (f"{SCAN}.csv", "results/small/phi4/L2x2/exact/scan.csv")
TEXTS = {"status", "status0"}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_plain_text_with_one_header_and_decimal_points(finished, name):
    content = (finished.folder / name).read_bytes()
    text = content.decode("ascii")
    assert "\r" not in text
    assert text.endswith("\n")
    assert csv.Sniffer().sniff(text).delimiter == ","
    assert csv.Sniffer().has_header(text)
    header, *rows = csv.reader(text.splitlines())
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    for row in rows:
        for column, value in zip(header, row, strict=True):
            if column not in TEXTS and value:
                float(value)


@pytest.mark.parametrize("name", TABLES)
def test_pandas_reads_numbers_as_numbers(finished, name):
    frame = pd.read_csv(finished.folder / name)
    kinds = {column: frame[column].dtype.kind for column in frame}
    assert {column for column, kind in kinds.items() if kind not in "fi"} == TEXTS & set(kinds)
    assert frame["mu"].is_monotonic_increasing
    assert not [column for column in frame if column.startswith("Unnamed")]


def test_xarray_reads_the_dataset_by_itself_and_it_is_the_table(finished):
    """Without a word about the engine, the line of the checksum behind the end of HDF5 disturbs nothing."""
    path = finished.folder / f"{SCAN}.nc"
    assert path.read_bytes().rpartition(b"sha256 ")[0].startswith(b"\x89HDF")
    frame = pd.read_csv(path.with_suffix(".csv"))
    with xr.open_dataset(path) as dataset:
        assert dataset.sizes == {"mu": 2}
        assert set(frame) == set(dataset.variables)
        for column in frame:
            if column not in TEXTS:
                assert dataset[column].values == pytest.approx(frame[column].values, nan_ok=True)


@pytest.mark.skipif(not shutil.which("ncdump"), reason="ncdump is not installed (Debian: netcdf-bin)")
def test_ncdump_reads_the_dataset(finished):
    def dumped(*options):
        command = ["ncdump", *options, str(finished.folder / f"{SCAN}.nc")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    header = dumped("-h")
    assert "mu = 2 ;" in header
    assert 'density:units = "particles per site" ;' in header
    assert " mu = 0, 0.8 ;" in dumped("-v", "mu")


def test_the_recipe_of_the_docs_reads_files_with_h5py_alone(finished):
    """As it stands on its page but for the folder, where no other reader of NetCDF can be imported."""
    page = (ROOT / "docs/reading_results.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(import json\n\nimport h5py\n.*?)```\n", page, re.DOTALL)
    folder = "results/mine/phi4/L4x4/equivariant"
    assert recipe.count(folder) == 1
    alone = "import sys\nsys.modules |= dict.fromkeys(('pomflow', 'xarray', 'h5netcdf', 'netCDF4'))\n"
    code = alone + recipe.replace(folder, SCAN.removesuffix("/scan"))
    done = subprocess.run([sys.executable, "-c", code], cwd=finished.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    *rows, last = done.stdout.splitlines()
    frame = pd.read_csv(finished.folder / f"{SCAN}.csv")
    assert rows == [
        f"{row.mu:g}: {row.density:.4f} +- {row.density_err:.4f} particles per site, {row.status}"
        for row in frame.itertuples()
    ]
    with xr.open_dataset(finished.folder / f"{SCAN.removesuffix('scan')}mu=0.8/samples.nc") as samples:
        words = (samples.attrs["git_revision"], 8, samples["phase"].shape, samples["phase"].values.std())
    assert last.split(" ", 2)[:2] == [words[0], str(words[1])]
    assert last.split(" ", 2)[2] == f"{words[2]} {words[3]}"
