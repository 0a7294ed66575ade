"""Philox4x64-10 on a GPU in one launch a draw: the kernels behind ``pomflow.random.stream.Stream``.

Array code needs some 400 launches for the ten rounds. Here a thread makes one number, and where needed the
block of four words around it, which is four times the arithmetic and no time in comparison to a launch.
"""

import numpy as np

from pomflow.numerics import backend

SOURCE = r"""
typedef unsigned long long word_t;

// word ``column`` of a row; NumPy raises the counter before it makes a block, hence the one that is added
__device__ word_t word(word_t first_block, word_t column, word_t step, word_t k0, word_t k1) {
  const word_t m0 = 0xD2E7470EE14C6C93ULL, m1 = 0xCA5A826395121157ULL;
  word_t c0 = first_block + column / 4 + 1, c1 = step, c2 = 0, c3 = 0;
  for (int round = 0; round < 10; ++round) {
    const word_t high0 = __umul64hi(c0, m0), low0 = c0 * m0;
    const word_t high1 = __umul64hi(c2, m1), low1 = c2 * m1;
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9E3779B97F4A7C15ULL;
    k1 += 0xBB67AE8584CAA73BULL;
  }
  const word_t lane = column % 4;
  return lane == 0 ? c0 : lane == 1 ? c1 : lane == 2 ? c2 : c3;
}

__device__ double uniform(word_t bits) { return ((double)(bits >> 12) + 0.5) * 0x1p-52; }

extern "C" __global__ void words(word_t* result, const word_t rows, const word_t columns,
    const word_t first_row, const word_t step, const word_t k0, const word_t k1) {
  const word_t i = (word_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= rows * columns) return;
  const word_t blocks = (columns + 3) / 4, row = i / columns;
  result[i] = word((first_row + row) * blocks, i % columns, step, k0, k1);
}

extern "C" __global__ void uniforms(double* result, const word_t rows, const word_t columns,
    const word_t first_row, const word_t step, const word_t k0, const word_t k1) {
  const word_t i = (word_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= rows * columns) return;
  const word_t blocks = (columns + 3) / 4, row = i / columns;
  result[i] = uniform(word((first_row + row) * blocks, i % columns, step, k0, k1));
}

// with r from uniform j and a from uniform half + j: column j is r cos(a) and column half + j is r sin(a)
extern "C" __global__ void normals(double* result, const word_t rows, const word_t columns,
    const word_t first_row, const word_t step, const word_t k0, const word_t k1) {
  const word_t i = (word_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= rows * columns) return;
  const word_t half = (columns + 1) / 2, blocks = (2 * half + 3) / 4, row = i / columns, column = i % columns;
  const word_t first_block = (first_row + row) * blocks, j = column % half;
  const double radius = sqrt(-2.0 * log(uniform(word(first_block, j, step, k0, k1))));
  const double angle = 6.283185307179586 * uniform(word(first_block, half + j, step, k0, k1));
  result[i] = radius * (column < half ? cos(angle) : sin(angle));
}
"""
TYPES = {"words": np.uint64, "uniforms": np.float64, "normals": np.float64}


def draw(kind: str, key, step: int, rows: int, columns: int, first_row: int, xp):
    """Numbers of a stream on a GPU, shape (rows, columns).

    Parameters
    ----------
    kind : {'words', 'uniforms', 'normals'}
        The method of ``Stream`` whose numbers these are.
    key : pair of int
    step, rows, columns, first_row : int
        As for ``Stream``.
    xp : module
        CuPy.
    """
    result = xp.empty((rows, columns), dtype=TYPES[kind])
    numbers = (np.uint64(number) for number in (rows, columns, first_row, step, *key))
    backend.launch(xp, SOURCE, kind, rows * columns, result, *numbers)
    return result
