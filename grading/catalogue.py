"""The catalogue of mistakes: wrong and right solutions, as changes to the reference.

`mistakes/NOTEBOOK/COMPONENT/NAME.diff` holds one solution. It begins like a mail, with
a header, and goes on like a patch without line numbers:

    Wrong: The biases are left out.
    List: 1
    Fails: test_linear_forward
    Named: The biases are left out.

    -        return x @ self.weights.T + self.biases
    +        return x @ self.weights.T

COMPONENT is the grade id of the solution cell that is changed. What a file says of its
solution, `grading.trial` finds out.
"""

import re
from dataclasses import dataclass
from email.parser import Parser

from grading.errors import BrokenCatalogue
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.parts import solution_cells, without_markers
from grading.sources import checks

#: The folder, beside those of the components, of the files that every solution of a
#: notebook is handed in with.
HANDED_IN = "handed_in"

_FIELDS = {"Wrong", "Right", "List", "Fails", "Named", "Found", "Raises", "Visible"}


@dataclass(frozen=True)
class Entry:
    """One solution of the catalogue.

    Parameters
    ----------
    notebook, component, name : str
        Where it belongs: the assignment, the grade id of the solution cell, and what
        the file is called.
    is_wrong : bool
    says : str
        What is wrong, or what is done another way, in a sentence.
    fails : tuple of str
        The graded checks that must fail; all others must pass.
    kind : str
        What the student is told: "Named", the mistake itself; "Found", something true
        of the values; "Raises", the error and its line. Empty for a right solution.
    shown : tuple of str
        Words of which every message of a failing check must hold one.
    is_seen : bool
        Whether the visible checks show it, before the work is handed in.
    source : str
        The changed solution cell.
    """

    notebook: str
    component: str
    name: str
    is_wrong: bool
    says: str
    fails: tuple[str, ...]
    kind: str
    shown: tuple[str, ...]
    is_seen: bool
    source: str

    @property
    def place(self):
        """The entry's name within the catalogue, as the command line takes it."""
        return f"{self.notebook}/{self.component}/{self.name}"


def handed_in_files(course, notebook):
    """Return the files that a notebook's solutions are handed in with: bytes by name.

    Parameters
    ----------
    course : Course
    notebook : str
        An assignment.
    """
    folder = course.mistakes / notebook / HANDED_IN
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))}


def read_catalogue(course, names):
    """Return the entries that `names` ask for, in the order of the notebooks.

    Parameters
    ----------
    course : Course
    names : list of str
        Assignments, components (``01_linear/linear``) or single entries
        (``01_linear/linear/no_biases``); everything if it is empty.

    Returns
    -------
    list of Entry

    Raises
    ------
    BrokenCatalogue
        With a line for each file that is no entry, or does not fit the notebook.
    """
    found, wrong = [], []
    for notebook in course.assignments():
        folder = course.mistakes / notebook
        if names and notebook not in {name.split("/")[0] for name in names}:
            continue
        notebook_cells = read_notebook(course.source_notebook(notebook))
        cells = {
            nbgrader_metadata(cell)["grade_id"]: without_markers(cell["source"])
            for cell in solution_cells(notebook_cells)
        }
        graded = {check.grade_id for check in checks(course, notebook)}
        for component in cells:
            for path in sorted((folder / component).glob("*.diff")):
                try:
                    entry = read_entry(path, cells[component], graded)
                except BrokenCatalogue as error:
                    wrong += error.lines
                    continue
                if not names or any(_covers(name, entry.place) for name in names):
                    found.append(entry)
        strays = {p for p in folder.glob("*") if p.name not in {*cells, HANDED_IN}}
        wrong += [
            f"{path.relative_to(course.root)}: {notebook} has no solution cell "
            f"'{path.name}'; expected one of {', '.join(cells)}"
            for path in sorted(strays)
        ]
    if not found and not wrong:
        what = ", ".join(names) or "anything"
        wrong = [f"{course.mistakes} holds no entry for {what}; see docs/mistakes.md"]
    if wrong:
        raise BrokenCatalogue(*wrong)
    return found


