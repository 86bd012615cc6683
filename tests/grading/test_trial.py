"""A trial tells what each check says, whatever the solution does to its process."""

import pytest

from grading.outcomes import State
from grading.trial import Cell, prepare, run_tasks

SOLUTION = "def double(x):\n    return 2 * np.asarray(x)\n"


@pytest.fixture
def run(course):
    """Run solutions of `double`, in one pool; return their trials."""
    cells = prepare(course, "01_double")

    def run_all(*sources, **settings):
        tasks = [
            (
                [
                    cell._replace(source=source) if cell.grade_id == "double" else cell
                    for cell in cells
                ],
                str(course.source / "01_double"),
            )
            for source in sources
        ]
        return run_tasks(tasks, jobs=2, **settings)

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
    "source", ["def double(x)\n    return 2 * x\n", "raise SystemExit\n", "1 / 0\n"]
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
    cells = [unshifted._replace(source=unshifted.source + repr(float(expected)))]
    folder = str(course.source / "01_double")
    (same,) = run_tasks([(cells, folder)], jobs=1)
    (other,) = run_tasks([(cells, folder)], jobs=1, shift=3)
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
