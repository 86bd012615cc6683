"""Prove the checks: every solution of the catalogue gets what it must.

A wrong solution fails the checks that its entry names and no other, and its author is
told what the entry says; a right one passes them all. The visible checks say the same
as the graded ones.
"""

from dataclasses import dataclass

import helpers.candidates
from grading.catalogue import read_catalogue
from grading.outcomes import State
from helpers.checks import MEND_FIRST


@dataclass(frozen=True)
class Verdict:
    """What the checks made of one solution of the catalogue.

    Parameters
    ----------
    entry : Entry
    trial : Trial
    is_judged : bool
        The solution is wrong and every check that must fail fails, or it is right
        and passes all.
    is_fair : bool
        No check failed that must pass.
    is_told : bool
        Every failing check, graded and visible, says what it must.
    problems : tuple of str
        What fell short, a line for each.
    """

    entry: object
    trial: object
    is_judged: bool
    is_fair: bool
    is_told: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """The figures of one component; each is a pair, how many of how many."""

    component: str
    caught: tuple[int, int]
    accepted: tuple[int, int]
    fair: tuple[int, int]
    named: tuple[int, int]
    found: int
    raised: int


def prove(course, names, run, *, on_start=None):
    """Run the catalogue, or part of it, and return what came of each entry.

    Parameters
    ----------
    course : Course
    names : list of str
        As for `grading.catalogue.read_catalogue`.
    run : function
        Takes the course and the entries, gives a `Trial` for each:
        `grading.trial.run_trials` or `grading.graded_trial.grade_trials`.
    on_start : function, optional
        Called with the number of entries.

    Returns
    -------
    list of Verdict

    Raises
    ------
    BrokenCatalogue
        If an entry is none, or does not fit its notebook any more.
    """
    entries = read_catalogue(course, names)
    if on_start:
        on_start(len(entries))
    trials = run(course, entries)
    return [judge(entry, trial) for entry, trial in zip(entries, trials, strict=True)]


def judge(entry, trial):
    """Compare what the checks said of a solution with what its entry demands.

    Parameters
    ----------
    entry : Entry
    trial : Trial

    Returns
    -------
    Verdict
    """
    failed = {name: a for name, a in trial.graded.items() if a.state != State.PASSED}
    passed = [name for name in entry.fails if name not in failed]
    unfair = {name: a for name, a in failed.items() if name not in entry.fails}
    problems = [f"{name} accepts it" for name in passed]
    problems += [f"{name} refuses it: {a.message}" for name, a in unfair.items()]
    untold = [
        f"{name} says: {a.message or a.state}"
        for name, a in failed.items()
        if name in entry.fails and not _is_told(entry, a.message)
    ]
    unseen = _compare_visible(entry, trial.visible)
    return Verdict(
        entry,
        trial,
        is_judged=not passed and (entry.is_wrong or not unfair),
        is_fair=not unfair,
        is_told=not untold and not unseen,
        problems=(*problems, *untold, *unseen),
    )


def count(verdicts):
    """Return the figures of each component, as a list of `Row`."""
    components = {}
    for verdict in verdicts:
        key = f"{verdict.entry.notebook}/{verdict.entry.component}"
        components.setdefault(key, []).append(verdict)
    return [_count_component(name, group) for name, group in components.items()]


def add_up(rows):
    """Return the figures of all components together, as a `Row`."""

    def total(field):
        pairs = [getattr(row, field) for row in rows]
        return sum(p[0] for p in pairs), sum(p[1] for p in pairs)

    pairs = {field: total(field) for field in ("caught", "accepted", "fair", "named")}
    found, raised = (sum(getattr(row, f) for row in rows) for f in ("found", "raised"))
    return Row("all", **pairs, found=found, raised=raised)


def sentences():
    """Return all sentences that name a mistake, of every notebook."""
    modules = vars(helpers.candidates).values()
    lists = [
        value
        for module in modules
        for value in getattr(module, "__dict__", {}).values()
    ]
    return {
        sentence
        for value in lists
        if isinstance(value, helpers.candidates.Candidates)
        for sentence in value().mistakes
    }


def _is_told(entry, message):
    if not any(words in message for words in entry.shown):
        return False
    # What is not on the list must not be called by the name of what is.
    named = entry.kind == "Named" or not any(s in message for s in sentences())
    return named


def _compare_visible(entry, visible):
    topics = [name.removeprefix("test_") for name in entry.fails]
    must_fail = [f"check_{topic}" for topic in topics if entry.is_seen]
    may_fail = [f"check_{topic}" for topic in topics]
    problems = []
    for name, answer in visible.items():
        failed = answer.state != State.PASSED
        sent_back = answer.message.startswith(MEND_FIRST)
        if failed and name not in may_fail and not sent_back:
            problems.append(f"{name} refuses it: {answer.message}")
        elif failed and not sent_back and not _is_told(entry, answer.message):
            problems.append(f"{name} says: {answer.message or answer.state}")
        elif not failed and name in must_fail:
            problems.append(f"{name} accepts it")
    return problems


def _count_component(component, verdicts):
    wrong = [v for v in verdicts if v.entry.is_wrong]
    right = [v for v in verdicts if not v.entry.is_wrong]
    kinds = {
        kind: [v for v in wrong if v.entry.kind == kind]
        for kind in ("Named", "Found", "Raises")
    }
    values = len(kinds["Named"]) + len(kinds["Found"])
    return Row(
        component,
        caught=(sum(v.is_judged for v in wrong), len(wrong)),
        accepted=(sum(v.is_judged for v in right), len(right)),
        fair=(sum(v.is_fair for v in wrong), len(wrong)),
        named=(sum(v.is_told for v in kinds["Named"]), values),
        found=sum(v.is_told for v in kinds["Found"]),
        raised=sum(v.is_told for v in kinds["Raises"]),
    )
