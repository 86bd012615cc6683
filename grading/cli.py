"""The `course` command: release notebooks, grade a class, write feedback.

Commands import what they need when they run: nbgrader takes seconds to import,
and `course --help` should not.
"""

import sys
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from grading.course import Course
from grading.errors import (
    CheckFellShort,
    CourseError,
    CourseNotFound,
    GradingFailed,
    GradingStopped,
)

app = typer.Typer(
    help="Generate the student notebooks of a course, and grade a whole class.",
    epilog="Run it anywhere inside the course, or name the course with --course.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments=None):
    """Run the `course` command; the console script.

    Exit codes: 0 done, 1 something needs attention, 2 the command line is wrong.
    """
    # A package of jsonschema's that takes two seconds to import, for nothing that is
    # used here; jsonschema goes on without it.
    sys.modules.setdefault("rfc3987_syntax", None)
    try:
        app(args=arguments, prog_name="course")
    except CourseError as error:
        complain(error)
        sys.exit(1)
    except OSError as error:
        if error.filename is None:  # not about a file that a person could put right
            raise
        print(f"course: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(1)


def complain(error):
    """Print what a `CourseError` says to stderr, a line for each problem."""
    for line in error.lines:
        print(f"course: {line}", file=sys.stderr)


def find_course(context):
    """Return the course that the command line means, as a `Course`."""
    folder = context.find_root().params.get("folder")
    return Course.at(folder) if folder else Course.find()


def show_progress(text, total, *, with_estimate=False):
    """Return a progress bar on stderr; it shows only on a terminal, while it runs.

    Use it as a context manager; call `advance()` on what it gives. The estimate is of
    the time left.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([TimeRemainingColumn()] if with_estimate else []),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    progress.add_task(text, total=total)
    return progress


def _set_total(progress, total):
    progress.update(progress.task_ids[0], total=total)


def _show_version(wanted):
    if wanted:
        print(f"course {version('neural-networks-by-hand')}")
        raise typer.Exit


def _count(changed):
    return "1 file changed" if len(changed) == 1 else f"{len(changed)} files changed"


def _complete_name(context: typer.Context, incomplete: str):
    try:
        names = find_course(context).assignments()
    except CourseError:
        return []
    return [name for name in names if name.startswith(incomplete)]


Name = Annotated[
    str, typer.Argument(help="An assignment.", autocompletion=_complete_name)
]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Assignments; all.", autocompletion=_complete_name
    ),
]


@app.callback()
def _course(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--course",
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="The course folder; by default the one around the current folder.",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
):
    pass


@app.command()
def release(context: typer.Context, names: Names = None):
    """Generate the student notebooks from the source notebooks."""
    course = find_course(context)
    chosen = course.choose(names)
    from grading.release import release as generate

    done = []
    try:
        with show_progress("Releasing", len(chosen)) as progress:

            def note(name, changed, failure):
                progress.advance(progress.task_ids[0])
                state = _count(changed) if changed else "unchanged"
                done.append(f"{name}: {'failed' if failure else state}")

            generate(course, chosen, on_done=note)
    finally:
        for line in done:
            print(line)


@app.command()
def sync(
    context: typer.Context,
    names: Names = None,
    from_text: Annotated[
        bool,
        typer.Option(
            "--from-text", help="Write the notebooks from the texts in source_py/."
        ),
    ] = False,
):
    """Keep source notebooks, their text twins and parts.py in step."""
    course = find_course(context)
    from grading import parts, twins

    if from_text:
        changed = twins.write_notebooks(course, course.choose_texts(names))
    else:
        changed = twins.write_text(course, course.choose(names))
    changed += parts.write_parts(course, course.assignments())
    changed += parts.write_lecture_parts(course)
    for path in changed:
        print(f"wrote {path.relative_to(course.root)}")
    if not changed:
        print("everything is in step")


@app.command()
def bundle(
    context: typer.Context,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Where to write it; by default build/students.zip in the course.",
        ),
    ] = None,
):
    """Pack what students need into one zip: notebooks, environment, helpers."""
    course = find_course(context)
    from grading.bundle import write_bundle

    path = output or course.build / "students.zip"
    write_bundle(course, path)
    print(f"wrote {path}")


Students = Annotated[
    list[str] | None,
    typer.Option(
        "--students",
        "-s",
        metavar="STUDENT[,...]",
        help="Only these students; separate them by commas, or repeat the option.",
    ),
]


def _split(students):
    names = (name.strip() for given in students or () for name in given.split(","))
    return [name for name in names if name]


class Isolation(StrEnum):
    """How well students' code is kept from doing harm."""

    FULL = "full"
    LANDLOCK = "landlock"
    NONE = "none"


@app.command()
def grade(
    context: typer.Context,
    name: Name,
    students: Students = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Submissions at a time; the cores."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=1,
            help="For a submission; by default as in nbgrader_config.py.",
        ),
    ] = None,
    cell_timeout: Annotated[
        float | None,
        typer.Option(
            "--cell-timeout",
            metavar="SECONDS",
            min=1,
            help="For one cell; by default as in nbgrader_config.py.",
        ),
    ] = None,
    isolation: Annotated[
        Isolation | None,
        typer.Option(
            "--isolation",
            help="How students' code is kept apart; the best that there is.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Grade again what has not changed, too."),
    ] = False,
):
    """Grade every submission for an assignment, in submitted/STUDENT/NAME/.

    What was graded before and has not changed is left as it is. Grades and comments
    given by hand are kept. Ctrl-C stops it, and the same command does the rest. Exit
    code 1 if a submission could not be graded, 130 if it was stopped.
    """
    course = find_course(context)
    course.assignment(name)
    from grading.grade import grade as grade_class

    kept = []
    with show_progress(f"Grading {name}", None, with_estimate=True) as progress:

        def start(begun):
            _set_total(progress, begun.total)
            if begun.remark:
                progress.console.print(f"course: {begun.remark}", markup=False)
            if begun.changed_tests:
                progress.console.print(
                    "course: the source now has other tests for "
                    f"{', '.join(begun.changed_tests)}; "
                    f"run `course release {name}` to grade with them",
                    markup=False,
                )

        def note(result, graded_now):
            progress.advance(progress.task_ids[0])
            if not graded_now:
                kept.append(result.student)

        limits = {"total": timeout, "cell": cell_timeout}
        try:
            results = grade_class(
                course,
                name,
                students=_split(students),
                force=force,
                on_start=start,
                on_done=note,
                jobs=jobs,
                limits={what: limit for what, limit in limits.items() if limit},
                isolation=isolation and isolation.value,
            )
        except GradingStopped as stopped:
            progress.stop()
            complain(stopped)
            raise typer.Exit(130) from None
    _show_results(results, kept)


