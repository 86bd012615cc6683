"""Write what a student gets back: one page for each graded notebook.

`FeedbackPage` is the exporter that `nbgrader_config.py` names, so plain
`nbgrader generate_feedback` and the formgrader's button write the same page.
"""

import multiprocessing
import os
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nbconvert.exporters import Exporter

from grading.course import Course
from grading.errors import CourseError, GradingFailed
from grading.feedback_page import render_page
from grading.gradebook import open_gradebook
from grading.notebooks import read_notebook
from grading.outcomes import (
    Progress,
    Result,
    find_students,
    graded_notebook,
    read_notebook_result,
    read_result,
)

#: Fewer pages than this are written by this process: others take seconds to start.
WORTH_SHARING = 300


def write_feedback(course, name, *, students=(), jobs=None, on_done=None):
    """Write the feedback page of each submission that was graded, or could not be.

    Parameters
    ----------
    course : Course
    name : str
        An assignment of the course.
    students : sequence of str
        Only these; all if it is empty.
    jobs : int, optional
        Pages written at a time; by default as many as there are cores, and one if
        there are few pages.
    on_done : function, optional
        Called after each page with the student's name.

    Returns
    -------
    list of Path
        The pages: feedback/STUDENT/NAME/NAME.html.

    Raises
    ------
    CourseError
        If nothing is graded yet, or not for one of `students`.
    GradingFailed
        At the end, with a line for each page that could not be written.
    """
    course.assignment(name)
    pages = _find_pages(course, name, students)
    write = partial(_write_page, released=_released_texts(course, name))
    if jobs is None:
        jobs = 1 if len(pages) < WORTH_SHARING else os.cpu_count() or 1
    failures = {}
    for page, failure in _share(write, pages, jobs):
        if failure:
            failures[page.student] = failure
        if on_done:
            on_done(page.student)
    if failures:
        raise GradingFailed(
            *(
                f"{name}, {student}: no feedback page: {failures[student]}"
                for student in sorted(failures)
            )
        )
    return [page.path for page in pages]


class FeedbackPage(Exporter):
    """The exporter of a graded notebook to its feedback page."""

    file_extension = ".html"
    export_from_notebook = None
    output_mimetype = "text/html"

    def from_notebook_node(self, nb, resources=None, **kw):
        """Return the page as HTML, and the resources; nbconvert's interface."""
        from nbgrader.api import Gradebook

        nb, resources = super().from_notebook_node(nb, resources, **kw)
        names = resources["nbgrader"]
        name, student = names["assignment"], names["student"]
        with Gradebook(names["db_url"]) as gradebook:
            entry = gradebook.find_submission_notebook(names["notebook"], name, student)
            result = read_notebook_result(nb, entry, name, student)
            comments = _read_comments(entry)
        # nbgrader works in the course folder.
        released = _released_texts(Course.at(Path.cwd()), name)
        return render_page(result, nb, released, comments), resources


@dataclass(frozen=True)
class _Page:
    """What a page is made of, as plain data that another process can be sent."""

    student: str
    path: Path
    result: Result
    notebook: Path | None
    comments: dict


def _find_pages(course, name, students):
    with open_gradebook(course) as gradebook:
        results = [
            read_result(course, gradebook, name, student)
            for student in find_students(course, name)
        ]
        graded = {r.student: r for r in results if r.progress != Progress.NOT_GRADED}
        missing = sorted(set(students) - set(graded))
        if not graded or missing:
            what = f"nothing of {', '.join(missing)}" if missing else "nothing"
            raise CourseError(
                f"{what} is graded for {name} yet: run `course grade {name}` first"
            )
        chosen = sorted(set(students) or graded)
        return [_collect(course, gradebook, graded[student]) for student in chosen]


def _collect(course, gradebook, result):
    name, student = result.name, result.student
    path = course.feedback / student / name / f"{name}.html"
    if result.progress == Progress.NOT_GRADABLE:
        return _Page(student, path, result, None, {})
    entry = gradebook.find_submission_notebook(name, name, student)
    notebook = graded_notebook(course, name, student)
    return _Page(student, path, result, notebook, _read_comments(entry))


def _read_comments(entry):
    return {c.name: c.comment for c in entry.comments if c.comment}


def _released_texts(course, name):
    """Return the text of every released cell, empty if there is no release."""
    try:
        path = course.release_notebook(name)
        return frozenset(cell["source"] for cell in read_notebook(path)["cells"])
    except CourseError:
        return frozenset()


def _write_page(page, *, released):
    """Write a page; return why it could not be written, or None."""
    try:
        notebook = page.notebook and read_notebook(page.notebook)
        text = render_page(page.result, notebook, released, page.comments)
        page.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = page.path.with_suffix(".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, page.path)
    except (CourseError, OSError) as error:
        return str(error)
    return None


def _share(write, pages, jobs):
    """Write the pages, `jobs` at a time; yield each with what went wrong, or None."""
    if jobs == 1:
        for page in pages:
            yield page, write(page)
        return
    pool = ProcessPoolExecutor(
        jobs, mp_context=_processes(), initializer=_leave_interrupts_to_parent
    )
    try:
        waiting = {pool.submit(write, page): page for page in pages}
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    finally:
        pool.shutdown(cancel_futures=True)  # what has begun is finished


def _processes():
    """Return how processes start: a copy of one that has imported what it needs."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grading.feedback_page"])
    return context


def _leave_interrupts_to_parent():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
