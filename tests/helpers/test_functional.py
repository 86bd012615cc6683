"""What notebook 13 says about hyperparameters that a student has chosen."""

import numpy as np
import pytest

from helpers.candidates.functional import explain_settings, explain_training

GOOD = {"hidden": [16], "learning_rate": 0.2, "batch_size": 20, "epochs": 500}
BOUNDS = {"neurons": 64, "steps": 5000, "samples": 200}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"hidden": (32, 32)},
        {"batch_size": np.int64(20), "learning_rate": np.float32(0.1)},
        {"batch_size": 1000, "epochs": 5000},
    ],
)
def test_settings_within_the_bounds_are_right(changed):
    assert explain_settings(GOOD | changed, **BOUNDS) is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"hidden": []}, "one hidden layer at least"),
        ({"hidden": 16}, "expected a list"),
        ({"hidden": [16, 0]}, "expected a list"),
        ({"hidden": [40, 25]}, "65 neurons, and 64"),
        ({"learning_rate": 0}, "a positive number, got 0"),
        ({"learning_rate": float("inf")}, "a positive number"),
        ({"learning_rate": True}, None),
        ({"batch_size": True}, "a whole number from 1, got True"),
        ({"epochs": 0}, "a whole number from 1, got 0"),
        ({"batch_size": 19}, "5500 steps, and 5000"),
        ({"more": 1}, "expected the keys"),
    ],
)
def test_settings_out_of_bounds_are_explained(changed, words):
    said = explain_settings(GOOD | changed, **BOUNDS)
    assert said is None if words is None else words in said


@pytest.mark.parametrize("settings", [None, [16], ()])
def test_what_is_no_dictionary_is_said_to_be_none(settings):
    said = explain_settings(settings, **BOUNDS)
    assert said == f"expected a dictionary, got {type(settings).__name__}."


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([1.0, 2.0, np.nan], "grew"),
        ([1.0, 0.5, 1.5], "grew"),
        ([1.0, 0.8, 0.6, 0.4, 0.2], "still falling"),
        ([1.0, *(5 * [0.2, 0.19])], "falls no more"),
    ],
)
def test_a_training_that_failed_is_described_by_its_losses(losses, words):
    assert words in explain_training(losses)
