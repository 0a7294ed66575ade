"""Figures: drawn for ordinary and extreme data, gated points marked, the same bytes every time."""

from itertools import combinations

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from overlaps import LOOKS, unreadable
from pomflow import registry
from pomflow.plotting import common
from scan_tables import tilted

ATTRS = {
    "scan": "x",
    "study": "phi4",
    "lattice": "4x4",
    "contour": "dense",
    "model": "complex_phi4",
    "parameters": {"mass": 1.0, "coupling": 1.0},
    "axes": ["mu"],
    "style": "paper",
    "language": "en",
    "seed": 1,
    "backend": "numpy",
}
# what is drawn of the table of a scan: figures of the registry, and one of every observable
SCAN_FIGURES = {
    **{name: name for name in registry.SCAN_FIGURES},
    "density": "observable",
    "phi2": "observable",
}
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
    mean_field = {"density_mf": ("mu", mu)}
    return xr.Dataset(values | errors | compared | states | mean_field, coords={"mu": mu})


def two_axes(couplings=(0.5, 1.0, 2.0)):
    """Tables of several couplings one below the other, whose phase is the coupling over ten."""
    tables = []
    for coupling in couplings:
        table = scan(3).rename({"mu": "point"}).reset_index("point").reset_coords(drop=True)
        table = table.assign_coords(mu=("point", [0.0, 0.5, 1.0]), coupling=("point", [coupling] * 3))
        tables.append(table.assign(apf_re=0 * table["apf_re"] + coupling / 10))
    return xr.concat(tables, "point")


def drawn(figure, table, **attrs):
    """A figure of the table of a scan, which has the name of an observable or of a figure of the registry."""
    return registry.load("figure", SCAN_FIGURES[figure])(table, ATTRS | {"figure": figure} | attrs)


def texts(axes):
    return [text.get_text() for text in axes.texts]


def named(axes):
    """The drawn points of a panel by their label."""
    return {container.get_label(): container[0] for container in axes.containers}


@pytest.mark.parametrize("name", SCAN_FIGURES)
@pytest.mark.parametrize(
    ("table", "good", "gated"),
    [
        (scan(), 4, 0),
        (scan(1), 1, 0),
        (scan(known=False), 4, 0),
        (scan(status=["ess"]), 3, 1),
        (scan(4, ["apf"] * 4, ["apf"] * 4), 0, 4),
    ],
    ids=["good", "one mu", "nothing exact", "one gated", "all gated"],
)
def test_a_scan_of_any_kind_is_drawn(name, table, good, gated):
    found = named(drawn(name, table).axes[0])
    label = "optimized contour (dense)"
    for key, count in ((label, good), (f"{label}: gate failed", gated)):
        assert (len(found[key].get_xdata()) if key in found else 0) == count


@pytest.mark.parametrize("name", SCAN_FIGURES)
def test_a_point_that_diverged_has_its_place_on_the_axis_and_its_name(name):
    table = scan(status=["ok", "ok", "ok", "diverged"], status0=["ok", "ok", "ok", "diverged"])
    for column in NAMES:
        table[column].values[3] = table[f"{column}_err"].values[3] = np.nan
    axes = drawn(name, table).axes[0]
    assert axes.get_xlim()[0] < 0
    assert axes.get_xlim()[1] > 1
    assert "diverged" in texts(axes)


def test_a_gated_point_is_hollow_and_grey_and_named():
    axes = drawn("density", scan(status=["ok", "thermalization"])).axes[0]
    assert "thermalization" in texts(axes)
    found = named(axes)
    gated, good = found["optimized contour (dense): gate failed"], found["optimized contour (dense)"]
    assert list(gated.get_xdata()) == pytest.approx([1 / 3])
    assert to_hex(gated.get_markerfacecolor()) == "#ffffff"
    assert to_hex(gated.get_color()) == to_hex(common.GATED)
    assert len(good.get_xdata()) == 3


@pytest.mark.parametrize("level", [0.02, 0.5, 0.98])
def test_names_of_gates_do_not_cover_each_other(level):
    table = scan(12, ["thermalization"] * 12, ["apf"] * 12)
    flat = {name: 0 * table[name] + level for name in ("apf_re", "apf0_re")}
    sheet = drawn("apf", table.assign(flat))
    FigureCanvasAgg(sheet)
    sheet.draw_without_rendering()
    panel = sheet.axes[0].get_window_extent()
    boxes = [text.get_window_extent() for text in sheet.axes[0].texts]
    assert len(boxes) == 24
    assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]
    assert all(panel.y0 < box.y0 < panel.y1 for box in boxes)


