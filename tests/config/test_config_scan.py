"""The scan of a configuration: values, names of points and random streams, nodes of an exact simulation."""

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pomflow.config import scan
from pomflow.config.scan import Study

WORM = {"enabled": True, "spacing": 0.2}


def study(over: dict, model: str = "complex_phi4", name: str = "phi4", **settings) -> Study:
    known = {"model": model, "lattices": [[4, 4]], "contours": ["dense"], "parameters": {}, "worm": WORM}
    return Study(name, known | {"over": over} | settings)


# --- values and their texts ---------------------------------------------------------------------------------


def test_values_of_a_range_have_short_texts_and_both_ends():
    values = scan.axis_values({"start": 0, "stop": 2, "num": 11})
    texts = [scan.text_of(value) for value in values]
    assert texts == ["0", "0.2", "0.4", "0.6", "0.8", "1", "1.2", "1.4", "1.6", "1.8", "2"]
    assert [float(text) for text in texts] == values


def test_values_of_a_list_are_sorted_and_have_no_negative_zero():
    values = scan.axis_values([1.13, -0.0, 0.5, -0.25])
    assert [scan.text_of(value) for value in values] == ["-0.25", "0", "0.5", "1.13"]
    assert scan.axis_values([1e-10]) == [1e-10]
    assert scan.text_of(1e-10) == "0.0000000001"


@given(st.floats(-1e4, 1e4).map(lambda value: round(value, scan.DECIMALS)))
def test_a_text_is_the_value(value):
    text = scan.text_of(value)
    assert float(text) == value
    assert "e" not in text
    assert set(text) <= set("-.0123456789")


# --- points -------------------------------------------------------------------------------------------------


def test_points_of_a_grid_run_over_the_last_axis_first():
    grid = study({"mu": [0.5, 0.0], "coupling": {"start": 1, "stop": 2, "num": 2}})
    assert grid.axes == {"mu": ("0", "0.5"), "coupling": ("1", "2")}
    assert grid.first_axis == "mu"
    assert grid.points == ["mu=0,coupling=1", "mu=0,coupling=2", "mu=0.5,coupling=1", "mu=0.5,coupling=2"]


def test_values_of_a_point_are_those_of_the_axes_the_parameters_and_the_defaults():
    grid = study({"mu": [-0.5]}, parameters={"mass": 2})
    assert grid.points == ["mu=-0.5"]
    assert grid.values("mu=-0.5") == {"mass": 2.0, "coupling": 1.0, "mu": -0.5}
    assert grid.fixed == {"mass": 2.0, "coupling": 1.0}


def test_a_whole_number_on_an_axis_stays_one():
    power = study({"power": [2, 4]}, model="power_integral", parameters={"shift": 1.5})
    assert power.points == ["power=2", "power=4"]
    assert power.values("power=4")["power"] == 4
    assert isinstance(power.values("power=4")["power"], int)


def test_a_name_and_its_texts_are_inverse():
    texts = {"mu": "-0.25", "coupling": "1"}
    assert scan.label_of(texts) == "mu=-0.25,coupling=1"
    assert scan.texts_of("mu=-0.25,coupling=1") == texts


def test_the_row_of_a_point_is_found_by_its_numbers():
    grid = itertools.product([0.1 + 0.2, 0.5], [0.0, 1.0])
    table = pd.DataFrame(grid, columns=["mu", "coupling"]).round(scan.DECIMALS).assign(density=[1, 2, 3, 4])
    assert scan.row_at(table, "mu=0.3,coupling=1")["density"] == 2
    assert scan.row_at(table, "mu=0.5,coupling=0")["density"] == 3


# --- random streams -----------------------------------------------------------------------------------------


