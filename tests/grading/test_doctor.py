import os

import pytest

from grading import doctor
from grading.sealed import isolation


def offer(problem="", abi=7, bounded=True):
    version = "" if problem else "0.8.0"
    return isolation.Offer(version, problem, bounded, abi, ("CPU", "AS", "CORE"))


@pytest.fixture
def run_doctor(run_course, monkeypatch, tmp_path):
    def run(found):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(doctor, "find_offer", lambda: found)
        return run_course("doctor")

    return run


def test_a_machine_with_all_of_it_grades_at_the_level_full(run_doctor):
    code, out, _ = run_doctor(offer())
    lines = dict(line.split(":", 1) for line in out.splitlines())
    lines = {what: found.strip() for what, found in lines.items()}
    assert code == 0
    assert lines["bubblewrap"] == "0.8.0"
    assert lines["Landlock"] == "ABI 7"
    assert lines["limits"] == "processor time, memory"
    assert lines["isolation"] == "full"
    assert lines["gradebook"] == "no course in this folder"
    assert "remark" not in lines


def test_landlock_alone_comes_with_what_it_leaves_open(run_doctor):
    code, out, _ = run_doctor(offer("bubblewrap is not installed"))
    assert code == 0
    assert "isolation:   landlock" in out
    assert "apt install bubblewrap" in out
    assert "disks that many files fill" in out


def test_an_old_bubblewrap_is_said_to_leave_the_disk_open(run_doctor):
    assert (
        "0.8.0, which cannot limit what is written"
        in run_doctor(offer(bounded=False))[1]
    )


def test_a_machine_that_protects_nobody_is_refused(run_doctor):
    code, out, _ = run_doctor(offer("bubblewrap is not installed", abi=0))
    assert code == 1
    assert "`course grade` refuses" in out
    assert "--isolation none" in out


def test_it_looks_for_the_gradebook_of_the_course(run_course, monkeypatch, course):
    monkeypatch.setattr(doctor, "find_offer", offer)
    _, out, _ = run_course("--course", course.root, "doctor")
    assert "none yet: run `course release`" in out
    course.gradebook.touch()
    _, out, _ = run_course("--course", course.root, "doctor")
    assert str(course.gradebook) in out.replace(os.linesep, "")
