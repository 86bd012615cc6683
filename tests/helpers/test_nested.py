"""Structures of arrays are compared place by place, and guarded whole."""

import numpy as np
import pytest

from helpers import nested
from helpers.candidates import Candidates
from helpers.checks import CheckFailed

TWICE = Candidates({"Twice.": "2 * expected"})


def network(scale=1.0):
    return [
        {"weights": scale * np.arange(6.0).reshape(2, 3), "biases": scale * np.ones(2)},
        {"weights": scale * np.arange(1.0, 3).reshape(1, 2), "biases": np.zeros(1)},
    ]


def test_equal_structures_pass_whatever_holds_them():
    nested.same("params", network(), network())
    nested.same("params", tuple(network()), network())
    nested.same("cache", [np.ones(2), network()], (np.ones(2), network()))
    reordered = [dict(reversed(layer.items())) for layer in network()]
    nested.same("params", reordered, network())


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "params: expected a list of 2, got None."),
        (network()[:1], "params: expected a list of 2, got a list of 1."),
        ({"weights": 1}, "params: expected a list of 2, got a dict."),
        (
            [network()[0], np.ones(3)],
            "params[1]: expected a dictionary with the keys 'weights', 'biases', "
            "got an array of shape (3,).",
        ),
        (
            [{"W": np.ones(2)}, network()[1]],
            "params[0]: expected a dictionary with the keys 'weights', 'biases', "
            "got 'W'.",
        ),
        ([network()[0], network(3.0)[1]], 'params[1]["weights"]: the shape is right'),
    ],
)
def test_the_first_place_that_differs_is_named(got, words):
    with pytest.raises(CheckFailed) as failed:
        nested.same("params", got, network())
    assert words in str(failed.value)


def test_the_mistake_is_looked_up_by_place():
    seen = []

    def describe(place):
        seen.append(place)
        return TWICE() if place == '[0]["weights"]' else None

    with pytest.raises(CheckFailed, match=r"Twice\."):
        nested.same("grads", network(2.0), network(), describe)
    assert seen == ['[0]["weights"]']


def test_a_tolerance_is_handed_on():
    close = network(1 + 1e-9)
    nested.same("params", close, network())
    with pytest.raises(CheckFailed):
        nested.same("params", close, network(), rtol=1e-12)


@pytest.mark.parametrize(
    ("got", "fits"),
    [
        (network(), True),
        (tuple(network()), True),
        (network(2.0), False),
        (network()[:1], False),
        (None, False),
        ({0: 1}, False),
        ([network()[0], {"weights": np.ones((1, 2))}], False),
        ([network()[0], {"weights": "text", "biases": np.zeros(1)}], False),
    ],
)
def test_fits_says_whether_all_agree(got, fits):
    assert nested.fits(got, network()) is fits


def test_a_pair_comes_back_as_it_is():
    both = (1, 2)
    assert nested.pair("f(x)", both, "(y, cache)") is both
    assert nested.pair("f(x)", [1, 2], "(y, cache)") == [1, 2]


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, r"f\(x\): got None\. Is a `return` missing\?"),
        (np.ones(2), r"expected two results, \(y, cache\), got an array of shape"),
        ((1, 2, 3), r"got a tuple of 3"),
        (5, r"got a int"),
    ],
)
def test_what_is_no_pair_is_refused(got, words):
    with pytest.raises(CheckFailed, match=words):
        nested.pair("f(x)", got, "(y, cache)")


def change_an_entry(params):
    params[0]["weights"][0, 0] += 1


def change_a_key(params):
    params[0]["more"] = np.ones(1)


def change_the_list(params):
    params.pop()


def bind_another_array(params):
    params[1]["biases"] = np.ones(1)


@pytest.mark.parametrize(
    "change", [change_an_entry, change_a_key, change_the_list, bind_another_array]
)
def test_any_change_in_a_structure_is_seen(change):
    params, grads = network(), network()
    with (
        pytest.raises(CheckFailed, match="changes its argument `params` in place"),
        nested.unchanged(grads=grads, params=params),
    ):
        change(params)


def test_what_is_left_alone_is_unchanged():
    params = network()
    with nested.unchanged(params=params, cache=(np.ones(2), params)):
        nested.same("params", params, network())
