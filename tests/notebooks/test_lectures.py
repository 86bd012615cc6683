"""The lecture notebooks: their form, and that each runs without anyone touching it."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from grading.course import Course

COURSE = Course.at(Path(__file__).parents[2])
LECTURES = sorted(COURSE.lectures.glob("*.ipynb"))

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


@each_lecture
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
def test_a_lecture_on_digits_reaches_its_accuracy_on_the_real_mnist(
    name, least, real_mnist, run_notebook, texts
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
