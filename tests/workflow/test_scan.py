"""The whole chain in a real run: what it makes, and that it makes the same whatever the circumstances."""

import json
import re

import pandas as pd
import pytest
import xarray as xr
from PIL import Image
from pyerrors.input.json import load_json

from pomflow.io import provenance
from small_scan import SMALL, changed

STABLE_COLUMNS = {
    "mu",
    "density_mf",
    "acceptance",
    "exp_dh",
    "exp_dh_err",
    "tau_int",
    "ess",
    "n_samples",
    "status",
    "status0",
}
for name in ("apf_re", "apf_im", "apf0_re", "apf0_im", "density", "density_im", "density0", "phi2"):
    STABLE_COLUMNS |= {name, f"{name}_err"}
for name in ("density", "phi2", "apf0"):
    STABLE_COLUMNS |= {f"{name}_exact", f"{name}_exact_err", f"{name}_pull"}
CHAIN = "results/small/phi4/L2x2"


def table(project, contour="dense"):
    return project.folder / CHAIN / contour / "scan.csv"


def test_table_has_the_stable_columns_and_a_row_for_every_mu(finished):
    frame = pd.read_csv(table(finished))
    assert set(frame.columns) >= STABLE_COLUMNS
    assert list(frame["mu"]) == [0.0, 0.8]
    # L_t = 2 has no sign problem on the plane
    assert frame["apf0_re"].tolist() == pytest.approx([1, 1], abs=1e-12)
    assert frame["density"][0] == pytest.approx(0, abs=1e-12)


def test_every_point_has_exact_values(finished):
    """2 x 2 at mu = 0.8 is in no table: the dual simulation knows it, and that APF0 = 1 for L_t = 2."""
    frame = pd.read_csv(table(finished)).set_index("mu")
    for name in ("density", "phi2", "apf0"):
        assert frame[f"{name}_exact"].notna().all()
        assert frame[f"{name}_pull"].abs().max() < 5
    assert frame["density_exact_err"][0.8] < 0.2 * frame["density_exact"][0.8]
    assert frame["apf0_exact"][0.8] == pytest.approx(1, abs=1e-9 + 5 * frame["apf0_exact_err"][0.8])


def test_quantities_and_control_variates_agree_with_the_exact_simulation(finished):
    """Every pull below 5; so few configurations let control variates take nothing away, or some noise."""
    frame = pd.read_csv(table(finished))
    names = ("susceptibility", "phi2_susceptibility", "action_density", "helicity", "correlation_length")
    for name in (*names, "density_cv", "phi2_cv"):
        assert frame[f"{name}_pull"].abs().max() < 5, name
        assert (frame[f"{name}_err"] > 0).all()
    for name in ("density", "phi2"):
        assert (frame[f"{name}_gain"] >= 1).all()
    for name in ("correlator", "effective_mass", "effective_mass_back"):
        series = pd.read_csv(finished.folder / CHAIN / f"dense/{name}.csv")
        assert series[f"{name}_pull"].abs().max() < 5


