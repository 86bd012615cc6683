"""The lecture notebooks: their form, and that each runs without anyone touching it."""

import ast
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from grading.course import Course

COURSE = Course.at(Path(__file__).parents[2])
LECTURES = sorted(COURSE.lectures.glob("*.ipynb"))

# What shows other data where there is no network. All lectures run in a browser, too.
WITH_DATA = [path for path in LECTURES if re.search(r"\bdata\.\w+\(", path.read_text())]

each_lecture = pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def stills(notebook):
    """What a run notebook shows: (media types, alternative text) of each picture."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return [
        (sorted(output.data), output.metadata["image/png"]["alt"])
        for output in outputs
        if "data" in output
    ]


@each_lecture
def test_a_lecture_has_short_cells_no_outputs_and_questions_for_the_room(path):
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 25
            assert cell.outputs == []
            assert cell.execution_count is None
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    for part in ("What the room sees.", "How to run it.", "What to take home"):
        assert part in text
    assert text.count("Ask the room") >= 2
    assert text.count("<details>") == text.count("</details>") >= 2


@each_lecture
def test_a_lecture_takes_its_parts_from_carry_and_has_the_projectors_switch(path):
    first = next(c for c in read(path).cells if c.cell_type == "code").source
    code = "\n".join(c.source for c in read(path).cells if c.cell_type == "code")
    assert "from helpers.carry import carry" in first
    switch = "# from helpers import appearance\n# appearance.projector()  # larger text"
    assert switch in first
    assert not re.search(r"^(from|import) parts\b", code, flags=re.MULTILINE)


@pytest.mark.parametrize("path", WITH_DATA, ids=lambda path: path.stem)
def test_a_lecture_runs_offline_and_leaves_a_still_of_each_figure(
    path, offline, run_notebook, texts
):
    notebook = run_notebook(path)
    assert texts(notebook, "stderr") == ""
    shown = stills(notebook)
    assert len(shown) >= 2
    for kinds, said in shown:
        assert kinds == ["image/png", "text/html", "text/plain"]
        assert len(said) > 10


@pytest.mark.parametrize(
    ("name", "least"), [("07_digits", 97), ("10_draw_a_digit", 97)]
)
def test_a_lecture_on_digits_reaches_its_accuracy_on_the_real_data(
    name, least, real_data, run_notebook, texts
):
    text = texts(run_notebook(COURSE.lectures / f"{name}.ipynb"))
    assert float(re.search(r"test accuracy ([\d.]+)%", text)[1]) >= least


def test_a_lecture_uses_your_own_part_where_it_passes_its_checks(
    tmp_path, offline, run_notebook, texts
):
    shutil.copytree(COURSE.lectures, tmp_path / "notebooks")
    for name in ("01_linear", "02_activations"):
        (tmp_path / name).mkdir()
        shutil.copy(COURSE.source_notebook(name), tmp_path / name)
    (stub,) = tmp_path.glob("02_activations/*.ipynb")
    wrong = stub.read_text("utf-8").replace("np.tanh(", "np.tan(")
    stub.write_text(wrong, encoding="utf-8")
    path = tmp_path / "notebooks" / "01_one_neuron.ipynb"
    notebook = read(path)
    notebook.cells = [
        nbformat.v4.new_code_cell(
            "from helpers.carry import carry\n"
            'Linear, Tanh, MSELoss = carry("Linear", "Tanh", "MSELoss")\n'
            "print(Linear.__module__, Tanh.__module__)"
        )
    ]
    nbformat.write(notebook, path)
    said = texts(run_notebook(path))
    assert re.search(r"Linear +yours, from 01_linear", said)
    assert re.search(r"Tanh +the course's: 02_activations: ", said)
    assert "for no earlier notebook here has it: MSELoss" in said
    assert said.splitlines()[-1] == "01_linear parts"


class Names:
    """What a cell binds, what its functions read, and which of them it plays."""

    def __init__(self, code):
        tree = ast.parse(code)
        self.bound = {
            node.id
            for statement in tree.body
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
            for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self.functions = {}
        for statement in tree.body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                inside = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
                own = {n.id for n in inside if isinstance(n.ctx, ast.Store)}
                own |= {n.arg for n in ast.walk(statement) if isinstance(n, ast.arg)}
                self.functions[statement.name] = {n.id for n in inside} - own
        self.plays = {
            name.id
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("play", "draw_digit")
            for argument in call.args[:1]
            for name in ast.walk(argument)
            if isinstance(name, ast.Name)
        }


@each_lecture
def test_no_later_cell_binds_anew_what_a_player_still_reads(path):
    """With *Run All*, a player goes on behind the cells that follow it."""
    cells = [Names(c.source) for c in read(path).cells if c.cell_type == "code"]
    functions = {}
    problems = []
    for place, cell in enumerate(cells):
        functions |= cell.functions
        seen, waiting = set(), set(cell.plays)
        while waiting:
            name = waiting.pop()
            seen.add(name)
            waiting |= functions.get(name, set()) - seen
        for later in cells[place + 1 :]:
            problems += sorted(seen & (later.bound | set(later.functions)))
    assert problems == []
