"""What a graded cell needs of the course's own notebook, and what of the student.

A graded cell runs in the judge, which holds only the course's own code. Whose a name
is at a graded cell depends on who bound it last before it. Statements are read as
bytecode, in which Python itself has settled which names are global; nothing is run.
"""

import ast
import builtins
import codeop
import dis
import inspect
import types
from dataclasses import dataclass
from typing import NamedTuple

from grading.sealed.reading import read_cell

_LOADS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"}
_ASSIGNMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_IMPORTS = ast.Import | ast.ImportFrom
# What runs no code of anybody's when it is evaluated: a table of names, for instance.
_PLAIN = (ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.Constant, ast.Load)
_KNOWN = {
    *dir(builtins),
    "__name__",
    "__doc__",
    "__file__",
    "__builtins__",
    "__annotations__",
}


class Taken(NamedTuple):
    """A statement that runs in the judge.

    Parameters
    ----------
    code : code object
        The statement, compiled; its lines are those of the cell.
    label : str
        The name of its file in a traceback: ``<given cell 4>``.
    cell, line : int
        Index of the cell, and the statement's first line in it, from 1.
    """

    code: types.CodeType
    label: str
    cell: int
    line: int


class Plan(NamedTuple):
    """What happens in the judge before a graded cell.

    Parameters
    ----------
    statements : tuple of Taken
        The given statements since the graded cell before, in order, of which this or
        a later graded cell has need. Each runs once, at its place in the notebook, even
        if the graded cell itself is not run.
    names : frozenset of str
        What the graded cell, or trusted code within its reach, reads of the student.
    """

    statements: tuple[Taken, ...]
    names: frozenset[str]


def plan(given):
    """Return what each graded cell needs.

    Parameters
    ----------
    given : list of dict
        The code cells of the course's own notebook in order, each with ``kind``
        ("given", "solution" or "graded"), ``source`` and ``grade_id``.

    Returns
    -------
    dict of str to Plan
        By grade id, in the order of the notebook.
    """
    notebook = _Notebook(given)
    reached = {
        index: notebook.reach(notebook.calls(index))
        for index, cell in enumerate(given)
        if cell["kind"] == "graded"
    }
    needed = set().union(*(statements for statements, _ in reached.values()))
    plans, waiting = {}, []
    for index, cell in enumerate(given):
        if cell["kind"] == "graded":
            plans[cell["grade_id"]] = Plan(tuple(waiting), reached[index][1])
            waiting = []
        else:
            here = notebook.cells[index]
            waiting += [s.taken for s in here if s in needed or s.is_star]
    return plans


@dataclass(frozen=True, eq=False)
class _Statement:
    """A statement at the top of a cell, and the global names that it touches."""

    taken: Taken
    position: int
    kind: str  # "import", "function", "class", "data", "student" or "graded"
    binds: frozenset[str]
    now: frozenset[str]  # read while it runs
    later: frozenset[str]  # read when the functions in it are called
    changes: frozenset[str] = frozenset()  # whose objects it changes
    bases: frozenset[str] = frozenset()  # of a class
    is_sure: bool = True  # it binds what it binds, whatever happens
    is_plain: bool = False  # it calls nothing
    is_star: bool = False
    is_definition: bool = False  # it only defines something


class _Notebook:
    """The statements of a notebook, and whose each name is at each of them."""

    def __init__(self, given):
        self.cells = []
        self._binders, self._changers, self._owned = {}, {}, {}
        self._first_star = None
        position, compiler = 0, codeop.Compile()  # which remembers __future__ imports
        compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        for index, cell in enumerate(given):
            tree = read_cell(cell["source"])
            here = []
            for node in tree.body if tree else []:
                statement = _read(node, cell["kind"], index, position, compiler)
                position += 1
                here.append(statement)
                self._enter(statement)
            self.cells.append(here)
        for cell in self.cells:  # in order, so that none waits for many others
            for statement in cell:
                self._is_students(statement)

    def calls(self, index):
        """Return a graded cell's statements, each with the place where it is used."""
        here = self.cells[index]
        return [(s, here[-1].position if s.is_definition else s.position) for s in here]

    def reach(self, calls):
        """Return the trusted statements within reach, and the student's names."""
        seen, names, waiting = set(), set(), list(calls)
        while waiting:
            statement, time = waiting.pop()
            if (statement, time) in seen:
                continue
            seen.add((statement, time))
            for name, when in _reads(statement, time):
                binders = self._trusted_binders(name, when)
                if binders is None:
                    names.add(name)
                for binder in binders or ():
                    # It may be called right there, or when the result is used.
                    waiting += [(binder, when), (binder, time)]
        return {statement for statement, _ in seen}, frozenset(names)

    def _enter(self, statement):
        for name in statement.binds:
            self._binders.setdefault(name, []).append(statement)
        for name in statement.changes:
            self._changers.setdefault(name, []).append(statement)
        if statement.is_star and self._first_star is None:
            self._first_star = statement.position

    def _trusted_binders(self, name, time):
        """Return who gave a name its value by then; None if it is the student's."""
        binders = self._binders_before(name, time)
        if binders:
            owned = any(self._is_students(binder) for binder in binders)
            return None if owned else binders
        starred = self._first_star is not None and self._first_star < time
        bound_here = any(s.position == time for s in self._binders.get(name, ()))
        return [] if starred or bound_here or name in _KNOWN else None

    def _binders_before(self, name, time):
        found = []
        for binder in reversed(self._binders.get(name, ())):
            if binder.position < time:
                found.append(binder)
                if binder.is_sure:
                    break
        if found and found[-1].kind == "data":
            first = found[-1].position
            changers = self._changers.get(name, ())
            found += [s for s in changers if first < s.position < time]
        return found

    def _is_students(self, statement):
        """Whether what a statement binds comes from the student's process."""
        if statement not in self._owned:
            self._owned[statement] = self._depends_on_student(statement)
        return self._owned[statement]

    def _depends_on_student(self, statement):
        place = statement.position
        if statement.kind == "data" and not statement.is_plain:
            return bool(self.reach([(statement, place)])[1])
        if statement.kind in ("data", "class"):
            names = statement.now if statement.kind == "data" else statement.bases
            return any(self._trusted_binders(name, place) is None for name in names)
        return statement.kind == "student"


