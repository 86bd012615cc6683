import codecs
import copy
import json
import os
import socket
import stat
import tracemalloc
import zipfile
from pathlib import Path

import nbformat
import pytest

from grading.damaged import read_cells
from grading.errors import CourseError
from grading.submissions import (
    NotGradable,
    find_submissions,
    mend,
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
def mended_in(released_course, submit):
    """Hand in a solved notebook, change its folder, and return it mended."""
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)

    def hand_in_and_mend(change):
        folder = submit("ada", NAME).parent
        change(folder)
        result = mend(folder, NAME, handed_out)
        assert sources(result)["quadruple"].startswith("class Quadruple:\n    def forw")
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


@pytest.mark.parametrize(
    "name",
    [
        "02_quad-1.ipynb",
        "02_quad (1).ipynb",
        "lovelace_123_4567_02_quad-2.ipynb",  # as Canvas names it
        "notebook.ipynb",
    ],
)
def test_the_name_that_a_platform_gave_it_does_not_matter(mended_in, name):
    rename = mended_in(lambda folder: (folder / f"{NAME}.ipynb").rename(folder / name))
    assert rename.fixes == (f"The notebook was named {name}, not 02_quad.ipynb.",)


def test_a_notebook_in_a_folder_of_moodles_is_found_with_its_files(mended_in):
    inner = "Lovelace Ada_123456_assignsubmission_file_"

    def put_into_folder(folder):
        (folder / inner).mkdir()
        (folder / f"{NAME}.ipynb").rename(folder / inner / f"{NAME}.ipynb")
        (folder / inner / "mine.py").write_text("answer = 42\n")
        (folder / inner / "numpy.py").write_text("")

    result = mended_in(put_into_folder)
    assert result.fixes == (
        f"The notebook was in a folder, as {inner}/02_quad.ipynb.",
        "numpy.py was left out: Python would have loaded it in place of the module "
        "numpy.",
    )
    assert result.read_files(1000) == {"mine.py": b"answer = 42\n"}


def copy_to(folder, name, old="", new=""):
    text = (folder / f"{NAME}.ipynb").read_text(encoding="utf-8")
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def test_copies_that_are_alike_are_one(mended_in):
    def copy_and_rename(folder):
        copy_to(folder, "b.ipynb", "Python 3", "Python three")
        (folder / f"{NAME}.ipynb").rename(folder / "a.ipynb")

    assert mended_in(copy_and_rename).fixes == (
        "The notebook was named a.ipynb, not 02_quad.ipynb.",
        "a.ipynb was graded, and not b.ipynb.",
    )


def test_a_copy_as_it_was_handed_out_does_not_count(mended_in, released_course):
    def add_untouched(folder):
        (folder / f"{NAME}.ipynb").rename(folder / "z.ipynb")
        untouched = released_course.release_notebook(NAME).read_bytes()
        (folder / "a.ipynb").write_bytes(untouched)

    assert mended_in(add_untouched).fixes[0] == (
        "The notebook was named z.ipynb, not 02_quad.ipynb."
    )


def test_the_right_name_counts_and_a_copy_is_reported(mended_in):
    result = mended_in(
        lambda folder: copy_to(folder, "02_quad (1).ipynb", "double(x)", "x")
    )
    assert result.fixes == ("02_quad.ipynb was graded, and not 02_quad (1).ipynb.",)


def test_two_different_notebooks_are_not_guessed_between(submit, refusal):
    path = submit("ada", NAME)
    copy_to(path.parent, "b.ipynb", "double(x)", "x")
    path.rename(path.with_name("a.ipynb"))
    assert refusal() == (
        "there is no 02_quad.ipynb, and it could be any of a.ipynb, b.ipynb"
    )


