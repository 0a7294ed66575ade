"""Figures of the Ising study: drawn for ordinary data and where nothing exact is known, twice the same."""

import numpy as np
import pytest
import xarray as xr

import pictures
from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.plotting import common

CLASSIFIERS = {"heads": ("tied", "free"), "minibatches": ("tied", "unbalanced")}
CLASSIFIERS["controls"] = ("tied", "magnetization", "shuffled")
ISING = {"words": "Ising model", "numbers": {}}
CUBIC = {"words": "Ising model in {dimension} dimensions", "numbers": {"dimension": 3}}
POTTS = {"words": "{states}-state Potts model", "numbers": {"states": 10}}
SQUARE = {"temperature": 2.2692, "shift": 1.0, "source": "exact"}
ATTRS = {"title": ISING, "transition": SQUARE}
UNKNOWN = {"title": ISING, "transition": {"temperature": None, "shift": 1.5874, "source": ""}}
CUBES = {"title": CUBIC, "transition": {"temperature": 2.2692, "shift": 1.5874, "source": "published"}}
FIRST_ORDER = {"title": POTTS, "transition": SQUARE | {"shift": 2.0}}
LATTICES = ("specific_heat", "free_energy", "energy", "critical_temperature", "exponents")


@pytest.fixture(autouse=True)
def _style():
    common.styled()


def thermodynamics(known=True, classes=8, extent=8):
    """What a classifier says, made up."""
    rng, beta = np.random.default_rng(1), np.linspace(0.3, 0.6, classes)
    inner = 1 / beta[1:-1]
    exact = 1.0 if known else np.nan
    numbers = {
        "t_peak": 2.3,
        "t_peak_err": 0.01,
        "t_peak_exact": 2.31 * exact,
        "correlation": 0.9999,
        "excess": 1e-4,
    }
    return xr.Dataset(
        {
            "minus_bias": ("class", beta**3),
            "minus_bias_err": ("class", 0.01 + 0 * beta),
            "free_energy_exact": ("class", beta**3 * exact),
            "specific_heat": ("inner", inner),
            "specific_heat_raw": ("inner", 2 * inner),
            "specific_heat_err": ("inner", 0.1 * inner),
            "specific_heat_exact": ("inner", inner * exact),
            "curve": ("fine", inner * exact),
            "curve_temperature": ("fine", inner),
            "curve_reweighting": ("fine", inner),
            "curve_reweighting_err": ("fine", 0.05 * inner),
            "h": (("class", "shown"), rng.normal(size=(classes, 5))),
            "energy": (("class", "shown"), rng.normal(size=(classes, 5))),
        }
        | {name: ((), value) for name, value in (numbers | marks(exact, extent)).items()},
        coords={"beta": ("class", beta), "temperature": ("inner", inner)},
    )


def marks(exact, extent):
    """Of a curve that moves, grows and narrows as on the square lattice."""
    values = {"t_peak_curve": 2.27 + 0.8 / extent, "height": 0.2 + np.log(extent) / 2}
    values |= {"steepness": 13 * extent, "width": 1.8 / extent}
    found = {f"{name}_exact": value * exact for name, value in values.items()}
    for source in ("network", "reweighting"):
        found |= {f"{name}_{source}": value for name, value in values.items()}
        found |= {f"{name}_{source}_err": 0.01 * value for name, value in values.items()}
    return found


def on_lattices(lattices, known=True):
    return {name: thermodynamics(known, extent=int(name.partition("x")[0])) for name in lattices}


def assert_drawn(folder):
    for kind in ("png", "pdf"):
        pictures.drawn(folder / f"a.{kind}")


def drawn(name, *arguments):
    return registry.load("figure", f"ising_{name}")(*arguments)


@pytest.mark.parametrize("name", LATTICES)
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("lattices", [("8x8", "16x16"), ("4x4", "8x8", "16x16")], ids=len)
def test_figures_of_lattices(name, known, lattices, tmp_path):
    files = on_lattices(lattices, known)
    for folder in ("one", "two"):
        common.save(
            drawn(name, files, ATTRS if known else UNKNOWN),
            tmp_path / folder / "a.png",
            tmp_path / folder / "a.pdf",
        )
    for kind in ("png", "pdf"):
        first, second = ((tmp_path / folder / f"a.{kind}").read_bytes() for folder in ("one", "two"))
        assert first == second


