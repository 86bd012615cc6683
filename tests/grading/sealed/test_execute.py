"""A submission from its first cell to its last check, through the real engine."""

import base64

import pytest

DOUBLE = "def double(x):\n    return 2 * x"
TEST = """
from helpers.checks import graded, same
import numpy as np

@graded
def test_double():
    same("double(x)", double(np.array([1.5])), np.array([3.0]))
"""
ASSERT = "assert double(4) == 8"


def test_the_right_code_passes_and_the_wrong_says_why(run):
    outputs, checks = run(DOUBLE, graded={"test_double": TEST, "plain": ASSERT})
    assert checks == {"test_double": ("passed", ""), "plain": ("passed", "")}
    assert outputs[-2:] == [[printed("test_double: passed\n")], []]
    outputs, checks = run(
        DOUBLE.replace("2", "3"), graded={"test_double": TEST, "plain": ASSERT}
    )
    state, reason = checks["test_double"]
    assert state == "failed"
    assert "1.5 times too large" in reason or "one value is wrong" in reason
    assert checks["plain"] == ("failed", "")
    assert outputs[-1][-1]["ename"] == "AssertionError"


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_cells_keep_what_they_print_show_and_raise(run):
    outputs, _ = run(
        "print(1)\nimport sys\nprint(2, file=sys.stderr)\n3",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "1 / 0",
        "import os\nos.write(1, b'raw')\n!echo from a program",
        graded={},
    )
    assert [o["output_type"] for o in outputs[0]] == [
        *("stream", "stream", "execute_result")
    ]
    picture = base64.b64decode(outputs[1][0]["data"]["image/png"])
    assert picture.startswith(b"\x89PNG")
    assert outputs[2][0]["ename"] == "ZeroDivisionError"
    text = "".join(o.get("text", "") for o in outputs[3])
    assert "raw" in text
    assert "from a program" in text


def test_what_student_code_prints_in_a_check_is_shown_with_the_check(run):
    noisy = "import warnings\n" + DOUBLE.replace(
        "return", "print('called with', x); warnings.warn('careful'); return"
    )
    outputs, checks = run(noisy, graded={"plain": ASSERT})
    assert checks["plain"] == ("passed", "")
    (shown,) = outputs[-1]
    assert shown["name"] == "stdout"  # nbgrader would take stderr for a failure
    assert "called with 4" in shown["text"]
    assert "careful" in shown["text"]


def test_a_message_shows_the_line_of_the_students_cell(run):
    _, checks = run(
        "def double(x):\n    y = x\n    return y.missing", graded={"test_double": TEST}
    )
    assert "(line 3, `return y.missing`)" in checks["test_double"][1]


def test_an_untouched_stub_is_not_attempted_yet(run):
    _, checks = run(
        "def double(x):\n    raise NotImplementedError", graded={"test_double": TEST}
    )
    state, reason = checks["test_double"]
    assert state == "failed"
    assert reason.startswith("test_double: not attempted yet. double still raises")


def test_a_name_that_is_not_defined_is_missing(run):
    _, checks = run("", graded={"plain": ASSERT})
    assert checks["plain"] == ("failed", "name 'double' is not defined")


@pytest.mark.parametrize(
    "patch",
    [
        "import numpy as np\nnp.abs = np.max = lambda *a, **k: 0 * a[0]",
        "import helpers.checks as c\nc.same = c.graded = c._run = lambda *a, **k: None",
        "import builtins\nbuiltins.AssertionError = ZeroDivisionError",
        "class Same:\n    __eq__ = lambda *a: True\ndouble = lambda x: Same()",
    ],
)
def test_patching_buys_nothing(run, patch):
    wrong = DOUBLE.replace("2", "3")
    _, checks = run(wrong, patch, graded={"test_double": TEST})
    assert checks["test_double"][0] == "failed"


def test_an_endless_cell_is_interrupted_and_the_rest_goes_on(run):
    outputs, checks = run(
        "while True: pass", DOUBLE, graded={"test_double": TEST}, cell=1.0
    )
    assert outputs[0][-1]["ename"] == "CellTimeoutError"
    assert checks["test_double"] == ("passed", "")


def test_an_endless_call_costs_its_own_check(run):
    endless = DOUBLE + "\ndef loop():\n    while True: pass"
    _, checks = run(endless, graded={"loop": "loop()", "plain": ASSERT}, cell=1.0)
    assert checks["loop"] == (
        "timed out",
        "It took more than 1 seconds and was stopped.",
    )
    assert checks["plain"] == ("passed", "")


def test_a_check_that_is_endless_itself_is_stopped(run):
    graded = {"endless": "while double(1): pass", "alone": "while True: pass"}
    _, checks = run(DOUBLE, graded=graded, cell=1.0)
    assert [state for state, _ in checks.values()] == ["timed out"] * 2