def zip_up(folder, *extra):
    """Put the notebook into a zip file, with these (name, content) beside it."""
    path = folder / f"{NAME}.ipynb"
    with zipfile.ZipFile(folder / "work.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, f"work/{NAME}.ipynb")
        for name, content in extra:
            archive.writestr(name, content)
    path.unlink()


def test_a_zip_file_alone_is_opened_and_nothing_leaves_it(mended_in, tmp_path):
    link = zipfile.ZipInfo("work/link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    before = sorted(tmp_path.rglob("*"))
    result = mended_in(
        lambda folder: zip_up(
            folder,
            ("work/mine.py", "answer = 42\n"),
            ("../outside.txt", "x"),
            ("work/../../outside.txt", "x"),
            ("/tmp/outside-of-the-zip.txt", "x"),
            ("..\\outside.txt", "x"),
            (link, "/etc/passwd"),
            ("__MACOSX/work/._02_quad.ipynb", "x"),
        )
    )
    assert result.fixes == (
        "The notebook was in work.zip; it was unpacked.",
        "The notebook was in a folder, as work/02_quad.ipynb.",
    )
    assert result.read_files(1000) == {"mine.py": b"answer = 42\n"}
    assert not Path("/tmp/outside-of-the-zip.txt").exists()
    new = {p.name for p in set(tmp_path.rglob("*")) - set(before)}
    assert new == {"submitted", "ada", NAME, "work.zip"}


def test_a_zip_file_that_would_grow_without_end_is_refused(
    submit, refusal, monkeypatch
):
    monkeypatch.setattr("grading.handed_in.UNPACKED_BYTES", 10**5)
    zip_up(submit("ada", NAME).parent, ("big.txt", "0" * 10**6))
    assert refusal() == "work.zip holds too much to be unpacked"


def test_a_damaged_zip_file_is_refused(submit, refusal):
    path = submit("ada", NAME)
    path.rename(path.with_name("work.zip"))
    assert refusal() == "work.zip cannot be unpacked: File is not a zip file"


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
            b'{\n<<<<<<< HEAD\n "cells": [\n=======\n "cells"\n>>>>>>> theirs\n}',
            "02_quad.ipynb holds the marks of an unfinished merge (<<<<<<<)",
        ),
        (
            b'{\n<<<<<<< HEAD\n "cells": []\n}',
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
        (b"", "utf-16", "The notebook was saved as UTF-16; it was read so."),
        (b"", "utf-16-le", "The notebook was saved as UTF-16; it was read so."),
        (b"", "utf-16-be", "The notebook was saved as UTF-16; it was read so."),
        (b"", "utf-32", "The notebook was saved as UTF-32; it was read so."),
    ],
)
def test_other_encodings_are_read(released_course, submit, mark, encoding, fix):
    path = submit("ada", NAME)
    path.write_bytes(mark + path.read_text(encoding="utf-8").encode(encoding))
    handed_out = nbformat.read(released_course.release_notebook(NAME), as_version=4)
    result = mend(path.parent, NAME, handed_out)
    assert result.fixes == (fix,)
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


@pytest.mark.parametrize(("byte", "letter"), [(b"\xe9", "é"), (b"\x81", "\x81")])
def test_windows_1252_is_read_as_that_and_latin_1_after_it(mended_in, byte, letter):
    def save(folder):
        path = folder / f"{NAME}.ipynb"
        path.write_bytes(path.read_bytes().replace(b"two is four", b"two is " + byte))

    result = mended_in(save)
    assert result.fixes == (
        "The notebook was not saved as UTF-8; it was read as Windows-1252.",
    )
    assert sources(result)["why"] == f"Because two times two is {letter}."


OURS, THEIRS = "return double(double(x))", "return x"


def put_marks_around_the_solution(folder, middle="=======\n"):
    path = folder / f"{NAME}.ipynb"
    text = path.read_text(encoding="utf-8")
    (line,) = (line for line in text.split("\n") if OURS in line)
    other = line.replace(OURS, THEIRS)
    both = f"<<<<<<< HEAD\n{line}\n{middle}{other}\n>>>>>>> other"
    path.write_text(text.replace(line, both), encoding="utf-8")


@pytest.mark.parametrize("middle", ["=======\n", "||||||| base\n  nothing\n=======\n"])
def test_of_an_unfinished_merge_the_students_own_side_is_used(mended_in, middle):
    result = mended_in(lambda folder: put_marks_around_the_solution(folder, middle))
    assert result.fixes == (
        "The notebook held the marks of an unfinished merge (<<<<<<<); of each "
        "conflict the student's own side was used.",
    )
    assert OURS in sources(result)["quadruple"]


def test_if_the_students_side_is_damaged_the_other_one_is_used(mended_in):
    def damage(folder):
        put_marks_around_the_solution(folder)
        path = folder / f"{NAME}.ipynb"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f'{OURS}"', OURS), encoding="utf-8")

    result = mended_in(damage)
    assert "the side that came in was used" in result.fixes[0]
    assert THEIRS in sources(result)["quadruple"]


def test_a_merge_inside_of_a_cell_is_settled(mended, find_cell):
    def merge(notebook):
        cell = find_cell(notebook, "quadruple")
        body = f"<<<<<<< HEAD\n        {OURS}\n=======\n        {THEIRS}\n>>>>>>> b"
        cell["source"] = f"class Quadruple:\n    def forward(self, x):\n{body}\n"

    result = mended(merge)
    assert result.fixes == (
        "Cell 3 held both sides of an unfinished merge; the student's own side was "
        "used.",
    )
    assert sources(result)["quadruple"].endswith(f"(self, x):\n        {OURS}\n")


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


