"""Read with care what is handed in beside a notebook: predictions, and a report."""

import codecs
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from helpers.checks import CheckFailed, expect

_MOST_BYTES = 10**6
_MOST_BYTES_OF_ARRAYS = 64 * 2**20
_UTF_16 = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE


def read_labels(path, count):
    """Return the labels in a file that holds one a line and nothing else.

    The ends of the lines and the encoding may be those of any system or editor.

    Parameters
    ----------
    path : str
    count : int
        How many there must be.

    Returns
    -------
    array of int, shape (count,)
        Each from 0 to 9.

    Raises
    ------
    CheckFailed
        If there is no such file, or it has another form; the message says which.
    """
    try:
        content = Path(path).read_bytes()
    except OSError:
        content = None
    missing = f"There is no {path}: it is written after the training, and handed in."
    expect(content is not None, missing)
    expect(len(content) <= _MOST_BYTES, f"{path} has {len(content):,} bytes.")
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    lines = []
    text = content.decode(encoding, "replace")
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        is_label = len(line) <= 1 and line in "0123456789"  # or empty
        shown = ascii(line if len(line) < 20 else line[:20] + "...")
        wrong = f"{path}, line {number}: expected a digit from 0 to 9, got {shown}."
        expect(is_label, wrong)
        lines += [line] * bool(line)
    hint = " Are these the predictions for the digits?" if len(lines) == 297 else ""
    came = f"{path}: expected {count:,} labels, one a line, got {len(lines):,}.{hint}"
    expect(len(lines) == count, came)
    return np.array(lines, int)


def read_arrays(path, **shapes):
    """Return the arrays of an npz file; those that are named have these shapes.

    Parameters
    ----------
    path : str
    **shapes : tuple
        For each array that must be there, its shape. A letter stands for any length
        that is the same wherever the letter is: ``labels=("N",)``.

    Returns
    -------
    dict
        All arrays in the file, by name.

    Raises
    ------
    CheckFailed
        If there is no such file, it is damaged, or an array is missing, of another
        shape or not of finite numbers; the message says which. Objects are not loaded.
    """
    is_there = Path(path).is_file()
    expect(
        is_there,
        f"There is no {path}: it is written after the training, and handed in.",
    )
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(member.file_size for member in packed.infolist())
        expect(size <= _MOST_BYTES_OF_ARRAYS, f"{path} holds {size:,} bytes: too many.")
        with np.load(path, allow_pickle=False) as opened:
            arrays = {name: np.asarray(opened[name]) for name in opened.files}
    except (
        *(OSError, EOFError, ValueError, KeyError, RuntimeError, SyntaxError),
        *(zipfile.BadZipFile, zlib.error, NotImplementedError, MemoryError),
    ):
        came = f"{path} is damaged, or no file of arrays, and cannot be read"
        raise CheckFailed(f"{came}: write it anew.") from None
    lengths = {}
    for name, shape in shapes.items():
        expect(name in arrays, f"{path}: there is no array {name} in it.")
        array = arrays[name]
        wanted = tuple(lengths.get(length, length) for length in shape)
        fits = array.ndim == len(wanted) and all(
            isinstance(length, str) or length == came
            for length, came in zip(wanted, array.shape, strict=True)
        )
        came = f"{path}, {name}: expected the shape {_show(wanted)}"
        expect(fits, f"{came}, got {_show(array.shape)}.")
        numbers = array.dtype.kind in "iuf" and np.isfinite(array).all()
        expect(numbers, f"{path}, {name}: expected finite numbers.")
        lengths |= zip(shape, array.shape, strict=True)
    return arrays


def write_arrays(path, arrays):
    """Write arrays to an npz file, whole or not at all.

    Parameters
    ----------
    path : str
    arrays : dict
        Arrays by name.
    """
    unfinished = Path(f"{path}.part")
    try:
        with unfinished.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _show(shape):
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
