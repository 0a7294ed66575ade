r"""Inverses of many small real matrices on a GPU: one launch, every matrix in the registers of one block.

cuBLAS works off a batch with several kernels that fetch the matrices from memory again and again. Here 256
threads hold a matrix of up to 128 rows, element (i, j) by thread (i mod 16, j mod 16), and exchange one
variable after another (Gauss and Jordan): step k turns y = A x, by its row p, into the equation for x_k,

.. math::
    a_{ij} \to a_{ij} - \frac{a_{ik} a_{pj}}{a_{pk}}, \quad a_{pj} \to \frac{a_{pj}}{a_{pk}}, \quad
    a_{ik} \to -\frac{a_{ik}}{a_{pk}}, \quad a_{pk} \to \frac{1}{a_{pk}}.

Rows stay where they are: row p then belongs to x_k and column k to y_p. The readable twin is
``numpy.linalg.inv``.

Source: Golub and Van Loan, "Matrix Computations", section 3.4 (partial pivoting).
"""

from pomflow import backend

LARGEST = 128
THREADS = 256

SOURCE = r"""
#define SIDE 16

extern "C" __global__ void __launch_bounds__(256)
inverse(const double* matrices, double* result, const int n) {
  __shared__ double column[2][SIDE * TILE], beside[SIDE * TILE];
  __shared__ int pivot_of_step[SIDE * TILE], step_of_pivot[SIDE * TILE];
  const int x = threadIdx.x % SIDE, y = threadIdx.x / SIDE, lane = threadIdx.x % 32;
  const long long first = (long long)blockIdx.x * n * n;
  double a[TILE][TILE];
#pragma unroll
  for (int r = 0; r < TILE; ++r)
#pragma unroll
    for (int c = 0; c < TILE; ++c) {
      const int i = y + SIDE * r, j = x + SIDE * c;
      a[r][c] = i < n && j < n ? matrices[first + i * n + j] : 0.0;
    }
  // bit r: row lane + 32 r has been a pivot
  unsigned used = 0;
  for (int tile = 0; tile < TILE; ++tile) {
    for (int inside = 0; inside < min(SIDE, n - SIDE * tile); ++inside) {
      const int k = SIDE * tile + inside;
      double* const below = column[k % 2];
      if (x == inside)
#pragma unroll
        for (int r = 0; r < TILE; ++r) {
          below[y + SIDE * r] = a[r][0];
          a[r][0] = 0;
        }
      __syncthreads();
      // the largest unused element to 2^-13 of it: leading bits of its modulus, then its row
      unsigned best = 0;
      for (int r = 0; lane + 32 * r < n; ++r) {
        const unsigned size = __double2hiint(fabs(below[lane + 32 * r]));
        if (!(used >> r & 1)) best = max(best, 0x80000000u | (size & ~127u) | (unsigned)(lane + 32 * r));
      }
      const int p = __reduce_max_sync(0xffffffffu, best) & 127;
      if (p % 32 == lane) used |= 1u << (p / 32);
#pragma unroll
      for (int r = 0; r < TILE; ++r)
        if (y + SIDE * r == p)
#pragma unroll
          for (int c = 0; c < TILE; ++c) {
            beside[x + SIDE * c] = a[r][c];
            a[r][c] = 0;
          }
      if (threadIdx.x == 0) {
        pivot_of_step[k] = p;
        step_of_pivot[p] = k;
      }
      __syncthreads();
      const double factor = 1 / below[p];
      double scaled[TILE];
#pragma unroll
      for (int c = 0; c < TILE; ++c) scaled[c] = (c == 0 && x == inside ? 1 : beside[x + SIDE * c]) * factor;
#pragma unroll
      for (int r = 0; r < TILE; ++r) {
        const double multiple = y + SIDE * r == p ? -1 : below[y + SIDE * r];
#pragma unroll
        for (int c = 0; c < TILE; ++c) a[r][c] -= multiple * scaled[c];
      }
    }
    // the tile that is worked on is always the first, because registers have no numbers at run time
#pragma unroll
    for (int r = 0; r < TILE; ++r) {
      const double first_of_row = a[r][0];
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
}
"""


def inverse(matrices, xp):
    """The inverses, shape (batch, n, n) with n up to ``LARGEST``."""
    matrices = xp.ascontiguousarray(matrices)
    batch, n, _ = matrices.shape
    result = xp.empty_like(matrices)
    backend.launch(xp, source(n), "inverse", batch * THREADS, matrices, result, xp.int32(n), block=THREADS)
    return result


def source(n: int) -> str:
    """The kernel for matrices of n rows: the threads' tiles are known when it is compiled."""
    return f"#define TILE {-(-n // 16)}\n{SOURCE}"
