"""Choice of the array module; CuPy's states are played by stand-ins, so that any machine can run this."""

import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import strict_cupy
from pomflow.errors import BackendError
from pomflow.numerics import backend


def play_cupy(monkeypatch, devices: int = 1, failure: Exception | None = None) -> ModuleType:
    """Put a stand-in for CuPy in place: with or without a device, with or without working libraries."""

    def ones(_):
        if failure is not None:
            raise failure
        return np.ones(2)

    cupy = ModuleType("cupy")
    runtime = SimpleNamespace(
        getDeviceCount=lambda: devices, getDeviceProperties=lambda device: {"name": b"Test GPU"}
    )
    cupy.cuda = SimpleNamespace(runtime=runtime, Device=lambda: SimpleNamespace(id=0))
    cupy.ones, cupy.eye, cupy.linalg = ones, np.eye, np.linalg
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    return cupy


def test_namespace_is_the_module_that_made_the_array():
    assert backend.namespace(np.zeros(2)) is np
    assert backend.namespace(np.float64(1.0)) is np
    assert backend.namespace(strict_cupy.zeros(2)) is strict_cupy


def test_to_host_copies_from_a_device_and_leaves_numpy_alone():
    array = np.arange(3.0)
    assert backend.to_host(array) is array
    fetched = backend.to_host(strict_cupy.asarray(array))
    assert isinstance(fetched, np.ndarray)
    np.testing.assert_array_equal(fetched, array)


def test_numpy_is_taken_without_looking_for_a_gpu(monkeypatch):
    monkeypatch.setattr(backend, "cupy_problem", lambda: pytest.fail("CuPy was tried"))
    assert backend.select("numpy") is np


@pytest.mark.parametrize("name", ["auto", "cupy"])
def test_a_working_cupy_is_taken(monkeypatch, name):
    cupy = play_cupy(monkeypatch)
    assert backend.cupy_problem() is None
    assert backend.select(name) is cupy


@pytest.mark.parametrize(
    ("devices", "failure", "message"),
    [
        (0, None, "no CUDA device is visible"),
        (1, RuntimeError("libnvrtc not found\nsearched: everywhere"), "libnvrtc not found"),
        (1, RuntimeError(), "RuntimeError"),
    ],
    ids=["no device", "no library", "silent error"],
)
def test_a_broken_cupy_is_named_or_avoided(monkeypatch, devices, failure, message):
    """'auto' falls back to NumPy; 'cupy' raises an error that says why, in one line, and what to set."""
    play_cupy(monkeypatch, devices, failure)
    assert backend.select("auto") is np
    with pytest.raises(BackendError, match=message) as caught:
        backend.select("cupy")
    assert "Set backend to 'numpy' or 'auto'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("driver", "message"), [(True, backend.NOT_INSTALLED), (False, backend.NO_DRIVER)], ids=["driver", "none"]
)
def test_a_missing_cupy_is_a_problem(monkeypatch, caplog, driver, message):
    """Of which nobody needs to hear who left the choice open."""
    monkeypatch.setattr(backend, "_has_driver", lambda: driver)
    monkeypatch.setitem(sys.modules, "cupy", None)
    assert backend.cupy_problem() == message
    assert backend.select("auto") is np
    assert not caplog.messages


FAILS = "import os; os.makedirs('/proc/nope')"


def test_a_cupy_that_cannot_be_imported_is_named_or_avoided(monkeypatch, caplog, tmp_path):
    """As where the folder of its kernels cannot be made."""
    (tmp_path / "cupy.py").write_text(FAILS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(backend, "_has_driver", lambda: True)
    assert backend.select("auto") is np
    assert "NumPy takes the place of CuPy: [Errno 2] No such file or directory: '/proc/nope'" in caplog.text
    with pytest.raises(BackendError, match="'cupy' cannot be used here"):
        backend.select("cupy")


def test_where_there_is_no_driver_nothing_imports_cupy(monkeypatch):
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(backend, "_has_driver", lambda: False)
    backend.leave_out_idle_cupy()
    with pytest.raises(ModuleNotFoundError):
        import_module("cupy")


def test_a_device_is_tried_once(monkeypatch):
    """A stage asks twice: for the key of its checkpoint and for its arrays."""
    cupy, tried = play_cupy(monkeypatch), []
    monkeypatch.setattr(cupy, "ones", lambda count: tried.append(count) or np.ones(count))
    assert backend.device_of({"backend": "auto"}) == "cupy on Test GPU"
    assert backend.select("auto") is cupy
    assert len(tried) == 1


def test_description_names_backend_and_device(monkeypatch):
    assert backend.describe(np).startswith("numpy on ")
    assert backend.describe(play_cupy(monkeypatch)) == "cupy on Test GPU"
