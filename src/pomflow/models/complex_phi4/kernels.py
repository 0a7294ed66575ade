"""Action and gradient of the complex phi^4 theory on a GPU, each in one launch: a thread takes a site.

The formula stands at ``pomflow.models.complex_phi4.action.ComplexPhi4``, whose array code is the twin.
"""

import math

import numpy as np

from pomflow.numerics import backend
from pomflow.numerics.cuda_complex import COMPLEX

# One site of the action, also for the kernels that evaluate it on a path
SITE = r"""
struct Pair { Complex first, second; };

__device__ Pair operator+(Pair a, Pair b) { return {a.first + b.first, a.second + b.second}; }
__device__ Pair operator-(Pair a, Pair b) { return {a.first - b.first, a.second - b.second}; }
__device__ Pair operator*(double a, Pair b) { return {a * b.first, a * b.second}; }

// neighbours, shape (2, dimension, volume): forward and backward, time first
struct Theory {
  const int* neighbours;
  int dimension, volume;
  double diagonal, coupling, cosh_mu, sinh_mu;

  __device__ Pair at(const Complex* field, int x) const { return {field[x], field[volume + x]}; }

  // M phi at x, where S = phi M phi / 2 + coupling (phi phi)^2 / 4
  __device__ Pair linear(const Complex* field, int x) const {
    const int* const backward = neighbours + dimension * volume;
    const Pair ahead = at(field, neighbours[x]), behind = at(field, backward[x]);
    Pair result = diagonal * at(field, x) - cosh_mu * (ahead + behind);
    for (int i = volume + x; i < dimension * volume; i += volume)
      result = result - at(field, neighbours[i]) - at(field, backward[i]);
    const Pair turned = sinh_mu * (ahead - behind);
    return result + Pair{times_i(turned.second), -1.0 * times_i(turned.first)};
  }

  __device__ Complex square(const Complex* field, int x) const {
    const Pair here = at(field, x);
    return here.first * here.first + here.second * here.second;
  }

  __device__ Pair gradient(const Complex* field, int x) const {
    const Pair here = at(field, x);
    const Complex modulus = coupling * square(field, x);
    return linear(field, x) + Pair{modulus * here.first, modulus * here.second};
  }

  // what the site contributes to S
  __device__ Complex value(const Complex* field, int x) const {
    const Pair here = at(field, x), slope = linear(field, x);
    const Complex modulus = square(field, x);
    const Complex quadratic = here.first * slope.first + here.second * slope.second;
    return 0.5 * quadratic + 0.25 * coupling * (modulus * modulus);
  }
};

// the parameters of a kernel on a theory, and the theory
#define THEORY_PARAMETERS const int* neighbours, const int dimension, const int volume, \
  const double diagonal, const double coupling, const double cosh_mu, const double sinh_mu
#define THEORY Theory{neighbours, dimension, volume, diagonal, coupling, cosh_mu, sinh_mu}
"""

KERNELS = r"""
extern "C" __global__ void gradient(
    const Complex* z, Complex* result, const long long threads, THEORY_PARAMETERS) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= threads) return;
  const Theory theory = THEORY;
  const long long first = i / volume * 2 * volume;
  const int x = i % volume;
  const Pair slope = theory.gradient(z + first, x);
  result[first + x] = slope.first;
  result[first + volume + x] = slope.second;
}

extern "C" __global__ void value(
    const Complex* z, Complex* result, const long long threads, THEORY_PARAMETERS) {
  const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= threads) return;
  const Theory theory = THEORY;
  result[i] = theory.value(z + i / volume * 2 * volume, i % volume);
}
"""
SOURCE = COMPLEX + SITE + KERNELS


def theory(model) -> tuple:
    """The arguments for ``THEORY_PARAMETERS``."""
    lattice = model.lattice
    diagonal = 2 * lattice.dimension + model.mass**2
    numbers = diagonal, model.coupling, math.cosh(model.mu), math.sinh(model.mu)
    extents = np.int32(lattice.dimension), np.int32(lattice.volume)
    return model.neighbours, *extents, *map(np.float64, numbers)


def neighbours(lattice, xp):
    """The tables of a lattice, forward and backward, shape (2, dimension, volume)."""
    return xp.asarray(np.stack((lattice.forward, lattice.backward)).astype(np.int32))


def gradient(model, z):
    """dS/dz, shape (batch, n)."""
    return _launch("gradient", model, z, z.shape)


def value(model, z):
    """S, complex, shape (batch,)."""
    return _launch("value", model, z, (len(z), model.lattice.volume)).sum(axis=1)


def _launch(name, model, z, shape):
    xp, threads = model.xp, len(z) * model.lattice.volume
    z = xp.ascontiguousarray(z, dtype=xp.complex128)
    result = xp.empty(shape, dtype=xp.complex128)
    backend.launch(xp, SOURCE, name, threads, z, result, np.int64(threads), *theory(model))
    return result
