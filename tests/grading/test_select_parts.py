"""Only some parts of a notebook are handed out, whichever way it is released."""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from grading.course import Course
from grading.errors import ReleaseFailed, UnknownPart
from grading.grade import grade
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.release import release
from grading.report import read_class
from grading.sample_class import Work, fill_in
from grading.selection import parts_of, select
from grading.sources import checks

PROJECT = Path(__file__).parents[2]
ZOO = "11_zoo"
PARTS = ["activations", "losses", "optimisers", "dropout"]


def choose(course, parts):
    """Name the parts that are handed out in the course's own configuration."""
    with (course.root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.SelectParts.parts = {parts!r}\n")


@pytest.fixture
def quad(course, editing):
    """The tiny course, whose second notebook has the parts `code` and `words`."""
    with editing(course.source_notebook("02_quad")) as cells:
        for name in ("quadruple", "check_quadruple", "test_quadruple"):
            cells[name]["metadata"]["tags"] = ["part:code"]
        for name in ("why_question", "why"):
            cells[name]["metadata"]["tags"] = ["part:words", "loud"]
    return course


@pytest.fixture
def zoo(tmp_path):
    """A copy of the real course, its sources only."""
    root = tmp_path / "the course"
    shutil.copytree(PROJECT / "source", root / "source")
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    return Course.at(root)


def cell(*tags):
    return {"cell_type": "code", "source": "", "metadata": {"tags": list(tags)}}


def test_a_cell_belongs_to_the_parts_that_its_tags_name():
    assert parts_of(cell("part:a", "loud", "part:b")) == {"a", "b"}
    assert parts_of(cell("loud")) == parts_of({"metadata": {}}) == set()


def test_cells_of_the_wanted_parts_stay_and_those_of_none():
    cells = [
        cell(),
        cell("part:a"),
        cell("part:b"),
        cell("part:a", "part:b"),
        cell("c"),
    ]
    assert select("01", cells, ["a"]) == [cells[i] for i in (0, 1, 3, 4)]
    assert select("01", cells, ("a", "b")) == cells


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            ["losess"],
            r"'01' has no part 'losess' \(did you mean 'losses'\?\); there are ",
        ),
        (["x"], "'01' has no part 'x'; there are activations, losses$"),
        ("losses", "expected a list of parts for '01', got 'losses'; there are "),
        ([], r"expected a list of parts for '01', got \[\]; there are activations, "),
    ],
)
def test_a_wrong_choice_is_one_line_that_names_the_parts(wanted, message):
    cells = [cell("part:activations"), cell(), cell("part:losses")]
    with pytest.raises(UnknownPart, match=message) as error:
        select("01", cells, wanted)
    assert len(error.value.lines) == 1


def test_a_notebook_without_parts_says_so():
    with pytest.raises(UnknownPart, match="'01' has no part 'a'; it has no parts"):
        select("01", [cell()], ["a"])


def test_without_a_choice_everything_is_released(quad):
    release(quad, ["02_quad"])
    ids = [c["id"] for c in read_notebook(quad.release_notebook("02_quad"))["cells"]]
    assert ids == [
        c["id"] for c in read_notebook(quad.source_notebook("02_quad"))["cells"]
    ]


