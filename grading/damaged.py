"""Read a notebook file as it was handed in, however it was saved or damaged.

What is found is a list of sound cells without outputs, and a sentence for each thing
that had to be mended on the way.
"""

import json
import re

import nbformat

from grading.errors import CourseError

#: The most bytes of a notebook file, of one without its outputs, and the most cells.
FILE_BYTES = 200 * 2**20
TEXT_BYTES = 16 * 2**20
CELLS = 2000

# From here on, the outputs are cut out before the file is parsed.
_BIG = 4 * 2**20
_MOST_BRACKETS = 3_000_000
_DAMAGE = (
    *(nbformat.ValidationError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
_MARKS = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)


class NotGradable(CourseError):
    """A submission that no repair makes fit to be graded; the message says why."""


def read_cells(path, fixes):
    """Return a notebook's cells, rebuilt without outputs, and its kernel's name.

    Parameters
    ----------
    path : Path
    fixes : list of str
        A sentence is added for each thing that was mended.

    Raises
    ------
    NotGradable
        If it is no notebook, or too damaged, or too big.
    """
    data = _parse(path, _decode(path, fixes), fixes)
    if not isinstance(data, dict) or not ("cells" in data or "worksheets" in data):
        raise NotGradable(f"{path.name} is JSON, but not a notebook")
    data = _upgrade(data, path, fixes)
    cells = data.get("cells")
    if not isinstance(cells, list):
        raise NotGradable(f"{path.name} is damaged: its cells are no list")
    if len(cells) > CELLS:
        raise NotGradable(
            f"{path.name} has {len(cells)} cells: at most {CELLS} are graded"
        )
    rebuilt, ids = [], set()
    for position, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or "source" not in cell:
            fixes.append(f"Cell {position} was damaged; it was left out.")
            continue
        rebuilt.append(_rebuild(cell, ids, position, fixes))
    metadata = data.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return rebuilt, name if isinstance(name, str) else None


# From bytes to text -----------------------------------------------------------------


def _decode(path, fixes):
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise NotGradable(
            f"{path.name} has {size / 2**20:.0f} MB, at most {FILE_BYTES // 2**20} are "
            "read: clear its outputs, save it, and hand it in again"
        )
    data = path.read_bytes()
    if not data.strip():
        raise NotGradable(f"{path.name} is empty")
    encoding = _guess_encoding(data, path, fixes)
    if len(data) > _BIG and encoding.startswith("utf-8"):
        data = _drop_outputs(data, path)
    if len(data) > TEXT_BYTES:
        raise NotGradable(
            f"{path.name} has {len(data) / 2**20:.0f} MB without its outputs: at most "
            f"{TEXT_BYTES // 2**20} are read"
        )
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    if encoding != "utf-8" or not data.lstrip().startswith(b"{"):
        raise NotGradable(f"{path.name} is not text in UTF-8")
    fixes.append("The notebook was not saved as UTF-8; it was read as Windows-1252.")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _guess_encoding(data, path, fixes):
    if data.startswith(b"\xef\xbb\xbf"):
        fixes.append("The notebook began with a byte order mark; it was skipped.")
        return "utf-8-sig"
    # A notebook begins with ASCII, where UTF-16 and UTF-32 have zeros in fixed places.
    start = data[:4]
    if start in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        encoding = "utf-32"
    elif start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        zeros = "".join("0" if byte == 0 else "x" for byte in start)
        encoding = {
            "x000": "utf-32-le",
            "000x": "utf-32-be",
            "x0x0": "utf-16-le",
            "0x0x": "utf-16-be",
        }.get(zeros)
    if encoding is None:
        return "utf-8"
    fixes.append(f"The notebook was saved as {encoding[:6].upper()}; it was read so.")
    return encoding


# In a string, the key's own quotes would have backslashes before them.
_OUTPUTS = re.compile(rb'(?<!\\)"outputs"\s*:\s*(?=\[)')
# Up to the next bracket that is not in a string; it never tries a second way.
_TO_BRACKET = re.compile(
    rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+([\[\]{}])', re.DOTALL
)


def _drop_outputs(data, path):
    """Return the bytes of a notebook with `[]` for each list of outputs.

    It looks at quotes and brackets only, so that outputs of any size take no memory.
    """
    kept, place = [], 0
    while key := _OUTPUTS.search(data, place):
        kept += [data[place : key.end()], b"[]"]
        place = _find_end(data, key.end(), path)
    return b"".join([*kept, data[place:]])


def _find_end(data, place, path):
    """Return where the list ends that begins at `place`."""
    depth = 0
    for _ in range(_MOST_BRACKETS):
        part = _TO_BRACKET.match(data, place)
        if part is None:
            return len(data)  # broken off: the parser will say so
        place = part.end()
        depth += 1 if part[1] in b"[{" else -1
        if depth == 0:
            return place
    raise NotGradable(f"{path.name} has too many outputs: clear them and save it again")


# From text to data -------------------------------------------------------------------


def _parse(path, text, fixes):
    try:
        return json.loads(text)
    except RecursionError:
        raise NotGradable(f"{path.name} is not a notebook: nested too deep") from None
    except json.JSONDecodeError as error:
        if _MARKS.search(text):
            return _settle_merge(path, text, fixes)
        raise NotGradable(
            f"{path.name} is not JSON: {error.msg} (line {error.lineno})"
        ) from None
    except ValueError as error:
        raise NotGradable(f"{path.name} is not a notebook: {error}") from None


def _settle_merge(path, text, fixes):
    """Return what a notebook with the marks of a merge in it holds on one side."""
    for side, used in (
        ("ours", "the student's own side was used"),
        ("theirs", "the side that came in was used, for the student's own is damaged"),
    ):
        try:
            data = json.loads(_take_side(text, side))
        except (ValueError, RecursionError):
            continue
        fixes.append(
            "The notebook held the marks of an unfinished merge (<<<<<<<); of each "
            f"conflict {used}."
        )
        return data
    raise NotGradable(
        f"{path.name} holds the marks of an unfinished merge (<<<<<<<)"
    ) from None


def _take_side(text, side):
    """Return text with one side of each conflict, "ours" or "theirs".

    Empty if a conflict has no end: then nobody can tell what is in it.
    """
    kept, part = [], "both"
    for line in text.splitlines(keepends=True):
        mark = line.rstrip("\r\n")[:8].rstrip()
        if part == "both" and mark == "<<<<<<<":
            part = "ours"
        elif part == "ours" and mark == "|||||||":
            part = "base"
        elif part in ("ours", "base") and mark == "=======":
            part = "theirs"
        elif part == "theirs" and mark == ">>>>>>>":
            part = "both"
        elif part in ("both", side):
            kept.append(line)
    return "".join(kept) if part == "both" else ""


def _upgrade(data, path, fixes):
    major = data.get("nbformat", 4 if "cells" in data else 3)
    if major == 4:
        return data
    if type(major) is not int or not 1 <= major <= 4:
        raise NotGradable(f"{path.name} has an unknown notebook format: {major}")
    try:
        newer = nbformat.convert(nbformat.from_dict(data), 4)
    except _DAMAGE:
        raise NotGradable(
            f"{path.name} is a damaged notebook of format {major}"
        ) from None
    fixes.append(f"The notebook was in the older format {major}; it was converted.")
    return newer


# Cells -------------------------------------------------------------------------------


def _rebuild(cell, ids, position, fixes):
    """Return a sound cell with the same text; outputs and most metadata go."""
    kind = cell.get("cell_type")
    kind = kind if kind in ("code", "markdown") else "raw"
    new = {"cell_type": kind, "metadata": {}, "source": _read_source(cell)}
    if kind == "code":
        new |= {"execution_count": None, "outputs": []}
    settled = kind == "code" and _take_side(new["source"], "ours")
    if settled and settled != new["source"]:
        new["source"] = settled
        fixes.append(
            f"Cell {position} held both sides of an unfinished merge; "
            "the student's own side was used."
        )
    name = cell.get("id")
    sound = isinstance(name, str) and re.fullmatch(r"[\w-]{1,64}", name, re.ASCII)
    new["id"] = name if sound and name not in ids else f"handed-in-{position}"
    ids.add(new["id"])
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if isinstance(mark, dict) and isinstance(mark.get("grade_id"), str):
        new["metadata"]["nbgrader"] = mark
    if kind == "markdown":
        new |= _read_attachments(cell.get("attachments"))
    return nbformat.from_dict(new)


def _read_source(cell):
    source = cell["source"]
    lines = source if isinstance(source, list) else [source]
    # A lone surrogate is legal in JSON but cannot be written to a file.
    return "".join(str(line) for line in lines).encode("utf-8", "replace").decode()


def _read_attachments(attachments):
    if not isinstance(attachments, dict):
        return {}
    sound = {
        name: kinds
        for name, kinds in attachments.items()
        if isinstance(kinds, dict) and all(isinstance(d, str) for d in kinds.values())
    }
    return {"attachments": sound} if sound else {}
