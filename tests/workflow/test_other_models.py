"""Several models side by side in one real run: what it makes, that it is right, and what a change reruns."""

import json
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from pomflow import registry
from pomflow.lattice import Lattice
from small_scan import Project

# Ninety jobs and their dry runs take minutes; `make test` runs a model from a file instead.
pytestmark = pytest.mark.slow

RUN = {"chains": 8, "trajectories": 30, "thermalization": 30}
SHORT = {
    "plane": RUN,
    "hmc": RUN,
    "warm_start": {"epochs": 2},
    "optimize": {"steps": 30, "chains": 8},
    "natural_gradient": {"steps": 6, "chains": 16, "thermalization": 10},
    "worm": {"chains": 8, "sweeps": 400, "thermalization": 100, "spacing": 0.3},
}
FERMIONS = {
    "model": "thirring",
    "lattices": [[4]],
    "over": {"mu": [0.0, 0.7]},
    "contours": ["shift", "local"],
}
INTEGRAL = {
    "model": "quartic_integral",
    "lattices": [[1]],
    "over": {"sigma_im": [0.0, 1.0]},
    "contours": ["dense"],
}
SCALAR = {
    "model": "complex_phi4",
    "lattices": [[2, 2]],
    "over": {"mu": [0.0, 0.6], "coupling": [0.0, 1.0]},
    "contours": ["linear"],
}
SCAN = {
    "scan": "models",
    "studies": {
        "fermions": FERMIONS
        | SHORT
        | {"parameters": {"mass": 0.6, "beta": 0.9}, "network": {"hidden_units": 2}},
        "integral": INTEGRAL | SHORT,
        "scalar": SCALAR | SHORT,
    },
    "ising": {"enabled": False},
    "lessons": {"enabled": False},
}
# (study, lattice, contour) of every table, with its axes and the points of the grid
TABLES = {
    ("fermions", "4", "shift"): (["mu"], 2),
    ("fermions", "4", "local"): (["mu"], 2),
    ("integral", "1", "dense"): (["sigma_im"], 2),
    ("scalar", "2x2", "linear"): (["mu", "coupling"], 4),
}
OVER_TABLES = pytest.mark.parametrize("where", TABLES, ids="-".join)
# of the pages of pulls: the axes and the observables of each model
HEADINGS = {
    ("fermions", "4", "shift"): ["μ", "n", "⟨χ̄χ⟩"],
    ("integral", "1", "dense"): ["Imσ", "⟨x²⟩"],
    ("scalar", "2x2", "linear"): ["μ", "λ", "n", "⟨φ_aφ_a⟩"],
}
FIGURES = ("apf", "apf_im", "training", "history", "phase", "correlation")


@pytest.fixture(scope="module")
def scanned(tmp_path_factory) -> Project:
    """The finished scan; tests must not change it."""
    project = Project(tmp_path_factory.mktemp("models"))
    done = project.run(config=SCAN)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def copied(scanned, tmp_path) -> Project:
    """A copy of it that a test may change, with the dates of its files kept."""
    return scanned.copy(tmp_path / "copy")


def folder(project: Project, where) -> str:
    study, lattice, contour = where
    return project.folder / f"results/models/{study}/L{lattice}/{contour}"


def table(project: Project, where) -> pd.DataFrame:
    return pd.read_csv(folder(project, where) / "scan.csv")


def observables(study: str) -> list[str]:
    return list(registry.load("model", SCAN["studies"][study]["model"]).observables())


@OVER_TABLES
def test_axes_come_first_and_have_all_points(scanned, where):
    axes, points = TABLES[where]
    frame = table(scanned, where)
    assert list(frame.columns[: len(axes)]) == axes
    assert len(frame) == points == len(frame.drop_duplicates(axes))
    assert frame[["status", "status0"]].isin(["ok", "acceptance", "ess", "thermalization"]).all(axis=None)


@OVER_TABLES
def test_a_dataset_has_the_same_numbers(scanned, where):
    axes, _ = TABLES[where]
    frame = table(scanned, where)
    scan = xr.open_dataset(folder(scanned, where) / "scan.nc", engine="h5netcdf")
    assert set(axes) <= set(scan.coords)
    for name in [*axes, *observables(where[0])]:
        np.testing.assert_allclose(scan[name].values, frame[name], rtol=1e-9)


@OVER_TABLES
def test_every_quantity_has_its_columns(scanned, where):
    frame = table(scanned, where)
    names = observables(where[0])
    for name in ("apf_re", "apf_im", "apf0_re", "apf0_im", *names, *(f"{one}_im" for one in names)):
        assert frame[[name, f"{name}_err"]].notna().all(axis=None)
    for name in (*names, "apf0"):
        assert {f"{name}_exact", f"{name}_exact_err", f"{name}_pull"} <= set(frame.columns)
        assert frame[f"{name}_exact"].notna().all()


@OVER_TABLES
def test_pulls_are_small(scanned, where):
    """Below 5 combined errors, wherever an error is known."""
    frame = table(scanned, where)
    pulls = frame[[name for name in frame.columns if name.endswith("_pull")]]
    assert pulls.notna().any(axis=None)
    assert (pulls.abs().fillna(0) < 5).all(axis=None), pulls


def test_exact_values_are_those_of_the_models(scanned):
    """Closed forms of a ring of fermions and of an integral, at every point of the table."""
    for where, theory in (
        (("fermions", "4", "shift"), {"mass": 0.6, "beta": 0.9}),
        (("integral", "1", "dense"), {}),
    ):
        study, lattice, _ = where
        axis = TABLES[where][0][0]
        for _, row in table(scanned, where).iterrows():
            make = registry.load("model", SCAN["studies"][study]["model"])
            model = make(Lattice.parse(lattice), **theory, **{axis: row[axis]})
            for name, value in model.exact_values().items():
                assert row[f"{name}_exact"] == pytest.approx(value.value, rel=1e-8, abs=1e-12)
                assert row[f"{name}_exact_err"] == 0