@pytest.mark.xdist_group("nbgrader")
def test_course_release_the_formgrader_and_nbgrader_leave_out_the_same(
    quad, content, tmp_path
):
    choose(quad, {"02_quad": ["code"]})
    second, third = tmp_path / "second", tmp_path / "third"
    for other in (second, third):
        shutil.copytree(quad.root, other)
    release(quad, ["01_double", "02_quad"])
    wanted = content(quad.release)
    cells = json.loads(wanted["02_quad/02_quad.ipynb"])["cells"]
    assert [c["id"] for c in cells] == [
        "title",
        "imports",
        "quadruple",
        "check_quadruple",
        "test_quadruple",
    ]

    config = Course.at(second).nbgrader_config()
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    for name in ("01_double", "02_quad"):
        result = api.generate_assignment(name)
        assert result["success"], result
    assert content(second / "release") == wanted

    from tests.grading.test_release import run_nbgrader

    for name in ("01_double", "02_quad"):
        done = run_nbgrader(Course.at(third), "generate_assignment", name, "--force")
        assert done.returncode == 0, done.stderr
    assert content(third / "release") == wanted


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        (
            {"02_quad": ["cod"]},
            "SelectParts.parts: '02_quad' has no part 'cod' (did you mean 'code'?); "
            "there are code, words",
        ),
        (
            {"02_quads": ["code"]},
            "SelectParts.parts: no assignment named '02_quads': did you mean "
            "'02_quad'?",
        ),
    ],
)
def test_a_wrong_name_stops_the_release_with_one_line(quad, content, parts, line):
    release(quad, ["02_quad"])
    before = content(quad.release)
    choose(quad, parts)
    with pytest.raises(ReleaseFailed) as error:
        release(quad, ["02_quad"])
    assert error.value.lines == (line,)
    assert content(quad.release) == before


@pytest.mark.usefixtures("warm_workers")
@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_the_zoo_can_be_handed_out_and_graded_alone(zoo, part):
    choose(zoo, {ZOO: [part]})
    release(zoo, [ZOO])
    source = read_notebook(zoo.source_notebook(ZOO))["cells"]
    asked = {
        nbgrader_metadata(cell)["grade_id"]: nbgrader_metadata(cell)["points"]
        for cell in source
        if nbgrader_metadata(cell).get("grade") and parts_of(cell) == {part}
    }
    assert 0 < len(asked) < len(checks(zoo, ZOO))
    folder = zoo.submitted / "ada" / ZOO
    folder.mkdir(parents=True)
    notebook = fill_in(zoo, ZOO, Work())
    (folder / f"{ZOO}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (ada,) = grade(zoo, ZOO)
    assert {o.grade_id: o.points for o in ada.outcomes} == asked
    with Gradebook(f"sqlite:///{zoo.gradebook}") as gradebook:
        submission = gradebook.find_submission(ZOO, "ada")
        assert submission.max_score == submission.score == sum(asked.values())
    (report,) = read_class(zoo, [ZOO])
    assert [check.grade_id for check in report.checks] == list(asked)
    cells = read_notebook(zoo.autograded / "ada" / ZOO / f"{ZOO}.ipynb")["cells"]
    outputs = json.dumps([c.get("outputs") for c in cells])
    assert not re.search('"output_type": "error"', outputs)


def test_every_graded_cell_of_the_zoo_belongs_to_one_of_its_parts():
    cells = read_notebook(Course.at(PROJECT).source_notebook(ZOO))["cells"]
    graded = [parts_of(c) for c in cells if nbgrader_metadata(c).get("grade_id")]
    assert all(len(parts) == 1 for parts in graded)
    assert set().union(*graded) == set(PARTS)


def defined(cell):
    """Return what a code cell defines at its top level."""
    for node in ast.parse(cell["source"]).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def named(cell):
    """Return the names in a code cell, or those in backticks in a text."""
    if cell["cell_type"] != "code":
        return set(re.findall(r"`(\w+)", cell["source"]))
    nodes = ast.walk(ast.parse(cell["source"]))
    return {node.id for node in nodes if isinstance(node, ast.Name)}


def test_no_cell_of_the_zoo_names_what_is_not_handed_out_with_it():
    cells = read_notebook(Course.at(PROJECT).source_notebook(ZOO))["cells"]
    reach = [parts_of(cell) or set(PARTS) for cell in cells]
    owners = {}
    for cell, parts in zip(cells, reach, strict=True):
        if cell["cell_type"] == "code":
            owners |= {name: owners.get(name, set()) | parts for name in defined(cell)}
    assert {"LeakyReLU", "HuberLoss", "Lion", "set_training", "spoil"} <= owners.keys()
    for cell, parts in zip(cells, reach, strict=True):
        for name in named(cell) & owners.keys():
            assert parts <= owners[name], (name, cell["source"])