def test_primary_observables_give_the_numbers_of_the_table(copied):
    """Read back with pyerrors; made without sampling anything anew."""
    path = f"{CHAIN}/dense/mu=0.8/primary.json.gz"
    done = copied.run(path, config=SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(copied.counted(done.stdout)) <= {"export_primary"}
    loaded = load_json(str(copied.folder / path), gz=True, full_output=True, verbose=False)
    found = dict(zip(loaded["description"]["names"], loaded["obsdata"], strict=True))
    norm = found["phase_re"] ** 2 + found["phase_im"] ** 2
    density = (found["density_re"] * found["phase_re"] + found["density_im"] * found["phase_im"]) / norm
    density.gamma_method()
    row = pd.read_csv(table(copied)).set_index("mu").loc[0.8]
    assert density.value == pytest.approx(row["density"], rel=1e-6)
    assert density.dvalue == pytest.approx(row["density_err"], rel=1e-3)


def test_free_energy_of_the_phase(finished):
    """L_t = 2 has none, as its phase says without error; at the point of the scan it is measured, too."""
    frame = pd.read_csv(table(finished)).set_index("mu")
    columns = list(frame)
    assert (
        columns.index("free_energy_exact") < columns.index("free_energy_exact_err") < columns.index("binder")
    )
    assert frame["free_energy_exact"].tolist() == pytest.approx([0, 0], abs=1e-12)
    exact = finished.folder / CHAIN / "exact"
    measured = [
        xr.open_dataset(exact / f"mu={mu}/observables.nc", engine="h5netcdf") for mu in ("0.8", "1.6")
    ]
    assert ["free_energy" in one for one in measured] == [True, False]
    assert abs(measured[0]["free_energy"]) < 5 * measured[0]["free_energy_err"] < 0.5


def test_table_and_dataset_agree(finished):
    frame = pd.read_csv(table(finished))
    scan = xr.open_dataset(finished.folder / CHAIN / "dense" / "scan.nc", engine="h5netcdf")
    assert scan["density"].values == pytest.approx(frame["density"].values)
    assert scan["density"].attrs["units"] == "particles per site"
    assert list(scan["status"].values) == list(frame["status"])


@pytest.mark.parametrize("name", ["network", "contour", "samples", "observables"])
def test_files_of_points_that_are_put_together_know_their_points(finished, name):
    folders = [finished.folder / CHAIN / f"dense/mu={mu}" for mu in ("0.8", "0")]
    files = [xr.open_dataset(folder / f"{name}.nc", engine="h5netcdf") for folder in folders]
    joined = xr.concat(files, dim="mu", data_vars="minimal", coords="different", compat="equals")
    assert joined["mu"].values.tolist() == [0.8, 0.0]
    assert joined["mu"].attrs == {"long_name": "chemical potential", "units": "lattice units"}
    assert (joined["mass"].item(), joined["coupling"].item()) == (1.0, 1.0)


def test_files_are_where_other_programs_look_for_them(finished):
    chain = finished.folder / CHAIN
    for mu in ("0", "0.8"):
        assert (chain / "plane" / f"mu={mu}" / "samples.nc").is_file()
        for name in ("network", "contour", "samples", "observables"):
            assert (chain / "dense" / f"mu={mu}" / f"{name}.nc").is_file()
        assert (chain / "exact" / f"mu={mu}" / "observables.nc").is_file()
    assert (chain / "exact" / "scan.csv").is_file()
    figures = {path.name for path in (finished.folder / "results/small/figures").iterdir()}
    names = ["apf", "apf_im", "density", "phi2", "training", "history", "phase", "correlation"]
    names += ["susceptibility", "phi2_susceptibility", "binder", "correlation_length", "action_density"]
    names += ["helicity", "series_correlator", "series_effective_mass", "series_effective_mass_back"]
    names = [*(f"phi4_L2x2_dense_{name}" for name in names), "phi4_free_energy"]
    assert figures == {f"{name}.{kind}" for name in names for kind in ("png", "pdf")}


def test_nothing_temporary_is_left(finished):
    assert not [path for path in finished.files() if path.name.endswith(".tmp")]


def test_files_carry_their_provenance(finished):
    path = finished.folder / CHAIN / "dense/mu=0.8/samples.nc"
    attrs = xr.open_dataset(path, engine="h5netcdf").attrs
    settings = json.loads(attrs["config"])
    assert settings["point"] == "mu=0.8"
    assert settings["parameters"] == {"mass": 1.0, "coupling": 1.0, "mu": 0.8}
    assert settings["hmc"]["chains"] == 8
    assert settings["seed"] == 20180204
    assert attrs["device"].startswith("numpy")
    assert re.fullmatch(r"[0-9a-f]{7,40}(-dirty)?|unknown", attrs["git_revision"])


def test_every_file_says_how_it_was_made(finished):
    paths = [path for path in finished.files() if path.suffix == ".nc"]
    assert len(paths) > 12
    for path in paths:
        about = provenance.of_file(path)
        assert about["seed"] == 20180204
        assert about["device"]
        assert {"numpy", "snakemake", "python"} <= set(about["versions"])
        assert all(
            array["units"] for name, array in about["variables"].items() if array["dtype"] == "float64"
        ), path
    found = provenance.of_folder(finished.folder / "results")
    assert found["files"] == len(paths)
    assert found["damaged"] == []
    assert list(found["seeds"]) == ["20180204"]


def test_every_table_stands_beside_a_file_of_the_same_job(finished):
    tables = [path for path in finished.files() if path.suffix == ".csv"]
    assert tables
    assert all(path.with_suffix(".nc").is_file() for path in tables)


def test_figures_carry_settings_and_revision(finished):
    for path in (finished.folder / "results/small/figures").glob("*.png"):
        with Image.open(path) as picture:
            made = json.loads(picture.text["Description"])
        settings = json.loads(made["config"])
        assert settings.get("lattices", [settings.get("lattice")]) == ["2x2"]
        assert made["git_revision"]
        assert b"git_revision" in path.with_suffix(".pdf").read_bytes().replace(b"\0", b"")


def test_logs_have_rate_and_estimate(finished):
    log = (finished.folder / "results/small/logs/sample_contour/phi4_L2x2_dense_mu=0.8.log").read_text()
    assert "sample_contour dense L2x2 mu=0.8: 30/30" in log
    assert "a second, 0 s left" in log
    assert log.strip().endswith("INFO done")


def test_an_added_mu_changes_no_other(finished, copied):
    grown = changed(over={"mu": [0.0, 0.5, 0.8]})
    before = pd.read_csv(table(finished)).set_index("mu")
    assert copied.run("scan", config=grown).returncode == 0
    after = pd.read_csv(table(copied)).set_index("mu")
    assert list(after.index) == [0.0, 0.5, 0.8]
    # a column of ones is read as whole numbers
    pd.testing.assert_frame_equal(after.loc[[0.0, 0.8]], before, check_dtype=False)
