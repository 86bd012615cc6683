"""Each hint fits its own mistake, and no other."""

import numpy as np
import pytest

from helpers.candidates import Candidates
from helpers.diagnosis import (
    explain_array,
    explain_error,
    explain_shape,
    explain_values,
)

EXPECTED = np.random.default_rng(0).normal(size=(3, 3))


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        ((3, 2), (2, 3), "transposed"),
        ((1, 2), (2,), "extra axis"),
        ((2, 1), (2,), "extra axis"),
        ((2,), (2, 1), "axis of length 1 is missing"),
        ((), (2, 3), "single number"),
        ((0,), (2, 3), "It is empty."),
        ((4, 3), (2, 3), "over which axis"),
    ],
)
def test_a_shape_gets_its_hint(got, expected, words):
    assert words in explain_shape(got, expected)


def test_a_shape_that_tells_nothing_gets_no_hint():
    assert explain_shape((2, 3, 4), (5,)) is None


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ((5, 7), (2, 3), "has 7 entries, the first axis of the right one 2."),
        ((5, 7), (2,), "has 7 entries, the first axis of the right one 2."),
    ],
)
def test_a_product_that_does_not_fit_is_put_in_plain_words(left, right, words):
    with pytest.raises(ValueError, match="matmul") as caught:
        np.ones(left) @ np.ones(right)
    assert words in explain_error(caught.value)


def test_what_forward_did_not_keep_is_asked_for():
    body = {"__module__": "__main__", "forward": None}
    layer = type("Tanh", (), body)()
    with pytest.raises(AttributeError) as caught:
        layer.output  # noqa: B018
    assert "set `self.output` yet" in explain_error(caught.value)


def test_what_an_optimiser_did_not_keep_is_asked_of_its_constructor():
    optimiser = type("Adam", (), {"__module__": "__main__"})()
    with pytest.raises(AttributeError) as caught:
        optimiser.t  # noqa: B018
    assert "does `__init__` not keep it?" in explain_error(caught.value)


def test_a_missing_attribute_of_an_array_gets_no_words_about_forward():
    with pytest.raises(AttributeError) as caught:
        np.ones(2).matmul  # noqa: B018
    assert explain_error(caught.value) is None


def test_an_array_where_one_answer_is_needed_is_put_in_plain_words():
    with pytest.raises(ValueError, match="ambiguous") as caught:
        max(np.ones(2), 0)
    assert "works entry by entry" in explain_error(caught.value)


def test_another_error_gets_no_words_of_its_own():
    assert explain_error(ValueError("size 2 is different from 3")) is None


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (EXPECTED.T, "transposed"),
        (EXPECTED + 1e-9, "nearly right"),
        (0 * EXPECTED, "zero"),
        (-EXPECTED, "wrong sign"),
        (2 * EXPECTED, "2 times too large"),
        (EXPECTED / 5, "5 times too small"),
        (-3 * EXPECTED, "3 times too large, and the sign is wrong"),
        (1e-10 * EXPECTED, "1e+10 times too small"),
        (EXPECTED + np.array([1, -2, 0.5]), "wrong by the same amounts"),
        (np.tile(EXPECTED[1], (3, 1)), "Every row is the same"),
        (np.vstack([EXPECTED[:1], EXPECTED[1:] + 1]), "Only the first row"),
        (np.vstack([EXPECTED[:2] + 1, EXPECTED[2:]]), "Only the last row"),
        (EXPECTED[[1, 2, 0]], "stand in another order"),
        (np.abs(EXPECTED), "some signs are wrong"),
        (np.rint(EXPECTED), "cut to whole ones"),
    ],
)
def test_values_get_their_hint(got, words):
    assert words in explain_values(got, EXPECTED)


def test_random_wrong_values_get_no_hint():
    rng = np.random.default_rng(1)
    for _ in range(1000):
        assert explain_values(rng.normal(size=(3, 3)), EXPECTED) is None


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (5.0, "5 times too large (N = 5 here)"),
        (1 / 15, "15 times too small (N * K = 15 here)"),
        (3.0, "3 times too large (K = 3 here)"),
        (2.0, "2 times too large, look"),
        (7.0, "7 times too large, look"),
    ],
)
def test_a_factor_is_called_by_the_size_that_it_is(factor, words):
    sizes = {"N": 5, "K": 3}
    assert words in explain_values(factor * EXPECTED, EXPECTED, sizes=sizes)


def test_a_factor_that_two_sizes_share_is_called_by_neither():
    hint = explain_values(3 * EXPECTED, EXPECTED, sizes={"N": 3, "K": 3})
    assert " here)" not in hint


def test_the_list_of_the_exercise_comes_before_what_holds_of_any_array():
    halved = Candidates({"It is halved.": "expected / 2"})()
    assert explain_array(EXPECTED / 2, EXPECTED, halved) == "It is halved."
    assert "3 times" in explain_array(3 * EXPECTED, EXPECTED, halved)
    assert "transposed" in explain_array(EXPECTED[:2].T, EXPECTED[:2], halved)


def test_a_single_number_gets_no_factor():
    assert explain_values(np.array([2.0]), np.array([1.0])) is None


def test_a_single_entry_that_is_nearly_right_is_not_called_transposed():
    hint = explain_values(np.array([[1 + 1e-7]]), np.array([[1.0]]))
    assert "nearly right" in hint