def test_code_that_cannot_be_interrupted_is_ended(run):
    stubborn = (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    )
    _, checks = run(stubborn, DOUBLE, graded={"plain": ASSERT}, cell=1.0)
    state, reason = checks["plain"]
    assert state == "timed out"
    assert reason == ("Cell 1 ran on after its time was up, until it was ended.")


@pytest.mark.parametrize(
    "end", ["os._exit(0)", "os.kill(os.getpid(), 9)", "os.abort()"]
)
def test_a_process_that_ends_fails_what_follows(run, end):
    dying = f"import os\ndef double(x):\n    {end}"
    _, checks = run(dying, graded={"plain": ASSERT, "more": "pass"})
    why = "The Python process ended while cell 2 was run."
    assert checks == {"plain": ("died", why), "more": ("died", why)}


def test_the_next_submission_is_as_if_nothing_had_been(run):
    run("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", graded={})
    run("open('left', 'w').write('x')\nimport os\nos.fork() and os._exit(0)", graded={})
    outputs, checks = run(
        "import os\nprint(os.listdir('.'), len(os.listdir(os.environ['TMPDIR'])))",
        DOUBLE,
        graded={"test_double": TEST},
    )
    assert outputs[0] == [printed("[] 1\n")]
    assert checks["test_double"] == ("passed", "")


def test_a_check_reads_the_file_that_student_code_wrote(run):
    _, checks = run(
        "import numpy as np\nnp.save('answer.npy', np.arange(3))",
        graded={
            "file": "import numpy as np\nassert np.load('answer.npy').sum() == 3",
            "code": "import importlib.util as u\nassert u.find_spec('answer') is None",
        },
    )
    assert [state for state, _ in checks.values()] == ["passed", "passed"]


def test_a_check_reads_the_file_that_was_handed_in_beside_the_notebook(run):
    reads = "assert open('answer.txt').read() == {!r}"
    _, checks = run(
        "",
        files={"answer.txt": b"42", "answer.py": b"", "../outside.txt": b"1"},
        graded={
            "file": reads.format("42"),
            "code": "import importlib.util as u\nassert u.find_spec('answer') is None",
            "outside": "import os\nassert not os.path.exists('../outside.txt')",
        },
    )
    assert {state for state, _ in checks.values()} == {"passed"}


def test_what_student_code_writes_takes_the_place_of_what_was_handed_in(run):
    _, checks = run(
        "open('answer.txt', 'w').write('43')",
        files={"answer.txt": b"42"},
        graded={"file": "assert open('answer.txt').read() == '43'"},
    )
    assert checks["file"] == ("passed", "")


def test_work_that_is_left_to_a_library_is_seen(run):
    borrowed = "def double(x):\n    import scipy\n    return 2 * x"
    hiding = "import helpers.checks as c\nc.find_borrowed = lambda *a: None"
    _, checks = run(borrowed, hiding, graded={"test_double": TEST})
    assert checks["test_double"][0] == "failed"
    assert "`double` uses `scipy`" in checks["test_double"][1]


def test_given_helpers_of_the_check_are_the_courses_own(run):
    given = "def right(x):\n    return 2 * x"
    _, checks = run(
        "def right(x):\n    return 0",
        "def double(x):\n    return 0",
        given=given,
        graded={"plain": "assert double(4) == right(4)"},
    )
    assert checks["plain"][0] == "failed"


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ("return x.sum(axis=0)", "passed"),
        (
            "total = 0\n    for row in x:\n        total += row\n    return total",
            "failed",
        ),
        ("return sum(x)", "failed"),
    ],
)
def test_steps_are_counted_where_the_students_code_runs(run, body, state):
    test = """
from helpers.checks import graded
from helpers.loops import expect_no_loop
import numpy as np

@graded
def test_add():
    expect_no_loop(add, (np.ones((4, 3)),), (np.ones((20, 3)),))
"""
    _, checks = run(f"def add(x):\n    {body}", graded={"test_add": test})
    came, reason = checks["test_add"]
    assert came == state
    assert state == "passed" or "Does a loop go through the samples?" in reason


def test_a_score_is_the_checks_own_last_expression(run):
    outputs, _ = run(DOUBLE, graded={"part": "double(1) / 4"})
    assert outputs[-1][0]["data"]["text/plain"] == "0.5"


def test_output_without_end_is_cut(run):
    outputs, checks = run(
        "print('x' * 10**6)", DOUBLE, graded={"plain": ASSERT}, output=1000
    )
    assert len(outputs[0][0]["text"]) < 1100
    assert "[cut: the cell printed too much]" in outputs[0][0]["text"]
    assert checks["plain"] == ("passed", "")
