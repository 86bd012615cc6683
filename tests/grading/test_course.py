import pytest

from grading.course import Course
from grading.errors import CourseError, CourseNotFound, UnknownAssignment


def test_a_course_is_found_from_any_folder_inside_it(course):
    assert Course.find(course.root) == course
    assert Course.find(course.source / "01_double") == course


def test_the_current_folder_counts_when_none_is_named(course, monkeypatch):
    monkeypatch.chdir(course.source)
    assert Course.find() == course


def test_a_folder_outside_any_course_is_refused(course):
    with pytest.raises(CourseNotFound, match=r"no course in .* or above it"):
        Course.find(course.root.parent)


def test_a_folder_inside_a_course_is_not_the_course_itself(course):
    with pytest.raises(CourseNotFound, match="is no course: expected a folder with"):
        Course.at(course.source)


def test_assignments_come_in_the_order_they_are_taught(course):
    (course.source / "00_empty_folder").mkdir()
    (course.source / "notes.txt").write_text("not an assignment")
    assert course.assignments() == ["01_double", "02_quad"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("01_duoble", "01_double"), ("quad", "02_quad"), ("source/02_quad", "02_quad")],
)
def test_an_unknown_name_is_met_with_the_nearest_one(course, asked, meant):
    with pytest.raises(UnknownAssignment) as error:
        course.assignment(asked)
    assert str(error.value) == (
        f"no assignment named '{asked}': did you mean '{meant}'?"
    )


def test_a_name_like_no_other_is_met_with_all_of_them(course):
    with pytest.raises(UnknownAssignment, match=r"source holds 01_double, 02_quad$"):
        course.assignment("xyz")


def test_an_assignment_without_its_notebook_is_not_ready(course):
    (course.source / "03_half").mkdir()
    with pytest.raises(UnknownAssignment) as error:
        course.assignment("03_half")
    assert str(error.value) == (
        "'03_half' is not ready: source/03_half/03_half.ipynb is missing; write it, or "
        "make it from its text with `course sync --from-text 03_half`"
    )


def test_no_names_choose_all_assignments_and_repeated_ones_count_once(course):
    assert course.choose([]) == ["01_double", "02_quad"]
    assert course.choose(["02_quad", "02_quad"]) == ["02_quad"]


def test_a_course_without_assignments_says_so(course, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    with pytest.raises(UnknownAssignment, match="holds no assignments"):
        Course.at(tmp_path).choose([])


def test_texts_are_chosen_from_their_own_folder(course):
    course.texts.mkdir()
    course.text_twin("03_new").touch()
    assert course.choose_texts([]) == ["03_new"]
    with pytest.raises(UnknownAssignment, match="did you mean '03_new'"):
        course.choose_texts(["03_nwe"])


def test_the_configuration_names_the_course_folder(course):
    config = course.nbgrader_config()
    assert config.CourseDirectory.root == str(course.root)


def test_reading_the_configuration_twice_refuses_broken_sources_once(course):
    config = course.nbgrader_config()
    config.merge(course.nbgrader_config())
    steps = config.GenerateAssignment.preprocessors
    assert steps[0] == "grading.sources.check_source"
    assert steps.count("grading.sources.check_source") == 1
    assert "nbgrader.preprocessors.clearsolutions.ClearSolutions" in steps


def test_a_configuration_that_does_not_run_is_one_clear_line(course):
    (course.root / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(CourseError, match=r"^nbgrader_config\.py does not run: Syntax"):
        course.nbgrader_config()
