"""A double of CuPy that runs on the CPU and is stricter than the original.

It has the names and keywords of CuPy (``data/cupy_names.json``, taken from version 14.2) and no others. It
raises where CuPy raises and where code would be slow on a GPU without a word:

- a NumPy array as operand or argument (only ``asarray``, ``array`` and ``ascontiguousarray`` transfer);
- a NumPy function on a device array, or an implicit conversion to a NumPy array;
- iteration over an array, which launches one kernel an item;
- within ``no_synchronization()``, whatever waits for the device: ``float(x)``, ``if x > 0``, ``x.get()``.

Its ``RawKernel`` runs the CUDA source on the CPU where a compiler is installed; without one the name is
absent, and the code under test takes its array code.

Code that passes a test with this module as ``xp`` uses nothing that CuPy lacks. Numbers are NumPy's.
"""

import json
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np

import cuda_on_cpu

NAMES = json.loads((Path(__file__).parent / "data" / "cupy_names.json").read_text())
TRANSFERS = {"asarray", "array", "ascontiguousarray"}
# answered on the host by CuPy too
HOST_FUNCTIONS = {"result_type", "can_cast", "issubdtype", "isscalar", "broadcast_shapes", "finfo", "iinfo"}
UFUNC_KEYWORDS = {"out", "dtype", "casting"}

_forbidden = [0]


@contextmanager
def no_synchronization():
    """Raise on anything that makes the host wait for the device."""
    _forbidden[0] += 1
    try:
        yield
    finally:
        _forbidden[0] -= 1


def _synchronize(what: str) -> None:
    if _forbidden[0]:
        raise RuntimeError(f"hidden synchronization: {what}")


class ndarray:  # noqa: N801 -- CuPy's name
    """An array on the pretended device."""

    __slots__ = ("_array",)
    __hash__ = None

    def __init__(self, array):
        self._array = np.asarray(array)

    def __array__(self, *_, **__):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Please use `.get()`.")

    def __array_function__(self, function, *_):
        raise TypeError(f"numpy.{function.__name__} on a device array: call it through xp")

    def __array_ufunc__(self, ufunc, method, *operands, **keywords):
        # NumPy lands here for (NumPy scalar) * (device array), which CuPy allows, and for all it does not
        if method == "__call__" and len(operands) == 2 and isinstance(operands[0], np.generic):
            return _call(ufunc, operands, keywords)
        raise TypeError(f"numpy.{ufunc.__name__} on a device array or between it and a numpy.ndarray")

    def __getattr__(self, name):
        if name not in NAMES["ndarray"]:
            raise AttributeError(f"cupy.ndarray has no {name}")
        if name in {"tolist", "item", "tobytes"}:
            _synchronize(name)
        attribute = getattr(self._array, name)
        return partial(_call_method, attribute) if callable(attribute) else _wrap(attribute)

    def get(self):
        _synchronize("get")
        return self._array.copy()

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        raise TypeError("iteration over a device array launches one kernel an item")

    def __getitem__(self, index):
        return _wrap(self._array[_unwrap(index)])

    def __setitem__(self, index, value):
        self._array[_unwrap(index)] = _unwrap(value)

    def __repr__(self):
        return f"strict_cupy.{self._array!r}"


def _add_operators():
    def binary(name):
        return lambda self, other: _call(getattr(np.ndarray, name), (self, other), {})

    def in_place(name):
        def operator(self, other):
            result = getattr(np.ndarray, name)(self._array, _unwrap(other))
            return result if result is NotImplemented else self

        return operator

    def unary(name):
        return lambda self: _wrap(getattr(self._array, name)())

    def conversion(name):
        def convert(self):
            _synchronize(name)
            return getattr(self._array, name)()

        return convert

    arithmetic = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"]
    arithmetic += ["and", "or", "xor", "lshift", "rshift"]
    makers = {
        binary: [*arithmetic, *("r" + name for name in arithmetic), "lt", "le", "gt", "ge", "eq", "ne"],
        in_place: ["i" + name for name in arithmetic],
        unary: ["neg", "pos", "abs", "invert"],
        conversion: ["float", "int", "complex", "bool", "index"],
    }
    for make, names in makers.items():
        for name in names:
            setattr(ndarray, f"__{name}__", make(f"__{name}__"))


