"""Panels: what they record, the scenes they make, and what they refuse."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers import _cells, _style, appearance, live
from helpers.live._layers import arrays_of, layers_of, snapshot
from helpers.live.scene import Bars, Line, Picture, Points, Texts

X2 = np.zeros((3, 2))


def colours_of(picture):
    """The colours (H, W, 3) of a picture, 0 to 1."""
    return picture.palette[picture.cells] / 255


# Curve


def test_each_line_of_a_curve_grows_by_itself():
    curve = live.Curve("accuracy", lines=["train", "test"])
    curve.record((0, {"train": 0.5, "test": 0.4}))
    curve.record((1, {"train": np.float32(0.75)}))
    curve.record((2, {"test": np.array([[0.5]])}))
    np.testing.assert_array_equal(curve.points("train"), [[0, 1], [0.5, 0.75]])
    np.testing.assert_array_equal(curve.points("test"), [[0, 2], [0.4, 0.5]])


def test_a_curve_is_drawn_as_growing_lines_with_their_last_values():
    curve = live.Curve("accuracy", lines=["train", "test"], ylabel="share")
    curve.record((0, {"train": 0.5, "test": 0.41}))
    curve.record((1, {"train": 0.75}))
    scene = curve.scene()
    line = scene.moving["line train"]
    np.testing.assert_array_equal([line.xs, line.ys], [[0, 1], [0.5, 0.75]])
    assert line.grows
    assert line.colour == _style.BLUE
    assert scene.moving["line test"].colour == _style.ORANGE
    said = scene.moving["readouts"]
    assert said.texts == ["train: 0.75", "test: 0.41"]
    assert said.colour == [_style.BLUE, _style.ORANGE]
    assert scene.axes.ylabel == "share"
    assert scene.moving["note"].texts == []


def test_the_last_value_of_a_single_line_stands_beside_the_title():
    curve = live.Curve("loss")
    assert curve.scene().moving["readouts"].texts == [""]
    curve.record((0, 0.123456))
    said = curve.scene().moving["readouts"]
    assert (said.texts, said.where, said.across) == (["0.123"], "above", "right")
    assert curve.scene().axes.rows == 0


def test_several_lines_need_rows_above_the_axes_that_do_not_change():
    curve = live.Curve("loss", lines=["a", "b"])
    before = curve.scene().axes.rows
    curve.record((0, {"a": -1.23456e-100, "b": 1.0}))
    assert curve.scene().axes.rows == before > 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, np.float32("inf"), 1e305])
def test_a_loss_that_is_not_finite_is_a_gap_with_a_note(bad):
    curve = live.Curve("loss", log=True)
    for epoch, loss in enumerate([3.0, 2.0, bad, bad, 1.0]):
        curve.record((epoch, loss))
    np.testing.assert_array_equal(curve.points("loss")[1], [3, 2, np.nan, np.nan, 1])
    assert curve.not_finite_from == {"loss": 2}
    note = curve.scene().moving["note"]
    assert note.texts == ["loss is not finite from epoch 2"]
    assert note.colour == _style.RED


def test_notes_of_several_lines_stand_over_each_other():
    curve = live.Curve("loss", lines=["a", "b"])
    curve.record((3, {"a": np.nan, "b": np.inf}))
    note = curve.scene().moving["note"]
    assert note.texts == [
        "a is not finite from epoch 3",
        "b is not finite from epoch 3",
    ]
    assert note.ys[0] > note.ys[1] > 0


def test_zero_and_negative_losses_are_gaps_on_a_logarithmic_axis():
    curve = live.Curve("loss", log=True)
    for epoch, loss in enumerate([1.0, 0.0, -1.0, 1e-310, 0.02]):
        curve.record((epoch, loss))
    axes = curve.scene().axes
    assert axes.log
    assert axes.ylim == pytest.approx((0.01, 1.0))


def test_a_smooth_curve_is_a_moving_average_that_does_not_begin_at_zero():
    curve = live.Curve("loss", smooth=0.75)
    ys = [4.0, 8.0, np.nan, 0.0]
    for x, y in enumerate(ys):
        curve.record((x, y))
    scene = curve.scene()
    raw, line = scene.moving["raw loss"], scene.moving["line loss"]
    np.testing.assert_array_equal(raw.ys, ys)
    assert (raw.colour, line.colour) == ("#b2d5e8", "#0072B2")
    first, second = 4.0, (0.75 * 0.25 * 4 + 0.25 * 8) / (1 - 0.75**2)
    third = (0.75**2 * 0.25 * 4 + 0.75 * 0.25 * 8) / (1 - 0.75**3)
    np.testing.assert_allclose(line.ys, [first, second, np.nan, third])
    np.testing.assert_array_equal(curve.points("loss")[1], ys)
    assert scene.moving["readouts"].texts == [f"{third:.3g}"]
    assert curve.latest("loss") == (3, pytest.approx(third))


def test_a_smooth_curve_of_equal_numbers_is_that_number():
    curve = live.Curve("loss", smooth=0.99)
    for x in range(20):
        curve.record((x, 2.5))
    np.testing.assert_allclose(curve.scene().moving["line loss"].ys, 2.5)


def test_axes_grow_rarely_and_hold_all_points():
    curve = live.Curve("loss")
    seen = []
    for step in range(1, 3001):
        curve.record((step, np.sqrt(step)))
        axes = curve.scene().axes
        if not seen or axes != seen[-1]:
            seen.append(axes)
        assert axes.xlim[0] <= 1 <= step <= axes.xlim[1]
        assert axes.ylim[0] <= 1 <= np.sqrt(step) <= axes.ylim[1]
    assert 3 <= len(seen) <= 30


def test_logarithmic_axes_grow_by_whole_decades():
    curve = live.Curve("loss", log=True)
    for step, loss in enumerate([3.0, 0.4, 0.04, 30.0]):
        curve.record((step, loss))
        curve.scene()
    assert curve.scene().axes.ylim == pytest.approx((0.01, 100))


def test_axes_grow_only_on_the_side_that_points_have_left():
    curve = live.Curve("score")
    curve.record((0, -1.0))
    curve.record((1, 1.0))
    low, high = curve.scene().axes.ylim
    curve.record((2, 50.0))
    assert curve.scene().axes.ylim[0] == low
    assert curve.scene().axes.ylim[1] > 50 > high
    high = curve.scene().axes.ylim[1]
    curve.record((3, -100.0))
    assert curve.scene().axes.ylim[0] < -100
    assert curve.scene().axes.ylim[1] == high


def test_an_axis_of_numbers_above_zero_begins_at_zero():
    curve = live.Curve("loss")
    curve.record((0, 7.0))
    curve.record((1, 5.0))
    assert curve.scene().axes.ylim[0] == 0


def test_given_limits_stay_and_the_x_axis_ends_with_the_points():
    curve = live.Curve("loss", xlim=(0, 5), ylim=(0, 1))
    free = live.Curve("loss")
    for step in range(9):
        curve.record((step, float(step)))
        free.record((step, float(step)))
    curve.settle()
    free.settle()
    assert curve.scene().axes.xlim == (0, 5)
    assert curve.scene().axes.ylim == (0, 1)
    assert free.scene().axes.xlim == (0, 8)


def test_a_curve_of_one_point_can_be_settled():
    curve = live.Curve("loss")
    curve.record((3, 1.0))
    curve.settle()
    assert curve.scene().axes.xlim == (3, 13)


# Fit and Lines


def test_a_fitted_line_is_sorted_by_x_and_takes_columns(data):
    fit = live.Fit(*data)
    fit.record((np.array([[2.0], [0.0], [1.0]]), np.array([5.0, 3.0, np.nan])))
    np.testing.assert_array_equal(fit.line, [[0, 1, 2], [3, np.nan, 5]])
    line = fit.scene().moving["line"]
    np.testing.assert_array_equal([line.xs, line.ys], fit.line)


def test_the_axes_of_a_fit_hold_the_data(data):
    axes = live.Fit(*data).scene().axes
    for limits, numbers in zip((axes.xlim, axes.ylim), data, strict=True):
        assert limits[0] < numbers.min() < numbers.max() < limits[1]
    points = live.Fit(*data).scene().fixed["data"]
    np.testing.assert_array_equal([points.xs, points.ys], [d[:, 0] for d in data])
    given = live.Fit(*data, xlim=(0, 9), ylim=(1, 2)).scene().axes
    assert (given.xlim, given.ylim) == ((0, 9), (1, 2))


def test_a_model_is_asked_from_one_side_of_the_fit_to_the_other(layer):
    fit = live.Fit([0, 1], [1, 2], xlim=(-2, 4))
    fit.evaluate(layer(3.0))
    np.testing.assert_allclose(fit.line[0], np.linspace(-2, 4, 200))
    np.testing.assert_allclose(fit.line[1], 3 * fit.line[0])


def test_lines_are_replaced_and_a_single_point_is_drawn_as_one():
    panel = live.Lines("f", ["f", "slope", "x"], (0, 4), (-1, 1), dashed=["slope"])
    panel.record({"f": ([2, 0, 1], [[0.2], [0.0], [0.1]]), "x": ([1.0], [0.1])})
    panel.record({"slope": ([0, 4], [0, 1])})
    scene = panel.scene()
    line, point = scene.moving["f"], scene.moving["point x"]
    assert isinstance(line, Line)
    np.testing.assert_array_equal([line.xs, line.ys], [[0, 1, 2], [0, 0.1, 0.2]])
    assert isinstance(point, Points)
    assert (point.xs, point.ys, point.colour) == (1.0, 0.1, _style.GREEN)
    assert [scene.moving[name].dashed for name in ("f", "slope")] == [False, True]
    assert list(scene.moving)[-1] == "point x"  # over all lines
    names = scene.fixed["names"]
    assert names.texts == ["f", "slope", "x"]
    assert names.colour == [_style.BLUE, _style.ORANGE, _style.GREEN]
    panel.record({"f": ([0, 1], [5, 6])})
    np.testing.assert_array_equal(panel.scene().moving["f"].ys, [5, 6])
    panel.reset()
    assert len(panel.scene().moving["f"].xs) == 0


# Boundary


@pytest.mark.parametrize(
    ("scores", "classes"),
    [
        (lambda p: p[:, :1], [0, 1]),
        (lambda p: p[:, 0], [0, 1]),
        (lambda p: np.stack([0 * p[:, 0], p[:, 0]], axis=1), [0, 1]),
        (lambda p: np.stack([-p[:, 0] - 9, 0 * p[:, 0], p[:, 0]], axis=1), [1, 2]),
    ],
)
def test_a_boundary_colours_each_side_by_its_class(scores, classes):
    panel = live.Boundary(np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([0, 1]))
    panel.evaluate(scores)
    picture = colours_of(panel.scene().moving["regions"])
    for column, label in zip((0, -1), classes, strict=True):
        tint = 1 - picture[0, column]
        paint = 1 - np.array(to_rgb(_style.colour_of(label)))
        # 256 steps of each colour
        np.testing.assert_allclose(tint / tint.sum(), paint / paint.sum(), atol=0.02)


def test_the_upper_rows_of_a_boundary_are_above():
    panel = live.Boundary(np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([0, 1]))
    panel.evaluate(lambda p: p[:, 1:])
    picture = colours_of(panel.scene().moving["regions"])
    tint = 1 - picture[[0, -1], 0]
    for row, label in zip(tint, (1, 0), strict=True):
        paint = 1 - np.array(to_rgb(_style.colour_of(label)))
        np.testing.assert_allclose(row / row.sum(), paint / paint.sum(), atol=0.02)


def test_a_threshold_moves_the_boundary_of_a_single_score():
    panel = live.Boundary(np.array([[0.0, 0.0], [1.0, 1.0]]), [0, 1], threshold=0.5)
    panel.evaluate(lambda points: points[:, :1])
    sure = _cells.class_shares(panel.scores, panel.threshold)[:, 1] > 0.5
    np.testing.assert_array_equal(sure, panel.grid[:, 0] > 0.5)


def test_a_boundary_takes_a_model_and_samples_of_all_classes(layer):
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    panel = live.Boundary(x, labels[:, None])
    assert "regions" not in panel.scene().moving
    panel.evaluate(layer(2.0))
    np.testing.assert_allclose(panel.scores, 2 * panel.grid)
    scene = panel.scene()
    assert list(scene.moving) == ["regions", "class 0", "class 1", "class 2"]
    for label in range(3):
        points = scene.moving[f"class {label}"]
        np.testing.assert_array_equal(
            np.stack([points.xs, points.ys], axis=1), x[labels == label]
        )
        assert points.colour == _style.colour_of(label)
        assert points.marker == _style.MARKERS[label]


def test_a_function_that_changes_its_points_does_not_change_the_grid():
    panel = live.Boundary(np.array([[0.0, 0.0], [1.0, 1.0]]), [0, 1])
    before = panel.grid.copy()

    def spoil(points):
        points[:] = 0
        return points

    panel.evaluate(spoil)
    np.testing.assert_array_equal(panel.grid, before)


def test_a_classifier_with_the_wrong_shape_gets_one_clear_line():
    panel = live.Boundary(X2, [0, 1, 0])
    with pytest.raises(ValueError, match="boundary's scores: expected shape"):
        panel.evaluate(lambda points: np.zeros((3, 2)))


def test_a_classifier_of_more_than_ten_classes_gets_one_clear_line():
    panel = live.Boundary(X2, [0, 1, 0])
    panel.evaluate(lambda points: np.zeros((len(points), 10)))
    assert panel.scene().moving["regions"].cells.shape == (80, 80)
    with pytest.raises(ValueError, match=r"boundary's scores: expected .*10.* got 11"):
        panel.evaluate(lambda points: np.zeros((len(points), 11)))


# Images and Predictions


def test_images_shows_the_first_ones_scaled_by_the_largest():
    panel = live.Images("weights", shape=(2, 2), columns=2, count=3)
    panel.record(np.array([[1, 2, 3, 4], [0, 0, 0, -8], [2, 2, 2, 2], [99] * 4]))
    picture = panel.scene().moving["images"]
    gap = np.nan
    shares = np.array(
        [
            [1, 2, gap, 0, 0],
            [3, 4, gap, 0, -8],
            [gap] * 5,
            [2, 2, gap, gap, gap],
            [2, 2, gap, gap, gap],
        ]
    )
    cells = np.where(np.isnan(shares), 255, np.rint(127 + 127 * shares / 8))
    np.testing.assert_array_equal(picture.cells, cells)
    assert (picture.palette[255] == 255).all()
    assert picture.place == (0, 5, 0, 5)


def test_images_are_kept_although_the_weights_change_in_place(layer):
    weights = np.ones((3, 4))
    panel = live.Images("weights", shape=(2, 2))
    panel.evaluate(layer(1.0, weights=weights))
    weights[:] = 0
    np.testing.assert_array_equal(panel.rows, np.ones((3, 4)))


def test_images_of_a_model_are_its_first_weights(layer):
    panel = live.Images("weights", shape=(2, 2))
    first, second = layer(1.0, weights=np.eye(4)), layer(1.0, weights=np.ones((9, 3)))
    panel.evaluate(layer(1.0, layers=[layer(2.0), first, second]))
    np.testing.assert_array_equal(panel.rows, np.eye(4))
    with pytest.raises(TypeError, match="weights: Scale has no weights"):
        panel.evaluate(layer(1.0))


PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.0, 0.0, 1.0]])


def test_predictions_show_an_image_and_a_bar_for_each_class():
    images = np.arange(12.0).reshape(3, 4)
    panel = live.Predictions(count=2, classes=3, names=["cat", "dog", "cow"])
    panel.record((images, PROBABILITIES, [0, 1, 2]))
    moving = panel.scene().moving
    assert [n for n in moving if n.startswith("image")] == ["image 0", "image 1"]
    np.testing.assert_array_equal(moving["image 1"].cells, [[0, 85], [170, 255]])
    for k, row in enumerate(PROBABILITIES[:2]):
        bars = moving[f"bars {k}"]
        heights = bars.top - bars.bottom
        np.testing.assert_allclose(heights / heights.max(), row / row.max())
        assert (np.diff(bars.left) > 0).all()
        assert (bars.right[:-1] < bars.left[1:]).all()
    # The first image stands above the second.
    assert moving["image 0"].place[2] >= moving["image 1"].place[3]
    assert moving["bars 0"].colour == [_style.BLUE, _style.SKY, _style.SKY]
    assert moving["bars 1"].colour == [_style.SKY, _style.BLUE, _style.RED]
    assert moving["said"].texts == ["cat (70%): right", "cow (60%): it is dog"]
    assert moving["said"].colour == [_style.BLUE, _style.RED]
    assert moving["names"].texts == ["cat", "dog", "cow"] * 2


def test_predictions_without_labels_judge_nothing():
    panel = live.Predictions(count=3, classes=3)
    panel.record((np.zeros((3, 2, 2)), PROBABILITIES))
    moving = panel.scene().moving
    assert moving["said"].texts == ["0 (70%)", "2 (60%)", "2 (100%)"]
    assert moving["bars 1"].colour == [_style.SKY, _style.SKY, _style.BLUE]
    assert panel.describe() == "predictions: 0 (70%); 2 (60%); 2 (100%)"


def test_predictions_are_kept_although_the_arrays_change_in_place():
    images, probabilities = np.ones((3, 2, 2)), PROBABILITIES.copy()
    panel = live.Predictions(count=3, classes=3)
    panel.record((images, probabilities))
    images[:], probabilities[:] = 0, 0
    np.testing.assert_array_equal(panel.images, np.ones((3, 2, 2)))
    np.testing.assert_array_equal(panel.probabilities, PROBABILITIES)


# Paths


def test_paths_grow_and_a_path_that_flies_off_has_a_gap():
    panel = live.Paths(lambda x, y: x * x + y, (-1, 1), (0, 2), ["SGD", "Adam"])
    panel.record({"SGD": (0.5, 1), "Adam": np.array([0.0, 1.0])})
    panel.record({"SGD": (np.inf, 1)})
    np.testing.assert_array_equal(panel.points("SGD"), [[0.5, np.nan], [1, np.nan]])
    np.testing.assert_array_equal(panel.points("Adam"), [[0.0], [1.0]])
    moving = panel.scene().moving
    assert moving["path SGD"].grows
    np.testing.assert_array_equal(moving["path SGD"].xs, [0.5, np.nan])
    np.testing.assert_array_equal(moving["head Adam"].ys, [1.0])


def test_a_surface_may_use_plain_mathematics_that_takes_no_arrays():
    panel = live.Paths(lambda x, y: max(x, y), (-1, 1), (0, 2), ["SGD"])
    heights = panel.scene().fixed["heights"]
    # max(x, y) is lowest at the left, and the first row is at the top.
    assert heights.cells[-1, 0] == 0
    assert heights.cells[0, 0] == heights.cells[0, -1] == heights.cells.max()
    assert heights.place == (-1, 1, 0, 2)


def test_a_surface_may_be_infinite_in_places():
    panel = live.Paths(lambda x, y: np.inf if x > 0 else y, (-1, 1), (0, 2), ["SGD"])
    cells = panel.scene().fixed["heights"].cells
    assert (cells[:, 130:] == 255).all()
    assert (cells[:, :110] < 20).all()


def test_the_names_of_several_paths_stand_above_the_axes():
    scene = live.Paths(lambda x, y: x + y, (-1, 1), (-1, 1), ["SGD", "Adam"]).scene()
    names = scene.fixed["names"]
    assert (names.texts, names.where) == (["SGD", "Adam"], "above")
    assert names.colour == [_style.BLUE, _style.ORANGE]
    assert scene.axes.rows == 1
    scene = live.Paths(lambda x, y: x + y, (-1, 1), (-1, 1), ["SGD"]).scene()
    assert "names" not in scene.fixed
    assert scene.axes.rows == 0


# Confusion


def test_confusions_are_counted_by_label_from_above_and_prediction_from_the_left():
    panel = live.Confusion("table", classes=3)
    panel.record(([0, 1, 0, 2, 0, 0], [0, 1, 1, 2, 2, 2]))
    np.testing.assert_array_equal(panel.counts, [[1, 0, 0], [1, 1, 0], [2, 0, 1]])
    scene = panel.scene()
    said = scene.moving["counts"]
    places = {
        (x, y): text for x, y, text in zip(said.xs, said.ys, said.texts, strict=True)
    }
    assert places == {(0, 2): "1", (0, 1): "1", (1, 1): "1", (0, 0): "2", (2, 0): "1"}
    assert scene.axes.xticks == ((0.0, "0"), (1.0, "1"), (2.0, "2"))
    assert scene.axes.yticks == ((2.0, "0"), (1.0, "1"), (0.0, "2"))
    colours = colours_of(scene.moving["colours"])
    assert (colours[0, 1:] == 1).all()
    assert (colours[[0, 1, 2], [0, 1, 2], 2] > colours[[0, 1, 2], [0, 1, 2], 0]).all()
    assert (colours[[1, 2], 0, 0] > colours[[1, 2], 0, 2]).all()
    assert panel.describe() == "table: 3 of 6 right"


def test_confusions_are_counted_anew_at_each_value():
    panel = live.Confusion(classes=2)
    panel.record(([0, 0], [0, 1]))
    panel.record(([1], [1]))
    np.testing.assert_array_equal(panel.counts, [[0, 0], [0, 1]])
    panel.reset()
    assert panel.counts.sum() == 0
    assert panel.scene().moving["counts"].texts == []


# Histograms


def test_histograms_count_each_layer_the_first_at_the_top():
    panel = live.Histograms("gradients", bins=4)
    panel.record({"first": np.array([[-0.9, -0.1], [0.1, 0.1]]), "second": [0.9, 0.9]})
    scene = panel.scene()
    low, high = scene.axes.xlim
    assert low == -1 < 1 < high  # there is room for words at the right
    assert [place for place, _ in scene.axes.xticks] == [-1, -0.5, 0, 0.5, 1]
    (high, one), (low, two) = scene.axes.yticks
    assert (one, two) == ("first", "second")
    assert (high, low) == pytest.approx((1.4, 0.4))
    first, second = scene.moving["bars first"], scene.moving["bars second"]
    assert isinstance(first, Bars)
    np.testing.assert_allclose(first.left, [-1, -0.5, 0, 0.5])
    np.testing.assert_allclose(first.right, [-0.5, 0, 0.5, 1])
    np.testing.assert_allclose(
        first.top - first.bottom, 0.8 * np.array([1, 1, 2, 0]) / 2
    )
    np.testing.assert_allclose(second.top - second.bottom, [0, 0, 0, 0.8])
    np.testing.assert_array_equal(first.bottom, 1)
    np.testing.assert_array_equal(second.bottom, 0)
    said = scene.moving["said"]
    assert said.texts == [f"std {np.std([-0.9, -0.1, 0.1, 0.1]):.2g}", "std 0"]
    assert min(said.xs) > 1


def test_what_is_outside_of_a_histogram_counts_in_the_outermost_bars():
    panel = live.Histograms(bins=2)
    numbers = np.concatenate([np.full(999, 0.5), [-1e6]])
    panel.record({"a": numbers})
    assert panel.limit == 0.5 or panel.limit == 1.0
    bars = panel.scene().moving["bars a"]
    np.testing.assert_allclose(bars.top - bars.bottom, [0.8 / 999, 0.8])


def test_the_limits_of_histograms_follow_the_numbers_rarely():
    panel, limits = live.Histograms(), []
    for largest in [0.9, 0.5, 0.21, 0.19, 0.05, 0.03, 3.0, 1.0]:
        panel.record({"a": np.array([largest, -largest])})
        limits.append(panel.limit)
    assert limits == pytest.approx([1, 1, 1, 0.2, 0.2, 0.05, 5, 5])


def test_numbers_that_are_not_finite_are_left_out_of_histograms():
    panel = live.Histograms()
    panel.record({"a": [np.nan, np.inf, 0.5], "b": [np.nan]})
    np.testing.assert_array_equal(panel.arrays["a"], [0.5])
    assert panel.scene().moving["said"].texts == ["std 0", "std nan"]
    assert panel.scene().moving["bars b"].top.max() == 0


def test_histograms_take_a_model_and_keep_its_numbers(layer):
    panel = live.Histograms(what="weights")
    weights = np.ones((2, 2))
    model = layer(1.0, first=layer(1.0, weights=weights), second=layer(2.0))
    panel.evaluate(model)
    weights[:] = 7
    assert list(panel.arrays) == ["Scale 1"]
    np.testing.assert_array_equal(panel.arrays["Scale 1"], np.ones(4))
    with pytest.raises(TypeError, match="gradients: no layer of Scale has weights"):
        panel.evaluate(layer(1.0))


# Graph

GRAPH = [["x", "w"], ["x * w"], ["L"]], [("x", "x * w"), ("w", "x * w"), ("x * w", "L")]


def test_a_graph_shows_what_flows_along_its_edges():
    panel = live.Graph(*GRAPH)
    assert panel.span == 2
    panel.record({("x", "x * w"): (2, -6), ("w", "x * w"): ("w = 3", None)})
    panel.record({("x * w", "L"): (np.float64(6.0001), np.array(1.0))})
    scene = panel.scene()
    assert scene.moving["values"].texts == ["2", "w = 3", "6"]
    assert scene.moving["gradients"].texts == ["-6", "1"]
    assert scene.moving["values"].colour == _style.BLUE
    assert scene.moving["gradients"].colour == _style.RED
    edge = ("x", "x * w")
    forward, back = scene.moving[f"{edge} 0"], scene.moving[f"{edge} 1"]
    assert (forward.dashed, back.dashed) == (False, True)
    # Values flow to the right, gradients to the left.
    assert scene.moving[f"tip {edge} 0"].xs == forward.xs.max()
    assert scene.moving[f"tip {edge} 1"].xs == back.xs.min()
    assert f"{('w', 'x * w')} 1" not in scene.moving
    assert panel.describe() == (
        "graph: x to x * w 2, gradient -6; w to x * w w = 3; x * w to L 6, gradient 1"
    )


def test_the_nodes_of_a_graph_stand_in_columns_and_stay():
    panel = live.Graph([["a", "", "b"], ["c"]], [("a", "c")])
    fixed = panel.scene().fixed
    names = fixed["names"]
    places = dict(zip(names.texts, zip(names.xs, names.ys, strict=True), strict=True))
    assert places == {"a": (0, 2.5), "b": (0, 0.5), "c": (1, 1.5)}
    boxes = fixed["boxes"]
    np.testing.assert_allclose((boxes.left + boxes.right) / 2, names.xs)
    np.testing.assert_allclose((boxes.bottom + boxes.top) / 2, names.ys)
    panel.record({("a", "c"): (1, None)})
    assert panel.scene().fixed is fixed
    panel.reset()
    assert panel.scene().moving["values"].texts == []
    assert panel.describe() == "graph: nothing flows yet"


# All panels


def every_panel():
    def paraboloid(x, y):
        return x * x + y * y

    return {
        "Boundary": (live.Boundary(np.eye(3)[:, :2], [0, 1, 0]), None),
        "Confusion": (live.Confusion(classes=2), ([0, 1], [1, 1])),
        "Curve": (live.Curve("loss", smooth=0.5), (0, 1.0)),
        "Fit": (live.Fit([0, 1], [1, 2]), ([0, 1], [1, 1])),
        "Graph": (live.Graph(*GRAPH), {("x * w", "L"): (1, 2)}),
        "Histograms": (live.Histograms(), {"a": [1.0, 2.0]}),
        "Images": (live.Images("images", (2, 2)), np.eye(4)),
        "Lines": (live.Lines("f", ["a"], (0, 1), (0, 1)), {"a": ([0, 1], [0, 1])}),
        "Paths": (live.Paths(paraboloid, (0, 1), (0, 1), ["a"]), {"a": (0, 1)}),
        "Predictions": (
            live.Predictions(count=1, classes=3),
            (np.ones((1, 2, 2)), PROBABILITIES[:1], [0]),
        ),
    }


def numbers_of(scene):
    """All arrays and texts of a scene's moving marks, to compare them."""
    found = {}
    for name, mark in scene.moving.items():
        names = {Texts: ("texts",), Picture: ("cells",), Bars: ("left", "top")}
        for part in names.get(type(mark), ("xs", "ys")):
            found[name, part] = np.asarray(getattr(mark, part)).tolist()
    return found


