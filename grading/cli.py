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


def _complete_name(context, incomplete):
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
