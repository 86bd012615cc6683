"""What the checks say, and what makes them say it."""

import subprocess
import sys

import numpy as np
import pytest

from helpers import checks
from helpers.candidates import Candidates
from helpers.checks import (
    CheckFailed,
    attempt,
    check,
    graded,
    needs,
    ready,
    run_backward,
    run_forward,
    same,
    same_number,
    same_spread,
)


def untouched_stub():
    raise NotImplementedError()


def broken(x):
    return x["no such key"]


@pytest.fixture(autouse=True)
def _forget_outcomes(monkeypatch):
    monkeypatch.setattr(checks, "_outcomes", {})
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


def message_of(function, *args, **kwargs):
    with pytest.raises(CheckFailed) as caught:
        function(*args, **kwargs)
    return str(caught.value)


# The three answers


def test_a_visible_check_that_holds_says_passed(capsys):
    @check
    def check_sum():
        same("x", np.ones(2), [1.0, 1.0])

    assert capsys.readouterr().out == "check_sum: passed.\n"


def test_a_visible_check_on_an_untouched_stub_says_not_attempted_yet(capsys):
    @check
    def check_sum():
        untouched_stub()

    out = capsys.readouterr().out
    assert "check_sum: not attempted yet. untouched_stub still raises" in out


def test_a_visible_check_that_fails_gives_its_message_and_does_not_raise(capsys):
    @check
    def check_sum():
        same("x", np.ones(3), np.ones(2))

    assert "not right yet. x: expected shape (2,), got (3,)" in capsys.readouterr().out


def test_an_exception_in_student_code_is_named_with_its_line(capsys):
    @check
    def check_sum():
        broken({})

    out = capsys.readouterr().out
    assert "`broken` raised KeyError: 'no such key'" in out
    assert '`return x["no such key"]`' in out


def test_an_exception_inside_the_courses_parts_is_shown_where_it_was_called(
    tmp_path, capsys
):
    parts = tmp_path / "parts.py"
    parts.write_text("def multiply(a, b):\n    return a @ b\n", encoding="utf-8")
    given = {}
    exec(compile(parts.read_text("utf-8"), str(parts), "exec"), given)

    class Network:
        def backward(self, grad_output):
            return given["multiply"](grad_output, np.ones((2, 3)))

    @check
    def check_order():
        Network().backward(np.ones((5, 7)))

    out = capsys.readouterr().out
    assert "Network.backward` raised ValueError: matmul" in out
    assert '`return given["multiply"](grad_output, np.ones((2, 3)))`' in out
    assert "the left one has 7 entries, the first axis of the right one 2." in out


def test_a_not_implemented_error_with_a_message_is_not_taken_for_a_stub(capsys):
    def half_done():
        raise NotImplementedError("negative numbers")

    @check
    def check_sum():
        half_done()

    assert "raised NotImplementedError: negative numbers" in capsys.readouterr().out


def test_a_student_who_calls_exit_in_a_check_does_not_end_it(capsys):
    @check
    def check_sum():
        sys.exit(0)

    assert "not right yet" in capsys.readouterr().out


def test_what_a_check_names_is_not_left_behind_in_the_notebook(capsys):
    notebook = {"check": check, "expect": checks.expect}
    forgot_self = "class Layer:\n    def forward(self):\n        return x"
    cell = "@check\ndef check_forward():\n    x = 3\n    expect(Layer().forward(), '')"
    exec(forgot_self, notebook)
    exec(cell, notebook)
    assert "x" not in notebook
    assert "name 'x' is not defined" in capsys.readouterr().out


def test_attempt_lets_the_notebook_go_on_past_an_untouched_stub(capsys):
    with attempt():
        untouched_stub()
    assert capsys.readouterr().out == "untouched_stub: not attempted yet.\n"


def test_attempt_hides_no_other_error():
    with pytest.raises(KeyError), attempt():
        broken({})


def test_a_graded_check_raises_with_its_name_and_message():
    verdict = r"^test_sum: not right yet\. x: expected"
    with pytest.raises(CheckFailed, match=verdict):

        @graded
        def test_sum():
            same("x", np.ones(3), np.ones(2))


def test_a_graded_check_of_an_untouched_stub_raises_not_attempted_yet():
    with pytest.raises(CheckFailed, match="test_sum: not attempted yet"):

        @graded
        def test_sum():
            untouched_stub()


def test_a_failed_graded_check_shows_no_traceback_in_a_notebook():
    with pytest.raises(CheckFailed) as caught:

        @graded
        def test_sum():
            broken({})

    (line,) = caught.value._render_traceback_()
    assert line.startswith("test_sum: not right yet. `broken` raised KeyError")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_stderr_in_a_graded_check_goes_to_stdout(capsys):
    @graded
    def test_sum():
        print("a harmless warning", file=sys.stderr)

    out, err = capsys.readouterr()
    assert out == "a harmless warning\ntest_sum: passed\n"
    assert err == ""