def test_every_public_panel_is_looked_at_here():
    names = set(live.__all__)
    panels = {
        name
        for name in names
        if isinstance(getattr(live, name), type)
        and issubclass(getattr(live, name), live.panels.Panel)
    }
    assert panels == set(every_panel())


@pytest.mark.parametrize("kind", every_panel())
def test_a_panel_that_is_reset_looks_as_at_first(kind):
    panel, value = every_panel()[kind]
    before, said = numbers_of(panel.scene()), panel.describe()
    if value is None:
        panel.evaluate(lambda points: points)
    else:
        panel.record(value)
    assert numbers_of(panel.scene()) != before
    panel.reset()
    assert numbers_of(panel.scene()) == before
    assert panel.describe() == said


@pytest.mark.parametrize("kind", sorted(set(every_panel()) - {"Boundary"}))
def test_a_panel_takes_a_function_that_makes_its_value(kind):
    direct, value = every_panel()[kind]
    lazy, _ = every_panel()[kind]
    direct.record(value)
    lazy.evaluate(lambda: value)
    assert numbers_of(lazy.scene()) == numbers_of(direct.scene())


@pytest.mark.parametrize("kind", ["Confusion", "Curve", "Graph", "Lines", "Paths"])
def test_a_panel_that_takes_no_model_says_so(kind, layer):
    panel, _ = every_panel()[kind]
    with pytest.raises(
        TypeError, match=f"{panel.name}: expected a value, got a layer or model .Scale"
    ):
        panel.evaluate(layer(1.0))


