"""The `course` command: release notebooks, grade a class, write feedback.

Commands import what they need when they run: nbgrader takes seconds to import,
and `course --help` should not.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from grading.course import Course
from grading.errors import CourseError

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
    try:
        app(args=arguments, prog_name="course")
    except CourseError as error:
        complain(error)
        sys.exit(1)


def complain(error):
    """Print what a `CourseError` says to stderr, a line for each problem."""
    for line in error.lines:
        print(f"course: {line}", file=sys.stderr)


def find_course(context):
    """Return the course that the command line means, as a `Course`."""
    folder = context.find_root().params.get("folder")
    return Course.at(folder) if folder else Course.find()


def show_progress(text, total):
    """Return a progress bar on stderr; it shows only on a terminal, while it runs.

    Use it as a context manager; call `advance()` on what it gives.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    progress.add_task(text, total=total)
    return progress


def _show_version(wanted):
    if wanted:
        print(f"course {version('neural-networks-by-hand')}")
        raise typer.Exit


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
                state = f"{len(changed)} files changed" if changed else "unchanged"
                done.append(f"{name}: {'failed' if failure else state}")

            generate(course, chosen, on_done=note)
    finally:
        print(*done, sep="\n")


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
