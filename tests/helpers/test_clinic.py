"""What the debugging clinic says about a diagnosis: why it does not fit."""

import re

import pytest

from helpers.candidates import clinic

CASE = "a case"
RIGHT = ("wrong axis", "row sums", "start loss")
SEALS = [clinic.seal(CASE, word) for word in RIGHT]


def say(answer):
    return clinic.read_answer(CASE, answer, *SEALS)


@pytest.mark.parametrize(
    "answer",
    [
        ("wrong axis", "row sums"),
        ("wrong axis", "start loss"),
        ["wrong axis", "row sums"],
    ],
)
def test_a_right_pair_is_accepted(answer):
    assert say(answer) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "got None. Is a `return` missing?"),
        ("wrong axis", "expected a pair of words, (diagnosis, measurement), got str."),
        (("wrong axis",), "got tuple."),
        (("wrong axis", 3), "got str and int."),
        (("row sums", "wrong axis"), "changed places"),
        (("wrong axes", "row sums"), "Did you mean 'wrong axis'?"),
        (("wrong axis", "rowsums"), "no measurement 'rowsums'. Did you mean"),
        (("bewitched", "row sums"), "Look at the list."),
        (("no shift", "row sums"), "infinity divided by infinity is NaN"),
        (("wrong axis", "one batch"), "The diagnosis fits, but 'one batch'"),
    ],
)
def test_a_wrong_answer_is_told_why(answer, words):
    assert words in say(answer)


def test_a_wrong_diagnosis_is_never_told_the_right_words():
    for diagnosis in clinic.DIAGNOSES:
        for measurement in clinic.MEASUREMENTS:
            said = say((diagnosis, measurement))
            if diagnosis != RIGHT[0]:
                assert repr(RIGHT[0]) not in said
                assert f"{diagnosis!r} is not what this patient has" in said
            elif said is not None:
                assert not any(word in said for word in RIGHT[1:])


def test_a_seal_depends_on_the_case_and_the_word_and_shows_neither():
    seals = {
        clinic.seal(case, word)
        for case in ("one", "two")
        for word in clinic.DIAGNOSES | clinic.MEASUREMENTS
    }
    assert len(seals) == 2 * len(clinic.DIAGNOSES | clinic.MEASUREMENTS)
    assert all(re.fullmatch("[0-9a-f]{12}", seal) for seal in seals)


@pytest.mark.parametrize("words", [clinic.DIAGNOSES, clinic.MEASUREMENTS])
def test_each_word_has_two_sentences(words):
    for word, sentences in words.items():
        assert len(sentences) == 2, word
        for sentence in sentences:
            assert re.match(r"[A-Z`].*\.$", sentence), sentence


def test_no_word_is_on_both_lists():
    assert not set(clinic.DIAGNOSES) & set(clinic.MEASUREMENTS)
