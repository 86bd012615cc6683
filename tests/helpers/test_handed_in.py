"""Predictions and reports: what is read, and what is said of one of another form."""

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from helpers import handed_in
from helpers.checks import CheckFailed
from helpers.handed_in import read_arrays, read_labels, write_arrays


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


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_editors_put_in_front_does_no_harm(folder, encoding):
    Path("predictions.csv").write_bytes("1\r\n2\r\n3\r\n".encode(encoding))
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
        (b"1\n\n\n10\n3\n", "line 4: expected a digit from 0 to 9, got '10'"),
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


SHAPES = {"curves": ("E", 2), "probabilities": ("N", 3), "labels": ("N",)}
ARRAYS = {
    "curves": np.ones((4, 2)),
    "probabilities": np.full((5, 3), 0.5, np.float32),
    "labels": np.arange(5, dtype=np.uint8),
    "image 3": np.zeros((28, 28), np.uint8),
}


def packed(**changed):
    stream = io.BytesIO()
    np.savez_compressed(stream, **ARRAYS | changed)
    return stream.getvalue()


def one_line_about(content):
    if content is not None:
        Path("report.npz").write_bytes(content)
    with pytest.raises(CheckFailed) as caught:
        read_arrays("report.npz", **SHAPES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_written_is_read_again(folder):
    write_arrays("report.npz", ARRAYS)
    came = read_arrays("report.npz", **SHAPES)
    assert came.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert came[name].dtype == array.dtype
        assert came[name].tolist() == array.tolist()
    assert [path.name for path in Path().iterdir()] == ["report.npz"]


def test_a_report_survives_a_failure_to_write_the_next_one(folder):
    write_arrays("report.npz", ARRAYS)

    class Unwritable:
        def __array__(self, dtype=None, copy=None):
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_arrays("report.npz", {"curves": Unwritable()})
    assert [path.name for path in Path().iterdir()] == ["report.npz"]
    assert read_arrays("report.npz", **SHAPES).keys() == ARRAYS.keys()


def test_damaged_reports_are_refused_in_one_line(folder):
    whole = packed()
    middle = len(whole) // 3
    for content in (
        b"",
        whole[:-200],
        whole[:40],
        whole[:middle] + b"\0" * 40 + whole[middle + 40 :],
        b"no zip file at all",
        pickle.dumps({"curves": [1, 2]}),
    ):
        assert "damaged" in one_line_about(content)
    assert "There is no report.npz" in _missing()


def _missing():
    Path("report.npz").unlink()
    return one_line_about(None)


def test_a_pickle_inside_of_a_report_is_not_loaded(folder):
    class Harmful:
        def __reduce__(self):
            return Path.touch, (Path("harm"),)

    content = packed(curves=np.array([Harmful()], dtype=object))
    assert "damaged" in one_line_about(content)
    assert not Path("harm").exists()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"curves": np.ones((4, 3))}, "curves: expected the shape (E, 2), got (4, 3)."),
        ({"labels": np.arange(4)}, "labels: expected the shape (5,), got (4,)."),
        ({"labels": np.array(3)}, "labels: expected the shape (5,), got ()."),
        ({"curves": np.full((4, 2), np.nan)}, "curves: expected finite numbers."),
        ({"labels": np.array(list("abcde"))}, "labels: expected finite numbers."),
    ],
)
def test_arrays_of_another_form_are_refused_by_name(folder, changed, says):
    assert says in one_line_about(packed(**changed))


def test_a_missing_array_is_named(folder):
    stream = io.BytesIO()
    np.savez_compressed(stream, curves=ARRAYS["curves"])
    assert "there is no array probabilities" in one_line_about(stream.getvalue())


def test_a_report_that_unpacks_to_too_much_is_refused(folder, monkeypatch):
    monkeypatch.setattr(handed_in, "_MOST_BYTES_OF_ARRAYS", 1000)
    assert "too many" in one_line_about(packed())
    with zipfile.ZipFile("report.npz", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("curves.npy", b"\0" * 10**6)
    with pytest.raises(CheckFailed, match="too many"):
        read_arrays("report.npz", **SHAPES)