def test_a_warning_in_a_graded_check_is_shown_but_not_on_stderr():
    code = """
import warnings
from helpers.checks import graded
@graded
def test_sum():
    warnings.warn("overflow", RuntimeWarning)
"""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code], capture_output=True, text=True
    )
    assert "RuntimeWarning: overflow" in done.stdout
    assert done.stdout.endswith("test_sum: passed\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_ready_repeats_what_the_visible_check_said(capsys):
    ready("sum")
    assert "check_sum not attempted yet" in capsys.readouterr().out

    @check
    def check_sum():
        pass

    ready("sum")
    assert "check_sum passed" in capsys.readouterr().out


def test_ready_stops_validation_until_the_visible_check_passes(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert "check_sum: not attempted yet" in message_of(ready, "sum")

    @check
    def check_sum():
        same("x", np.ones(3), np.ones(2))

    assert "check_sum: not right yet" in message_of(ready, "sum")
    del check_sum

    @check
    def check_sum():
        pass

    ready("sum")


def test_the_summary_lists_every_visible_check(capsys):
    @check
    def check_one():
        pass

    @check
    def check_two():
        untouched_stub()

    capsys.readouterr()
    checks.summary()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["check_one", "passed"],
        ["check_two", "not attempted yet"],
    ]


def test_the_summary_keeps_its_columns_however_long_a_name_is(capsys):
    @check
    def check_one():
        pass

    @check
    def check_something_that_has_a_very_long_name():
        pass

    capsys.readouterr()
    checks.summary()
    lines = capsys.readouterr().out.splitlines()
    assert [line.index(" passed") for line in lines] == [41, 41]


def test_student_text_is_escaped_where_a_notebook_shows_html(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.get_ipython", lambda: object())
    monkeypatch.setattr(
        "IPython.display.display", lambda data, raw: shown.append(data["text/html"])
    )

    @check
    def check_sum():
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in shown[0]
    assert "&lt;script&gt;" in shown[0]


# Comparing arrays: shape, then dtype, then finiteness, then values


def test_equal_arrays_are_the_same():
    same("x", np.array([[1.0, -0.0]]), [[1.0, 0.0]])


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "got None. Is a `return` missing?"),
        ([1.0, 2.0], "expected a NumPy array, got list"),
        (np.ones((2, 1)), r"expected shape (2,), got (2, 1)"),
        (np.ones(2, np.float32), "expected float64, got float32"),
        (np.ones(2, complex), "expected float64, got complex128"),
        (
            np.array([1.0, np.nan]),
            "1 of 2 entries are NaN or infinite, the first at [1]",
        ),
        (np.array([1.0, 5.0]), "1 of 2 values are wrong, the first at [1]"),
    ],
)
def test_what_differs_is_named(got, words):
    assert words in message_of(same, "y", got, [1.0, 2.0])


def test_an_object_that_claims_to_equal_everything_is_refused():
    class Chameleon:
        def __eq__(self, other):
            return True

    assert "expected a NumPy array" in message_of(same, "y", Chameleon(), [1.0])


def test_an_array_subclass_cannot_bend_the_comparison():
    class Bent(np.ndarray):
        def __sub__(self, other):
            return np.zeros(self.shape)

        def __array_ufunc__(self, *args, **kwargs):
            return np.zeros(self.shape)

    bent = np.array([5.0, 5.0]).view(Bent)
    assert "2 of 2 values are wrong" in message_of(same, "y", bent, [1.0, 2.0])


def test_the_message_never_holds_the_expected_value():
    assert "2.718" not in message_of(same, "y", np.ones(2), [2.718281828, 2.718281828])


def test_float32_is_compared_with_float32_accuracy():
    same("y", np.array([1.00005], np.float32), np.array([1.0], np.float32))
    wrong = np.array([1.01], np.float32)
    assert "value is wrong" in message_of(same, "y", wrong, np.float32([1.0]))


def test_another_order_of_summation_is_the_same():
    x = np.random.default_rng(0).normal(size=1000)
    same("sum", np.array([x.sum()]), [x[::-1].cumsum()[-1]])


