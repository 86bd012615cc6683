"""The whole way of a course on a sample class, in a folder of its own.

It releases the student notebooks, lets a made-up class hand in, grades it, writes
feedback and a report, and compares every score with the one that it must be. The
course itself, its submissions and its gradebook are only read.
"""

import shutil
from dataclasses import dataclass

from grading.course import CONFIG, Course
from grading.executor import WorkerPool
from grading.feedback import write_feedback
from grading.grade import grade
from grading.release import release
from grading.report import read_class, write_page
from grading.sample_class import SAMPLE_CLASS, make_sample_class

#: What `course demo` grades unless told otherwise.
NAMES = ("01_linear", "02_activations", "04_mse")


@dataclass(frozen=True)
class Comparison:
    """A submission of the sample class: the points it must get, and those it got.

    Both are dictionaries from graded cells to points, or None for no grade.
    """

    student: str
    name: str
    expected: dict | None
    got: dict | None

    @property
    def right(self):
        """Whether every check got the points that it must."""
        return self.expected == self.got


def run_demo(course, names, *, report_step=lambda text, total: None):
    """Release, hand in, grade, write feedback and a report, and compare.

    Parameters
    ----------
    course : Course
    names : sequence of str
        Assignments that the sample class works on.
    report_step : function, optional
        Called with a line of text and a number of things to do when a step begins,
        and with None and 1 for each thing done.

    Returns
    -------
    Course
        The demo's own, in build/demo.
    list of Comparison

    Raises
    ------
    CourseError
        If the course lacks one of the assignments, or a step fails.
    """
    names = [course.assignment(name) for name in names]
    demo = _copy_course(course)
    report_step("Releasing the student notebooks", len(names))
    release(demo, names, on_done=lambda *_: report_step(None, 1))
    expected = make_sample_class(demo, names, demo.submitted)
    comparisons = []
    with WorkerPool(hidden=[str(demo.root)]) as workers:
        for name in names:
            handed_in = [student for student in expected if name in expected[student]]
            report_step(f"Grading {name}", len(handed_in))
            results = grade(
                demo,
                name,
                executor=workers,
                jobs=workers.jobs,
                on_done=lambda *_: report_step(None, 1),
            )
            comparisons += [
                Comparison(r.student, name, expected[r.student][name], _points(r))
                for r in results
            ]
    for name in names:
        handed_in = [student for student in expected if name in expected[student]]
        report_step(f"Writing feedback for {name}", len(handed_in))
        write_feedback(demo, name, on_done=lambda *_: report_step(None, 1))
    write_page(read_class(demo, names), demo.build / "report.html")
    return demo, comparisons


def tabulate_comparisons(comparisons):
    """Return a rich table: students by assignments, points got and expected."""
    from rich.table import Table

    names = sorted({c.name for c in comparisons})
    table = Table("student", *names, header_style="bold")
    by_place = {(c.student, c.name): c for c in comparisons}
    for student in SAMPLE_CLASS:
        row = [by_place.get((student, name)) for name in names]
        if any(row):
            table.add_row(student, *(_describe(comparison) for comparison in row))
    return table


def explain_differences(comparisons):
    """Return a line for each check that got other points than it must."""
    lines = []
    for c in comparisons:
        if (c.expected is None) != (c.got is None):
            got = "was graded" if c.got else "could not be graded"
            lines.append(f"{c.student}, {c.name}: {got}, unlike what was expected")
        elif not c.right:
            lines += [
                f"{c.student}, {c.name}, {check}: expected {points:g} points, "
                f"got {c.got.get(check, 0):g}"
                for check, points in c.expected.items()
                if c.got.get(check) != points
            ]
    return lines


def _copy_course(course):
    root = course.build / "demo"
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    shutil.copytree(course.source, root / course.source.name)
    shutil.copy(course.root / CONFIG, root)
    return Course.at(root)


def _points(result):
    if result.score is None:
        return None
    return {outcome.grade_id: outcome.points for outcome in result.outcomes}


def _describe(comparison):
    if comparison is None:
        return ""
    got, expected = (_show(points) for points in (comparison.got, comparison.expected))
    return got if comparison.right else f"[red]{got}, expected {expected}[/red]"


def _show(points):
    return "not gradable" if points is None else f"{sum(points.values()):g}"