def read_entry(path, reference, graded):
    """Return the entry in a file.

    Parameters
    ----------
    path : Path
        ``.../NOTEBOOK/COMPONENT/NAME.diff``.
    reference : str
        The solution cell that it changes.
    graded : set of str
        The grade ids of the notebook's checks.

    Raises
    ------
    BrokenCatalogue
        If the header lacks something, or the change does not fit.
    """
    where = "/".join(path.parts[-4:])
    message = Parser().parsestr(path.read_text(encoding="utf-8"))
    fields = {key: message.get_all(key) for key, _ in message.items()}
    wrong = _header_problems(fields, graded)
    if wrong:
        raise BrokenCatalogue(*(f"{where}: {problem}" for problem in wrong))
    told = [kind for kind in ("Named", "Found", "Raises") if kind in fields]
    try:
        source = apply_change(message.get_payload(), reference)
    except ValueError as error:
        raise BrokenCatalogue(f"{where}: {error}") from None
    return Entry(
        notebook=path.parts[-3],
        component=path.parts[-2],
        name=path.stem,
        is_wrong="Wrong" in fields,
        says=_unfold((fields.get("Wrong") or fields["Right"])[0]),
        fails=tuple(_split(fields.get("Fails"))),
        kind=told[0] if told else "",
        shown=tuple(_unfold(words) for words in fields[told[0]]) if told else (),
        is_seen="Visible" not in fields,
        source=source,
    )


def numbers(course):
    """Return which numbers of the list of mistakes the catalogue covers, by entry.

    Returns
    -------
    dict of str to list of int
        Path of the file within the catalogue: the numbers in its `List` field.
    """
    found = {}
    for path in sorted(course.mistakes.glob("*/*/*.diff")):
        fields = Parser().parsestr(path.read_text(encoding="utf-8"))
        given = [int(number) for number in _split(fields.get_all("List"))]
        found[str(path.relative_to(course.mistakes))] = given
    return found


def apply_change(change, reference):
    """Return the reference with a change made to it.

    Parameters
    ----------
    change : str
        Lines that begin with ``-`` (taken out), ``+`` (put in) or a space (context);
        a line ``@@`` begins another place. What is only put in goes to the end.
    reference : str

    Raises
    ------
    ValueError
        If a place is not found exactly once, or a line begins with something else.
    """
    reference = source = reference.rstrip("\n") + "\n"
    for hunk in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
        lines = [line or " " for line in hunk.strip("\n").splitlines()]
        strange = [line for line in lines if line[0] not in "-+ "]
        if strange or not lines:
            what = f"`{strange[0]}`" if strange else "nothing"
            raise ValueError(f"expected lines with -, + or a space, got {what}")
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        if not old:
            source += new
            continue
        places = [m.start() for m in re.finditer(f"^{re.escape(old)}", source, re.M)]
        if len(places) != 1:
            first = old.split("\n")[0].strip()
            raise ValueError(
                f"the change does not fit: its place, from `{first}` on, is there "
                f"{len(places)} times in the solution; write it against the solution "
                "of today"
            )
        source = source[: places[0]] + new + source[places[0] + len(old) :]
    if source == reference:
        raise ValueError("the change changes nothing")
    return source


def _header_problems(fields, graded):
    unknown = set(fields) - _FIELDS
    if unknown:
        return [f"unknown field '{sorted(unknown)[0]}'; known are {_list(_FIELDS)}"]
    if ("Wrong" in fields) == ("Right" in fields):
        return ["expected either `Wrong:` or `Right:`, with a sentence"]
    told = [kind for kind in ("Named", "Found", "Raises") if kind in fields]
    if "Right" in fields:
        extra = sorted(set(fields) & {"Fails", "Visible", *told})
        return [f"a right solution has no `{name}:`" for name in extra]
    fails = _split(fields.get("Fails"))
    problems = [f"no graded check '{name}'" for name in fails if name not in graded]
    if not fails:
        problems.append("expected `Fails:`, the graded checks that must fail")
    if len(told) != 1:
        problems.append("expected one of `Named:`, `Found:`, `Raises:`")
    if fields.get("Visible") not in (None, ["passes"]):
        problems.append("`Visible:` can only be `passes`")
    return problems


def _split(values):
    return [
        name for value in values or () for name in re.split(r"[,\s]+", value) if name
    ]


def _unfold(text):
    """A header's value; a long one goes on in the next line, after a space."""
    return " ".join(text.split())


def _list(names):
    return ", ".join(sorted(names))


def _covers(name, place):
    return place == name or place.startswith(f"{name.rstrip('/')}/")
