"""The stopwatch finds the line that takes the time."""

import sys
import time

import pytest

from helpers.line_times import time_lines


def rest(seconds):
    time.sleep(seconds)


def work(rounds):
    total = 0
    for _ in range(rounds):
        total += 1
    rest(0.002)
    return total


def test_each_line_that_ran_is_there_in_order_with_its_text():
    lines = time_lines(work, 3, calls=2)
    assert [line.text for line in lines] == [
        "total = 0",
        "for _ in range(rounds):",
        "total += 1",
        "rest(0.002)",
        "return total",
    ]
    numbers = [line.number for line in lines]
    assert numbers == sorted(numbers)


def test_runs_are_counted_for_one_call():
    runs = {line.text: line.runs for line in time_lines(work, 3, calls=2)}
    assert runs["total += 1"] == 3
    assert runs["for _ in range(rounds):"] == 4
    assert runs["return total"] == 1


def test_what_a_line_calls_counts_as_its_own():
    times = {line.text: line.microseconds for line in time_lines(work, 3, calls=5)}
    assert times["rest(0.002)"] >= 2000
    assert times["rest(0.002)"] > 10 * sum(
        took for text, took in times.items() if "rest" not in text
    )


def test_the_stopwatch_is_taken_off():
    lines = time_lines(work, 1000, calls=5)
    for line in lines:
        assert line.microseconds >= 0
    added = next(line for line in lines if line.text == "total += 1")
    assert added.microseconds < 1000  # 1000 additions, each far below a microsecond


def test_whoever_watched_before_watches_afterwards():
    seen = []

    def watch(frame, event, argument):
        seen.append(frame.f_code.co_name)

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        time_lines(work, 1, calls=1)
        assert sys.gettrace() is watch
    finally:
        sys.settrace(before)


def test_an_error_ends_the_watch_and_goes_through():
    def fail():
        raise KeyError("here")

    before = sys.gettrace()
    with pytest.raises(KeyError):
        time_lines(fail)
    assert sys.gettrace() is before


def test_what_is_not_written_in_python_is_refused():
    with pytest.raises(TypeError, match="written in Python"):
        time_lines(len, [1])
    with pytest.raises(TypeError, match="expected a function"):
        time_lines(3)
    with pytest.raises(ValueError, match="calls"):
        time_lines(work, 1, calls=0)
