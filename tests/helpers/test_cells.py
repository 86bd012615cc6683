"""Pictures as numbers 0 to 255, and the palettes that give them colours."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers import _cells
from helpers._style import colour_of

PALETTES = {
    "signed": _cells.signed,
    "grey": _cells.grey,
    "confusions": _cells.confusions,
    "heights": _cells.heights,
    "regions": lambda: _cells.regions(10),
}


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_has_256_colours(name):
    palette = PALETTES[name]()
    assert palette.shape == (256, 3)
    assert palette.dtype == np.uint8


# Signed numbers


def test_signed_numbers_are_shares_of_the_largest_size():
    cells = _cells.signed_cells(np.array([[-4.0, 0.0], [2.0, 4.0]]))
    np.testing.assert_array_equal(cells, [[0, 127], [190, 254]])
    assert cells.dtype == np.uint8


def test_negative_is_blue_positive_red_and_a_gap_white():
    red, _, blue = _cells.signed()[_cells.signed_cells(np.array([[-1.0, 1.0]]))][0].T
    assert blue[0] > red[0]
    assert red[1] > blue[1]
    gap = _cells.signed_cells(np.array([[np.nan, np.inf, 1.0]]))
    np.testing.assert_array_equal(gap, [[255, 255, 254]])
    np.testing.assert_array_equal(_cells.signed()[255], 255)


@pytest.mark.parametrize("nothing", [np.zeros((2, 2)), np.full((2, 2), np.nan)])
def test_a_picture_of_nothing_has_no_colour(nothing):
    cells = _cells.signed_cells(nothing)
    assert (cells == (127 if nothing[0, 0] == 0 else 255)).all()


def test_the_colour_of_a_layer_does_not_change_with_its_scale():
    rng = np.random.default_rng(0)
    picture = rng.normal(size=(5, 7))
    np.testing.assert_array_equal(
        _cells.signed_cells(picture), _cells.signed_cells(1e-9 * picture)
    )


# Grey


def test_the_smallest_number_is_white_and_the_largest_black():
    cells = _cells.grey_cells(np.array([[-1, 0], [1, 3]]))
    np.testing.assert_array_equal(cells, [[0, 64], [128, 255]])
    np.testing.assert_array_equal(_cells.grey()[[0, 255]], [[255] * 3, [0] * 3])


def test_an_image_of_one_grey_is_white():
    np.testing.assert_array_equal(_cells.grey_cells(np.full((2, 2), 9)), 0)


# Regions


def test_shares_of_logits_are_their_softmax():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(6, 3))
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(_cells.class_shares(logits, 0.0), expected)
    np.testing.assert_allclose(_cells.class_shares(logits + 1e4, 0.0), expected)


def test_shares_of_one_score_are_its_logistic_function_around_the_threshold():
    scores = np.array([[0.5], [2.5], [-800.0]])
    shares = _cells.class_shares(scores, 0.5)
    expected = [0.5, 1 / (1 + np.exp(-2)), 0]
    np.testing.assert_allclose(shares[:, 1], expected, atol=1e-12)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_a_region_has_the_colour_of_its_likeliest_class(classes):
    rng = np.random.default_rng(classes)
    scores = rng.normal(size=(16, classes))
    cells, palette = _cells.region_cells(scores, 0.0, 4)
    likeliest = scores.argmax(axis=1).reshape(4, 4)[::-1]  # the first row is below
    for cell, label in zip(cells.ravel(), likeliest.ravel(), strict=True):
        assert cell // 25 == label
        assert cell < 25 * classes
        tint = (0.15 + 0.4 * (cell % 25) / 24) * (
            1 - np.array(to_rgb(colour_of(label)))
        )
        np.testing.assert_allclose(palette[cell], 255 * (1 - tint), atol=1)


def test_a_region_is_paler_where_it_is_unsure():
    lead = np.linspace(0.001, 8, 25)
    scores = np.stack([np.zeros(25), lead], axis=1)
    cells, palette = _cells.region_cells(scores, 0.0, 5)
    shades = cells[::-1].ravel()
    assert (np.diff(shades.astype(int)) >= 0).all()
    assert (shades[0], shades[-1]) == (25, 49)
    tints = 255 - palette[[25, 49]].astype(int)
    expected = 255 - 255 * np.array(to_rgb(colour_of(1)))
    np.testing.assert_allclose(tints[0], 0.15 * expected, atol=1)
    np.testing.assert_allclose(tints[1], 0.55 * expected, atol=1)


def test_scores_that_are_no_numbers_are_grey():
    scores = np.array([[1.0, 2.0], [np.nan, 1.0], [np.inf, np.inf], [2.0, 1.0]])
    cells, palette = _cells.region_cells(scores, 0.0, 2)
    assert (cells == 255).tolist() == [[True, False], [False, True]]
    np.testing.assert_array_equal(palette[255], 217)


# Confusions


def test_right_is_blue_and_wrong_is_orange_the_more_the_darker():
    counts = np.array([[9, 1, 0], [0, 3, 5], [0, 0, 0]])
    cells = _cells.confusion_cells(counts)
    np.testing.assert_array_equal(cells == 0, counts == 0)
    assert cells[0, 0] == 127
    assert cells[1, 2] == 255
    assert 0 < cells[1, 1] < 127
    assert 128 < cells[0, 1] < 255
    palette = _cells.confusions().astype(int)
    np.testing.assert_array_equal(palette[0], 255)
    for right in (cells[0, 0], cells[1, 1]):
        assert palette[right, 2] > palette[right, 0]
    for wrong in (cells[1, 2], cells[0, 1]):
        assert palette[wrong, 0] > palette[wrong, 2]
    assert palette[cells[0, 0]].sum() < palette[cells[1, 1]].sum()
    assert palette[cells[1, 2]].sum() < palette[cells[0, 1]].sum()


def test_a_table_without_counts_is_white():
    cells = _cells.confusion_cells(np.zeros((3, 3), dtype=int))
    np.testing.assert_array_equal(cells, 0)


# Heights


def test_the_lowest_place_of_a_surface_is_the_darkest():
    cells, _ = _cells.height_cells(lambda x, y: (x - 1) ** 2 + y**2, (-2, 2), (-2, 2))
    assert cells.shape == (240, 240)
    row, column = np.argwhere(cells == cells.min()).mean(axis=0)
    # x = 1 is three quarters to the right, y = 0 in the middle.
    assert (row, column) == pytest.approx((119.5, 179.25), abs=1)
    palette = _cells.heights().astype(int)
    assert (np.diff(palette[:13].sum(axis=1)) > 0).all()
    assert cells.max() == 12


def test_the_first_row_of_a_surface_is_at_the_top():
    cells, _ = _cells.height_cells(lambda x, y: y, (0, 1), (0, 1))
    assert (np.diff(cells[:, 0].astype(int)) <= 0).all()
    assert (cells[0, 0], cells[-1, 0]) == (12, 0)
    assert (cells == cells[:, :1]).all()


def test_lines_lie_between_the_steps_of_a_surface():
    _, (xs, ys) = _cells.height_cells(lambda x, y: x**2 + y**2, (-1, 1), (-1, 1))
    assert np.isnan(xs).sum() == np.isnan(ys).sum() >= 11
    heights = (xs**2 + ys**2)[~np.isnan(xs)]
    levels = np.unique(np.rint(50 * heights) / 50)
    assert 8 <= len(levels) <= 24  # few heights: each line stays at its own
    assert abs(xs[~np.isnan(xs)]).max() <= 1


@pytest.mark.parametrize("hole", [np.inf, -np.inf, np.nan])
def test_a_surface_with_a_hole_is_white_there(hole):
    cells, _ = _cells.height_cells(
        lambda x, y: hole if x > 0.5 else x, (-1, 1), (-1, 1)
    )
    assert (cells[:, 185:] == 255).all()
    assert (cells[:, :175] <= 12).all()
    np.testing.assert_array_equal(_cells.heights()[255], 255)


def test_a_surface_of_nothing_or_of_one_height_can_be_drawn():
    cells, (xs, _) = _cells.height_cells(lambda x, y: np.nan, (0, 1), (0, 1))
    np.testing.assert_array_equal(cells, [[255]])
    assert xs.size == 0
    cells, (xs, _) = _cells.height_cells(lambda x, y: 3, (0, 1), (0, 1))
    assert (cells == cells[0, 0]).all()
    assert np.isnan(xs).all()
