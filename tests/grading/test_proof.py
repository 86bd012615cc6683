"""What falls short is found: each way in which a check or an entry can be wrong."""

import pytest

from grading.catalogue import Entry
from grading.outcomes import State
from grading.proof import add_up, count, judge
from grading.proof_page import render_page
from grading.trial import Answer, Trial

PASSED = Answer(State.PASSED, "")
TOLD = Answer(State.FAILED, "y: wrong. The biases are left out.")
UNTOLD = Answer(State.FAILED, "y: wrong.")


def entry(**changes):
    settings = {
        "notebook": "01_linear",
        "component": "linear",
        "name": "no_biases",
        "is_wrong": True,
        "says": "The biases are left out.",
        "fails": ("test_a",),
        "kind": "Named",
        "shown": ("The biases are left out.",),
        "is_seen": True,
        "source": "",
    }
    return Entry(**settings | changes)


RIGHT = {"is_wrong": False, "fails": (), "kind": "", "shown": ()}


def trial(a, b=PASSED, seen=None):
    return Trial({"check_a": seen or a, "check_b": PASSED}, {"test_a": a, "test_b": b})


def test_a_mistake_that_is_caught_and_named_has_no_problem():
    verdict = judge(entry(), trial(TOLD))
    assert verdict.problems == ()
    assert (verdict.is_judged, verdict.is_fair, verdict.is_told) == (True, True, True)


def test_a_wrong_solution_that_passes_is_not_caught():
    verdict = judge(entry(), trial(PASSED))
    assert not verdict.is_judged
    assert verdict.problems == ("test_a accepts it", "check_a accepts it")


def test_a_check_that_must_pass_and_fails_is_unfair():
    verdict = judge(entry(), trial(TOLD, UNTOLD))
    assert (verdict.is_judged, verdict.is_fair) == (True, False)
    assert verdict.problems == ("test_b refuses it: y: wrong.",)


def test_a_right_solution_that_is_refused_is_told():
    verdict = judge(entry(**RIGHT), trial(UNTOLD))
    assert not verdict.is_judged
    assert "test_a refuses it: y: wrong." in verdict.problems


def test_a_right_solution_that_the_visible_check_refuses_is_told():
    verdict = judge(entry(**RIGHT), trial(PASSED, seen=UNTOLD))
    assert verdict.problems == ("check_a refuses it: y: wrong.",)


def test_a_graded_check_that_does_not_name_it_falls_short():
    verdict = judge(entry(), trial(UNTOLD, seen=TOLD))
    assert (verdict.is_judged, verdict.is_told) == (True, False)
    assert verdict.problems == ("test_a says: y: wrong.",)


def test_a_visible_check_that_does_not_name_it_falls_short():
    verdict = judge(entry(), trial(TOLD, seen=UNTOLD))
    assert not verdict.is_told
    assert verdict.problems == ("check_a says: y: wrong.",)


def test_a_visible_check_that_misses_it_falls_short_unless_the_entry_says_so():
    assert judge(entry(), trial(TOLD, seen=PASSED)).problems == ("check_a accepts it",)
    assert judge(entry(is_seen=False), trial(TOLD, seen=PASSED)).problems == ()


def test_a_visible_check_may_send_students_back():
    back = Answer(State.FAILED, "Something before this has to be right first: check_a.")
    answers = Trial({"check_a": TOLD, "check_b": back}, {"test_a": TOLD})
    assert judge(entry(), answers).problems == ()


def test_what_is_not_on_the_list_must_not_be_given_a_name_from_it():
    found = entry(kind="Found", shown=("y: wrong",))
    assert judge(found, trial(UNTOLD)).problems == ()
    assert not judge(found, trial(TOLD)).is_told


@pytest.mark.parametrize("state", [State.DIED, State.TIMED_OUT, State.NOT_ATTEMPTED])
def test_a_check_that_did_not_end_counts_as_failed(state):
    answer = Answer(state, "The process died.")
    verdict = judge(entry(kind="Raises", shown=("died",)), trial(answer))
    assert verdict.problems == ()


def test_the_figures_are_counted_by_component_and_added_up():
    verdicts = [
        judge(entry(), trial(TOLD)),
        judge(entry(name="other"), trial(PASSED)),
        judge(entry(kind="Found", shown=("y: wrong",)), trial(UNTOLD)),
        judge(entry(kind="Raises", shown=("y: wrong",)), trial(UNTOLD)),
        judge(entry(**RIGHT), trial(PASSED)),
        judge(entry(**RIGHT, component="other"), trial(UNTOLD)),
    ]
    linear, other = count(verdicts)
    assert (linear.component, other.component) == (
        "01_linear/linear",
        "01_linear/other",
    )
    assert (linear.caught, linear.accepted) == ((3, 4), (1, 1))
    assert (linear.fair, linear.named) == ((4, 4), (1, 3))
    assert (linear.found, linear.raised) == (1, 1)
    assert add_up([linear, other]).accepted == (1, 2)


def test_the_page_shows_the_figures_and_what_each_student_is_told():
    page = render_page(
        [judge(entry(), trial(TOLD)), judge(entry(**RIGHT), trial(PASSED))]
    )
    assert "| 01_linear/linear | 1 / 1 | 1 / 1 | 1 / 1 | 1 / 1 |" in page
    assert "- The biases are left out. Fails test_a: *The biases are left out.*" in page
    assert "- right: The biases are left out." in page
