"""Keep source notebooks and their text twins in step.

The notebook is what nbgrader reads; the text (jupytext, py:percent) is what people
review. Either can be made from the other.
"""

import hashlib
import re

import nbformat

from grading.errors import TwinsDiffer

FORMAT = {"extension": ".py", "format_name": "percent"}
KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}


def write_text(course, names):
    """Write `source_py/NAME.py` from each source notebook.

    Parameters
    ----------
    course : Course
    names : list of str

    Returns
    -------
    list of Path
        The files whose content changed.

    Raises
    ------
    TwinsDiffer
        If a text was changed after its notebook: it would be lost.
    """
    changed = []
    for name in names:
        path, text = course.source_notebook(name), course.text_twin(name)
        wanted = to_text(nbformat.read(path, as_version=4))
        if _differs(text, wanted):
            _require_older(text, path, f"run `course sync --from-text {name}`")
            _write(text, wanted)
            changed.append(text)
    return changed


def write_notebooks(course, names):
    """Write each source notebook from `source_py/NAME.py`.

    A cell that is unchanged keeps its id; a new one takes its grade id, or a digest
    of its text, so that the same text always gives the same notebook.

    Parameters
    ----------
    course : Course
    names : list of str

    Returns
    -------
    list of Path
        The files whose content changed.

    Raises
    ------
    TwinsDiffer
        If a notebook was changed after its text: it would be lost.
    """
    changed = []
    for name in names:
        path, text = course.source_notebook(name), course.text_twin(name)
        notebook = from_text(text.read_text(encoding="utf-8"))
        if path.exists():
            _keep_ids(notebook, nbformat.read(path, as_version=4))
        wanted = nbformat.writes(notebook) + "\n"
        if _differs(path, wanted):
            _require_older(path, text, f"run `course sync {name}`")
            _write(path, wanted)
            changed.append(path)
    return changed


def to_text(notebook):
    """Return a notebook as py:percent text, without outputs."""
    import jupytext

    notebook = nbformat.from_dict(notebook)
    notebook.metadata = {
        "jupytext": {
            "cell_metadata_filter": "nbgrader,deletable,editable,tags",
            "notebook_metadata_filter": "-all",
        }
    }
    return jupytext.writes(notebook, fmt=FORMAT)


def from_text(text):
    """Return the notebook that py:percent text stands for."""
    import jupytext

    notebook = jupytext.reads(text, fmt=FORMAT)
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken = set()
    for cell in notebook.cells:
        cell.id = _free_id(_stable_id(cell), taken)
    return notebook


def _stable_id(cell):
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    if grade_id:
        return grade_id
    heading = re.match(r"#+\s+(.+)", cell.source)
    name = re.match(r"@check\ndef (\w+)", cell.source)
    if name and cell.cell_type == "code":
        return name[1]
    if heading and cell.cell_type == "markdown":
        return re.sub(r"[^a-z0-9]+", "-", heading[1].lower()).strip("-")[:40]
    return hashlib.sha256(cell.source.encode()).hexdigest()[:8]


def _free_id(wanted, taken):
    candidate, number = wanted, 2
    while candidate in taken:
        candidate, number = f"{wanted}-{number}", number + 1
    taken.add(candidate)
    return candidate


def _keep_ids(notebook, previous):
    known = {(cell.cell_type, cell.source): cell.id for cell in previous.cells}
    ids = [known.get((cell.cell_type, cell.source)) for cell in notebook.cells]
    taken = {cell_id for cell_id in ids if cell_id}
    used = set()
    for cell, cell_id in zip(notebook.cells, ids, strict=True):
        if cell_id and cell_id not in used:
            cell.id = cell_id
        else:
            cell.id = _free_id(cell.id, taken)
        used.add(cell.id)


def _differs(path, text):
    return not path.exists() or path.read_text(encoding="utf-8") != text


def _require_older(target, origin, remedy):
    """Refuse to write over a file that was changed after what it is made from."""
    if target.exists() and target.stat().st_mtime > origin.stat().st_mtime:
        raise TwinsDiffer(
            f"{target.name} was changed after {origin.name}, and would be overwritten: "
            f"{remedy} to keep its changes, or `touch` the other file to lose them"
        )


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
