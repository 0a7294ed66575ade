"""Tables open elsewhere: csv in any spreadsheet and pandas, NetCDF in xarray and the tools in C."""

import csv
import shutil
import subprocess

import pandas as pd
import pytest
import xarray as xr

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
