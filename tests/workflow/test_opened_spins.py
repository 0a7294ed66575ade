"""The study of spins opened from Python: the numbers of its files, and what one may calculate with them."""

import json
import shutil

import numpy as np
import pyerrors
import pytest

import pomflow
from pomflow.errors import StoreError
from pomflow.io import netcdf
from pomflow.studies.ising import readout


@pytest.fixture(scope="module")
def scan(studied):
    return pomflow.open_scan(studied.folder / "results/small")


@pytest.fixture(scope="module")
def spins(scan):
    return scan.spins("ising", "4x4")


@pytest.fixture
def left(spins, tmp_path):
    """A scan with one lattice, whose files a test may change."""
    shutil.copytree(spins.folder, tmp_path / "ising/L4x4")
    return tmp_path


def test_systems_and_lattices_of_a_scan_without_points(scan):
    assert scan.places == []
    assert sorted(scan.spin_places) == [
        ("ising", "4x4"),
        ("ising", "5"),
        ("ising", "6x6"),
        ("ising3d", "4x4x4"),
        ("potts3", "4x4"),
    ]
    for system, lattice in scan.spin_places:
        spins = scan.spins(system, lattice)
        assert (spins.model.system, str(spins.model.lattice)) == (system, lattice)
        assert spins.name == f"{system} {lattice}"
        assert spins.training.spins.shape == (len(spins.beta), 200, spins.model.lattice.volume)
        assert spins.test.energy.shape == (len(spins.beta), 100)


def test_configurations_have_the_energy_of_the_model(scan):
    spins = scan.spins("potts3", "4x4")
    assert set(np.unique(spins.training.spins)) == {0, 1, 2}
    for configurations in (spins.training, spins.test):
        assert np.array_equal(spins.model.energy(configurations.spins), configurations.energy)
    assert not np.array_equal(spins.training.spins[:, :100], spins.test.spins)


def test_means_are_those_of_the_theory(spins):
    """<E> of both sets within 4 errors of its exact values; the fluctuation of E is Var E."""
    known = spins.model.exact(spins.beta)
    for configurations, test in ((spins.training, False), (spins.test, True)):
        energy = spins.mean(configurations.energy, test=test)
        off = [(one.value - truth) / one.dvalue for one, truth in zip(energy, known.energy, strict=True)]
        assert np.abs(off).max() < 4
    values = spins.training.energy
    variance = spins.mean(values**2) - spins.mean(values) ** 2
    assert [one.value for one in variance] == pytest.approx(values.var(axis=1))


def test_means_at_one_temperature_are_correlated_and_others_are_not(spins):
    energy, square = spins.mean(spins.training.energy), spins.mean(spins.training.energy**2)
    fresh = spins.mean(spins.test.energy, test=True)
    correlation = pyerrors.covariance([energy[4], square[4], energy[5], fresh[4]], correlation=True)
    assert correlation[0, 1] < -0.9
    assert correlation[0, 2] == correlation[0, 3] == 0


@pytest.mark.parametrize("name", ["tied", "free", "magnetization", "connected"])
def test_the_biases_are_those_behind_the_free_energy(spins, name):
    """Less their affine part, with the gauge fixed where all weights are trained."""
    one = spins.classifier(name)
    read = one.thermodynamics
    assert readout.without_affine(spins.beta, one.bias) == pytest.approx(read["minus_bias"].values, abs=1e-9)
    assert np.array_equal(one.bias_err, read["minus_bias_err"])
    heat = readout.specific_heat(spins.beta, one.bias) / spins.model.lattice.volume
    assert heat == pytest.approx(read["specific_heat"].values, rel=1e-9)
    # what a gauge fixes is there where the weights are free to bend
    assert np.allclose(one.bias, one.network.head()[1], rtol=0, atol=1e-9) == (name != "free")


def test_a_classifier_has_its_weights_h_and_history(spins):
    """The best of its networks: logits of the lowest loss, and h that is the energy up to unit and origin."""
    one = spins.classifier("tied")
    loss = one.history["loss"]
    assert loss.dims == ("network", "epoch")
    assert loss.sizes["network"] == 2
    best = one.history.isel(network=int(loss.values[:, -1].argmin()))
    assert np.array_equal(one.weight, best["weight"])
    assert one.bias == pytest.approx(best["bias"].values, abs=1e-9)
    h = one.h(spins.test)
    correlation = np.corrcoef(h.ravel(), spins.test.energy.ravel())[0, 1]
    assert correlation == pytest.approx(one.thermodynamics["correlation"].item(), abs=1e-9)
    assert one.settings["train"]["networks"] == 2


