"""Which cells of a notebook can tell a solution from the one in its place.

A check that reads nothing of what a solution binds says the same of every solution, and
need not run for each. That holds where a solution does no more than bind its names: one
that patches a module, or writes into what it did not make, may reach any check.
"""

import ast
import functools
import symtable
from typing import NamedTuple

# Modules in which an import changes nothing.
_HARMLESS = {"functools", "itertools", "math", "numpy", "typing"}

# What can change more than the names that a cell binds, or find names that it spells
# nowhere.
_FAR_REACHING = {
    *("__builtins__", "__import__", "breakpoint", "compile", "delattr", "eval", "exec"),
    *("get_ipython", "globals", "input", "locals", "open", "setattr", "vars"),
    *("seterr", "seterrcall", "setbufsize", "set_printoptions"),
    *("memmap", "save", "savez", "savez_compressed", "savetxt", "tofile"),
}

# The parts of `numpy.random` that do not share one generator with everybody.
_OWN_GENERATORS = {"default_rng", "Generator", "SeedSequence", "PCG64"}


class _Names(NamedTuple):
    """What the text of a cell says of the notebook's names."""

    reads: frozenset[str]
    binds: frozenset[str]  # but for imports
    imports: frozenset[tuple[str, str]]  # the name and what it stands for
    data: frozenset[str]  # of what is bound: what can be changed in place


def find_affected(sources, place, source):
    """Return the places of the cells for which another solution can make a difference.

    Parameters
    ----------
    sources : list of str
        The code cells of a notebook.
    place : int
        Of the cell that is exchanged.
    source : str
        The text that takes its place.

    Returns
    -------
    set of int
        Places behind `place`; all of them, unless it is certain that the solution
        only binds names. The cells that define what these read are not among them.
    """
    behind = range(place + 1, len(sources))
    names = [_read(text) for text in sources]
    ours, new = names[place], _read(source)
    if None in (ours, new) or not _only_binds(source):
        return set(behind)
    data = frozenset().union(*(cell.data for cell in names if cell), ours.data)
    affected = ours.binds | new.binds | (new.reads & data)
    affected |= _changed_imports(ours, new, names[:place])
    waiting = {k for k in range(len(sources)) if k != place}
    while True:
        reached = {k for k in waiting if names[k] is None or names[k].reads & affected}
        if not reached:
            return {k for k in behind if k not in waiting}
        waiting -= reached
        for cell in (names[k] for k in reached if names[k]):
            affected |= cell.binds | (cell.reads & data)


def _changed_imports(ours, new, before):
    """Return the names that an import of one and not of the other gives a meaning.

    It has it already if a cell before imports the same, and nothing binds it anew.
    """
    imported = frozenset().union(*(cell.imports for cell in before if cell))
    bound = frozenset().union(*(cell.binds for cell in before if cell))
    return {
        name
        for name, meaning in ours.imports ^ new.imports
        if (name, meaning) not in imported or name in bound
    }


@functools.lru_cache(maxsize=4096)  # a notebook's own cells are read for each solution
def _read(source):
    """Return the `_Names` of a cell; None if its text tells too little."""
    try:
        tree = ast.parse(source)
        table = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError):  # ValueError: a null character
        return None
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if words & {"globals", "eval", "exec", "get_ipython"}:
        return None
    imports = frozenset(_imports(tree))
    reads, binds = set(), set()
    for scope in _scopes(table):
        is_top = scope.get_type() == "module"
        for symbol in scope.get_symbols():
            if not (is_top or symbol.is_global()):
                continue
            if symbol.is_referenced():
                reads.add(symbol.get_name())
            if symbol.is_assigned() or (is_top and symbol.is_namespace()):
                binds.add(symbol.get_name())
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reads |= strings
    if "needs" in words:  # a check asks for another one: needs("linear_forward")
        reads |= {f"check_{name}" for name in strings}
    fixed = {name for name, _ in imports} | _fixed(tree)
    return _Names(
        frozenset(reads),
        frozenset(binds - {name for name, _ in imports}),
        imports,
        frozenset(binds - fixed),
    )


def _scopes(table):
    yield table
    for child in table.get_children():
        yield from _scopes(child)


def _imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.asname or first, alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _fixed(tree):
    """Return the names of functions, classes and constants, which nothing changes."""
    names = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
    return names


def _only_binds(source):
    """Return whether all that a solution changes are its own names and objects."""
    tree = ast.parse(source)
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own |= {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return all(map(_is_binding, tree.body)) and all(
        _stays_inside(node, own) for node in ast.walk(tree)
    )


def _is_binding(statement):
    match statement:
        case ast.FunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=targets):
            return all(isinstance(target, ast.Name) for target in targets)
        case ast.Expr(value=ast.Constant()):
            return True
    return False


def _stays_inside(node, own):
    match node:
        case ast.Global():
            return False
        case ast.Import(names=names):
            return all(name.name in _HARMLESS for name in names)
        case ast.ImportFrom(module=module, names=names):
            return module in _HARMLESS and all(n.name != "random" for n in names)
        case ast.Name(id=name):
            return name not in _FAR_REACHING
        case ast.Attribute(attr=attr, value=value):
            if attr in _FAR_REACHING or (attr[:2] == "__" and attr != "__init__"):
                return False
            if getattr(value, "attr", "") == "random":
                return attr in _OWN_GENERATORS
            return isinstance(node.ctx, ast.Load) or _root(node) in own
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return _root(node) in own
    return True


def _root(node):
    """Return the name that ``name.a[i].b`` begins with; None if it is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