def test_streams_of_the_first_study_have_the_names_of_earlier_releases():
    named = scan.stream_labels("phi4", "sample_plane", "4x4", "plane", "mu=0.4")
    assert named == ("sample_plane", "4x4", "plane", "0.4")


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("other", "mu=0.4", ("other", "sample_plane", "4x4", "plane", "0.4")),
        ("phi4", "coupling=0.4", ("sample_plane", "4x4", "plane", "coupling=0.4")),
        ("phi4", "mu=0.4,coupling=1", ("sample_plane", "4x4", "plane", "mu=0.4,coupling=1")),
    ],
)
def test_streams_of_other_studies_and_axes_are_named_by_them(name, point, expected):
    assert scan.stream_labels(name, "sample_plane", "4x4", "plane", point) == expected


def test_no_two_jobs_share_their_random_numbers():
    names = ("phi4", "sample_plane", "b")
    points = ("mu=0", "mu=0.4", "mass=0.4", "coupling=0.4", "mu=0.4,coupling=1", "mu=0.4,mass=1")
    stages = ("sample_plane", "optimize_contour")
    jobs = list(itertools.product(names, stages, ("4x4", "8x8"), ("plane", "dense"), points))
    assert len({scan.stream_labels(*job) for job in jobs}) == len(jobs)


# --- lattices and contours ----------------------------------------------------------------------------------


def test_lattices_may_have_contours_of_their_own():
    lattices = [[4, 4], {"shape": [8, 8], "contours": ["linear"]}]
    mixed = study({"mu": [0.5]}, lattices=lattices, contours=["dense", "plane", "linear"])
    assert mixed.pairs == [("4x4", "dense"), ("4x4", "plane"), ("4x4", "linear"), ("8x8", "linear")]
    assert mixed.trained == [("4x4", "dense"), ("4x4", "linear"), ("8x8", "linear")]
    assert mixed.lattices == ["4x4", "8x8"]
    assert mixed.against_volume == [("4x4", "linear"), ("8x8", "linear")]


@pytest.mark.parametrize(
    ("lattice", "expected"),
    [("4x4", None), ("6x6", None), ("8x8", "6x6"), ("12x7", "6x6"), ("16x16", "12x12"), ("12x12x12", None)],
)
def test_predecessor_is_the_largest_smaller_lattice_that_fits(lattice, expected):
    assert scan.predecessor(lattice, [[6, 6], [12, 12], [4, 20]]) == expected


@given(st.lists(st.integers(), min_size=1, max_size=30, unique=True), st.integers(2, 12))
def test_spread_keeps_both_ends_and_the_order(items, most):
    found = scan.spread(items, most)
    assert found[0] == items[0]
    assert found[-1] == items[-1]
    assert len(found) == min(len(items), most)
    assert found == [item for item in items if item in found]


def test_spread_is_even():
    assert scan.spread(list(range(11)), 3) == [0, 5, 10]


def test_shown_points_have_a_phase_where_there_are_any():
    grid = study({"mu": {"start": 0, "stop": 1, "num": 5}})
    assert grid.shown(3) == ["mu=0", "mu=0.5", "mu=1"]
    assert grid.shown(2, with_phase=True) == ["mu=0.25", "mu=1"]
    assert study({"mu": [0.0]}).shown(2, with_phase=True) == ["mu=0"]


# --- the exact simulation -----------------------------------------------------------------------------------


def test_grid_of_an_integral_reaches_the_largest_modulus():
    """Multiples of the spacing up to the largest |value| or beyond, at least two beside 0."""
    assert scan.integration_grid([0.0, 0.25, -0.7], 0.2) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert scan.integration_grid([0.3], 0.1) == [0.0, 0.1, 0.2, 0.3]
    assert scan.integration_grid([0.0], 0.1) == [0.0, 0.1, 0.2]


def test_nodes_are_the_points_and_the_grid():
    assert study({"mu": [0.25, 0.4]}).nodes == {
        "mu=0": True,
        "mu=0.2": True,
        "mu=0.25": False,
        "mu=0.4": True,
    }


def test_without_a_spacing_only_the_points_are_simulated():
    alone = study({"mu": [-0.4, 0.25]}, worm=WORM | {"spacing": 0})
    assert alone.nodes == {"mu=0.25": False, "mu=0.4": False}
    assert alone.node_of == {"mu=-0.4": "mu=0.4", "mu=0.25": "mu=0.25"}


