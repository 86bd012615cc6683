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


CACHES = [(np.ones((2, 3)), network()[0]), np.ones((2, 2)), (np.zeros((2, 2)), {})]


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (CACHES[::-1], "caches: the 3 entries come in the reverse order."),
        ([CACHES[0][::-1], *CACHES[1:]], "caches[0]: the 2 entries come in the rev"),
        ([CACHES[:2], CACHES[2:]], "got a list of 2. Each entry holds several that"),
        (CACHES[1:], "got a list of 2. Missing: [0]."),
        (CACHES[:1], "got a list of 1. Missing: [1], [2]."),
        ([], "caches: expected a list of 3, got a list of 0."),
        ([7, *CACHES[1:], 8], "caches: expected a list of 3, got a list of 4."),
    ],
)
def test_a_wrong_order_and_missing_entries_are_told(got, words):
    with pytest.raises(CheckFailed) as failed:
        nested.same("caches", got, CACHES)
    assert words in str(failed.value)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("grads", 'grads[0]["biases"]: the'),
        ("grads of f(x, y) with N=5", 'grads[0]["biases"] of f(x, y) with N=5: the'),
        ("f(x, y), sizes (3, 2)", 'f(x, y)[0]["biases"], sizes (3, 2): the'),
        ("cache, later", 'cache[0]["biases"], later: the'),
    ],
)
def test_a_place_stands_beside_what_it_is_a_place_of(name, shown):
    wrong = [network()[0] | {"biases": np.zeros(2)}, network()[1]]
    with pytest.raises(CheckFailed) as failed:
        nested.same(name, wrong, network())
    assert shown in str(failed.value)


def test_a_list_of_another_length_is_explained_only_by_what_is_in_it():
    with pytest.raises(CheckFailed, match=r"got a list of 2\.$"):
        nested.same("caches", [np.ones(9), np.ones(9)], CACHES)


def test_has_form_looks_at_keys_lengths_and_shapes():
    assert nested.has_form(network(3.0), network())
    assert nested.has_form((np.float64(1), 2, 3.0), [0.0] * 3)
    assert not nested.has_form(network()[::-1], network())
    assert not nested.has_form([{"weights": 1.0}], network()[:1])
    assert not nested.has_form(None, network())


def test_a_pair_in_the_wrong_order_is_told():
    with pytest.raises(CheckFailed, match="They have changed places"):
        nested.pair("f(x)", ({"weights": np.ones(2)}, np.ones(3)), "(y, grads)")
    like = (network(), [0.0] * 2)
    assert nested.pair("f(x)", like, "(params, history)", like) == like
    with pytest.raises(CheckFailed, match="They have changed places"):
        nested.pair("f(x)", like[::-1], "(params, history)", like)
    other = (network(), np.zeros(2))  # for a check of its own to refuse
    assert nested.pair("f(x)", other, "(params, history)", like) == other


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
