"""Show what came of a class: tables on the terminal, and a page to look at."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from grading.errors import CourseError, NotReleased
from grading.gradebook import find_released, open_gradebook
from grading.outcomes import Result, State, find_students, read_result
from grading.sources import checks


@dataclass(frozen=True)
class AssignmentReport:
    """One assignment of a class.

    Parameters
    ----------
    name : str
    checks : list of Check
        What is graded, in the notebook's order.
    results : list of Result
        One for each student who handed in, in alphabetical order.
    """

    name: str
    checks: list
    results: list[Result]

    @property
    def max_score(self):
        """The points that could be had."""
        return sum(check.points for check in self.checks)

    @property
    def graded(self):
        """The results that have a score."""
        return [result for result in self.results if result.score is not None]

    @property
    def average(self):
        """The mean score of those graded, or None if nobody is."""
        scores = [result.score for result in self.graded]
        return sum(scores) / len(scores) if scores else None

    @property
    def not_graded(self):
        """The results without a score."""
        return [result for result in self.results if result.score is None]

    @property
    def waiting(self):
        """The results in which an answer waits for grading by hand."""
        return [result for result in self.results if result.waiting]

    @property
    def noted(self):
        """The results with something that an instructor should know."""
        return [result for result in self.results if result.notes]

    def outcome(self, result, check):
        """Return the `Outcome` of one check for one student, or None."""
        found = (o for o in result.outcomes if o.grade_id == check.grade_id)
        return next(found, None)

    def distribution(self, check):
        """Return how many got full, part, none, did not attempt, or still wait.

        Parameters
        ----------
        check : Check

        Returns
        -------
        dict of str to int
            In the order in which they are drawn; no zeros.
        """
        counts = Counter(
            share_of(outcome)
            for result in self.graded
            if (outcome := self.outcome(result, check))
        )
        return {share: counts[share] for share in SHARES if counts[share]}

    def check_average(self, check):
        """Return the mean points of a check, or None; what waits is left out."""
        points = [
            outcome.points
            for result in self.graded
            if (outcome := self.outcome(result, check))
            and outcome.state != State.WAITING
        ]
        return sum(points) / len(points) if points else None

    def segments(self, check, width):
        """Return the parts of a check's bar, from left to right.

        Parameters
        ----------
        check : Check
        width : float
            Of the whole bar.
        """
        counts = self.distribution(check)
        scale, x = width / max(sum(counts.values()), 1), 0.0
        segments = []
        for share, count in counts.items():
            segments.append(Segment(share, count, round(x, 2), round(scale * count, 2)))
            x += scale * count
        return segments

    def histogram(self, width, height, bins=10):
        """Return the bars of a histogram of the scores, from left to right.

        Parameters
        ----------
        width, height : float
            Of the whole picture, of its highest bar.
        bins : int
        """
        top = self.max_score or 1
        counts = Counter(
            min(max(int(result.score / top * bins), 0), bins - 1)
            for result in self.graded
        )
        highest = max(counts.values(), default=1)
        return [
            Bar(
                low=top * number / bins,
                high=top * (number + 1) / bins,
                count=counts[number],
                x=width * number / bins,
                width=width / bins,
                height=round(0.85 * height * counts[number] / highest, 2),
            )
            for number in range(bins)
        ]


class Segment(NamedTuple):
    """A part of a check's bar."""

    share: str
    count: int
    x: float
    width: float


class Bar(NamedTuple):
    """A bar of a histogram: those with at least `low` and below `high` points."""

    low: float
    high: float
    count: int
    x: float
    width: float
    height: float


#: What a check's outcome counts as, and its colour on the page.
SHARES = {
    "full marks": "#2a9d5c",
    "part": "#a8c94d",
    "none": "#e07a3f",
    "not attempted": "#c3c9d0",
    "waiting": "#6a8fd8",
}


def read_class(course, names):
    """Return an `AssignmentReport` for each assignment that somebody handed in.

    Parameters
    ----------
    course : Course
    names : list of str
        Assignments of the course.

    Raises
    ------
    CourseError
        If nothing is graded yet.
    """
    reports = []
    for name in names:
        students = find_students(course, name)
        if not students:
            continue
        with open_gradebook(course) as gradebook:
            try:
                known = find_released(course, gradebook, name)
            except NotReleased:
                continue
            # Of a notebook in parts only some may have been handed out.
            handed_out = {cell.name for cell in known.grade_cells + known.task_cells}
            results = [read_result(course, gradebook, name, s) for s in students]
        asked = [c for c in checks(course, name) if c.grade_id in handed_out]
        reports.append(AssignmentReport(name, asked, results))
    if not any(report.graded for report in reports):
        wanted = names[0] if len(names) == 1 else "NAME"
        raise CourseError(f"nothing is graded yet: run `course grade {wanted}` first")
    return reports


