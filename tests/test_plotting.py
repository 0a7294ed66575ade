"""Figures: drawn for ordinary and extreme data, gated points marked, the same bytes every time."""

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from overlaps import unreadable
from pomflow import registry
from pomflow.plotting import common, styles

ATTRS = {"lattice": "4x4", "mass": 1.0, "coupling": 1.0, "contour": "dense"}
SCAN_FIGURES = tuple(registry.SCAN_FIGURES)
NAMES = ("apf_re", "apf_im", "apf0_re", "apf0_im", "density", "density0", "phi2", "phi20")


@pytest.fixture(autouse=True)
def _style():
    common.styled()


PARTS = ("exact", "exact_err", "pull")


def scan(count=4, status=(), status0=(), known=True):
    """A synthetic table; ``status`` replaces the first entries."""
    mu = np.linspace(0, 1, count)
    values = {name: ("mu", mu + 0.1) for name in NAMES}
    errors = {f"{name}_err": ("mu", 0.01 + 0 * mu) for name in NAMES}
    exact = mu if known else np.nan * mu
    compared = {f"{name}_{part}": ("mu", exact) for name in ("density", "phi2", "apf0") for part in PARTS}
    states = {
        name: ("mu", np.array([*given, *["ok"] * (count - len(given))], dtype=object))
        for name, given in (("status", status), ("status0", status0))
    }
    return xr.Dataset(values | errors | compared | states, coords={"mu": mu})


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("name", SCAN_FIGURES)
@pytest.mark.parametrize(
    "table",
    [scan(), scan(1), scan(known=False), scan(status=["ess"]), scan(4, ["apf"] * 4, ["apf"] * 4)],
    ids=["good", "one mu", "nothing exact", "one gated", "all gated"],
)
def test_a_scan_of_any_kind_is_drawn(name, table, tmp_path):
    sheet = registry.load("figure", name)(table, ATTRS)
    common.save(sheet, tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").stat().st_size > 5000
    assert (tmp_path / "a.pdf").stat().st_size > 5000


@pytest.mark.parametrize("name", SCAN_FIGURES)
def test_a_mu_that_diverged_has_its_place_on_the_axis_and_its_name(name):
    table = scan(status=["ok", "ok", "ok", "diverged"], status0=["ok", "ok", "ok", "diverged"])
    for column in NAMES:
        table[column].values[3] = table[f"{column}_err"].values[3] = np.nan
    axes = registry.load("figure", name)(table, ATTRS).axes[0]
    assert axes.get_xlim()[0] < 0
    assert axes.get_xlim()[1] > 1
    assert "diverged" in texts(axes)


def test_a_gated_point_is_hollow_and_grey_and_named():
    axes = registry.load("figure", "density")(scan(status=["ok", "thermalization"]), ATTRS).axes[0]
    assert "thermalization" in texts(axes)
    [gated] = [c for c in axes.containers if c.get_label() == "optimized contour (dense): gate failed"]
    [good] = [c for c in axes.containers if c.get_label() == "optimized contour (dense)"]
    assert list(gated[0].get_xdata()) == pytest.approx([1 / 3])
    assert to_hex(gated[0].get_markerfacecolor()) == "#ffffff"
    assert to_hex(gated[0].get_color()) == to_hex(common.GATED)
    assert len(good[0].get_xdata()) == 3


def test_noise_of_the_plane_does_not_set_the_scale():
    table = scan(status0=["apf"])
    table["density0"][0], table["density0_err"][0] = 1e6, 1e7
    axes = registry.load("figure", "density")(table, ATTRS).axes[0]
    assert axes.get_ylim()[1] < 10


def test_the_plane_is_not_called_optimized():
    axes = registry.load("figure", "apf")(scan(), ATTRS | {"contour": "plane"}).axes[0]
    assert not [text for text in axes.get_legend().get_texts() if "optimized" in text.get_text()]


def samples():
    rng = np.random.default_rng(0)
    return xr.Dataset(
        {
            "phase": (("chain", "trajectory"), rng.normal(size=(4, 20))),
            "history_log_modulus": (("chain", "history"), rng.normal(size=(4, 30))),
            "history_phase": (("chain", "history"), rng.normal(size=(4, 30))),
            "start": ("chain", np.array(["hot", "ordered"] * 2, dtype=object)),
        },
        coords={"history": np.arange(30)},
        attrs={"thermalization": 10},
    )


def contour():
    step = np.arange(50.0)
    control = (step > 20).astype(float)
    return xr.Dataset(
        {
            name: ("step", v)
            for name, v in zip(
                ("apf_re", "gradient_norm", "control"), (step / 50, 1 + step, control), strict=True
            )
        }
    )


@pytest.mark.parametrize("count", [1, 3])
def test_figures_of_paths_are_drawn_and_have_the_same_bytes_twice(count, tmp_path):
    texts = ["0", "1", "1.5"][:count]
    files = {mu: samples() for mu in texts}
    pairs = {mu: tuple(np.random.default_rng(1).normal(size=(3, 200))) for mu in texts}
    data = {
        "training": ({mu: contour() for mu in texts},),
        "history": (files,),
        "phase": (files, files),
        "correlation": (pairs,),
    }
    for name, arguments in data.items():
        for folder in ("one", "two"):
            sheet = registry.load("figure", name)(*arguments, ATTRS)
            common.save(sheet, tmp_path / folder / f"{name}.png", tmp_path / folder / f"{name}.pdf")
        for kind in ("png", "pdf"):
            first, second = (tmp_path / folder / f"{name}.{kind}" for folder in ("one", "two"))
            assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("style", styles.FILES)
def test_nothing_overlaps_in_any_style(style):
    common.styled(style)
    attrs = ATTRS | {"lattice": "16x16", "contour": "equivariant"}
    table = scan(6, ["ok", "ok", "ess"], ["ok", "ok", "ess"])
    for name in registry.SCAN_FIGURES:
        assert unreadable(registry.load("figure", name)(table, attrs)) == []
    files = {mu: samples() for mu in ("0", "1", "1.5")}
    pairs = {mu: tuple(np.random.default_rng(1).normal(size=(3, 200))) for mu in files}
    for name, data in (("history", [files]), ("phase", [files, files]), ("correlation", [pairs])):
        assert unreadable(registry.load("figure", name)(*data, attrs)) == []
    assert unreadable(registry.load("figure", "training")({mu: contour() for mu in files}, attrs)) == []


def test_overlapping_and_cut_texts_are_found():
    sheet, (left, right) = common.figure(1, 2)
    left.set_title("a title that is much longer than its panel is wide " * 2)
    right.set_title("another one")
    assert any("overlaps 'another one'" in problem for problem in unreadable(sheet))
    assert any("leaves the sheet" in problem for problem in unreadable(sheet))


def test_slides_change_sizes_only_where_paper_sets_them_and_paper_comes_back():
    """A figure for paper does not depend on what was drawn before it."""
    paper = {name: matplotlib.rcParams[name] for name in matplotlib.rcParams}
    common.styled("slides")
    assert matplotlib.rcParams["font.size"] > 1.3 * paper["font.size"]
    assert common.marker(0.5) == matplotlib.rcParams["lines.markersize"] / 2
    common.styled("paper")
    assert {name: matplotlib.rcParams[name] for name in paper} == paper


def test_every_figure_is_registered_and_tested():
    """Those of several lattices, and of other studies, in files of their own."""
    others = set(registry.FIGURES) - set(SCAN_FIGURES)
    of_phi4 = {name for name in others if not name.startswith(("ising_", "lesson_"))}
    assert of_phi4 == {"training", "history", "phase", "correlation", "compare", "volume"}
