import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from grading.errors import CourseError, NotReleased
from grading.grade import grade
from grading.outcomes import Outcome, Progress, Result, State
from grading.report import (
    AssignmentReport,
    explain_columns,
    read_class,
    show_points,
    tabulate_class,
    write_page,
)
from grading.sources import Check

pytestmark = pytest.mark.usefixtures("warm_workers")

FORWARD, BACKWARD, WHY = (
    Check("test_forward", 4, "auto"),
    Check("test_backward", 3, "auto"),
    Check("why", 2, "manual"),
)


def result(student, forward, backward, why, **options):
    outcomes = tuple(
        Outcome(check.grade_id, state, points, check.points)
        for check, (state, points) in zip(
            (FORWARD, BACKWARD, WHY), (forward, backward, why), strict=True
        )
    )
    return Result(student, "01", Progress.GRADED, outcomes, **options)


@pytest.fixture
def report():
    """Four students, one of them not gradable."""
    passed, failed = State.PASSED, State.FAILED
    waiting = (State.WAITING, 0.0)
    return AssignmentReport(
        "01",
        [FORWARD, BACKWARD, WHY],
        [
            result("ada", (passed, 4.0), (passed, 3.0), (passed, 2.0)),
            result("ben", (passed, 4.0), (failed, 0.0), waiting),
            result("cleo", (State.PARTLY, 1.5), (State.NOT_ATTEMPTED, 0.0), waiting),
            Result("dan", "01", Progress.NOT_GRADABLE, reason="it is empty"),
        ],
    )


