"""Machine-made mistakes: the reference solutions, changed at one place at a time.

Cosmic Ray makes the changes (an operator, a comparison, a number, a `not`, a `break`)
in the lines that students write; the graded checks must notice every one. What they
cannot notice, for the changed solution is as right as the reference, is listed in
`mistakes/equivalent.toml` with the reason.
"""

import difflib
import importlib.util
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from grading.errors import BrokenCatalogue, CourseError
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.outcomes import State
from grading.parts import solution_cells, solution_lines, without_markers
from grading.trial import prepare, run_trials

#: Seconds after which a changed solution counts as noticed: it hangs.
TIMEOUT = 60


class Mutant(NamedTuple):
    """One change: the line that it takes out of a solution, and what it puts in."""

    notebook: str
    component: str
    was: str
    becomes: str
    source: str


class Judged(NamedTuple):
    """A mutant and what the graded checks made of it.

    `why` is the reason why it cannot be told from the reference; empty if none is
    listed.
    """

    mutant: Mutant
    is_killed: bool
    why: str


def make_mutants(course, notebook):
    """Return every change that Cosmic Ray makes to what students write in a notebook.

    Parameters
    ----------
    course : Course
    notebook : str
        An assignment.

    Returns
    -------
    list of Mutant
        Each changed text once.

    Raises
    ------
    CourseError
        If Cosmic Ray is not installed.
    """
    if importlib.util.find_spec("cosmic_ray") is None:
        raise CourseError(
            "Cosmic Ray, which makes the changes, is not installed; install it with "
            "`pip install cosmic-ray`, or the project with its extra `dev`"
        )
    cells = solution_cells(read_notebook(course.source_notebook(notebook)))
    found = []
    for cell in cells:
        reference = without_markers(cell["source"]) + "\n"
        component = nbgrader_metadata(cell)["grade_id"]
        written = solution_lines(cell["source"])
        for source in dict.fromkeys(_change(reference)):
            if _changed_lines(reference, source) <= written:
                was, becomes = _difference(reference, source)
                found.append(Mutant(notebook, component, was, becomes, source))
    return found


def run_mutants(course, mutants, *, jobs=None, on_done=None):
    """Run the graded checks on each mutant.

    Parameters
    ----------
    course : Course
    mutants : list of Mutant
    jobs, on_done
        As for `grading.trial.run_trials`.

    Returns
    -------
    list of Judged

    Raises
    ------
    BrokenCatalogue
        If the list of equivalent mutants is none.
    """
    reasons = read_reasons(course)
    settings = {"prepare": _prepare, "timeout": TIMEOUT}
    trials = run_trials(course, mutants, **settings, jobs=jobs, on_done=on_done)
    return [
        Judged(
            mutant,
            any(answer.state != State.PASSED for answer in trial.graded.values()),
            reasons.get(mutant[:4], ""),
        )
        for mutant, trial in zip(mutants, trials, strict=True)
    ]


def _prepare(course, notebook):
    """Return the cells of a notebook without its visible checks."""
    cells = prepare(course, notebook)
    return [cell for cell in cells if not cell.source.startswith("@check")]


def read_reasons(course):
    """Return why mutants are equivalent: a text by (notebook, component, was, becomes).

    Raises
    ------
    BrokenCatalogue
        If the file is no TOML, or an entry lacks something.
    """
    path = course.mistakes / "equivalent.toml"
    if not path.exists():
        return {}
    fields = ("notebook", "component", "was", "becomes", "why")
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    except tomllib.TOMLDecodeError as error:
        raise BrokenCatalogue(f"{path} is no TOML: {error}") from None
    for number, entry in enumerate(listed, start=1):
        missing = [field for field in fields if not isinstance(entry.get(field), str)]
        if missing:
            raise BrokenCatalogue(f"{path}, mutant {number}: expected {missing[0]}")
    return {tuple(entry[f] for f in fields[:4]): entry["why"] for entry in listed}


def problems(course, judged):
    """Return what falls short, a line for each.

    Parameters
    ----------
    course : Course
    judged : list of Judged
        Of whole notebooks.
    """
    lines = [
        f"{m.notebook}/{m.component}: no check notices `{m.becomes}` for `{m.was}`"
        for m, is_killed, why in judged
        if not is_killed and not why
    ]
    notebooks = {j.mutant.notebook for j in judged}
    survivors = {j.mutant[:4] for j in judged if not j.is_killed}
    lines += [
        f"{'/'.join(key[:2])}: `{key[3]}` for `{key[2]}` is listed as equivalent, but "
        "it is noticed, or not made any more; take it out of mistakes/equivalent.toml"
        for key in read_reasons(course)
        if key[0] in notebooks and key not in survivors
    ]
    return lines


def _change(reference):
    from cosmic_ray.commands import init
    from cosmic_ray.mutating import apply_mutation
    from cosmic_ray.plugins import get_operator
    from cosmic_ray.work_db import WorkDB, use_db

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "solution.py"
        path.write_text(reference, encoding="utf-8")
        with use_db(str(Path(folder) / "session.sqlite"), WorkDB.Mode.create) as work:
            init([path], work, {})
            for item in work.work_items:
                (mutation,) = item.mutations
                operator = get_operator(mutation.operator_name)()
                _, changed = apply_mutation(path, operator, mutation.occurrence)
                path.write_text(reference, encoding="utf-8")
                yield changed


def _changed_lines(reference, source):
    """Return the numbers of the reference's lines that are others in `source`."""
    texts = reference.splitlines(), source.splitlines()
    codes = difflib.SequenceMatcher(None, *texts).get_opcodes()
    return {k for kind, i, j, *_ in codes if kind != "equal" for k in range(i, j)}


def _difference(reference, source):
    lines = difflib.ndiff(reference.splitlines(), source.splitlines())
    lines = [line for line in lines if line[0] in "-+"]
    was, becomes = (
        "\n".join(line[2:].strip() for line in lines if line[0] == sign)
        for sign in "-+"
    )
    return was, becomes