# Too much ----------------------------------------------------------------------


def big_output(length):
    line = 'escaped \\" quote, [bracket, {brace and "outputs": [1]\n'
    return {"output_type": "stream", "name": "stdout", "text": [line] * length}


def test_outputs_of_any_size_are_dropped_before_they_are_read(mended, find_cell):
    def print_much(notebook):
        outputs = [big_output(10**5), {"output_type": "error", "traceback": ["]"]}]
        find_cell(notebook, "check_quadruple")["outputs"] = outputs
        find_cell(notebook, "title")["source"] += '\n"outputs": [not an output'

    result = mended(print_much)
    assert result.fixes == ()
    assert sources(result)["title"].endswith('"outputs": [not an output')
    assert grade_ids(result) == ["quadruple", "test_quadruple", "why_question", "why"]


def test_big_outputs_take_little_more_memory_than_the_file(submit):
    path = submit("ada", NAME)
    text = path.read_text(encoding="utf-8")
    many = json.dumps([[]] * 12 * 10**5)
    path.write_text(text.replace('"outputs": []', f'"outputs": {many}', 1))
    tracemalloc.start()
    try:
        read_cells(path, [])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * path.stat().st_size


@pytest.mark.parametrize(
    ("limit", "most", "reason"),
    [
        (
            "FILE_BYTES",
            2**10,
            "02_quad.ipynb has 0 MB, at most 0 are read: clear its outputs, save it, "
            "and hand it in again",
        ),
        (
            "TEXT_BYTES",
            2**10,
            "02_quad.ipynb has 0 MB without its outputs: at most 0 are read",
        ),
        ("CELLS", 3, "02_quad.ipynb has 7 cells: at most 3 are graded"),
    ],
)
def test_too_much_is_refused_with_the_reason(
    submit, refusal, monkeypatch, limit, most, reason
):
    monkeypatch.setattr(f"grading.damaged.{limit}", most)
    submit("ada", NAME)
    assert refusal() == reason


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
    assert result.read_files(1000) == {
        "data/points.csv": b"1,2\n",
        "mine.py": b"answer = 42\n",
        "parts.py": b"def double(x): return 0\n",
    }
    with pytest.raises(NotGradable, match="the files beside the notebook take 0 MB"):
        result.read_files(10)


@pytest.mark.parametrize(
    "name",
    [
        "random.py",  # of the standard library
        "matplotlib.so",
        "numpy.cpython-311-x86_64-linux-gnu.so",
        "sitecustomize.py",
        "usercustomize.py",
        "__main__.py",
        "nbgrader_config.py",
    ],
)
def test_what_python_or_a_tool_would_run_by_its_name_is_left_out(mended_in, name):
    result = mended_in(lambda folder: (folder / name).write_text("raise SystemExit"))
    assert result.files == ()
    module = name.split(".")[0]
    assert result.fixes == (
        f"{name} was left out: Python would have loaded it in place of the module "
        f"{module}.",
    )


def test_a_file_inside_of_a_folder_shadows_nothing(mended_in):
    def write(folder):
        (folder / "mine").mkdir()
        (folder / "mine" / "random.py").write_text("")

    assert [str(file) for file in mended_in(write).files] == ["mine/random.py"]


def test_pipes_linked_folders_and_unreadable_names_are_left_out(mended_in, tmp_path):
    def write(folder):
        os.mkfifo(folder / "pipe")
        (folder / "out").symlink_to(tmp_path, target_is_directory=True)
        (folder / "a\nb.txt").write_text("")
        Path(os.fsdecode(os.fsencode(folder) + b"/b\xff.txt")).write_text("")
        with socket.socket(socket.AF_UNIX) as server:
            here = os.open(folder, os.O_RDONLY)
            server.bind(f"/proc/self/fd/{here}/sock")
            os.close(here)

    result = mended_in(write)
    assert result.files == ()
    assert sorted(result.fixes) == [
        "a\\nb.txt has an unreadable name; it was left out.",
        "b\\udcff.txt has an unreadable name; it was left out.",
        "out is a link; it was left out.",
        "pipe is no ordinary file; it was left out.",
        "sock is no ordinary file; it was left out.",
    ]


def test_a_submission_of_very_many_files_is_refused(submit, refusal, monkeypatch):
    monkeypatch.setattr("grading.handed_in.FILES", 3)
    folder = submit("ada", NAME).parent
    for number in range(5):
        (folder / f"{number}.txt").touch()
    assert refusal() == "there are more than 3 files in the submission"


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
