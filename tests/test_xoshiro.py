"""The generator inside compiled loops."""

import itertools

import numpy as np
from scipy.stats import kstest

from pomflow.random import xoshiro
from pomflow.random.stream import Stream

MASK = 2**64 - 1


def python_words(state):
    """The published algorithm in Python's integers."""

    def rotated(x, count):
        return ((x << count) | (x >> (64 - count))) & MASK

    s = list(state)
    while True:
        yield (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotated(s[3], 45)


def test_words():
    """The first word for the state 1, 2, 3, 4 is 5 * 2^23 + 1, the others those of the readable twin."""
    state = np.array([1, 2, 3, 4], dtype=np.uint64)
    words = [int(xoshiro.word(state)) for _ in range(200)]
    assert words[0] == 5 * 2**23 + 1
    assert words == list(itertools.islice(python_words([1, 2, 3, 4]), 200))


def test_uniforms():
    (state,) = xoshiro.states(Stream(1, "test"), 1)
    uniforms = np.array([xoshiro.uniform(state) for _ in range(20000)])
    assert uniforms.min() >= 0
    assert uniforms.max() < 1
    assert kstest(uniforms, "uniform").pvalue > 0.01


def test_states_belong_to_stream_and_chain():
    states = xoshiro.states(Stream(1, "test"), 3)
    np.testing.assert_array_equal(states, xoshiro.states(Stream(1, "test"), 5)[:3])
    assert len(np.unique(np.concatenate((states, xoshiro.states(Stream(2, "test"), 3))))) == 24
