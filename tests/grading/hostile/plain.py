"""Hand the hostile submissions to plain nbgrader, and write the table of what comes.

    python tests/grading/hostile/plain.py > table.md

nbgrader's own `Execute` runs them in a kernel, and its `determine_grade` gives the
points, inside a bubblewrap of its own with a course in it. What would harm even that is
not run. Takes about five minutes.
"""

import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from corpus import CHECKS, HERE, HONEST, SECRETS, THEMES, make_task, read_submissions

TIMEOUT = 5  # seconds for a cell; nbgrader's default is 30
PATIENCE = 60  # seconds for a notebook
# Shown by the traceback of a failed `assert`, whatever a student does.
_ALWAYS_SHOWN = {"foxglove"}
_COURSE = Path("/tmp/course")


def main():
    if sys.argv[1:] == ["--inside"]:
        _be_inside()
        return
    plain = _run_plainly()
    ours = _run_sealed()
    print("| attack | plain `nbgrader autograde` | this engine |\n| --- | --- | --- |")
    for theme in THEMES:
        for it in read_submissions():
            if it.theme == theme:
                print(f"| {it.name}: {it.tries} | {plain[it.name]} | {ours[it.name]} |")


# This engine -------------------------------------------------------------------------


def _run_sealed():
    from grading.sealed.execute import execute

    return {it.name: _tell_ours(it, execute(make_task(it, "full"))) for it in _all()}


def _all():
    return read_submissions()


def _tell_ours(submission, result):
    passed, states = set(), []
    for check in result["checks"]:
        if check["state"] == "passed":
            passed.add(CHECKS[check["grade_id"]])
        elif check["state"] not in states:
            states.append(check["state"])
    shown = _join(output for cell in result["outputs"] for output in cell or ())
    told = _tell(submission, passed, shown.replace("hostile()", ""), SECRETS)
    words = {"failed": "not right yet", "died": "process died"}
    stopped = f"stopped: {', '.join(words.get(s, s) for s in states)}"
    if submission.absent:
        stopped = "found nothing"
    if submission.whole:
        stopped += "; scripts cut out of what is written"
    return told or (stopped if states else "no effect")


def _tell(submission, passed, shown, secrets):
    """Return what an attack has won, or ""."""
    told = []
    forged = passed - set(submission.honest)
    dishonest = len(CHECKS) - len(submission.honest)
    if forged:
        all_of_it = len(forged) == dishonest
        told += ["**full marks forged**" if all_of_it else
                 f"**{len(forged)} of {dishonest} checks forged**"]  # fmt: skip
    if any(word in shown for word in secrets):
        told += ["**a hidden test shown**"]
    if any(word in shown for word in submission.absent):
        told += ["**reached what it looked for**"]
    if submission.whole and "hostile()" in shown:
        told += ["scripts kept in the outputs"]
    if lost := set(submission.honest) - passed:
        told += [f"{len(lost)} of its honest checks lost"]
    return ", ".join(told)


def _join(outputs):
    return json.dumps([output for output in outputs])


# Plain nbgrader ----------------------------------------------------------------------


def _run_plainly():
    argv = ["bwrap", "--ro-bind", "/", "/", "--tmpfs", "/tmp", "--dev", "/dev"]
    argv += ["--proc", "/proc", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    argv += ["--die-with-parent", "--chdir", str(HERE)]
    argv += ["--setenv", "HOSTILE_SECRET", "of the instructor"]
    argv += ["--setenv", "IPYTHONDIR", "/tmp/ipython", "--setenv", "HOME", "/tmp"]
    argv += ["--setenv", "PYTHONPATH", str(HERE.parents[2])]
    argv += [sys.executable, __file__, "--inside"]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True)
    # What they started may print as well.
    return json.loads(next(s for s in done.stdout.splitlines() if s[:1] == b"{"))


def _be_inside():
    import nbgrader.preprocessors  # takes seconds; the processes below have it then
    import nbgrader.utils  # noqa: F401

    folder = _COURSE / "submitted" / "eve" / "tiny"
    folder.mkdir(parents=True)
    _COURSE.joinpath("gradebook.db").write_text("the grades")
    told = {}
    for it in (HONEST, *_all()):
        if it.theme == "channel":
            told[it.name] = "has no channel"
        elif it.unsafe or it.follows:
            told[it.name] = "not run"
        else:
            told[it.name] = _grade_apart(it, folder)
        print(it.name, "|", told[it.name], file=sys.stderr, flush=True)
    print("\n" + json.dumps(told))


def _grade_apart(submission, folder):
    """Grade in a process of its own, and end what it leaves."""
    reading, writing = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_grade, args=(submission, folder, writing))
    child.start()
    writing.close()
    told = "**autograde hangs**"
    with contextlib.suppress(EOFError):
        if reading.poll(PATIENCE):
            told = reading.recv()
    for place in Path("/proc").glob("[0-9]*"):
        if int(place.name) not in (1, os.getpid(), os.getppid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(place.name), signal.SIGKILL)
    child.join()
    return told


def _grade(submission, folder, connection):
    from nbgrader.preprocessors import Execute
    from nbgrader.utils import determine_grade

    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    notebook = _make_notebook(submission)
    for name, text in submission.files.items():
        folder.joinpath(name).write_text(text)
    resources = {"metadata": {"path": str(folder)}}
    begin = time.monotonic()
    try:
        Execute(timeout=TIMEOUT, allow_errors=True).preprocess(notebook, resources)
    except Exception as error:
        connection.send(f"no grade: {type(error).__name__}")
        return
    finally:
        for name in submission.files:
            folder.joinpath(name).unlink(missing_ok=True)
    passed = set()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    try:
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in CHECKS and determine_grade(cell)[0]:
                passed.add(CHECKS[grade_id])
    except Exception as error:
        connection.send(f"no grade: {type(error).__name__}")
        return
    secrets = set(SECRETS) - _ALWAYS_SHOWN
    told = _tell(submission, passed, _join(outputs), secrets)
    took = f"stopped after {time.monotonic() - begin:.0f} s"
    connection.send(told or (took if time.monotonic() - begin > 20 else "no effect"))


def _make_notebook(submission):
    import nbformat.v4 as v4

    notebook = v4.new_notebook()
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    for cell in submission.make_cells():
        made = v4.new_code_cell(cell["source"])
        if cell["kind"] == "graded":
            made.metadata.nbgrader = {
                "grade": True,
                "solution": False,
                "locked": True,
                "points": 1,
                "grade_id": cell["grade_id"],
                "schema_version": 3,
                "task": False,
                "cell_type": "code",
            }
        notebook.cells.append(made)
    return notebook


if __name__ == "__main__":
    main()
