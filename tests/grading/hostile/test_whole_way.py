"""Hostile submissions through the whole way: from the file to the feedback page."""

import copy
import json
import runpy
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grading.feedback import write_feedback
from grading.grade import grade
from grading.outcomes import Progress, graded_notebook
from grading.sealed import isolation

corpus = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
SHOWING = [it for it in corpus["read_submissions"]() if it.whole]
OFFER = isolation.find_offer()
NAME = "02_quad"
WRONG = "class Quadruple:\n    def forward(self, x):\n        return double(x)"

pytestmark = pytest.mark.skipif(bool(OFFER.problem), reason=OFFER.problem)


class Markup(HTMLParser):
    """Collects what of a page a browser would run."""

    def __init__(self):
        super().__init__()
        self.active, self._tag = [], ""

    def handle_starttag(self, tag, attrs):
        self._tag = tag
        self.active += [
            (tag, name, value)
            for name, value in attrs
            if name.startswith("on") or "hostile()" in (value or "")
        ]

    def handle_data(self, data):
        if self._tag in ("script", "style") and "hostile()" in data:
            self.active.append((self._tag, "", data))

    def handle_endtag(self, tag):
        self._tag = ""


def _edit_to_pass(notebook, cell, cells):
    cell["source"] = "pass"


def _raise_points(notebook, cell, cells):
    cell["metadata"]["nbgrader"]["points"] = 1000


def _duplicate(notebook, cell, cells):
    cells.append({**copy.deepcopy(cell), "id": "twin", "source": "pass"})


def _retype(notebook, cell, cells):
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def _move_to_the_top(notebook, cell, cells):
    cells.remove(cell)
    cells.insert(0, cell)


def _delete(notebook, cell, cells):
    cells.remove(cell)


def _unlock(notebook, cell, cells):
    cell["metadata"]["nbgrader"] |= {"grade": False, "solution": True, "locked": False}


def _rename(notebook, cell, cells):
    cell["metadata"]["nbgrader"]["grade_id"] = "why"


def _bring_outputs(notebook, cell, cells):
    cell["outputs"] = [
        {
            "output_type": "execute_result",
            "data": {"text/plain": "5.0"},
            "metadata": {},
            "execution_count": 1,
        }
    ]


def _add_a_bonus(notebook, cell, cells):
    bonus = {**copy.deepcopy(cell), "id": "bonus", "source": "5.0"}
    bonus["metadata"]["nbgrader"] |= {"grade_id": "bonus", "points": 1000}
    cells.append(bonus)


def _skip_execution(notebook, cell, cells):
    cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]
    notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "x"}


MANGLED = (
    *(_edit_to_pass, _raise_points, _duplicate, _retype, _move_to_the_top, _delete),
    *(_unlock, _rename, _bring_outputs, _add_a_bonus, _skip_execution),
)


BROKEN = {
    "empty": b"",
    "text": b"not JSON",
    "UTF-16": "{}".encode("utf-16"),
    "merge": b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> eve\n",
    "deep": b"[" * 100_000,
    "infinite": b'{"cells": [], "nbformat": 1e400}',
    "wrong types": b'{"cells": [{"cell_type": 7}], "nbformat": 4, "metadata": []}',
}


def test_a_class_of_attackers_wins_nothing(released_course, submit, find_cell):
    def show(submission):
        def change(notebook):
            cell = find_cell(notebook, "quadruple")
            place = notebook["cells"].index(cell)
            cell["source"] = WRONG
            for number, source in enumerate(submission.cells):
                added = {**copy.deepcopy(cell), "id": f"added-{number}"}
                added |= {"metadata": {}, "source": source}
                notebook["cells"].insert(place + number, added)

        return change

    def mangle(way):
        def change(notebook):
            find_cell(notebook, "quadruple")["source"] = WRONG
            way(notebook, find_cell(notebook, "test_quadruple"), notebook["cells"])

        return change

    changes = {submission.name: show(submission) for submission in SHOWING}
    changes |= {way.__name__.strip("_"): mangle(way) for way in MANGLED}
    for student, change in changes.items():
        submit(student, NAME, change)
    for student, data in BROKEN.items():
        submit(student, NAME).write_bytes(data)
    submit("zoe", NAME)

    results = {result.student: result for result in grade(released_course, NAME)}
    assert results.keys() == {*changes, *BROKEN, "zoe"}
    for student in (*changes, "zoe"):
        result = results[student]
        assert result.progress in (Progress.GRADED, Progress.MENDED), result
        points = {o.grade_id: (o.points, o.max_points) for o in result.outcomes}
        assert points.keys() == {"test_quadruple", "why"}, student
        assert points["test_quadruple"] == (5 * (student == "zoe"), 5), student
    for student in BROKEN:
        assert not any(o.points for o in results[student].outcomes), student

    write_feedback(released_course, NAME)
    for submission in SHOWING:
        student = submission.name
        page = released_course.root / "feedback" / student / NAME / f"{NAME}.html"
        _require_idle(page.read_text(encoding="utf-8"))
        _require_harmless(graded_notebook(released_course, NAME, student))


def _require_idle(text):
    markup = Markup()
    markup.feed(text)
    assert markup.active == []


def _require_harmless(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            assert "application/javascript" not in data
            for kind in ("text/html", "image/svg+xml", "text/markdown"):
                _require_idle("".join(data.get(kind, "")))
