"""The pad: what it makes of a drawing, and what is left where nobody can draw."""

import numpy as np
import pytest

from helpers import live
from helpers.live.pad import fit_into_image


def centre_of(image):
    """The centre of mass, row and column, in pixels from the top left corner."""
    places = np.arange(28) + 0.5
    total = image.sum()
    return image.sum(axis=1) @ places / total, image.sum(axis=0) @ places / total


def paper(*boxes):
    ink = np.zeros((112, 112), dtype=np.uint8)
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = 255
    return ink


@pytest.mark.parametrize(
    "box", [(10, 60, 20, 30), (90, 110, 5, 105), (0, 112, 0, 112), (50, 51, 3, 90)]
)
def test_a_drawing_fills_twenty_pixels_around_the_middle(box):
    image = fit_into_image(paper(box))
    rows, columns = np.nonzero(image)
    sides = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert max(sides) == 20
    height, width = box[1] - box[0], box[3] - box[2]
    assert min(sides) == max(1, round(20 * min(height, width) / max(height, width)))
    assert centre_of(image) == pytest.approx((14, 14), abs=0.51)
    assert image.dtype == np.float32
    assert image.max() == 1


def test_the_centre_of_mass_and_not_of_the_box_is_in_the_middle():
    """An L: most of its ink is below and at the left."""
    ink = paper((10, 90, 20, 30), (80, 90, 20, 80))
    image = fit_into_image(ink)
    assert centre_of(image) == pytest.approx((14, 14), abs=0.51)
    rows, columns = np.nonzero(image)
    assert (rows.min() + rows.max() + 1) / 2 < 13.5
    assert (columns.min() + columns.max() + 1) / 2 > 14.5


def test_grey_edges_stay_between_white_and_black():
    image = fit_into_image(paper((10, 93, 20, 27), (40, 43, 27, 61)))
    assert ((image > 0.05) & (image < 0.95)).any()
    assert image.min() == 0


def test_an_empty_paper_is_a_white_image():
    image = fit_into_image(paper())
    assert image.shape == (28, 28)
    assert not image.any()


def test_where_nobody_can_draw_the_example_is_shown(monkeypatch):
    asked = []

    def recognise(images):
        asked.append(images)
        return np.eye(10)[[3]]

    stills = []
    monkeypatch.setattr(
        "helpers.live.board.show_still", lambda *still: stills.append(still)
    )
    example = np.linspace(0, 1, 784)
    live.draw_digit(recognise, example.reshape(28, 28))
    assert len(asked) == 1
    np.testing.assert_array_equal(asked[0], example.astype(np.float32)[None])
    ((_, width, height, said),) = stills
    assert (width, height) == (640, 420)
    assert said == "what the network says: 3 (100%)"


def test_while_grading_nothing_is_asked_or_shown(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def recognise(images):
        raise AssertionError("asked while grading")

    live.draw_digit(recognise, np.zeros(784))


@pytest.mark.parametrize(
    ("recognise", "example", "error", "message"),
    [
        (3, np.zeros(784), TypeError, "recognise: expected a function, got int"),
        (len, np.zeros(783), ValueError, r"example: expected shape \(784,\)"),
        (
            lambda images: np.ones((1, 9)),
            np.zeros(784),
            ValueError,
            r"probabilities: expected shape \(1, 10\), got \(1, 9\)",
        ),
        (
            lambda images: np.full((1, 10), 7.0),
            np.zeros(784),
            ValueError,
            "expected numbers between 0 and 1, got 7 to 7 .logits",
        ),
    ],
)
def test_bad_arguments_get_one_clear_line(recognise, example, error, message):
    with pytest.raises(error, match=message):
        live.draw_digit(recognise, example)