def _show_results(results, kept):
    from rich.console import Console

    from grading.report import tabulate_results

    console = Console()
    console.print(tabulate_results(results))
    if kept:
        count = "all" if len(kept) == len(results) else f"{len(kept)} of {len(results)}"
        console.print(
            f"{count} unchanged since they were graded (--force grades again)"
        )
    failed = [result.student for result in results if result.score is None]
    if failed:
        raise GradingFailed(
            f"{len(failed)} of {len(results)} could not be graded: {', '.join(failed)}"
        )


@app.command()
def feedback(
    context: typer.Context,
    name: Name,
    students: Students = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, help="Pages at a time; the cores if there are many."
        ),
    ] = None,
):
    """Write a page for each graded submission, in feedback/STUDENT/NAME/."""
    course = find_course(context)
    course.assignment(name)
    from grading.feedback import write_feedback

    with show_progress("Writing feedback", None) as progress:
        pages = write_feedback(
            course,
            name,
            students=_split(students),
            jobs=jobs,
            on_done=lambda student: progress.advance(progress.task_ids[0]),
        )
    where = course.feedback.relative_to(course.root) / "STUDENT" / name / f"{name}.html"
    print(f"wrote {len(pages)} pages: {where}")


@app.command()
def report(
    context: typer.Context,
    names: Names = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Where to write the page; by default build/report.html in the course.",
        ),
    ] = None,
):
    """Show students by checks, and write a page with the distribution of each check."""
    course = find_course(context)
    chosen = course.choose(names)
    from rich.console import Console

    from grading.report import explain_columns, read_class, tabulate_class, write_page

    reports = read_class(course, chosen)
    console = Console()
    for assignment in reports:
        console.print(*tabulate_class(assignment, console.width), sep="\n")
        console.print(*explain_columns(assignment), sep="\n", markup=False)
    path = output or course.build / "report.html"
    write_page(reports, path)
    print(f"wrote {path}")


