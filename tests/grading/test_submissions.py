import codecs
import copy
import json

import nbformat
import pytest

from grading.errors import CourseError
from grading.submissions import (
    NotGradable,
    find_submissions,
    mend,
    write_mended,
)

NAME = "02_quad"


@pytest.fixture
def mended(released_course, submit):
    """Hand in a changed notebook and return it mended."""
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)

    def hand_in_and_mend(change=None, solved=("quadruple", "why")):
        path = submit("ada", NAME, change, solved)
        before = path.read_bytes()
        result = mend(path.parent, NAME, handed_out)
        assert path.read_bytes() == before
        nbformat.validate(result.notebook)
        return result

    return hand_in_and_mend


@pytest.fixture
def refusal(released_course):
    """Return why the submission folder `ada` cannot be graded."""
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)

    def read():
        with pytest.raises(NotGradable) as stopped:
            mend(released_course.submitted / "ada" / NAME, NAME, handed_out)
        return str(stopped.value)

    return read


def grade_ids(result):
    """Return the grade ids of the cells that have one, in order."""
    marks = [cell.metadata.get("nbgrader") for cell in result.notebook.cells]
    return [mark["grade_id"] for mark in marks if mark]


def sources(result):
    return {cell["id"]: cell.source for cell in result.notebook.cells}


# Nothing to mend ---------------------------------------------------------------


def test_an_honest_submission_needs_no_fix_and_keeps_every_cell(mended, submit):
    result = mended()
    assert result.fixes == ()
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]
    assert sources(result)["quadruple"].startswith("class Quadruple:\n    def forward")
    assert sources(result)["why"] == "Because two times two is four."


def test_outputs_are_not_carried_along(mended, find_cell):
    def print_much(notebook):
        output = {"output_type": "stream", "name": "stdout", "text": ["x" * 10**6]}
        find_cell(notebook, "check_quadruple")["outputs"] = [output]

    result = mended(print_much)
    assert len(nbformat.writes(result.notebook)) < 10**5
    assert result.fixes == ()


def test_extra_cells_stay_where_they_are_with_their_pictures(mended):
    def add_cells(notebook):
        plain = {"cell_type": "code", "id": "mine", "metadata": {}, "outputs": []}
        plain |= {"execution_count": 3, "source": "print('hello')"}
        note = {"cell_type": "markdown", "id": "note", "metadata": {}}
        note |= {"source": "![](attachment:a.png)"}
        note |= {"attachments": {"a.png": {"image/png": "iVBORw0KGgo="}}}
        notebook["cells"][2:2] = [plain, note]

    result = mended(add_cells)
    assert [cell["id"] for cell in result.notebook.cells[1:5]] == [
        "imports",
        "mine",
        "note",
        "quadruple",
    ]
    assert "a.png" in result.notebook.cells[3].attachments
    assert result.fixes == ()


def test_a_tag_that_skips_a_cell_is_not_carried_along(mended, find_cell):
    # nbclient does not run such a cell, and nbgrader gives full marks for no output.
    def skip_the_test(notebook):
        find_cell(notebook, "test_quadruple")["metadata"]["tags"] = ["skip-execution"]

    assert not any("tags" in c.metadata for c in mended(skip_the_test).notebook.cells)


# Which notebook ----------------------------------------------------------------


def test_a_renamed_notebook_is_found_by_its_exercises(released_course, mended, submit):
    path = submit("ben", NAME)
    path.rename(path.with_name("02_quad (1).ipynb"))
    (path.parent / "notes.ipynb").write_text('{"cells": [], "nbformat": 4}')
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    result = mend(path.parent, NAME, handed_out)
    assert result.fixes == (
        "The notebook was named 02_quad (1).ipynb, not 02_quad.ipynb.",
    )
    assert result.files == ()


def test_two_renamed_notebooks_are_not_guessed_between(submit, refusal):
    path = submit("ada", NAME)
    path.with_name("b.ipynb").write_bytes(path.read_bytes())
    path.rename(path.with_name("a.ipynb"))
    assert refusal() == (
        "there is no 02_quad.ipynb, and it could be any of a.ipynb, b.ipynb"
    )


def test_a_folder_without_a_notebook_says_what_was_expected(submit, refusal):
    path = submit("ada", NAME)
    path.rename(path.with_suffix(".txt"))
    assert refusal() == "there is no notebook: expected 02_quad.ipynb"