def test_noise_of_the_plane_does_not_set_the_scale():
    table = scan(status0=["apf"])
    table["density0"][0], table["density0_err"][0] = 1e6, 1e7
    assert drawn("density", table).axes[0].get_ylim()[1] < 10


def of_two_panels(**changed):
    """The density of two couplings, of which entries of the first or of the second are replaced."""
    table = two_axes((0.5, 1.0))
    for name, entries in changed.items():
        for place, value in entries.items():
            table[name].values[place] = value
    return drawn("density", table, axes=["mu", "coupling"], parameters={"mass": 1.0})


def test_good_points_of_every_panel_are_seen_beside_failed_ones():
    """A point of noise fails in both panels; in the second, whose scale is the same, a good one is far."""
    sheet = of_two_panels(
        status={2: "apf", 3: "ess"},
        density={2: 1e6, 3: -1e6, 5: 80.0},
        density0={4: 50.0},
        density0_err={4: 9.0},
    )
    low, high = sheet.axes[0].get_ylim()
    assert -20 < low < 0
    assert 80 < high < 100
    assert sheet.axes[1].get_ylim() == (low, high)


def test_failed_points_set_the_scale_where_there_are_no_good_ones():
    """In no panel; a good one of the plane in one of them is enough."""
    failed = {"status": dict.fromkeys(range(6), "ess"), "status0": dict.fromkeys(range(6), "apf")}
    sheet = of_two_panels(**failed, density={1: 1e6}, density_err={1: 1e5})
    assert sheet.axes[0].get_ylim()[1] > 1.1e6
    failed["status0"][5] = "ok"
    assert of_two_panels(**failed, density={1: 1e6}, density_err={1: 1e5}).axes[0].get_ylim()[1] < 10


def test_beside_failed_points_one_has_diverged():
    failed = {"status": dict.fromkeys(range(6), "ess"), "status0": dict.fromkeys(range(6), "apf")}
    failed["status"][2] = "diverged"
    nothing = {"density": {1: 1e6, 2: np.nan}, "density_err": {1: 1e5, 2: np.nan}}
    assert of_two_panels(**failed, **nothing).axes[0].get_ylim()[1] > 1.1e6


def test_the_lowest_phase_of_every_panel_is_seen():
    table = two_axes((0.5, 1.0))
    table["apf_re"].values[0] = -0.5
    axes = drawn("apf", table, axes=["mu", "coupling"], parameters={"mass": 1.0}).axes
    assert axes[0].get_ylim()[0] < -0.5


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_the_legend_has_what_is_in_any_panel_and_stays_on_the_sheet(style, language):
    common.styled(style, language)
    sheet = of_two_panels(status={5: "ess"}, status0={0: "apf", 1: "apf", 2: "apf"})
    (legend,) = sheet.legends
    words = [text.get_text() for text in legend.get_texts()]
    labels = {label for axes in sheet.axes for label in axes.get_legend_handles_labels()[1]}
    assert sorted(words) == sorted(labels)
    assert len(words) == 6
    assert unreadable(sheet, language) == []


def test_words_across_the_line_at_zero_have_a_ground():
    (words,) = drawn("density", scan(known=False)).axes[1].texts
    assert words.get_bbox_patch().get_facecolor() == (1, 1, 1, 1)
    assert words.get_zorder() > max(line.get_zorder() for line in words.axes.lines)


def test_numbers_have_minus_signs():
    """Those of points and of parameters; names of choices keep their hyphens."""
    attrs = {"model": "complex_phi4", "lattice": "1", "parameters": {"mass": -1e-05, "coupling": "one-2"}}
    assert common.theory(attrs).endswith(r"$m$ = −1e−05, $\lambda$ = one-2")
    assert common.point_words(ATTRS, "mu=-0.8,coupling=1") == r"$\mu$ = −0.8, $\lambda$ = 1"
    x, noise = np.random.default_rng(1).normal(size=(2, 200))
    sheet = registry.load("figure", "correlation")({"mu=-1": {("z", "z"): (x, noise - x)}}, ATTRS)
    assert "-" not in sheet.axes[0].get_title()


