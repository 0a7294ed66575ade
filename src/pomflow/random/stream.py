"""Randomness as a function: counter-based Philox4x64-10 streams.

A stream is named by what it is for (seed, stage, lattice, contour, mu), and a draw by its step, so no
generator state exists. The numbers depend neither on the order of execution nor on the number of
processes nor on where a run was interrupted, and a block of rows can be drawn alone.

Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

import hashlib
import math

import numpy as np

from pomflow.numerics import backend
from pomflow.random import philox_kernel as philox

WORDS_PER_BLOCK = 4
_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10
_MASK64 = 2**64 - 1


class Stream:
    """A named source of random numbers.

    Parameters
    ----------
    seed : int
        The seed of the whole scan.
    *labels : str
        What the numbers are for; mu enters as its text, never as its index.
    xp : module
        Where the numbers are wanted: NumPy or CuPy.

    Examples
    --------
    >>> noise = Stream(1, "sample_plane", "4x4", "0.4").child("momentum")
    >>> together = noise.normals(step=7, rows=3, columns=2)
    >>> alone = noise.normals(step=7, rows=1, columns=2, first_row=2)
    >>> bool((alone == together[2:]).all())
    True
    """

    def __init__(self, seed: int, *labels: str, xp=np):
        self._name = (str(seed), *labels)
        self.xp = xp
        digest = hashlib.blake2b("\x1f".join(self._name).encode(), digest_size=16).digest()
        self.key = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))

    def child(self, label: str) -> "Stream":
        """An independent stream for one purpose."""
        return Stream(int(self._name[0]), *self._name[1:], label, xp=self.xp)

    def words(self, step: int, rows: int, columns: int, first_row: int = 0):
        """Random 64-bit words, shape (rows, columns).

        Each row starts at a block of its own: row r of a step is the same whether drawn alone
        (``first_row=r``) or among others.
        """
        if backend.has_kernels(self.xp):
            return philox.draw("words", self.key, step, rows, columns, first_row, self.xp)
        blocks = math.ceil(columns / WORDS_PER_BLOCK)
        make = _numpy_words if self.xp is np else philox_words
        flat = make(self.key, first_row * blocks, step, rows * blocks, self.xp)
        return flat.reshape(rows, blocks * WORDS_PER_BLOCK)[:, :columns]

    def uniforms(self, step: int, rows: int, columns: int, first_row: int = 0):
        """Uniform numbers in the open interval (0, 1), shape (rows, columns)."""
        if backend.has_kernels(self.xp):
            return philox.draw("uniforms", self.key, step, rows, columns, first_row, self.xp)
        words = self.words(step, rows, columns, first_row)
        # 52 bits and a half: with one bit more the largest number would be rounded to 1
        return ((words >> self.xp.uint64(12)).astype(self.xp.float64) + 0.5) * 2.0**-52

    def normals(self, step: int, rows: int, columns: int, first_row: int = 0):
        """Standard normal numbers by Box and Muller's transform, shape (rows, columns)."""
        if backend.has_kernels(self.xp):
            return philox.draw("normals", self.key, step, rows, columns, first_row, self.xp)
        xp, half = self.xp, (columns + 1) // 2
        uniforms = self.uniforms(step, rows, 2 * half, first_row)
        radius = xp.sqrt(-2.0 * xp.log(uniforms[:, :half]))
        angle = 2.0 * math.pi * uniforms[:, half:]
        pairs = (radius * xp.cos(angle), radius * xp.sin(angle))
        return xp.concatenate(pairs, axis=1)[:, :columns]

    def permutation(self, step: int, size: int):
        """A random order of ``size`` items."""
        return self.xp.argsort(self.words(step, 1, size)[0])


def _numpy_words(key, first_block, step, blocks, xp):
    """NumPy's own generator: the definition of the words."""
    generator = np.random.Philox(key=key[0] | key[1] << 64, counter=first_block | step << 64)
    return generator.random_raw(blocks * WORDS_PER_BLOCK)


def philox_words(key, first_block, step, blocks, xp=np):
    """The same words in array code, for a device: flat, ``4 * blocks`` of them.

    NumPy raises the counter before it makes a block, hence the one that is added here.
    """
    index = xp.arange(first_block + 1, first_block + blocks + 1, dtype=xp.uint64)
    zero = xp.zeros_like(index)
    c0, c1, c2, c3 = index, zero + xp.uint64(step), zero, zero
    k0, k1 = key
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(c0, _MULTIPLIERS[0], xp)
        high1, low1 = _multiply(c2, _MULTIPLIERS[1], xp)
        c0, c1, c2, c3 = high1 ^ c1 ^ xp.uint64(k0), low1, high0 ^ c3 ^ xp.uint64(k1), low0
        k0, k1 = (k0 + _KEY_STEPS[0]) & _MASK64, (k1 + _KEY_STEPS[1]) & _MASK64
    return xp.stack((c0, c1, c2, c3), axis=1).reshape(-1)


def _multiply(a, factor: int, xp):
    """High and low 64 bits of the 128-bit product, from 32-bit halves."""
    half, mask = xp.uint64(32), xp.uint64(0xFFFFFFFF)
    f_high, f_low = xp.uint64(factor >> 32), xp.uint64(factor & 0xFFFFFFFF)
    a_high, a_low = a >> half, a & mask
    middle = a_high * f_low + ((a_low * f_low) >> half)
    carry = a_low * f_high + (middle & mask)
    high = a_high * f_high + (middle >> half) + (carry >> half)
    return high, a * xp.uint64(factor)