class Page(HTMLParser):
    """Collects a page's tags with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += f" {data}"


def test_the_distribution_counts_full_part_none_and_not_attempted(report):
    assert report.distribution(FORWARD) == {"full marks": 2, "part": 1}
    assert report.distribution(BACKWARD) == {
        "full marks": 1,
        "none": 1,
        "not attempted": 1,
    }
    assert report.distribution(WHY) == {"full marks": 1, "waiting": 2}


def test_averages_leave_out_what_is_not_graded(report):
    assert report.average == pytest.approx((9 + 4 + 1.5) / 3)
    assert report.check_average(FORWARD) == pytest.approx((4 + 4 + 1.5) / 3)
    assert report.check_average(WHY) == 2.0
    assert report.max_score == 9
    assert [r.student for r in report.waiting] == ["ben", "cleo"]
    assert [r.student for r in report.not_graded] == ["dan"]


def test_an_assignment_that_nobody_was_graded_in_has_no_average():
    failed = Result("dan", "01", Progress.NOT_GRADABLE, reason="it is empty")
    report = AssignmentReport("01", [FORWARD], [failed])
    assert report.average is None
    assert report.check_average(FORWARD) is None
    assert report.segments(FORWARD, 100) == []


def test_the_parts_of_a_bar_fill_it_from_left_to_right(report):
    segments = report.segments(BACKWARD, 300)
    assert [(s.share, s.x, s.width) for s in segments] == [
        ("full marks", 0, 100),
        ("none", 100, 100),
        ("not attempted", 200, 100),
    ]


def test_the_histogram_counts_every_score_once_the_highest_in_the_last_bar(report):
    bars = report.histogram(600, 100, bins=3)
    assert [(bar.low, bar.count, bar.x) for bar in bars] == [
        (0, 1, 0),
        (3, 1, 200),
        (6, 1, 400),
    ]
    assert {bar.height for bar in bars} == {85}


def test_extra_credit_and_penalties_stay_inside_the_histogram():
    passed = State.PASSED
    more = result("ada", (passed, 9.0), (passed, 3.0), (passed, 2.0))
    less = result("ben", (passed, 0.0), (passed, 0.0), (passed, 0.0), late_penalty=1.0)
    report = AssignmentReport("01", [FORWARD, BACKWARD, WHY], [more, less])
    assert [bar.count for bar in report.histogram(100, 10, bins=2)] == [1, 1]
    assert less.score == -1.0


def test_notes_say_what_an_instructor_should_know(report):
    ada, ben, _, dan = report.results
    assert ada.notes == []
    assert ben.notes == ["why waits for grading by hand."]
    assert dan.notes == ["Could not be graded: it is empty."]
    died = result(
        "eve",
        (State.DIED, 0.0),
        (State.TIMED_OUT, 0.0),
        (State.PASSED, 2.0),
        fixes=("A cell was deleted.",),
        late_penalty=0.5,
    )
    assert died.notes == [
        "A cell was deleted.",
        "The process died before test_forward was done.",
        "test_backward took too long.",
        "0.5 points off: handed in late.",
    ]


def test_points_are_shown_without_needless_decimals():
    shown = [show_points(p) for p in (4.0, 2.5, 1 / 3, 0, None)]
    assert shown == ["4", "2.5", "0.33", "0", "-"]


def print_tables(report, width):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(*tabulate_class(report, width), sep="\n")
    return console.export_text()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_many_checks_go_into_several_tables_and_no_name_is_lost(width):
    many = [Check(f"test_{number}", 1, "auto") for number in range(25)]
    outcomes = tuple(Outcome(c.grade_id, State.PARTLY, 0.25, 1.0) for c in many)
    students = [
        Result(student, "12", Progress.GRADED, outcomes=outcomes)
        for student in ("ada", "benedict")
    ]
    text = print_tables(AssignmentReport("12", many, students), width)
    assert max(map(len, text.splitlines())) <= width
    tables = text.count("ada")
    assert tables == text.count("benedict") == text.count("average")
    assert text.count("0.25") == 25 * 3  # each of the two students, and the average
    assert ("checks 1 to" in text) == (tables > 1)
    assert "…" not in text


def test_few_checks_are_one_table(report):
    (table,) = tabulate_class(report, 80)
    assert "checks" not in table.title


def test_columns_are_explained(report):
    assert explain_columns(report) == [
        " 1  test_forward (4)",
        " 2  test_backward (3)",
        " 3  why (2)",
        " ·  not attempted",
        " ?  waits for grading by hand",
    ]


# The page ----------------------------------------------------------------------


@pytest.fixture
def page(report, tmp_path):
    path = tmp_path / "new folder" / "report.html"
    write_page([report], path)
    return path.read_text(encoding="utf-8")


def test_the_page_needs_nothing_else(page):
    parsed = Page(page)
    names = {tag for tag, _ in parsed.tags}
    assert not names & {"script", "link", "img", "iframe", "object"}
    for _, attributes in parsed.tags:
        assert not {"src", "xlink:href"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_shows_the_distribution_averages_and_notes(page):
    text = " ".join(Page(page).text.split())
    assert "4 handed in 3 graded 4.83 average of 9 points 2 to grade by hand" in text
    assert "1 not graded" in text
    assert "test_forward 4 3.17 2 full marks 1 part 2 full marks · 1 part" in text
    assert "dan Could not be graded: it is empty." in text
    assert "ben why waits for grading by hand." in text


def test_the_bars_of_the_page_are_as_wide_as_the_numbers(page):
    (svg,) = re.findall(
        r'<svg[^>]*aria-label="1 full marks, 1 none.*?</svg>', page, re.S
    )
    widths = re.findall(r'<rect x="([\d.]+)" width="([\d.]+)"', svg)
    assert widths == [("0.0", "133.33"), ("133.33", "133.33"), ("266.67", "133.33")]


def test_names_and_messages_are_only_text_on_the_page(tmp_path):
    outcome = Outcome("test_forward", State.FAILED, 0.0, 4, '"><script>1</script>')
    nasty = Result("<script>2</script>", "01", Progress.MENDED, (outcome,), ("<b>x",))
    path = tmp_path / "report.html"
    write_page([AssignmentReport("01", [FORWARD], [nasty])], path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<b>x" not in text
    assert "&lt;script&gt;2&lt;/script&gt;" in text


# A real class ------------------------------------------------------------------


def test_the_command_prints_a_table_and_writes_the_page(
    released_course, submit, run_course, tmp_path
):
    submit("ada", "02_quad")
    submit("ben", "02_quad", solved=())
    submit("cleo", "02_quad").write_text("{")
    submit("ada", "01_double")
    grade(released_course, "02_quad")
    code, out, err = run_course("--course", released_course.root, "report")
    assert (code, err) == (0, "")
    page = released_course.root / "build" / "report.html"
    assert out.splitlines()[-1] == f"wrote {page}"
    rows = [re.findall(r"[^│┃ ]+", line) for line in out.splitlines()]
    assert ["ada", "-"] in rows  # 01_double: handed in, not graded yet
    assert ["ada", "5", "?", "5/7"] in rows
    assert ["ben", "·", "·", "0/7"] in rows
    assert ["cleo", "-"] in rows
    assert ["average", "2.5", "0", "2.5"] in rows
    assert " 1  test_quadruple (5)" in out.splitlines()
    text = page.read_text(encoding="utf-8")
    assert "not graded yet" in text
    other = tmp_path / "elsewhere" / "class.html"
    arguments = ("report", "02_quad", "--output", other)
    assert run_course("--course", released_course.root, *arguments)[0] == 0
    assert "01_double" not in other.read_text(encoding="utf-8")


def test_plain_nbgrader_scores_are_reported_too(released_course, submit, content):
    def delete_test(notebook):
        notebook["cells"] = [
            cell for cell in notebook["cells"] if cell["id"] != "test_double"
        ]

    submit("ada", "01_double")
    submit("ben", "01_double", delete_test)
    grade(released_course, "01_double")
    # As if nbgrader had graded without the repair: no notes, and a cell missing.
    path = released_course.autograded / "ben" / "01_double" / "01_double.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    del notebook["metadata"]["course"]
    delete_test(notebook)
    path.chmod(0o644)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (report,) = read_class(released_course, ["01_double"])
    ada, ben = report.results
    assert (ada.progress, ben.progress) == (Progress.GRADED, Progress.GRADED)
    assert ben.outcomes[0].state == State.MISSING


def test_a_report_before_grading_says_what_to_do(released_course, submit):
    submit("ada", "02_quad")
    with pytest.raises(CourseError) as stopped:
        read_class(released_course, ["02_quad"])
    assert str(stopped.value) == (
        "nothing is graded yet: run `course grade 02_quad` first"
    )


def test_a_report_before_releasing_says_what_to_do(course):
    (course.submitted / "ada" / "02_quad").mkdir(parents=True)
    with pytest.raises(NotReleased, match="run `course release` first"):
        read_class(course, ["02_quad"])
