"""The gradient of ``pomflow.training.cost_gradient`` as one writes it for a GPU with JAX or with PyTorch.

Both build 1 + iK of every configuration, take its complex ``slogdet`` and leave the derivatives to the
library's automatic differentiation, in float64; JAX compiles the whole. They share no code with pomflow.
"""

import itertools
import math
import os

import numpy as np


class Objective:
    """The batch mean of Re[weight (ln det J - S)] on the dense contour, in any library with NumPy's names.

    Parameters
    ----------
    lib : module
        ``jax.numpy`` or ``torch``.
    shape : tuple of int
        Extents of the lattice, time first.
    hidden : int
    mass, coupling, mu : float
    """

    def __init__(self, lib, shape, hidden, mass, coupling, mu):
        self.lib, self.shape, self.hidden = lib, shape, hidden
        self.mass, self.coupling, self.mu = mass, coupling, mu
        self.size = 2 * math.prod(shape)

    def __call__(self, theta, t, weight, identity):
        lib, n, h = self.lib, self.size, self.hidden
        edges = np.cumsum([0, h * n, h, n * h, n, n, n]).tolist()
        w1, b1, w2, b2, alpha, beta = (theta[start:stop] for start, stop in itertools.pairwise(edges))
        w1, w2 = w1.reshape(h, n), w2.reshape(n, h)
        a = lib.tanh(t @ w1.T + b1)
        f = lib.tanh(a @ w2.T + b2)
        left = (alpha * (1 - f * f))[:, :, None] * w2 * (1 - a * a)[:, None, :]
        sign, modulus = lib.linalg.slogdet(identity + 1j * (left @ w1))
        log_det = modulus + 1j * lib.angle(sign)
        return (weight * (log_det - self.action(t + 1j * (alpha * f + beta)))).real.mean()

    def action(self, z):
        """S of the complex phi^4 theory."""
        field = z.reshape(-1, 2, *self.shape)
        modulus = field[:, 0] ** 2 + field[:, 1] ** 2
        quadratic = (2 * len(self.shape) + self.mass**2) / 2 * modulus + self.coupling / 4 * modulus**2
        for axis in range(1, len(self.shape)):
            ahead = self.lib.roll(field, -1, 2 + axis)
            quadratic = quadratic - field[:, 0] * ahead[:, 0] - field[:, 1] * ahead[:, 1]
        ahead = self.lib.roll(field, -1, 2)
        straight = field[:, 0] * ahead[:, 0] + field[:, 1] * ahead[:, 1]
        turned = field[:, 0] * ahead[:, 1] - field[:, 1] * ahead[:, 0]
        total = quadratic - math.cosh(self.mu) * straight + 1j * math.sinh(self.mu) * turned
        return total.reshape(len(z), -1).sum(1)


def jax_gradient(shape, hidden, mass, coupling, mu, arguments):
    """A call that makes the gradient by JAX, compiled, at (theta, t, weight), and how to fetch its result."""
    # otherwise JAX takes three quarters of the memory at once
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    jax.config.update("jax_enable_x64", True)
    objective = Objective(jax.numpy, shape, hidden, mass, coupling, mu)
    gradient = jax.jit(jax.grad(objective))
    on_device = [jax.numpy.asarray(part) for part in (*arguments, np.eye(objective.size))]
    return lambda: gradient(*on_device).block_until_ready(), np.asarray


def torch_gradient(shape, hidden, mass, coupling, mu, arguments):
    """A call that makes the gradient by PyTorch at (theta, t, weight), and how to fetch its result."""
    import torch

    objective = Objective(torch, shape, hidden, mass, coupling, mu)
    theta, *others = (torch.tensor(part, device="cuda") for part in (*arguments, np.eye(objective.size)))
    theta.requires_grad_(True)

    def call():
        result = torch.autograd.grad(objective(theta, *others), theta)[0]
        torch.cuda.synchronize()
        return result

    return call, lambda result: result.cpu().numpy()
