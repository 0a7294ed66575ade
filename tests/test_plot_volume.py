"""The figure of the average phase factor against the volume."""

from itertools import permutations

import numpy as np
import pytest
import xarray as xr

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.plotting import common

ATTRS = {
    "model": "complex_phi4",
    "parameters": {"mass": 1.0, "coupling": 1.0},
    "shown": ["mu=0.5", "mu=1"],
}
MU = [0.5, 1.0]
FREE = {"free_energy_exact": 20.0, "free_energy_exact_err": 0.01}


@pytest.fixture(autouse=True)
def _style():
    common.styled()


def scan(apf, mu=MU, status="ok", exact=0.3):
    """A table whose phase is the same at every mu."""
    full = np.ones(len(mu))
    values = {"apf_re": apf, "apf_re_err": 0.01, "apf0_exact": exact, "apf0_exact_err": 0.001}
    states = {name: ("mu", np.full(len(mu), status, dtype=object)) for name in ("status", "status0")}
    return xr.Dataset({name: ("mu", value * full) for name, value in values.items()} | states, {"mu": mu})


def joined(axes):
    """{label: (x, y)} of the lines of a panel."""
    lines = {container.get_label(): container.lines[0] for container in axes.containers}
    return {label: line.get_data() for label, line in lines.items() if not label.startswith("_")}


def test_lattices_in_the_order_of_their_volumes_and_the_exact_plane():
    scans = [
        ("8x8", "dense", scan(0.5, exact=0.1)),
        ("4x4", "dense", scan(0.9)),
        ("4x4", "linear", scan(0.8)),
        ("8x8", "linear", scan(0.7, exact=0.1)),
    ]
    sheet = registry.load("figure", "volume")(scans, ATTRS)
    upper, lower = sheet.axes[:2], sheet.axes[2:]
    assert len(lower) == len(MU)
    for axes, below in zip(upper, lower, strict=True):
        lines, costs = joined(axes), joined(below)
        expected = {"dense contour": [0.9, 0.5], "linear contour": [0.8, 0.7]}
        for label, values in (expected | {"undeformed plane, exact": [0.3, 0.1]}).items():
            x, y = lines[label]
            assert list(x) == [16, 64]
            np.testing.assert_allclose(y, values)
            np.testing.assert_allclose(costs[label][1], -np.log(values))


@pytest.mark.parametrize(("apf", "scale"), [(np.nan, "linear"), (-0.02, "linear"), ([-0.02, 0.9], "log")])
def test_phases_that_are_lost_to_noise_on_every_lattice(apf, scale):
    """They have no logarithm, and nothing exact is known: the figure is drawn all the same."""
    scans = [(lattice, "linear", scan(np.array(apf), exact=np.nan)) for lattice in ("4x4", "8x8")]
    sheet = registry.load("figure", "volume")(scans, ATTRS)
    sheet.canvas.draw()
    assert {axes.get_yscale() for axes in sheet.axes[2:]} == {scale}


def test_the_better_of_two_exact_simulations():
    """Two tables of a lattice: the phase of one is noise, and the order in which they come is nothing."""
    noise = scan(0.9, exact=0.002)
    better = scan(0.8, exact=1e-6).assign(apf0_exact_err=("mu", [1e-8] * 2))
    for scans in permutations((("8x8", "a", noise), ("8x8", "b", better))):
        sheet = registry.load("figure", "volume")([("4x4", "a", scan(0.9)), *scans], ATTRS)
        _, y = joined(sheet.axes[2])["undeformed plane, exact"]
        np.testing.assert_allclose(y, -np.log([0.3, 1e-6]))


def test_an_exact_phase_that_is_noise_has_no_cost():
    sheet = registry.load("figure", "volume")(
        [("4x4", "dense", scan(0.9)), ("8x8", "dense", scan(0.5, exact=0.003))], ATTRS
    )
    assert joined(sheet.axes[0])["undeformed plane, exact"][1][1] == 0.003
    assert np.isnan(joined(sheet.axes[2])["undeformed plane, exact"][1][1])


def test_cost_of_a_plane_whose_phase_is_too_small_for_a_number():
    """From its free energy: -ln APF = V dF, where the phase itself is 1e-400."""
    lost = scan(0.9, exact=0.0).assign({name: ("mu", [value] * 2) for name, value in FREE.items()})
    sheet = registry.load("figure", "volume")([("8x8", "dense", lost)], ATTRS)
    x, y = joined(sheet.axes[2])["undeformed plane, exact"]
    np.testing.assert_allclose(x, [64])
    np.testing.assert_allclose(y, [64 * 20])


def test_a_phase_below_zero_has_no_cost():
    sheet = registry.load("figure", "volume")([("4x4", "dense", scan(-0.01, exact=np.nan))], ATTRS)
    assert np.isnan(joined(sheet.axes[2])["dense contour"][1]).all()


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_nothing_overlaps_in_any_style(style, language):
    common.styled(style, language)
    lattices = ("4x4", "8x8", "12x12", "16x16")
    scans = [
        (lattice, name, scan(0.9)) for lattice in lattices for name in ("dense", "linear", "equivariant")
    ]
    assert unreadable(registry.load("figure", "volume")(scans, ATTRS), language) == []


def test_a_point_behind_a_failed_gate_is_hollow_and_not_joined():
    sheet = registry.load("figure", "volume")(
        [("4x4", "dense", scan(0.9)), ("8x8", "dense", scan(0.02, status="apf"))], ATTRS
    )
    _, line, hollow = (container.lines[0] for container in sheet.axes[0].containers)
    assert np.isnan(line.get_ydata()[1])
    assert hollow.get_ydata()[1] == 0.02
    assert np.isnan(hollow.get_ydata()[0])
    assert hollow.get_markerfacecolor() == "white"


def test_exact_values_need_not_be_known_on_every_lattice():
    sheet = registry.load("figure", "volume")(
        [("4x4", "dense", scan(0.9)), ("8x8", "dense", scan(0.5, exact=np.nan))], ATTRS
    )
    lines = joined(sheet.axes[0])
    assert list(lines["undeformed plane, exact"][0]) == [16]
    assert list(lines["dense contour"][1]) == [0.9, 0.5]


def test_points_of_two_axes():
    """Each panel has the row of its point, and its title names both parameters."""
    grid = {"mu": ("point", [0.5, 0.5, 1.0, 1.0]), "coupling": ("point", [1.0, 2.0, 1.0, 2.0])}
    scans = []
    for lattice, phase in (("4x4", [0.9, 0.8, 0.7, 0.6]), ("8x8", [0.5, 0.4, 0.3, 0.2])):
        table = scan(1.0, mu=range(4)).rename({"mu": "point"}).drop_vars("point").assign_coords(grid)
        scans.append((lattice, "dense", table.assign(apf_re=("point", phase))))
    shown = ["mu=0.5,coupling=2", "mu=1,coupling=1"]
    sheet = registry.load("figure", "volume")(scans, ATTRS | {"parameters": {"mass": 1.0}, "shown": shown})
    left, right = sheet.axes[:2]
    assert list(joined(left)["dense contour"][1]) == [0.8, 0.4]
    assert list(joined(right)["dense contour"][1]) == [0.7, 0.3]
    assert left.get_title() == r"$\mu$ = 0.5, $\lambda$ = 2"
    assert sheet.get_suptitle() == r"Average phase factor and volume, complex $\varphi^4$, $m$ = 1"
