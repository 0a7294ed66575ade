"""What the figures of the documentation claim: integrals that no path changes, and phases in closed form."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from overlaps import unreadable

DOCS = Path(__file__).parent.parent / "docs"
LARGEST_PNG = 100_000


@pytest.fixture(scope="module")
def figures():
    return script("figures")


@pytest.fixture
def lecture(figures, monkeypatch):
    """The script of the lecture in Japanese, which takes a figure of the other one."""
    monkeypatch.setitem(sys.modules, "figures", figures)
    yield script("lecture_figures")
    figures.common.styled()


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spacing(figures):
    return figures.POINTS[1] - figures.POINTS[0]


@pytest.mark.parametrize("slope", [1, 8])
def test_the_paths_have_the_same_integral(figures, spacing, slope):
    """Cauchy's theorem, on the real line and on the path of the network, against the closed form."""
    exact = figures.action(slope).partition_function()
    for path in (figures.real_line(slope), figures.optimized(slope)):
        assert figures.weights(path).sum() * spacing == pytest.approx(exact, rel=1e-10)


def test_the_network_finds_a_path_without_a_phase(figures):
    assert figures.average_phase_factor(figures.real_line(8)) == pytest.approx(0.4616, abs=1e-4)
    assert 0.9995 < figures.average_phase_factor(figures.optimized(8)) < 1


def test_the_thimble_has_a_constant_phase(figures):
    """Im S is that of the critical point, zero, and Re S grows along the curve."""
    curve = figures.thimble(8)
    action = figures.action(8).value(curve[len(curve) // 2 :, None])
    assert np.abs(action.imag).max() < 1e-3 * action.real.max()
    assert (np.diff(action.real) > 0).all()


def test_the_network_beats_the_thimble_where_its_jacobian_has_a_phase(figures):
    """The integral along the thimble is Z too; its phase factor is that of dz."""
    z, modulus = figures.thimble_integrals(2)
    assert z == pytest.approx(figures.action(2).partition_function(), rel=1e-4)
    assert abs(z) / modulus == pytest.approx(0.986, abs=1e-3)
    assert figures.average_phase_factor(figures.optimized(2)) > 0.999


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_the_phase_on_a_shifted_line(figures, spacing, share):
    """Z = sqrt(2 pi) exp(-a^2/2) at every height s, and the APF is exp(-(a - s)^2/2)."""
    source = figures.SHIFT_SOURCE
    weight = figures.shifted(share * source) * spacing
    assert weight.sum() == pytest.approx(np.sqrt(2 * np.pi) * np.exp(-(source**2) / 2), rel=1e-10)
    apf = abs(weight.sum()) / np.abs(weight).sum()
    assert apf == pytest.approx(np.exp(-((source - share * source) ** 2) / 2), rel=1e-10)


def test_reweighting_agrees_where_the_phase_is_known(figures):
    """The exact values are exp(-N a^2/2) and 1 - a^2."""
    row = figures.reweighted_moments()[3]
    exact = {"apf_re": np.exp(-2 * figures.SOURCE**2), "moment": 1 - figures.SOURCE**2}
    for name, value in exact.items():
        assert abs(row[name] - value) < 4 * row[f"{name}_err"]
        assert row[f"{name}_err"] < 0.1


def test_a_png_is_small_and_always_the_same(figures, tmp_path):
    figures.common.styled()
    for name in ("first.png", "second.png"):
        figures.save(figures.draw_shift(), tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in ("first.png", "second.png"))
    assert first == second
    assert first.startswith(b"\x89PNG")
    assert len(first) < LARGEST_PNG


def test_every_figure_is_there_and_small(figures, lecture):
    for one in (figures, lecture):
        for name in one.FIGURES:
            assert (one.IMAGES / f"{name}.png").stat().st_size < LARGEST_PNG


def test_the_figures_of_the_lecture_are_in_japanese(lecture):
    """Those that take no lesson; the lessons have tests of their own."""
    lecture.common.styled("paper", "ja")
    names = [name for name in lecture.FIGURES if not name.startswith("lesson_")]
    assert len(names) == 7
    for name in names:
        assert unreadable(lecture.FIGURES[name](), "ja") == []


def test_reweighting_is_drawn_until_its_gates_fail(figures):
    left, _ = figures.draw_overlap().axes
    found = {one.get_label(): one.lines[0].get_xdata() for one in left.containers}
    assert found["good"].max() < found["gate failed"].max() == max(figures.COUNTS)
