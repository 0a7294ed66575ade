"""Complex numbers for CUDA kernels: two doubles, as in arrays."""

COMPLEX = r"""
struct alignas(16) Complex { double re, im; };

__device__ Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
__device__ Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
__device__ Complex operator*(double a, Complex b) { return {a * b.re, a * b.im}; }
__device__ Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
__device__ Complex times_i(Complex a) { return {-a.im, a.re}; }
__device__ Complex conjugate(Complex a) { return {a.re, -a.im}; }
"""
