"""Render the page that a student gets back for one graded notebook.

It shows what each check said and what the student's own cells put out, but never the
hidden tests; and nothing in it can run.
"""

import functools
import re
from dataclasses import replace
from itertools import pairwise

from markupsafe import Markup
from nbconvert.filters import strip_ansi
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import Python3Lexer

from grading.harmless import render_markdown
from grading.notebooks import nbgrader_metadata
from grading.report import load_template
from grading.sanitise import sanitise

#: The most characters of an output that are shown.
SHOWN = 50_000

_PICTURES = ("image/png", "image/jpeg")


def render_page(result, notebook=None, released=(), comments=None):
    """Return a feedback page as HTML.

    Parameters
    ----------
    result : Result
        What came of the submission.
    notebook : dict, optional
        As it was graded, with its outputs; none if it could not be graded.
    released : collection of str
        The texts of the released cells, which are not the student's work.
    comments : dict, optional
        The grader's comments, by grade id.
    """
    cells = sanitise(notebook).cells if notebook else ()
    secret = _Secret(cells, released)
    result = replace(
        result,
        outcomes=tuple(
            replace(outcome, message=secret.hide_in(outcome.message))
            for outcome in result.outcomes
        ),
    )
    outcomes = {outcome.grade_id: outcome for outcome in result.outcomes}
    views = [_view(c, outcomes, released, comments or {}, secret) for c in cells]
    return _template().render(
        result=result,
        cells=_drop_empty_headings([view for view in views if view]),
        code_style=Markup(HtmlFormatter(style="xcode").get_style_defs(".code")),
    )


@functools.cache
def _template():
    return load_template("feedback.html.j2")


class _Secret:
    """The lines of the hidden tests, which no output may show."""

    def __init__(self, cells, released):
        known = "\n".join(released)
        known += "\n".join(cell.source for cell in cells if not _is_check(cell))
        tests = [cell.source for cell in cells if _is_check(cell)]
        known_lines = {line.strip() for line in known.split("\n")}
        lines = {line.strip() for test in tests for line in test.split("\n")}
        self.lines = [x for x in lines - known_lines if len(x) > 3]

    def hide_in(self, text):
        """Return text without the lines in which one of the hidden lines stands."""
        if not any(secret in text for secret in self.lines):
            return text
        return "\n".join(
            line
            for line in text.split("\n")
            if not any(secret in line for secret in self.lines)
        )


def _drop_empty_headings(views):
    """Leave out the headings with nothing below them: they say nothing."""
    kinds = [view["kind"] for view in views] + ["heading"]
    return [
        view
        for view, (kind, below) in zip(views, pairwise(kinds), strict=True)
        if not kind == below == "heading"
    ]


def _is_check(cell):
    mark = nbgrader_metadata(cell)
    return bool(mark.get("grade") and not mark.get("solution"))


def _view(cell, outcomes, released, comments, secret):
    """Return what the page shows of a cell, or None.

    The course's own text is left out, apart from the headings.
    """
    mark = nbgrader_metadata(cell)
    name = mark.get("grade_id")
    view = {"outcome": outcomes.get(name), "comment": comments.get(name)}
    view["outputs"] = _show_outputs(cell, secret)
    if _is_check(cell):
        return view | {"kind": "check"}
    # A locked question may hold its marking scheme, which was not released.
    locked = mark.get("locked") and not mark.get("solution")
    ours = locked or cell.source in released
    if cell.cell_type == "code":
        if ours and not view["outputs"] and not mark.get("solution"):
            return None
        kind = "given" if ours and not mark.get("solution") else "code"
        return view | {"kind": kind, "source": _colour(cell.source)}
    if mark.get("solution") or mark.get("task"):
        return view | {"kind": "answer", "source": _show_text(cell)}
    if ours:
        heading = re.search(r"^#{1,6} +(.+)", cell.source, re.MULTILINE)
        return view | {"kind": "heading", "source": heading[1]} if heading else None
    return view | {"kind": "text", "source": _show_text(cell)}


def _show_outputs(cell, secret):
    """Return a cell's outputs as pairs ("text", "errors", "html" or "image", content).

    What a check raised is its message, which is shown already.
    """
    shown = []
    for output in cell.get("outputs", ()):
        if output.output_type == "error" and _is_check(cell):
            continue
        kind, content = _show_output(output)
        if kind in ("text", "errors"):
            content = secret.hide_in(strip_ansi(content))
            if len(content) > SHOWN:
                content = content[:SHOWN] + "\n[the rest is not shown]"
        if shown and kind == shown[-1][0] == "text":
            shown[-1] = ("text", shown[-1][1] + content)
        elif content.strip():
            shown.append((kind, content))
    return shown


def _show_output(output):
    if output.output_type == "stream":
        return ("errors" if output.name == "stderr" else "text"), output.text
    if output.output_type == "error":
        lines = "\n".join(output.traceback) or f"{output.ename}: {output.evalue}"
        return "errors", lines
    if "text/html" in output.data:
        return "html", Markup(output.data["text/html"])
    if "text/markdown" in output.data:
        return "html", Markup(render_markdown(output.data["text/markdown"]))
    for kind in _PICTURES:
        if kind in output.data:
            return "image", f"data:{kind};base64,{output.data[kind]}"
    text = output.data.get("text/plain") or output.data.get("text/latex", "")
    return "text", text + "\n"


def _show_text(cell):
    if cell.cell_type == "markdown":
        return Markup(render_markdown(cell.source, cell.get("attachments")))
    return Markup("<pre>{}</pre>").format(cell.source)


@functools.lru_cache(256)  # most code of the course is on every page
def _colour(source):
    formatter = HtmlFormatter(style="xcode", cssclass="code")
    return Markup(highlight(source, Python3Lexer(), formatter))
