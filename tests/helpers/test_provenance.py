"""What student code borrows is found by reading it, wherever it hides."""

import types

import numpy as np
import pytest

from helpers import gradcheck
from helpers._provenance import find_borrowed

CHECK = """
def check_it():
    layer = Layer()
    return layer, function, helper
"""
OWN = """
class Layer:
    def forward(self, x):
        return np.tanh(x)
def function(x):
    return x
def helper():
    return 1
"""


def borrowed(source, **names):
    namespace = {"np": np, "__name__": "__main__", **names}
    exec(OWN + source + CHECK, namespace)
    return find_borrowed(namespace["check_it"])


def test_code_of_its_own_borrows_nothing():
    assert borrowed("") is None


FUNCTION = "def function(x):\n    {}\n"
LAYER = "class Layer:\n    def forward(self, x):\n        {}\n"
INNER = "def inner(x):\n    return softmax(x)\n"
STATIC = "class Layer:\n    @staticmethod\n    def run(x):\n        import jax\n"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (FUNCTION.format("import torch"), "`function` uses `torch`."),
        (FUNCTION.format("import scipy.special as s"), "uses `scipy.special`."),
        (FUNCTION.format("from sklearn import svm"), "uses `sklearn`."),
        (FUNCTION.format("return [torch.exp(v) for v in x]"), "uses `torch`."),
        (FUNCTION.format("return inner(x)") + INNER, "`inner` uses `softmax`."),
        (LAYER.format("return inner(x)") + INNER, "`Layer` uses `softmax`."),
        (LAYER.format("return softmax(x)"), "`Layer` uses `softmax`."),
        (STATIC, "`Layer` uses `jax`."),
    ],
)
def test_a_library_is_found(source, words):
    torch = types.ModuleType("torch")
    softmax = types.FunctionType((lambda x: x).__code__, {}, "softmax")
    softmax.__module__ = "scipy.special"
    assert words in borrowed(source, torch=torch, softmax=softmax)


NUDGES = "class Layer:\n    def backward(self, g):\n        {}\n"


@pytest.mark.parametrize(
    "line",
    [
        "return gradcheck.compare_layer(self, 0, g)",
        "from helpers import gradcheck as check",
        "import helpers.gradcheck",
        "from parts import numerical_gradient",
        "return numerical_gradient(abs, g)",
    ],
)
def test_a_layer_that_nudges_is_found(line):
    def numerical_gradient(f, x):
        return x

    numerical_gradient.__module__ = "parts"
    names = {"gradcheck": gradcheck, "numerical_gradient": numerical_gradient}
    assert "`Layer` uses " in borrowed(NUDGES.format(line), **names)


def test_a_layer_that_nudges_is_found_behind_a_function_that_may():
    source = NUDGES.format("return nudge()")
    source += "def nudge():\n    return gradcheck.numerical_gradient\n"
    source += "def function():\n    return nudge(), Layer\n"
    check = "def check_it():\n    return function(), Layer()\n"
    namespace = {"gradcheck": gradcheck, "__name__": "__main__"}
    exec(source + check, namespace)
    assert find_borrowed(namespace["check_it"]) == "`Layer` uses `gradcheck`."


def test_a_function_of_the_notebook_may_nudge():
    source = "def helper():\n    return gradcheck.numerical_gradient\n"
    assert borrowed(source, gradcheck=gradcheck) is None


def test_numerical_gradient_itself_may_not_come_from_the_course():
    source = "def numerical_gradient(f, x):\n    return gradcheck.numerical_gradient\n"
    source += "def helper():\n    return numerical_gradient\n"
    assert borrowed(source, gradcheck=gradcheck) == (
        "`numerical_gradient` uses `gradcheck`."
    )


def test_the_check_itself_may_use_what_it_likes():
    def check_it():
        return gradcheck.numerical_gradient

    assert find_borrowed(check_it) is None


def test_functions_that_call_each_other_end():
    source = (
        "def function(x):\n    return helper()\ndef helper():\n    return function(1)\n"
    )
    assert borrowed(source) is None
