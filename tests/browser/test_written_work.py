"""Written work, from the release to the student's feedback, with a person in between.

An instructor signs in to nbgrader's formgrader, reads an answer beside its marking
scheme, gives points and a comment; the student reads both.
"""

import io
import json
import os
import shutil
import sysconfig
from pathlib import Path

import numpy as np
import pytest
from nbgrader.api import Gradebook

from grading.cli import main
from grading.course import CONFIG, Course
from grading.feedback import write_feedback
from grading.grade import grade
from grading.notebooks import nbgrader_metadata
from grading.release import release
from grading.sample_class import Change, Work, fill_in
from grading.sources import checks
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


#: Of each of the others what is asked, and with what it is handed in.
OTHERS = [
    name
    for name in Course.at(ROOT).assignments()
    if name != NAME and any(c.kind == "manual" for c in checks(Course.at(ROOT), name))
]


def answer(notebook, answers, *, show=False):
    """Write answers into their cells; leave out what only shows something."""
    for cell in notebook["cells"]:
        mark = nbgrader_metadata(cell)
        if mark.get("grade_id") in answers:
            cell["source"] = answers[mark["grade_id"]]
        elif cell["cell_type"] == "code" and not mark and not show:
            cell["source"] = keep_checks_and_definitions(cell["source"])
    return notebook


def hand_in(course, name, notebook, files=()):
    """Put a notebook, and files by name, where `ada` hands them in."""
    folder = course.submitted / "ada" / name
    folder.mkdir(parents=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    for file, content in dict(files).items():
        (folder / file).write_bytes(content)


def make_report():
    """A `report.npz` as notebook 12 writes it, with made-up numbers."""
    rng, packed = np.random.default_rng(12), io.BytesIO()
    np.savez_compressed(
        packed,
        curves=np.geomspace(1, 0.1, 20)[:, np.newaxis] * np.ones(4),
        probabilities=rng.dirichlet(np.ones(10), size=10_000).astype(np.float32),
        labels=rng.integers(0, 10, size=10_000),
        **{f"image {row}": rng.integers(0, 256, (28, 28)) for row in (0, 1, 4, 23)},
    )
    return packed.getvalue()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course with one submission, graded: a mistake, a picture and an answer."""
    root = tmp_path_factory.mktemp("written") / "my course"
    shutil.copytree(ROOT / "source", root / "source")
    shutil.copy(ROOT / CONFIG, root)
    course = Course.at(root)
    release(course, [NAME])
    answers = {ANSWER: "The loss falls *smoothly*, and $L < 0.15$ after 7 epochs."}
    notebook = answer(fill_in(course, NAME, WORK), answers)
    drawn = {"cell_type": "code", "id": "drawn", "metadata": {}, "source": PICTURE}
    notebook["cells"].append(drawn | {"outputs": [], "execution_count": None})
    hand_in(course, NAME, notebook)
    (result,) = grade(course, NAME, jobs=1)
    assert result.waiting == [ANSWER]
    return course


def open_submission(page, place, number):
    """Open one in the formgrader, and wait until what is typed there is heard."""
    page.goto(f"{place}/submissions/{number}/", wait_until="load")
    page.wait_for_function(
        "() => formgrader.grades?.loaded && formgrader.comments?.loaded"
    )


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
        open_submission(page, f"{url}/formgrader", number)
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


@pytest.fixture(scope="module")
def marking(graded, tmp_path_factory, browser):
    """The formgrader in a browser, signed in: a page, and where the formgrader is."""
    with pytest.MonkeyPatch.context() as patch:
        scripts = sysconfig.get_path("scripts")
        patch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
        folder = tmp_path_factory.mktemp("formgrader")
        with formgrader(folder, graded.root) as (url, token):
            page = browser.new_page()
            page.goto(f"{url}/formgrader/?token={token}")
            yield page, f"{url}/formgrader"
            page.close()


@pytest.mark.parametrize("name", OTHERS)
def test_each_answer_of_a_notebook_is_marked_beside_its_scheme(
    name, graded, marking, fashion_labels
):
    release(graded, [name])
    released = graded.release_notebook(name).read_text(encoding="utf-8")
    assert SCHEME in graded.source_notebook(name).read_text(encoding="utf-8")
    assert SCHEME not in released
    asked = {c.grade_id: c.points for c in checks(graded, name) if c.kind == "manual"}
    answers = {asked_for: f"What I think of {asked_for}." for asked_for in asked}
    files = {"predictions.csv": b"3\n" * 10_000, "report.npz": make_report()}
    draws = name == "12_fashion_mnist"
    notebook = answer(fill_in(graded, name, Work()), answers, show=draws)
    hand_in(graded, name, notebook, files if draws else {})
    (result,) = grade(graded, name, jobs=1)
    assert sorted(result.waiting) == sorted(asked)
    with Gradebook(f"sqlite:///{graded.gradebook}") as book:
        number = book.find_submission_notebook(name, name, "ada").id
    page, place = marking
    open_submission(page, place, number)
    text = page.inner_text("#notebook-container")
    assert text.count(SCHEME) == len(asked)
    pictures = page.locator("img[src^='data:image/png']")
    widths = pictures.evaluate_all("all => all.map(image => image.naturalWidth)")
    assert len(widths) == (5 if draws else 0)  # curves, clothes, confusions
    assert all(width > 100 for width in widths)
    for asked_for, points in asked.items():
        assert answers[asked_for] in text
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.ok):
            page.fill(f"input.score#{asked_for}", str(points / 2))
            page.keyboard.press("Tab")
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.ok):
            page.fill(f"#{asked_for}-comment", f"Half of {asked_for} is there.")
            page.keyboard.press("Tab")
    (marked,) = grade(graded, name, jobs=1)
    assert marked.waiting == []
    (path,) = write_feedback(graded, name)
    shown = path.read_text(encoding="utf-8")
    assert SCHEME not in shown
    for asked_for in asked:
        assert answers[asked_for] in shown
        assert f"Half of {asked_for} is there." in shown
    assert f"<b>{marked.score:g}</b> of {marked.max_score:g} points" in shown
    assert "graded by hand is not in yet" not in shown
