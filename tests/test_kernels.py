"""CUDA kernels: the numbers of their twins in array code, and machine code for the GPUs of today.

Without a GPU they run on the CPU (``cuda_on_cpu``), which needs g++.
"""

import numpy as np
import pytest

import cuda_on_cpu
import strict_cupy
from builders import build_contour, random_parameters
from builders import phi4 as phi4_theory
from on_device import assert_same, real
from pomflow.contours.equivariant import kernels as equivariant
from pomflow.models.complex_phi4 import kernels as phi4
from pomflow.models.ising import heat_bath_kernel as heat_bath
from pomflow.numerics import backend
from pomflow.numerics import inverse_kernel as inverse
from pomflow.numerics.backend import to_host
from pomflow.random import philox_kernel as philox
from pomflow.random.stream import Stream, philox_words

SOURCES = {"philox": philox.SOURCE, "phi4": phi4.SOURCE, "equivariant": equivariant.source(256, 3, 74)}
SOURCES["heat bath"] = heat_bath.SOURCE
SOURCES |= {
    f"inverse of {n} {dtype}": inverse.source(n, dtype)
    for dtype in inverse.NUMBERS
    for n in (8, inverse.LARGEST)
}


# array code has its own tests in test_strict_cupy.py
with_kernels = pytest.mark.parametrize(
    "device", ["kernels", pytest.param("cupy", marks=pytest.mark.gpu)], indirect=True
)


def assert_close(found, expected, tolerance):
    np.testing.assert_allclose(to_host(found), expected, rtol=0, atol=tolerance * np.abs(expected).max())


# --- random numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [0, 1, 2, 3, 4, 7, 130])
@pytest.mark.parametrize(("step", "first_row"), [(0, 0), (2**40 + 1, 3)])
@with_kernels
def test_draws_are_numpys(step, first_row, columns, device):
    """Words and uniforms bit for bit; normals up to the last digits of logarithm and cosine."""
    one, other = Stream(5, "draw", xp=device), Stream(5, "draw")
    arguments = step, 5, columns, first_row
    for kind in ("words", "uniforms"):
        found, expected = (getattr(stream, kind)(*arguments) for stream in (one, other))
        np.testing.assert_array_equal(to_host(found), expected, strict=True)
    found, expected = one.normals(*arguments), other.normals(*arguments)
    np.testing.assert_allclose(to_host(found), expected, rtol=1e-13, atol=1e-13, strict=True)


def test_words_are_those_of_the_array_code(device):
    """The twin runs on a device too."""
    stream = Stream(5, "twin", xp=device)
    found = philox_words(stream.key, 6, 11, 20, device)
    np.testing.assert_array_equal(to_host(stream.words(11, 1, 80, first_row=0))[0, 24:], to_host(found)[:56])


# --- inverses -----------------------------------------------------------------------------------------------


def random_matrices(rng, n, dtype):
    matrices = rng.normal(size=(3, n, n)) + 1j * rng.normal(size=(3, n, n))
    return matrices if dtype in (complex, "complex128") else matrices.real.copy()


def check_inverse(matrices, device, tolerance):
    found, log_det = inverse.inverse(device.asarray(matrices), device)
    assert_close(found, np.linalg.inv(matrices), tolerance)
    sign, modulus = np.linalg.slogdet(matrices)
    np.testing.assert_allclose(to_host(log_det).real, modulus, rtol=0, atol=tolerance)
    np.testing.assert_allclose(np.exp(1j * to_host(log_det).imag), sign, rtol=0, atol=tolerance)


@pytest.mark.parametrize("dtype", [float, complex])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 40])
@with_kernels
def test_inverse_and_determinant_are_numpys(n, dtype, device, rng):
    """Sizes at and beside the edges of the tiles; no row is larger than others, so rows are exchanged."""
    check_inverse(random_matrices(rng, n, dtype), device, 1e-11)


@pytest.mark.parametrize("dtype", inverse.NUMBERS)
@with_kernels
def test_largest_inverse(dtype, device, rng):
    check_inverse(random_matrices(rng, inverse.LARGEST, dtype), device, 1e-11)


@with_kernels
def test_rows_are_exchanged_where_a_pivot_vanishes(device, rng):
    """Permutations of the rows of diagonal matrices have one choice of pivots only, and both signs."""
    diagonals = (np.diag(rng.uniform(0.5, 2, 20)) for _ in range(8))
    check_inverse(np.stack([matrix[rng.permutation(20)] for matrix in diagonals]), device, 1e-13)


