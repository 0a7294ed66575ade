r"""Inverses and determinants of many small matrices on a GPU: one launch, a block of threads for each matrix.

cuBLAS works off a batch with several kernels that fetch the matrices from memory again and again. Here 256
threads hold a matrix, element (i, j) by thread (i mod 16, j mod 16), and exchange one variable after another
(Gauss and Jordan): step k turns y = A x, by its row p, into the equation for x_k,

.. math::
    a_{ij} \to a_{ij} - \frac{a_{ik} a_{pj}}{a_{pk}}, \quad a_{pj} \to \frac{a_{pj}}{a_{pk}}, \quad
    a_{ik} \to -\frac{a_{ik}}{a_{pk}}, \quad a_{pk} \to \frac{1}{a_{pk}}.

Rows stay where they are: row p then belongs to x_k and column k to y_p. The determinant is the product of the
pivots a_pk with the sign of the permutation. The readable twins are ``inv`` and ``slogdet``.

Source: Golub and Van Loan, "Matrix Computations", section 3.4 (partial pivoting).
"""

import functools

import numpy as np

from pomflow.numerics import backend
from pomflow.numerics.cuda_complex import COMPLEX

# rows that the registers of a block have room for (complex ones of 128 rows spill a little, and still win)
LARGEST = 128
THREADS = 256

NUMBERS = {
    "float64": r"""
typedef double Number;

__device__ double size(double a) { return fabs(a); }
__device__ double reciprocal(double a) { return 1 / a; }
__device__ Complex logarithm(double a) { return {log(fabs(a)), a < 0 ? PI : 0.0}; }
""",
    "complex128": r"""
typedef Complex Number;

__device__ double size(Complex a) { return fabs(a.re) + fabs(a.im); }
__device__ Complex reciprocal(Complex a) { return 1 / (a.re * a.re + a.im * a.im) * conjugate(a); }
__device__ Complex logarithm(Complex a) { return {log(hypot(a.re, a.im)), atan2(a.im, a.re)}; }
""",
}

KERNEL = r"""
#define SIDE 16
#define ROWS (SIDE * TILE)

// the sum of the logarithms of all threads, the imaginary part in [-pi, pi], for thread 0
__device__ Complex total(Complex mine, Complex* sums) {
  const int thread = threadIdx.x;
  sums[thread] = mine;
  for (int half = 128; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) sums[thread] = sums[thread] + sums[thread + half];
  }
  return {sums[0].re, remainder(sums[0].im, 2 * PI)};
}

extern "C" __global__ void __launch_bounds__(256)
inverse(const Number* matrices, Number* result, Complex* log_det, const int n) {
  __shared__ Number column[2][ROWS], beside[ROWS], pivots[ROWS];
  __shared__ int pivot_of_step[ROWS], step_of_pivot[ROWS];
  __shared__ Complex sums[256];
  const int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE, lane = threadIdx.x % 32;
  const long long first = (long long)blockIdx.x * n * n;
  Number a[TILE][TILE];
#pragma unroll
  for (int r = 0; r < TILE; ++r)
#pragma unroll
    for (int c = 0; c < TILE; ++c) {
      const int i = y + SIDE * r, j = x + SIDE * c;
      a[r][c] = i < n && j < n ? matrices[first + i * n + j] : Number{0};
    }
  // bit r: row lane + 32 r has been a pivot
  unsigned used = 0;
  for (int tile = 0; tile < TILE; ++tile) {
    for (int inside = 0; inside < min(SIDE, n - SIDE * tile); ++inside) {
      const int k = SIDE * tile + inside;
      Number* const below = column[k % 2];
      if (x == inside)
#pragma unroll
        for (int r = 0; r < TILE; ++r) {
          below[y + SIDE * r] = a[r][0];
          a[r][0] = Number{0};
        }
      __syncthreads();
      // the largest unused element to 2^-13 of it: leading bits of its size, then its row
      unsigned best = 0;
      for (int r = 0; lane + 32 * r < n; ++r) {
        const unsigned bits = __double2hiint(size(below[lane + 32 * r]));
        if (!(used >> r & 1)) best = max(best, 0x80000000u | (bits & ~127u) | (unsigned)(lane + 32 * r));
      }
      const int p = __reduce_max_sync(0xffffffffu, best) & 127;
      if (p % 32 == lane) used |= 1u << (p / 32);
#pragma unroll
      for (int r = 0; r < TILE; ++r)
        if (y + SIDE * r == p)
#pragma unroll
          for (int c = 0; c < TILE; ++c) {
            beside[x + SIDE * c] = a[r][c];
            a[r][c] = Number{0};
          }
      if (threadIdx.x == 0) {
        pivots[k] = below[p];
        pivot_of_step[k] = p;
        step_of_pivot[p] = k;
      }
      __syncthreads();
      const Number factor = reciprocal(below[p]);
      Number scaled[TILE];
#pragma unroll
      for (int c = 0; c < TILE; ++c)
        scaled[c] = c == 0 && x == inside ? factor : beside[x + SIDE * c] * factor;
#pragma unroll
      for (int r = 0; r < TILE; ++r) {
        const Number multiple = y + SIDE * r == p ? Number{-1} : below[y + SIDE * r];
#pragma unroll
        for (int c = 0; c < TILE; ++c) a[r][c] = a[r][c] - multiple * scaled[c];
      }
    }
    // the tile that is worked on is always the first, because registers have no numbers at run time
#pragma unroll
    for (int r = 0; r < TILE; ++r) {
      const Number first_of_row = a[r][0];
#pragma unroll
      for (int c = 0; c + 1 < TILE; ++c) a[r][c] = a[r][c + 1];
      a[r][TILE - 1] = first_of_row;
    }
  }
#pragma unroll
  for (int r = 0; r < TILE; ++r)
#pragma unroll
    for (int c = 0; c < TILE; ++c) {
      const int i = y + SIDE * r, j = x + SIDE * c;
      if (i < n && j < n) result[first + step_of_pivot[i] * n + pivot_of_step[j]] = a[r][c];
    }
  Complex mine = {0, 0};
  const int step = threadIdx.x;
  if (step < n) {
    mine = logarithm(pivots[step]);
    // every later pivot from an earlier row changes the sign
    for (int later = step + 1; later < n; ++later)
      if (pivot_of_step[later] < pivot_of_step[step]) mine.im += PI;
  }
  const Complex sum = total(mine, sums);
  if (threadIdx.x == 0) log_det[blockIdx.x] = sum;
}
"""


def fits(matrices, xp) -> bool:
    """Whether the kernel takes these matrices."""
    return backend.has_kernels(xp) and matrices.shape[-1] <= LARGEST


def inverse(matrices, xp):
    """The inverses, shape (batch, n, n), and ln|det| + i arg det, shape (batch,)."""
    matrices = xp.ascontiguousarray(matrices)
    batch, n, _ = matrices.shape
    result, log_det = xp.empty_like(matrices), xp.empty(batch, dtype=xp.complex128)
    text = source(n, str(matrices.dtype))
    backend.launch(
        xp, text, "inverse", batch * THREADS, matrices, result, log_det, np.int32(n), block=THREADS
    )
    return result, log_det


@functools.cache
def source(n: int, dtype: str) -> str:
    """The kernel for matrices of n rows: the tile of a thread is known when it is compiled."""
    return f"#define TILE {-(-n // 16)}\n#define PI 3.141592653589793\n{COMPLEX}{NUMBERS[dtype]}{KERNEL}"
