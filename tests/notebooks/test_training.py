"""The three problems of notebook 05 reach their thresholds from any start."""

import ast
import re

import numpy as np
import pytest

from grading.notebooks import nbgrader_metadata, read_notebook
from helpers import live
from helpers.checks import attempt

NAME = "05_training_loop"
PROBLEMS = {"a parabola": 0.15, "a cubic": 0.05, "a linear map": 0.001}
SEEDS = range(10)


@pytest.fixture(scope="module")
def code(course):
    """The notebook's code cells that carry no points, by the heading before them."""
    found, heading = {}, ""
    for cell in read_notebook(course.source_notebook(NAME))["cells"]:
        if cell["cell_type"] == "markdown":
            headings = re.findall(r"^#+ (.+)$", cell["source"], re.MULTILINE)
            heading = headings[-1].lower() if headings else heading
        elif not nbgrader_metadata(cell):
            found.setdefault(heading, []).append(cell["source"])
    return found


@pytest.fixture
def run_problem(code, reference, monkeypatch):
    """Run a problem's own cell from a seed, with nothing drawn; return its names."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def run(problem, seed, **replaced):
        names = {**vars(reference), "np": np, "live": live, "attempt": attempt}
        names |= replaced
        for cell in code["three problems for your loop"]:
            exec(cell, names)
        (cell,) = code[problem]
        changed, count = re.subn(
            r"\bseed, threshold = 0,", f"seed, threshold = {seed},", cell
        )
        assert count == 1
        exec(changed, names)
        return names

    return run


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_problem_reaches_its_threshold_from_ten_seeds(
    run_problem, capsys, problem, seed
):
    names = run_problem(problem, seed)
    assert names["seed"] == seed
    assert names["threshold"] == PROBLEMS[problem]
    assert names["history"][-1] < names["threshold"] / 2  # with room to spare
    assert f"threshold {names['threshold']}: reached" in capsys.readouterr().out


def test_the_problems_are_those_that_the_course_promises(run_problem):
    parabola, cubic, linear = (run_problem(problem, 0) for problem in PROBLEMS)
    assert len(parabola["history"]) == 150
    assert len(parabola["model"].linear1.weights) == 10
    x, t = parabola["x"], parabola["t"]
    assert abs(np.mean(t - (2 * x**2 + 3))) < 0.05
    assert cubic["x"].shape == (300, 1)
    weights = [cubic["model"].layers[place].weights.shape for place in (0, 2, 4)]
    assert weights == [(64, 1), (64, 64), (1, 64)]
    assert abs(np.mean(cubic["t"] - cubic["x"] ** 3)) < 0.05
    assert linear["layer"].weights.shape == (3, 5)
    np.testing.assert_allclose(
        linear["layer"].weights, linear["true_weights"], atol=1e-4
    )


def test_a_problem_that_does_not_learn_says_that_it_is_not_reached(run_problem, capsys):
    def never_step(model, loss, x, t, *, epochs, **settings):
        return [loss.forward(model.forward(x), t)] * epochs

    run_problem("a parabola", 0, train=never_step)
    said = capsys.readouterr().out
    assert "threshold 0.15: not reached" in said
    assert "never below it" in said


def test_the_parabola_learns_at_the_learning_rate_that_the_course_promises(code):
    (cell,) = code["a parabola"]
    (call,) = [
        node
        for node in ast.walk(ast.parse(cell))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "train"
    ]
    settings = {keyword.arg: keyword.value for keyword in call.keywords}
    assert settings["learning_rate"].value == 0.1
