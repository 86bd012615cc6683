"""Write what a student gets back: one page for each graded notebook.

`FeedbackPage` is the exporter that `nbgrader_config.py` names, so plain
`nbgrader generate_feedback` and the formgrader's button write the same page. It shows
what each check said, but never the hidden tests, and nothing in it can run: what a
student wrote is text to it, or is cleaned by bleach.
"""

import re
import warnings
from itertools import pairwise
from pathlib import Path

import bleach
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbconvert.filters import markdown2html_mistune, strip_ansi
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer
from sqlalchemy.exc import SAWarning

from grading.course import Course
from grading.errors import CourseError, GradingFailed
from grading.gradebook import OneSubmission, course_directory, open_gradebook, quiet_log
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.outcomes import (
    Progress,
    find_students,
    read_notebook_result,
    read_result,
)
from grading.report import load_template

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div"),
    *("dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li"),
    *("ol", "p", "pre", "s", "span", "strong", "sub", "summary", "sup", "table"),
    *("tbody", "td", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES = {"a": ["href"], "img": ["alt"], "td": ["align"], "th": ["align"]}


def write_feedback(course, name, *, students=(), on_done=None):
    """Write the feedback page of each submission that was graded, or could not be.

    Parameters
    ----------
    course : Course
    name : str
        An assignment of the course.
    students : sequence of str
        Only these; all if it is empty.
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
    config = course.nbgrader_config()
    results = _find_graded(course, name, students)
    pages, failures = [], []
    for result in results:
        page = course.feedback / result.student / name / f"{name}.html"
        try:
            if result.progress == Progress.NOT_GRADABLE:
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(_render(result, None, ()), encoding="utf-8")
            else:
                _generate(course, config, name, result.student)
            pages.append(page)
        except (NbGraderException, OSError) as error:
            failures.append(f"{name}, {result.student}: no feedback page: {error}")
        if on_done:
            on_done(result.student)
    if failures:
        raise GradingFailed(*failures)
    return pages


class FeedbackPage(Exporter):
    """The exporter of a graded notebook to its feedback page."""

    file_extension = ".html"
    export_from_notebook = None
    output_mimetype = "text/html"

    def from_notebook_node(self, nb, resources=None, **kw):
        """Return the page as HTML, and the resources; nbconvert's interface."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            entry = gradebook.find_submission_notebook(
                names["notebook"], names["assignment"], names["student"]
            )
            result = read_notebook_result(
                nb, entry, names["assignment"], names["student"]
            )
        released = _released_texts(names["assignment"])
        return _render(result, nb, released), resources


class _Converter(OneSubmission, GenerateFeedback):
    """nbgrader's converter, for one submission."""


def _find_graded(course, name, students):
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
    return [graded[student] for student in sorted(set(students) or graded)]


def _generate(course, config, name, student):
    directory = course_directory(course, config)
    directory.assignment_id, directory.student_id = name, student
    converter = _Converter(coursedir=directory, config=config, log=quiet_log())
    converter.exporter_class = FeedbackPage
    converter.force = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        converter.start()


def _released_texts(name):
    """Return the text of every released cell; nbgrader works in the course folder."""
    try:
        path = Course.at(Path.cwd()).release_notebook(name)
        return {cell["source"] for cell in read_notebook(path)["cells"]}
    except CourseError:
        return set()


def _render(result, notebook, released):
    cells = notebook.cells if notebook else ()
    outcomes = {outcome.grade_id: outcome for outcome in result.outcomes}
    views = [_view(cell, outcomes, released) for cell in cells]
    views = [view for view in views if view]
    # A heading with nothing below it says nothing.
    kinds = [view["kind"] for view in views] + ["heading"]
    views = [
        view
        for view, (kind, below) in zip(views, pairwise(kinds), strict=True)
        if not kind == below == "heading"
    ]
    return load_template("feedback.html.j2").render(
        result=result,
        cells=views,
        code_style=Markup(HtmlFormatter(style="xcode").get_style_defs(".code")),
    )


def _view(cell, outcomes, released):
    """Return what the page shows of a cell, or None.

    The course's own text is left out, apart from the headings.
    """
    mark = nbgrader_metadata(cell)
    view = {"outcome": outcomes.get(mark.get("grade_id")), "source": ""}
    view |= {"comment": mark.get("comment"), "outputs": []}
    if mark.get("grade") and not mark.get("solution"):
        return view | {"kind": "check"}
    # A locked question may hold its marking scheme, which was not released.
    locked = mark.get("locked") and not mark.get("solution")
    ours = locked or cell.source in released
    if cell.cell_type == "code":
        outputs = [_show_output(output) for output in cell.outputs]
        outputs = [output for output in outputs if output]
        if ours and not outputs and not mark.get("solution"):
            return None
        kind = "given" if ours and not mark.get("solution") else "code"
        return view | {"kind": kind, "source": _colour(cell.source), "outputs": outputs}
    if mark.get("solution") or mark.get("task"):
        return view | {"kind": "answer", "source": _clean(cell.source)}
    if ours:
        heading = re.search(r"^#{1,6} +(.+)", cell.source, re.MULTILINE)
        return view | {"kind": "heading", "source": heading[1]} if heading else None
    return view | {"kind": "text", "source": _clean(cell.source)}


def _show_output(output):
    """Return an output as ("text" or "image", content), or None."""
    if output.output_type == "stream":
        return "text", strip_ansi(output.text)
    if output.output_type == "error":
        lines = "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
        return "text", strip_ansi(lines)
    for kind in ("image/png", "image/jpeg"):
        data = "".join(output.data.get(kind, "").split())
        if re.fullmatch(r"[A-Za-z0-9+/]+=*", data):
            return "image", f"data:{kind};base64,{data}"
    text = output.data.get("text/plain")
    return ("text", strip_ansi(text)) if text else None


def _colour(source):
    formatter = HtmlFormatter(style="xcode", cssclass="code")
    return Markup(highlight(source, Python3Lexer(), formatter))


def _clean(source):
    """Return Markdown as HTML in which only harmless tags are left."""
    return Markup(
        bleach.clean(
            markdown2html_mistune(source),
            tags=_TAGS,
            attributes=_keep_attribute,
            strip=True,
        )
    )


def _keep_attribute(tag, name, value):
    if tag == "img" and name == "src":
        return re.match(r"data:image/(png|jpeg|gif);base64,", value) is not None
    return name in _ATTRIBUTES.get(tag, ())
