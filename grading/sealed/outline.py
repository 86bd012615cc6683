"""A notebook's names as far as its text tells them, for `find_borrowed`.

Nothing is run. Functions hold their compiled code and are never called; a class holds
its functions; what is imported is an empty stand-in that knows where it comes from.
What a text makes out of other texts (`exec`, `globals()[...]`) is not followed.
"""

import ast
import builtins
import functools
import types
from typing import NamedTuple

from grading.sealed.reading import UNREADABLE, compile_quietly, read_cell
from helpers._provenance import LIBRARIES

# What makes another function of the function that it is given, and calls that.
_WRAPPING = frozenset(
    (
        *("staticmethod", "classmethod", "property", "cached_property"),
        *("cache", "lru_cache", "partial", "partialmethod", "singledispatch"),
        *("update_wrapper", "wraps", "contextmanager", "frompyfunc", "vectorize"),
    )
)
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
_MODULE_OF_MODULES = "helpers"


def outline(cells):
    """Return the names of a notebook after its cells, without running any.

    Parameters
    ----------
    cells : iterable of str
        The sources of code cells in order. One that is no Python binds nothing.

    Returns
    -------
    dict
        It is the `__globals__` of the functions in it.

    Raises
    ------
    CellTooLong
        If a cell is too long to be read.
    """
    names = {"__name__": "__main__"}
    for source in cells:
        extend(names, source)
    return names


def extend(names, source):
    """Add to an outline what one more cell binds.

    Parameters
    ----------
    names : dict
        What `outline` returned.
    source : str

    Raises
    ------
    CellTooLong
        If the cell is too long to be read.
    """
    cell = _read(source)
    if cell:
        _Scope(cell, names, names, _definitions(cell.code)).bind_all(cell.tree.body)


class _Cell(NamedTuple):
    """A cell as it was read; `kinds` are the types of the nodes in its tree."""

    tree: ast.Module
    code: types.CodeType
    kinds: frozenset[type]


@functools.lru_cache(maxsize=512)  # most cells are the same in every submission
def _read(source):
    tree = read_cell(source)
    try:
        code = compile_quietly(tree, "<cell>") if tree else None
    except UNREADABLE:
        return None
    return _Cell(tree, code, frozenset(map(type, ast.walk(tree)))) if tree else None


class _Thing:
    """What a module holds, whatever that is."""

    def __init__(self, name, origin):
        self.__name__, self.__module__ = name, origin


class _Instance:
    """An object of a class of the notebook."""

    def __init__(self, kind):
        self.kind = kind