@pytest.mark.parametrize(("name", "rows"), [("energy", 1), ("free_energy", 2)])
def test_more_lattices_than_fit_side_by_side_stand_in_lines(name, rows):
    """Five lattices: three above two, and labels at the left end of each line."""
    files = on_lattices(("4x4", "6x6", "8x8", "16x16", "32x32"))
    sheet = drawn(name, files, ATTRS)
    assert len(sheet.axes) == 5 * rows
    assert sheet.get_figwidth() == drawn(name, dict(list(files.items())[:3]), ATTRS).get_figwidth()
    titled = [axes.get_subplotspec().rowspan.start for axes in sheet.axes if axes.get_title()]
    assert titled == [0, 0, 0, rows, rows]
    labelled = [axes for axes in sheet.axes if axes.get_ylabel()]
    assert len(labelled) == 2 * rows
    assert {axes.get_subplotspec().colspan.start for axes in labelled} == {0}


@pytest.mark.parametrize(("scale", "decimals"), [(1.0, 4), (0.01, 5)])
def test_a_title_has_two_digits_of_the_error(scale, decimals):
    """0.0105 at first, and a hundredth of that."""
    files = on_lattices(("8x8", "16x16", "32x32"))
    for file in files.values():
        file["t_peak_curve_network_err"] *= scale
    title = drawn("critical_temperature", files, ATTRS).axes[0].get_title()
    assert [len(number.partition(".")[2]) for number in title.split("= ")[1].split(" ± ")] == [decimals] * 3


@pytest.mark.parametrize("name", ["specific_heat", "free_energy", "energy"])
def test_a_ring_alone_has_no_critical_temperature(name, tmp_path):
    sheet = drawn(name, {"64": thermodynamics()}, ATTRS)
    common.save(sheet, tmp_path / "a.png", tmp_path / "a.pdf")
    assert not [line for axes in sheet.axes for line in axes.lines if "infinite" in str(line.get_label())]


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("known", [True, False])
def test_figures_of_classifiers(name, known, tmp_path):
    files = {classifier: thermodynamics(known) for classifier in CLASSIFIERS[name]}
    common.save(drawn(name, files, {"lattice": "8x8"}), tmp_path / "a.png", tmp_path / "a.pdf")
    assert_drawn(tmp_path)


def couplings():
    rng = np.random.default_rng(2)
    matrix = np.ones((6, 6)) - np.eye(6)
    learned = matrix + rng.normal(size=(6, 6))
    return xr.Dataset({"exact": (("site", "other"), matrix), "learned": (("site", "other"), learned)})


def test_couplings(tmp_path):
    common.save(drawn("couplings", couplings(), {"lattice": "6"}), tmp_path / "a.png", tmp_path / "a.pdf")
    assert_drawn(tmp_path)


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_nothing_overlaps_in_any_style(style, language):
    common.styled(style, language)
    files = on_lattices(("4x4", "8x8", "16x16", "32x32"))
    for name in LATTICES:
        for attrs in (ATTRS, CUBES, FIRST_ORDER):
            assert unreadable(drawn(name, files, attrs), language) == []
    for name, classifiers in CLASSIFIERS.items():
        files = {classifier: thermodynamics() for classifier in classifiers}
        assert unreadable(drawn(name, files, {"lattice": "16x16"}), language) == []
    assert unreadable(drawn("couplings", couplings(), {"lattice": "6x6"}), language) == []


def test_every_figure_is_tested():
    registered = {name.removeprefix("ising_") for name in registry.FIGURES if name.startswith("ising_")}
    assert registered == {*LATTICES, *CLASSIFIERS, "couplings"}


def test_a_temperature_far_above_the_peaks_is_not_shown():
    """A ring that begins at beta = 0.01 must not squeeze what happens at 2."""
    ring = thermodynamics().assign_coords(temperature=("inner", [100.0, 10.0, 3.0, 2.0, 1.0, 0.5]))
    ring["specific_heat"] = ("inner", [0.0, 0.0, 0.1, 0.2, 0.4, 0.2])
    axes = drawn("specific_heat", {"8x8": thermodynamics(), "64": ring}, ATTRS).axes[0]
    hottest_peak = 1 / np.linspace(0.3, 0.6, 8)[1]
    np.testing.assert_allclose(axes.get_xlim(), (0, 3 * hottest_peak))
