// Enough of CUDA C++ to run the kernels of this package on a CPU.
//
// The threads of a block take turns in a random order, each until it ends or meets a barrier, so that a
// missing barrier shows as a wrong number; blocks come in a random order too.
#pragma once
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#define __global__
#define __device__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __shared__ static

struct Index { unsigned x; };
static Index threadIdx, blockIdx, blockDim, gridDim;

struct Thread {
  ucontext_t context;
  std::vector<char> stack = std::vector<char>(1 << 16);
  bool finished;
};
static std::vector<Thread> threads(1024);
static ucontext_t scheduler;
static std::function<void()> body;
static std::mt19937 random_bits(1);

static void run_thread() {
  body();
  threads[threadIdx.x].finished = true;
}

static inline void __syncthreads() { swapcontext(&threads[threadIdx.x].context, &scheduler); }

static std::vector<unsigned> random_order(unsigned size) {
  std::vector<unsigned> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random_bits);
  return order;
}

static void run_block() {
  for (unsigned t = 0; t < blockDim.x; ++t) {
    Thread& thread = threads[t];
    getcontext(&thread.context);
    thread.context.uc_stack.ss_sp = thread.stack.data();
    thread.context.uc_stack.ss_size = thread.stack.size();
    thread.context.uc_link = &scheduler;
    thread.finished = false;
    makecontext(&thread.context, run_thread, 0);
  }
  for (bool waiting = true; waiting;) {
    waiting = false;
    for (const unsigned t : random_order(blockDim.x)) {
      if (threads[t].finished) continue;
      threadIdx.x = t;
      swapcontext(&scheduler, &threads[t].context);
      waiting = waiting || !threads[t].finished;
    }
  }
}

static void launch(unsigned grid, unsigned block, std::function<void()> kernel) {
  gridDim.x = grid;
  blockDim.x = block;
  body = kernel;
  for (const unsigned b : random_order(grid)) {
    blockIdx.x = b;
    run_block();
  }
}

using std::abs, std::cos, std::exp, std::fabs, std::log, std::max, std::min, std::sin, std::sqrt;

static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}

static inline int __double2hiint(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof x);
  return (int)(bits >> 32);
}

// every thread of the block has to come here, as in all kernels of this package
static inline unsigned __reduce_max_sync(unsigned, unsigned value) {
  static unsigned values[1024];
  values[threadIdx.x] = value;
  __syncthreads();
  const unsigned warp = threadIdx.x / 32 * 32;
  const unsigned largest = *std::max_element(values + warp, values + std::min(warp + 32, blockDim.x));
  __syncthreads();
  return largest;
}
