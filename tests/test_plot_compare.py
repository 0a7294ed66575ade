"""The page that compares methods: drawn for one or many of everything, gated points marked."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from overlaps import unreadable
from pomflow import registry
from pomflow.plotting import common, styles

ATTRS = {"mass": 1.0, "coupling": 1.0, "shown": ["0.5", "1"]}
ALL = ["plane", "dense", "linear", "equivariant", "wide", "langevin"]


@pytest.fixture(autouse=True)
def _style():
    common.styled()


def comparison(lattices=("4x4",), methods=("plane", "dense", "langevin"), mu=(0.0, 0.5, 1.0)):
    """A synthetic table: plausible numbers, no phase for Langevin dynamics, no training for the baselines."""
    shape = (len(lattices), len(methods), len(mu))
    dims = ("lattice", "method", "mu")
    baseline = np.isin(methods, ("plane", "langevin"))[None, :, None]
    values = {
        "apf_re": np.exp(-np.array(mu) * np.ones(shape) / 5),
        "apf_re_err": np.full(shape, 0.01),
        "density_pull": np.linspace(-2, 2, np.prod(shape)).reshape(shape),
        "train_seconds": np.where(baseline, 0.0, 30.0) + np.zeros(shape),
        "ess_per_second": np.full(shape, 200.0),
        "seconds_to_percent": np.where(np.array(mu) > 0, 7.0, np.nan) + np.zeros(shape),
    }
    if "langevin" in methods:
        values["apf_re"][:, list(methods).index("langevin")] = np.nan
    table = xr.Dataset({name: (dims, value) for name, value in values.items()})
    return table.assign(status=(dims, np.full(shape, "ok", dtype=object))).assign_coords(
        lattice=np.array(lattices, dtype=object),
        method=np.array(methods, dtype=object),
        mu=list(mu),
        volume=("lattice", [4 ** (i + 1) for i in range(len(lattices))]),
    )


def draw(table, **attrs):
    return registry.load("figure", "compare")(table, ATTRS | attrs)


def unknown(table, *names):
    return table.assign({name: np.nan * table[name] for name in names})


TABLES = {
    "three of each": comparison(["4x4", "6x6", "8x8"]),
    "many": comparison(["2x2", "4x4", "6x6", "8x8"], ALL),
    "nothing exact": unknown(comparison(), "density_pull"),
    "everything gated": comparison().assign(
        status=comparison()["status"].copy(data=np.full((1, 3, 3), "ess"))
    ),
    "no phase to lose": comparison().assign(apf_re=xr.ones_like(comparison()["apf_re"])),
    "plane alone": comparison(methods=["plane"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_comparison_of_any_kind_is_drawn(name, tmp_path):
    for folder in ("one", "two"):
        common.save(draw(TABLES[name]), tmp_path / folder / "a.png", tmp_path / folder / "a.pdf")
    for kind in ("png", "pdf"):
        first, second = (tmp_path / folder / f"a.{kind}" for folder in ("one", "two"))
        assert first.stat().st_size > 5000
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("style", styles.FILES)
@pytest.mark.parametrize("name", TABLES)
def test_nothing_overlaps_in_any_style(style, name):
    common.styled(style)
    assert unreadable(draw(TABLES[name])) == []


def test_one_mu_at_zero_is_drawn(tmp_path):
    sheet = draw(comparison(mu=[0.0]), shown=[])
    common.save(sheet, tmp_path / "a.png", tmp_path / "a.pdf")


def points(axes, color):
    """(x, hollow) of every drawn point of a colour."""
    for container in axes.containers:
        line = container[0]
        if to_hex(line.get_color()) == to_hex(color):
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True):
                if np.isfinite(y):
                    yield x, to_hex(line.get_markerfacecolor()) == "#ffffff"


def test_a_gated_point_is_hollow_and_leaves_the_scale_alone():
    table = comparison()
    table["status"][0, 0, 2], table["density_pull"][0, 0, 2] = "apf", 1e4
    pull = draw(table).axes[5]
    assert sorted(points(pull, common.PLANE)) == [(0.0, False), (0.5, False), (1.0, True)]
    assert pull.get_ylim()[1] < 10


def test_methods_keep_their_colours_and_all_are_named():
    sheet = draw(TABLES["many"])
    names = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert names[0] == "undeformed plane, reweighted"
    assert {"complex Langevin", "dense contour", "8×8", "gate failed"} <= set(names)
    handles = sheet.legends[0].legend_handles[: len(ALL)]
    assert len({to_hex(handle.get_color()) for handle in handles}) == len(ALL)


def test_what_is_not_trained_or_has_no_phase_is_not_drawn():
    phase, _, training, *_ = draw(comparison()).axes
    assert not list(points(phase, "#CC79A7"))
    assert not list(points(training, common.PLANE))
    assert len(list(points(training, common.OPTIMIZED))) == 3


def test_volume_dependence():
    """-ln APF / V of the points that have a phase: here mu / 5V."""
    table = comparison(["4x4", "6x6"])
    lines = [container[0] for container in draw(table).axes[1].containers]
    drawn = {(x, y) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    found = sorted((x, round(y, 9)) for x, y in drawn if np.isfinite(y))
    assert found == [(4, 0.025), (4, 0.05), (16, 0.00625), (16, 0.0125)]
