"""Submissions that attack, one after another in one worker: none gets anything by it.

What they are, and what may come of each, is data: see `corpus.py`.
"""

import json
import os
import runpy
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from grading.sealed import isolation
from grading.sealed.execute import execute, warm_up

corpus = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
SUBMISSIONS = corpus["read_submissions"]()
OFFER = isolation.find_offer()
INSTALLED = Path(np.__file__).parent
_GRACE = 20  # seconds that a submission may take on top of its limit

pytestmark = pytest.mark.skipif(bool(OFFER.problem), reason=OFFER.problem)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder that a student must neither see nor change."""
    folder = tmp_path_factory.mktemp("course")
    folder.joinpath("gradebook.db").write_text("the grades")
    folder.joinpath("submitted", "ada").mkdir(parents=True)
    folder.joinpath("submitted", "ada", "tiny.ipynb").write_text("{}")
    return folder


@pytest.fixture(scope="module", autouse=True)
def _nothing_outside_is_touched(course):
    watched = [course, INSTALLED]
    before = [_fingerprint(folder) for folder in watched]
    yield
    assert [_fingerprint(folder) for folder in watched] == before


@pytest.fixture
def run(course, tmp_path, monkeypatch):
    """Run a submission; return outputs as text, and the checks by grade id."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("grading.sealed.peer.GRACE", 1)
    monkeypatch.setenv("HOSTILE_SECRET", "of the instructor")

    def run_submission(submission):
        task = corpus["make_task"](submission, "full", [str(course)])
        start = time.monotonic()
        result = execute(task)
        assert time.monotonic() - start < task["limits"]["total"] + _GRACE
        assert len(result["outputs"]) == len(task["cells"])
        for cell, shown in zip(task["cells"], result["outputs"], strict=True):
            if cell["kind"] == "graded":
                names = [output["output_type"] for output in shown]
                assert ("error" in names) == (
                    _find(result, cell["grade_id"])["state"] != "passed"
                )
        assert os.listdir(tmp_path) == []
        hidden = tuple(task["hidden"])
        warm = warm_up(task["isolation"], task["limits"]["disk"], hidden)
        return result | {"warm": warm.pid}

    return run_submission


@pytest.mark.parametrize("submission", SUBMISSIONS, ids=lambda it: it.name)
def test_nothing_is_won(run, submission):
    result = run(submission)
    states = {c["grade_id"]: c["state"] for c in result["checks"]}
    assert states.keys() == corpus["CHECKS"].keys()
    passed = {corpus["CHECKS"][n] for n, state in states.items() if state == "passed"}
    assert passed == set(submission.honest), result["checks"]
    if submission.ends:
        others = {state for state in states.values() if state != "passed"}
        assert others == {submission.ends}, result["checks"]
    shown = json.dumps([result["outputs"], result["checks"]])
    for word in (*corpus["SECRETS"], *submission.absent):
        assert word not in shown, _around(shown, word)
    assert all(text in shown for text in submission.says), result["checks"]
    assert len(shown) < 70 * 2**20
    assert _count_descendants(result["warm"]) == 2  # bubblewrap and the warm parent
    if submission.unsafe or submission.ends in ("died", "timed out"):
        _require_honest(run)


def test_an_honest_submission_passes_after_them_all(run):
    _require_honest(run)


def test_an_error_that_cannot_be_shown_is_one_all_the_same(course):
    task = corpus["make_task"](corpus["HONEST"], "full", [str(course)])
    task["given"][-1]["source"] = (
        "class Odd(Exception):\n"
        "    def _render_traceback_(self):\n"
        "        raise MemoryError\n"
        "raise Odd"
    )
    *others, last = execute(task)["checks"]
    assert {check["state"] for check in others} == {"passed"}
    assert last["state"] == "failed"


def _require_honest(run):
    checks = run(corpus["HONEST"])["checks"]
    assert [check["state"] for check in checks] == ["passed"] * len(checks), checks


def _find(result, name):
    return next(check for check in result["checks"] if check["grade_id"] == name)


def _around(text, word):
    place = text.index(word)
    return text[max(place - 300, 0) : place + 300]


def _fingerprint(folder):
    """Return what is in a folder, and when each file was changed last."""
    return {
        str(path): (path.stat().st_mode, path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if "__pycache__" not in path.parts
    }


def _count_descendants(process):
    """Return how many processes are below this one, those that ended too."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(place.parent.name)] = int(fields[1])
    family = {process}
    while more := {p for p, above in parents.items() if above in family} - family:
        family |= more
    return len(family) - 1