@pytest.mark.parametrize(
    "number", [2, 2.0, np.float64(2), np.float32(2), np.array(2.0)]
)
def test_a_number_may_be_a_float_a_scalar_or_a_0d_array(number):
    same_number("loss", number, 2.0)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "got None"),
        (np.ones(1), "expected a single number, got an array of shape (1,)"),
        (np.nan, "NaN or infinite"),
        (2.1, "the number is wrong, got 2.1."),
        (0.0, "the number is wrong, got 0."),
        (np.array(np.nan), "the number is NaN or infinite."),
        (True, "expected a single number, got bool."),
        ("2", "expected a single number, got str."),
    ],
)
def test_what_is_no_right_number_is_refused(got, words):
    assert words in message_of(same_number, "loss", got, 2.0)


def test_an_array_of_one_value_shows_what_came():
    message = message_of(same, "weights", np.array([[2.5]]), np.array([[2.0]]))
    assert message == (
        "weights: the shape is right, but its one value is wrong, got 2.5."
    )


@pytest.mark.parametrize("name", ["grad_weights", "grad_biases in float32"])
def test_a_gradient_that_was_not_kept_is_asked_for_by_its_name(name):
    hint = f"Does `backward` set `self.{name.split()[0]}`?"
    assert message_of(same, name, None, [1.0]) == f"{name}: got None. {hint}"


LEFT_OUT = Candidates({"`grad_output` is left out.": "expected / grad_output"})


def test_a_mistake_that_the_exercise_invites_is_named():
    grad_output, slope = np.random.default_rng(0).normal(size=(2, 4, 3))
    case = LEFT_OUT(grad_output=grad_output)
    words = message_of(same, "g", slope, grad_output * slope, case)
    assert words.endswith("`grad_output` is left out.")


def test_a_number_can_have_its_mistake_named_too():
    half = Candidates({"It is halved.": "expected / 2"})()
    assert message_of(same_number, "loss", 1.5, 3.0, half).endswith("It is halved.")


def test_a_mistake_that_gives_another_shape_is_named():
    column = Candidates({"It is a column.": "expected[:, np.newaxis]"})()
    words = message_of(same, "b", np.ones((3, 1)), np.ones(3), column)
    assert words == "b: expected shape (3,), got (3, 1). It is a column."


def test_a_mistake_that_gives_another_dtype_is_named():
    mask = Candidates({"It is the mask.": "expected > 0"})()
    expected = np.array([0.0, 2.5])
    words = message_of(same, "y", expected > 0, expected, mask)
    assert words == "y: expected float64, got bool. It is the mask."


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (bool, "Is it a mask"),
        (int, "Integers cannot hold fractions"),
        ("f4", "Where does your code cast to float32?"),
    ],
)
def test_another_dtype_than_float64_gets_a_question(kind, words):
    expected = np.array([0.25, 2.5])
    assert words in message_of(same, "y", expected.astype(kind), expected)


def test_float64_for_float32_gets_a_question():
    expected = np.array([0.25, 2.5], "f4")
    words = message_of(same, "y", expected.astype(float), expected)
    assert words.endswith("Which number or array of yours turns float32 into that?")


# Random numbers


def test_random_numbers_of_the_right_spread_pass():
    for seed in range(50):
        rng = np.random.default_rng(seed)
        same_spread("weights", rng.normal(0, 0.5, size=(20, 10)), 0.25)
        same_spread("weights", rng.uniform(-1, 1, size=(20, 10)), 1 / 3)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.ones((20, 10)), "all numbers are equal"),
        (np.random.default_rng(0).uniform(0, 1, 400), "expected the mean 0, got 0.5"),
        (np.random.default_rng(0).normal(0, 1, 400), "got 0.99, 3.96 times too large"),
        (np.random.default_rng(0).normal(0, 0.1, 400), "25.2 times too small"),
        (np.full(200, np.nan), "NaN or infinite"),
        (None, "got None"),
    ],
)
def test_random_numbers_of_another_spread_are_told(array, words):
    assert words in message_of(same_spread, "weights", array, 0.25)


# What is judged elsewhere


class Broken:
    def forward(self, x):
        raise ValueError("broken")

    def backward(self, grad_output):
        self.grad_weights = grad_output
        raise ValueError("broken")


class Untouched:
    def forward(self, x):
        raise NotImplementedError()

    def backward(self, grad_output):
        raise NotImplementedError()


def test_forward_is_run_and_its_errors_are_judged_elsewhere():
    assert run_forward(Broken(), 1) is None
    layer = type("Layer", (), {"forward": lambda self, y, t: y - t})()
    assert run_forward(layer, 5, 3) == 2


def test_an_error_of_backward_is_judged_elsewhere_once_the_attribute_is_there():
    layer = Broken()
    run_backward(layer, 3, sets="grad_weights")
    assert layer.grad_weights == 3
    with pytest.raises(ValueError, match="broken"):
        run_backward(Broken(), 3, sets="grad_biases")