def test_a_notebook_of_another_assignment_is_no_submission(submit, refusal):
    path = submit("ada", NAME)
    other = submit("ada", "01_double")
    path.unlink()
    other.rename(path.with_name("01_double.ipynb"))
    assert refusal() == (
        "there is no 02_quad.ipynb: none of its exercises is in 01_double.ipynb"
    )
    path.with_name("01_double.ipynb").rename(path)
    assert refusal() == "02_quad.ipynb holds none of the exercises of 02_quad"


def test_a_link_to_another_file_is_not_followed(released_course, submit, refusal):
    path = submit("ada", NAME)
    path.unlink()
    path.symlink_to(released_course.source_notebook(NAME))
    assert refusal() == "02_quad.ipynb is a link to another file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "02_quad.ipynb is empty"),
        (b" \n", "02_quad.ipynb is empty"),
        (b"PK\x03\x04\x14\xff", "02_quad.ipynb is not text in UTF-8"),
        (
            b"{'cells': []}",
            "02_quad.ipynb is not JSON: Expecting property name enclosed in double "
            "quotes (line 1)",
        ),
        (
            b'{\n<<<<<<< HEAD\n "cells": []\n=======\n>>>>>>> theirs\n}',
            "02_quad.ipynb holds the marks of an unfinished merge (<<<<<<<)",
        ),
        (b"[1, 2]", "02_quad.ipynb is JSON, but not a notebook"),
        (b'{"a": 1}', "02_quad.ipynb is JSON, but not a notebook"),
        (b'{"cells": 3}', "02_quad.ipynb is damaged: its cells are no list"),
        (b"[" * 10**6, "02_quad.ipynb is not a notebook: nested too deep"),
        (
            b'{"cells": [], "nbformat": 9}',
            "02_quad.ipynb has an unknown notebook format: 9",
        ),
        (
            b'{"cells": [], "nbformat": "4"}',
            "02_quad.ipynb has an unknown notebook format: 4",
        ),
        (
            b'{"worksheets": 7, "nbformat": 3}',
            "02_quad.ipynb is a damaged notebook of format 3",
        ),
        (
            b'{"cells": [], "nbformat": 4}',
            "02_quad.ipynb holds none of the exercises of 02_quad",
        ),
    ],
)
def test_a_file_that_is_no_notebook_is_refused_with_the_reason(
    submit, refusal, content, reason
):
    submit("ada", NAME).write_bytes(content)
    assert refusal() == reason


# How it was saved --------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "encoding", "fix"),
    [
        (
            codecs.BOM_UTF8,
            "utf-8",
            "The notebook began with a byte order mark; it was skipped.",
        ),
        (b"", "utf-16", "The notebook was saved as UTF-16; it was read as that."),
    ],
)
def test_other_encodings_are_read(released_course, submit, mark, encoding, fix):
    path = submit("ada", NAME)
    path.write_bytes(mark + path.read_text(encoding="utf-8").encode(encoding))
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    result = mend(path.parent, NAME, handed_out)
    assert result.fixes == (fix,)
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


def test_an_older_notebook_format_is_converted(mended):
    def downgrade(notebook):
        older = nbformat.convert(nbformat.from_dict(copy.deepcopy(notebook)), 3)
        notebook.clear()
        notebook.update(older)

    result = mended(downgrade)
    assert "The notebook was in the older format 3; it was converted." in result.fixes
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


def test_cells_without_ids_are_no_fault(mended):
    def forget_ids(notebook):
        notebook["nbformat_minor"] = 2
        for cell in notebook["cells"]:
            del cell["id"]

    result = mended(forget_ids)
    assert result.fixes == ()
    assert len({cell["id"] for cell in result.notebook.cells}) == 7


def test_damaged_cells_are_left_out_and_odd_ones_made_sound(mended):
    def damage(notebook):
        notebook["cells"][2:2] = [None, {"cell_type": "code"}]
        notebook["cells"] += [
            {"cell_type": "heading", "source": "old", "metadata": None, "id": 7},
            {"cell_type": "code", "source": "'\ud800'", "id": "title"},
            {"cell_type": "code", "source": "1", "metadata": {"nbgrader": [1]}},
        ]

    result = mended(damage)
    assert result.fixes == (
        "Cell 3 was damaged; it was left out.",
        "Cell 4 was damaged; it was left out.",
    )
    old, lone, plain = result.notebook.cells[-3:]
    assert old.cell_type == "raw"
    assert lone.source == "'?'"
    assert lone["id"] != "title"
    assert "nbgrader" not in plain.metadata


