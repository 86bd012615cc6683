"""Written work, from the release to the student's feedback, with a person in between.

An instructor signs in to nbgrader's formgrader, reads an answer beside its marking
scheme, gives points and a comment; the student reads both.
"""

import json
import os
import shutil
import sysconfig
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from grading.cli import main
from grading.course import CONFIG, Course
from grading.feedback import write_feedback
from grading.grade import grade
from grading.notebooks import nbgrader_metadata
from grading.release import release
from grading.sample_class import Change, Work, fill_in
from grading.trial import keep_checks_and_definitions
from tests.browser.session import formgrader

pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).parents[2]
NAME, ANSWER = "05_training_loop", "convergence"
SCHEME = "For whoever marks it"
PICTURE = """
import matplotlib.pyplot as plt
plt.plot([3.2, 0.7, 0.1])
plt.show()
"""
WORK = Work(
    changes=(Change("minibatches", "rng.permutation(len(x))", "np.arange(len(x))"),)
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with one submission, graded: a mistake, a picture and an answer."""
    root = tmp_path_factory.mktemp("written") / "my course"
    for name in (NAME, "04_mse", "03_mlp", "02_activations", "01_linear", "00_warmup"):
        shutil.copytree(ROOT / "source" / name, root / "source" / name)
    shutil.copy(ROOT / CONFIG, root)
    course = Course.at(root)
    release(course, [NAME])
    notebook = fill_in(course, NAME, WORK)
    for cell in notebook["cells"]:
        mark = nbgrader_metadata(cell)
        if mark.get("grade_id") == ANSWER:
            cell["source"] = "The loss falls *smoothly*, and $L < 0.15$ after 7 epochs."
        elif cell["cell_type"] == "code" and not mark:  # some train for a minute
            cell["source"] = keep_checks_and_definitions(cell["source"])
    drawn = {"cell_type": "code", "id": "drawn", "metadata": {}, "source": PICTURE}
    notebook["cells"].append(drawn | {"outputs": [], "execution_count": None})
    folder = course.submitted / "ada" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (result,) = grade(course, NAME, jobs=1)
    assert result.waiting == [ANSWER]
    return course


def submission(course, book):
    return book.find_submission_notebook(NAME, NAME, "ada")


def report(course, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--course", str(course.root), "report", NAME])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_marking_scheme_is_not_released_nor_in_the_feedback(graded):
    assert SCHEME in graded.source_notebook(NAME).read_text(encoding="utf-8")
    released = graded.release_notebook(NAME).read_text(encoding="utf-8")
    assert SCHEME not in released
    assert "half a point" not in released
    (page,) = write_feedback(graded, NAME)
    assert SCHEME not in page.read_text(encoding="utf-8")


def test_an_answer_is_marked_in_the_formgrader_and_the_student_reads_it(
    graded, tmp_path, browser, capsys, monkeypatch
):
    scripts = sysconfig.get_path("scripts")  # nbgrader starts `alembic` by name
    monkeypatch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
    assert "│ ? │  6/15 │" in report(graded, capsys)
    database = f"sqlite:///{graded.gradebook}"
    with Gradebook(database) as book:
        number = submission(graded, book).id
    with formgrader(tmp_path, graded.root) as (url, token):
        page = browser.new_page()
        page.goto(f"{url}/formgrader/?token={token}")
        page.goto(f"{url}/formgrader/submissions/{number}/", wait_until="load")
        text = page.inner_text("#notebook-container")
        assert SCHEME in text
        assert "after 7 epochs." in text
        assert "nothing is shuffled" in text  # what the check said of the mistake
        drawn = page.locator("img[src^='data:image/png']").last
        assert drawn.evaluate("image => image.naturalWidth") > 100
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.ok):
            page.fill(f"input.score#{ANSWER}", "2.5")
            page.keyboard.press("Tab")
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.ok):
            page.fill(f"#{ANSWER}-comment", "Say where the <floor> comes from.")
            page.keyboard.press("Tab")
        page.close()
    with Gradebook(database) as book:
        (grade_row,) = [g for g in submission(graded, book).grades if g.name == ANSWER]
        assert (grade_row.manual_score, grade_row.needs_manual_grade) == (2.5, False)
    assert "│ 2.5 │ 8.5/15 │" in report(graded, capsys)
    (path,) = write_feedback(graded, NAME)
    page = browser.new_page()
    page.goto(path.as_uri())
    shown = page.inner_text("body")
    assert "2.5" in shown
    assert "Say where the <floor> comes from." in shown
    assert "after 7 epochs." in shown
    page.close()


def test_grading_again_keeps_the_points_that_a_person_gave(graded):
    with Gradebook(f"sqlite:///{graded.gradebook}") as book:
        (before,) = [g for g in submission(graded, book).grades if g.name == ANSWER]
        before.manual_score = 3.0
        book.db.commit()
    grade(graded, NAME, jobs=1, force=True)
    with Gradebook(f"sqlite:///{graded.gradebook}") as book:
        (after,) = [g for g in submission(graded, book).grades if g.name == ANSWER]
        assert after.manual_score == 3.0
        assert after.score == 3.0
