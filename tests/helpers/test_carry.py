"""A student's own classes come along exactly when they are right."""

import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.carry import carry

PARTS = """
def double(x):
    "The course's version."
    return 2 * x

def quadruple(x):
    "The course's version."
    return double(double(x))
"""
CHECK = """
@check
def check_{name}():
    same_number("{name}(3)", {name}(3), {expected})
"""


def stub(source):
    metadata = {"nbgrader": {"solution": True, "grade": False, "grade_id": "x"}}
    return new_code_cell(source, metadata=metadata)


def write_notebook(folder, *cells):
    folder.mkdir()
    notebook = new_notebook(
        cells=[new_code_cell("from helpers.checks import check, same_number"), *cells]
    )
    nbformat.write(notebook, folder / f"{folder.name}.ipynb")


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A folder in which the third notebook is open; it returns the folder."""
    here = tmp_path / "03_now"
    here.mkdir()
    (here / "parts.py").write_text(PARTS)
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(str(here))
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


def write_double(notebooks, solution):
    check = new_code_cell(CHECK.format(name="double", expected=6))
    write_notebook(notebooks / "01_double", stub(solution), check)


def test_your_own_version_is_taken_when_its_checks_pass(notebooks, capsys):
    write_double(notebooks, "def double(x):\n    'Mine.'\n    return x + x")
    (double,) = carry("double")
    assert double.__doc__ == "Mine."
    assert double(5) == 10
    assert capsys.readouterr().out.split(maxsplit=1) == [
        "double",
        "yours, from 01_double\n",
    ]


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ("def double(x):\n    return x * x", "check_double not right yet"),
        ("def double(x):\n    raise NotImplementedError()", "not attempted yet"),
        ("def double(x):\n    return y", "check_double not right yet"),
        ("@nothing\ndef double(x):\n    return 2 * x", "NameError"),
    ],
)
def test_the_courses_version_stands_in_for_yours(notebooks, capsys, solution, reason):
    write_double(notebooks, solution)
    (double,) = carry("double")
    assert double.__doc__ == "The course's version."
    out = capsys.readouterr().out
    assert "the course's: 01_double: " in out
    assert reason in out


def test_a_notebook_that_is_not_there_leaves_the_courses_version(notebooks, capsys):
    (double,) = carry("double")
    assert double(3) == 6
    assert "no earlier notebook here has it: " in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}'])
def test_a_damaged_notebook_leaves_the_courses_version(notebooks, text):
    (notebooks / "01_double").mkdir()
    (notebooks / "01_double" / "01_double.ipynb").write_text(text)
    (double,) = carry("double")
    assert double.__doc__ == "The course's version."


def test_a_check_that_was_deleted_cannot_vouch_for_your_version(notebooks, capsys):
    write_notebook(notebooks / "01_double", stub("def double(x):\n    return x + x"))
    (double,) = carry("double")
    assert double.__doc__ == "The course's version."
    assert "its checks are gone" in capsys.readouterr().out


def test_only_definitions_are_run_not_experiments(notebooks):
    write_notebook(
        notebooks / "01_double",
        new_markdown_cell("# Notes"),
        new_code_cell("raise SystemExit('an experiment was run')"),
        new_code_cell("FACTOR = 2\ndef times(x):\n    return FACTOR * x"),
        new_code_cell("%timeit nothing"),
        stub("def double(x):\n    'Mine.'\n    return times(x)"),
        new_code_cell(CHECK.format(name="double", expected=6)),
    )
    (double,) = carry("double")
    assert double.__doc__ == "Mine."


def test_your_later_version_builds_on_your_earlier_one(notebooks):
    write_double(notebooks, "def double(x):\n    'Mine.'\n    return x + x")
    write_notebook(
        notebooks / "02_quadruple",
        new_code_cell("from parts import double"),
        stub("def quadruple(x):\n    return double(double(x))"),
        new_code_cell(CHECK.format(name="quadruple", expected=12)),
    )
    double, quadruple = carry("double", "quadruple")
    assert quadruple(1) == 4
    assert quadruple.__globals__["double"] is double


def test_a_mistake_in_one_name_leaves_the_other_yours(notebooks):
    write_notebook(
        notebooks / "01_both",
        stub("def double(x):\n    return x"),
        new_code_cell(CHECK.format(name="double", expected=6)),
        stub("def quadruple(x):\n    'Mine.'\n    return 4 * x"),
        new_code_cell(CHECK.format(name="quadruple", expected=12)),
    )
    double, quadruple = carry("double", "quadruple")
    assert double.__doc__ == "The course's version."
    assert quadruple.__doc__ == "Mine."


def test_later_notebooks_are_not_looked_at(notebooks):
    write_notebook(
        notebooks / "04_later",
        stub("def double(x):\n    'Mine.'\n    return x + x"),
        new_code_cell(CHECK.format(name="double", expected=6)),
    )
    assert carry("double")[0].__doc__ == "The course's version."


def test_grading_always_uses_the_courses_version(notebooks, monkeypatch, capsys):
    write_double(notebooks, "def double(x):\n    'Mine.'\n    return x + x")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert carry("double")[0].__doc__ == "The course's version."
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        ((), ValueError, "expected at least one"),
        ((3,), TypeError, "names: expected strings, got int"),
        (("doubel",), ValueError, "builds 'doubel'; did you mean 'double'?"),
        (("xyz",), ValueError, "no earlier notebook builds 'xyz'$"),
    ],
)
def test_bad_names_are_refused(notebooks, names, error, words):
    with pytest.raises(error, match=words):
        carry(*names)
