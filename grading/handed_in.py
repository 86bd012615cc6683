"""Find in a submission's folder what is to be graded: the notebook, and its files.

Learning platforms rename what they hand out, put it into folders, or into a zip file.
"""

import contextlib
import difflib
import functools
import importlib.machinery
import os
import stat
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from grading.damaged import FILE_BYTES, NotGradable, read_cells

#: Names that grading never looks at.
IGNORED = (".*", "__pycache__", "__MACOSX", "*.pyc")
#: The most files and notebooks that are looked at, and how deep the folders may be.
FILES = 2000
NOTEBOOKS = 20
DEPTH = 8
#: The most bytes that a zip file may hold, and the files that are taken out of it.
UNPACKED_BYTES = 256 * 2**20
PACKED_BYTES = 64 * 2**20

# Python, or a tool that looks around where it is started, would run these.
_RUN_BY_NAME = {"sitecustomize", "usercustomize", "__main__", "nbgrader_config"}


@dataclass(frozen=True)
class HandedIn:
    """The notebook of a submission.

    Parameters
    ----------
    name : str
        Of its file.
    folder : Path
        Where it lies with its other files.
    cells : list of NotebookNode
    kernel : str or None
        The kernel's name.
    """

    name: str
    folder: Path
    cells: list
    kernel: str | None


@contextlib.contextmanager
def find_handed_in(folder, name, released, fixes):
    """Find the notebook of an assignment in a folder; a context manager.

    In the context its folder can be read: it may be one that is deleted afterwards.

    Parameters
    ----------
    folder : Path
    name : str
        The assignment.
    released : NotebookNode
        What was handed out: its grade ids tell which notebook is meant.
    fixes : list of str
        A sentence is added for each thing that was mended.

    Raises
    ------
    NotGradable
        If there is none, or it could be any of several.
    """
    expected = folder / f"{name}.ipynb"
    if expected.is_symlink():
        raise NotGradable(f"{expected.name} is a link to another file")
    found = [path for path in _walk(folder) if path.suffix == ".ipynb"]
    zips = [path for path in folder.glob("*.zip") if _is_plain_file(path)]
    if found or len(zips) != 1:
        yield _choose(folder, name, found, released, fixes)
        return
    with tempfile.TemporaryDirectory() as unpacked:
        inside = Path(unpacked)
        _unpack(zips[0], inside)
        fixes.append(f"The notebook was in {show_name(zips[0].name)}; it was unpacked.")
        found = [path for path in _walk(inside) if path.suffix == ".ipynb"]
        yield _choose(inside, name, found, released, fixes)


def choose_files(folder, fixes):
    """Return the files to take along with a notebook, relative to its folder.

    Parameters
    ----------
    folder : Path
    fixes : list of str
        A sentence is added for each file that was left out.

    Returns
    -------
    tuple of Path
    """
    files = []
    for path in _walk(folder, fixes):
        if path.suffix != ".ipynb":
            files.append(path.relative_to(folder))
    return tuple(files)


def read_all(folder, files):
    """Return the bytes of some files of a folder, by their relative paths.

    Raises
    ------
    NotGradable
        If they have more than `PACKED_BYTES` in all.
    """
    size = sum((folder / name).stat().st_size for name in files)
    if size > PACKED_BYTES:
        raise NotGradable(
            f"the files beside the notebook take {size / 2**20:.0f} MB: "
            f"at most {PACKED_BYTES // 2**20} MB are graded"
        )
    return {name: (folder / name).read_bytes() for name in files}


def show_name(name):
    """Return a file's name such that any terminal and any file can take it."""
    if name.isprintable():
        return name
    return name.encode("ascii", "backslashreplace").decode().replace("\n", "\\n")


# Which notebook ----------------------------------------------------------------------


def _choose(folder, name, found, released, fixes):
    expected = folder / f"{name}.ipynb"
    if expected in found:
        copies = [path for path in found if _is_copy(path, name) and path != expected]
        if copies:
            names = _list(copies, folder)
            fixes.append(f"{expected.name} was graded, and not {names}.")
        cells, kernel = read_cells(expected, fixes)
        return HandedIn(expected.name, folder, cells, kernel)
    if not found:
        raise NotGradable(f"there is no notebook: expected {expected.name}")
    if len(found) > NOTEBOOKS:
        raise NotGradable(f"there are {len(found)} notebooks, and no {expected.name}")
    known, problems = _read_known(found, released)
    if not known and len(found) == 1 and problems:
        raise problems[0]
    if not known:
        names = _list(found, folder)
        raise NotGradable(
            f"there is no {expected.name}: none of its exercises is in {names}"
        )
    path, (cells, kernel, mended) = _pick(known, folder, name, released)
    shown = show_name(str(path.relative_to(folder)))
    if path.name != expected.name:
        fixes.append(f"The notebook was named {shown}, not {expected.name}.")
    elif path != expected:
        fixes.append(f"The notebook was in a folder, as {shown}.")
    others = [other for other in known if other != path]
    if others:
        fixes.append(f"{shown} was graded, and not {_list(others, folder)}.")
    fixes += mended
    return HandedIn(show_name(path.name), path.parent, cells, kernel)


def _read_known(found, released):
    """Return the notebooks with exercises of the assignment, and what others hold."""
    wanted = _texts(released.cells)
    known, problems = {}, []
    for path in found:
        mended = []
        try:
            cells, kernel = read_cells(path, mended)
        except NotGradable as problem:
            problems.append(problem)
            continue
        if wanted.keys() & _texts(cells).keys():
            known[path] = cells, kernel, mended
    return known, problems


