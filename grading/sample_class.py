"""Make a class of made-up students, and say how many points each must get.

Every submission is made from the notebooks as they are: what is handed out, the
reference solutions filled in, then a student's own mistakes and mishaps. A mistake is
a small change of the reference solution's text; where that text has changed since, the
change no longer fits and making the class stops, so that the two cannot drift apart.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import indent

from grading.errors import CourseError
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.sources import checks

#: All graded cells of an assignment.
EVERYTHING = "everything"


@dataclass(frozen=True)
class Change:
    """A mistake, or another way to be right, in the solution cell `cell`.

    `old` is a piece of the reference solution that occurs once in it.
    """

    cell: str
    old: str
    new: str


@dataclass(frozen=True)
class Work:
    """What a student made of one notebook.

    Parameters
    ----------
    changes : tuple of Change
        Where it differs from the reference solution.
    skips : tuple of str, or EVERYTHING
        What was not attempted: ``"linear.backward"`` is a method in the cell `linear`.
    edits : tuple of function
        What happened to the notebook, each given the notebook as a dictionary.
    spoil : function, optional
        What happened to the file, given its path.
    loses : tuple of str, or EVERYTHING
        The graded cells that must give no points; the others must give all.
    gradable : bool
        Whether there is anything to grade.
    """

    changes: tuple[Change, ...] = ()
    skips: tuple[str, ...] | str = ()
    edits: tuple[Callable, ...] = ()
    spoil: Callable | None = None
    loses: tuple[str, ...] | str = ()
    gradable: bool = True


def make_sample_class(course, names, destination):
    """Write the submissions of the sample class into a folder.

    Parameters
    ----------
    course : Course
        With the assignments released.
    names : list of str
        Assignments; those that no student works on are left out.
    destination : Path
        For example the `submitted` folder of a course made for this.

    Returns
    -------
    dict
        student -> assignment -> graded cell -> the points it must get; None in place
        of the last dictionary if the submission must not be graded.

    Raises
    ------
    CourseError
        If a mistake does not fit the reference solution, or a graded cell that must be
        lost does not exist.
    """
    expected = {}
    for student, works in SAMPLE_CLASS.items():
        for name, work in works.items():
            if name in names:
                path = destination / student / name / f"{name}.ipynb"
                path.parent.mkdir(parents=True)
                _write(fill_in(course, name, work), path)
                if work.spoil:
                    work.spoil(path)
                points = _expect(course, student, name, work)
                expected.setdefault(student, {})[name] = points
    return expected


def fill_in(course, name, work):
    """Return the released notebook with a student's work in it, as a dictionary."""
    notebook = read_notebook(course.release_notebook(name))
    solutions = {
        nbgrader_metadata(cell).get("grade_id"): cell["source"]
        for cell in read_notebook(course.source_notebook(name))["cells"]
        if nbgrader_metadata(cell).get("solution")
    }
    unused = list(work.changes)
    for cell in notebook["cells"]:
        grade_id = nbgrader_metadata(cell).get("grade_id")
        if grade_id in solutions and cell["cell_type"] == "code":
            text = solutions[grade_id]
            for change in work.changes:
                if change.cell == grade_id:
                    text = _apply(change, text, name)
                    unused.remove(change)
            cell["source"] = _solve(text, grade_id, work.skips)
    if unused:
        raise CourseError(f"{name}: there is no solution cell '{unused[0].cell}'")
    for edit in work.edits:
        edit(notebook)
    return notebook


def _apply(change, text, name):
    if text.count(change.old) != 1:
        raise CourseError(
            f"{name}, '{change.cell}': the reference solution has {change.old!r} "
            f"{text.count(change.old)} times; bring the sample class up to date"
        )
    return text.replace(change.old, change.new)


def _solve(text, grade_id, skips):
    """Return a solution cell as a student would leave it, some parts not attempted."""
    function, kept, solution = None, [], None
    for line in text.split("\n"):
        defined = re.match(r"\s*def (\w+)", line)
        if "### BEGIN SOLUTION" in line:
            solution = []
            margin = line[: len(line) - len(line.lstrip())]
            skipped = skips == EVERYTHING or {grade_id, f"{grade_id}.{function}"} & set(
                skips
            )
        elif "### END SOLUTION" in line:
            stub = "# YOUR CODE HERE\nraise NotImplementedError()"
            kept += [indent(stub, margin)] if skipped else solution
            solution = None
        elif solution is not None:
            solution.append(line)
        else:
            function = defined[1] if defined else function
            kept.append(line)
    return "\n".join(kept)


def _expect(course, student, name, work):
    if not work.gradable:
        return None
    graded = {check.grade_id: check.points for check in checks(course, name)}
    lost = set(graded) if work.loses == EVERYTHING else set(work.loses)
    if lost - set(graded):
        raise CourseError(
            f"{name}: no graded cell '{min(lost - set(graded))}', "
            f"which {student} should lose"
        )
    return {check: 0 if check in lost else points for check, points in graded.items()}


def _write(notebook, path):
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")


# What happens to notebooks -----------------------------------------------------------


