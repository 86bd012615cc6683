import pytest

from grading.errors import BrokenSource
from grading.sources import Check, check_source, checks, problems


@pytest.fixture
def complaints(course, editing):
    """Apply a change to the cells of 01_double, and return what is complained of."""

    def change_and_look(change):
        with editing(course.source_notebook("01_double")) as cells:
            change(cells)
        return problems(course, "01_double")

    return change_and_look


def nbgrader(cells, cell_id):
    return cells[cell_id]["metadata"]["nbgrader"]


def replace(cell_id, before, after):
    def change(cells):
        assert before in cells[cell_id]["source"]
        cells[cell_id]["source"] = cells[cell_id]["source"].replace(before, after)

    return change


def test_good_sources_have_no_problems(course):
    assert problems(course, "01_double") == []
    assert problems(course, "02_quad") == []


def test_checks_are_what_is_graded_with_points_and_kind(course):
    assert checks(course, "01_double") == [Check("test_double", 3, "auto")]
    assert checks(course, "02_quad") == [
        Check("test_quadruple", 5, "auto"),
        Check("why", 2, "manual"),
    ]


def test_checks_of_a_source_without_points_are_refused(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        del nbgrader(cells, "test_double")["points"]
    with pytest.raises(BrokenSource, match=r"01_double, 'test_double': .* no points"):
        checks(course, "01_double")


@pytest.mark.parametrize("grade_id", [None, ""])
def test_a_missing_grade_id(complaints, grade_id):
    def change(cells):
        del nbgrader(cells, "double")["grade_id"]
        if grade_id is not None:
            nbgrader(cells, "double")["grade_id"] = grade_id

    assert complaints(change) == [
        "01_double, cell 3 ('def double(x):'): has no grade id; give it one, such as "
        '"grade_id": "linear"'
    ]


def test_a_duplicate_grade_id(complaints):
    assert complaints(
        lambda cells: nbgrader(cells, "double").update(grade_id="test_double")
    ) == [
        "01_double, cell 5 'test_double': has the grade id of cell 3, 'test_double'; "
        "rename one"
    ]


def test_a_grade_id_that_nbgrader_does_not_take(complaints):
    [line] = complaints(
        lambda cells: nbgrader(cells, "double").update(grade_id="double it")
    )
    assert line.startswith("01_double, cell 3 'double it': has a grade id with other")


def test_an_open_hidden_test_region(complaints):
    assert complaints(replace("test_double", "### END HIDDEN TESTS", "")) == [
        "01_double, cell 5 'test_double': has BEGIN HIDDEN TESTS that is not closed; "
        "add ### END HIDDEN TESTS"
    ]


def test_an_open_solution_region(complaints):
    assert complaints(replace("double", "    ### END SOLUTION", "")) == [
        "01_double, cell 3 'double': has BEGIN SOLUTION that is not closed; "
        "add ### END SOLUTION"
    ]


def test_a_region_inside_a_region(complaints):
    found = complaints(
        replace("double", "    return", "### BEGIN SOLUTION\n    return")
    )
    assert found == [
        "01_double, cell 3 'double': has BEGIN SOLUTION inside SOLUTION; "
        "put END SOLUTION before it"
    ]


def test_an_end_without_a_beginning(complaints):
    assert complaints(replace("test_double", "### BEGIN HIDDEN TESTS\n", "")) == [
        "01_double, cell 5 'test_double': has END HIDDEN TESTS without BEGIN HIDDEN "
        "TESTS; add the one or remove the other"
    ]


@pytest.mark.parametrize(
    "marker",
    [
        "### BEGIN HIDDEN TEST",
        "### begin hidden tests",
        "# BEGIN TESTS",
        "#BEGIN_HIDDEN",
    ],
)
def test_a_misspelt_marker_that_would_publish_the_test(complaints, marker):
    found = complaints(replace("test_double", "### BEGIN HIDDEN TESTS", marker))
    assert found[0] == (
        f"01_double, cell 5 'test_double': has a marker that nbgrader does not know, "
        f"`{marker}`; expected BEGIN or END, and one of SOLUTION, HIDDEN TESTS, "
        "MARK SCHEME"
    )


def test_prose_about_beginning_and_ending_is_no_marker(complaints):
    text = "# Begin testing\n\nEnd of the solution. Begin testing when you like."
    assert complaints(lambda cells: cells["title"].update(source=text)) == []


def test_a_graded_cell_without_points(complaints):
    assert complaints(lambda cells: nbgrader(cells, "test_double").pop("points")) == [
        "01_double, cell 5 'test_double': is graded but has no points; "
        'add "points": 2, or what it is worth'
    ]


@pytest.mark.parametrize("points", [0, -1])
def test_a_graded_cell_worth_nothing(complaints, points):
    assert complaints(
        lambda cells: nbgrader(cells, "test_double").update(points=points)
    ) == [
        f"01_double, cell 5 'test_double': is graded but worth {points} points; "
        "expected more than 0"
    ]


def test_hidden_tests_outside_a_graded_cell(complaints):
    found = complaints(lambda cells: cells["test_double"]["metadata"].clear())
    assert found == [
        "01_double, cell 5 ('ready(\"double\")  # test_double, 3 points'): has hidden "
        "tests but is no autograded cell, so nobody would run them; move them to a "
        'cell with "grade": true'
    ]


def test_a_solution_outside_a_solution_cell(complaints):
    [line] = complaints(lambda cells: cells["double"]["metadata"].clear())
    assert "has a solution region but is no solution cell" in line


def test_a_marking_scheme_that_is_not_in_a_locked_question(complaints):
    scheme = "### BEGIN MARK SCHEME\n2 points for why\n### END MARK SCHEME"
    [line] = complaints(lambda cells: cells["title"].update(source=scheme))
    assert "has a marking scheme, which belongs to the question" in line


def test_a_marking_scheme_in_a_locked_question_is_accepted(complaints):
    scheme = "Why?\n### BEGIN MARK SCHEME\n2 points for why\n### END MARK SCHEME"
    question = {
        "cell_type": "markdown",
        "grade": False,
        "grade_id": "title_question",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }

    def ask(cells):
        cells["title"].update(source=scheme, metadata={"nbgrader": question})

    assert complaints(ask) == []


def test_a_stub_whose_solution_region_is_missing(complaints):
    def change(cells):
        cells["double"]["source"] = "def double(x):\n    return 2 * x"

    assert complaints(change) == [
        "01_double, cell 3 'double': is a solution cell without a solution region, so "
        "students would lose all of it; put ### BEGIN SOLUTION and ### END SOLUTION "
        "around what they write"
    ]


def test_a_test_that_is_not_hidden(complaints):
    def change(cells):
        text = cells["test_double"]["source"]
        cells["test_double"]["source"] = text.replace(
            "### BEGIN HIDDEN TESTS\n", ""
        ).replace("\n### END HIDDEN TESTS", "")

    [line] = complaints(change)
    assert "has no hidden tests, so students would see the test" in line


def test_a_test_that_does_not_say_what_it_grades(complaints):
    assert complaints(
        replace("test_double", "@graded\ndef test_double", "def double_test")
    ) == [
        "01_double, cell 5 'test_double': does not say what it grades; expected "
        "`@graded` and `def test_double():` among its hidden tests"
    ]


def test_a_test_that_grades_another_cell(complaints):
    found = complaints(replace("test_double", "def test_", "def test_other_"))
    assert found == [
        "01_double, cell 5 'test_double': grades 'test_other_double'; expected "
        "`def test_double():`, its own grade id"
    ]


def test_a_ready_line_without_its_visible_check(complaints):
    found = complaints(replace("check_double", "def check_double", "def check_other"))
    assert found == [
        "01_double, cell 5 'test_double': asks `ready(\"double\")`, but no cell before "
        "it is the visible check `check_double`; add that, or name the right one"
    ]


def test_metadata_of_an_older_nbgrader(complaints):
    assert complaints(
        lambda cells: nbgrader(cells, "double").update(schema_version=1)
    ) == [
        "01_double, cell 3 'double': has nbgrader metadata of another version: "
        'expected "schema_version": 3, got 1'
    ]


def test_a_cell_without_an_id(complaints):
    [line] = complaints(lambda cells: cells["title"].pop("id"))
    assert line.startswith("01_double, cell 1 ('# Double'): has no cell id")


def test_two_cells_with_one_id(complaints):
    [line] = complaints(lambda cells: cells["double"].update(id="title"))
    assert line == (
        "01_double, cell 3 'double': has the cell id of cell 1, 'title'; rename one"
    )


def test_a_solution_that_is_no_python(complaints):
    [line] = complaints(replace("double", "secret_of_double = 2", "secret of = 2"))
    assert line == "01_double, cell 3 'double': is no Python: invalid syntax (line 3)"


def test_a_solution_that_needs_what_parts_will_not_have(complaints):
    found = complaints(replace("double", "np.asarray(x)", "math.fsum(x)"))
    assert found == [
        "01_double, cell 3 'double': uses `math`, which later notebooks' parts.py "
        "will not have; import or define it in this cell"
    ]


def test_a_solution_may_use_what_earlier_notebooks_and_cells_define(course, editing):
    with editing(course.source_notebook("02_quad")) as cells:
        cells["quadruple"]["source"] = cells["quadruple"]["source"].replace(
            "return double(secret_of_quadruple)",
            "total = [double(part) for part in secret_of_quadruple]\n"
            "        return Quadruple, __name__, len(total)",
        )
    assert problems(course, "02_quad") == []


def test_all_problems_are_told_at_once(complaints):
    def change(cells):
        nbgrader(cells, "test_double").pop("points")
        nbgrader(cells, "double").pop("grade_id")

    assert len(complaints(change)) == 2


def test_an_earlier_notebook_that_is_no_python(course, editing):
    with editing(course.source_notebook("01_double")) as cells:
        replace("double", "return", "retrun")(cells)
    [line] = problems(course, "02_quad")
    assert line.startswith("02_quad: what earlier notebooks built is no Python: inv")


def test_a_source_that_is_no_notebook(course):
    path = course.source_notebook("01_double")
    path.write_text("not JSON")
    [line] = problems(course, "01_double")
    assert line.startswith(f"{path} is no notebook: expected JSON, but ")
    path.write_text('{"cells": 3, "nbformat": 4}')
    [line] = problems(course, "01_double")
    assert line.startswith(f"{path} is no notebook: expected cells in format 4")


def test_a_second_notebook_in_the_folder_would_be_released(course):
    draft = course.source / "01_double" / "draft.ipynb"
    draft.write_bytes(course.source_notebook("01_double").read_bytes())
    assert problems(course, "01_double") == [
        "01_double: draft.ipynb would be released as well; expected one notebook, "
        "01_double.ipynb; move the other away"
    ]


def test_the_preprocessor_refuses_stale_parts(course, monkeypatch):
    monkeypatch.chdir(course.root)
    resources = {"nbgrader": {"assignment": "02_quad"}}
    with pytest.raises(BrokenSource, match=r"parts\.py is not what the earlier"):
        check_source({}, resources)


def test_the_preprocessor_leaves_a_good_notebook_alone(course, monkeypatch):
    monkeypatch.chdir(course.root)
    notebook, resources = {"cells": []}, {"nbgrader": {"assignment": "01_double"}}
    assert check_source(notebook, resources) == (notebook, resources)
    assert notebook == {"cells": []}