def _pick(known, folder, name, released):
    """Return the one notebook that can be meant, with what is in it.

    Copies in which everything is alike are one, and copies as they were handed out
    do not count. The newest is not preferred: platforms and zip files change the dates.
    """
    handed_out = _texts(released.cells)
    different = {}
    for path, (cells, _, _) in known.items():
        texts = _texts(cells)
        if texts != handed_out:
            different.setdefault(tuple(sorted(texts.items())), path)
    if len(different) > 1:
        raise NotGradable(
            f"there is no {name}.ipynb, and it could be any of {_list(known, folder)}"
        )
    path = next(iter(different.values()), next(iter(known)))
    return path, known[path]


def _texts(cells):
    """Return the texts of the cells with a grade id, by grade id."""
    marks = [
        (cell.metadata.get("nbgrader", {}).get("grade_id"), cell) for cell in cells
    ]
    return {mark: cell.source.strip() for mark, cell in marks if mark}


def _is_copy(path, name):
    return path.stem.startswith(name) or bool(
        difflib.get_close_matches(name, [path.stem], cutoff=0.8)
    )


def _list(paths, folder):
    return ", ".join(show_name(str(path.relative_to(folder))) for path in paths)


# Files -------------------------------------------------------------------------------


def _walk(folder, fixes=None):
    """Yield the files of a folder that are safe to read, in order.

    `fixes` gets a sentence for each that is left out.
    """
    fixes = [] if fixes is None else fixes
    count = 0
    for parent, folders, names in os.walk(folder):
        for kind in (folders, names):
            kind[:] = sorted(n for n in kind if not any(fnmatch(n, p) for p in IGNORED))
        at_top = Path(parent) == folder
        for name in list(folders) + names:
            path = Path(parent, name)
            reason = _reason_against(path, folder, at_top, name in folders)
            count += 1
            if reason:
                fixes.append(f"{show_name(str(path.relative_to(folder)))} {reason}")
                if name in folders:
                    folders.remove(name)
            elif name not in folders:
                yield path
        if count > FILES:
            raise NotGradable(f"there are more than {FILES} files in the submission")


def _reason_against(path, folder, at_top, is_folder):
    """Return why a file or folder is left out, or None."""
    if path.is_symlink():
        return "is a link; it was left out."
    if not path.name.isprintable():
        return "has an unreadable name; it was left out."
    if not is_folder and not _is_plain_file(path):
        return "is no ordinary file; it was left out."
    if is_folder and len(path.relative_to(folder).parts) > DEPTH:
        return "is a folder too deep inside; it was left out."
    if at_top and _shadows_a_module(path.name, is_folder):
        return (
            "was left out: Python would have loaded it in place of the module "
            f"{path.name.partition('.')[0]}."
        )
    if at_top and path.name == "timestamp.txt" and not _is_timestamp(path):
        return "holds no date; it was left out."
    return None


def _is_plain_file(path):
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


@functools.cache
def _shadows_a_module(name, is_folder):
    """Whether a file or folder beside the notebook hides an installed module."""
    suffixes = importlib.machinery.all_suffixes()
    if not is_folder and not any(name.endswith(suffix) for suffix in suffixes):
        return False
    stem = name.partition(".")[0]
    if not stem.isidentifier() or (is_folder and stem != name):
        return False
    if stem in _RUN_BY_NAME or stem in sys.stdlib_module_names:
        return True
    # What is imported already says nothing: it may belong to another notebook.
    found = (finder.find_spec(stem, None) for finder in sys.meta_path)
    spec = next(filter(None, found), None)
    # A folder that merely happens to be on the path is no module that is installed.
    return spec is not None and spec.origin is not None


def _is_timestamp(path):
    from nbgrader.utils import parse_utc

    try:
        with path.open(encoding="utf-8") as stream:
            return parse_utc(stream.read(100).strip()) is not None
    except (ValueError, OverflowError):
        return False


# A zip file --------------------------------------------------------------------------


def _unpack(archive, destination):
    """Write the ordinary files in a zip file to a folder, never outside of it."""
    shown = show_name(archive.name)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [m for m in opened.infolist() if not m.is_dir()]
            if len(members) > FILES:
                raise NotGradable(f"there are more than {FILES} files in {shown}")
            left = UNPACKED_BYTES
            for member in members:
                place = _place_inside(member, destination)
                if place is None:
                    continue
                with opened.open(member) as stream:
                    data = stream.read(min(left, FILE_BYTES) + 1)
                left -= len(data)
                if left < 0 or len(data) > FILE_BYTES:
                    raise NotGradable(f"{shown} holds too much to be unpacked")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # how it is compressed
        RuntimeError,  # it needs a password
        OSError,
        ValueError,
    ) as error:
        raise NotGradable(f"{shown} cannot be unpacked: {error}") from error


def _place_inside(member, destination):
    """Return where a file of an archive is written, or None if it is left out."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    outside = name.is_absolute() or ".." in name.parts or ":" in member.filename
    if is_link or outside or not member.filename.isprintable():
        return None
    if any(fnmatch(part, pattern) for part in name.parts for pattern in IGNORED):
        return None
    if len(name.parts) > DEPTH or len(member.filename) > 200:
        return None
    return destination / name