def use_kernel(name):
    """Return an edit: the notebook asks for another kernel, or for none."""

    def edit(notebook):
        if name is None:
            del notebook["metadata"]["kernelspec"]
        else:
            notebook["metadata"]["kernelspec"] = {"name": name, "display_name": name}

    return edit


def delete(*grade_ids):
    """Return an edit: these cells are gone."""

    def edit(notebook):
        notebook["cells"] = [
            cell
            for cell in notebook["cells"]
            if nbgrader_metadata(cell).get("grade_id") not in grade_ids
        ]

    return edit


def copy_cell(grade_id, place):
    """Return an edit: a copy of a cell, metadata and all, at another place."""

    def edit(notebook):
        (cell,) = (
            cell
            for cell in notebook["cells"]
            if nbgrader_metadata(cell).get("grade_id") == grade_id
        )
        twin = json.loads(json.dumps(cell)) | {"id": f"{grade_id}-again"}
        notebook["cells"].insert(place, twin)

    return edit


def retype(grade_id, kind):
    """Return an edit: a cell has become a cell of another kind."""

    def edit(notebook):
        for cell in notebook["cells"]:
            if nbgrader_metadata(cell).get("grade_id") == grade_id:
                cell["cell_type"] = kind

    return edit


def overwrite(grade_id, text):
    """Return an edit: a cell says something else."""

    def edit(notebook):
        for cell in notebook["cells"]:
            if nbgrader_metadata(cell).get("grade_id") == grade_id:
                cell["source"] = text

    return edit


def add_cells(*texts):
    """Return an edit: code cells of the student's own, spread over the notebook."""

    def edit(notebook):
        step = len(notebook["cells"]) // (len(texts) + 1)
        for number, text in enumerate(texts, start=1):
            cell = {"cell_type": "code", "id": f"own-{number}", "metadata": {}}
            cell |= {"execution_count": number, "outputs": [], "source": text}
            notebook["cells"].insert(number * step + number, cell)

    return edit


def rename(new_name):
    """Return what spoils a file: it has another name."""
    return lambda path: path.rename(path.with_name(new_name))


def replace_text(text):
    """Return what spoils a file: it holds something else."""
    return lambda path: path.write_text(text, encoding="utf-8")


def remove(path):
    """Spoil a file: it was never handed in."""
    path.unlink()


