"""Predictions in a file, compared with the real labels."""

from pathlib import Path

import numpy as np
import pytest

from grading import predicted
from grading.errors import GradingFailed
from helpers import data
from helpers.checks import CheckFailed

ASKS = "### BEGIN HIDDEN TESTS\nfrom grading.predicted import expect_accuracy\n"


@pytest.fixture
def labels(fashion_labels, monkeypatch, tmp_path):
    """The labels, and a folder in which work is graded: they lie beside the checks."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.chdir(tmp_path)
    for name, content in predicted.files_for(["x = 1", ASKS]).items():
        Path(name).write_bytes(content)
    return fashion_labels.astype(int)


def write(labels):
    Path("predictions.csv").write_text("".join(f"{label}\n" for label in labels))


def test_only_checks_that_compare_predictions_need_labels(monkeypatch, tmp_path):
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert predicted.files_for(["x = 1", "import numpy"]) == {}
    with pytest.raises(GradingFailed, match=r"^nothing was graded: .* NN_DATA_DIR$"):
        predicted.files_for(["x = 1", ASKS])


def test_the_labels_beside_the_checks_are_those_of_the_test_images(labels):
    assert predicted.load_labels().tolist() == labels.tolist()


def test_in_a_kernel_of_nbgrader_the_labels_are_those_of_this_machine(labels):
    Path(predicted.LABELS).unlink()
    assert predicted.load_labels().tolist() == labels.tolist()


def test_outside_of_grading_the_labels_are_those_of_this_machine(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    files = data._make_digits()
    monkeypatch.setattr(data, "fetch_idx", lambda name: files)
    assert predicted.load_labels().shape == (297,)


@pytest.mark.parametrize(("wrong", "reaches"), [(1000, True), (1001, False)])
def test_a_point_is_given_from_its_accuracy_on(labels, capsys, wrong, reaches):
    given = np.where(np.arange(10_000) < wrong, (labels + 1) % 10, labels)
    write(given)
    if reaches:
        predicted.expect_accuracy("predictions.csv", 0.9)
        assert "9,000 of 10,000 are right, 90.00%" in capsys.readouterr().out
    else:
        with pytest.raises(CheckFailed, match=r"89\.99% .* is for 90\.0%"):
            predicted.expect_accuracy("predictions.csv", 0.9)


def test_what_nobody_has_reached_is_noted_for_the_marker(labels, capsys):
    write(labels)
    predicted.expect_accuracy("predictions.csv", 0.9)
    assert "For whoever marks it" in capsys.readouterr().out
