"""Cells that are compiled before a fork run as those that are compiled after it."""

import __future__

import ast
import copy

import pytest

from grading.sealed.compiling import Compiler

SOURCE = "x = 1\nx + 1"
NAME = "<cell 3>"


@pytest.fixture
def compiler():
    compiler = Compiler()
    compiler.remember(SOURCE, NAME)
    return compiler


def compile_first(compiler, tree, name=NAME):
    with compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        return compiler(ast.Module([tree.body[0]], []), name, "exec")


def test_a_cell_that_is_remembered_is_compiled_once(compiler):
    tree = compiler.ast_parse(SOURCE)
    code = compile_first(compiler, tree)
    assert compile_first(compiler, tree) is code
    assert (code.co_filename, code.co_names) == (NAME, ("x",))
    with compiler.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        last = compiler(ast.Interactive([tree.body[1]]), NAME, "single")
        assert compiler(ast.Interactive([tree.body[1]]), NAME, "single") is last


def test_under_another_name_it_is_compiled_anew(compiler):
    tree = compiler.ast_parse(SOURCE)
    assert compile_first(compiler, tree, "<cell 4>").co_filename == "<cell 4>"


def test_a_changed_copy_of_its_tree_is_compiled_anew(compiler):
    tree = copy.deepcopy(compiler.ast_parse(SOURCE))
    tree.body[0].value.value = 7
    assert 7 in compile_first(compiler, tree).co_consts


def test_after_a_future_import_it_is_compiled_anew(compiler):
    tree = compiler.ast_parse(SOURCE)
    code = compile_first(compiler, tree)
    compiler.flags |= __future__.annotations.compiler_flag
    assert compile_first(compiler, tree) is not code


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\nx = 1",
        "from __future__ import annotations\nx is 1",
        "x = (",
        "x is 1",
        "\0",
    ],
)
def test_what_is_no_plain_cell_is_left_as_it_is(source):
    compiler = Compiler()
    flags = compiler.flags
    compiler.remember(source, NAME)
    assert compiler.flags == flags
    assert not compiler._parsed
    assert not compiler._compiled


def test_a_cell_without_magics_is_parsed_once():
    compiler = Compiler()
    assert compiler.parse(SOURCE)
    assert compiler.ast_parse(SOURCE) is compiler.ast_parse(SOURCE)
    assert not compiler.parse("%time 1")


def test_a_warning_comes_when_a_cell_is_compiled():
    compiler = Compiler()
    assert compiler.parse("'\\d'")
    with pytest.warns((SyntaxWarning, DeprecationWarning), match="invalid escape"):
        compiler.ast_parse("'\\d'")
