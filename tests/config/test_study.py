"""A study in words and names: points of a grid, lattices, random streams, nodes of the exact simulation."""

import pytest

from pomflow.config import scan
from pomflow.config.resolve import load_schema, resolve
from pomflow.config.scan import Study
from small_scan import ROOT

SCHEMA = load_schema(ROOT / "workflow" / "schemas" / "config.schema.yaml")


def study(over, name="phi4", parameters=None, **keys) -> Study:
    """A resolved study of the phi^4 theory."""
    given = {"model": "complex_phi4", "lattices": [[4, 4]], "over": over, "parameters": parameters or {}}
    return scan.studies(resolve({"studies": {name: given | keys}}, SCHEMA))[name]


# --- points ---------------------------------------------------------------------------------------


def test_values_of_an_axis_and_their_texts():
    values = scan.axis_values({"start": 0, "stop": 2, "num": 11})
    texts = [scan.text_of(value) for value in values]
    assert texts == ["0", "0.2", "0.4", "0.6", "0.8", "1", "1.2", "1.4", "1.6", "1.8", "2"]
    assert [float(text) for text in texts] == values
    assert scan.axis_values([1.13, -0.0, 0.5]) == [0.0, 0.5, 1.13]
    # a minus sign of zero would name a second file
    assert scan.text_of(scan.axis_values([-0.0])[0]) == "0"
    assert scan.axis_values([1e-11]) == [1e-11]
    assert scan.text_of(-0.25) == "-0.25"
    assert scan.text_of(1e-10) == "0.0000000001"


def test_points_of_one_axis_are_in_increasing_order():
    one = study({"mu": [0.8, -0.4, 0]})
    assert one.points == ["mu=-0.4", "mu=0", "mu=0.8"]
    assert one.values("mu=-0.4") == {"mass": 1.0, "coupling": 1.0, "mu": -0.4}
    assert one.fixed == {"mass": 1.0, "coupling": 1.0}


def test_points_of_a_grid_run_fastest_along_the_last_axis():
    grid = study({"mu": [0.5, 0], "coupling": {"start": 1, "stop": 2, "num": 2}}, parameters={"mass": 2})
    assert grid.points == ["mu=0,coupling=1", "mu=0,coupling=2", "mu=0.5,coupling=1", "mu=0.5,coupling=2"]
    assert grid.first_axis == "mu"
    assert grid.axes == {"mu": ("0", "0.5"), "coupling": ("1", "2")}
    assert grid.values("mu=0.5,coupling=2") == {"mass": 2.0, "coupling": 2.0, "mu": 0.5}
    assert grid.fixed == {"mass": 2.0}


def test_labels_and_their_texts_belong_together():
    texts = {"mu": "-0.4", "coupling": "1"}
    assert scan.label_of(texts) == "mu=-0.4,coupling=1"
    assert scan.texts_of("mu=-0.4,coupling=1") == texts


def test_shown_points_have_both_ends_and_a_phase():
    one = study({"mu": {"start": 0, "stop": 1, "num": 11}})
    assert one.shown(3) == ["mu=0", "mu=0.5", "mu=1"]
    assert one.shown(2, with_phase=True) == ["mu=0.1", "mu=1"]
    assert study({"mu": [0]}).shown(2, with_phase=True) == ["mu=0"]


def test_spread_keeps_both_ends():
    assert scan.spread(list(range(11)), 3) == [0, 5, 10]
    assert scan.spread([1, 2], 3) == [1, 2]


# --- lattices and contours ------------------------------------------------------------------------


def test_lattices_may_have_contours_of_their_own():
    lattices = [[4, 4], {"shape": [8, 8], "contours": ["linear"]}]
    one = study({"mu": [0.4]}, lattices=lattices, contours=["dense", "plane", "linear"])
    assert one.pairs == [("4x4", "dense"), ("4x4", "plane"), ("4x4", "linear"), ("8x8", "linear")]
    assert one.trained == [("4x4", "dense"), ("4x4", "linear"), ("8x8", "linear")]
    assert one.lattices == ["4x4", "8x8"]
    assert one.against_volume == [("4x4", "linear"), ("8x8", "linear")]


@pytest.mark.parametrize(
    ("lattice", "expected"),
    [("4x4", None), ("6x6", None), ("8x8", "6x6"), ("12x7", "6x6"), ("16x16", "12x12"), ("12x12x12", None)],
)
def test_predecessor_is_the_largest_smaller_lattice_that_fits(lattice, expected):
    assert scan.predecessor(lattice, [[6, 6], [12, 12], [4, 20]]) == expected