class _Scope:
    """A place where names are bound: a notebook, a class or a function.

    Parameters
    ----------
    cell : _Cell
    names : dict
        Those of the notebook.
    bound : dict
        Where names are bound; `names` itself for a notebook.
    codes : dict
        The code of the functions and classes that are defined here (`_definitions`).
    is_certain : bool
        Whether what stands here runs; else an earlier value may stay.
    """

    def __init__(self, cell, names, bound, codes, *, is_certain=True):
        self._cell = cell
        self._names, self._bound, self._codes = names, bound, codes
        self._is_certain = is_certain

    def bind_all(self, statements):
        for node in statements:
            if ast.NamedExpr in self._cell.kinds:
                self._bind_expressions(node)
            match node:
                case ast.Import():
                    self._import(node)
                case ast.ImportFrom(level=0):
                    self._import_from(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._define(node)
                case ast.ClassDef():
                    self._define_class(node)
                case ast.Assign():
                    for target in node.targets:
                        self._assign(target, self._value(node.value))
                case ast.AnnAssign(value=ast.expr()):
                    self._assign(node.target, self._value(node.value))
                case ast.Delete():
                    self._delete(node)
                case _:
                    self._bind_inside(node)

    def _bind(self, name, value):
        if not self._is_certain and name in self._bound:
            value = _join(self._bound[name], value)
        self._bound[name] = value

    def _bind_expressions(self, node):
        """Bind what stands within expressions, ``(f := ...)``."""
        if not isinstance(node, _FUNCTIONS | ast.ClassDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.NamedExpr):
                    self._assign(inner.target, self._value(inner.value))

    def _bind_inside(self, node):
        """Bind what the blocks of a compound statement bind."""
        is_with = isinstance(node, ast.With | ast.AsyncWith)
        for item in getattr(node, "items", ()):
            if item.optional_vars:
                self._assign(item.optional_vars, self._value(item.context_expr))
        if isinstance(node, ast.For | ast.AsyncFor):
            self._assign(node.target, _best(self._value(node.iter)))
        sure = self._is_certain and is_with
        inner = _Scope(
            self._cell, self._names, self._bound, self._codes, is_certain=sure
        )
        for field in ("body", "orelse", "finalbody"):
            inner.bind_all(getattr(node, field, ()))
        for block in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            inner.bind_all(block.body)

    def _import(self, node):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            module = types.ModuleType(alias.name if alias.asname else first)
            self._bind(alias.asname or first, module)

    def _import_from(self, node):
        module = types.ModuleType(node.module)
        for alias in node.names:
            value = _attribute(module, alias.name)
            if alias.name != "*":
                self._bind(alias.asname or alias.name, value)
            elif _rank(value) == 3:
                self._names["*"] = value

    def _define(self, node):
        code = self._find_code(node)
        if code is None:
            return
        function = self._function(code)
        for decorator in node.decorator_list:
            _attach(function, self._value(decorator))
        if ast.Global in self._cell.kinds:
            self._bind_global(node, function.__code__)
        self._bind(node.name, function)

    def _bind_global(self, node, code):
        """Bind what a function may bind outside of itself when it is called."""
        declared = {
            name
            for inner in ast.walk(node)
            if isinstance(inner, ast.Global)
            for name in inner.names
        }
        here = dict(self._names)
        inner = _Scope(
            self._cell, self._names, here, _definitions(code), is_certain=False
        )
        inner.bind_all(node.body if declared else ())
        for name in sorted(declared & here.keys()):
            self._names[name] = _join(self._names.get(name), here[name])

    def _define_class(self, node):
        code, parts = self._find_code(node), {"__module__": "__main__"}
        if code is None:
            return
        bases = [self._value(base) for base in node.bases]
        around = [*node.decorator_list, *(keyword.value for keyword in node.keywords)]
        others = [self._value(other) for other in around]
        _Scope(self._cell, self._names, parts, _definitions(code)).bind_all(node.body)
        parts |= {f" {number}": other for number, other in enumerate(others)}
        self._bind(node.name, _make_class(node.name, bases, parts))

    def _assign(self, target, value):
        match target:
            case ast.Name():
                self._bind(target.id, value)
            case ast.Starred():
                self._assign(target.value, value)
            case ast.Tuple() | ast.List():
                for place, inner in enumerate(target.elts):
                    self._assign(inner, _element(value, place, len(target.elts)))
            case ast.Attribute():
                owner = self._value(target.value)
                if isinstance(owner, type):
                    setattr(owner, _key(target.attr), value)

    def _delete(self, node):
        for target in node.targets:
            if isinstance(target, ast.Name) and self._is_certain:
                self._bound.pop(target.id, None)

    def _find_code(self, node):
        """Return a function's or class's code, or None if Python left it out."""
        line = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return self._codes.get((node.name, line))

    def _function(self, code):
        cells = tuple(types.CellType() for _ in code.co_freevars)
        return types.FunctionType(code, self._names, code.co_name, None, cells)

    def _value(self, node):
        """Return what an expression stands for, or None if the text does not tell."""
        try:
            return self._evaluate(node)
        except UNREADABLE:
            return None

    def _evaluate(self, node):
        match node:
            case ast.Name(id=name):
                return self._look_up(name)
            case ast.Constant(value=str(text)):
                return text
            case ast.Attribute():
                return _attribute(self._evaluate(node.value), node.attr)
            case ast.Call():
                return self._call(node)
            case ast.Subscript():
                return self._item(node)
            case ast.Lambda():
                code = compile_quietly(ast.Expression(node), "<cell>", "eval")
                return self._function(_codes_in(code)[-1])
            case ast.Tuple() | ast.List() | ast.Set():
                return tuple(self._evaluate(inner) for inner in node.elts)
            case ast.Dict():
                return tuple(self._evaluate(inner) for inner in node.values)
            case ast.IfExp():
                return _join(self._evaluate(node.body), self._evaluate(node.orelse))
            case ast.BoolOp():
                return _best(tuple(self._evaluate(inner) for inner in node.values))
            case ast.NamedExpr() | ast.Starred() | ast.Await():
                return self._evaluate(node.value)
        return None

    def _look_up(self, name):
        if name in self._bound:
            return self._bound[name]
        is_builtin = hasattr(builtins, name)
        return self._names.get(name, _Thing(name, "builtins") if is_builtin else None)

    def _item(self, node):
        value, key = self._evaluate(node.value), self._evaluate(node.slice)
        if isinstance(value, _Thing):  # of `sys.modules`, for instance
            is_known = value.__name__ == "modules" and isinstance(key, str)
            return types.ModuleType(key) if is_known else None
        if isinstance(value, tuple):
            index = getattr(node.slice, "value", None)
            known = isinstance(index, int) and index < len(value)
            return value[index] if known else _best(value)
        return value if isinstance(value, type) else None

    def _call(self, node):
        called = self._evaluate(node.func)
        keywords = [keyword.value for keyword in node.keywords]
        given = tuple(self._evaluate(inner) for inner in (*node.args, *keywords))
        best = _best(given)
        if isinstance(called, type):
            return _Instance(called)
        if isinstance(called, types.FunctionType):
            return self._call_own(called, best)
        name = getattr(called, "__name__", "")
        match name, given:
            case "__import__" | "import_module", (str(module), *_):
                return types.ModuleType(module)
            case "getattr", (value, str(attribute), *_):
                return _attribute(value, attribute)
        if name in _WRAPPING:
            return best if _rank(best) > 1 else called
        # An object of a library's class; what its functions return is often an array.
        return called if _rank(called) == 3 and name[:1].isupper() else None

    def _call_own(self, function, given):
        """A function that makes functions returns one; of others nothing is known."""
        if not any(_is_function(code) for code in _codes_in(function.__code__)):
            return None
        made = self._function(function.__code__)
        for part in (*function.__dict__.get("__wrapped__", ()), given):
            _attach(made, part)
        return made


def _attribute(value, name):
    if isinstance(value, types.ModuleType):
        if value.__name__ == _MODULE_OF_MODULES:
            return types.ModuleType(f"{value.__name__}.{name}")
        return _Thing(name, value.__name__)
    if isinstance(value, _Thing):
        return _Thing(name, value.__module__)
    kind = value.kind if isinstance(value, _Instance) else value
    if isinstance(kind, type):
        held = (vars(each).get(_key(name)) for each in kind.__mro__[:-1])
        return next((part for part in held if part is not None), None)
    is_call = isinstance(value, types.FunctionType) and name == "__call__"
    return value if is_call else None


def _make_class(name, bases, parts):
    """Return a class; under its keys Python finds nothing that it would call itself."""
    bases = [_inert_base(base) if isinstance(base, _Thing) else base for base in bases]
    bases = tuple(base for base in bases if isinstance(base, type))
    parts = {_key(key): part for key, part in parts.items()}
    try:
        return type(name, bases, parts)
    except TypeError:  # the same base twice, for instance
        return type(name, (), parts)


def _inert_base(thing):
    return type(thing.__name__, (), {"__module__": thing.__module__})


def _key(name):
    return f" {name}" if name.startswith("__") and name != "__module__" else name


def _element(value, place, count):
    if isinstance(value, tuple):
        return value[place] if len(value) == count else _best(value)
    return value


def _attach(function, other):
    """Let a function hold something else that works for it."""
    if isinstance(other, type):
        other = _best(tuple(vars(other).values()))
    if _rank(other) > 1:  # where `find_borrowed` looks
        function.__dict__.setdefault("__wrapped__", []).append(other)


def _join(one, other):
    """Return what stands for a name that has one of two values."""
    if one is other:
        return other
    if isinstance(one, types.FunctionType) and isinstance(other, types.FunctionType):
        _attach(other, one)
        return other
    if isinstance(one, type) and isinstance(other, type):
        for key, part in vars(one).items():
            if not key.startswith("__"):
                setattr(other, f" {key}", part)
        return other
    return one if _rank(one) > _rank(other) else other


def _best(values):
    """Return the most telling of several values, or what is no tuple as it is."""
    return max(values, key=_rank, default=None) if isinstance(values, tuple) else values


def _rank(value):
    """How much a value tells: of a library, of the notebook, of another module."""
    if isinstance(value, types.FunctionType | type):
        return 2
    if isinstance(value, types.ModuleType | _Thing):
        is_module = isinstance(value, types.ModuleType)
        origin = value.__name__ if is_module else value.__module__
        return 3 if origin.partition(".")[0] in LIBRARIES else 1
    return 0


def _definitions(code):
    """Return the codes directly within code by name and first line."""
    return {(inner.co_name, inner.co_firstlineno): inner for inner in _codes_in(code)}


def _codes_in(code):
    """Return the codes directly within code; parameters of types are no level."""
    found = []
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            is_level = not inner.co_name.startswith("<generic")
            found += [inner] if is_level else _codes_in(inner)
    return found


def _is_function(code):
    return code.co_name == "<lambda>" or not code.co_name.startswith("<")
