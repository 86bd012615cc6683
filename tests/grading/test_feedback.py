import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.api import Gradebook

from grading.errors import CourseError, GradingFailed
from grading.feedback import write_feedback
from grading.feedback_page import render_page
from grading.grade import grade
from grading.outcomes import Outcome, Progress, Result, State

pytestmark = pytest.mark.usefixtures("warm_workers")

NAME = "02_quad"
WRONG = "class Quadruple:\n    def forward(self, x):\n        return double(x)"
SOLVED = "class Quadruple:\n    def forward(self, x):\n        return double(double(x))"
HIDDEN = ("-3.25", "-13.0", "HIDDEN TESTS", "@graded", "secret scheme")


@pytest.fixture
def page_of(released_course, submit):
    """Return the feedback page of a submission with a changed notebook, as text."""

    def make(change=None, **options):
        submit("ada", NAME, change, **options)
        grade(released_course, NAME)
        (page,) = write_feedback(released_course, NAME)
        assert page == released_course.feedback / "ada" / NAME / f"{NAME}.html"
        return page.read_text(encoding="utf-8")

    return make


@pytest.fixture
def solve_with(find_cell):
    def make(source):
        def change(notebook):
            find_cell(notebook, "quadruple")["source"] = source

        return change

    return make


def add_cell(kind, source):
    def change(notebook):
        cell = {"cell_type": kind, "id": "own", "metadata": {}, "source": source}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        notebook["cells"].insert(2, cell)

    return change


def test_a_failed_check_says_why_without_its_source(page_of, solve_with):
    page = page_of(solve_with(WRONG))
    assert "Every entry is 2 times too small" in page
    assert "not right yet" in page
    assert "0 / 5" in page
    for secret in HIDDEN:
        assert secret not in page


def test_a_traceback_through_a_hidden_test_is_not_shown(page_of, solve_with):
    # An exception that `graded` lets through: IPython shows the lines around it.
    interrupt = WRONG.replace("return double(x)", "raise KeyboardInterrupt('enough')")
    page = page_of(solve_with(interrupt))
    assert "KeyboardInterrupt: enough" in page
    for secret in HIDDEN:
        assert secret not in page


def test_the_students_work_and_what_it_printed_are_shown(page_of):
    page = page_of(add_cell("code", "print('6 < 7')\n1 / 0"))
    assert "6 &lt; 7" in page
    assert "ZeroDivisionError: division by zero" in page
    assert "Because two times two is four." in page
    assert "5 / 5" in page
    assert "so far: what is graded by hand is not in yet" in page


def test_what_the_course_wrote_is_left_out_but_for_headings(page_of):
    page = page_of()
    assert "<h3>Quadruple</h3>" in page
    assert "A cell of the course" in page  # the visible check, for what it printed
    assert "from parts import double" not in page


def test_repairs_are_told_to_the_student(page_of):
    def mangle(notebook):
        notebook["metadata"]["kernelspec"] = {"name": "julia-1.9"}

    page = page_of(mangle)
    assert "Your notebook was mended before it was graded" in page
    assert "kernel was julia-1.9; it was run with python3." in page


def test_grades_and_comments_given_by_hand_are_shown(released_course, page_of):
    page_of()
    with Gradebook(f"sqlite:///{released_course.gradebook}") as gradebook:
        given = gradebook.find_grade("why", NAME, NAME, "ada")
        given.manual_score, given.needs_manual_grade = 1.5, False
        comment = gradebook.find_comment("why", NAME, NAME, "ada")
        comment.manual_comment = "Nearly <b>there</b>."
        gradebook.db.commit()
    (page,) = write_feedback(released_course, NAME)
    text = page.read_text(encoding="utf-8")
    assert "<b>6.5</b> of 7 points" in text
    assert "Nearly &lt;b&gt;there&lt;/b&gt;." in text


def test_a_submission_that_could_not_be_graded_gets_a_page_that_says_why(
    released_course, submit
):
    submit("ada", NAME).write_text("{")
    submit("ben", NAME)
    grade(released_course, NAME)
    ada, ben = write_feedback(released_course, NAME)
    assert "This could not be graded" in ada.read_text(encoding="utf-8")
    assert "02_quad.ipynb is not JSON" in ada.read_text(encoding="utf-8")
    assert "5 / 5" in ben.read_text(encoding="utf-8")
    assert write_feedback(released_course, NAME, students=["ben"]) == [ben]


def test_plain_nbgrader_writes_the_same_page(released_course, page_of, solve_with):
    ours = page_of(solve_with(WRONG))
    shutil.rmtree(released_course.feedback)
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_feedback", NAME],
        cwd=released_course.root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    page = released_course.feedback / "ada" / NAME / f"{NAME}.html"
    assert page.read_text(encoding="utf-8") == ours


def test_pictures_tables_and_what_a_check_made_code_print_are_shown(
    page_of, solve_with
):
    printing = SOLVED.replace("return", "print('in the check')\n        return")
    show = (
        "import matplotlib.pyplot as plt\n"
        "from IPython.display import HTML, display\n"
        "plt.plot([1, 2])\nplt.show()\n"
        "display(HTML('<table><tr><td>a cell</td></tr></table>'))"
    )

    def change(notebook):
        solve_with(printing)(notebook)
        add_cell("code", show)(notebook)

    page = page_of(change)
    assert '<img src="data:image/png;base64,iVBOR' in page
    assert "<td>a cell</td>" in page
    check = page[page.index('id="test_quadruple"') :]
    assert "in the check" in check[: check.index("Why four?")]


