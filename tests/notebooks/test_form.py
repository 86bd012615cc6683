"""The form that every notebook keeps, and that what is derived is fresh."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from grading import parts, twins
from grading.course import Course
from grading.release import release
from grading.sources import checks

COURSE = Course.at(Path(__file__).parents[2])
NAMES = COURSE.assignments()
#: The core; what the others are worth stands in the map of the course.
CORE = {
    "00_warmup": 9,
    "01_linear": 15,
    "02_activations": 13,
    "03_mlp": 16,
    "04_mse": 8,
    "05_training_loop": 15,
    "06_mnist": 14,
    "07_adam": 10,
}


def read(path):
    return nbformat.read(path, as_version=4)


def solution_lines(name):
    """Lines that only a solution or a hidden test of the notebook contains."""
    hidden, shown = set(), set()
    for cell in read(COURSE.source_notebook(name)).cells:
        inside = False
        for line in cell.source.splitlines():
            if re.search(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line):
                inside = True
            elif re.search(r"END (SOLUTION|HIDDEN TESTS|MARK SCHEME)", line):
                inside = False
            else:
                (hidden if inside else shown).add(line.strip())
    plain = {line for line in hidden if len(line) < 12 or line.startswith("import ")}
    return hidden - shown - plain


def points_of(name, *kinds):
    return sum(c.points for c in checks(COURSE, name) if c.kind in kinds)


def test_the_core_course_is_worth_100_points():
    points = {name: points_of(name, "auto", "manual") for name in CORE}
    assert points == CORE
    assert sum(points.values()) == 100


def test_the_map_of_the_course_gives_each_notebook_its_points():
    text = (COURSE.root / "docs" / "curriculum.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| `(\w+)` \|.*\| (\d+)(?:, (\d+) of them)? \|$", re.M)
    for name, points, by_hand in row.findall(text):
        assert points_of(name, "auto", "manual") == int(points), name
        assert points_of(name, "manual") == int(by_hand or 0), name
    assert [name for name, *_ in row.findall(text)] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_graded_check_announces_itself_after_a_visible_one(name):
    seen = set()
    for cell in read(COURSE.source_notebook(name)).cells:
        seen |= set(re.findall(r"^@check\ndef check_(\w+)", cell.source, re.M))
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade") and not meta.get("solution"):
            grade_id = meta["grade_id"]
            topic = grade_id.removeprefix("test_")
            first, second, *_ = cell.source.splitlines()
            assert first.startswith(f'ready("{topic}")')
            assert f"{meta['points']} point" in first
            assert second == "### BEGIN HIDDEN TESTS"
            assert f"@graded\ndef {grade_id}():" in cell.source
            assert topic in seen, f"no check_{topic} before {grade_id}"


@pytest.mark.parametrize("name", NAMES)
def test_visible_checks_cannot_be_deleted_by_accident(name):
    for cell in read(COURSE.source_notebook(name)).cells:
        if re.match("@check\n", cell.source):
            assert cell.metadata["deletable"] is False
            assert cell.metadata["editable"] is False
            assert "nbgrader" not in cell.metadata


@pytest.mark.parametrize("name", NAMES)
def test_a_source_notebook_has_no_outputs_and_says_nothing_of_a_machine(name):
    text = COURSE.source_notebook(name).read_text(encoding="utf-8")
    for cell in read(COURSE.source_notebook(name)).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    assert not re.search(r"(/home/|/root/|/Users/|[A-Z]:\\\\)", text)


@pytest.mark.parametrize("name", NAMES)
def test_the_text_twin_is_in_step_with_the_notebook(name):
    text = COURSE.text_twin(name).read_text(encoding="utf-8")
    assert twins.to_text(read(COURSE.source_notebook(name))) == text


@pytest.mark.parametrize("name", NAMES)
def test_the_text_twin_gives_back_the_notebook(name):
    notebook = read(COURSE.source_notebook(name))
    again = twins.from_text(COURSE.text_twin(name).read_text(encoding="utf-8"))
    assert [(c.cell_type, c.source, c.metadata) for c in again.cells] == [
        (c.cell_type, c.source, c.metadata) for c in notebook.cells
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_beside_a_notebook_are_fresh(name):
    path = parts.parts_file(COURSE, name)
    present = path.read_text(encoding="utf-8") if path.exists() else None
    assert present == parts.parts_source(COURSE, name)


def test_the_parts_of_the_lecture_notebooks_are_fresh():
    present = (COURSE.lectures / "parts.py").read_text(encoding="utf-8")
    assert present == parts.lecture_parts_source(COURSE)


@pytest.mark.xdist_group("nbgrader")
def test_the_committed_release_is_what_the_source_notebooks_give(tmp_path):
    copy = tmp_path / "a copy"
    copy.mkdir()
    shutil.copy(COURSE.root / "nbgrader_config.py", copy)
    for folder in ("source", "notebooks"):
        shutil.copytree(COURSE.root / folder, copy / folder)
    release(Course.at(copy), NAMES)
    made = {p.relative_to(copy / "release") for p in (copy / "release").rglob("*.*")}
    kept = {
        path.relative_to(COURSE.release)
        for path in COURSE.release.rglob("*.*")
        if not {".ipynb_checkpoints", "__pycache__"} & set(path.parts)
    }
    assert kept == made
    for file in made:
        assert (COURSE.release / file).read_bytes() == (
            copy / "release" / file
        ).read_bytes(), f"release/{file} is stale: run `course release`"


@pytest.mark.parametrize("name", NAMES)
def test_a_release_shows_no_solution_and_no_hidden_test(name):
    released = "\n".join(
        cell.source for cell in read(COURSE.release_notebook(name)).cells
    )
    lines = {line.strip() for line in released.splitlines()}
    secret = solution_lines(name)
    assert len(secret) > 5
    assert not secret & lines
    assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN|MARK)", released)


@pytest.mark.parametrize("name", NAMES)
def test_a_release_shows_no_part_of_its_own_or_a_later_notebook(name):
    path = COURSE.release / name / "parts.py"
    shown = path.read_text(encoding="utf-8") if path.exists() else ""
    defined = set(re.findall(r"^(?:class|def) (\w+)", shown, flags=re.MULTILINE))
    for other in NAMES:
        if other >= name:
            stubs = parts.solution_cells(read(COURSE.source_notebook(other)))
            built = {
                built
                for cell in stubs
                for built in re.findall(r"^(?:class|def) (\w+)", cell.source, re.M)
            }
            assert built
            assert not defined & built