@app.command()
def check(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Notebooks, components (01_linear/linear), entries; all.",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Solutions at a time; the cores."),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds",
            min=1,
            help="Repeat it with other random numbers, so many in all.",
        ),
    ] = 1,
    graded: Annotated[
        bool,
        typer.Option(
            "--graded", help="Hand the solutions in and grade them; takes minutes."
        ),
    ] = False,
    show: Annotated[
        bool,
        typer.Option("--show", help="Print what each check says of each solution."),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", dir_okay=False, help="Write it as a page, too."
        ),
    ] = None,
):
    """Prove the checks: run the wrong and right solutions in mistakes/ through them.

    Exit code 1 if a wrong solution gets points that it must not get, a right one is
    refused, or a student would be told something else than the entry says.
    """
    course = find_course(context)
    if graded and seeds > 1:
        raise typer.BadParameter(
            "--graded runs the checks as they are, without --seeds"
        )
    from rich.console import Console

    from grading.proof import prove
    from grading.proof_page import render_page, show_messages, tabulate

    if graded:
        from grading.graded_trial import grade_trials as run_all
    else:
        from grading.trial import run_trials as run_all

    wrong = []
    for shift in range(seeds):
        what = "Checking" if seeds == 1 else f"Seeds {shift + 1} of {seeds}"
        with show_progress(what, None) as progress:
            bar = progress.task_ids[0]
            run = partial(run_all, jobs=jobs, on_done=partial(progress.advance, bar))
            if shift:
                run = partial(run, shift=shift)
            start = partial(_set_total, progress)
            verdicts = prove(course, names or [], run, on_start=start)
        if show:
            print(*show_messages(verdicts), sep="\n")
        if shift == 0:
            Console().print(tabulate(verdicts))
        for verdict in verdicts:
            seed = f" (seeds shifted by {shift})" if shift else ""
            wrong += [f"{verdict.entry.place}{seed}: {p}" for p in verdict.problems]
        if shift == 0 and page:
            page.write_text(render_page(verdicts), encoding="utf-8")
            print(f"wrote {page}")
    if wrong:
        raise CheckFellShort(*wrong)
    times = f", with each of {seeds} sets of random numbers" if seeds > 1 else ""
    print(f"all {len(verdicts)} solutions got what they must{times}")


@app.command()
def mutants(
    context: typer.Context,
    names: Names = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, help="Solutions at a time; the cores."),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page", metavar="FILE", dir_okay=False, help="Write it as a page, too."
        ),
    ] = None,
):
    """Change the reference solutions by machine, and see the graded checks notice it.

    Exit code 1 if a change goes unnoticed and mistakes/equivalent.toml does not say
    why it is none.
    """
    course = find_course(context)
    chosen = course.choose(names)
    from rich.console import Console

    from grading.mutants import make_mutants, problems, run_mutants
    from grading.proof_page import render_mutants, tabulate_mutants

    made = [mutant for name in chosen for mutant in make_mutants(course, name)]
    with show_progress("Checking mutants", len(made)) as progress:
        advance = partial(progress.advance, progress.task_ids[0])
        judged = run_mutants(course, made, jobs=jobs, on_done=advance)
    Console().print(tabulate_mutants(judged))
    if page:
        page.write_text(render_mutants(judged), encoding="utf-8")
        print(f"wrote {page}")
    wrong = problems(course, judged)
    if wrong:
        raise CheckFellShort(*wrong)


@app.command()
def doctor(context: typer.Context):
    """Show what this machine offers to keep students' code apart.

    Exit code 1 if `course grade` would refuse to run it.
    """
    from grading.doctor import examine

    try:
        course = find_course(context)
    except CourseNotFound:
        course = None
    findings, ready = examine(course)
    for what, found in findings:
        print(f"{what + ':':<12} {found}")
    if not ready:
        raise typer.Exit(1)


@app.command()
def demo(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Assignments that the sample class works on; three of them.",
            autocompletion=_complete_name,
        ),
    ] = None,
):
    """Release, grade a sample class, write feedback and a report, in build/demo.

    Exit code 1 if a submission gets other points than it must. The course's own
    submissions and gradebook are not touched.
    """
    course = find_course(context)
    from rich.console import Console

    from grading.demo import (
        NAMES,
        explain_differences,
        run_demo,
        tabulate_comparisons,
    )

    with show_progress("Demo", None) as progress:
        bar = progress.task_ids[0]

        def show(text, number):
            if text is None:
                progress.advance(bar, number)
            else:
                print(text)
                progress.reset(bar, description=text, total=number)

        made, comparisons = run_demo(course, names or NAMES, report_step=show)
    Console().print(tabulate_comparisons(comparisons))
    wrong = explain_differences(comparisons)
    if wrong:
        raise GradingFailed(*wrong)
    count = len(comparisons)
    print(f"all {count} submissions got the points that they must")
    for what, path in (
        ("student notebooks", made.release),
        ("graded notebooks", made.autograded),
        ("feedback", made.feedback),
        ("report", made.build / "report.html"),
    ):
        print(f"{what + ':':<18} {path}")