def test_a_point_at_negative_mu_has_the_node_of_its_modulus():
    """The theory is even in mu."""
    both = study({"mu": [-0.3, -0.2, 0.3]})
    assert both.node_of == {"mu=-0.3": "mu=0.3", "mu=-0.2": "mu=0.2", "mu=0.3": "mu=0.3"}
    assert both.nodes == {"mu=0": True, "mu=0.2": True, "mu=0.3": False, "mu=0.4": True}


def test_nodes_run_along_mu_where_the_table_does_not():
    along = study({"coupling": [0.5, 1.0]}, parameters={"mu": -0.4})
    assert along.node_of == {"coupling=0.5": "coupling=0.5,mu=0.4", "coupling=1": "coupling=1,mu=0.4"}
    assert along.nodes == {
        f"coupling={coupling},mu={mu}": True for coupling in ("0.5", "1") for mu in ("0", "0.2", "0.4")
    }
    assert along.values("coupling=0.5,mu=0.4") == {"mass": 1.0, "coupling": 0.5, "mu": 0.4}


@pytest.mark.parametrize("first", ["mu", "coupling"])
def test_two_axes_have_a_group_of_nodes_for_each_coupling_but_0(first):
    """Without a coupling every number has a closed form."""
    over = {"mu": [0.0, -0.3], "coupling": [0.0, 0.5, 1.0]}
    order = [first, *(axis for axis in over if axis != first)]
    grid = study({axis: over[axis] for axis in order})
    assert grid.simulated

    def name(mu, coupling):
        return scan.label_of({axis: {"mu": mu, "coupling": coupling}[axis] for axis in order})

    on_grid = {"0": True, "0.2": True, "0.3": False, "0.4": True}
    assert grid.nodes == {name(mu, c): on_grid[mu] for c in ("0.5", "1") for mu in on_grid}
    assert grid.node_of == {
        name(mu, c): name(mu.lstrip("-"), c) for c in ("0.5", "1") for mu in ("0", "-0.3")
    }


@given(
    st.lists(st.integers(-200, 200).map(lambda k: k / 100), min_size=1, max_size=6, unique=True),
    st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, unique=True),
)
def test_every_simulated_point_has_a_node_and_lies_within_the_grid(mu, coupling):
    grid = study({"mu": mu, "coupling": coupling})
    if not grid.simulated:
        assert coupling == [0.0]
        return
    assert grid.node_of.keys() == {point for point in grid.points if not point.endswith("coupling=0")}
    assert set(grid.node_of.values()) <= grid.nodes.keys()
    for point, node in grid.node_of.items():
        at = grid.values(point)
        assert grid.values(node) == at | {"mu": abs(at["mu"])}
        line = [
            grid.values(other)["mu"]
            for other, on_grid in grid.nodes.items()
            if on_grid and grid.values(other)["coupling"] == at["coupling"]
        ]
        assert line == sorted(line)
        assert len(line) >= scan.FEWEST_NODES
        assert line[0] == 0
        assert line[-1] >= abs(at["mu"])


def test_what_is_not_simulated():
    """A theory in closed form, a model without a simulation, and one that is switched off."""
    assert not study({"mu": [0.5]}, parameters={"coupling": 0}).simulated
    assert study({"mu": [0.5]}, parameters={"coupling": 0}).simulation is not None
    assert study({"mu": [0.5]}, model="thirring", lattices=[[8]]).simulation is None
    assert not study({"mu": [0.5]}, model="thirring", lattices=[[8]]).simulated
    assert not study({"mu": [0.5]}, worm=WORM | {"enabled": False}).simulated


def test_studies_of_a_configuration_by_name():
    config = {"studies": {name: study({"mu": [0.5]}).settings for name in ("b", "a")}}
    found = scan.studies(config)
    assert list(found) == ["b", "a"]
    assert [one.name for one in found.values()] == ["b", "a"]
