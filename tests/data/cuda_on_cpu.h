// Enough of CUDA C++ to run the kernels of this package on a CPU.
//
// A kernel without barriers runs thread after thread, in any order; one with barriers runs every block as
// threads of the operating system, so that a missing barrier is a race.
#pragma once
#include <algorithm>
#include <barrier>
#include <cmath>
#include <complex>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __shared__ static
#define __syncthreads() everyone->arrive_and_wait()

struct Index { unsigned x; };
static thread_local Index threadIdx, blockIdx;
static Index blockDim, gridDim;
static std::unique_ptr<std::barrier<>> everyone;

using std::abs, std::conj, std::cos, std::exp, std::fabs, std::log, std::sin, std::sqrt;
template <class T> using complex = std::complex<T>;

static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}
