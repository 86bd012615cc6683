"""What a text alone tells of borrowed work is what the running code would tell."""

import ast
import sys
from pathlib import Path

import pytest

from grading.catalogue import read_catalogue
from grading.course import Course
from grading.sealed.outline import extend, outline
from grading.sealed.reading import LONGEST, CellTooLong, read_cell
from grading.trial import prepare
from helpers._provenance import find_borrowed

COURSE = Course.at(Path(__file__).parents[3])
CHECK = "def check_it():\n    return Layer(), softmax\n"
OWN = "class Layer:\n    pass\ndef softmax(x):\n    return np.exp(x)\n"


def borrowed(*cells):
    names = outline(["import numpy as np", OWN, *cells, CHECK])
    return find_borrowed(names["check_it"], names)


def test_code_of_its_own_borrows_nothing():
    assert borrowed("softmax = lambda x: np.exp(x) / np.exp(x).sum()") is None


FUNCTION = "def softmax(x):\n    "
LAYER = "class Layer:\n    "


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (f"{FUNCTION}import torch", "`softmax` uses `torch`."),
        ("import torch\n" f"{FUNCTION}return torch.exp(x)", "`softmax` uses `torch`."),
        (f"{FUNCTION}return f(x)\nimport torch\nf = torch.exp", "`softmax` uses `f`."),
        (f"{FUNCTION}return f(x)\nfrom jax import f", "`softmax` uses `f`."),
        (f"{FUNCTION}return relu(x)\nfrom jax import *", "`softmax` uses `relu`."),
        ("def own(f):\n    import jax\n@own\n" f"{FUNCTION}return 1", "uses `jax`"),
        ("import jax\n@jax.jit\n" f"{FUNCTION}return 1", "`softmax` uses `jax`."),
        (f"if 1 > 0:\n {FUNCTION}    import jax\nelse:\n softmax = None", "uses `jax`"),
        (f"try:\n {FUNCTION}    import jax\nexcept OSError:\n pass", "uses `jax`"),
        ("softmax = lambda x: inner(x)\nfrom jax import inner", "uses `inner`"),
        ("softmax, b = (lambda x: f(x)), 1\nfrom jax import f", "uses `f`"),
        ("(softmax := lambda x: f(x))\nfrom jax import f", "uses `f`"),
        ("def make():\n    def f(x):\n        import jax\n    return f\n"
         "softmax = make()", "`softmax` uses `jax`."),
        ("def build():\n    global softmax\n    softmax = lambda x: g(x)\n"
         "from jax import g", "`softmax` uses `g`."),
        ("import functools\n@functools.lru_cache(maxsize=1)\n"
         f"{FUNCTION}import jax", "`softmax` uses `jax`."),
        (f"%time\n{FUNCTION}import jax", "`softmax` uses `jax`."),
        (f"%%time\n{FUNCTION}import jax", "`softmax` uses `jax`."),
        (f"await f()\n{FUNCTION}import jax", "`softmax` uses `jax`."),
        (f"{LAYER}@property\n    def a(self):\n        import jax", "`jax`."),
        (f"{LAYER}@staticmethod\n    def a():\n        import jax", "`jax`."),
        (f"{LAYER}class In:\n        pass\n    a = lambda x: jax.f\nimport jax",
         "`Layer` uses `jax`."),
        ("import jax\nclass Layer(jax.Layer):\n    pass", "`Layer` uses `jax`."),
        ("class Base:\n    def f(self):\n        import jax\n"
         "class Layer(Base):\n    pass", "`Layer` uses `jax`."),
        ("from jax import exp\nclass Layer:\n    f = staticmethod(exp)",
         "`Layer` uses `jax`."),
        ("def f(self):\n    import jax\nLayer.forward = f", "`Layer` uses `jax`."),
        (f"{FUNCTION}return __import__('torch').exp(x)", "`softmax` uses `torch`."),
        (f"{FUNCTION}import importlib as i\n    i.import_module('scipy.special')",
         "`softmax` uses `scipy.special`."),
        (f"{FUNCTION}import sys\n    sys.modules['scipy']", "`softmax` uses `scipy`."),
        (f"t = __import__('torch')\n{FUNCTION}return t.exp(x)", "`softmax` uses `t`."),
        (f"from importlib import import_module as i\ns = i('scipy.special')\n{FUNCTION}"
         "return s.softmax(x)", "`softmax` uses `s`."),
        (f"import sys\ns = sys.modules['scipy']\n{FUNCTION}s", "`softmax` uses `s`."),
        (f"import torch\nf = getattr(torch, 'exp')\n{FUNCTION}f",
         "`softmax` uses `f`."),
        (f"{LAYER}def f(self):\n        from helpers import gradcheck",
         "`Layer` uses `gradcheck`."),
        (f"from helpers import gradcheck as g\n{LAYER}def f(self):\n        g",
         "`Layer` uses `g`."),
        (f"import helpers\nnudge = helpers.gradcheck.numerical_gradient\n{LAYER}"
         "def f(self):\n        nudge", "`Layer` uses `nudge`."),
        (f"from parts import numerical_gradient\n{LAYER}def f(self):\n"
         "        numerical_gradient", "`Layer` uses `numerical_gradient`."),
    ],
)  # fmt: skip
def test_borrowed_work_is_found_in_the_text(cell, sentence):
    assert sentence in borrowed(cell)


