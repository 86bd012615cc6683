"""Read a notebook file as plain data, and say what is wrong with one that is none.

nbformat would do it too, but takes a second to import, and gives cells that lack an
id a new one at each reading.
"""

import json
from pathlib import Path

from grading.errors import UnreadableNotebook


def read_notebook(path):
    """Return a notebook as a dictionary; each cell's source is one string.

    Parameters
    ----------
    path : Path

    Raises
    ------
    UnreadableNotebook
        If the file is missing, is no JSON, or holds no cells in version 4's format.
    """
    path = Path(path)
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableNotebook(f"{path} is missing; expected a notebook") from None
    except OSError as error:
        raise UnreadableNotebook(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UnreadableNotebook(
            f"{path} is no notebook: expected JSON, but {error}; restore the file"
        ) from None
    if not _is_notebook(notebook):
        raise UnreadableNotebook(
            f"{path} is no notebook: expected cells in format 4; restore the file, or "
            "open and save it in JupyterLab"
        )
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        cell.setdefault("metadata", {})
    return notebook


def nbgrader_metadata(cell):
    """Return what nbgrader knows of a cell, empty if it is an ordinary one."""
    return cell["metadata"].get("nbgrader", {})


def _is_notebook(notebook):
    return (
        isinstance(notebook, dict)
        and notebook.get("nbformat") == 4
        and isinstance(notebook.get("cells"), list)
        and all(
            isinstance(cell, dict) and isinstance(cell.get("source"), str | list)
            for cell in notebook["cells"]
        )
    )
