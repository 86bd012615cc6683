"""One submission at a time, through the real engine, at the best level there is."""

import pytest

from grading.sealed.execute import execute
from grading.sealed.isolation import FULL, LANDLOCK, find_offer

LIMITS = {
    "cell": 20.0,
    "total": 60.0,
    "memory": 2**30,
    "processes": 32,
    "file_size": 2**24,
    "disk": 2**26,
    "open_files": 128,
    "output": 10_000,
}


@pytest.fixture(scope="session")
def level():
    """The level of isolation that this machine offers."""
    offer = find_offer()
    if offer.problem and not offer.landlock:
        pytest.skip(f"no isolation here: {offer.problem}")
    return LANDLOCK if offer.problem else FULL


@pytest.fixture
def run(level):
    """Run a submission: ``run(student's cells, graded={grade id: source})``."""

    def run_submission(*cells, graded, given="", files=None, **limits):
        course = [_cell("given", given)] if given else []
        theirs = [_cell("student", given)] if given else []
        theirs += [_cell("student", source) for source in cells]
        for name, source in graded.items():
            course.append(_cell("graded", source, name))
            theirs.append(_cell("graded", "pass", name))
        task = {
            "assignment": "trial",
            "cells": theirs,
            "given": course,
            "files": files or {},
            "judge_files": {},
            "limits": LIMITS | limits,
            "isolation": level,
            "hidden": [],
        }
        result = execute(task)
        checks = {c["grade_id"]: (c["state"], c["reason"]) for c in result["checks"]}
        return result["outputs"], checks

    return run_submission


def _cell(kind, source, grade_id=None):
    return {"kind": kind, "source": source, "grade_id": grade_id}
