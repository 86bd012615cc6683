"""The hostile submissions, and the tiny assignment that they are handed in for.

They are plain data, in the `.toml` files beside this one. Of a submission these say:

- `name`, and what it `tries`
- `cells`: student code before the graded cells; `after`: behind them. `generated`:
  expressions whose values are such cells, too long to write down
- `honest`: the exercises that it also solves, and whose checks must pass. All other
  checks must not; `ends` is their state where that is certain
- `absent`: what must not be in its outputs, besides the words of hidden tests;
  `says`: what must
- `limits` and `files`, if it needs others than usual
- `unsafe`: it would harm a machine without a sandbox; `follows`: it looks for what such
  a one, before it, has left; `whole`: it is also graded
  through the whole way, up to the feedback page

A file may begin with `find`, which its cells have in common.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
THEMES = (
    *("forging", "channel", "results", "reading"),
    *("resources", "ending", "leaving", "showing"),
)
LIMITS = {
    "cell": 10.0,
    "total": 40.0,
    "memory": 2**29,
    "processes": 32,
    "file_size": 2**24,
    "disk": 2**26,
    "open_files": 128,
    "output": 100_000,
}
_ASSIGNMENT = tomllib.loads(HERE.joinpath("assignment.toml").read_text("utf-8"))
CELLS = _ASSIGNMENT["cell"]
#: Words that stand in hidden tests and nowhere else.
SECRETS = _ASSIGNMENT["secrets"]
EXERCISES = [cell["grade_id"] for cell in CELLS if cell["kind"] == "solution"]
#: {grade id of a check: the exercise before it}.
CHECKS = dict(
    zip(
        (cell["grade_id"] for cell in CELLS if cell["kind"] == "graded"),
        EXERCISES,
        strict=True,
    )
)
_STUB = "def {}(*args):\n    raise NotImplementedError\n"


@dataclass(frozen=True)
class Submission:
    """What a student hands in, and what may come of it: see the module."""

    name: str
    tries: str
    cells: list
    theme: str = ""
    find: str = ""
    after: list = field(default_factory=list)
    generated: list = field(default_factory=list)
    honest: list = field(default_factory=list)
    ends: str = ""
    absent: list = field(default_factory=list)
    says: list = field(default_factory=list)
    limits: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    unsafe: bool = False
    follows: bool = False
    whole: bool = False

    def make_cells(self):
        """Return its cells: dicts with `kind`, `source` and `grade_id`."""
        before, graded = [], []
        for cell in CELLS:
            kind, name, source = cell["kind"], cell.get("grade_id"), cell["source"]
            if kind == "solution" and name not in self.honest:
                source = _STUB.format(name)
            cell = {"kind": kind, "source": source, "grade_id": name}
            (graded if kind == "graded" else before).append(cell)
        own = [self.find + source for source in self.cells]
        own += [eval(source) for source in self.generated]
        attack = [_student_cell(source) for source in own]
        return before + attack + graded + [_student_cell(s) for s in self.after]


#: Solves everything, and attacks nothing.
HONEST = Submission("honest", "solves all exercises", [], honest=EXERCISES)


def read_submissions():
    """Return all hostile submissions, a list of `Submission`."""
    found = []
    for theme in THEMES:
        data = tomllib.loads(HERE.joinpath(f"{theme}.toml").read_text("utf-8"))
        common = {"theme": theme, "find": data.get("find", "")}
        found += [Submission(**common, **entry) for entry in data["submission"]]
    return found


def make_task(submission, level, hidden=()):
    """Return the task for `grading.sealed.execute.execute`."""
    given = [
        {"grade_id": None, "source": cell["source"], "kind": cell["kind"]} | cell
        for cell in CELLS
    ]
    cells = [
        cell | ({"source": ""} if cell["kind"] == "graded" else {"kind": "student"})
        for cell in submission.make_cells()
    ]
    return {
        "assignment": "tiny",
        "cells": cells,
        "given": given,
        "files": {name: text.encode() for name, text in submission.files.items()},
        "judge_files": {},
        "limits": LIMITS | submission.limits,
        "isolation": level,
        "hidden": list(hidden),
    }


def _student_cell(source):
    return {"kind": "given", "source": source, "grade_id": None}
