"""Files of one point say which point it is, so that files that are put together keep it."""

import io

import numpy as np
import xarray as xr

from pomflow.io import netcdf
from pomflow.stages.scan.results import at_point
from scan_tables import Tilted

PARAMETERS = {"tilt": 0.5, "n_flavours": 2.0, "boundary": "open"}


def test_numbers_are_coordinates_with_their_meaning_and_texts_are_not():
    dataset = at_point(xr.Dataset({"loss": ("epoch", [1.0, 2.0])}), Tilted, PARAMETERS)
    assert set(dataset.coords) == {"tilt", "n_flavours"}
    assert dataset["tilt"].item() == 0.5
    assert dataset["n_flavours"].dtype.kind == "i"
    assert dataset["tilt"].attrs == {"long_name": "tilt", "units": "lattice units"}
    assert list(dataset.data_vars) == ["loss"]


def test_what_a_file_holds_is_not_written_over():
    held = xr.Dataset({"tilt": ("n_flavours", np.arange(3.0))})
    assert at_point(held, Tilted, PARAMETERS).identical(held)


def test_files_in_another_order_come_with_their_values(tmp_path):
    about = netcdf.describe_run({}, "CPU", netcdf.Clock.start())
    for tilt in (0.5, 0.1):
        measured = xr.Dataset({"slant": ((), 2 * tilt)})
        point = at_point(measured, Tilted, PARAMETERS | {"tilt": tilt})
        netcdf.write(point, tmp_path / f"{tilt}.nc", "observables", about)
    files = [netcdf.read(tmp_path / f"{tilt}.nc", "observables", ["slant"]) for tilt in (0.5, 0.1)]
    joined = xr.concat(files, dim="tilt", coords="different", compat="equals", combine_attrs="drop")
    assert joined["tilt"].values.tolist() == [0.5, 0.1]
    assert joined["slant"].values.tolist() == [1.0, 0.2]
    assert joined["n_flavours"].item() == 2
    again = xr.open_dataset(io.BytesIO(joined.to_netcdf(engine="h5netcdf")), engine="h5netcdf")
    assert again.sel(tilt=0.1)["slant"].item() == 0.2
