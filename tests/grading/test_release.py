import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from grading.course import Course
from grading.errors import ReleaseFailed
from grading.release import release

NAMES = ["01_double", "02_quad"]
SECRETS = ["secret", "SOLUTION", "HIDDEN", "@graded", "-8.5", "-17.0", "-13.0"]


def run_nbgrader(course, *arguments):
    command = Path(sys.executable).with_name("nbgrader")
    return subprocess.run(
        [command, *arguments], cwd=course.root, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def released_once(tmp_path_factory, make_course):
    course = make_course(tmp_path_factory.mktemp("released") / "my course")
    release(course, NAMES)
    return course


@pytest.fixture
def released(released_once, tmp_path):
    """A released course of one's own; making a new gradebook takes seconds."""
    shutil.copytree(released_once.root, tmp_path / "my course", dirs_exist_ok=True)
    return Course.at(tmp_path / "my course")


def test_the_release_holds_stubs_checks_and_earlier_parts(released, content):
    files = content(released.release)
    assert sorted(files) == [
        "01_double/01_double.ipynb",
        "02_quad/02_quad.ipynb",
        "02_quad/parts.py",
    ]
    notebook = files["01_double/01_double.ipynb"].decode()
    assert "# YOUR CODE HERE" in notebook
    assert 'ready(\\"double\\")' in notebook
    assert notebook.endswith("}\n")


def test_no_solution_and_no_hidden_test_is_released(released, content):
    source = "".join(
        released.source_notebook(name).read_text(encoding="utf-8") for name in NAMES
    )
    files = content(released.release)
    earlier = files.pop("02_quad/parts.py").decode()
    for secret in SECRETS:
        assert secret in source
        assert not [name for name, data in files.items() if secret.encode() in data]
    assert "secret_of_quadruple" not in earlier


def test_no_absolute_path_is_released(released, content):
    for data in content(released.release).values():
        assert str(released.root).encode() not in data


def test_released_files_can_be_read_by_all_and_written_by_their_owner(released):
    for path in released.release.rglob("*.*"):
        assert path.stat().st_mode & 0o777 == 0o644


def test_a_second_run_changes_nothing(released, content):
    before = content(released.release)
    for path in released.release.rglob("*.*"):
        os.utime(path, (1, 1))
    outcomes = []
    release(released, NAMES, on_done=lambda *outcome: outcomes.append(outcome))
    assert outcomes == [(name, [], None) for name in NAMES]
    assert content(released.release) == before
    assert {path.stat().st_mtime for path in released.release.rglob("*.*")} == {1}


def test_another_checkout_gives_the_same_bytes(released, second_course, content):
    release(second_course, NAMES)
    assert content(second_course.release) == content(released.release)


def test_nbgraders_command_gives_the_same_bytes(released, second_course, content):
    for name in NAMES:
        done = run_nbgrader(second_course, "generate_assignment", name, "--force")
        assert done.returncode == 0, done.stderr
    assert content(second_course.release) == content(released.release)


def test_the_formgraders_button_gives_the_same_bytes(released, second_course, content):
    config = second_course.nbgrader_config()
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    for name in NAMES:
        result = api.generate_assignment(name)
        assert result["success"], result
    assert content(second_course.release) == content(released.release)


def test_the_gradebook_knows_what_was_released(released):
    with Gradebook(f"sqlite:///{released.gradebook}") as gradebook:
        cells = {
            cell.name: cell.max_score
            for name in NAMES
            for cell in gradebook.find_notebook(name, name).grade_cells
        }
    assert cells == {"test_double": 3, "test_quadruple": 5, "why": 2}


def test_nothing_else_is_left_in_the_course(released):
    assert sorted(path.name for path in released.root.iterdir()) == [
        "build",
        "gradebook.db",
        "nbgrader_config.py",
        "release",
        "source",
    ]
    assert list(released.build.iterdir()) == []


def test_a_failing_source_keeps_its_old_release_and_stops_no_other(
    released, content, editing
):
    before = content(released.release / "01_double")
    with editing(released.source_notebook("01_double")) as cells:
        cells["test_double"]["source"] = "@graded\ndef test_double(): ..."
    with editing(released.source_notebook("02_quad")) as cells:
        cells["title"]["source"] = "# Four times"
    outcomes = []
    with pytest.raises(ReleaseFailed) as error:
        release(released, NAMES, on_done=lambda *outcome: outcomes.append(outcome))
    assert error.value.lines == (
        "01_double, cell 5 'test_double': has no hidden tests, so students would see "
        "the test; put ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS around it",
    )
    assert content(released.release / "01_double") == before
    assert outcomes[1] == ("02_quad", [released.release_notebook("02_quad")], None)
    assert "# Four times" in released.release_notebook("02_quad").read_text()


def test_nbgrader_refuses_a_failing_source_as_well(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        del cells["test_double"]["metadata"]["nbgrader"]["points"]
    done = run_nbgrader(course, "generate_assignment", "01_double")
    assert done.returncode == 1
    assert "cell 5 'test_double': is graded but has no points" in done.stderr
    assert not course.release_notebook("01_double").exists()


def test_the_formgraders_button_refuses_a_failing_source_as_well(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        del cells["test_double"]["metadata"]["nbgrader"]["points"]
    config = course.nbgrader_config()
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    result = api.generate_assignment("01_double")
    assert not result["success"]
    assert "cell 5 'test_double': is graded but has no points" in result["log"]
    assert not course.release_notebook("01_double").exists()


def test_files_that_no_longer_belong_are_removed(released, content):
    before = content(released.release)
    folder = released.release / "01_double" / "old"
    folder.mkdir()
    (folder / "picture.png").touch()
    release(released, ["01_double"])
    assert content(released.release) == before
    assert not folder.exists()


def test_extra_files_of_a_source_are_released(course, content):
    data = course.source / "01_double" / "data" / "points.csv"
    data.parent.mkdir()
    data.write_text("1,2\n")
    release(course, ["01_double"])
    assert content(course.release)["01_double/data/points.csv"] == b"1,2\n"


@pytest.fixture
def run_by_its_author(released):
    """A course whose notebook writes a file, left where its author ran it."""
    with (released.root / "nbgrader_config.py").open("a") as stream:
        stream.write("\nc.HandedIn.files = {'01_double': ['predictions.csv']}\n")
    for name in NAMES:
        (released.source / name / "predictions.csv").write_text("the author's\n")
        (released.source / name / "data.csv").write_text("given\n")
    return released


def test_what_students_make_is_not_handed_out(run_by_its_author, content):
    course = run_by_its_author
    wanted = [
        "01_double/01_double.ipynb",
        "01_double/data.csv",
        "02_quad/02_quad.ipynb",
        "02_quad/data.csv",
        "02_quad/parts.py",
        "02_quad/predictions.csv",  # another notebook: there it is a file like others
    ]
    release(course, NAMES)
    assert sorted(content(course.release)) == wanted
    assert (course.source / "01_double" / "predictions.csv").is_file()
    done = run_nbgrader(course, "generate_assignment", "01_double", "--force")
    assert done.returncode == 0, done.stderr
    assert sorted(content(course.release)) == wanted


# nbgrader adds a submission in an order that SQLAlchemy warns of
@pytest.mark.filterwarnings("ignore:Object of type <Submitted")
def test_graded_cells_cannot_change_under_submissions(released, editing, content):
    with Gradebook(f"sqlite:///{released.gradebook}") as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission("01_double", "ada")
    before = content(released.release)
    with editing(released.source_notebook("01_double")) as cells:
        cells["double"]["metadata"]["nbgrader"]["grade_id"] = "twice"
    with pytest.raises(ReleaseFailed) as error:
        release(released, ["01_double"])
    assert error.value.lines == (
        "01_double: students' work is graded already, and the set of graded cells has "
        "changed; keep the grade ids, or start again with "
        "`nbgrader db assignment remove 01_double`, which deletes its grades",
    )
    assert content(released.release) == before


def test_a_gradebook_that_is_none_is_one_clear_line(course):
    course.gradebook.write_text("no database" * 100)
    with pytest.raises(ReleaseFailed, match=r"^01_double: nbgrader refused: ") as error:
        release(course, ["01_double"])
    assert len(error.value.lines) == 1
    assert not course.release_notebook("01_double").exists()
