"""What only a GPU can show (``make test-gpu``): NumPy's trajectories and steps at the sizes of scans."""

import numpy as np
import pytest

from builders import build_contour, phi4, random_parameters
from pomflow.contours.path import Path
from pomflow.numerics import backend, determinant
from pomflow.numerics.backend import to_host
from pomflow.random.stream import Stream
from pomflow.samplers.hmc import HMC, Chains
from pomflow.training.optimize import DESCENTS

pytestmark = pytest.mark.gpu

# contour, extents, hidden units for each variable; dense 12x12 is beyond the 256 rows of CuPy's batched solve
CASES = [("dense", (8, 8), 1.0), ("dense", (12, 12), 1.0), ("dense", (12, 12), 0.5)]
CASES += [("linear", (16, 16), 1.0), ("equivariant", (8, 8), 1.0), ("equivariant", (16, 16), 1.0)]
DESCENT = {"learning_rate": 0.01, "control_variate": 1, "damping": 0.01, "memory": 0.9}
CHAINS, LEAPFROG_STEPS = 4, 4


def path_of(name, shape, hidden_ratio, xp):
    model = phi4(*shape, xp=xp)
    contour = build_contour(name, model, hidden_ratio=hidden_ratio)
    return Path(model, contour, random_parameters(contour, width=0.02))


def fields(path):
    return 0.5 * Stream(8, "fields", xp=path.model.xp).normals(0, CHAINS, path.model.size)


def assert_close(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(to_host(one), other, rtol=tolerance, atol=tolerance, strict=True)


def test_auto_takes_the_gpu_and_names_it(gpu):
    assert backend.select("auto") is backend.select("cupy") is gpu
    properties = gpu.cuda.runtime.getDeviceProperties(gpu.cuda.Device().id)
    assert backend.describe(gpu) == f"cupy on {properties['name'].decode()}"
    assert backend.memory(gpu) == gpu.cuda.Device().mem_info[1]


@pytest.mark.parametrize(("step", "first_row"), [(0, 0), (2**33, 5)])
def test_words_and_uniforms_are_bitwise_numpys(step, first_row, gpu):
    """A million of each, in rows whose last block is not used up."""
    for kind in ("words", "uniforms"):
        found, expected = (
            getattr(Stream(3, "gpu", xp=xp), kind)(step, 1000, 1003, first_row) for xp in (gpu, np)
        )
        np.testing.assert_array_equal(to_host(found), expected, strict=True)


@pytest.mark.parametrize(("name", "shape", "ratio"), CASES)
def test_trajectories_are_numpys(name, shape, ratio, gpu):
    """Two trajectories of all chains: fields, weights and energy violations to 1e-10."""

    def run(xp):
        path = path_of(name, shape, ratio, xp)
        chains, hmc = Chains.on(path, fields(path)), HMC(Stream(4, "hmc", xp=xp), LEAPFROG_STEPS)
        for number in range(2):
            chains, done = hmc.trajectory(path, chains, number, xp.full((CHAINS, 1), 0.05))
        return chains.t, chains.log_weight, done.delta_h, done.accepted

    expected = run(np)
    assert expected[-1].any()
    assert_close(run(gpu), expected, 1e-10)


@pytest.mark.parametrize(("name", "shape", "ratio"), CASES)
def test_training_steps_are_numpys(name, shape, ratio, gpu):
    """One step of the optimizer that the contour is trained by; the parameters move and agree to 1e-8.

    The metric of the natural gradient is nearly singular for so few configurations.
    """

    def run(xp):
        path = path_of(name, shape, ratio, xp)
        t = fields(path)
        descent = DESCENTS[path.contour.optimizer]
        theta, norm, _ = descent(path.theta, DESCENT).step(path, t, path.log_weight(t), 0.0)
        return theta, xp.asarray(norm), abs(theta - path.theta).max()

    expected = run(np)
    assert expected[-1] > 1e-5
    assert_close(run(gpu), expected, 1e-8)


HOLD = r"""
// waits for the host to release it, and gives up after some seconds
extern "C" __global__ void hold(const volatile int* released, int* gave_up) {
  const long long start = clock64();
  while (!*released)
    if (clock64() - start > 5000000000LL) {
      *gave_up = 1;
      return;
    }
}
"""


@pytest.mark.parametrize("name", ["dense", "linear", "equivariant"])
def test_a_trajectory_never_waits_for_the_gpu(name, gpu):
    """It is launched whole while the GPU is held; a hidden wait would end only when the kernel gives up."""
    path = path_of(name, (8, 8), 1.0, gpu)
    chains, hmc = Chains.on(path, fields(path)), HMC(Stream(4, "hmc", xp=gpu), LEAPFROG_STEPS)
    step = gpu.full((CHAINS, 1), 0.05)
    # compiles the kernels and fills the memory pool, both of which may wait
    hmc.trajectory(path, chains, 0, step)
    hold, gave_up, memory = gpu.RawKernel(HOLD, "hold"), gpu.zeros(1, dtype=gpu.int32), pinned(gpu)
    hold.compile()
    gpu.cuda.Device().synchronize()
    hold((1,), (1,), (np.uint64(memory.ctypes.data), gave_up))
    hmc.trajectory(path, chains, 0, step)
    memory[0] = 1
    assert not to_host(gave_up)[0]


def pinned(gpu):
    """An integer 0 on the host that the GPU sees."""
    number = np.frombuffer(gpu.cuda.alloc_pinned_memory(4), dtype=np.int32, count=1)
    number[0] = 0
    return number


@pytest.mark.parametrize("rows", [4, 72, 128, 256, 257, 288])
def test_weighted_inverse_of_all_sizes(rows, gpu):
    """CuPy's batched solver ends at 256 rows."""

    def run(xp):
        stream = Stream(5, "matrices", xp=xp)
        a = stream.normals(0, 3, rows * rows).reshape(3, rows, rows) / rows**0.5
        weight = stream.normals(1, 1, 3)[0] + 1j * stream.normals(2, 1, 3)[0]
        return determinant.weighted_inverse(a, weight), determinant.log_det(a)

    assert_close(run(gpu), run(np), 1e-9)
