"""A file of predictions: what is read, and what is said of one of another form."""

from pathlib import Path

import pytest

from helpers.checks import CheckFailed
from helpers.handed_in import read_labels


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


def refused(count=3):
    with pytest.raises(CheckFailed) as caught:
        read_labels("predictions.csv", count)
    return str(caught.value)


@pytest.mark.parametrize("text", ["1\n2\n3\n", "1\r\n2\r\n3", "\n1\n2\n\n3\n"])
def test_line_ends_and_empty_lines_do_no_harm(folder, text):
    Path("predictions.csv").write_bytes(text.encode())
    assert read_labels("predictions.csv", 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "There is no predictions.csv"),
        (b"1\n2\n", "expected 3 labels, one a line, got 2"),
        (b"label\n1\n2\n3\n", "line 1: expected a digit from 0 to 9, got 'label'"),
        (b"1.0\n2.0\n3.0\n", "line 1: expected a digit from 0 to 9, got '1.0'"),
        (b"1,2,3", "line 1: expected a digit"),
        (b"1 2 3", "line 1: expected a digit"),
        (b"1\n10\n3\n", "line 2: expected a digit from 0 to 9, got '10'"),
        ("1\n\u0663\n3\n".encode(), "line 2: expected a digit"),
        (b"\x93NUMPY\x01", "line 1: expected a digit"),
        (b"1\n" * 10**6, "has 2,000,000 bytes"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_line(folder, content, says):
    if content is not None:
        Path("predictions.csv").write_bytes(content)
    assert says in refused()


def test_predictions_for_the_digits_are_recognised(folder):
    Path("predictions.csv").write_text("1\n" * 297)
    assert "for the digits" in refused(10_000)