# --- random streams -------------------------------------------------------------------------------


def test_streams_of_the_first_study_over_mu_keep_their_names():
    """The numbers of earlier releases, which had this study alone, are made again bit by bit."""
    labels = scan.stream_labels("phi4", "sample_plane", "4x4", "plane", "mu=0.4")
    assert labels == ("sample_plane", "4x4", "plane", "0.4")


def test_streams_of_other_studies_and_axes_have_names_of_their_own():
    place = ("sample_plane", "4x4", "plane")
    labels = {
        scan.stream_labels("phi4", *place, "mu=0.4"),
        scan.stream_labels("mine", *place, "mu=0.4"),
        scan.stream_labels("phi4", *place, "mass=0.4"),
        scan.stream_labels("phi4", *place, "mu=0.4,mass=1"),
        scan.stream_labels("mine", *place, "mu=0.4,mass=1"),
    }
    assert len(labels) == 5
    assert ("mine", *place, "0.4") in labels
    assert (*place, "mu=0.4,mass=1") in labels


# --- the exact simulation -------------------------------------------------------------------------


def test_grid_of_the_exact_simulation():
    """Multiples of the spacing up to the largest modulus or beyond, at least two beside 0."""
    assert scan.integration_grid([0.0, 0.25, -0.7], 0.2) == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert scan.integration_grid([0.3], 0.1) == [0.0, 0.1, 0.2, 0.3]
    assert scan.integration_grid([0.0], 0.1) == [0.0, 0.1, 0.2]


def test_nodes_are_at_the_moduli_and_on_the_grid():
    """The theory is even in mu, so a negative one is known from its modulus."""
    one = study({"mu": [-0.25, 0.25, 0.4]}, worm={"spacing": 0.2})
    assert one.nodes == {"mu=0": True, "mu=0.2": True, "mu=0.25": False, "mu=0.4": True}
    assert list(one.nodes) == ["mu=0", "mu=0.2", "mu=0.25", "mu=0.4"]
    assert one.node_of == {"mu=-0.25": "mu=0.25", "mu=0.25": "mu=0.25", "mu=0.4": "mu=0.4"}


def test_nodes_where_mu_is_no_axis():
    """One line of nodes for every value of the other axis, mu at the end of their names."""
    one = study({"mass": [1, 2]}, parameters={"mu": -0.3}, worm={"spacing": 0.2})
    lines = [f"mass={mass},mu={mu}" for mass in (1, 2) for mu in ("0", "0.2", "0.3", "0.4")]
    assert list(one.nodes) == lines
    assert [node for node, on_grid in one.nodes.items() if not on_grid] == ["mass=1,mu=0.3", "mass=2,mu=0.3"]
    assert one.node_of == {"mass=1": "mass=1,mu=0.3", "mass=2": "mass=2,mu=0.3"}
    assert one.values("mass=2,mu=0.3") == {"mass": 2.0, "coupling": 1.0, "mu": 0.3}


def test_nodes_of_a_grid_leave_out_what_is_known_in_closed_form():
    """Coupling 0 is Gaussian: no simulation, no exact node."""
    one = study({"coupling": [0, 1], "mu": [-0.4, 0.2]}, worm={"spacing": 0.2})
    assert len(one.points) == 4
    assert list(one.nodes) == ["coupling=1,mu=0", "coupling=1,mu=0.2", "coupling=1,mu=0.4"]
    assert one.node_of == {
        "coupling=1,mu=-0.4": "coupling=1,mu=0.4",
        "coupling=1,mu=0.2": "coupling=1,mu=0.2",
    }
    assert one.simulated


def test_a_node_has_the_axes_in_the_order_of_the_study():
    one = study({"mu": [0.4], "coupling": [1, 2]}, worm={"spacing": 0.2})
    assert one.node_of == {"mu=0.4,coupling=1": "mu=0.4,coupling=1", "mu=0.4,coupling=2": "mu=0.4,coupling=2"}
    assert set(one.node_of.values()) <= set(one.nodes)


@pytest.mark.parametrize("keys", [{"parameters": {"coupling": 0}}, {"worm": {"enabled": False}}])
def test_nothing_is_simulated_where_everything_is_known_or_it_is_off(keys):
    assert not study({"mu": [0.4]}, **keys).simulated
