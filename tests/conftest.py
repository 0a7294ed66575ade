"""Settings of all tests: one thread, reproducible hypothesis, helper modules importable by name."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg  # noqa: F401 -- loads its BLAS, so that the limit below reaches it
from hypothesis import settings
from threadpoolctl import threadpool_limits

from pomflow import registry
from pomflow.numerics import backend
from pomflow.numerics.backend import cupy_problem
from pomflow.plotting import common

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
strict_cupy = importlib.import_module("strict_cupy")

settings.register_profile("reproducible", deadline=None, derandomize=True, database=None)
settings.load_profile("reproducible")


def pytest_collection_modifyitems(items):
    """Real workflow runs first: each takes long, and the processes of a parallel run then end together."""
    items.sort(key=lambda item: "workflow" not in item.path.parts)


@pytest.fixture(autouse=True, scope="session")
def _single_thread():
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(autouse=True)
def _english_figures(request):
    """After a test that draws in other languages."""
    yield
    if "language" in request.fixturenames:
        common.styled()


@pytest.fixture
def rng():
    """NumPy's own generator: test inputs do not come from the code under test."""
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def gpu():
    """CuPy on a GPU; the tests that need it end here without one."""
    if problem := cupy_problem():
        pytest.exit(f"`make test-gpu` needs a GPU that CuPy can compute on: {problem}", returncode=1)
    return importlib.import_module("cupy")


@pytest.fixture
def plugged(monkeypatch):
    """The registry, which is as it was after the test."""
    for family, members in registry.FAMILIES.items():
        monkeypatch.setitem(registry.FAMILIES, family, dict(members))
    monkeypatch.setattr(registry, "OBSERVABLES", registry.FAMILIES["observable"])
    monkeypatch.setattr(registry, "SCAN_FIGURES", dict(registry.SCAN_FIGURES))
    return registry


@pytest.fixture(params=["arrays", "kernels", pytest.param("cupy", marks=pytest.mark.gpu)])
def device(request, monkeypatch):
    """The double of CuPy with array code only and with CUDA kernels; in `make test-gpu` CuPy itself."""
    if request.param == "cupy":
        return request.getfixturevalue("gpu")
    if request.param == "arrays":
        monkeypatch.setattr(backend, "has_kernels", lambda xp: False)
    elif not backend.has_kernels(strict_cupy):
        pytest.skip("g++ is not installed")
    return strict_cupy