@pytest.mark.parametrize(
    "cell",
    [
        f"import jax\nx = jax.f(1)\n{FUNCTION}return x",  # a number, perhaps
        "import jax\ndef softmax(jax):\n    return jax",
        f"import torch\n{OWN}",
        "from helpers import gradcheck\ndef softmax(x):\n    return gradcheck",
        "def softmax(x):\n    'torch'\n    return np.exp(x)",
        "import jax\nsoftmax = jax.softmax\n" + OWN,
        "import jax\njax = np\n" + f"{FUNCTION}return jax.exp(x)",
    ],
)
def test_honest_work_is_not_suspected(cell):
    assert borrowed(cell) is None


DANGER = """
class Base:
    raise SystemExit
    def __init_subclass__(cls):
        raise SystemExit
    def __set_name__(self, *arguments):
        raise SystemExit
    __slots__ = 5
class Layer(Base, Base, metaclass=Base):
    base = Base()
    __doc__ = 1
@Base
def softmax(x, y=exit()):
    raise SystemExit
class Other(Base):
    __qualname__ = __name__ = 1
    inner = Layer()
raise SystemExit
"""


def test_nothing_is_run():
    assert borrowed(DANGER) is None


@pytest.mark.parametrize(
    "cell",
    [
        "def f(:",
        "\0",
        "return 1",
        f"a = {'-' * 5000}1",
        f"a = {'b.' * 3000}c",
        f"{'(' * 500}",
        "def softmax():\n    nonlocal x",
        f"f = {'9' * 5000}",
        "from .torch import softmax",
        "\ud800 = 1",
    ],
    ids=range(10),
)
def test_a_text_that_is_no_program_binds_nothing(cell):
    assert borrowed(cell) is None


def test_a_cell_that_is_too_long_is_refused():
    with pytest.raises(CellTooLong, match="more than 250,000"):
        read_cell("#" * (LONGEST + 1))


def test_many_definitions_of_one_name_are_read_in_time():
    cell = "".join(f"if x{n}:\n def softmax(): pass\n" for n in range(1000))
    assert borrowed(cell, "@f\n" * 10000 + "def f(): pass\n") is None


def test_a_notebook_can_be_read_cell_by_cell():
    names = outline([OWN])
    extend(names, "def softmax(x):\n    import jax")
    extend(names, CHECK)
    assert names["softmax"].__globals__ is names
    assert find_borrowed(names["check_it"], names) == "`softmax` uses `jax`."


def test_a_live_check_can_be_asked_about_an_outline():
    def check_it():
        return softmax  # noqa: F821

    names = outline([f"{FUNCTION}import jax"])
    assert find_borrowed(check_it, names) == "`softmax` uses `jax`."


PLACES = [
    *("00_warmup/numerical_gradient/gradcheck_of_the_notebook", "01_linear/linear/dot"),
    *("04_mse/mse/nudges", "04_mse/mse/uses_sklearn", "07_adam/adam/by_scikit_learn"),
    *("06_mnist/softmax/uses_scikit_learn", "06_mnist/cross_entropy/uses_scipy"),
]


@pytest.mark.parametrize("place", PLACES)
def test_text_and_running_code_tell_the_same(place, monkeypatch):
    (entry,) = read_catalogue(COURSE, [place])
    cells = [
        cell._replace(source=entry.source) if cell.grade_id == entry.component else cell
        for cell in prepare(COURSE, entry.notebook)
    ]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.syspath_prepend(COURSE.source / entry.notebook)
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    read, live, found = {"__name__": "__main__"}, {"__name__": "__main__"}, []
    for cell in cells:
        extend(read, cell.source)
        exec(_only_definitions(cell.source), live)
        if cell.is_graded:
            name = cell.grade_id
            found.append(find_borrowed(read[name], read))
            assert found[-1] == find_borrowed(live[name])
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    assert any(found) == (entry.name != "dot")


def _only_definitions(source):
    """What a cell defines: its checks are not run."""
    tree = ast.parse(source)
    kinds = ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom
    tree.body = [node for node in tree.body if isinstance(node, kinds)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    return compile(tree, "<cell>", "exec")
