"""A trial tells what each check says, whatever the solution does to its process."""

from typing import NamedTuple

import pytest

from grading.outcomes import State
from grading.trial import Cell, Task, prepare, run_tasks, run_trials

SOLUTION = "def double(x):\n    return 2 * np.asarray(x)\n"


class Solution(NamedTuple):
    notebook: str
    component: str
    source: str


def exchange(place, *sources):
    """The changes that put each of these texts into one cell."""
    return [(place, source) for source in sources]


@pytest.fixture
def run(course):
    """Run solutions of `double`, in one pool; return their trials."""
    cells = prepare(course, "01_double")
    place = [cell.grade_id for cell in cells].index("double")

    def run_all(*sources, **settings):
        folder = str(course.source / "01_double")
        task = Task(cells, folder, {}, exchange(place, *sources))
        return run_tasks([task], jobs=2, **settings)

    return run_all


def test_a_right_solution_passes_both_checks(run):
    (trial,) = run(SOLUTION)
    assert trial.graded["test_double"].state == State.PASSED
    assert trial.visible["check_double"].state == State.PASSED


def test_both_checks_say_the_same_of_a_wrong_one(run):
    (trial,) = run(SOLUTION.replace("2 *", "-2 *"))
    for answer in (trial.graded["test_double"], trial.visible["check_double"]):
        assert answer.state == State.FAILED
    assert "wrong sign" in trial.visible["check_double"].message


def test_an_untouched_stub_is_not_attempted(run):
    (trial,) = run("def double(x):\n    raise NotImplementedError()\n")
    assert trial.graded["test_double"].state == State.NOT_ATTEMPTED
    assert trial.visible["check_double"].state == State.NOT_ATTEMPTED


def test_an_error_is_told_with_its_line(run):
    (trial,) = run("def double(x):\n    return 2 * y\n")
    message = trial.graded["test_double"].message
    assert "NameError" in message
    assert "(line 2, `return 2 * y`)" in message


@pytest.mark.parametrize(
    "source",
    [
        "def double(x)\n    return 2 * x\n",
        "double = 0\0",
        "raise SystemExit\n",
        "1 / 0\n",
    ],
)
def test_a_cell_that_stops_leaves_the_checks_without_the_name(run, source):
    (trial,) = run(source)
    assert "Nothing is called `double`" in trial.graded["test_double"].message


def test_no_solution_harms_the_next_one(run):
    patched, died, hung, right = run(
        f"{SOLUTION}np.asarray = np.allclose = None\n",
        "import os\nos._exit(3)\n",
        "while True:\n    pass\n",
        SOLUTION,
        timeout=5,
    )
    assert patched.graded["test_double"].state == State.FAILED
    assert died.graded["test_double"].state == State.DIED
    assert hung.graded["test_double"].state == State.TIMED_OUT
    assert right.graded["test_double"].state == State.PASSED


def test_what_a_solution_prints_is_not_shown(run, capfd):
    run(f"{SOLUTION}print('heard', flush=True)\n")
    assert "heard" not in capfd.readouterr().out


def test_each_one_done_is_told(run):
    told = []
    run(SOLUTION, SOLUTION, on_done=told.append)
    assert told == [1, 1]


def test_a_shift_gives_other_random_numbers_to_every_seed(course):
    source = "print(np.random.default_rng(1).normal())\n"
    draw = "drawn = np.random.default_rng(1).normal()\nassert drawn == "
    import numpy as np

    unshifted = Cell("test_a", f"import numpy as np\n{source}{draw}", True)
    expected = np.random.default_rng(1).normal()
    source = unshifted.source + repr(float(expected))
    task = Task([unshifted], str(course.source / "01_double"), {}, exchange(0, source))
    (same,) = run_tasks([task], jobs=1)
    (other,) = run_tasks([task], jobs=1, shift=3)
    assert same.graded["test_a"].state == State.PASSED
    assert other.graded["test_a"].state == State.FAILED


