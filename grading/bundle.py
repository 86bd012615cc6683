"""Pack what students need into one zip: notebooks, environment, the helpers' wheel.

Two runs over the same files give the same bytes. The wheel holds `helpers` only, needs
the base dependencies only, and is built by setuptools with nothing downloaded.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from grading.errors import CourseError, NotReleased
from grading.gradebook import made_by_students
from grading.notebooks import read_notebook

_START = """\
# {title}

You build a neural network by hand, in NumPy. There are {count} notebooks; work through
them in order. Each one checks your work as often as you like.

## Install

Unpack the zip where you keep your work, and open a terminal in the folder `{folder}`.

With conda (or mamba):

    conda env create --file environment.yml
    conda activate {folder}

Or with Python {python} or newer, without conda:

    python -m venv .venv
    source .venv/bin/activate        (on Windows: .venv\\Scripts\\activate)
    python -m pip install --constraint constraints.txt {wheel}

## Work

    jupyter lab

Open the folder of a notebook, then the notebook, and write where it says
`# YOUR CODE HERE`. Leave the other cells as they are, and the notebook's name too. You
may add cells. Each folder may hold a `parts.py`: what earlier notebooks built, so that
you can go on even where one of yours does not work yet.

{notebooks}

## Hand in

Before you hand a notebook in, choose *Kernel > Restart Kernel and Run All Cells* and
read what the checks say. Save it. Hand in one file, `NAME.ipynb`, under its own name.
{more}Some points come from checks that run only when your work is graded: they ask the
same as the ones you see, with other numbers.

## If something does not work

- *No module named helpers*: the environment is not active. Activate it, and start
  JupyterLab from there.
- *No network*: the notebooks go on with small digits that come with scikit-learn.
- *A notebook is beyond repair*: take it from the zip again, and copy your cells over.
"""


def write_bundle(course, path):
    """Write the zip for students.

    Parameters
    ----------
    course : Course
        All of its assignments must have been released.
    path : Path
        The zip; one that is there is replaced once the new one is whole.

    Raises
    ------
    NotReleased
        If an assignment has no student version.
    CourseError
        If a file that belongs into the zip is missing, or it cannot be written.
    """
    names = course.choose([])
    notebooks, config = {}, course.nbgrader_config()
    for name in names:
        notebooks |= _released_files(course, config, name)
    project = _project(course)
    wheel, wheel_bytes = write_wheel(course)
    files = notebooks | {
        "START.md": _start_page(course, project, names, wheel, config).encode(),
        "environment.yml": _environment(project, wheel).encode(),
        "constraints.txt": _read(course.root / "constraints.txt"),
        "LICENSE": _read(course.root / "LICENSE"),
        wheel: wheel_bytes,
    }
    _replace(path, _zip({f"{project['name']}/{file}": files[file] for file in files}))


def write_wheel(course):
    """Return the file name and the bytes of the student package's wheel.

    Raises
    ------
    CourseError
        If `pyproject.toml`, `LICENSE` or `helpers/` is missing, or the build fails.
    """
    project = _project(course)
    package = course.root / "helpers"
    if not (package / "__init__.py").is_file():
        raise CourseError(f"{package} is missing; expected the students' package")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        litter = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(package, tree / "helpers", ignore=litter)
        (tree / "LICENSE").write_bytes(_read(course.root / "LICENSE"))
        (tree / "pyproject.toml").write_text(_student_project(project))
        built = _build(tree, Path(folder) / "built")
        return built.name, built.read_bytes()


def _build(tree, destination):
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    where = ["--wheel-dir", str(destination), str(tree)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, *where],
        env=os.environ
        | {"SOURCE_DATE_EPOCH": "315532800"},  # 1980: the first a zip has
        capture_output=True,
        text=True,
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise CourseError(f"the wheel could not be built: {' '.join(last)}")
    (built,) = destination.glob("*.whl")
    return built


def _project(course):
    path = course.root / "pyproject.toml"
    try:
        return tomllib.loads(_read(path).decode())["project"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise CourseError(f"{path} does not describe a project: {error}") from None


def _student_project(project):
    """Return a `pyproject.toml` for `helpers` alone; JSON's values are TOML's too."""
    kept = ["name", "version", "description", "requires-python", "license"]
    lines = [
        "[build-system]",
        'requires = ["setuptools>=77"]',
        'build-backend = "setuptools.build_meta"',
        "[project]",
        *(f"{key} = {json.dumps(project[key])}" for key in kept),
        f"dependencies = {json.dumps(project['dependencies'])}",
        'license-files = ["LICENSE"]',
        "[tool.setuptools]",
        'packages.find.include = ["helpers*"]',
        'package-data."*" = ["*"]',
    ]
    return "\n".join(lines) + "\n"


def _environment(project, wheel):
    lines = [
        "# What students need. conda env create --file environment.yml",
        f"name: {project['name']}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python{project['requires-python']}",
        *(f"  - {needed}" for needed in project["dependencies"]),
        "  - pip",
        "  - pip:",
        f"      - ./{wheel}",
    ]
    return "\n".join(lines) + "\n"


def _start_page(course, project, names, wheel, config):
    handed_in = {name: made_by_students(config, name) for name in names}
    handed_in = {name: files for name, files in handed_in.items() if files}
    notebooks = [f"- `{name}`: {_title(course, name)}" for name in names]
    return _START.format(
        title=project["name"].replace("-", " ").capitalize(),
        count=len(names),
        folder=project["name"],
        python=project["requires-python"].lstrip(">="),
        wheel=wheel,
        notebooks="\n".join(notebooks),
        more="".join(_explain_files(name, files) for name, files in handed_in.items()),
    )


def _explain_files(name, files):
    """Return the lines that say what is handed in beside a notebook."""
    listed = " and ".join(f"`{file}`" for file in files)
    return f"With `{name}.ipynb` go the files that it writes beside it:\n{listed}.\n"


def _title(course, name):
    """Return the first heading of a notebook, or its name."""
    for cell in read_notebook(course.release_notebook(name))["cells"]:
        for line in cell["source"].split("\n"):
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line.removeprefix("# ").strip()
    return name


def _released_files(course, config, name):
    if not course.release_notebook(name).is_file():
        raise NotReleased(
            f"{name} has no student version; generate it with `course release {name}`"
        )
    return {
        path.relative_to(course.release).as_posix(): path.read_bytes()
        for path in (course.release / name).rglob("*")
        if path.is_file()
        and not _is_litter(path.relative_to(course.release))
        and path.name not in made_by_students(config, name)
    }


def _is_litter(path):
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None


def _zip(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix: the same bytes wherever it is made
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _replace(path, content):
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            whole = Path(folder) / path.name
            whole.write_bytes(content)
            os.replace(whole, path)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}") from None
