"""Each hint fits its own mistake, and no other."""

import numpy as np
import pytest

from helpers.diagnosis import explain_error, explain_shape, explain_values

EXPECTED = np.random.default_rng(0).normal(size=(3, 3))


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        ((3, 2), (2, 3), "transposed"),
        ((1, 2), (2,), "extra axis"),
        ((2, 1), (2,), "extra axis"),
        ((2,), (2, 1), "axis of length 1 is missing"),
        ((), (2, 3), "single number"),
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
    layer = type("Tanh", (), {"__module__": "__main__"})()
    with pytest.raises(AttributeError) as caught:
        layer.output  # noqa: B018
    assert "set `self.output` yet" in explain_error(caught.value)


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
    ],
)
def test_values_get_their_hint(got, words):
    assert words in explain_values(got, EXPECTED)


def test_random_wrong_values_get_no_hint():
    rng = np.random.default_rng(1)
    for _ in range(1000):
        got, upstream = rng.normal(size=(2, 3, 3))
        assert explain_values(got, EXPECTED, upstream=upstream) is None


def test_a_single_number_gets_no_factor():
    assert explain_values(np.array([2.0]), np.array([1.0])) is None


def test_a_single_entry_that_is_nearly_right_is_not_called_transposed():
    hint = explain_values(np.array([[1 + 1e-7]]), np.array([[1.0]]))
    assert "nearly right" in hint
