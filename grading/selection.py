"""Hand out only some parts of a notebook.

A cell belongs to a part by a tag, such as `part:losses`; it may belong to several, and
a cell without such a tag belongs to all. `nbgrader_config.py` names the parts that are
handed out:

    c.SelectParts.parts = {"11_zoo": ["activations", "losses"]}
"""

import difflib
from pathlib import Path

from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict

from grading.course import Course
from grading.errors import UnknownAssignment, UnknownPart

PREFIX = "part:"


class SelectParts(NbGraderPreprocessor):
    """A step of generating a release: removes what belongs to other parts only."""

    parts = Dict(
        help="Which parts of an assignment are handed out, by its name: "
        '{"11_zoo": ["losses"]}. Without an entry: all of them.'
    ).tag(config=True)

    def preprocess(self, nb, resources):
        """Return the notebook with the chosen parts; nbconvert's interface.

        Raises
        ------
        UnknownPart
            If a part, or an assignment, is named that does not exist.
        """
        course = Course.at(Path.cwd())
        for name in self.parts:
            try:
                course.assignment(name)
            except UnknownAssignment as error:
                raise UnknownPart(f"SelectParts.parts: {error}") from None
        name = resources["nbgrader"]["assignment"]
        if name in self.parts:
            nb.cells = select(name, nb.cells, self.parts[name])
        return nb, resources


def parts_of(cell):
    """Return the parts that a cell belongs to, a set; empty if it belongs to all."""
    tags = cell["metadata"].get("tags", [])
    return {tag.removeprefix(PREFIX) for tag in tags if tag.startswith(PREFIX)}


def select(name, cells, wanted):
    """Return the cells of an assignment that belong to the wanted parts.

    Parameters
    ----------
    name : str
        The assignment, for messages.
    cells : list of dict
    wanted : list of str
        Names of parts.

    Raises
    ------
    UnknownPart
        If there is no such part, or `wanted` is no list of names, or empty.
    """
    known = list(
        dict.fromkeys(part for cell in cells for part in sorted(parts_of(cell)))
    )
    there_are = f"there are {', '.join(known)}" if known else "it has no parts"
    if not isinstance(wanted, list | tuple | set | frozenset) or not wanted:
        raise UnknownPart(
            f"SelectParts.parts: expected a list of parts for '{name}', "
            f"got {wanted!r}; {there_are}"
        )
    for part in wanted:
        if part not in known:
            near = difflib.get_close_matches(str(part), known, n=1)
            near = f" (did you mean '{near[0]}'?)" if near else ""
            raise UnknownPart(
                f"SelectParts.parts: '{name}' has no part '{part}'{near}; {there_are}"
            )
    return [
        cell for cell in cells if not parts_of(cell) or parts_of(cell) & set(wanted)
    ]