@pytest.mark.parametrize(
    ("kernel", "fix"),
    [
        ({"name": "julia-1.9"}, "kernel was julia-1.9; it was run with python3."),
        (None, "named no kernel; it was run with python3."),
        ("ir", "named no kernel; it was run with python3."),
    ],
)
def test_another_kernel_is_replaced(mended, kernel, fix):
    def choose(notebook):
        notebook["metadata"]["kernelspec"] = kernel

    result = mended(choose)
    assert len(result.fixes) == 1
    assert result.fixes[0].endswith(fix)
    assert result.notebook.metadata.kernelspec.name == "python3"


# The cells of the course -------------------------------------------------------


def delete(*cell_ids):
    def change(notebook):
        notebook["cells"] = [c for c in notebook["cells"] if c["id"] not in cell_ids]

    return change


def test_a_deleted_graded_cell_is_put_back_behind_its_exercise(mended):
    result = mended(delete("test_quadruple"))
    assert result.fixes == (
        "The cell 'test_quadruple' had been deleted; it was put back and run.",
    )
    names = [cell["id"] for cell in result.notebook.cells]
    assert names.index("test_quadruple") == names.index("check_quadruple") + 1


def test_a_deleted_stub_is_put_back_as_it_was_handed_out(mended):
    result = mended(delete("quadruple"))
    assert result.fixes == (
        "The cell 'quadruple' had been deleted; it counts as not attempted.",
    )
    assert "raise NotImplementedError()" in sources(result)["quadruple"]
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


def test_a_deleted_written_answer_is_put_back_as_it_was_handed_out(mended):
    result = mended(delete("why"))
    assert result.fixes == (
        "The cell 'why' had been deleted; it counts as not attempted.",
    )
    assert sources(result)["why"] == "YOUR ANSWER HERE"


def test_deleted_cells_come_back_in_order_with_nothing_else_left(mended):
    result = mended(delete("title", "imports", "check_quadruple", "quadruple"))
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]
    result_ids = [cell["id"] for cell in result.notebook.cells]
    assert result_ids.index("put-back-1") < result_ids.index("quadruple")


def test_a_solution_in_a_cell_of_the_students_own_is_taken_for_the_stub(mended):
    def rewrite(notebook):
        delete("quadruple")(notebook)
        own = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": []}
        own |= {"execution_count": None, "source": "class Quadruple:\n    pass"}
        notebook["cells"].insert(3, own)

    result = mended(rewrite)
    assert result.fixes == (
        "The cell 'quadruple' had lost its nbgrader metadata; it was restored.",
    )
    assert sources(result)["own"] == "class Quadruple:\n    pass"
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


def test_a_cell_of_the_course_that_defines_the_same_name_is_not_taken_for_the_stub(
    released_course, submit
):
    def sketch(notebook):
        cell = {"cell_type": "code", "id": "sketch", "metadata": {}, "outputs": []}
        cell |= {"execution_count": None, "source": "class Quadruple:\n    pass"}
        notebook["cells"].insert(2, cell)

    def hand_in_sketch(notebook):
        delete("quadruple")(notebook)
        sketch(notebook)

    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    sketch(handed_out)
    handed_out = nbformat.from_dict(handed_out)
    folder = submit("ada", NAME, hand_in_sketch).parent
    result = mend(folder, NAME, handed_out)
    assert result.fixes == (
        "The cell 'quadruple' had been deleted; it counts as not attempted.",
    )


def test_metadata_that_a_tool_stripped_is_restored_by_cell_id(mended):
    def strip(notebook):
        for cell in notebook["cells"]:
            cell["metadata"] = {}

    result = mended(strip)
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]
    assert len(result.fixes) == 4
    assert sources(result)["quadruple"].startswith("class Quadruple:\n    def forward")


def test_changed_metadata_is_restored(mended, find_cell):
    def cheat(notebook):
        mark = find_cell(notebook, "test_quadruple")["metadata"]["nbgrader"]
        mark |= {"points": 500, "grade": False, "schema_version": 1}

    result = mended(cheat)
    assert result.fixes == (
        "The cell 'test_quadruple' had other nbgrader metadata (grade, points); "
        "it was restored.",
    )
    mark = next(
        cell.metadata.nbgrader
        for cell in result.notebook.cells
        if cell["id"] == "test_quadruple"
    )
    assert (mark.points, mark.grade, mark.schema_version) == (5, True, 3)


