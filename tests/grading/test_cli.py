import subprocess
import sys

import pytest

SLOW_IMPORTS = ["nbgrader", "nbconvert", "nbformat", "numpy", "matplotlib"]


def test_help_lists_the_commands(run_course):
    code, out, _ = run_course("--help")
    assert code == 0
    for command in ("release", "sync", "bundle"):
        assert f"│ {command} " in out


@pytest.mark.parametrize("command", ["release", "sync", "bundle"])
def test_each_command_has_help(run_course, command):
    code, out, _ = run_course(command, "--help")
    assert code == 0
    assert f"Usage: course {command}" in out


def test_help_imports_nothing_slow():
    program = (
        "import sys\n"
        "from grading.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        f"print(*(name for name in {SLOW_IMPORTS} if name in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == ""


def test_the_version_is_the_installed_one(run_course):
    assert run_course("--version") == (0, "course 0.1.0\n", "")


def test_an_unknown_command_is_a_usage_error(run_course):
    code, _, err = run_course("relase")
    assert code == 2
    assert "No such command 'relase'" in err


def test_a_course_folder_that_does_not_exist_is_a_usage_error(run_course, tmp_path):
    code, _, err = run_course("--course", tmp_path / "nowhere", "release")
    assert code == 2
    assert "does not exist" in err


def test_outside_a_course_one_line_says_what_to_do(run_course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run_course("release")
    assert (code, out) == (1, "")
    assert err == (
        f"course: no course in {tmp_path} or above it: expected a folder with "
        "nbgrader_config.py and source/; go there, or name it with "
        "`course --course DIR ...`\n"
    )


def test_an_unknown_assignment_is_one_line_with_a_suggestion(run_course, course):
    code, out, err = run_course("--course", course.root, "release", "01_duoble")
    assert (code, out) == (1, "")
    assert err == (
        "course: no assignment named '01_duoble': did you mean '01_double'?\n"
    )
    assert not course.release.exists()


def test_release_tells_what_changed(run_course, course, monkeypatch):
    monkeypatch.chdir(course.source / "02_quad")
    assert run_course("release") == (
        0,
        "01_double: 1 file changed\n02_quad: 2 files changed\n",
        "",
    )
    assert run_course("release", "02_quad") == (0, "02_quad: unchanged\n", "")


def test_a_failing_release_says_which_and_why(run_course, course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        del cells["test_double"]["metadata"]["nbgrader"]["points"]
    code, out, err = run_course("--course", course.root, "release")
    assert code == 1
    assert out == "01_double: failed\n02_quad: 2 files changed\n"
    assert err == (
        "course: 01_double, cell 5 'test_double': is graded but has no points; "
        'add "points": 2, or what it is worth\n'
    )


def test_a_file_in_the_way_is_one_line(run_course, course):
    course.release.touch()
    code, out, err = run_course("--course", course.root, "release", "01_double")
    assert (code, out) == (1, "01_double: failed\n")
    assert err.startswith(f"course: 01_double: {course.release}")
    assert err.count("\n") == 1


def test_a_file_in_the_way_of_any_command_is_one_line(run_course, course):
    course.texts.touch()
    code, out, err = run_course("--course", course.root, "sync")
    assert (code, out) == (1, "")
    assert err.startswith(f"course: {course.texts}")
    assert err.count("\n") == 1


def test_sync_writes_texts_and_parts_once(run_course, course):
    code, out, err = run_course("--course", course.root, "sync")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "wrote source_py/01_double.py",
        "wrote source_py/02_quad.py",
        "wrote source/02_quad/parts.py",
    ]
    again = run_course("--course", course.root, "sync")
    assert again == (0, "everything is in step\n", "")


def test_sync_from_text_writes_the_notebook_and_later_parts(run_course, course):
    run_course("--course", course.root, "sync")
    text = course.text_twin("01_double")
    text.write_text(text.read_text().replace("secret_of_double", "factor"))
    code, out, _ = run_course("--course", course.root, "sync", "--from-text")
    assert code == 0
    assert "wrote source/01_double/01_double.ipynb" in out.splitlines()
    assert "factor" in course.source_notebook("01_double").read_text()
    assert "factor" in (course.source / "02_quad" / "parts.py").read_text()
