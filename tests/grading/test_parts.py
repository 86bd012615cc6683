import os
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from grading.errors import UnreadableNotebook
from grading.parts import (
    lecture_parts_source,
    load_reference,
    parts_source,
    refresh_for_release,
    solution_lines,
    without_markers,
    write_lecture_parts,
    write_parts,
)


def load(text):
    module = ModuleType("parts")
    exec(text, module.__dict__)
    return module


def test_the_first_notebook_has_no_parts(course):
    assert parts_source(course, "01_double") is None


def test_parts_hold_earlier_solutions_and_not_the_notebooks_own(course):
    text = parts_source(course, "02_quad")
    assert "secret_of_double" in text
    assert "secret_of_quadruple" not in text
    assert "SOLUTION" not in text
    assert "check" not in text


def test_what_students_write_is_told_from_what_they_are_given():
    text = (
        "import numpy as np\n\n\ndef f(x):\n    ### BEGIN SOLUTION\n    y = x\n"
        "    return y\n    ### END SOLUTION\n\n\ndef g(x):\n    return x\n"
    )
    lines = without_markers(text).splitlines()
    written = [line for k, line in enumerate(lines) if k in solution_lines(text)]
    assert written == ["    y = x", "    return y"]
    assert solution_lines("def f(x):\n    return x\n") == {0, 1}


def test_parts_work_as_a_module(course):
    parts = load(parts_source(course, "02_quad"))
    assert parts.double([1.5, -2.0]).tolist() == [3.0, -4.0]


def test_lecture_parts_hold_all_solutions_and_work(course):
    parts = load(lecture_parts_source(course))
    assert parts.Quadruple().forward(np.arange(3)).tolist() == [0, 4, 8]


def test_parts_read_like_a_module_that_a_person_wrote(course):
    assert (
        lecture_parts_source(course)
        == '''\
"""What the notebooks built, in the course's version.

Generated from the source notebooks; change those.
"""

import numpy as np

# 01_double


def double(x):
    """Return twice x, of any shape."""
    secret_of_double = 2
    return secret_of_double * np.asarray(x)


# 02_quad


class Quadruple:
    """Four times x."""

    def forward(self, x):
        """Return 4 x."""
        secret_of_quadruple = double(x)
        return double(secret_of_quadruple)
'''
    )


def test_parts_pass_the_linter_and_the_formatter(course, tmp_path):
    file = tmp_path / "parts.py"
    file.write_text(lecture_parts_source(course))
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "check", "--select", "E,F,W,I", file], check=True)
    subprocess.run([*ruff, "format", "--check", file], check=True)


def test_numpy_is_imported_once(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        cells["double"]["source"] = "import numpy as np\n" + cells["double"]["source"]
    assert parts_source(course, "02_quad").count("import numpy as np") == 1


def test_only_what_changed_is_written(course):
    file = course.source / "02_quad" / "parts.py"
    assert write_parts(course, course.assignments()) == [file]
    os.utime(file, (1, 1))
    assert write_parts(course, course.assignments()) == []
    assert file.stat().st_mtime == 1


def test_parts_that_are_no_longer_needed_go_away(course):
    stray = course.source / "01_double" / "parts.py"
    stray.write_text("left over\n")
    assert write_parts(course, ["01_double"]) == [stray]
    assert not stray.exists()


def test_lecture_parts_are_written_only_beside_lectures(course):
    assert write_lecture_parts(course) == []
    course.lectures.mkdir()
    assert write_lecture_parts(course) == [course.lectures / "parts.py"]
    assert write_lecture_parts(course) == []


def test_the_reference_can_be_loaded_once_it_is_written(course):
    course.lectures.mkdir()
    with pytest.raises(FileNotFoundError):
        load_reference(course)
    write_lecture_parts(course)
    assert load_reference(course).double(21) == 42


@pytest.mark.parametrize("assignment", ["02_quad", "*"])
def test_the_hook_refreshes_what_nbgrader_is_about_to_release(
    course, monkeypatch, assignment
):
    monkeypatch.chdir(course.root)
    refresh_for_release(assignment=assignment, student=".", notebooks=[])
    written = (course.source / "02_quad" / "parts.py").read_text()
    assert written == parts_source(course, "02_quad")


def test_an_unreadable_earlier_notebook_is_named(course):
    path = course.source_notebook("01_double")
    path.write_text("{")
    with pytest.raises(UnreadableNotebook, match="expected JSON") as error:
        parts_source(course, "02_quad")
    assert str(path) in str(error.value)
