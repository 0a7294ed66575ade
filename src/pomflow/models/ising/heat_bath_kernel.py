"""Heat bath of the Ising model on a GPU: one launch for a colour, random words included.

A thread takes a spin of one chain. The readable twin is ``pomflow.models.ising.heat_bath.draw``.
"""

import numpy as np

from pomflow.numerics import backend
from pomflow.random import philox_kernel as philox

KERNEL = r"""
extern "C" __global__ void update(signed char* spins, const word_t threads, const int* sites,
    const word_t coloured, const int* neighbours, const word_t links, const word_t volume,
    const word_t* thresholds, const word_t step, const word_t k0, const word_t k1) {
  const word_t i = (word_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= threads) return;
  const word_t chain = i / coloured, x = sites[i % coloured], blocks = (volume + 3) / 4;
  signed char* const here = spins + chain * volume;
  int h = links;
  for (word_t link = 0; link < links; ++link) h += here[neighbours[link * volume + x]];
  const word_t bits = word(chain * blocks, x, step, k0, k1) >> 1;
  here[x] = bits < thresholds[h / 2] ? 1 : -1;
}
"""
SOURCE = philox.SOURCE + KERNEL


def update(spins, sites, neighbours, thresholds, stream, number: int) -> None:
    """Draw the spins of these sites in all chains, in place.

    Parameters
    ----------
    spins : array of int8, shape (chains, volume)
    sites : array of int32
        Of one colour.
    neighbours : array of int32, shape (2 d, volume)
    thresholds : array of uint64, shape (2 d + 1,)
    stream : Stream
        Its words of the step ``number`` are used, that of column x for site x.
    number : int
    """
    (chains, volume), links = spins.shape, len(neighbours)
    count, coloured, links, volume = map(np.uint64, (chains * len(sites), len(sites), links, volume))
    key = map(np.uint64, (number, *stream.key))
    arguments = spins, count, sites, coloured, neighbours, links, volume, thresholds, *key
    backend.launch(stream.xp, SOURCE, "update", int(count), *arguments)
