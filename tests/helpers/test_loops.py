"""Loops over rows are found by counting, in every disguise; others are let be."""

import sys

import numpy as np
import pytest

from helpers.checks import CheckFailed
from helpers.loops import expect_no_loop, find_loop

WEIGHTS = [np.ones((3, 3)), np.full((3, 3), 0.5)]
FEW, MANY = (WEIGHTS, np.ones((4, 3))), (WEIGHTS, np.ones((20, 3)))


def by_products(weights, x):
    for each in weights:
        x = np.maximum(x @ each.T, 0)
    return x


def by_einsum(weights, x):
    a, b = (each.T for each in weights)
    return np.einsum("nd,de,ef->nf", np.asarray(x), a, b, optimize=True)


def with_prints(weights, x):
    print(x, f"{x * 2}", repr(x.sum(axis=1)))
    return by_products(weights, x)


def by_recursion_over_layers(weights, x):
    first, *rest = weights
    x = x @ first.T
    return by_recursion_over_layers(rest, x) if rest else x


@pytest.mark.parametrize(
    "function", [by_products, by_einsum, with_prints, by_recursion_over_layers]
)
def test_without_a_loop_over_rows_nothing_is_found(function):
    assert find_loop(function, FEW, MANY) is None
    expect_no_loop(function, FEW, MANY)


def by_for(weights, x):
    rows = []
    for row in x:
        rows.append(row)
    return np.array(rows)


def by_index(weights, x):
    return np.array([x[n] for n in range(len(x))])


def by_while(weights, x):
    n = 0
    while n < len(x):
        n += 1
    return n


def by_map(weights, x):
    return np.stack(list(map(weights[0].dot, x)))


def by_sum(weights, x):
    return sum(x)


def by_recursion(weights, x):
    return x[:1] if len(x) == 1 else x[:1] + by_recursion(weights, x[1:])


def by_vectorize(weights, x):
    return np.vectorize(lambda row: 2 * row, signature="(d)->(d)")(x)


def by_axis(weights, x):
    return np.apply_along_axis(weights[0].dot, 1, x)


def by_lists(weights, x):
    return [sum(row) for row in x.tolist()]


def by_generator(weights, x):
    return np.sum(np.fromiter((row[0] for row in x), float))


DISGUISES = [
    *(by_for, by_index, by_while, by_map, by_sum, by_recursion, by_vectorize),
    *(by_axis, by_lists, by_generator),
]


@pytest.mark.parametrize("function", DISGUISES)
def test_a_loop_over_rows_is_found(function):
    line, before, after = find_loop(function, FEW, MANY)
    assert line
    assert after - before >= 16


def test_the_line_of_the_function_itself_is_named():
    def helped(weights, x):
        found = by_for(weights, x)
        return found

    line, _, _ = find_loop(helped, FEW, MANY)
    assert line == "found = by_for(weights, x)"
    with pytest.raises(CheckFailed, match=r"For 4 samples .* `found = .* for 20 samp"):
        expect_no_loop(helped, FEW, MANY)


def test_counts_are_the_same_each_time():
    found = [find_loop(by_index, FEW, MANY) for _ in range(3)]
    assert found[0] == found[1] == found[2]


def test_what_is_done_the_first_time_only_does_not_count():
    seen = []

    def slow_to_start(weights, x):
        if len(seen) < 2:
            seen.append([row for row in x])
        return by_products(weights, x)

    assert find_loop(slow_to_start, FEW, MANY) is None


def test_arguments_stay_as_they_are_and_errors_go_through():
    def fail(weights, x):
        raise ZeroDivisionError

    def look(weights, x):
        assert isinstance(x, np.ndarray)
        return x

    kept = MANY[1].copy()
    find_loop(look, FEW, MANY)
    np.testing.assert_array_equal(MANY[1], kept)
    assert type(MANY[1]) is np.ndarray
    with pytest.raises(ZeroDivisionError):
        find_loop(fail, FEW, MANY)


def test_a_function_that_looks_away_is_refused():
    def hide(weights, x):
        sys.settrace(None)
        return by_for(weights, x)

    with pytest.raises(RuntimeError, match="it traces"):
        find_loop(hide, FEW, MANY)


def test_whoever_watched_before_watches_afterwards():
    def watch(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        find_loop(by_for, FEW, MANY)
        assert sys.gettrace() is watch
    finally:
        sys.settrace(before)


def test_what_is_no_function_is_refused():
    with pytest.raises(CheckFailed, match=r"written with `def`, got .* ufunc"):
        expect_no_loop(np.add, FEW, MANY)