def add_byte_order_mark(path):
    """Spoil a file: an editor put a byte order mark in front."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def break_merge(path):
    """Spoil a file: two versions were merged, and nobody finished it."""
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{\n", "{\n<<<<<<< HEAD\n", 1), encoding="utf-8")


# The class ------------------------------------------------------------------------

_NOISE = (
    "\n"
    "        import sys, warnings\n"
    '        warnings.warn("this is a harmless warning")\n'
    '        print("x has shape", x.shape, file=sys.stderr)'
)

SAMPLE_CLASS = {
    # Everything right, as in the reference.
    "ada": {
        "00_warmup": Work(),
        "01_linear": Work(),
        "02_activations": Work(),
        "04_mse": Work(),
    },
    # Opened, run, and handed in as it was.
    "ben": {
        "00_warmup": Work(skips=EVERYTHING, loses=EVERYTHING),
        "01_linear": Work(skips=EVERYTHING, loses=EVERYTHING),
        "02_activations": Work(skips=EVERYTHING, loses=EVERYTHING),
        "04_mse": Work(skips=EVERYTHING, loses=EVERYTHING),
    },
    # Partly done.
    "cleo": {
        "01_linear": Work(
            skips=("linear.backward", "linear.update_params"),
            loses=(
                "test_linear_grad_input",
                "test_linear_grad_weights",
                "test_linear_grad_biases",
                "test_linear_update",
            ),
        ),
        "02_activations": Work(
            skips=("sigmoid",), loses=("test_sigmoid_forward", "test_sigmoid_backward")
        ),
        "04_mse": Work(skips=("mse.backward",), loses=("test_mse_backward",)),
    },
    # One typical mistake a notebook, each costing one check.
    "dan": {
        "00_warmup": Work(  # the (N,) against (N, 1) trap
            changes=(Change("residuals", "if y.shape != t.shape:", "if False:"),),
            loses=("test_residuals",),
        ),
        "01_linear": Work(  # the bias is left out
            changes=(
                Change("linear", "self.weights.T + self.biases", "self.weights.T"),
            ),
            loses=("test_linear_forward",),
        ),
        "02_activations": Work(  # a mask that is always true
            changes=(Change("relu", "self.output > 0", "self.output >= 0"),),
            loses=("test_relu_backward",),
        ),
        "04_mse": Work(  # divided by N, not by the size
            changes=(
                Change(
                    "mse", "np.mean(self.misses**2)", "np.sum(self.misses**2) / len(y)"
                ),
            ),
            loses=("test_mse_forward",),
        ),
    },
    "eve": {
        "01_linear": Work(  # transposed
            changes=(
                Change("linear", "grad_output.T @ self.x", "self.x.T @ grad_output"),
            ),
            loses=("test_linear_grad_weights",),
        ),
        "02_activations": Work(  # (1 - tanh)^2
            changes=(Change("tanh", "(1 - self.output**2)", "(1 - self.output) ** 2"),),
            loses=("test_tanh_backward",),
        ),
        "04_mse": Work(  # the 2 is missing
            changes=(Change("mse", "2 * self.misses", "self.misses"),),
            loses=("test_mse_backward",),
        ),
    },
    "finn": {
        "01_linear": Work(  # a mean in place of a sum
            changes=(Change("linear", "grad_output.sum(", "grad_output.mean("),),
            loses=("test_linear_grad_biases",),
        ),
        "02_activations": Work(  # NaN at 1000
            changes=(
                Change(
                    "sigmoid",
                    "np.where(x >= 0, 1.0, small) / (1 + small)",
                    "np.exp(1.0 * x) / (1 + np.exp(1.0 * x))",
                ),
            ),
            loses=("test_sigmoid_forward",),
        ),
        "04_mse": Work(  # (N,) minus (N, 1) broadcasts
            changes=(Change("mse", "residuals(y, t)", "1.0 * y - t"),),
            loses=("test_mse_shapes",),
        ),
    },
    "gita": {
        "01_linear": Work(  # uphill, and a layer that forgets to answer
            changes=(
                Change("linear", "return grad_output @", "grad_output @"),
                Change("linear", "self.biases - learning", "self.biases + learning"),
            ),
            loses=("test_linear_grad_input", "test_linear_update"),
        ),
        "02_activations": Work(  # changes its argument in place
            changes=(
                Change(
                    "relu",
                    "self.output = np.maximum(x, 0.0)",
                    "x[x < 0] = 0\n        self.output = 1.0 * x",
                ),
            ),
            loses=("test_relu_forward",),
        ),
    },
    # Right, and noisy: warnings and prints cost nothing.
    "hugo": {
        "01_linear": Work(
            changes=(Change("linear", "self.x = x", f"self.x = x{_NOISE}"),)
        ),
        "02_activations": Work(  # overflows with a warning, and is right all the same
            changes=(
                Change(
                    "sigmoid",
                    "np.where(x >= 0, 1.0, small) / (1 + small)",
                    "1 / (1 + np.exp(-1.0 * x))",
                ),
            )
        ),
    },
    # Right, in another way, with cells of one's own.
    "iris": {
        "01_linear": Work(
            changes=(
                Change(
                    "linear",
                    "x @ self.weights.T",
                    'np.einsum("nd,md->nm", x, self.weights)',
                ),
                Change(
                    "linear",
                    "self.weights = self.weights - learning_rate * self.grad_weights",
                    "self.weights -= learning_rate * self.grad_weights",
                ),
            ),
            edits=(add_cells("print('so far, so good')", "a = 1\na", "1 / 0"),),
        ),
        "02_activations": Work(
            changes=(
                Change(
                    "tanh", "(1 - self.output**2)", "(1 - self.output * self.output)"
                ),
                Change("relu", "np.maximum(x, 0.0)", "np.where(x > 0, x, 0.0)"),
            ),
            edits=(
                add_cells("%time sum(range(1000))", "def forward(x):\n    return x"),
            ),
        ),
    },
    # Other kernels.
    "jan": {
        "01_linear": Work(edits=(use_kernel("conda-env-deep-learning-py"),)),
        "02_activations": Work(edits=(use_kernel(None),)),
        "04_mse": Work(edits=(use_kernel("julia-1.9"),), spoil=add_byte_order_mark),
    },
    # Cells deleted, copied, edited and retyped.
    "kim": {
        "01_linear": Work(edits=(delete("test_linear_forward", "test_linear_update"),)),
        "02_activations": Work(
            edits=(copy_cell("test_relu_backward", 3), copy_cell("tanh", -1))
        ),
        "04_mse": Work(
            edits=(overwrite("test_mse_forward", "print('passed')"),),
            changes=(Change("mse", "np.mean(", "np.sum("),),
            loses=("test_mse_forward",),
        ),
    },
    "lea": {
        "01_linear": Work(
            edits=(delete("linear", "test_linear_grad_input"),), loses=EVERYTHING
        ),
        "02_activations": Work(
            edits=(retype("test_tanh_forward", "raw"), retype("sigmoid", "markdown"))
        ),
    },
    # The wrong name.
    "max": {
        "01_linear": Work(spoil=rename("01_linear (1).ipynb")),
        "04_mse": Work(spoil=rename("Max-homework-final.ipynb")),
    },
    # A syntax error costs what it is in, and nothing else.
    "nora": {
        "01_linear": Work(
            changes=(
                Change("linear", "def update_params(self,", "def update_params(self"),
            ),
            loses=EVERYTHING,
        ),
        "02_activations": Work(
            changes=(
                Change("sigmoid", "return self.output\n", "return self.output)\n"),
            ),
            loses=("test_sigmoid_forward", "test_sigmoid_backward"),
        ),
    },
    # Nothing that could be graded.
    "olga": {
        "01_linear": Work(spoil=replace_text("Sorry, the dog ate it."), gradable=False),
        "02_activations": Work(spoil=break_merge, gradable=False),
        "04_mse": Work(spoil=remove, gradable=False),
    },
}
