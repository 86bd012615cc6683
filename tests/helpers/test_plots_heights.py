"""Functions of two inputs, seen from above."""

import numpy as np
import pytest

from helpers import plots

TOWER = np.array([[0.0, 0.0, 2.0], [0.0, 1.0, 1.0]])


def test_all_pictures_share_one_scale_and_keep_their_names():
    figure = plots.heights({"tower": TOWER, "deep": -3 * TOWER}, (-1, 2), (0, 4))
    tower, deep = figure.axes[:2]
    assert [ax.get_title("left") for ax in (tower, deep)] == ["tower", "deep"]
    for ax, grid in ((tower, TOWER), (deep, -3 * TOWER)):
        (image,) = ax.images
        np.testing.assert_array_equal(image.get_array(), grid)
        assert image.get_clim() == (-6.0, 2.0)
        assert ax.get_xlim() == (-1, 2)
        assert ax.get_ylim() == (0, 4)


def test_the_first_row_of_a_grid_is_at_the_bottom():
    (image,) = plots.heights({"tower": TOWER}).axes[0].images
    assert image.origin == "lower"


def test_a_flat_function_has_a_picture():
    figure = plots.heights({"flat": np.ones((2, 2))})
    figure.canvas.draw()
    assert figure.axes[0].images[0].get_clim() == (1.0, 2.0)


@pytest.mark.parametrize(
    ("grids", "error", "message"),
    [
        (TOWER, TypeError, "grids: expected {name: array}, got ndarray"),
        ({}, ValueError, "grids"),
        ({"line": np.ones(3)}, ValueError, r"grids\['line'\].*\(P, Q\)"),
        ({"hole": np.full((2, 2), np.nan)}, ValueError, r"grids\['hole'\]"),
        ({"empty": np.ones((0, 2))}, ValueError, "expected numbers, got an empty"),
    ],
)
def test_what_is_no_grid_is_refused(grids, error, message):
    with pytest.raises(error, match=message):
        plots.heights(grids)
