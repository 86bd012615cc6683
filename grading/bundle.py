"""Pack what students need into one zip: notebooks, environment, the helpers' wheel.

Two runs over the same files give the same bytes. The wheel is written here, without a
build tool: it holds `helpers` only, needs the base dependencies only, and is made with
nothing downloaded. Its format: packaging.python.org, "Binary distribution format".
"""

import base64
import hashlib
import io
import os
import tempfile
import tomllib
import zipfile
from pathlib import Path

from grading.errors import CourseError, NotReleased
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
Some points come from checks that run only when your work is graded: they ask the same
as the ones you see, with other numbers.

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
    notebooks = {}
    for name in names:
        notebooks |= _released_files(course, name)
    project = _project(course)
    wheel, wheel_bytes = write_wheel(course)
    files = notebooks | {
        "START.md": _start_page(course, project, names, wheel).encode(),
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
        If `pyproject.toml`, `LICENSE` or `helpers/` is missing.
    """
    project = _project(course)
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    package = course.root / "helpers"
    if not (package / "__init__.py").is_file():
        raise CourseError(f"{package} is missing; expected the students' package")
    files = {
        path.relative_to(course.root).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and not _is_litter(path.relative_to(package))
    }
    info = f"{stem}.dist-info"
    files[f"{info}/licenses/LICENSE"] = _read(course.root / "LICENSE")
    files[f"{info}/METADATA"] = _metadata(project).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: course bundle\n"
        b"Root-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = [f"{name},{_digest(files[name])}" for name in sorted(files)]
    record += [f"{info}/RECORD,,", ""]
    files[f"{info}/RECORD"] = "\n".join(record).encode()
    return f"{stem}-py3-none-any.whl", _zip(files)


def _project(course):
    path = course.root / "pyproject.toml"
    try:
        return tomllib.loads(_read(path).decode())["project"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise CourseError(f"{path} does not describe a project: {error}") from None


def _metadata(project):
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", project["name"]),
        ("Version", project["version"]),
        ("Summary", project["description"]),
        ("License-Expression", project["license"]),
        ("License-File", "LICENSE"),
        ("Requires-Python", project["requires-python"]),
        *(("Requires-Dist", needed) for needed in project["dependencies"]),
    ]
    return "".join(f"{key}: {value}\n" for key, value in fields)


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


def _start_page(course, project, names, wheel):
    notebooks = [f"- `{name}`: {_title(course, name)}" for name in names]
    return _START.format(
        title=project["name"].replace("-", " ").capitalize(),
        count=len(names),
        folder=project["name"],
        python=project["requires-python"].lstrip(">="),
        wheel=wheel,
        notebooks="\n".join(notebooks),
    )


def _title(course, name):
    """Return the first heading of a notebook, or its name."""
    for cell in read_notebook(course.release_notebook(name))["cells"]:
        for line in cell["source"].split("\n"):
            if cell["cell_type"] == "markdown" and line.startswith("# "):
                return line.removeprefix("# ").strip()
    return name


def _released_files(course, name):
    if not course.release_notebook(name).is_file():
        raise NotReleased(
            f"{name} has no student version; generate it with `course release {name}`"
        )
    return {
        path.relative_to(course.release).as_posix(): path.read_bytes()
        for path in (course.release / name).rglob("*")
        if path.is_file() and not _is_litter(path.relative_to(course.release))
    }


def _is_litter(path):
    return any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def _read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None


def _digest(data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={digest.decode()},{len(data)}"


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