def test_the_plane_is_not_called_optimized():
    axes = drawn("apf", scan(), contour="plane").axes[0]
    assert not [text for text in axes.get_legend().get_texts() if "optimized" in text.get_text()]


def test_the_best_path_where_a_model_states_it():
    best = scan().assign(apf_best=("mu", [1.0, 0.9, 0.8, 0.7]))
    lines = {line.get_label(): line for line in drawn("apf", best).axes[0].lines}
    np.testing.assert_array_equal(lines["best path"].get_ydata(), [1.0, 0.9, 0.8, 0.7])
    assert "best path" not in named(drawn("apf", scan()).axes[0])


def test_the_modulus_of_a_phase_that_no_symmetry_makes_real(monkeypatch):
    """3 and 4 of a real and an imaginary part are 5, on the path, on the plane, and of exact values."""
    tilted(monkeypatch)
    table = (
        scan()
        .rename({"mu": "tilt"})
        .assign(
            {
                f"{name}{part}": ("tilt", np.full(4, value))
                for name in ("apf", "apf0")
                for part, value in (("_re", 0.3), ("_im", -0.4), ("_re_err", 0.01), ("_im_err", 0.01))
            }
        )
        .assign(apf0_exact=("tilt", np.full(4, -0.4)), apf0_im_exact=("tilt", np.full(4, 0.3)))
        .assign(apf0_exact_err=("tilt", np.zeros(4)), apf0_im_exact_err=("tilt", np.zeros(4)))
    )
    axes = drawn("apf", table, model="tilted", axes=["tilt"], parameters={"n_flavours": 3}).axes[0]
    found = named(axes)
    for label in ("optimized contour (dense)", "undeformed plane", "exact"):
        np.testing.assert_allclose(found[label].get_ydata(), 0.5)
    assert axes.get_ylabel().startswith("$|")


def test_a_panel_for_each_value_of_the_other_axis():
    sheet = drawn("apf", two_axes(), axes=["mu", "coupling"], parameters={"mass": 1.0})
    assert [axes.get_title() for axes in sheet.axes] == [rf"$\lambda$ = {c}" for c in ("0.5", "1", "2")]
    for axes, coupling in zip(sheet.axes, (0.5, 1.0, 2.0), strict=True):
        points = named(axes)["optimized contour (dense)"]
        assert list(points.get_xdata()) == [0.0, 0.5, 1.0]
        assert list(points.get_ydata()) == pytest.approx([coupling / 10] * 3)
    assert sheet.get_suptitle().endswith(r"complex $\varphi^4$, 4×4 lattice, $m$ = 1")


@pytest.mark.parametrize(
    ("lattice", "words"), [("4x4", "4×4 lattice, "), ("8", "8 sites, "), ("1", ""), (None, "")]
)
def test_the_theory_in_words(lattice, words):
    attrs = ATTRS | {"lattice": lattice} if lattice else {k: v for k, v in ATTRS.items() if k != "lattice"}
    assert common.theory(attrs) == rf"complex $\varphi^4$, {words}$m$ = 1, $\lambda$ = 1"


def test_a_constant_displacement_has_no_correlation():
    """Also where the mean of many equal numbers is rounded."""
    t, height = np.linspace(-3, 3, 12001), np.full(12001, 1.0706345)
    assert height.std() > 0
    sheet = registry.load("figure", "correlation")({"mu=1": {("z", "z"): (t, height)}}, ATTRS)
    assert sheet.axes[0].get_title() == r"$\mu$ = 1, a constant"


def test_the_mean_field_is_that_of_the_panel():
    """At weak coupling the field condenses more."""
    sheet = drawn("density", two_axes((0.5, 2.0)), axes=["mu", "coupling"], parameters={"mass": 0.1})
    curves = [
        line.get_ydata() for axes in sheet.axes[:2] for line in axes.lines if line.get_label() == "mean field"
    ]
    assert len(curves) == 2
    assert curves[0][-1] > 2 * curves[1][-1]