def test_an_edited_locked_cell_is_restored(mended, find_cell):
    def edit(notebook):
        find_cell(notebook, "test_quadruple")["source"] = "print('all right')"

    result = mended(edit)
    assert result.fixes == (
        "The locked cell 'test_quadruple' was edited; "
        "the one that was handed out was used.",
    )
    assert sources(result)["test_quadruple"].startswith('ready("quadruple")')


@pytest.mark.parametrize(
    ("cell_id", "kind", "right"),
    [
        ("test_quadruple", "raw", "code"),
        ("test_quadruple", "markdown", "code"),
        ("quadruple", "markdown", "code"),
        ("why", "code", "markdown"),
    ],
)
def test_a_changed_cell_type_is_restored(mended, find_cell, cell_id, kind, right):
    def retype(notebook):
        find_cell(notebook, cell_id)["cell_type"] = kind

    result = mended(retype)
    assert result.fixes == (
        f"The cell '{cell_id}' had become a {kind} cell; it was made a {right} cell "
        "again.",
    )
    cell = next(c for c in result.notebook.cells if c["id"] == cell_id)
    assert cell.cell_type == right
    assert (cell_id == "test_quadruple") or cell.source != ""


def copy_of(notebook, find_cell, cell_id, source=None):
    cell = copy.deepcopy(find_cell(notebook, cell_id))
    cell["id"] = f"{cell_id}-copy"
    if source is not None:
        cell["source"] = source
    return cell


def test_of_two_graded_cells_the_one_in_its_place_is_kept(mended, find_cell):
    def put_a_copy_on_top(notebook):
        notebook["cells"].insert(0, copy_of(notebook, find_cell, "test_quadruple"))

    result = mended(put_a_copy_on_top)
    assert result.fixes == (
        "The cell 'test_quadruple' was there 2 times; one of them counts.",
    )
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]
    assert "test_quadruple-copy" not in sources(result)


def test_an_untouched_copy_of_a_stub_does_not_undo_the_solution(
    mended, find_cell, released_course
):
    stub = nbformat.read(released_course.release_notebook(NAME), as_version=4).cells[2]

    def add_untouched_copy(notebook):
        again = copy_of(notebook, find_cell, "quadruple", stub.source)
        notebook["cells"].insert(3, again)

    result = mended(add_untouched_copy)
    assert result.fixes == (
        "The cell 'quadruple' was there 2 times; one of them counts.",
    )
    assert "quadruple-copy" not in sources(result)
    assert sources(result)["quadruple"].startswith("class Quadruple:\n    def forward")


def test_a_second_try_in_a_copied_cell_is_still_run(mended, find_cell):
    def add_second_try(notebook):
        again = copy_of(notebook, find_cell, "quadruple", "class Quadruple: pass")
        notebook["cells"].insert(3, again)

    result = mended(add_second_try)
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]
    assert sources(result)["quadruple-copy"] == "class Quadruple: pass"


def test_an_answer_in_a_copied_cell_counts_before_an_empty_one(mended, find_cell):
    def answer_in_copy(notebook):
        again = copy_of(notebook, find_cell, "why", "It just is.")
        notebook["cells"].insert(0, again)

    result = mended(answer_in_copy, solved=("quadruple",))
    assert grade_ids(result) == ["why", "quadruple", "test_quadruple", "why_question"]
    assert "why" not in sources(result)


def test_a_foreign_graded_cell_becomes_a_plain_one(mended):
    def add_foreign(notebook):
        mark = {"grade_id": "test_other", "grade": True, "points": 3, "locked": True}
        mark |= {"solution": False, "schema_version": 3, "task": False}
        cell = {"cell_type": "code", "id": "foreign", "metadata": {"nbgrader": mark}}
        cell |= {"execution_count": None, "outputs": [], "source": "1 + 1"}
        notebook["cells"].append(cell)

    result = mended(add_foreign)
    assert result.fixes == (
        "A cell was marked 'test_other', which is no part of this assignment; it was "
        "run as a plain cell.",
    )
    assert "nbgrader" not in result.notebook.cells[-1].metadata


