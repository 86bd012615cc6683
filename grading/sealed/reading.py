"""Read the text of a code cell as Python, whoever wrote it; nothing is run."""

import ast
import warnings

#: Characters of the longest cell that is read; compiling takes the square of it at
#: worst, and a hundred times its memory.
LONGEST = 250_000

#: What Python's parser and compiler raise for a text that is no program.
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


class CellTooLong(ValueError):
    """A cell of more than `LONGEST` characters: nothing can be said about it."""


def read_cell(source):
    """Return a code cell as a syntax tree, or None if it is no Python.

    IPython's magic commands are translated, if IPython is installed; under a cell magic
    such as ``%%time`` stands Python as well. A text can still crash Python's parser,
    which ends the process: call this where that is borne.

    Parameters
    ----------
    source : str

    Returns
    -------
    ast.Module or None

    Raises
    ------
    CellTooLong
    """
    if len(source) > LONGEST:
        raise CellTooLong(f"A cell has more than {LONGEST:,} characters.")
    tree = _parse(source)
    if tree is None:
        tree = _parse(_without_magics(source))
    return tree


def compile_quietly(tree, filename, mode="exec"):
    """Return the code of a syntax tree; `await` may stand at the top, as in IPython.

    Raises
    ------
    SyntaxError, ValueError, RecursionError, MemoryError, OverflowError
        If it is no program (`UNREADABLE`).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(tree, filename, mode, flags, dont_inherit=True)


def _parse(source):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except UNREADABLE:
        return None


def _without_magics(source):
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return source
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        source = f"\n{rest}"
    try:
        return TransformerManager().transform_cell(source)
    except (*UNREADABLE, RuntimeError, IndexError):
        return source


def find_imports(sources):
    """Return the names of the modules that cells import, sorted.

    Parameters
    ----------
    sources : iterable of str
    """
    found = set()
    for source in sources:
        tree = read_cell(source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return sorted(found)
