"""Random streams: the words are Philox's, a draw depends on its name alone, the distributions are right."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pomflow.random.stream import Stream, philox_words

WORD = st.integers(0, 2**64 - 1)
COUNTER = st.integers(0, 2**40)


@given(key=st.tuples(WORD, WORD), first_block=COUNTER, step=COUNTER, blocks=st.integers(1, 9))
def test_array_code_makes_numpys_words(key, first_block, step, blocks):
    """The words written for a device equal those of NumPy's generator, bit for bit."""
    generator = np.random.Philox(key=key[0] | key[1] << 64, counter=first_block | step << 64)
    words = philox_words(key, first_block, step, blocks)
    assert words.dtype == np.uint64
    np.testing.assert_array_equal(words, generator.random_raw(4 * blocks))


def test_known_answer_of_the_published_generator():
    """Philox4x64-10 of key 0 and counter 0, from the known-answer file of its authors (Random123)."""
    words = philox_words((0, 0), -1, 0, 1)
    expected = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert [int(word) for word in words] == expected


def test_stream_words_are_numpys_at_its_key_and_counter():
    """Row 3 of step 11 with two blocks a row starts at counter (6, 11)."""
    stream = Stream(7, "hmc", "4x4")
    key, counter = stream.key[0] | stream.key[1] << 64, 6 | 11 << 64
    expected = np.random.Philox(key=key, counter=counter).random_raw(16).reshape(2, 8)
    np.testing.assert_array_equal(stream.words(11, 2, 7, first_row=3), expected[:, :7])


@pytest.mark.parametrize("kind", ["words", "uniforms", "normals"])
@pytest.mark.parametrize("columns", [1, 3, 4, 7, 8])
def test_a_row_is_the_same_alone_and_among_others(kind, columns):
    """Row r drawn with first_row = r equals row r of a larger draw: batches can be split anywhere."""
    draw = getattr(Stream(1, "rows"), kind)
    together = draw(5, 6, columns)
    assert together.shape == (6, columns)
    alone = np.concatenate([draw(5, 1, columns, first_row=row) for row in range(6)])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together[2:5], draw(5, 3, columns, first_row=2))


def test_rows_and_steps_never_repeat_words():
    """No word appears twice in 200 steps of 50 rows (a chance of 1e-10 if they were random)."""
    stream = Stream(3, "repeat")
    words = np.concatenate([stream.words(step, 50, 4).ravel() for step in range(200)])
    assert len(np.unique(words)) == len(words)


@pytest.mark.parametrize(
    "other",
    [
        Stream(8, "sample_plane", "4x4", "0.4"),
        Stream(7, "sample_contour", "4x4", "0.4"),
        Stream(7, "sample_plane", "4x40", ".4"),
        Stream(7, "sample_plane", "4x4", "0.40"),
        Stream(7, "sample_plane", "4x4"),
        Stream(7, "sample_plane", "4x4", "0.4").child("momentum"),
    ],
    ids=lambda stream: "-".join(stream._name),
)
def test_streams_of_another_name_differ(other):
    """Seed, stage, lattice, mu's text and purpose all enter the key."""
    stream = Stream(7, "sample_plane", "4x4", "0.4")
    assert stream.key != other.key
    assert not (stream.words(0, 4, 4) == other.words(0, 4, 4)).any()


def test_same_name_gives_the_same_numbers():
    """A stream has no state: drawing something else in between changes nothing."""
    first, second = Stream(7, "a", "b"), Stream(7, "a").child("b")
    second.normals(3, 10, 3)
    np.testing.assert_array_equal(first.normals(2, 4, 5), second.normals(2, 4, 5))


@pytest.mark.parametrize("word", [0, 1, 2**11 - 1, 2**63, 2**64 - 2**11, 2**64 - 1])
def test_uniforms_are_inside_the_open_interval(monkeypatch, word):
    """Even the extreme words give 0 < u < 1, so that log(u) and log(1 - u) are finite."""
    stream = Stream(0, "extreme")
    monkeypatch.setattr(
        stream, "words", lambda step, rows, columns, first_row: np.full((rows, columns), word, np.uint64)
    )
    uniforms = stream.uniforms(0, 1, 4)
    assert (uniforms > 0).all()
    assert (uniforms < 1).all()
    assert np.isfinite(stream.normals(0, 1, 2)).all()


def test_uniforms_are_uniform():
    """Kolmogorov-Smirnov at 1e-4 and the first two moments within 4 standard errors, 200 000 numbers."""
    numbers = Stream(11, "uniform").uniforms(0, 20_000, 10).ravel()
    assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    count = len(numbers)
    assert abs(numbers.mean() - 1 / 2) < 4 * math.sqrt(1 / 12 / count)
    assert abs((numbers**2).mean() - 1 / 3) < 4 * math.sqrt(4 / 45 / count)


# variance of x^k is E x^2k - (E x^k)^2
@pytest.mark.parametrize(
    ("power", "mean", "variance"), [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)]
)
def test_moments_of_normals(power, mean, variance):
    """Moments of 200 000 numbers within 4 standard errors."""
    numbers = Stream(12, "normal").normals(0, 40_000, 5).ravel()
    assert abs((numbers**power).mean() - mean) < 4 * math.sqrt(variance / len(numbers))


def test_normals_follow_the_normal_distribution():
    """Kolmogorov-Smirnov at 1e-4, 200 000 numbers."""
    assert stats.kstest(Stream(12, "normal").normals(0, 40_000, 5).ravel(), "norm").pvalue > 1e-4


def test_normals_are_uncorrelated():
    """Columns (cosine and sine of one angle too) and neighbouring rows: correlations within 4.5 errors."""
    numbers = Stream(13, "correlation").normals(4, 50_000, 6)
    shifted = np.concatenate((numbers[:-1], numbers[1:]), axis=1)
    for data in (shifted, shifted**2):
        correlation = np.corrcoef(data, rowvar=False)
        off_diagonal = correlation[np.triu_indices(12, 1)]
        assert np.abs(off_diagonal).max() < 4.5 / math.sqrt(len(data))


@given(step=COUNTER, size=st.integers(1, 300))
def test_permutation_is_a_permutation(step, size):
    order = Stream(2, "order").permutation(step, size)
    np.testing.assert_array_equal(np.sort(order), np.arange(size))


def test_permutations_are_equally_likely():
    """All 24 orders of 4 items, 12 000 draws: chi^2 probability above 1e-4."""
    stream = Stream(2, "order")
    orders = [tuple(stream.permutation(step, 4)) for step in range(12_000)]
    _, counts = np.unique(orders, axis=0, return_counts=True)
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > 1e-4
