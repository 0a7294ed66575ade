"""Gradients of ``framework_programs`` by JAX and PyTorch; trajectories and derivatives by JAX."""

import importlib.util
import os
from functools import partial
from importlib.metadata import version

import numpy as np

from benchmarks import timing
from benchmarks.framework_programs import DenseProgram, Program
from pomflow.samplers.hmc import JITTER

LABELS = {"jax": "JAX", "torch": "PyTorch"}


def installed() -> list[str]:
    """Those of the two that can be imported."""
    return [name for name in LABELS if importlib.util.find_spec(name)]


def versions() -> dict:
    """Of those that are installed."""
    return {name: version(name) for name in installed()}


def machine() -> dict:
    """``timing.machine`` with the versions of what is compared."""
    about = timing.machine()
    return about | {"packages": about["packages"] | versions()}


def compiler():
    """JAX in float64."""
    # otherwise JAX takes three quarters of the memory of a GPU at once
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def jax_gradient(arguments, *settings, **options):
    """A call that makes the gradient by JAX, compiled, at (theta, t, weight), and how to fetch its result.

    The other arguments are those of ``DenseProgram`` behind ``lib``.
    """
    jax = compiler()
    program = DenseProgram(jax.numpy, *settings, **options)
    gradient = jax.jit(jax.grad(program.objective))
    on_device = [jax.numpy.asarray(part) for part in (*arguments, np.eye(program.rows))]
    return lambda: gradient(*on_device).block_until_ready(), np.asarray


def torch_gradient(arguments, *settings, device="cpu", **options):
    """The same by PyTorch."""
    import torch

    torch.set_num_threads(1)
    program = DenseProgram(torch, *settings, **options)
    theta, *others = (torch.tensor(part, device=device) for part in (*arguments, np.eye(program.rows)))
    theta.requires_grad_(True)

    def call():
        result = torch.autograd.grad(program.objective(theta, *others), theta)[0]
        if device == "cuda":
            torch.cuda.synchronize()
        return result

    return call, lambda result: result.cpu().numpy()


def check(expected, found: dict, tolerance: float) -> None:
    """Raise unless all programs, by name, give the same array."""
    for name, values in found.items():
        error = abs(values - expected).max() / abs(expected).max()
        if not error < tolerance:
            raise SystemExit(f"{name} and pomflow differ by {error:.1e} of the largest component")


def jax_trajectory(program: Program, theta, chains: tuple, step_size: float, leapfrog_steps: int):
    """A trajectory by JAX, compiled, which draws its own random numbers; and one that is given them.

    Parameters
    ----------
    chains : tuple
        Fields and the logarithms of their weights.

    Returns
    -------
    call : callable
        To be timed.
    moved : callable
        Fields and logarithms of weights after the trajectory with given (momentum, jitter, accept).
    """
    jax = compiler()
    force = jax.grad(lambda t, prepared: -program.action(program.points(prepared, t)).real.sum())
    identity, theta, t, log_weight = map(jax.numpy.asarray, (np.eye(program.rows), theta, *chains))

    def trajectory(theta, t, log_weight, momentum, jitter, accept):
        step, prepared = step_size * (1 + JITTER * (2 * jitter - 1)), program.prepare(theta)

        def leap(state, _):
            t, p = state
            p = p + step * force(t, prepared)
            return (t + step * p, p), None

        begin = t + step / 2 * momentum, momentum
        (end, p), _ = jax.lax.scan(leap, begin, length=leapfrog_steps)
        end = end - step / 2 * p
        proposed = program.log_weight(theta, end, identity)
        kinetic = ((p**2).sum(1) - (momentum**2).sum(1)) / 2
        accepted = jax.numpy.log(accept) < proposed.real - log_weight.real - kinetic
        moved = jax.numpy.where(accepted[:, None], end, t)
        return moved, jax.numpy.where(accepted, proposed, log_weight)

    @jax.jit
    def drawn(key, theta, t, log_weight):
        keys = jax.random.split(key, 3)
        momentum = jax.random.normal(keys[0], t.shape, t.dtype)
        jitter = jax.random.uniform(keys[1], (len(t), 1), t.dtype)
        accept = jax.random.uniform(keys[2], (len(t),), t.dtype)
        return trajectory(theta, t, log_weight, momentum, jitter, accept)

    key = jax.random.key(1)
    return (
        lambda: jax.block_until_ready(drawn(key, theta, t, log_weight)),
        lambda numbers: tuple(map(np.asarray, jax.jit(trajectory)(theta, t, log_weight, *numbers))),
    )


def jax_derivatives(program: Program, theta, t, weight) -> dict:
    """Calls by JAX, compiled.

    "ln det" alone, "gradient": ln det J - S and the gradient of the weighted mean, "derivatives": of
    ln det J - S of every configuration with respect to all parameters, real and imaginary parts by one
    reverse pass each.
    """
    jax = compiler()
    lib = jax.numpy
    arguments = [lib.asarray(part) for part in (theta, t, weight)]
    # made inside, where the compiler sees that it is constant
    identity = partial(lib.eye, program.rows)

    def log_det(theta, t, weight):
        sign, modulus = program.evaluate(theta, t, identity())[1]
        return modulus + 1j * lib.angle(sign)

    def objective(theta, t, weight):
        log_weight = program.log_weight(theta, t, identity())
        return (weight * log_weight).real.mean(), log_weight

    def parts(theta, t):
        log_weight = program.log_weight(theta, t[None], identity())[0]
        return lib.stack([log_weight.real, log_weight.imag])

    def derivatives(theta, t, weight):
        both = jax.vmap(jax.jacrev(parts), (None, 0))(theta, t)
        return both[:, 0] + 1j * both[:, 1]

    functions = {
        "ln det": log_det,
        "gradient": jax.grad(objective, has_aux=True),
        "derivatives": derivatives,
    }
    compiled = {name: jax.jit(function) for name, function in functions.items()}
    return {
        name: lambda function=function: jax.block_until_ready(function(*arguments))
        for name, function in compiled.items()
    }
