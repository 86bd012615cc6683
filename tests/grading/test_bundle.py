import email
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grading.bundle import write_bundle, write_wheel
from grading.course import Course
from grading.errors import CourseError, NotReleased
from grading.sources import checks

PROJECT = Path(__file__).parents[2]
FOLDER = "neural-networks-by-hand"
WHEEL = "neural_networks_by_hand-0.1.0-py3-none-any.whl"


@pytest.fixture
def packed(course):
    """The tiny course with all that a bundle takes, and a release made by hand."""
    for file in ("pyproject.toml", "constraints.txt", "LICENSE"):
        shutil.copy(PROJECT / file, course.root)
    shutil.copytree(
        PROJECT / "helpers",
        course.root / "helpers",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (course.root / "grading").mkdir()
    (course.root / "grading" / "__init__.py").write_text("instructors_only = 1\n")
    for name in course.assignments():
        (course.release / name).mkdir(parents=True)
        shutil.copy(course.source_notebook(name), course.release / name)
    (course.release / "02_quad" / "parts.py").write_text("earlier = 1\n")
    return course


def unzip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_students_make_is_not_packed_and_they_are_told_to_hand_it_in(packed):
    shutil.copy(PROJECT / "nbgrader_config.py", packed.root)
    with (packed.root / "nbgrader_config.py").open("a") as stream:
        made = {"02_quad": ["predictions.csv", "report.npz"]}
        stream.write(f"\nc.HandedIn.files = {made}\n")
    for folder in ("01_double", "02_quad"):
        (packed.release / folder / "predictions.csv").write_text("1\n")
    write_bundle(packed, packed.build / "students.zip")
    files = unzip((packed.build / "students.zip").read_bytes())
    assert f"{FOLDER}/02_quad/predictions.csv" not in files
    assert f"{FOLDER}/01_double/predictions.csv" in files
    start = " ".join(files[f"{FOLDER}/START.md"].decode().split())
    assert "Hand in one file, `NAME.ipynb`, under its own name." in start
    assert (
        "With `02_quad.ipynb` go the files that it writes beside it: "
        "`predictions.csv` and `report.npz`. Some points"
    ) in start
    assert "01_double.ipynb` go" not in start


def test_the_bundle_holds_what_students_need_and_no_more(packed):
    path = packed.build / "students.zip"
    write_bundle(packed, path)
    assert sorted(unzip(path.read_bytes())) == [
        f"{FOLDER}/{file}"
        for file in (
            "01_double/01_double.ipynb",
            "02_quad/02_quad.ipynb",
            "02_quad/parts.py",
            "LICENSE",
            "START.md",
            "constraints.txt",
            "environment.yml",
            WHEEL,
        )
    ]


def test_two_bundles_are_byte_identical(packed, tmp_path):
    first, second = tmp_path / "1.zip", tmp_path / "new folder" / "2.zip"
    write_bundle(packed, first)
    for path in packed.root.rglob("*"):
        os.utime(path, (10**9, 10**9))
    write_bundle(packed, second)
    assert first.read_bytes() == second.read_bytes()


def test_litter_is_left_out(packed, tmp_path):
    write_bundle(packed, tmp_path / "clean.zip")
    for folder in (packed.root / "helpers", packed.release / "01_double"):
        for name in ("__pycache__", ".ipynb_checkpoints"):
            (folder / name).mkdir()
            (folder / name / "junk").touch()
    write_bundle(packed, tmp_path / "littered.zip")
    assert (tmp_path / "littered.zip").read_bytes() == (
        tmp_path / "clean.zip"
    ).read_bytes()


def test_the_wheel_holds_helpers_only(packed):
    name, data = write_wheel(packed)
    assert name == WHEEL
    files = unzip(data)
    top = {file.split("/")[0] for file in files}
    assert top == {"helpers", "neural_networks_by_hand-0.1.0.dist-info"}
    wanted = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "helpers").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {file for file in files if file.startswith("helpers/")} == wanted
    assert not [file for file in files if "entry_points" in file]


def test_the_wheel_needs_the_base_dependencies_only(packed):
    _, data = write_wheel(packed)
    text = unzip(data)["neural_networks_by_hand-0.1.0.dist-info/METADATA"].decode()
    fields = email.message_from_string(text)
    assert fields["Name"] == "neural-networks-by-hand"
    assert fields["Requires-Python"] == ">=3.11"
    needed = {need.split(">")[0] for need in fields.get_all("Requires-Dist")}
    assert {"numpy", "jupyterlab", "matplotlib", "requests"} <= needed
    assert not {"nbgrader", "typer", "rich", "pytest", "jupytext"} & needed
    assert "grading" not in text


def test_pip_accepts_the_wheel(packed, tmp_path):
    name, data = write_wheel(packed)
    (tmp_path / name).write_bytes(data)
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", target, tmp_path / name], check=True)
    assert (target / "helpers" / "checks.py").is_file()
    record = (target / "neural_networks_by_hand-0.1.0.dist-info/RECORD").read_text()
    assert "helpers/checks.py,sha256=" in record