def test_a_grid_has_closed_forms_beside_simulations(scanned):
    """At coupling 0 the Gaussian theory, without errors; elsewhere the simulation, with errors."""
    frame = table(scanned, ("scalar", "2x2", "linear"))
    free = frame["coupling"] == 0
    assert free.tolist() == [True, False, True, False]
    assert (frame.loc[free, ["density_exact_err", "phi2_exact_err", "apf0_exact_err"]] == 0).all(axis=None)
    assert (frame.loc[~free, "phi2_exact_err"] > 0).all()
    assert frame.loc[~free & (frame["mu"] > 0), "density_exact_err"].gt(0).all()
    exact = {path.name for path in (scanned.folder / "results/models/scalar/L2x2/exact").iterdir()}
    assert {"scan.csv", "scan.nc"} <= exact
    assert exact - {"scan.csv", "scan.nc"} == {f"mu={mu},coupling=1" for mu in ("0", "0.3", "0.6")}
    for study in ("fermions/L4", "integral/L1"):
        assert not (scanned.folder / f"results/models/{study}/exact").exists()


def test_the_gaussian_path_of_the_grid_has_no_phase(scanned):
    frame = table(scanned, ("scalar", "2x2", "linear"))
    assert frame.loc[frame["coupling"] == 0, "apf_re"].tolist() == pytest.approx([1, 1], abs=1e-9)


def test_every_figure_is_drawn(scanned):
    """Those of every contour and observable, as png and pdf, and none else; they are not blank."""
    found = {path.name for path in (scanned.folder / "results/models/figures").iterdir()}
    expected = {
        f"{study}_L{lattice}_{contour}_{name}.{kind}"
        for study, lattice, contour in TABLES
        for name in (*FIGURES, *observables(study))
        for kind in ("png", "pdf")
    }
    assert found == expected
    for path in (scanned.folder / "results/models/figures").glob("*.png"):
        with Image.open(path) as picture:
            about = json.loads(json.loads(picture.text["Description"])["config"])
            pixels = np.asarray(picture.convert("L"))
        study, lattice, contour = path.stem.split("_")[:3]
        assert (about["study"], f"L{about['lattice']}", about["contour"]) == (study, lattice, contour)
        assert pixels.std() > 5


def test_the_report_has_the_pages_of_every_study(copied):
    """All it reads is there: one job makes its pages, with the observables of each model."""
    numbers = "results/models/report/numbers.json"
    assert copied.counted(copied.run(numbers, "--dry-run", config=SCAN).stdout) == {"collect_report": 1}
    done = copied.run(numbers, config=SCAN)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.stem for path in (copied.folder / "results/models/report").glob("*.html")}
    expected = {"warnings", "settings", "exact_scalar_L2x2"}
    for study, lattice, contour in TABLES:
        expected |= {f"{kind}_{study}_L{lattice}_{contour}" for kind in ("scan", "pulls", "health")}
    assert pages == expected
    for (study, lattice, contour), headings in HEADINGS.items():
        page = copied.folder / f"results/models/report/pulls_{study}_L{lattice}_{contour}.html"
        assert (
            re.findall(r"<th class=.col_heading[^>]*>(.*?)</th>", page.read_text())[: len(headings)]
            == headings
        )


def test_nothing_changed(copied):
    assert copied.planned(SCAN) == {}


def with_study(name: str, **changed) -> dict:
    studies = SCAN["studies"] | {name: SCAN["studies"][name] | changed}
    return SCAN | {"studies": studies}


def test_another_value_of_an_axis_runs_its_points_and_the_collectors(copied):
    """Two points of the grid, mu = 0 and 0.6, and their three nodes of the exact simulation."""
    planned = copied.planned(with_study("scalar", over={"mu": [0.0, 0.6], "coupling": [0.0, 1.0, 2.0]}))
    for rule in ("sample_plane", "train_network", "optimize_contour", "sample_contour"):
        assert planned[rule] == 2, rule
    assert planned["measure_observables"] == 4
    assert planned["sample_worm"] == 3
    assert planned["collect_scan"] == planned["collect_exact"] == 1


def test_a_contour_more_trains_and_samples_no_other_anew(copied):
    planned = copied.planned(with_study("integral", contours=["dense", "shift"]))
    assert planned["optimize_contour"] == planned["sample_contour"] == 2
    # its own table, and that of the other contour, which is compared with it
    assert planned["collect_scan"] == 2
    assert "sample_plane" not in planned


def test_a_study_more_leaves_the_others_alone(copied):
    study = INTEGRAL | SHORT | {"parameters": {"sigma_re": 0.5}}
    planned = copied.planned(SCAN | {"studies": SCAN["studies"] | {"another": study}})
    assert planned["sample_plane"] == planned["sample_contour"] == 2
    assert planned["collect_scan"] == 1


def test_points_of_a_grid_share_no_random_numbers(scanned):
    """Two couplings at the same mu begin differently."""
    points = scanned.folder / "results/models/scalar/L2x2/plane"
    fields = [
        xr.open_dataset(points / f"mu=0,coupling={coupling}" / "samples.nc", engine="h5netcdf")[
            "field"
        ].values
        for coupling in ("0", "1")
    ]
    assert not np.isclose(*fields).any()