@with_kernels
def test_inverse_of_matrices_that_do_not_follow_one_another(device, rng):
    matrices = rng.normal(size=(3, 5, 5))
    found, _ = inverse.inverse(device.asarray(matrices).transpose(0, 2, 1), device)
    assert_close(found, np.linalg.inv(matrices.transpose(0, 2, 1)), 1e-12)


@with_kernels
def test_inverse_of_a_singular_matrix_is_not_finite(device):
    """As with CuPy's own; what divides by zero must not look like a number."""
    found, log_det = inverse.inverse(device.zeros((1, 3, 3)), device)
    assert not np.isfinite(to_host(found)).any()
    assert not np.isfinite(to_host(log_det)).any()


# --- the equivariant contour --------------------------------------------------------------------------------


@with_kernels
@pytest.mark.parametrize("shape", [(2, 1), (5,), (9, 6), (3, 2, 2)], ids=str)
def test_equivariant_kernels_are_numpys(shape, device):
    """Points, force, Jacobian and derivatives, on lattices without displacements and beyond one warp too."""

    def case(xp):
        model = phi4_theory(*shape, xp=xp)
        contour = build_contour("equivariant", model)
        theta, t = random_parameters(contour), real(xp, 3, model.size)
        point = contour.evaluate(theta, t)
        jacobian, w = point._jacobian(slice(None)), model.gradient(point.z)
        force = contour.force(contour.prepare(theta), model, t)
        return point.z, force, jacobian, point.log_det(), point.derivatives(w)

    assert_same(case, device)


def test_lattices_beyond_a_block_take_array_code(monkeypatch):
    """The kernels keep a configuration in the memory of one block."""
    contour = build_contour("equivariant", phi4_theory(5, xp=strict_cupy))
    assert contour.kernels.usable == backend.has_kernels(strict_cupy)
    monkeypatch.setattr(equivariant, "SHARED_BYTES", 100)
    assert not contour.kernels.usable


# --- compilation --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90", "sm_100"])
@pytest.mark.parametrize("name", SOURCES)
def test_nvrtc_makes_machine_code(name, architecture):
    """The compiler that CuPy uses needs no GPU."""
    nvrtc = _nvrtc()
    program = nvrtc.createProgram(SOURCES[name], "kernel.cu", (), ())
    try:
        nvrtc.compileProgram(program, ("-std=c++17", f"-arch={architecture}"))
    except nvrtc.NVRTCError:
        pytest.fail(nvrtc.getProgramLog(program))
    assert len(nvrtc.getCUBIN(program)) > 1000


def _nvrtc():
    nvrtc = pytest.importorskip("cupy").cuda.nvrtc
    try:
        nvrtc.getVersion()
    except Exception as error:  # CuPy raises different types for a library that is not there
        pytest.skip(f"NVRTC is not installed: {error}")
    return nvrtc


# --- kernels on the CPU -------------------------------------------------------------------------------------


BARRIERS = """
extern "C" __global__ void reversed(const double* x, double* result, const int n) {
  __shared__ double copy[64];
  const int i = threadIdx.x;
  copy[i] = x[i];
  __syncthreads();
  result[i] = copy[n - 1 - i];
}
"""


@pytest.fixture
def compiler():
    if not cuda_on_cpu.available():
        pytest.skip("g++ is not installed")


def reversed_by(source, compiler):
    x, result = strict_cupy.asarray(np.arange(64.0)), strict_cupy.zeros(64)
    backend.launch(strict_cupy, source, "reversed", 64, x, result, np.int32(64), block=64)
    return result.get()


def test_a_missing_barrier_is_noticed(compiler):
    np.testing.assert_array_equal(reversed_by(BARRIERS, compiler), np.arange(64.0)[::-1])
    without = reversed_by(BARRIERS.replace("__syncthreads();", ""), compiler)
    assert (without != np.arange(64.0)[::-1]).any()


@pytest.mark.parametrize(
    ("x", "n"),
    [(np.arange(64), np.int32(64)), (np.zeros((64, 2))[:, 0], np.int32(64)), (np.zeros(64), 64)],
    ids=["integers", "every other element", "Python number"],
)
def test_arguments_of_the_wrong_type_are_refused(x, n, compiler):
    with pytest.raises(TypeError, match="a kernel"):
        cuda_on_cpu.Kernel(BARRIERS, "reversed")((1,), (64,), (x, np.zeros(64), n))
