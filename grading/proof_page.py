"""What `course check` and `course mutants` show: tables, and pages for the docs."""

from grading.outcomes import State
from grading.proof import add_up, count

_COLUMNS = ("caught", "accepted", "fair", "named", "in general", "errors")


def tabulate(verdicts):
    """Return the figures as a table for a terminal: a row for each component."""
    from rich.table import Table

    rows = count(verdicts)
    table = Table()
    table.add_column("component", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(row.component, *_figures(row))
    if len(rows) > 1:
        table.add_section()
        table.add_row("all", *_figures(add_up(rows)))
    return table


def show_messages(verdicts):
    """Return lines that say, for each solution, what each check said of it."""
    lines = []
    for verdict in verdicts:
        entry = verdict.entry
        lines += [f"{entry.place}: {'' if entry.is_wrong else 'right: '}{entry.says}"]
        for answers in (verdict.trial.visible, verdict.trial.graded):
            lines += [
                f"    {name}: {answer.state}. {answer.message}"
                for name, answer in answers.items()
                if answer.state != State.PASSED
            ]
        lines += [f"    !! {problem}" for problem in verdict.problems]
    return lines


def render_page(verdicts):
    """Return the figures, and what each wrong solution is told, as Markdown."""
    rows = count(verdicts)
    lines = [
        "# What the checks catch",
        "",
        "Written by `course check --page docs/checks.md`. How it is measured, and how",
        "to add a mistake, is said in [mistakes.md](mistakes.md).",
        "",
        f"| component | {' | '.join(_COLUMNS)} |",
        f"| --- |{' ---: |' * len(_COLUMNS)}",
        *(f"| {row.component} | {' | '.join(_figures(row))} |" for row in rows),
        f"| **all** | {' | '.join(_figures(add_up(rows)))} |",
        "",
    ]
    component = None
    for verdict in verdicts:
        entry = verdict.entry
        if component != (entry.notebook, entry.component):
            component = (entry.notebook, entry.component)
            lines += ["", f"## {entry.notebook}, {entry.component}", ""]
        lines.append(_describe(entry))
    return "\n".join(lines) + "\n"


def tabulate_mutants(judged):
    """Return how many machine-made mistakes were noticed, as a table for a terminal."""
    from rich.table import Table

    table = Table()
    table.add_column("component", no_wrap=True)
    for column in _MUTANT_COLUMNS:
        table.add_column(column, justify="right")
    for row in _count_mutants(judged):
        table.add_row(*row)
    return table


def render_mutants(judged):
    """Return the figures, and every mistake that went unnoticed, as Markdown."""
    survivors = [j for j in judged if not j.is_killed]
    rows = _count_mutants(judged)
    lines = [
        "# Machine-made mistakes",
        "",
        "Written by `make mutants`: [Cosmic Ray](https://cosmic-ray.readthedocs.io)",
        "changes the reference solutions at one place at a time, in the lines that",
        "students write, and the graded checks must notice each change. Equivalent is",
        "what is as right as the reference; the reasons are listed in",
        "`mistakes/equivalent.toml`.",
        "",
        f"| component | {' | '.join(_MUTANT_COLUMNS)} |",
        f"| --- |{' ---: |' * len(_MUTANT_COLUMNS)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "## Unnoticed, and why",
        "",
    ]
    for mutant, _, why in survivors:
        lines += [
            f"- {mutant.notebook}, {mutant.component}: {why or 'not explained'}",
            "",
            "  ```diff",
            *(f"  - {line}" for line in mutant.was.split("\n")),
            *(f"  + {line}" for line in mutant.becomes.split("\n")),
            "  ```",
        ]
    return "\n".join(lines) + "\n"


_MUTANT_COLUMNS = ("changes", "noticed", "per cent", "equivalent", "not explained")


def _count_mutants(judged):
    groups = {}
    for one in judged:
        key = f"{one.mutant.notebook}/{one.mutant.component}"
        groups.setdefault(key, []).append(one)
    if len(groups) > 1:
        groups["all"] = judged
    rows = []
    for name, group in groups.items():
        killed = sum(one.is_killed for one in group)
        explained = sum(bool(one.why) and not one.is_killed for one in group)
        figures = (len(group), killed, explained, len(group) - killed - explained)
        made, killed, explained, open_ = (str(figure) for figure in figures)
        share = f"{100 * figures[1] / figures[0]:.1f}"
        rows.append((name, made, killed, share, explained, open_))
    return rows


def _describe(entry):
    if not entry.is_wrong:
        return f"- right: {entry.says}"
    told = " / ".join(entry.shown)
    seen = "" if entry.is_seen else " (only when it is graded)"
    return f"- {entry.says} Fails {', '.join(entry.fails)}{seen}: *{told}*"


def _figures(row):
    named, values = row.named
    return (
        _pair(row.caught),
        _pair(row.accepted),
        _pair(row.fair),
        f"{named} / {values}" if values else "",
        str(row.found or ""),
        str(row.raised or ""),
    )


def _pair(pair):
    return f"{pair[0]} / {pair[1]}" if pair[1] else ""