def test_on_a_projector_notes_are_further_apart():
    panel = live.Curve("loss", lines=["a", "b"])
    panel.record((0, {"a": np.nan, "b": np.nan}))
    near = np.diff(panel.scene().moving["note"].ys)
    appearance.projector()
    np.testing.assert_allclose(np.diff(panel.scene().moving["note"].ys), 1.2 * near)


# Layers and models


def test_layers_of_a_model_are_found_in_their_order(layer):
    first, second, third = (layer(k) for k in range(3))
    assert layers_of(first) == [first]
    assert layers_of(layer(0, layers=[first, layer(0, layers=[second])])) == [
        first,
        second,
    ]
    assert layers_of(layer(0, hidden=first, note="text", head=third)) == [first, third]


class Remembering:
    """A layer that keeps its inputs, as one does for the way back."""

    def __init__(self, *layers):
        self.layers, self.inputs, self.factor = list(layers), None, np.ones(1)

    def forward(self, x):
        self.inputs = x
        for layer in self.layers:
            x = layer.forward(x)
        return self.factor * x


@pytest.mark.parametrize(
    "pick", [lambda m: m, lambda m: m.forward], ids=["", "forward"]
)
@pytest.mark.parametrize("kind", ["Fit", "Boundary"])
def test_a_figure_that_asks_a_model_leaves_no_trace_in_it(kind, pick):
    inner = Remembering()
    model = Remembering(inner)
    model.forward(np.full((1, 2), 7.0))
    if kind == "Boundary":
        panel = live.Boundary(np.eye(3)[:, :2], [0, 1, 0])
        panel.evaluate(pick(model))
        np.testing.assert_array_equal(panel.scores, panel.grid)
    else:
        panel = live.Fit([0, 1], [1, 2])
        panel.evaluate(model)
        np.testing.assert_array_equal(panel.line[0], panel.line[1])
    for layer in (model, inner):
        np.testing.assert_array_equal(layer.inputs, [[7, 7]])


