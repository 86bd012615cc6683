"""What the values themselves tell about a mistake.

A check that fails asks `explain` for a sentence. This is the one place where a
wrong result is turned into a hint: the sentence says what is wrong and where to
look, never what the right answer is.
"""

import re

import numpy as np


def explain_shape(got, expected):
    """Return a hint about two shapes that differ, or None.

    Parameters
    ----------
    got, expected : tuple of int
    """
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
        return (
            f"Nothing has set `self.{error.name}` yet: is it a typo, or does `forward` "
            "not keep it?"
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


def explain_values(got, expected, *, upstream=None):
    """Return a hint about two arrays of one shape whose values differ, or None.

    Parameters
    ----------
    got, expected : ndarray
        Finite, of the same shape, and not equal.
    upstream : ndarray, optional
        The gradient that `backward` was handed, if the result is a gradient.

    Returns
    -------
    str or None
        A sentence, if exactly one finding fits all the values.
    """
    if _close(got, expected):
        return "The values are nearly right: look for rounding, or a small constant."
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _close(got, expected.T):
        return "It is transposed."
    if got.ndim and not np.any(got):
        return "Every entry is zero."
    factor = _constant_factor(got, expected)
    if factor is not None:
        return _name_factor(factor)
    is_fitting = upstream is not None and upstream.shape == got.shape
    if is_fitting and _close(got * upstream, expected):
        return "`grad_output` is left out."
    if got.ndim == 2 and len(got) > 1:
        if _rows_are_equal(got) and not _rows_are_equal(expected):
            return "Every row is the same, and it should not be."
        if _rows_are_equal(got - expected):
            return "Every row is wrong by the same amounts: what is added to each row?"
        right = [_close(row, wanted) for row, wanted in zip(got, expected, strict=True)]
        if right[0] and not any(right[1:]):
            return "Only the first row is right."
        if right[-1] and not any(right[:-1]):
            return "Only the last row is right."
    return None


def _rows_are_equal(array):
    return _close(array[1:], array[:1])


def _close(a, b):
    return np.allclose(a, b, rtol=1e-6, atol=1e-9 * (1 + np.abs(b).max(initial=0)))


def _constant_factor(got, expected):
    size = float((expected**2).sum())
    if expected.size < 2 or size == 0:
        return None
    factor = float((got * expected).sum()) / size
    is_plain = any(
        round(n) != 0 and abs(n / round(n) - 1) < 1e-6
        for n in (factor, _inverse(factor))
    )
    return factor if is_plain and _close(got / factor, expected) else None


def _inverse(number):
    return 1 / number if number else 0.0


def _name_factor(factor):
    if np.isclose(factor, -1, rtol=1e-6):
        return "Every entry has the wrong sign."
    sign = "and the sign is wrong" if factor < 0 else ""
    size = abs(factor)
    if size > 1:
        times = f"Every entry is {size:.4g} times too large"
    else:
        times = f"Every entry is {1 / size:.4g} times too small"
    look = "look for a factor that is there once too often or not at all."
    return ", ".join(part for part in (times, sign, look) if part)
