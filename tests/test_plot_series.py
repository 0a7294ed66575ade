"""The figure of a series: curves, exact values aside, scales, points behind a gate, panels."""

import numpy as np
import pytest
import xarray as xr

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.plotting import common
from scan_tables import phi4, scan_table, two_axes

ATTRS = {
    "model": "complex_phi4",
    "lattice": "4x4",
    "contour": "dense",
    "axes": ["mu"],
    "style": "paper",
    "language": "en",
}
ATTRS |= {"parameters": {"mass": 1.0, "coupling": 1.0}}
MANY = phi4(over={"mu": {"start": 0, "stop": 1.4, "num": 8}})


def tables(name, study=None, exact=True, **changed):
    """A series that falls by a factor of two from place to place, and the table that judges its points."""
    points = scan_table(study, **changed)
    one = registry.quantities("complex_phi4", registry.load("model", "complex_phi4"))[name]
    sizes = {"momentum": 2, "time": 4, "step": 2}
    shape = [len(points), *(sizes[dimension] for dimension in one.dimensions)]
    values = np.broadcast_to(0.5 ** np.arange(shape[-1]), shape).copy()
    arrays = {name: values, f"{name}_err": 0.01 + 0 * values}
    if exact:
        arrays |= {f"{name}_exact": values + 0.01, f"{name}_exact_err": 0 * values}
    variables = {key: (("point", *one.dimensions), array) for key, array in arrays.items()}
    return xr.Dataset(variables), points.to_xarray()


def draw(name, *data, **attrs):
    common.styled(attrs.get("style", "paper"), attrs.get("language", "en"))
    return registry.load("figure", "series")(*data, ATTRS | {"figure": name} | attrs)


def curves(axes) -> dict:
    """The drawn values of a panel by their label; of exact values the last."""
    return {container.get_label(): container[0].get_data() for container in axes.containers}


def test_a_correlator_has_a_panel_for_each_momentum_and_a_logarithmic_scale():
    sheet = draw("correlator", *tables("correlator"))
    assert [axes.get_title() for axes in sheet.axes] == ["momentum 0", "momentum 1"]
    assert {axes.get_yscale() for axes in sheet.axes} == {"log"}
    drawn = curves(sheet.axes[0])
    assert set(drawn) == {r"$\mu$ = 0", r"$\mu$ = 1", r"$\mu$ = 2", "exact"}
    np.testing.assert_allclose(drawn[r"$\mu$ = 0"], ([0, 1, 2, 3], [1, 0.5, 0.25, 0.125]))
    assert 0 < drawn["exact"][0][0] < 0.25
    np.testing.assert_allclose(drawn["exact"][1], [1.01, 0.51, 0.26, 0.135])


def test_an_effective_mass_has_a_linear_scale():
    (axes,) = draw("effective_mass", *tables("effective_mass")).axes
    assert axes.get_yscale() == "linear"
    assert axes.get_xlabel() == "step"


def test_noise_does_not_set_the_logarithmic_scale():
    """A value that is negative lies below, and one smaller than its error does not stretch the scale."""
    series, points = tables("correlator", exact=False)
    series["correlator"][1, 0, 3], series["correlator"][2, 0, 3] = -0.01, 1e-9
    at_rest, moving = draw("correlator", series, points).axes
    assert at_rest.get_yscale() == "log"
    assert at_rest.get_ylim() == moving.get_ylim() == pytest.approx((0.125 / 1.6, 1.6))


def test_a_point_behind_a_gate_is_hollow_named_and_does_not_set_the_scale():
    series, points = tables("effective_mass", exact=False, status=["ok", "ess", "diverged"])
    series["effective_mass"][1], series["effective_mass"][2] = 50.0, np.nan
    sheet = draw("effective_mass", series, points)
    (axes,) = sheet.axes
    labels = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert labels == [r"$\mu$ = 0", r"$\mu$ = 1: ess", r"$\mu$ = 2: diverged"]
    good, gated, _ = (container[0] for container in axes.containers)
    assert gated.get_markerfacecolor() == "white"
    assert not np.array_equal(good.get_markerfacecolor(), "white")
    assert axes.get_ylim()[1] < 2


def test_five_curves_at_most_with_both_ends():
    sheet = draw("effective_mass", *tables("effective_mass", MANY))
    labels = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert len(labels) == 6
    assert (labels[0], *labels[-2:]) == (r"$\mu$ = 0", r"$\mu$ = 1.4", "exact")


def test_nothing_is_known():
    series, points = tables("correlator", exact=False, status="diverged")
    sheet = draw("correlator", series * np.nan, points)
    assert len(sheet.legends[0].get_texts()) == 3


def test_every_point_diverged():
    """Then nobody knows how long the series is."""
    series, points = tables("correlator", exact=False, status="diverged")
    (axes,) = draw("correlator", series.isel(momentum=slice(0), time=slice(0)), points).axes
    assert axes.texts[0].get_text() == "nothing to show\nevery point diverged"


def test_a_panel_for_each_value_of_another_axis():
    grid = two_axes()
    sheet = draw("correlator", *tables("correlator", grid), axes=["mu", "coupling"], parameters={"mass": 1.0})
    titles = [axes.get_title() for axes in sheet.axes]
    assert titles == [rf"momentum {k}, $\lambda$ = {value}" for k in (0, 1) for value in (0.5, 2)]


@pytest.mark.parametrize(("style", "language"), LOOKS)
@pytest.mark.parametrize(
    ("name", "study"), [("correlator", two_axes()), ("effective_mass", MANY)], ids=["two axes", "many"]
)
def test_nothing_overlaps_in_any_style(style, language, name, study):
    data = tables(name, study)
    attrs = {"axes": list(study.axes), "parameters": {"mass": 1.0}}
    assert unreadable(draw(name, *data, style=style, language=language, **attrs), language) == []


def test_the_same_bytes_twice(tmp_path):
    for name in ("one", "two"):
        sheet = draw("effective_mass", *tables("effective_mass"))
        common.save(sheet, tmp_path / f"{name}.png", tmp_path / f"{name}.pdf")
    for kind in ("png", "pdf"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
