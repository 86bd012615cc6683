"""What a wrong result tells about the mistake that made it.

A check that fails asks here for a sentence, which says what is wrong and where to
look, never what the right answer is. The mistakes that the exercise invites come
first (`helpers.candidates`), if exactly one of them fits; then what holds of any wrong
array: transposed, a factor, a sign, some rows only. A finding is said only if it is
true of all the values.
"""

import re
from itertools import combinations

import numpy as np

from helpers.candidates import close


def explain_array(got, expected, case=None):
    """Return a hint about a wrong array, or None.

    Parameters
    ----------
    got, expected : ndarray
        Finite, and of different shapes or values.
    case : Case, optional
        The mistakes that the exercise invites, with this comparison's arrays.

    Returns
    -------
    str or None
    """
    named = case.name_mistake(got, expected) if case else None
    if named:
        return named
    if got.shape != expected.shape:
        return explain_shape(got.shape, expected.shape)
    return explain_values(got, expected, sizes=case.sizes if case else {})


def explain_dtype(got, expected, case=None):
    """Return a hint about an array of another dtype than expected, or None.

    Parameters
    ----------
    got, expected : ndarray
        Of the same shape; `expected` holds floats.
    case : Case, optional
        As for `explain_array`.
    """
    differs = not close(got, expected)  # else the dtype is all that is wrong
    named = case.name_mistake(got, expected) if case and differs else None
    if named:
        return named
    if got.dtype.kind == "b":
        return "Is it a mask, what a comparison gives?"
    if got.dtype.kind in "iu":
        return "Integers cannot hold fractions: where does it become whole numbers?"
    if got.dtype.kind != "f":
        return None
    if got.dtype.itemsize > expected.dtype.itemsize:
        return f"Which number or array of yours turns {expected.dtype} into that?"
    return f"Where does your code cast to {got.dtype}?"


def explain_shape(got, expected):
    """Return a hint about two shapes that differ, or None.

    Parameters
    ----------
    got, expected : tuple of int
    """
    if 0 in got and 0 not in expected:
        return "It is empty."
    if got == expected[::-1] and len(got) == 2:
        return "It is transposed."
    if len(got) == len(expected) + 1 and 1 in got:
        return "There is an extra axis of length 1: look at `keepdims` or `reshape`."
    if len(got) < len(expected) and got == tuple(n for n in expected if n != 1):
        return "An axis of length 1 is missing."
    if got == ():
        return "It is a single number: was everything summed, over every axis?"
    if len(got) == len(expected):
        return (
            "If a sum or `@` made it: check over which axis you sum, and which "
            "factor comes first."
        )
    return None


def explain_error(error):
    """Return in plain words what an error that students often meet means, or None.

    Parameters
    ----------
    error : BaseException
    """
    if type(error) is NameError and error.name:
        return (
            f"Nothing is called `{error.name}` here. Is the cell that defines it not "
            "run yet, did that cell stop with an error, is it a typo, or is a "
            "`self.` missing?"
        )
    if isinstance(error, AttributeError) and type(error.obj).__module__ == "__main__":
        keeper = "forward" if hasattr(error.obj, "forward") else "__init__"
        return (
            f"Nothing has set `self.{error.name}` yet: is it a typo, or does "
            f"`{keeper}` not keep it?"
        )
    if "truth value of an array" in str(error):
        return (
            "`if`, `and` and `max` need one yes or no, but an array has one for each "
            "entry. Use a NumPy function that works entry by entry."
        )
    sizes = re.search(
        r"matmul: .* mismatch .*\(size (\d+) is different from (\d+)\)", str(error)
    )
    if sizes is None:
        return None
    return (
        f"The two sides of `@` do not fit: the last axis of the left one has "
        f"{sizes[2]} entries, the first axis of the right one {sizes[1]}."
    )


def explain_values(got, expected, *, sizes=None):
    """Return a hint about two arrays of one shape whose values differ, or None.

    Parameters
    ----------
    got, expected : ndarray
        Finite, of the same shape, and not equal.
    sizes : dict of str to int, optional
        Such as ``{"N": 5}``: a factor that is one of them is called by its name.

    Returns
    -------
    str or None
        A sentence that is true of all the values.
    """
    got, expected = _as_floats(got), _as_floats(expected)
    if close(got, expected):
        return "The values are nearly right: look for rounding, or a small constant."
    if got.ndim == 2 and got.shape[0] == got.shape[1] and close(got, expected.T):
        return "It is transposed."
    if got.ndim and not np.any(got):
        return "Every entry is zero."
    factor = _constant_factor(got, expected)
    if factor is not None:
        return _name_factor(factor, sizes or {})
    if expected.size > 1 and close(np.abs(got), np.abs(expected)):
        return "The sizes are right, but some signs are wrong."
    if _is_cut(got, expected):
        return "The numbers are cut to whole ones: where do they become integers?"
    return _explain_rows(got, expected)


def _as_floats(array):
    return array if array.dtype.kind == "f" else array.astype(float)


def _explain_rows(got, expected):
    if got.ndim == 0 or len(got) < 2:
        return None
    right = [close(row, wanted) for row, wanted in zip(got, expected, strict=True)]
    if right[0] and not any(right[1:]):
        return f"Only the first {_unit(got)} is right."
    if right[-1] and not any(right[:-1]):
        return f"Only the last {_unit(got)} is right."
    if _rows_are_equal(got) and not _rows_are_equal(expected):
        return f"Every {_unit(got)} is the same, and it should not be."
    if got.ndim == 2 and _rows_are_equal(got - expected):
        return "Every row is wrong by the same amounts: what is added to each row?"
    if got.ndim == 2 and close(_sort_rows(got), _sort_rows(expected)):
        return "The rows are right, but they stand in another order."
    return None


def _unit(array):
    return "row" if array.ndim > 1 else "entry"


def _rows_are_equal(array):
    return close(array[1:], np.broadcast_to(array[:1], array[1:].shape))


def _sort_rows(array):
    return array[np.lexsort(array.T)]


def _is_cut(got, expected):
    whole = close(got, np.rint(got))
    return whole and (close(got, np.trunc(expected)) or close(got, np.rint(expected)))


def _constant_factor(got, expected):
    size = float((expected.astype(float) ** 2).sum())
    if expected.size < 2 or size == 0:
        return None
    factor = float((got * expected).sum()) / size
    is_plain = any(
        round(n) != 0 and abs(n / round(n) - 1) < 1e-6
        for n in (factor, _inverse(factor))
    )
    return factor if is_plain and close(got / factor, expected) else None


def _inverse(number):
    return 1 / number if number else 0.0


def _name_factor(factor, sizes):
    if np.isclose(factor, -1, rtol=1e-6):
        return "Every entry has the wrong sign."
    sign = "and the sign is wrong" if factor < 0 else ""
    size = max(abs(factor), 1 / abs(factor))
    called = _name_size(size, sizes)
    direction = "large" if abs(factor) > 1 else "small"
    times = f"Every entry is {size:.4g} times too {direction}{called}"
    look = "look for a factor that is there once too often or not at all."
    return ", ".join(part for part in (times, sign, look) if part)


def _name_size(number, sizes):
    """Return " (N = 5 here)" if exactly one size, or product of two, is the number."""
    named = dict(sizes)
    for (one, first), (two, second) in combinations(sizes.items(), 2):
        named[f"{one} * {two}"] = first * second
    names = [name for name, size in named.items() if round(number) == size]
    if len(names) != 1 or number < 2.5:
        return ""
    return f" ({names[0]} = {number:.4g} here)"