def test_a_mark_that_means_nothing_is_no_fault(mended, find_cell):
    def mark(notebook):
        find_cell(notebook, "title")["metadata"]["nbgrader"] = {
            "grade_id": "cell-1234",
            "grade": False,
            "locked": False,
            "solution": False,
            "schema_version": 3,
        }

    result = mended(mark)
    assert result.fixes == ()
    assert "nbgrader" not in result.notebook.cells[0].metadata


def test_pictures_in_a_written_answer_are_kept(mended, find_cell):
    def draw(notebook):
        answer = find_cell(notebook, "why")
        answer["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}

    assert "a.png" in mended(draw).notebook.cells[-1].attachments


def test_deleted_imports_are_put_back_in_front(mended):
    result = mended(delete("imports"))
    assert result.fixes == (
        "The imports that were handed out were changed or deleted; "
        "they were put back in front.",
    )
    assert [c["id"] for c in result.notebook.cells[:3]] == [
        "title",
        "put-back-1",
        "quadruple",
    ]


def test_imports_with_something_added_are_left_alone(mended, find_cell):
    def add_import(notebook):
        find_cell(notebook, "imports")["source"] += "\nimport math\nx = 1"

    assert mended(add_import).fixes == ()


# The other files ---------------------------------------------------------------


def test_other_files_come_along_but_no_links_and_no_shadows(released_course, submit):
    path = submit("ada", NAME)
    folder = path.parent
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2\n")
    (folder / "mine.py").write_text("answer = 42\n")
    (folder / "parts.py").write_text("def double(x): return 0\n")
    (folder / "numpy.py").write_text("raise SystemExit\n")
    (folder / "helpers").mkdir()
    (folder / "helpers" / "checks.py").write_text("")
    (folder / "secret.txt").symlink_to(released_course.gradebook)
    (folder / "timestamp.txt").write_text("yesterday, I think\n")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "02_quad-checkpoint.ipynb").write_text("{}")
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    result = mend(folder, NAME, handed_out)
    assert sorted(map(str, result.files)) == ["data/points.csv", "mine.py", "parts.py"]
    assert set(result.fixes) == {
        "helpers was left out: Python would have loaded it in place of the module "
        "helpers.",
        "numpy.py was left out: Python would have loaded it in place of the module "
        "numpy.",
        "secret.txt is a link; it was left out.",
        "timestamp.txt holds no date; it was left out.",
    }
    write_mended(result, folder, NAME, released_course.root / "staged")
    staged = released_course.root / "staged"
    assert {p.name for p in staged.rglob("*")} == {
        "02_quad.ipynb",
        "data",
        "points.csv",
        "mine.py",
        "parts.py",
    }
    assert json.loads((staged / "02_quad.ipynb").read_text())["nbformat"] == 4


def test_a_date_of_submission_comes_along(released_course, submit):
    folder = submit("ada", NAME).parent
    (folder / "timestamp.txt").write_text("2024-02-03 04:05:06 UTC\n")
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    result = mend(folder, NAME, handed_out)
    assert [str(file) for file in result.files] == ["timestamp.txt"]
    assert result.fixes == ()


# Who handed in -----------------------------------------------------------------


def test_submissions_are_found_in_the_order_of_students(released_course, submit):
    for student in ("zoe", "ada", "mia"):
        submit(student, NAME)
    submit("ben", "01_double")
    (released_course.submitted / ".hidden" / NAME).mkdir(parents=True)
    found = find_submissions(released_course, NAME)
    assert [s.student for s in found] == ["ada", "mia", "zoe"]
    assert found[0].folder == released_course.submitted / "ada" / NAME
    some = find_submissions(released_course, NAME, ["zoe", "ada", "zoe"])
    assert [s.student for s in some] == ["ada", "zoe"]


def test_no_submission_says_where_one_is_expected(released_course):
    with pytest.raises(CourseError) as stopped:
        find_submissions(released_course, NAME)
    assert str(stopped.value) == (
        "no submissions for 02_quad: expected them in "
        "submitted/STUDENT/02_quad/02_quad.ipynb"
    )


def test_an_unknown_student_gets_a_suggestion(released_course, submit):
    submit("ada", NAME)
    with pytest.raises(CourseError, match="of 'adda' for 02_quad: did you mean 'ada'"):
        find_submissions(released_course, NAME, ["adda"])
