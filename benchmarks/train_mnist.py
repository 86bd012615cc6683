"""Seconds, memory and test accuracy of the MNIST trainings in notebooks 06 and 07.

The source notebooks are run as they are, in a real kernel, live figures included. The
seconds are those of the cell that trains; the memory is the kernel's highest, with the
data and every other cell.
"""

import re
from datetime import datetime

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

from grading.course import Course

_PEAK = (
    "import resource; "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)  # on Linux"
)


def measure():
    """Print the figures of both notebooks, and the data that they trained on."""
    course = Course.find(__file__)
    for name in ("06_mnist", "07_adam"):
        notebook = nbformat.read(course.source_notebook(name), as_version=4)
        notebook.cells.append(new_code_cell(_PEAK))
        where = {"metadata": {"path": str(course.source / name)}}
        NotebookClient(notebook, timeout=600, resources=where).execute()
        accuracy, seconds = next(
            (found[1], _seconds(cell))
            for cell in notebook.cells
            if (found := re.search(r"test accuracy ([\d.]+%)", _printed(cell)))
        )
        peak = float(_printed(notebook.cells[-1])) / 1024
        print(f"train_mnist: {name}: {accuracy} in {seconds:.1f} s, {peak:.2f} GiB")
    print("train_mnist: on " + _describe_data())


def _printed(cell):
    outputs = cell.get("outputs", [])
    return "".join(o.text for o in outputs if o.output_type == "stream")


def _seconds(cell):
    times = cell.metadata.execution
    start = datetime.fromisoformat(times["iopub.execute_input"])
    end = datetime.fromisoformat(times["shell.execute_reply"])
    return (end - start).total_seconds()


def _describe_data():
    from helpers import data

    return data.fetch_idx("mnist").source
