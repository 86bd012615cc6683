"""Make a graded notebook safe to show, whoever shows it.

The formgrader renders graded notebooks unfiltered, in a page that may do all that the
instructor may. So a graded notebook is cleaned when it is written, and once more when
nbgrader shows it (`Sanitise`, in nbgrader_config.py), for notebooks that plain nbgrader
wrote. nbconvert's own `sanitize_html` is not enough: the formgrader's template does not
apply it to Markdown. What was handed in is never changed.
"""

import re

import nbformat
from nbconvert.preprocessors import Preprocessor

from grading.harmless import clean_html, clean_markdown, disarm_tex
from grading.pictures import check_picture, draw_apart

#: The most characters that are kept: of an output's text, of its HTML with pictures,
#: and of all in a notebook.
TEXT_LENGTH = 2**20
HTML_LENGTH = 8 * 2**20
NOTEBOOK_LENGTH = 20 * 2**20
#: The most outputs of one cell.
OUTPUTS = 500

_PICTURES = ("image/png", "image/jpeg")
_ALT = "a picture that this cell drew"


class Sanitise(Preprocessor):
    """`sanitise` as a step of nbconvert."""

    enabled = True

    def preprocess(self, nb, resources):
        """Return the cleaned notebook, and the resources; nbconvert's interface."""
        return sanitise(nb), resources


def sanitise(notebook):
    """Return a notebook in which nothing that a student wrote can run.

    Text, PNG and JPEG pictures, tables and other harmless HTML, LaTeX and Markdown
    stay; SVG becomes a picture of its own. Scripts, widgets and everything else go,
    and so does metadata that no one needs. Where something was cut, a note says so.
    Cleaning it once more changes nothing.

    Parameters
    ----------
    notebook : NotebookNode or dict
        In version 4's format; it is not changed.

    Returns
    -------
    NotebookNode
    """
    taken = {_grade_id(cell) for cell in notebook["cells"]}
    taken |= {f"{name}-comment" for name in taken}
    room = _Room(NOTEBOOK_LENGTH)
    metadata = notebook.get("metadata", {})
    return nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": notebook.get("nbformat_minor", 5),
            "metadata": _clean_metadata(metadata),
            "cells": [_clean_cell(cell, taken, room) for cell in notebook["cells"]],
        }
    )


class _Room:
    """How much the notebook may still hold."""

    def __init__(self, length):
        self.left = length

    def take(self, length):
        """Take up room for something; return whether there was enough."""
        if length > self.left:
            return False
        self.left -= length
        return True


def _clean_metadata(metadata):
    clean = {"course": metadata["course"]} if "course" in metadata else {}
    for key in ("kernelspec", "language_info"):
        plain = {k: v for k, v in metadata.get(key, {}).items() if _is_plain(v)}
        if plain:
            clean[key] = plain
    return clean


def _is_plain(value):
    return isinstance(value, bool | int | float) or (
        isinstance(value, str) and re.fullmatch(r"[^<>\"'&`]{0,200}", value)
    )