_add_operators()


def _unwrap(value):
    """The host array behind a device array; NumPy arrays are refused, also inside sequences."""
    if isinstance(value, ndarray):
        return value._array
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return type(value)(map(_unwrap, value)) if isinstance(value, tuple | list) else value


def _unwrap_transfer(value):
    """As ``_unwrap``, where a NumPy array may be handed in, and is copied to the device."""
    return value.copy() if isinstance(value, np.ndarray) else _unwrap(value)


def _wrap(result):
    if isinstance(result, np.ndarray | np.generic):
        return ndarray(result)
    if isinstance(result, list):
        return list(map(_wrap, result))
    return tuple(map(_wrap, result)) if isinstance(result, tuple) else result


def _call(function, arguments, keywords, unwrap=_unwrap):
    host_keywords = {name: unwrap(value) for name, value in keywords.items()}
    result = function(*map(unwrap, arguments), **host_keywords)
    if result is NotImplemented:
        return result
    return keywords["out"] if keywords.get("out") is not None else _wrap(result)


def _call_method(method, *arguments, **keywords):
    return _call(method, arguments, keywords)


class _Function:
    """A function of NumPy with the keywords of CuPy's; a ufunc keeps its method ``at``."""

    def __init__(self, name: str, function, keywords):
        self.name, self._function = name, function
        is_ufunc = isinstance(function, np.ufunc)
        self._keywords = UFUNC_KEYWORDS if is_ufunc else keywords and set(keywords)
        self._unwrap = _unwrap_transfer if name in TRANSFERS else _unwrap

    def __call__(self, *arguments, **keywords):
        unknown = set(keywords) - self._keywords if self._keywords is not None else ()
        if unknown:
            raise TypeError(f"cupy.{self.name}: no keyword {sorted(unknown)}")
        return _call(self._function, arguments, keywords, self._unwrap)

    def at(self, array, index, values):
        if array.dtype.kind == "c":
            raise TypeError(f"cupy.{self.name}.at does not support complex")
        self._function.at(array._array, _unwrap(index), _unwrap(values))


class _Namespace:
    """A module of CuPy: NumPy's members of the same name, if CuPy has them."""

    def __init__(self, key: str, module, **differing):
        self._key, self._module, self._differing = key, module, differing

    def __getattr__(self, name):
        if name in self._differing:
            return self._differing[name]
        if name not in NAMES[self._key]:
            raise AttributeError(f"cupy {NAMES['version']} has no {self._key}.{name}")
        member = getattr(self._module, name)
        if not callable(member) or isinstance(member, type) or name in HOST_FUNCTIONS:
            return member
        return _Function(name, member, NAMES[self._key][name])


def _solve(a, b):
    """CuPy broadcasts neither side of a batch."""
    if b.ndim > 1 and a.shape[:-1] != b.shape[:-1]:
        raise ValueError("a must have (..., M, M) shape and b must have (..., M, K)")
    return _call(np.linalg.solve, (a, b), {})


def _einsum(*arguments, dtype=None, optimize=False):
    """CuPy has no ``out``."""
    return _call(np.einsum, arguments, {"dtype": dtype, "optimize": optimize})


class _RawKernel:
    """Launched with device arrays and NumPy scalars."""

    def __init__(self, source: str, name: str):
        self._kernel = cuda_on_cpu.Kernel(source, name)

    def __call__(self, grid, block, arguments):
        self._kernel(grid, block, tuple(map(_unwrap, arguments)))


# little memory, so that batches are worked off in groups
_properties = {"name": b"strict double of CuPy", "totalGlobalMem": 2**26}
cuda = SimpleNamespace(
    Device=lambda: SimpleNamespace(id=0), runtime=SimpleNamespace(getDeviceProperties=lambda _: _properties)
)


def asnumpy(array):
    """The host copy of a device array."""
    return array.get()


_top = _Namespace(
    "",
    np,
    einsum=_einsum,
    fft=_Namespace("fft", np.fft),
    linalg=_Namespace("linalg", np.linalg, solve=_solve),
    random=_Namespace("random", None),  # CuPy's streams differ from NumPy's and between devices: none here
    **({"RawKernel": _RawKernel} if cuda_on_cpu.available() else {}),
)


def __getattr__(name):
    return getattr(_top, name)