def share_of(outcome):
    """Return what an outcome counts as: a key of `SHARES`."""
    if outcome.state == State.WAITING:
        return "waiting"
    if outcome.points >= outcome.max_points:
        return "full marks"
    if outcome.points > 0:
        return "part"
    if outcome.state in (State.NOT_ATTEMPTED, State.MISSING):
        return "not attempted"
    return "none"


# On the terminal -------------------------------------------------------------------


def tabulate_results(results):
    """Return a rich table with a row for each submission that was just graded."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("student", header_style="bold")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("notes")
    for result in results:
        notes = escape("\n".join(result.notes))
        table.add_row(escape(result.student), show_score(result), notes)
    return table


def tabulate_class(report, width):
    """Return rich tables of an assignment: students by checks, points inside.

    Parameters
    ----------
    report : AssignmentReport
    width : int
        How many characters there are side by side. Checks that do not fit go into
        further tables with the same students; their numbers go on.

    Returns
    -------
    list of Table
    """
    from rich.markup import escape
    from rich.table import Table

    students = [escape(result.student) for result in report.results]
    scores = [show_score(result) for result in report.results]
    columns = [_show_check(report, check) for check in report.checks]
    average = show_points(report.average)
    widest = [max(map(len, texts)) for texts in ([average, *scores], *columns)]
    # Each column has a space on either side and a line; students have a third at most.
    named = min(max(map(len, ["student", "average", *students])), width // 3)
    room = width - 1 - (named + 3) - (max(widest[0], len("score")) + 3)
    parts, left = [[]], room
    for number, texts in enumerate(columns, start=1):
        needed = max(widest[number], len(str(number))) + 3
        if parts[-1] and needed > left:
            parts.append([])
            left = room
        parts[-1].append((number, texts))
        left -= needed
    tables = []
    for part in parts:
        title = f"{report.name}: {len(report.results)} handed in"
        if len(parts) > 1 and part:
            title += f", checks {part[0][0]} to {part[-1][0]}"
        table = Table(
            title=title,
            title_justify="left",
            title_style="bold",
            header_style="bold",
            show_footer=True,
        )
        table.add_column("student", "average", overflow="fold", min_width=named)
        for number, (footer, *_) in part:
            table.add_column(str(number), footer, justify="right", no_wrap=True)
        table.add_column("score", average, justify="right", no_wrap=True)
        for place, (student, score) in enumerate(zip(students, scores, strict=True)):
            points = [texts[place + 1] for _, texts in part]
            table.add_row(student, *points, score)
        tables.append(table)
    return tables


def _show_check(report, check):
    """Return the texts of a check's column: the average, then one for each student."""
    marks = [
        _mark(report.outcome(result, check)) if result.outcomes else ""
        for result in report.results
    ]
    return [show_points(report.check_average(check)), *marks]


def show_score(result):
    """Return a result's score as text, such as ``7.5/12``."""
    if result.score is None:
        return "-"
    return f"{show_points(result.score)}/{show_points(result.max_score)}"


def show_points(points):
    """Return points as text: no needless decimals, a dash for None."""
    return "-" if points is None else f"{round(points, 2):g}"


def explain_columns(report):
    """Return the lines that say what `tabulate_class` shows."""
    lines = [
        f"{number:>2}  {check.grade_id} ({show_points(check.points)})"
        for number, check in enumerate(report.checks, start=1)
    ]
    return [*lines, " ·  not attempted", " ?  waits for grading by hand"]


def _mark(outcome):
    if outcome is None:
        return "-"
    share = share_of(outcome)
    return {"waiting": "?", "not attempted": "·"}.get(
        share, show_points(outcome.points)
    )


# As a page -----------------------------------------------------------------------


def write_page(reports, path):
    """Write the report of a class as one HTML page that needs nothing else.

    Parameters
    ----------
    reports : list of AssignmentReport
    path : Path
    """
    page = load_template("report.html.j2").render(
        reports=reports, made=f"{datetime.now():%d %B %Y, %H:%M}"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def load_template(name):
    """Return a page's template; all text put into it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("grading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = show_points
    environment.globals.update(shares=SHARES, share=share_of, mark=_mark)
    return environment.get_template(name)