def test_only_definitions_are_kept_of_cells_that_show_something(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        cells["imports"]["source"] += (
            "\nLIMIT = 3\nx = np.ones(3)\nwith open('left') as file:\n    pass\n"
            "def helper():\n    return 1\nprint(LIMIT)"
        )
    source = prepare(course, "01_double")[0].source
    assert "LIMIT = 3" in source
    assert "def helper" in source
    for left in ("print", "open", "x ="):
        assert left not in source


def test_what_is_handed_in_lies_beside_each_solution_anew(course):
    files = {"answer.txt": b"42"}
    reads = "import os\nassert os.listdir() == ['answer.txt']\n"
    reads += "assert open('answer.txt').read() == '42'\n"
    spoils = "open('answer.txt', 'w').write('43')"
    before = Cell("test_before", reads, True)
    cells = [before, Cell("solution", "", False), Cell("test_after", reads, True)]
    folder = str(course.source / "01_double")
    task = Task(cells, folder, files, exchange(1, spoils, "", spoils, ""))
    states = [
        (trial.graded["test_before"].state, trial.graded["test_after"].state)
        for trial in run_tasks([task], jobs=1)
    ]
    assert states == 2 * [(State.PASSED, State.FAILED), (State.PASSED, State.PASSED)]


def test_the_cells_before_a_solution_run_once_for_all_that_take_its_place(course):
    count = "import os\nopen('runs', 'a').write('x')\nfirst = []"
    # Once for the cell's own text, once for all others.
    reads = "assert open('runs').read() == 'xx'\nassert first == []"
    cells = [Cell("", count, False), Cell("solution", "", False)]
    cells.append(Cell("test_runs", reads, True))
    folder = str(course.source / "01_double")
    task = Task(cells, folder, {}, exchange(1, "first.append(1)", "", ""))
    spoilt, *others = run_tasks([task], jobs=1)
    assert spoilt.graded["test_runs"].state == State.FAILED
    assert [t.graded["test_runs"].state for t in others] == [State.PASSED] * 2


def test_a_check_that_cannot_tell_the_solutions_apart_runs_once_for_all(
    course, tmp_path
):
    runs = tmp_path / "runs"
    right, wrong = (f"def double(x):\n    return {k} * x" for k in (2, 3))
    cells = [
        Cell("double", right, False),
        Cell("test_apart", f"open({str(runs)!r}, 'a').write('x')", True),
        Cell("", "later = 3", False),
        Cell("test_near", "assert double(later) == 6", True),
    ]
    task = Task(cells, str(course.source), {}, exchange(0, right, wrong, right))
    trials = run_tasks([task], jobs=1)
    states = [
        (t.graded["test_apart"].state, t.graded["test_near"].state) for t in trials
    ]
    passed, failed = (State.PASSED, State.PASSED), (State.PASSED, State.FAILED)
    assert states == [passed, failed, passed]
    assert runs.read_text() == "x"


def test_where_the_reference_fails_a_check_each_solution_meets_all(course, tmp_path):
    runs = tmp_path / "runs"
    cells = [
        Cell("double", "double = 1", False),
        Cell("test_apart", f"open({str(runs)!r}, 'a').write('x')", True),
        Cell("test_near", "assert double == 2", True),
    ]
    task = Task(cells, str(course.source), {}, exchange(0, "double = 2", "double = 3"))
    run_tasks([task], jobs=1)
    assert runs.read_text() == "xxx"


def test_trials_come_in_the_order_of_the_solutions_that_were_asked_for(course):
    right = Solution("01_double", "double", SOLUTION)
    wrong = Solution("01_double", "double", SOLUTION.replace("2 *", "3 *"))
    asked = [right, wrong, *[right] * 12, wrong]
    states = [
        trial.graded["test_double"].state for trial in run_trials(course, asked, jobs=2)
    ]
    good, bad = State.PASSED, State.FAILED
    assert states == [good, bad, *[good] * 12, bad]