def test_a_line_of_a_hidden_test_is_hidden_wherever_it_is_printed():
    def mark(name, **marks):
        return {"nbgrader": {"grade_id": name, **marks}}

    test = "ready('a')\nsecret = 3.25\nimport numpy"
    outputs = [
        new_output("stream", name="stdout", text="seen\n--> 2 secret = 3.25\nalso\n"),
        new_output("error", ename="E", evalue="no", traceback=["secret = 3.25"]),
    ]
    cells = [
        new_code_cell("import numpy", outputs=outputs),
        new_code_cell(
            test, metadata=mark("t", grade=True, locked=True), outputs=outputs
        ),
    ]
    outcome = Outcome("t", State.FAILED, 0, 1, "It says:\nsecret = 3.25\nno")
    result = Result("ada", NAME, Progress.GRADED, (outcome,))
    page = render_page(result, new_notebook(cells=cells), {"ready('a')"})
    assert "3.25" not in page
    assert page.count("seen\nalso") == 2
    assert "import</span>" in page
    assert "It says:" in page


def test_pages_written_in_parallel_are_the_same(released_course, submit):
    for student in ("ada", "ben", "zoe"):
        submit(student, NAME)
    grade(released_course, NAME)
    alone = [p.read_bytes() for p in write_feedback(released_course, NAME, jobs=1)]
    shutil.rmtree(released_course.feedback)
    done = []
    pages = write_feedback(released_course, NAME, jobs=2, on_done=done.append)
    assert [page.read_bytes() for page in pages] == alone
    assert sorted(done) == ["ada", "ben", "zoe"]
    assert {p.suffix for p in released_course.feedback.rglob("*.*")} == {".html"}


def test_a_page_that_cannot_be_written_does_not_stop_the_others(
    released_course, submit
):
    for student in ("ada", "ben"):
        submit(student, NAME)
    grade(released_course, NAME)
    (released_course.feedback / "ada").mkdir(parents=True)
    (released_course.feedback / "ada" / NAME).write_text("in the way")
    with pytest.raises(GradingFailed, match="02_quad, ada: no feedback page: "):
        write_feedback(released_course, NAME)
    assert (released_course.feedback / "ben" / NAME / f"{NAME}.html").exists()


# What a student wrote cannot run -----------------------------------------------------

ATTACK = """\
<script>document.title = 'owned'</script>
<img src="x" onerror="document.title = 'owned'">
<svg onload="document.title = 'owned'"></svg>
<iframe srcdoc="<script>parent.document.title = 'owned'</script>"></iframe>
<a href="javascript:document.title = 'owned'" id="trap">a link</a>
<style>body { display: none }</style>
<link rel="stylesheet" href="http://127.0.0.1:9/track.css">
"""
ATTACK_FROM_CODE = f"""\
from IPython.display import HTML, SVG, Javascript, display
display(HTML({ATTACK!r}), Javascript("document.title = 'owned'"))
display({{"image/png": '"><script>document.title = 1</script>'}}, raw=True)
display({{"text/plain": "</pre><script>document.title = 2</script>"}}, raw=True)
print("</pre><script>document.title = 3</script>")
raise ValueError("</pre><script>document.title = 4</script>")
"""


def attack(notebook):
    add_cell("markdown", ATTACK)(notebook)
    add_cell("code", ATTACK_FROM_CODE)(notebook)
    notebook["cells"][2]["id"] = "other"
    notebook["cells"][-1]["source"] = ATTACK
    notebook["cells"][-1]["metadata"] = {}


@pytest.fixture
def attacked_page(page_of, released_course):
    page_of(attack)
    return released_course.feedback / "ada" / NAME / f"{NAME}.html"


def test_no_tag_that_a_student_wrote_is_left(attacked_page):
    text = attacked_page.read_text(encoding="utf-8")
    for tag in ("<script", "<iframe", "<svg", "<link", "<img src", '<a href="java'):
        assert tag not in text
    assert text.count("<style>") == 1
    assert "default-src 'none'" in text


def test_no_attribute_that_a_student_wrote_can_act(attacked_page):
    attributes = []

    class Collector(HTMLParser):
        def handle_starttag(self, tag, found):
            attributes.extend((tag, name) for name, _ in found)

    Collector().feed(attacked_page.read_text(encoding="utf-8"))
    assert ("div", "class") in attributes
    assert not [pair for pair in attributes if pair[1].startswith("on")]
    assert not {("img", "src"), ("a", "id"), ("iframe", "srcdoc")} & set(attributes)


@pytest.mark.xdist_group("browser")
def test_nothing_runs_in_a_browser(attacked_page, browser):
    requests = []
    page = browser.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(attacked_page.as_uri())
    page.wait_for_load_state("load")
    assert page.title() == "02_quad: ada"
    assert page.locator("h1").is_visible()
    page.close()
    assert requests == [attacked_page.as_uri()]


# What is wrong, and the command ------------------------------------------------------


def test_feedback_before_grading_says_what_to_do(released_course, submit):
    submit("ada", NAME)
    with pytest.raises(CourseError) as stopped:
        write_feedback(released_course, NAME)
    assert str(stopped.value) == (
        "nothing is graded for 02_quad yet: run `course grade 02_quad` first"
    )


def test_feedback_for_a_student_without_a_grade_names_the_student(
    released_course, submit
):
    submit("ada", NAME)
    grade(released_course, NAME)
    with pytest.raises(CourseError, match="nothing of ben is graded for 02_quad yet"):
        write_feedback(released_course, NAME, students=["ada", "ben"])


def test_the_command_says_where_the_pages_are(released_course, submit, run_course):
    submit("ada", NAME)
    submit("ben", NAME, solved=())
    run_course("--course", released_course.root, "grade", NAME)
    code, out, err = run_course("--course", released_course.root, "feedback", NAME)
    assert (code, err) == (0, "")
    assert out == "wrote 2 pages: feedback/STUDENT/02_quad/02_quad.html\n"
