"""Hand random wrong values to every comparison of a notebook's checks.

    python tests/mistakes/false_diagnoses.py 01_linear

prints how many were tried, and each sentence that blamed one of them on a mistake:
there must be none, for a random value was made by no mistake.
"""

import json
import os
import sys
from pathlib import Path
from unittest import mock

import numpy as np

from grading.course import Course
from grading.trial import Notebook, prepare
from helpers import checks, diagnosis

COMPARISONS = 60  # of each notebook, spread over its checks


def draw_wrong_values(rng, expected):
    """Yield arrays that no mistake gave: noise, near misses, other shapes."""
    expected = np.asarray(expected, dtype=float)
    size = np.abs(expected).max(initial=0.0) + 1.0
    noise = rng.normal(size=expected.shape)
    yield size * noise
    yield expected + 0.1 * size * noise
    yield expected * rng.uniform(0.3, 3.0)
    one = np.array(expected)
    if one.size:
        one[tuple(rng.integers(0, n) for n in one.shape)] += size * rng.uniform(0.1, 1)
    yield one
    yield size * rng.normal(size=rng.integers(1, 6, size=rng.integers(1, 4)))


def compare_again(name, got, expected, rtol, case):
    """Stand in for the last step of a comparison; keep what it compares."""
    if case is not None:
        SEEN.append((name, np.array(expected), case))


def main(notebook):
    course = Course.at(Path(__file__).parents[2])
    rng = np.random.default_rng(20)
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    sys.path.insert(0, str(course.source / notebook))
    cells = prepare(course, notebook)
    with mock.patch.object(checks, "_require_close", compare_again):
        Notebook(cells).run(range(len(cells)))
    chosen = rng.permutation(len(SEEN))[:COMPARISONS]
    tried, blamed, said = 0, [], []
    for name, expected, case in (SEEN[number] for number in chosen):
        for wrong in draw_wrong_values(rng, expected):
            tried += 1
            sentence = case.name_mistake(wrong, expected)
            if sentence:
                blamed.append(f"{name}: {sentence}")
        noise = rng.normal(size=expected.shape)
        general = diagnosis.explain_values(noise, expected) if noise.size > 1 else None
        if general:
            said.append(f"{name}: {general}")
    print(json.dumps({"tried": tried, "blamed": blamed, "said": said}))


SEEN = []

if __name__ == "__main__":
    main(sys.argv[1])
