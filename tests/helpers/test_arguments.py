"""Bad arguments get one line: the name, what was expected, what came."""

import numpy as np
import pytest

from helpers._arguments import (
    as_array,
    as_count,
    as_function,
    as_generator,
    as_number,
)


@pytest.mark.parametrize("value", [[1, 2], (1.5, 2), np.ones((2, 2)), True, 3])
def test_numbers_of_any_kind_become_arrays(value):
    np.testing.assert_array_equal(as_array(value, "x"), value)


@pytest.mark.parametrize(
    ("value", "options", "error", "words"),
    [
        ("a", {}, TypeError, "x: expected an array of real numbers, got <U1"),
        (None, {}, TypeError, "x: expected an array of real numbers, got NoneType"),
        ([1j], {}, TypeError, "got complex128"),
        ([[1], [1, 2]], {}, ValueError, "rows of different lengths"),
        ([1.5], {"integer": True}, TypeError, "expected an array of integers"),
        ([1, np.inf], {}, ValueError, r"got inf at index \[1\]"),
        ([1], {"shape": ("N", 2)}, ValueError, r"expected shape \(N, 2\), got \(1,\)"),
        ([1, 2], {"shape": (3,)}, ValueError, r"expected shape \(3,\), got \(2,\)"),
        (np.ones((2, 3)), {"shape": ("N", "N")}, ValueError, r"\(N, N\), got \(2, 3\)"),
    ],
)
def test_a_bad_array_is_refused_in_one_line(value, options, error, words):
    with pytest.raises(error, match=words) as caught:
        as_array(value, "x", **options)
    assert "\n" not in str(caught.value)


def test_nan_passes_where_it_is_allowed():
    assert np.isnan(as_array(np.nan, "x", finite=False))


@pytest.mark.parametrize(
    ("value", "options", "error", "words"),
    [
        ("1", {}, TypeError, "expected a number, got str"),
        (True, {}, TypeError, "expected a number, got bool"),
        (np.nan, {}, ValueError, "expected a finite number, got nan"),
        (-1, {"low": 0}, ValueError, "a number of at least 0, got -1"),
        (2, {"low": 0, "high": 1}, ValueError, "a number between 0 and 1, got 2"),
    ],
)
def test_a_bad_number_is_refused(value, options, error, words):
    with pytest.raises(error, match=words):
        as_number(value, "budget", **options)


def test_a_good_number_becomes_a_float():
    assert as_number(np.float32(0.5), "budget", low=0, high=1) == 0.5


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (1.0, TypeError, "expected an integer, got float"),
        (True, TypeError, "expected an integer, got bool"),
        (0, ValueError, "an integer of at least 1, got 0"),
    ],
)
def test_a_bad_count_is_refused(value, error, words):
    with pytest.raises(error, match=words):
        as_count(value, "columns")


def test_a_good_count_becomes_an_int():
    assert as_count(np.int64(3), "columns") == 3


def test_what_cannot_be_called_is_refused():
    assert as_function(len, "f") is len
    with pytest.raises(TypeError, match="f: expected a function, got int"):
        as_function(3, "f")


def test_what_is_no_generator_is_refused():
    rng = np.random.default_rng(0)
    assert as_generator(rng, "rng") is rng
    with pytest.raises(TypeError, match="rng: expected a numpy"):
        as_generator(np.random, "rng")
