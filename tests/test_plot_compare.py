"""The page that compares methods: drawn for one or many of everything, gated points marked."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.models.complex_phi4.action import ComplexPhi4
from pomflow.models.observables import observable
from pomflow.plotting import common

MU = (0.0, 0.5, 1.0)
ATTRS = {
    "model": "complex_phi4",
    "parameters": {"mass": 1.0, "coupling": 1.0},
    "axes": ["mu"],
    "points": [f"mu={mu:g}" for mu in MU],
    "shown": ["mu=0.5", "mu=1"],
}
# mu runs over the same values at two couplings, the last axis fastest
GRID = [(mu, coupling) for mu in MU for coupling in (0.5, 1.0)]
TWO_AXES = {
    "parameters": {"mass": 1.0},
    "axes": ["mu", "coupling"],
    "points": [f"mu={mu:g},coupling={coupling:g}" for mu, coupling in GRID],
    "shown": ["mu=0.5,coupling=0.5", "mu=1,coupling=1"],
}
ALL = ["plane", "dense", "linear", "equivariant", "layered", "langevin"]


@pytest.fixture(autouse=True)
def _style():
    common.styled()


def comparison(lattices=("4x4",), methods=("plane", "dense", "langevin"), mu=MU):
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


def two_axes(lattices=("4x4",), methods=("plane", "dense", "langevin")):
    """The same on a grid of mu and coupling, with numbers of its own at every point."""
    table = comparison(lattices, methods, mu=range(len(GRID))).rename({"mu": "point"}).drop_vars("point")
    mu, coupling = np.transpose(GRID)
    table = table.assign_coords(mu=("point", mu), coupling=("point", coupling))
    return table.assign(apf_re=table["apf_re"] * 0 + np.exp(-table["mu"] * table["coupling"] / 5))


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


def test_the_same_bytes_twice(tmp_path):
    for folder in ("one", "two"):
        common.save(draw(TABLES["many"]), tmp_path / folder / "a.png", tmp_path / folder / "a.pdf")
    for kind in ("png", "pdf"):
        first, second = (tmp_path / folder / f"a.{kind}" for folder in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("style", "language"), LOOKS)
@pytest.mark.parametrize("name", TABLES)
def test_nothing_overlaps_in_any_style(style, language, name):
    common.styled(style, language)
    assert unreadable(draw(TABLES[name]), language) == []


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_nothing_overlaps_with_two_axes(style, language):
    common.styled(style, language)
    assert unreadable(draw(two_axes(["4x4", "6x6", "8x8"], ALL), **TWO_AXES), language) == []


def test_one_point_without_a_phase_has_its_place():
    sheet = draw(comparison(mu=[0.0]), points=["mu=0"], shown=[])
    assert list(points(sheet.axes[0], common.PLANE)) == [(0.0, False)]
    assert sheet.axes[1].containers == []


def test_lines_are_the_values_of_the_other_axes():
    """Each line has the points of one coupling, and the legend says of which."""
    sheet = draw(two_axes(methods=["dense"]), **TWO_AXES)
    lines = [container[0] for container in sheet.axes[0].containers]
    drawn = {line.get_linestyle(): line for line in lines if line.get_linestyle() != "None"}
    assert set(drawn) == {"-", "--"}
    for style, coupling in (("-", 0.5), ("--", 1.0)):
        x, y = drawn[style].get_data()
        assert list(x) == list(MU)
        assert list(y) == pytest.approx(np.exp(-np.array(MU) * coupling / 5))
    texts = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert {r"$\lambda$ = 0.5", r"$\lambda$ = 1"} <= set(texts)
    # the panel against the volume: mu = coupling = 1, at V = 4
    values = [line.get_ydata()[0] for line in (container[0] for container in sheet.axes[1].containers)]
    assert sorted(value for value in values if np.isfinite(value)) == pytest.approx([0.0125, 0.05])


def test_more_couplings_than_lines_are_thinned_out_with_both_ends():
    values = [0.1, 0.2, 0.3, 0.4, 0.5]
    table = comparison(methods=["dense"], mu=range(5)).rename({"mu": "point"}).drop_vars("point")
    table = table.assign_coords(mu=("point", np.ones(5)), coupling=("point", values))
    names = [f"mu=1,coupling={value:g}" for value in values]
    sheet = draw(table, parameters={"mass": 1.0}, axes=["mu", "coupling"], points=names, shown=[])
    texts = [text.get_text() for text in sheet.legends[0].get_texts() if "lambda" in text.get_text()]
    assert texts == [rf"$\lambda$ = {value}" for value in (0.1, 0.3, 0.5)]


def test_a_model_without_observables_has_its_page(monkeypatch):
    class Bare(ComplexPhi4):
        @classmethod
        def observables(cls):
            return {}

    monkeypatch.setitem(sys.modules, "bare_model", SimpleNamespace(Bare=Bare))
    monkeypatch.setitem(registry.MODELS, "bare", "bare_model:Bare")
    table = unknown(comparison(), "seconds_to_percent").drop_vars("density_pull")
    sheet = draw(table, model="bare")
    assert unreadable(sheet) == []
    assert len(list(points(sheet.axes[0], common.OPTIMIZED))) == 3


def test_a_negative_phase_is_in_sight():
    """Where arg Z = pi the phase is near -1, and its modulus falls off with the volume."""
    table = comparison(["4x4", "6x6"])
    sheet = draw(table.assign(apf_re=-table["apf_re"]))
    assert sheet.axes[0].get_ylim()[0] < -1
    lines = [container[0] for container in sheet.axes[1].containers]
    assert sum(np.isfinite(line.get_ydata()).sum() for line in lines) == 8


def test_pulls_are_of_the_first_observable_of_the_model(monkeypatch):
    class Tilted(ComplexPhi4):
        title = "tilted"

        @classmethod
        def observables(cls):
            return {"slant": observable("slant", symbol=r"\sigma")(lambda point: point.z.sum(axis=1))}

    monkeypatch.setitem(sys.modules, "tilted_model", SimpleNamespace(Tilted=Tilted))
    monkeypatch.setitem(registry.MODELS, "tilted", "tilted_model:Tilted")
    table = comparison().rename({"density_pull": "slant_pull"})
    sheet = draw(table, model="tilted")
    assert sheet.axes[5].get_title() == r"$\sigma$ against exact values"
    assert sheet.axes[4].get_title() == r"To a 1 % error of $\sigma$"
    assert sheet.get_suptitle().startswith("Methods compared, tilted, ")
    assert len(list(points(sheet.axes[5], common.OPTIMIZED))) == 3


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
