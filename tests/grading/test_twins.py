"""A notebook and its text twin stand for the same thing, and none is lost."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading import twins
from grading.course import Course
from grading.errors import TwinsDiffer

NAME = "01_double"
STUB = {
    "cell_type": "code",
    "grade": False,
    "grade_id": "double",
    "locked": False,
    "schema_version": 3,
    "solution": True,
    "task": False,
}


@pytest.fixture
def course(tmp_path):
    """A course with one source notebook, and no text yet."""
    (tmp_path / "source" / NAME).mkdir(parents=True)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# Doubling\n\nTwice as much.", id="title"),
            new_code_cell(
                "def double(x):\n    return 2 * x", metadata={"nbgrader": STUB}
            ),
            new_code_cell("@check\ndef check_double():\n    pass", id="a-check"),
            new_code_cell("double(2)", outputs=[], id="try-it"),
        ]
    )
    course = Course.at(tmp_path)
    nbformat.write(notebook, course.source_notebook(NAME))
    return course


def make_newer(path):
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 10))


def read(course):
    return nbformat.read(course.source_notebook(NAME), as_version=4)


def test_the_text_holds_cells_and_grading_metadata_and_no_outputs(course):
    assert twins.write_text(course, [NAME]) == [course.text_twin(NAME)]
    text = course.text_twin(NAME).read_text()
    assert "# # Doubling" in text
    assert '"grade_id": "double"' in text
    assert "kernelspec" not in text
    assert "jupytext_version" not in text


def test_writing_the_text_twice_changes_nothing(course):
    twins.write_text(course, [NAME])
    assert twins.write_text(course, [NAME]) == []


def test_text_and_back_gives_the_same_cells_with_the_same_ids(course):
    before = read(course).cells
    twins.write_text(course, [NAME])
    make_newer(course.text_twin(NAME))
    twins.write_notebooks(course, [NAME])
    after = read(course).cells
    assert [(c.id, c.cell_type, c.source, c.metadata) for c in after] == [
        (c.id, c.cell_type, c.source, c.metadata) for c in before
    ]


def test_a_new_cell_gets_a_name_of_its_own_and_the_others_keep_theirs(course):
    twins.write_text(course, [NAME])
    text = course.text_twin(NAME)
    text.write_text(text.read_text() + "\n# %%\n@check\ndef check_other():\n    pass\n")
    make_newer(text)
    ids = [cell.id for cell in read(course).cells]
    twins.write_notebooks(course, [NAME])
    assert [cell.id for cell in read(course).cells] == [*ids, "check_other"]


def test_the_same_text_always_gives_the_same_notebook(course):
    text = twins.to_text(read(course))
    first, second = twins.from_text(text), twins.from_text(text)
    assert nbformat.writes(first) == nbformat.writes(second)
    assert first.cells[1].id == "double"


def test_cells_of_the_same_text_get_different_ids():
    notebook = twins.from_text("# %%\n1\n\n# %%\n1\n\n# %%\n1\n")
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("side", ["text", "notebook"])
def test_the_side_that_was_changed_last_is_never_overwritten(course, side):
    twins.write_text(course, [NAME])
    text, path = course.text_twin(NAME), course.source_notebook(NAME)
    changed = text if side == "text" else path
    changed.write_text(changed.read_text().replace("2 * x", "x + x"))
    make_newer(changed)
    before = changed.read_bytes()
    write = twins.write_text if side == "text" else twins.write_notebooks
    with pytest.raises(TwinsDiffer, match=f"{changed.name} was changed after"):
        write(course, [NAME])
    assert changed.read_bytes() == before
