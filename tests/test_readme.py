"""The worked example of the README runs as it stands there and does what it says."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from pomflow import config, registry

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks():
    return re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def example(monkeypatch):
    """The names that the last block leaves behind; blocks that are files become modules of that name."""
    monkeypatch.setitem(registry.CONTOURS, "shift", "")  # taken out again after the test
    names = {"CONTOURS": registry.CONTOURS}
    for block in blocks():
        file = re.match(r"# src/(\S+)\.py\n", block)
        if not file:
            exec(compile(block, "README.md", "exec"), names)
            continue
        module = types.ModuleType(file[1].replace("/", "."))
        exec(compile(block, file[0], "exec"), module.__dict__)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return names


def test_the_new_contour_finds_the_exact_path(example):
    assert example["result"].theta[0] == pytest.approx(1.5, abs=1e-3)
    assert example["result"].history["apf_re"][-50:].mean() == pytest.approx(1, abs=1e-5)
    assert registry.load("contour", "shift") is type(example["contour"])


def test_the_new_contour_is_valid_in_a_config(example):
    schema = config.load_schema(Path(__file__).parent.parent / "workflow/schemas/config.schema.yaml")
    assert config.resolve({"phi4": {"contours": ["dense", "shift"]}}, schema)


def test_its_gradient_is_that_of_the_cost(example):
    """Against central differences of the batch mean of Re[f (ln det J - S)]."""
    action, contour = example["action"], example["contour"]
    rng = np.random.default_rng(1)
    t, weight, step = rng.normal(size=(7, 1)), rng.normal(size=7) + 1j * rng.normal(size=7), 1e-5

    def mean(theta):
        point = contour.evaluate(theta, t)
        return (weight * (point.log_det() - action.value(point.z))).real.mean()

    theta = np.array([0.4])
    point = contour.evaluate(theta, t)
    gradient = point.parameter_gradient(weight, action.gradient(point.z))
    assert gradient[0] == pytest.approx((mean(theta + step) - mean(theta - step)) / (2 * step), rel=1e-7)


def test_every_path_named_in_the_readme_exists():
    root = Path(__file__).parent.parent
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) > 5
    assert not [link for link in links if not (root / link).exists()]
