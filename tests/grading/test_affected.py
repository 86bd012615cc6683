"""A check is left out only where no solution could make it say something else."""

import pytest

from grading.affected import find_affected

NOTEBOOK = [
    "import math\nimport numpy as np",  # 0
    "def make(n):\n    return np.ones(n)",
    "data = make(3)\nLIMIT = 2",
    "def double(x):\n    return 2 * x",  # 3: exchanged
    "@check\ndef check_double():\n    same(double(1), 2)",
    "def half(x):\n    return x / 2",
    "@check\ndef check_half():\n    same(half(1), 0.5)",  # 6
    "def total():\n    return sum(double(v) for v in data)",
    "@graded\ndef test_total():\n    same(total(), 6)",  # 8
    "@check\ndef check_slow():\n    needs('double')\n    same(half(LIMIT), 1)",
    "@check\ndef check_data():\n    same(data[0], 1)",  # 10
    "@check\ndef check_root():\n    same(math.sqrt(4), LIMIT)",
]
PLACE = 3
READERS = {4, 7, 8, 9, 10}  # 10 shares with 7 what could be changed in place
ALL = set(range(PLACE + 1, len(NOTEBOOK)))


def affected(source):
    return find_affected(NOTEBOOK, PLACE, source)


@pytest.mark.parametrize(
    "source",
    [
        NOTEBOOK[PLACE],
        "def double(x):\n    return 3 * x",
        "def double(x):\n    y = np.array(x)\n    y[0] = 1\n    y += 1\n    return y",
        "double = lambda x: x + x",
        "FACTOR = 2\n\n\ndef double(x):\n    return FACTOR * x",
        "class double:\n    def __init__(self, x):\n        self.x = x",
        "def double(x):\n    return np.random.default_rng(1).normal(size=x)",
        "import math\n\n\ndef double(x):\n    return math.floor(2 * x)",
        "from math import floor\n\n\ndef double(x):\n    return floor(2 * x)",
    ],
)
def test_where_a_solution_only_binds_its_names_their_readers_run(source):
    assert affected(source) == READERS


def test_who_reads_a_reader_runs_and_who_asks_for_a_check_by_its_name():
    assert {7, 8, 9} < affected(NOTEBOOK[PLACE])


def test_a_check_that_runs_brings_no_other_that_is_only_called_like_it():
    cells = [*NOTEBOOK, "def total_of_halves():\n    return half(4)"]
    cells.append("@check\ndef check_total_of_halves():\n    same(double(1), 2)")
    cells.append("ready('total_of_halves')\nsame(total_of_halves(), 2)")
    assert find_affected(cells, PLACE, NOTEBOOK[PLACE]) == READERS | {13}


def test_a_function_defined_before_that_calls_the_solution_passes_it_on():
    cells = ["def twice(x):\n    return double(double(x))", *NOTEBOOK]
    cells.append("def check_twice():\n    twice(1)")
    assert len(cells) - 1 in find_affected(cells, PLACE + 1, NOTEBOOK[PLACE])


def test_what_a_solution_could_change_in_place_brings_its_readers():
    assert affected("def double(x):\n    data.sort()\n    return 2 * x") == READERS
    less = [cell for k, cell in enumerate(NOTEBOOK) if k not in (7, 8)]
    assert find_affected(less, PLACE, NOTEBOOK[PLACE]) == {4, 7}
    sorts = "def double(x):\n    data.sort()\n    return 2 * x"
    assert find_affected(less, PLACE, sorts) == {4, 7, 8}


def test_another_name_that_a_solution_binds_brings_its_readers():
    assert affected("half = None\n\n\ndef double(x):\n    return x") == READERS | {6}
    assert affected("import numpy as math\n\n\ndef double(x):\n    return x") == (
        READERS | {11}
    )


def test_an_import_that_a_solution_leaves_out_brings_its_readers():
    cells = [cell.replace("import math\n", "") for cell in NOTEBOOK]
    cells[PLACE] = f"import math\n\n\n{cells[PLACE]}"
    assert 11 in find_affected(cells, PLACE, NOTEBOOK[PLACE])
    assert 11 not in find_affected(cells, PLACE, cells[PLACE])


@pytest.mark.parametrize(
    "source",
    [
        "def double(x)\n    return 2 * x",
        "def double(x):\n    return 2 * x\0",
        "raise SystemExit",
        "print(double)",
        "np.allclose = None",
        "def double(x):\n    np.add = None\n    return 2 * x",
        "def double(x):\n    math.pi += 1\n    return 2 * x",
        "def double(x):\n    type(x).size = 1\n    return 2 * x",
        "def double(x):\n    setattr(np, 'add', None)\n    return 2 * x",
        "def double(x):\n    global half\n    half = None\n    return 2 * x",
        "def double(x):\n    globals()['half'] = None\n    return 2 * x",
        "def double(x):\n    np.__dict__['add'] = None\n    return 2 * x",
        "def double(x):\n    return exec('half = None')",
        "def double(x):\n    np.random.seed(1)\n    return np.random.normal(size=x)",
        "from numpy import random\n\n\ndef double(x):\n    return 2 * x",
        "from numpy.random import seed\n\n\ndef double(x):\n    return 2 * x",
        "import os\n\n\ndef double(x):\n    return 2 * x",
        "from helpers import checks\n\n\ndef double(x):\n    return 2 * x",
        "def double(x):\n    np.seterr(all='raise')\n    return 2 * x",
        "def double(x):\n    np.save('x', x)\n    return 2 * x",
        "def double(x):\n    return open('x').read()",
        "for k in range(3):\n    double = k",
    ],
)
def test_a_solution_that_may_reach_further_meets_every_check(source):
    assert affected(source) == ALL


def test_a_cell_that_finds_names_it_does_not_spell_always_runs():
    cells = [*NOTEBOOK, "def check_names():\n    globals()['half']"]
    assert len(cells) - 1 in find_affected(cells, PLACE, NOTEBOOK[PLACE])


def test_a_cell_that_cannot_be_read_always_runs():
    cells = [*NOTEBOOK, "%timeit double(1)"]
    assert len(cells) - 1 in find_affected(cells, PLACE, NOTEBOOK[PLACE])
