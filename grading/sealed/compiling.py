"""Compiles the cells of notebooks as IPython does, and no more often than it must.

A cell of the course stands in every submission. Compiled before a process forks for one
(`remember`), it is there for all of them. Of other cells the text is parsed once, where
IPython parses it up to four times.
"""

import ast
import copy
import linecache
import warnings

from IPython.core.compilerop import CachingCompiler
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type

from grading.sealed.reading import UNREADABLE


class Compiler(CachingCompiler):
    """Names cells, and lets tracebacks and warnings show their lines or not."""

    def __init__(self):
        super().__init__()
        #: The file name of the next cells; whether none of their lines is shown.
        self.name_of_file, self.is_secret = "", False
        self._parsed = {}  # {source: syntax tree} of the cells that are remembered
        self._last = "", None  # the same of the cell that was parsed last
        self._compiled = {}

    def remember(self, source, name_of_file):
        """Compile a cell now, for processes that are forked later.

        One that does not compile, or gives a warning, is left for them to deal with.
        """
        flags = self.flags
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tree = self._parsed.get(source) or ast.parse(source)
                codes = self._compile_statements(tree, name_of_file)
        except (*UNREADABLE, Warning):
            return
        finally:  # `from __future__ import` changes them
            is_plain, self.flags = self.flags == flags, flags
        if not is_plain:
            return
        self._parsed[source] = tree
        self._compiled |= codes

    def _compile_statements(self, tree, name_of_file):
        codes = {}
        for statement in tree.body:
            whole, symbol = ast.Module([statement], []), "exec"
            if statement is tree.body[-1] and isinstance(statement, ast.Expr):
                whole, symbol = ast.Interactive([statement]), "single"
            with self.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
                key = id(statement), name_of_file, symbol, self.flags
                codes[key] = super().__call__(whole, name_of_file, symbol)
        return codes

    def parse(self, source):
        """Return whether a cell is plain Python, without magics."""
        if source in self._parsed:
            return True
        try:
            # Warnings come when it is compiled; then they are shown.
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                tree = ast.parse(source)
        except UNREADABLE:
            return False
        self._last = source, None if told else tree
        return True

    def ast_parse(self, source, filename="<unknown>", symbol="exec"):
        """Return the syntax tree of a cell."""
        last, tree = self._last
        known = self._parsed.get(source) or (tree if source == last else None)
        return known or super().ast_parse(source, filename, symbol)

    def __call__(self, source, filename, symbol, **kwargs):
        """Return the code of a syntax tree."""
        first = getattr(source, "body", None)
        if first and len(first) == 1:
            code = self._compiled.get((id(first[0]), filename, symbol, self.flags))
            if code:
                return code
        return super().__call__(source, filename, symbol, **kwargs)

    def get_code_name(self, raw_code, transformed_code, number):
        """Return the name of the file of a cell."""
        return self.name_of_file

    def cache(self, *args, **kwargs):
        """Let tracebacks find the lines of a cell; return the name of its file."""
        name = super().cache(*args, **kwargs)
        if self.is_secret:
            del linecache.cache[name]
        return name


class CompilingShell(InteractiveShell):
    """An IPython shell that compiles its cells as above."""

    compiler_class = Type(Compiler)

    def transform_cell(self, raw_cell):
        """Return the cell as Python; one without magics is that already."""
        if self.compile.parse(raw_cell):
            return raw_cell
        return super().transform_cell(raw_cell)

    def should_run_async(self, raw_cell, *, transformed_cell=None, **kwargs):
        """Return whether a cell awaits something at its top level."""
        source = transformed_cell or ""
        if "await" not in source and "async" not in source:
            return False
        return super().should_run_async(
            raw_cell, transformed_cell=transformed_cell, **kwargs
        )

    def transform_ast(self, node):
        """Return the tree that a student's transformers make of a cell's."""
        if self.ast_transformers:  # they may change it, and it may be remembered
            node = copy.deepcopy(node)
        return super().transform_ast(node)
