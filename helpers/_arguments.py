"""Checks of the arguments of public helpers: one clear line for bad input."""

import numpy as np


def as_array(value, name, *, shape=None, finite=True, integer=False):
    """Return `value` as an array, or say what is wrong with it.

    Parameters
    ----------
    value : array-like of numbers or booleans
    name : str
        The argument's name, used in the message.
    shape : tuple of (int or str), optional
        The expected shape. A string such as ``"N"`` stands for any length; the
        same string twice stands for the same length twice.
    finite : bool
        Whether NaN and infinity are refused.
    integer : bool
        Whether only integers are accepted.

    Raises
    ------
    TypeError
        If it holds no numbers, or no integers where integers are needed.
    ValueError
        If the shape is not as expected, or an entry is NaN or infinite.
    """
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{name}: expected an array, got rows of different lengths"
        ) from None
    kinds = "iub" if integer else "iubf"
    if array.dtype.kind not in kinds:
        wanted = "integers" if integer else "real numbers"
        came = type(value).__name__ if array.dtype.kind == "O" else array.dtype
        raise TypeError(f"{name}: expected an array of {wanted}, got {came}")
    if shape is not None and not _fits(array.shape, shape):
        wanted = ", ".join(str(n) for n in shape) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}")
    if finite and array.dtype.kind == "f" and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        what = array[where]
        raise ValueError(
            f"{name}: expected finite numbers, got {what} at index {list(where)}"
        )
    return array


def as_function(value, name):
    """Return `value` if it can be called, else raise `TypeError`."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function, got {type(value).__name__}")
    return value


def as_generator(value, name):
    """Return `value` if it is a `numpy.random.Generator`, else raise `TypeError`."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"{name}: expected a numpy.random.Generator, got {type(value).__name__}"
        )
    return value


def as_number(value, name, *, low=None, high=None):
    """Return `value` as a float within [low, high], or say what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise TypeError(f"{name}: expected a number, got {type(value).__name__}")
    number = float(value)
    bounds = f"between {low} and {high}" if high is not None else f"of at least {low}"
    outside = (low is not None and number < low) or (high is not None and number > high)
    if not np.isfinite(number) or outside:
        wanted = "a finite number" if low is None else f"a number {bounds}"
        raise ValueError(f"{name}: expected {wanted}, got {value}")
    return number


def as_count(value, name, *, low=1):
    """Return `value` as an int of at least `low`, or say what is wrong with it."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: expected an integer, got {type(value).__name__}")
    if value < low:
        raise ValueError(f"{name}: expected an integer of at least {low}, got {value}")
    return int(value)


def _fits(actual, expected):
    if len(actual) != len(expected):
        return False
    lengths = {}
    return all(
        lengths.setdefault(wanted, n) == n if isinstance(wanted, str) else wanted == n
        for n, wanted in zip(actual, expected, strict=True)
    )