def test_a_stub_is_never_judged_elsewhere():
    with pytest.raises(NotImplementedError):
        run_forward(Untouched(), 1)
    with pytest.raises(NotImplementedError):
        run_backward(Untouched(), 1, sets="grad_weights")


def test_a_check_that_needs_another_one_sends_students_there(capsys):
    @check
    def check_forward():
        same("y", np.ones(2), np.zeros(2))

    @check
    def check_backward():
        needs("forward")

    assert capsys.readouterr().out.splitlines()[-1] == (
        "check_backward: not right yet. Something before this has to be right first: "
        "check_forward is not right yet."
    )


def test_a_check_that_needs_what_is_not_attempted_is_not_attempted_either(capsys):
    @check
    def check_forward():
        untouched_stub()

    @check
    def check_backward():
        needs("forward")

    assert "check_backward: not attempted yet. " in capsys.readouterr().out


def test_a_number_that_comes_as_an_array_can_have_its_mistake_named():
    each = Candidates({"It is one number a sample.": "np.array([1.0, 2.0])"})()
    words = message_of(same_number, "loss", np.array([1.0, 2.0]), 1.5, each)
    assert words.endswith("shape (2,) and dtype float64. It is one number a sample.")


def test_a_check_that_needs_another_one_runs_where_that_passed_or_was_not_run():
    needs("never_run")

    @check
    def check_forward():
        pass

    needs("forward")


def test_the_outcomes_tell_what_each_visible_check_said():
    @check
    def check_a():
        pass

    @check
    def check_b():
        checks.expect(False, "No.")

    assert checks.outcomes() == {
        "check_a": ("passed", ""),
        "check_b": ("not right yet", "No."),
    }


# By hand


def use_scipy():
    from scipy.special import expit

    return expit(0.0)


def test_right_results_of_a_library_do_not_pass():
    def test_borrowed():
        assert use_scipy() == 0.5

    assert message_of(graded, test_borrowed) == (
        "test_borrowed: not right yet. `use_scipy` uses `scipy.special`. The results "
        "are right, but the work is not done by hand: write it with NumPy, and with "
        "what you have built so far."
    )


def test_a_name_that_is_not_defined_is_explained(capsys):
    @check
    def check_sum():
        forgotten(1)  # noqa: F821

    assert "Nothing is called `forgotten` here." in capsys.readouterr().out


def test_an_argument_changed_in_place_is_named():
    x = np.ones(3)
    words = "changes its argument `x` in place"
    with pytest.raises(CheckFailed, match=words), checks.unchanged(x=x):
        x[1] = 2


def test_an_argument_left_alone_passes():
    x = np.ones(3)
    with checks.unchanged(x=x):
        x = x + 1


def test_raises_accepts_the_error_and_refuses_a_result():
    checks.raises("float('a')", ValueError, float, "a")
    words = message_of(checks.raises, "float('1')", ValueError, float, "1")
    assert words == "float('1'): expected ValueError, got a result of type float."


def test_raises_names_another_error_and_its_line():
    def refuse():
        assert 1 == 2

    message = message_of(checks.raises, "forward(y, t)", ValueError, refuse)
    assert message.startswith("forward(y, t): expected ValueError, but `")
    assert "refuse` raised AssertionError" in message
    assert "`assert 1 == 2`" in message


def test_raises_lets_a_stub_through_as_not_attempted(capsys):
    @check
    def check_shapes():
        checks.raises("untouched_stub()", ValueError, untouched_stub)

    assert "not attempted yet" in capsys.readouterr().out


@pytest.mark.parametrize("shape", [(4, 3), (1, 3), (5,)])
def test_layouts_hold_the_same_values_in_different_memory(shape):
    x = np.random.default_rng(0).normal(size=shape)
    laid_out = dict(checks.layouts(x))
    assert len(laid_out) == 4
    for array in laid_out.values():
        np.testing.assert_array_equal(array, x)
        assert not np.shares_memory(array, x)
    assert not laid_out["every second column of an array"].flags.c_contiguous


def test_expect_fails_with_its_message():
    checks.expect(True, "never shown")
    assert message_of(checks.expect, False, "the order is new") == "the order is new"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: check("sum"), TypeError, "function: expected a function, got str"),
        (lambda: graded("sum"), TypeError, "function: expected a function, got str"),
        (lambda: checks.draw(0, (2,)), TypeError, "rng: expected a numpy.random.Gene"),
        (
            lambda: list(checks.layouts("abc")),
            TypeError,
            "array: expected an array of real numbers, got <U3",
        ),
        (
            lambda: list(checks.layouts(3.0)),
            ValueError,
            "array: expected at least one dimension, got a single number",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
