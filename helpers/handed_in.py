"""Read a file of predictions with care: what is handed in beside a notebook."""

from pathlib import Path

import numpy as np

from helpers.checks import expect

_MOST_BYTES = 10**6


def read_labels(path, count):
    """Return the labels in a file that holds one a line and nothing else.

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
    lines = [line.strip() for line in content.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    for number, line in enumerate(lines, start=1):
        is_label = len(line) == 1 and line in "0123456789"
        shown = ascii(line if len(line) < 20 else line[:20] + "...")
        wrong = f"{path}, line {number}: expected a digit from 0 to 9, got {shown}."
        expect(is_label, wrong)
    hint = " Are these the predictions for the digits?" if len(lines) == 297 else ""
    came = f"{path}: expected {count:,} labels, one a line, got {len(lines):,}.{hint}"
    expect(len(lines) == count, came)
    return np.array(lines, int)