def _reads(statement, time):
    """Yield the global names that a statement reads, and when."""
    for name in statement.now:
        yield name, statement.position
    for name in statement.later - statement.binds:
        yield name, time
        if statement.kind == "data" and not statement.is_plain:
            yield name, statement.position


def _read(node, cell_kind, index, position, compiler):
    """Return what can be said of a statement on its own."""
    label = f"<given cell {index}>"
    code = compiler(ast.Module([node], []), label, "exec")
    line = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    now, later, binds, assigned = _global_names(code)
    kind = _kind(node, cell_kind)
    return _Statement(
        Taken(code, label, index, line),
        position,
        kind,
        frozenset(binds | assigned),
        frozenset(now),
        frozenset(later),
        changes=frozenset(_changed(node)) if kind == "data" else frozenset(),
        bases=frozenset(_names_in_bases(node)),
        is_sure=_is_sure(node) and not assigned,
        is_plain=_is_plain(node),
        is_star=isinstance(node, ast.ImportFrom) and node.names[0].name == "*",
        is_definition=isinstance(node, _FUNCTIONS | ast.ClassDef)
        and not node.decorator_list,
    )


def _kind(node, cell_kind):
    if isinstance(node, _IMPORTS):
        return "import"  # a solution cell's too: it is the course's text
    if cell_kind != "given":
        return "student" if cell_kind == "solution" else "graded"
    if isinstance(node, _FUNCTIONS):
        return "student" if _is_visible_check(node) else "function"
    if isinstance(node, ast.ClassDef):
        return "class"
    if isinstance(node, ast.Delete):
        return "student"  # there only if somebody binds it again
    is_lambda = isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
    return "function" if is_lambda else "data"


def _is_visible_check(node):
    return any(
        getattr(decorator, "id", getattr(decorator, "attr", None)) == "check"
        for decorator in node.decorator_list
    )


def _is_sure(node):
    definitions = _IMPORTS | _FUNCTIONS | ast.ClassDef
    sure = _ASSIGNMENTS | definitions | ast.Expr | ast.Delete
    return isinstance(node, sure)


def _is_plain(node):
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not node.value:
        return False
    return all(isinstance(part, _PLAIN) for part in ast.walk(node.value))


def _names_in_bases(node):
    if not isinstance(node, ast.ClassDef):
        return set()
    parts = [*node.bases, *(keyword.value for keyword in node.keywords)]
    inner = (part for base in parts for part in ast.walk(base))
    return {part.id for part in inner if isinstance(part, ast.Name)}


def _changed(node):
    """Return the names at the top whose objects a statement changes.

    ``a[0] = 1``, ``a.b = 1``, ``del a[0]``, ``a.append(1)``; not by passing them on.
    """
    found, waiting = set(), [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _FUNCTIONS | ast.Lambda | ast.ClassDef):
            continue
        waiting += ast.iter_child_nodes(node)
        is_method = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        target = node.value.func if is_method else node
        if not isinstance(target, ast.Attribute | ast.Subscript):
            continue
        if is_method or not isinstance(target.ctx, ast.Load):
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            found |= {target.id} if isinstance(target, ast.Name) else set()
    return found


class _Names(NamedTuple):
    """The global names of a statement; `assigned` are those that functions bind."""

    now: set
    later: set
    binds: set
    assigned: set


def _global_names(code):
    names = _Names(set(), set(), set(), set())
    _collect(code, names, set(), is_later=False)
    return names


def _collect(code, names, bound, *, is_later):
    """Collect what a code object reads and binds; `bound` is what needs no reading."""
    own = bound if code.co_name == "<module>" else set(bound)
    for instruction in dis.get_instructions(code):
        operation, value = instruction.opname, instruction.argval
        if operation in _LOADS:
            if value not in (bound if operation == "LOAD_GLOBAL" else own):
                (names.later if is_later else names.now).add(value)
        elif operation == "STORE_GLOBAL":
            (names.assigned if is_later else names.binds).add(value)
        elif operation in ("STORE_NAME", "DELETE_NAME"):
            own.add(value)
            if own is bound:  # not in the body of a class
                names.binds.add(value)
        elif isinstance(value, types.CodeType):
            _collect(value, names, bound, is_later=is_later or _is_function(value))


def _is_function(code):
    """Whether code runs when somebody calls it; that of a class body runs at once."""
    if code.co_name.startswith("<"):  # a comprehension, for instance
        return code.co_name == "<lambda>"
    return bool(code.co_flags & inspect.CO_OPTIMIZED)
