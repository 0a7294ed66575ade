"""Curves between the points of a scan: what they are asked for, the table, and the figure."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chains
from builders import phi4, plane_path
from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.analysis import gates, reweighting
from pomflow.analysis.estimates import Estimate, pull
from pomflow.analysis.reweighting import curve, run_of
from pomflow.config.curves import check_curves, middles, with_values_between
from pomflow.config.scan import Study
from pomflow.errors import ConfigError
from pomflow.plotting import common
from pomflow.stages.scan import reweight_curves
from pomflow.stages.scan.measure_observables import measured
from scan_tables import PHI4, scan_table, two_axes

ATTRS = {
    "model": "complex_phi4",
    "lattice": "4x4",
    "contour": "dense",
    "parameters": {"mass": 1.0, "coupling": 1.0},
}
ATTRS |= {"axes": ["mu"], "style": "paper", "language": "en", "figure": "density"}


def study(**changed) -> Study:
    return Study("phi4", PHI4 | {"curves": {"points": 3}} | changed)


def test_values_between_are_short_texts_and_symmetric():
    assert with_values_between([0.1, 0.4], 2) == [0.1, 0.2, 0.3, 0.4]
    assert with_values_between([0.0, 1.0], 0) == [0.0, 1.0]
    assert middles([0.0, 0.2, 0.6]) == [0.1, 0.4]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"over": {"mu": [0.4]}}, "has one value"),
        ({"over": {"flavours": [1.0, 2.0]}, "parameters": {}, "model": "qcd_0p1"}, "whole numbers"),
        ({"curves": {"points": 0}, "over": {"mu": [0.4]}}, None),
        ({}, None),
    ],
)
def test_an_axis_that_has_nothing_between(changed, words):
    if words is None:
        check_curves("studies.phi4", study(**changed))
        return
    with pytest.raises(ConfigError, match=words) as error:
        check_curves("studies.phi4", study(**changed))
    assert error.value.where == "studies.phi4.curves.points"


def test_a_theory_that_does_not_exist_between_two_points():
    """A zero of the integral: He_2(1) = 0 in the middle of 0 and 2."""
    zero = study(model="power_integral", lattices=[[1]], parameters={"power": 2}, over={"shift": [0.0, 2.0]})
    with pytest.raises(ConfigError, match="at shift = 1, between two points, the integral is zero"):
        check_curves("studies.phi4", zero)


def test_theories_at_other_values_on_the_configurations_of_one():
    """S and observables are those of the theory itself, and nothing of the one that was simulated."""
    theories = {mu: phi4(2, 4, mu=mu) for mu in (0.4, 0.5)}
    fields = np.random.default_rng(1).normal(size=(3, 500, 16))
    observables = registry.observables("complex_phi4", type(theories[0.4]))
    functions = [reweight_curves.at_theory(theory, observables) for theory in theories.values()]
    found = measured(plane_path(theories[0.4]), fields, functions)
    for theory, series in zip(theories.values(), found, strict=True):
        point = theory.at(fields[2, 7:8].astype(complex))
        assert series.pop(reweight_curves.ACTION)[2, 7] == pytest.approx(point.value[0])
        assert series.keys() == observables.keys()
        assert series["density"][2, 7] == pytest.approx(observables["density"].measure(point)[0])


def test_lines_along_the_first_axis():
    points = ["mu=0,g=1", "mu=0,g=2", "mu=1,g=1", "mu=1,g=2"]
    assert list(reweight_curves.lines(points, ["g", "mu"])) == [
        ["mu=0,g=1", "mu=0,g=2"],
        ["mu=1,g=1", "mu=1,g=2"],
    ]


def test_the_interacting_theory_between_two_points():
    """4x4, lambda = 1, from the planes of mu = 0.4 and 0.6 to what worms know at 0.4, 0.5 and 0.6."""
    mus, wanted, bounds, runs = [0.4, 0.6], [0.4, 0.5, 0.6], [0.5], []
    observables = registry.observables("complex_phi4", type(phi4(4, 4)))
    for mu, lower in zip(mus, (0.4, 0.5), strict=True):
        path = plane_path(phi4(4, 4, mu=mu))
        record = chains.run(path, 150, start="ordered")
        theories = {value: phi4(4, 4, mu=value) for value in (mu, 0.5)}
        functions = [reweight_curves.at_theory(theory, observables) for theory in theories.values()]
        series = dict(zip(theories, measured(path, record.t, functions), strict=True))
        actions = {value: numbers.pop(reweight_curves.ACTION) for value, numbers in series.items()}
        weights = {value: 1j * record.log_weight.imag + actions[mu] - actions[value] for value in theories}
        runs.append(run_of(weights, series, mu, lower, 2.0))
    places = curve(runs, bounds, wanted)
    exact = {mu: phi4(4, 4, mu=mu).exact_values() for mu in wanted}
    for mu, place in places.items():
        for name in ("density", "phi2"):
            assert abs(pull(place.at.values[name], exact[mu][name])) < 4
            assert abs(pull(place.at.values[f"{name}_im"], Estimate(0.0, 0.0))) < 4
    low, middle, high = (exact[mu]["density"].value for mu in wanted)
    # V times the integral of the density, by Simpson
    ln_z = Estimate(16 * 0.2 / 6 * (low + 4 * middle + high), 0.0)
    assert abs(pull(places[0.6].ln_z[0], ln_z)) < 4
    assert places[0.6].ln_z[0].error < 0.2 * ln_z.value


# --- the figure ---------------------------------------------------------------------------------------------


def tables(gone=(), table=None) -> tuple[xr.Dataset, xr.Dataset]:
    """A curve between the points of a scan; what is ``gone`` is behind a gate."""
    points = scan_table() if table is None else table
    axes = [name for name in ("mu", "coupling") if name in points]
    frames = []
    for _, group in points.groupby(axes[1:]) if axes[1:] else [((), points)]:
        x = with_values_between(group["mu"], 3)
        status = np.array(["overlap" if value in gone else gates.OK for value in x], dtype=object)
        lost = np.where(status == gates.OK, 1.0, np.nan)
        columns = {name: 0.5 * lost for name in ("density", "phi2", "pressure", "ln_z")}
        columns |= {f"{name}_err": 0.02 * lost for name in columns}
        others = {axis: group[axis].iloc[0] for axis in axes[1:]}
        frames.append(pd.DataFrame({"mu": x, **others, **columns, "status": status, "ln_z_status": status}))
    curves = pd.concat(frames, ignore_index=True)
    return curves.to_xarray(), points.to_xarray()


def draw(*data, **attrs):
    common.styled()
    return registry.load("figure", "curve")(*data, ATTRS | attrs)


def bands(axes) -> np.ndarray:
    """The corners of the band."""
    (band,) = axes.collections[:1]
    return np.concatenate([path.vertices for path in band.get_paths()])


def test_a_band_through_the_points_and_exact_values():
    (axes,) = draw(*tables()).axes
    labels = [container.get_label() for container in axes.containers]
    assert labels == ["optimized contour (dense)", "exact"]
    assert bands(axes)[:, 1].min() == pytest.approx(0.48)
    assert bands(axes)[:, 1].max() == pytest.approx(0.52)
    assert not axes.texts


def test_a_gap_has_the_name_of_its_gate():
    (axes,) = draw(*tables(gone=(0.25, 0.5, 0.75))).axes
    assert [text.get_text() for text in axes.texts] == ["overlap"]
    (gap,) = axes.patches
    assert (gap.get_x(), gap.get_x() + gap.get_width()) == (0.0, 1.0)
    assert not np.any((bands(axes)[:, 0] > 0.1) & (bands(axes)[:, 0] < 0.9))


def test_pressure_has_its_points_on_the_curve():
    (axes,) = draw(*tables(), figure="pressure").axes
    (points,) = axes.containers
    np.testing.assert_allclose(points.lines[0].get_data(), ([0, 1, 2], [0.5, 0.5, 0.5]))


@pytest.mark.parametrize(("style", "language"), LOOKS)
@pytest.mark.parametrize("figure", ["density", "pressure"])
def test_nothing_overlaps_in_any_style(style, language, figure):
    common.styled(style, language)
    sheet = registry.load("figure", "curve")(*tables(gone=(1.25, 1.5)), ATTRS | {"figure": figure})
    assert unreadable(sheet, language) == []


def test_a_panel_for_each_value_of_another_axis():
    grid = scan_table(two_axes())
    sheet = draw(*tables(table=grid), axes=["mu", "coupling"], parameters={"mass": 1.0})
    assert [axes.get_title() for axes in sheet.axes] == [r"$\lambda$ = 0.5", r"$\lambda$ = 2"]
    assert all(len(axes.lines) > 0 for axes in sheet.axes)


# --- the page -----------------------------------------------------------------------------------------------


def test_the_page_has_the_gates_with_their_bounds():
    page = (Path(__file__).parent.parent / "docs/reading_results.md").read_text(encoding="utf-8")
    rows = (
        (reweighting.ESS, f"below {gates.FEWEST_SAMPLES:g}, for every neighbour"),
        (reweighting.OVERLAP, f"`ess` below {reweighting.SMALLEST_OVERLAP:g} of that at the simulated point"),
        (
            reweighting.LARGEST_WEIGHT,
            f"one configuration has more than {100 * reweighting.LARGEST_SHARE:g} % of the weight",
        ),
        (reweighting.NEIGHBOURS, f"two contours more than {gates.SIGMAS:g} combined errors apart"),
    )
    for gate, bound in rows:
        assert f"| `{gate}` | {bound} |" in page
    assert f"| `{reweighting.BRIDGE}` |" in page