def test_a_snapshot_has_the_parameters_of_now():
    model = Remembering(Remembering())
    copied = snapshot(model)
    assert copied.layers[0] is not model.layers[0]
    assert copied.layers[0].factor is model.layers[0].factor


def test_arrays_of_a_model_are_named_by_class_and_place(layer):
    class Other:
        weights = np.zeros(2)

        def forward(self, x):
            return x

    model = layer(
        0, layers=[layer(1, weights=1), layer(2), Other(), layer(3, weights=3)]
    )
    found = arrays_of(model, "weights")
    assert list(found) == ["Scale 1", "Other 1", "Scale 2"]
    assert (found["Scale 1"], found["Scale 2"]) == (1, 3)
    assert arrays_of(model, "biases") == {}


# Bad input


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: live.Curve(3), TypeError, "name: expected a string, got int"),
        (lambda: live.Curve(""), ValueError, "name: expected at least one letter"),
        (lambda: live.Curve("a", lines="bc"), TypeError, "lines: .* got 'bc'"),
        (lambda: live.Curve("a", lines=3), TypeError, "lines: .* got 3"),
        (lambda: live.Curve("a", lines=["b", "b"]), ValueError, "lines: .*different"),
        (lambda: live.Curve("a", lines=[]), ValueError, "lines: expected"),
        (lambda: live.Curve("a", xlim=(3, 1)), ValueError, "xlim: .* got .3, 1."),
        (
            lambda: live.Curve("a", log=True, ylim=(0, 1)),
            ValueError,
            "ylim: expected limits above 0 on a logarithmic axis",
        ),
        (lambda: live.Curve("a", smooth=1), ValueError, "smooth: .* below 1, got 1"),
        (lambda: live.Curve("a", smooth=-0.1), ValueError, "smooth: .* 0 and 1"),
        (lambda: live.Curve("a", smooth="a"), TypeError, "smooth: .* got str"),
        (
            lambda: live.Fit([1, 2], [1, 2, 3]),
            ValueError,
            "t: expected 2 values, as many as x, got 3",
        ),
        (lambda: live.Fit([1, np.nan], [1, 2]), ValueError, "x: expected finite"),
        (lambda: live.Fit([], []), ValueError, "x: expected at least one"),
        (lambda: live.Fit(np.zeros((2, 2)), [1, 2]), ValueError, "x: expected shape"),
        (lambda: live.Fit([1], [1], ylim=(1, 1)), ValueError, "ylim: .*low, high"),
        (lambda: live.Lines("a", [], (0, 1), (0, 1)), ValueError, "lines: expected"),
        (lambda: live.Lines("a", ["b"], (1, 0), (0, 1)), ValueError, "xlim: expected"),
        (
            lambda: live.Lines("a", ["b"], (0, 1), (0, 1), log=True),
            ValueError,
            "ylim: expected limits above 0",
        ),
        (
            lambda: live.Lines("a", ["train"], (0, 1), (0, 1), dashed=["tain"]),
            ValueError,
            "dashed: line 'tain' .* did you mean 'train'",
        ),
        (lambda: live.Images("w", shape=28), ValueError, "shape: .*height, width"),
        (lambda: live.Images("w", count=0), ValueError, "count: .* got 0"),
        (lambda: live.Predictions(classes=0), ValueError, "classes: .* got 0"),
        (
            lambda: live.Predictions(classes=3, names=["a"]),
            ValueError,
            "names: expected 3, one for each class, got 1",
        ),
        (lambda: live.Confusion(classes="3"), TypeError, "classes: .* got str"),
        (lambda: live.Histograms(bins=0), ValueError, "bins: .* at least 1, got 0"),
        (
            lambda: live.Graph([["a"], ["b"]], [("b", "a")]),
            ValueError,
            "edges: expected an edge to the right, got 'b' to 'a'",
        ),
        (
            lambda: live.Graph([["node"], ["b"]], [("nod", "b")]),
            ValueError,
            "edges: node 'nod' .* did you mean 'node'",
        ),
        (lambda: live.Graph([["a"], ["a"]], []), ValueError, "columns: .*different"),
        (
            lambda: live.Paths(3, (0, 1), (0, 1), ["a"]),
            TypeError,
            "function: expected a function, got int",
        ),
        (lambda: live.Boundary(X2, [0, 1]), ValueError, "labels: expected shape"),
        (lambda: live.Boundary(X2, [0, 1, 0.5]), TypeError, "labels: .*integers"),
        (lambda: live.Boundary(X2, [0, 1, -1]), ValueError, "labels: .* got -1"),
        (lambda: live.Boundary(X2[:, :1], [0] * 3), ValueError, "x: expected shape"),
    ],
)
def test_bad_arguments_get_one_clear_line(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"loss": 3.0}, ValueError, r"loss: expected \(x, y\), got 3.0"),
        ({"loss": (0, "low")}, TypeError, "loss: expected a number, got str"),
        ({"loss": (0, [1, 2])}, TypeError, "loss: expected a number, got list"),
        ({"loss": (np.nan, 1)}, ValueError, "loss, x: expected a finite number"),
        ({"loss": (0, {"a": 1})}, TypeError, "loss: expected a number, got dict"),
        ({"loss": (0, True)}, TypeError, "loss: expected a number, got bool"),
        ({"two": (0, 1.0)}, TypeError, r"two: expected \(x, {line: y}\)"),
        ({"two": (0, {"tain": 1})}, ValueError, "did you mean 'train'"),
        ({"fit": ([1, 2], [1])}, ValueError, "fit, ys: expected 2 values"),
        ({"fit": ([1, 2], ["a", "b"])}, TypeError, "fit, ys: .* real numbers"),
        ({"lines": ([1], [2])}, TypeError, r"lines: expected {line: \(xs, ys\)}"),
        ({"lines": {"slop": ([1], [2])}}, ValueError, "did you mean 'slope'"),
        ({"lines": {"slope": 3}}, ValueError, r"lines, slope: expected \(xs, ys\)"),
        (
            {"lines": {"slope": ([1], [2, 3])}},
            ValueError,
            "lines, slope, ys: expected 1 values",
        ),
        ({"images": np.zeros((3, 5))}, ValueError, r"images: .*\(M, 4\), got \(3, 5\)"),
        ({"paths": (1, 2)}, TypeError, "paths: expected {name"),
        ({"paths": {"SDG": (1, 2)}}, ValueError, "did you mean 'SGD'"),
        ({"paths": {"SGD": (1, 2, 3)}}, ValueError, "paths, SGD: expected shape"),
        ({"boundary": X2}, TypeError, "boundary: expected a function, got ndarray"),
        (
            {"confusions": [1, 2, 3]},
            ValueError,
            r"confusions: expected \(predicted, labels\)",
        ),
        (
            {"confusions": ([0, 2], [0, 1])},
            ValueError,
            "confusions, predicted: expected classes from 0 to 1, got 2",
        ),
        (
            {"confusions": ([0.5], [0])},
            TypeError,
            "confusions, predicted: .* of integers",
        ),
        ({"confusions": ([0], [0, 1])}, ValueError, "confusions, labels: .*shape"),
        ({"gradients": [1, 2]}, TypeError, "gradients: expected {layer: array}"),
        ({"gradients": {"a": ["b"]}}, TypeError, "gradients, a: .*real numbers"),
        ({"predictions": np.ones(5)}, ValueError, r"predictions: expected \(images"),
        (
            {"predictions": (np.ones((2, 4)), [[1, 2, 3], [1, 2, 3]])},
            ValueError,
            "predictions, probabilities: .* 0 and 1, got 1 to 3 .logits",
        ),
        (
            {"predictions": (np.ones((1, 5)), PROBABILITIES[:1])},
            ValueError,
            "predictions, images: .*square",
        ),
        (
            {"predictions": (np.ones((3, 4)), PROBABILITIES, [0, 1, 3])},
            ValueError,
            "predictions, labels: expected classes from 0 to 2, got 3",
        ),
        (
            {"predictions": (np.ones((2, 4)), PROBABILITIES)},
            ValueError,
            r"predictions, probabilities: expected shape \(2, 3\)",
        ),
        ({"graph": (1, 2)}, TypeError, r"graph: expected {\(from, to\)"),
        ({"graph": {("x", "L"): (1, 2)}}, ValueError, "graph: edge .* is none of"),
        (
            {"graph": {("x * w", "L"): 3.0}},
            ValueError,
            r"graph, .*: expected \(value, gradient\), got 3.0",
        ),
        (
            {"graph": {("x * w", "L"): ([1, 2], None)}},
            TypeError,
            "graph, .*: expected a number, a string or None, got list",
        ),
    ],
)
def test_a_bad_value_gets_one_clear_line(values, error, message):
    panels = [
        live.Curve("loss"),
        live.Curve("two", lines=["train", "test"]),
        live.Fit([0, 1], [1, 2]),
        live.Lines("lines", ["slope"], (0, 1), (0, 1)),
        live.Images("images", (2, 2)),
        live.Paths(lambda x, y: x + y, (0, 1), (0, 1), ["SGD"]),
        live.Boundary(X2, [0, 1, 0]),
        live.Confusion(classes=2),
        live.Histograms(),
        live.Predictions(classes=3),
        live.Graph(*GRAPH),
    ]
    ((name, value),) = values.items()
    panel = next(panel for panel in panels if panel.name == name)
    before = numbers_of(panel.scene())
    with pytest.raises(error, match=message) as caught:
        panel.record(value)
    assert "\n" not in str(caught.value)
    assert numbers_of(panel.scene()) == before
