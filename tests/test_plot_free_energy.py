"""The figure of the free energy of the phase on several lattices."""

import numpy as np
import pytest
import xarray as xr

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.models.simulation import EXACT
from pomflow.plotting import common

ATTRS = {"model": "complex_phi4", "parameters": {"mass": 1.0, "coupling": 1.0}, "axes": ["mu"]}
MU = np.array([0.0, 0.5, 1.0, 1.1, 2.0])
BOXES = ("4x4x4x4", "6x6x6x6", "8x8x8x8")


@pytest.fixture(autouse=True)
def _style():
    common.styled()


def table(height: float, status=("ok",) * 5, mu=MU) -> xr.Dataset:
    """Of the exact simulation of one lattice, or of a contour."""
    values = {"free_energy": height * abs(mu), "free_energy_err": 0.001 + 0 * mu}
    states = {"status": ("mu", np.array(status, dtype=object))}
    return xr.Dataset({name: ("mu", value) for name, value in values.items()} | states, {"mu": mu})


def draw(tables, **attrs):
    """Of exact simulations by lattice, and of contours by lattice and contour."""
    tables = {key if isinstance(key, tuple) else (key, EXACT): one for key, one in tables.items()}
    return registry.load("figure", "free_energy")(tables, ATTRS | attrs)


def drawn(axes) -> list[tuple[str, np.ndarray, np.ndarray, bool]]:
    """(label, x, y, open) of all error bars."""
    lines = [(container.get_label(), container.lines[0]) for container in axes.containers]
    return [
        (label, *map(np.asarray, line.get_data()), line.get_markerfacecolor() == "white")
        for label, line in lines
    ]


def test_lattices_beside_published_values():
    """Every lattice is a line, without values behind a failed gate; published ones are open, to the right."""
    tables = {"4x4x4x4": table(0.02), "8x8x8x8": table(0.03, ("ok", "ok", "ess", "ok", "ok"))}
    (axes,) = draw(tables).axes
    found = drawn(axes)
    ours = {label: y for label, _, y, hollow in found if not hollow}
    np.testing.assert_allclose(ours["4×4×4×4 lattice"], 0.02 * MU)
    np.testing.assert_allclose(ours["8×8×8×8 lattice"], np.where(MU == 1, np.nan, 0.03 * MU))
    points = {(round(float(x[0]), 9), float(y[0])) for _, x, y, hollow in found if hollow and len(x)}
    assert {(0.525, 0.003883), (1.125, 0.0235), (0.525, 0.004225), (2.025, 0.054)} < points
    assert len(points) == 6
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "density of states, arXiv:1910.11026" in words
    assert r"$\mu_c$: dual variables, arXiv:1206.2954" in words
    assert len(axes.patches) == 3


def test_values_on_contours_are_crosses_around_the_exact_ones():
    """In the colour of the lattice, without a line; those behind a failed gate are counted in the legend."""
    paths = {
        ("6x6", contour): table(0.02, ("ok", "apf", "ok", "ok", "ok")) for contour in ("linear", "layered")
    }
    (axes,) = draw({"4x4": table(0.02), "6x6": table(0.03)} | paths).axes
    lines = {container.get_label(): container.lines[0] for container in axes.containers}
    failed = ": gate failed at 1 of 5 points (apf)"
    assert {
        "4×4 lattice",
        "6×6 lattice",
        f"on the path, linear{failed}",
        f"on the path, layered{failed}",
    } == {label for label in lines if not label.startswith("_")}
    np.testing.assert_allclose(lines["6×6 lattice"].get_xdata(), MU)
    crosses = [line for label, line in lines.items() if label.startswith("_")]
    assert [line.get_marker() for line in crosses] == ["x", "+"]
    kept = MU != 0.5
    for side, line in zip((-1, 1), crosses, strict=True):
        assert line.get_color() == lines["6×6 lattice"].get_color()
        assert line.get_linestyle() == "None"
        np.testing.assert_allclose(line.get_xdata()[kept], MU[kept] + 0.025 * side)
        np.testing.assert_allclose(line.get_ydata(), np.where(kept, 0.02 * MU, np.nan))


def test_what_is_alone_at_a_place_is_not_moved():
    """Two contours stand around their place, half as far apart as around an exact value."""
    first, second = (
        table(0.02, ["ok" if one else "ess" for one in good]) for good in ((1,) * 5, (0, 0, 1, 1, 1))
    )
    (axes,) = draw({("5x5", "linear"): first, ("5x5", "layered"): second}).axes
    left, right = (container.lines[0].get_xdata() for container in axes.containers[:2])
    np.testing.assert_allclose(left, MU - 0.0125 * (MU >= 1))
    np.testing.assert_allclose(right[2:], MU[2:] + 0.0125)


def test_the_exact_curve_reaches_negative_values_of_contours():
    """The theory is even in the axis of the simulation, whose nodes are not negative."""
    points = table(0.02, ("ok",) * 3, np.array([-1.0, -0.5, 1.0]))
    (axes,) = draw({"5x5": table(0.02), ("5x5", "linear"): points}).axes
    exact, cross = (container.lines[0] for container in axes.containers[:2])
    np.testing.assert_allclose(exact.get_xdata(), [-1, -0.5, *MU])
    np.testing.assert_allclose(exact.get_ydata(), 0.02 * abs(exact.get_xdata()))
    np.testing.assert_allclose(cross.get_xdata(), np.array([-1, -0.5, 1]) - 0.0375)


def test_contours_alone():
    """Of a theory without an exact simulation: the lattice is named by its first contour."""
    (axes,) = draw({("4x4", "linear"): table(0.02)}).axes
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert words == ["4×4 lattice", "on the path, linear"]


def test_without_published_values():
    (axes,) = draw({"4x4": table(0.02)}).axes
    assert [label for label, *_ in drawn(axes)] == ["4×4 lattice"]
    assert not axes.patches


def test_a_panel_for_each_value_of_another_axis():
    rows = [table(height).expand_dims(coupling=[coupling]) for height, coupling in ((0.02, 1.0), (0.01, 2.0))]
    grid = xr.concat(rows, "coupling").stack(point=("coupling", "mu")).reset_index("point")
    sheet = draw({"4x4x4x4": grid}, axes=["mu", "coupling"], parameters={"mass": 1.0})
    first, second = sheet.axes
    assert len(drawn(first)) > len(drawn(second)) == 1
    np.testing.assert_allclose(drawn(second)[0][2], 0.01 * MU)


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_nothing_overlaps_in_any_style(style, language):
    common.styled(style, language)
    tables = {(name, EXACT): table(0.02 + 0.01 * k) for k, name in enumerate(BOXES)}
    path = table(0.02, ("ess", "thermalization", "ok", "ok", "ok"))
    assert unreadable(draw(tables | {(BOXES[0], "linear"): path}), language) == []