def _grade_id(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def _clean_cell(cell, taken, room):
    kind = cell["cell_type"]
    clean = {"cell_type": kind, "metadata": _clean_mark(cell["metadata"])}
    if re.fullmatch(r"[\w-]{1,64}", cell.get("id", ""), re.ASCII):
        clean["id"] = cell["id"]
    source = _cut("".join(cell["source"]), room)
    if kind == "markdown":
        pictures = _clean_attachments(cell.get("attachments", {}), room)
        clean["source"] = clean_markdown(source, pictures, taken)
        if pictures:
            clean["attachments"] = pictures
    elif kind == "code":
        clean["source"] = source
        clean["execution_count"] = _number(cell.get("execution_count"))
        clean["outputs"] = _clean_outputs(cell.get("outputs", []), taken, room)
    else:
        # nbconvert would copy the text of a raw cell into the page.
        clean["source"] = source
        clean["metadata"]["raw_mimetype"] = "text/plain"
    return clean


def _clean_mark(metadata):
    """Return a cell's metadata: what nbgrader knows of it, in harmless words."""
    mark = metadata.get("nbgrader", {})
    clean = {k: v for k, v in mark.items() if k == "comment" or _is_plain(v)}
    return {"nbgrader": clean} if clean else {}


def _clean_attachments(attachments, room):
    clean = {}
    for name, kinds in attachments.items():
        for kind in _PICTURES:
            data = check_picture(kind, "".join(kinds.get(kind, "")))
            if data and room.take(len(data)):
                clean[name] = {kind: data}
                break
    return clean


def _clean_outputs(outputs, taken, room):
    clean = [_clean_output(output, taken, room) for output in outputs[:OUTPUTS]]
    if len(outputs) > OUTPUTS:
        clean.append(_say(f"{len(outputs) - OUTPUTS} more outputs were left out"))
    return [output for output in clean if output]


def _clean_output(output, taken, room):
    kind = output["output_type"]
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        text = _cut("".join(output["text"]), room)
        return {"output_type": "stream", "name": name, "text": text}
    if kind == "error":
        return _clean_error(output, room)
    data = _clean_data(output.get("data", {}), taken, room)
    if not data:
        return None
    described = _describe_pictures(output.get("metadata", {}), data)
    clean = {"output_type": "display_data", "data": data, "metadata": described}
    if kind == "execute_result":
        clean["output_type"] = kind
        clean["execution_count"] = _number(output.get("execution_count"))
    return clean


def _clean_error(output, room):
    lines = _cut("\n".join(output.get("traceback", [])), room).split("\n")
    return {
        "output_type": "error",
        "ename": _cut(str(output["ename"]), room, 200),
        "evalue": _cut(str(output["evalue"]), room, 20_000),
        "traceback": lines if any(lines) else [],
    }


def _clean_data(data, taken, room):
    """Return the harmless forms of what was displayed, by MIME type."""
    data = {k: "".join(v) for k, v in data.items() if isinstance(v, str | list)}
    clean = {
        kind: check_picture(kind, data[kind]) for kind in _PICTURES if kind in data
    }
    if "text/html" in data:
        clean["text/html"] = _clean_table(data["text/html"], room)
    if "image/svg+xml" in data and not any(clean.values()):
        uri = draw_apart(data["image/svg+xml"])
        clean["text/html"] = uri and f'<img src="{uri}" alt="{_ALT}">'
    for kind, text in clean.items():
        if kind != "text/html" and text and not room.take(len(text)):
            clean[kind] = None
    if clean and not any(clean.values()):
        data.setdefault("text/plain", _note("left out: it is broken, big, or unsafe"))
    if "text/markdown" in data:
        source = _cut(data["text/markdown"], room)
        clean["text/markdown"] = clean_markdown(source, taken=taken)
    if "text/latex" in data:
        clean["text/latex"] = disarm_tex(_cut(data["text/latex"], room))
    if "text/plain" in data:
        clean["text/plain"] = _cut(data["text/plain"], room)
    return {kind: text for kind, text in clean.items() if text}


def _describe_pictures(metadata, data):
    """Return the metadata of the pictures: the size that was asked for, a description.

    Without the latter nbconvert puts a frame of alarm around them.
    """
    described = {}
    for kind in _PICTURES:
        if kind not in data:
            continue
        asked = metadata.get(kind)
        asked = asked if isinstance(asked, dict) else metadata
        described[kind] = {"alt": _ALT} | {
            name: asked[name]
            for name in ("width", "height")
            if type(asked.get(name)) is int and 0 < asked[name] <= 2000
        }
    return described


def _clean_table(text, room):
    """Return displayed HTML, cleaned; or a note, if it is too long."""
    if len(text) > HTML_LENGTH:
        return _note("a table was left out: too big")
    clean = clean_html(text)
    words = len(re.sub(r'"data:[^"]*"', "", clean))
    if words > TEXT_LENGTH or not room.take(len(clean)):
        return _note("a table was left out: too big")
    return clean if clean.strip() else None


def _cut(text, room, length=None):
    length = length or TEXT_LENGTH
    if len(text) > length:
        text = text[: length - 100] + "\n" + _note("the rest was left out: too long")
    return text if room.take(len(text)) else _FULL


def _note(text):
    return f"[{text}]"


_FULL = _note("left out: the notebook is too big")


def _say(text):
    return {"output_type": "stream", "name": "stdout", "text": _note(text)}


def _number(value):
    return value if type(value) is int else None
