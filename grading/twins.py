"""Keep source notebooks and their text twins in step.

The notebook is what nbgrader reads; the text (jupytext, py:percent) is what people
review. Either can be made from the other.
"""

import hashlib
import re

import nbformat

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
    """
    changed = []
    for name in names:
        notebook = nbformat.read(course.source_notebook(name), as_version=4)
        if _replace(course.text_twin(name), to_text(notebook)):
            changed.append(course.text_twin(name))
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
    """
    changed = []
    for name in names:
        path = course.source_notebook(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = from_text(course.text_twin(name).read_text(encoding="utf-8"))
        if path.exists():
            _keep_ids(notebook, nbformat.read(path, as_version=4))
        if _replace(path, nbformat.writes(notebook) + "\n"):
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
    name = re.search(r'check\("(\w+)"\)', cell.source)
    if name and cell.cell_type == "code":
        return f"check_{name[1]}"
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


def _replace(path, text):
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True