def test_the_start_page_names_the_notebooks_and_the_wheel(packed, tmp_path):
    write_bundle(packed, tmp_path / "students.zip")
    page = unzip((tmp_path / "students.zip").read_bytes())[
        f"{FOLDER}/START.md"
    ].decode()
    assert page.startswith("# Neural networks by hand\n")
    assert "- `01_double`: Double\n- `02_quad`: Quadruple\n" in page
    assert f"pip install --constraint constraints.txt {WHEEL}" in page
    assert "conda env create --file environment.yml" in page


def test_the_environment_installs_the_base_dependencies_and_the_wheel(packed, tmp_path):
    write_bundle(packed, tmp_path / "students.zip")
    text = unzip((tmp_path / "students.zip").read_bytes())[f"{FOLDER}/environment.yml"]
    lines = text.decode().splitlines()
    assert "  - python>=3.11" in lines
    assert [line for line in lines if line.startswith("  - numpy>=")]
    assert lines[-3:] == ["  - pip", "  - pip:", f"      - ./{WHEEL}"]
    assert "nbgrader" not in text.decode()


def test_an_assignment_that_was_not_released_stops_it(packed, tmp_path):
    packed.release_notebook("02_quad").unlink()
    old = tmp_path / "students.zip"
    old.write_bytes(b"the bundle before")
    with pytest.raises(NotReleased) as error:
        write_bundle(packed, old)
    assert str(error.value) == (
        "02_quad has no student version; generate it with `course release 02_quad`"
    )
    assert old.read_bytes() == b"the bundle before"


@pytest.mark.parametrize("missing", ["pyproject.toml", "constraints.txt", "LICENSE"])
def test_a_missing_file_is_named(packed, tmp_path, missing):
    (packed.root / missing).unlink()
    with pytest.raises(CourseError, match=f"{missing} cannot be read: No such file"):
        write_bundle(packed, tmp_path / "students.zip")
    assert not (tmp_path / "students.zip").exists()


def test_a_place_that_cannot_be_written_is_named(packed, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=r"students\.zip cannot be written: "):
        write_bundle(packed, tmp_path / "file" / "students.zip")


def test_the_command_writes_into_build_unless_told_otherwise(packed, run_course):
    path = packed.build / "students.zip"
    assert run_course("--course", packed.root, "bundle") == (0, f"wrote {path}\n", "")
    other = packed.root / "other.zip"
    code, _, _ = run_course("--course", packed.root, "bundle", "--output", other)
    assert code == 0
    assert other.read_bytes() == path.read_bytes()


RUN_NOTEBOOK = """\
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

path = Path(sys.argv[1])
notebook = nbformat.read(path, as_version=4)
folder = {"metadata": {"path": str(path.parent)}}
NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
nbformat.write(notebook, path)
"""


@pytest.fixture(scope="module")
def student_folder(tmp_path_factory):
    """The real course's bundle, unpacked beside an environment made from it alone."""
    home = tmp_path_factory.mktemp("a student")
    write_bundle(Course.at(PROJECT), home / "students.zip")
    with zipfile.ZipFile(home / "students.zip") as archive:
        archive.extractall(home)
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    pip = [home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet"]
    wanted = ["--no-compile", "--constraint", "constraints.txt", WHEEL]
    subprocess.run([*pip, *wanted], cwd=home / FOLDER, check=True)
    return home / FOLDER


def run_as_student(folder, *arguments):
    """Run the student's Python: no network for data, nothing of this checkout."""
    environment = {
        "PATH": f"{folder.parent / 'venv' / 'bin'}{os.pathsep}{os.defpath}",
        "HOME": str(folder.parent),
        "NN_DATA_DIR": str(folder.parent / "data"),
        "HTTP_PROXY": "http://127.0.0.1:9",  # nothing listens there
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "MPLBACKEND": "agg",
    }
    return subprocess.run(
        [folder.parent / "venv" / "bin" / "python", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.xdist_group("student environment")
def test_the_students_environment_has_no_grading(student_folder):
    for module in ("grading", "nbgrader", "jupytext"):
        done = run_as_student(student_folder, "-c", f"import {module}")
        assert f"No module named '{module}'" in done.stderr
    assert not (student_folder.parent / "venv" / "bin" / "course").exists()


@pytest.mark.timeout(1200)
@pytest.mark.xdist_group("student environment")
@pytest.mark.parametrize("name", Course.at(PROJECT).assignments())
def test_each_notebook_of_the_bundle_runs_untouched_and_says_what_to_do(
    student_folder, name
):
    notebook = student_folder / name / f"{name}.ipynb"
    done = run_as_student(student_folder, "-c", RUN_NOTEBOOK, notebook)
    assert done.returncode == 0, done.stderr[-3000:]
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = [text for output in outputs for text in texts(output)]
    visible = [line for line in said if re.match(r"check_\w+: ", line)]
    assert visible
    for line in visible:
        assert re.match(r"check_\w+: not attempted yet\.", line)
    for check in checks(Course.at(PROJECT), name):
        if check.kind == "auto":
            runs = f"{check.grade_id} runs when your work is graded."
            assert any(line.startswith(runs) for line in said)
    assert not [line for line in said if "passed" in line]
    assert "Traceback" not in json.dumps(outputs)


def texts(output):
    """What an output of a notebook says as plain text, line by line."""
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return "".join(text).splitlines()