def test_another_model_has_its_own_words(monkeypatch):
    tilted(monkeypatch)
    table = scan().drop_vars("density_mf").rename({"mu": "tilt"})
    table = table.rename({name: name.replace("density", "slant") for name in table if "density" in name})
    of_tilted = {"model": "tilted", "parameters": {"n_flavours": 3}, "axes": ["tilt"], "figure": "slant"}
    sheet = registry.load("figure", "observable")(table, ATTRS | of_tilted)
    upper, lower = sheet.axes
    assert upper.get_ylabel() == r"$\sigma_z$ (degrees)"
    assert lower.get_xlabel() == r"tilt $\theta$ (lattice units)"
    assert "Slant of everything" in upper.get_title()
    assert "mean field" not in [text.get_text() for text in upper.get_legend().get_texts()]


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


POINTS = ("mu=0", "mu=1", "mu=1.5")


def learned(points):
    """Correlated Re z and Im z in two panels of every point."""
    x, noise = np.random.default_rng(1).normal(size=(2, 200))
    panels = {(r"z_{2,x+\hat 0}", "z_{1,x}"): (x, x + noise), (r"z_{2,x-\hat 0}", "z_{1,x}"): (x, noise - x)}
    return dict.fromkeys(points, panels)


@pytest.mark.parametrize("count", [1, 3])
def test_figures_of_paths_are_drawn_and_have_the_same_bytes_twice(count, tmp_path):
    points = POINTS[:count]
    files = {point: samples() for point in points}
    data = {
        "training": ({point: contour() for point in points},),
        "history": (files,),
        "phase": (files, files),
        "correlation": (learned(points),),
    }
    for name, arguments in data.items():
        for folder in ("one", "two"):
            sheet = registry.load("figure", name)(*arguments, ATTRS)
            common.save(sheet, tmp_path / folder / f"{name}.png", tmp_path / folder / f"{name}.pdf")
        for kind in ("png", "pdf"):
            first, second = (tmp_path / folder / f"{name}.{kind}" for folder in ("one", "two"))
            assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_fonts_of_a_pdf_are_those_that_publishers_take(language, tmp_path):
    """TrueType, embedded; Type 3, the choice of matplotlib itself, is refused by many."""
    common.styled("paper", language)
    sheet = common.nothing(common.say("undeformed plane"))
    common.save(sheet, tmp_path / "a.png", tmp_path / "a.pdf")
    content = (tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/CIDFontType2" in content
    assert b"/Type3" not in content


@pytest.mark.parametrize(("style", "language"), LOOKS)
def test_nothing_overlaps_in_any_style(style, language):
    common.styled(style, language)
    attrs = {"lattice": "16x16", "contour": "equivariant"}
    table = scan(6, ["ok", "ok", "ess"], ["ok", "ok", "ess"])
    for name in SCAN_FIGURES:
        assert unreadable(drawn(name, table, **attrs), language) == []
    files = {point: samples() for point in POINTS}
    data = {"history": [files], "phase": [files, files], "correlation": [learned(POINTS)]}
    data["training"] = [{point: contour() for point in POINTS}]
    for name, arguments in data.items():
        assert unreadable(registry.load("figure", name)(*arguments, ATTRS | attrs), language) == []


def test_a_theory_with_many_parameters_takes_two_lines():
    parameters = {"mass": 1.0, "coupling": 24.0, "beta": 1.0, "euclidean_steps": 4}
    words = common.theory({"model": "oscillator", "lattice": "12", "parameters": parameters})
    first, second = words.split("\n")
    assert (first[-1], second) == (",", r"$\beta$ = 1, $n_b$ = 4")
    assert "\n" not in common.theory({"model": "complex_phi4", "lattice": "4x4", "parameters": {"mass": 1.0}})


@pytest.mark.parametrize(("style", "language"), LOOKS)
@pytest.mark.parametrize("name", SCAN_FIGURES)
def test_nothing_overlaps_with_two_axes(style, language, name):
    common.styled(style, language)
    sheet = drawn(name, two_axes(), axes=["mu", "coupling"], parameters={"mass": 1.0})
    assert unreadable(sheet, language) == []


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
    others = set(registry.FIGURES) - set(SCAN_FIGURES.values())
    of_studies = {name for name in others if not name.startswith(("ising_", "lesson_"))}
    several = {"compare", "volume", "free_energy", "curve", "series", "finite_size"}
    assert of_studies == {"training", "history", "phase", "correlation"} | several