def test_tables_are_those_of_each_system(scan, spins):
    assert spins.classifiers == ["connected", "free", "magnetization", "shuffled", "tied", "unbalanced"]
    worth = scan.spin_table("ising", "classifiers").set_index(["lattice", "classifier"])
    for name in spins.classifiers:
        read = spins.classifier(name).thermodynamics
        assert worth.loc[("4x4", name), "excess"] == pytest.approx(read["excess"].item(), rel=1e-8)
    rows = scan.spin_table("potts3", "thermodynamics")
    read = scan.spins("potts3", "4x4").classifier("tied").thermodynamics
    assert rows["minus_bias"].values == pytest.approx(read["minus_bias"].values, rel=1e-8)
    assert len(scan.spin_table("ising", "critical_temperature")) == 1
    assert len(scan.spin_table("ising3d", "exponents")) == 6


def test_a_scan_with_points_and_spins_opens_both(scan, finished, tmp_path):
    (tmp_path / "phi4").symlink_to(finished.folder / "results/small/phi4")
    (tmp_path / "ising").symlink_to(scan.folder / "ising")
    both = pomflow.open_scan(tmp_path)
    assert both.spin_places == scan.spin_places
    assert both.places == pomflow.open_scan(finished.folder / "results/small").places
    assert both.run("phi4", "2x2", "dense", mu=0.8).z.shape == (8, 10, 8)
    assert both.spins("ising", "6x6").model.lattice.volume == 36


def test_what_is_not_there_is_named_with_what_is(scan, spins, finished):
    with pytest.raises(
        StoreError, match=r"has no spins of ising 8x8\. There are: ising 4x4; ising 5; ising 6x6"
    ):
        scan.spins("ising", "8x8")
    with pytest.raises(StoreError, match=r"has no spins of potts4 4x4\. There are: ising 4x4; .* potts3 4x4"):
        scan.spins("potts4", "4x4")
    with pytest.raises(
        StoreError, match=r"phi4 4x4 dense mu=1\. The scan has none: its spins are opened by spins"
    ):
        scan.run("phi4", "4x4", "dense", mu=1.0)
    with pytest.raises(
        StoreError, match=r"ising 4x4\. The scan has none: enable its study ising and run it to"
    ):
        pomflow.open_scan(finished.folder / "results/small").spins("ising", "4x4")
    with pytest.raises(
        StoreError, match=r"has no classifier best\. There are: connected, free, magnetization, "
    ):
        spins.classifier("best")
    with pytest.raises(
        StoreError, match=r"potts4_exponents\.csv: does not exist\..* there are classifiers\.csv, "
    ):
        scan.spin_table("potts4", "exponents")
    with pytest.raises(ValueError, match=r"\(3,\), not \(classes, configurations\) = \(9, 200\)"):
        spins.mean(np.ones(3))
    with pytest.raises(ValueError, match=r"= \(9, 100\)"):
        spins.mean(spins.training.energy, test=True)
    with pytest.raises(ValueError, match="values are complex"):
        spins.mean(spins.training.energy + 1j)


def test_a_study_that_is_not_finished_says_so(left):
    for name in ("tied/thermodynamics.nc", "test.nc"):
        (left / "ising/L4x4" / name).unlink()
    spins = pomflow.open_scan(left).spins("ising", "4x4")
    assert len(spins.classifier("tied").weight) == 9
    with pytest.raises(
        StoreError, match=r"tied/thermodynamics\.nc: does not exist\. Run the scan to its end"
    ):
        _ = spins.classifier("tied").bias_err
    with pytest.raises(StoreError, match=r"test\.nc: does not exist\. Run the scan to its end"):
        _ = spins.test
    for path in (left / "ising/L4x4").glob("*/classifier.nc"):
        path.unlink()
    with pytest.raises(StoreError, match=r"L4x4: has no classifier tied\. Run the scan to its end"):
        spins.classifier("tied")
    with pytest.raises(StoreError, match=r"thermodynamics\.csv: does not exist\..* there are none yet"):
        pomflow.open_scan(left).spin_table("ising", "thermodynamics")


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [
        ("test", "beta", [0.1] * 9),
        ("tied/classifier", "model", {"name": "ising", "decay": 2.0}),
        ("tied/thermodynamics", "train", {}),
    ],
)
def test_a_file_of_an_earlier_run_is_refused(left, name, setting, value):
    path = left / f"ising/L4x4/{name}.nc"
    old = netcdf.read_any(path)
    settings = json.loads(old.attrs["config"]) | {setting: value}
    content = old.assign_attrs(config=json.dumps(settings)).to_netcdf(engine="h5netcdf")
    netcdf.write_sealed(content, path)
    spins = pomflow.open_scan(left).spins("ising", "4x4")
    with pytest.raises(
        StoreError, match=rf"{name}\.nc: was made with another {setting} than what stands beside"
    ):
        _ = spins.test if name == "test" else spins.classifier("tied").thermodynamics
