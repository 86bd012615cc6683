"""Each formula names its own mistake, and nothing else is blamed for anything."""

import re
from pathlib import Path

import numpy as np
import pytest

from helpers import candidates
from helpers.candidates import Candidates, close

LISTS = {
    f"{module}.{name}": value
    for module in candidates.__all__
    for name, value in vars(getattr(candidates, module)).items()
    if isinstance(value, Candidates)
}
PAIR = Candidates({"Twice.": "2 * expected", "Turned.": ("expected.T", "x.T")})
RNG = np.random.default_rng(0)
EXPECTED = RNG.normal(size=(4, 3))


def test_the_one_that_fits_is_named():
    assert PAIR().name_mistake(2 * EXPECTED, EXPECTED) == "Twice."
    assert PAIR().name_mistake(EXPECTED.T, EXPECTED) == "Turned."


def test_each_of_several_formulas_counts():
    x = RNG.normal(size=(2, 5))
    assert PAIR(x=x).name_mistake(x.T, EXPECTED) == "Turned."


def test_values_that_two_mistakes_give_are_blamed_on_neither():
    both = Candidates({"Zero.": "0 * expected", "Minus itself.": "expected - expected"})
    assert both().name_mistake(0 * EXPECTED, EXPECTED) is None


def test_a_mistake_that_changes_nothing_here_is_not_named():
    square = np.diag([1.0, 2.0])
    assert PAIR().name_mistake(square, square) is None


def test_a_formula_whose_arrays_are_not_given_is_left_out():
    assert PAIR().name_mistake(np.ones((7, 7)), EXPECTED) is None


def test_a_formula_that_does_not_fit_the_shapes_is_left_out():
    product = Candidates({"Product.": "expected @ x"})
    assert product(x=np.ones((2, 2))).name_mistake(EXPECTED + 1, EXPECTED) is None


def test_a_formula_that_divides_by_zero_blames_nobody_and_warns_nobody():
    case = Candidates({"Infinite.": "expected / 0"})()
    assert case.name_mistake(EXPECTED + 1, EXPECTED) is None


def test_a_formula_with_a_function_of_the_student_that_raises_is_left_out():
    def right(x):
        raise RuntimeError

    case = Candidates({"Other.": "right(expected)"})(right=right)
    assert case.name_mistake(EXPECTED + 1, EXPECTED) is None


@pytest.mark.parametrize(
    ("got", "words"),
    [(EXPECTED - 1, "answer of the call before"), (2 * EXPECTED - 1, "is added to it")],
)
def test_what_is_left_over_from_the_call_before_is_told_by_every_list(got, words):
    assert words in PAIR(before=EXPECTED - 1).name_mistake(got, EXPECTED)


def test_sizes_are_integers_named_by_a_capital_letter():
    assert PAIR(N=5, n=3, x=EXPECTED, K=2).sizes == {"N": 5, "K": 2}


def test_a_formula_that_is_none_is_refused():
    with pytest.raises(SyntaxError):
        Candidates({"Broken.": "expected +"})


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (np.ones(3), np.ones(3) + 1e-8, True),
        (np.ones(3), np.ones(3) + 1e-5, False),
        (np.ones(3, "f4"), np.ones(3) + 1e-5, True),
        (np.ones(3), np.ones((3, 1)), False),
        (np.ones(3, bool), np.ones(3), True),
        (np.array(["a"]), np.ones(1), False),
        (np.ones((0, 3)), np.ones((0, 3)), True),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), False),
    ],
)
def test_closeness_goes_by_the_coarser_precision(a, b, same):
    assert close(a, b) is same


def test_closeness_does_not_ask_a_function_that_students_may_replace(monkeypatch):
    monkeypatch.setattr(np, "allclose", lambda *args, **kwargs: True)
    monkeypatch.setattr(np, "abs", lambda x: 0 * x)
    assert not close(np.ones(3), np.zeros(3))


def test_every_notebook_has_its_list():
    assert {name.partition(".")[0] for name in LISTS} >= {
        "linear",
        "activations",
        "mse",
    }


@pytest.mark.parametrize("name", LISTS)
def test_what_is_said_is_made_of_sentences(name):
    for sentence in LISTS[name]().mistakes:
        assert re.match(r"[A-Z0-9`]", sentence), sentence
        assert sentence.endswith((".", "?")), sentence


def test_nothing_that_students_install_holds_a_line_of_a_solution():
    project = Path(__file__).parents[2]
    shipped = "\n".join(
        line.strip()
        for path in (project / "helpers" / "candidates").glob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
    )
    solved = (project / "notebooks" / "parts.py").read_text(encoding="utf-8")
    secret = {
        match[1].replace("self.", "")
        for match in re.finditer(r"(?:return|=) (.{12,})$", solved, re.MULTILINE)
    }
    secret = {line for line in secret if re.search(r" (@|\*|/|-|\+) |\(.* .*\)", line)}
    # Adam's correction stands in the equation that the exercise begins with.
    secret -= {"1 - beta1**t", "1 - beta2**t"}
    assert len(secret) > 50
    shipped = shipped.replace("self.", "")
    found = [line for line in secret if re.search(rf"{re.escape(line)}(?!\w)", shipped)]
    assert not found
