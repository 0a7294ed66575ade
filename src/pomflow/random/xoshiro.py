"""Random numbers inside compiled loops: xoshiro256++, its state filled with words of a named stream.

A worm draws an unpredictable number of numbers, one at a time, which suits a generator with a state. The
state belongs to a chain and begins with four words of that chain's stream, so that runs are reproducible.

Source: Blackman, Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021) 36.
"""

import numpy as np

from pomflow.numerics.compiled import compiler
from pomflow.random.stream import Stream

STATE_WORDS = 4

_compiled = compiler()


def states(stream: Stream, chains: int) -> np.ndarray:
    """A state for each chain, shape (chains, 4)."""
    return stream.words(0, chains, STATE_WORDS).copy()


@_compiled
def word(state):
    """The next 64-bit word; the state moves on."""
    result = _rotated(state[0] + state[3], 23) + state[0]
    shifted = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = _rotated(state[3], 45)
    return result


@_compiled
def uniform(state):
    """The next uniform number in [0, 1), a multiple of 2^-53."""
    return (word(state) >> np.uint64(11)) * 2.0**-53


@_compiled
def _rotated(x, count):
    return (x << np.uint64(count)) | (x >> np.uint64(64 - count))
