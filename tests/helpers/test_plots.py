"""Still pictures: what they show, where they are shown, and what they refuse."""

import base64
import io

import nbformat
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from nbclient import NotebookClient
from PIL import Image

from helpers import plots

X2 = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
LABELS = np.array([0, 0, 1, 1])
IMAGES = np.arange(3 * 16.0).reshape(3, 16)
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.0, 0.0, 1.0]])
GRAPH = (
    [["x", "w"], ["x * w"], ["L"]],
    {
        ("x", "x * w"): (2, -6),
        ("w", "x * w"): (3.14159, "-4"),
        ("x * w", "L"): ("", None),
    },
)

ALL = {
    "activation": lambda **kw: plots.activation(np.tanh, lambda g: g, **kw),
    "boundary": lambda **kw: plots.boundary(lambda p: p, X2, LABELS, **kw),
    "broadcasting": lambda **kw: plots.broadcasting((3, 1), (4,), **kw),
    "computational_graph": lambda **kw: plots.computational_graph(*GRAPH, **kw),
    "confusion": lambda **kw: plots.confusion([0, 1, 1], [0, 1, 2], **kw),
    "curves": lambda **kw: plots.curves({"loss": [3, 2, 1]}, **kw),
    "fit": lambda **kw: plots.fit([0, 1], [1, 2], [0, 1], [1, 1], **kw),
    "function_and_slope": lambda **kw: plots.function_and_slope(np.sin, np.cos, **kw),
    "gradient_flow": lambda **kw: plots.gradient_flow(["a"], [np.ones(3)], **kw),
    "heights": lambda **kw: plots.heights({"tower": np.eye(4)}, **kw),
    "images": lambda **kw: plots.images(IMAGES, **kw),
    "loss_surface": lambda **kw: plots.loss_surface(
        lambda w, b: w * w + b * b, (-1, 1), (-1, 1), **kw
    ),
    "predictions": lambda **kw: plots.predictions(IMAGES, PROBABILITIES, **kw),
    "weights": lambda **kw: plots.weights(np.eye(4), (2, 2), **kw),
}
TAKE_AXES = [
    "boundary",
    "confusion",
    "curves",
    "fit",
    "function_and_slope",
    "gradient_flow",
    "loss_surface",
    "weights",
]


def new_axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


# Where pictures are shown


def test_every_public_function_is_tried_here():
    assert sorted([*ALL, "confusion_matrix", "for_marking"]) == plots.__all__


@pytest.mark.parametrize("name", ALL)
def test_in_plain_python_the_figure_is_returned(name):
    figure = ALL[name]()
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    assert (pixels != 255).any()


@pytest.mark.parametrize("name", TAKE_AXES)
def test_given_axes_are_drawn_on_and_returned(name):
    ax = new_axes()
    assert ALL[name](ax=ax) is ax
    assert ax.has_data()


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_drawn_while_grading(name, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert ALL[name]() is None


def test_what_a_person_marks_is_drawn_while_grading_too(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with plots.for_marking():
        assert isinstance(ALL["curves"](), Figure)
        assert ALL["curves"](ax=new_axes()).has_data()
    assert ALL["curves"]() is None


def test_given_axes_stay_empty_while_grading(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def fails(points):
        raise AssertionError("called while grading")

    ax = new_axes()
    assert plots.boundary(fails, X2, LABELS, ax=ax) is ax
    assert not ax.has_data()


SETUP = """
import contextlib
import numpy as np
from helpers import plots
"""
IN_A_BLOCK = """
with contextlib.nullcontext():
    shown = plots.curves({"loss": [3, 2, 1]})
"""
LAST_IN_THE_CELL = 'plots.curves({"loss": [3, 2, 1]})'
WITH_SLIDER = """
x = None
def forward(inputs):
    global x
    x = inputs
    return x**2
plots.activation(forward, lambda grad_output: 2 * x * grad_output, limits=(0, 4))
"""
MOVE_IT = """
from ipywidgets.widgets import FloatSlider
from ipywidgets.widgets.widget import _instances
(slider,) = [w for w in _instances.values() if isinstance(w, FloatSlider)]
slider.value = 3.0
shown is None
"""


def run_in_kernel(*cells):
    cells = [nbformat.v4.new_code_cell(cell) for cell in (SETUP, *cells)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def test_in_a_notebook_a_picture_is_shown_once_and_none_returned():
    in_a_block, last, before, _ = run_in_kernel(
        IN_A_BLOCK, LAST_IN_THE_CELL, WITH_SLIDER, "shown is None"
    )
    for outputs in (in_a_block, last):
        (picture,) = outputs
        assert sorted(picture.data) == ["image/png", "text/html", "text/plain"]
        assert picture.data["text/plain"] == "loss over epoch"
        png = base64.b64decode(picture.data["image/png"])
        assert Image.open(io.BytesIO(png)).size == (1280, 840)
        assert picture.metadata["image/png"]["width"] == 640
    slider, picture = before
    assert "application/vnd.jupyter.widget-view+json" in slider.data
    assert "image/png" in picture.data


def test_a_slider_draws_the_picture_again_in_its_place():
    _, still, moved = run_in_kernel(IN_A_BLOCK, WITH_SLIDER, "pass")
    _, again, moved = run_in_kernel(IN_A_BLOCK, WITH_SLIDER, MOVE_IT)
    assert len(again) == 2
    assert still[1].data["image/png"] != again[1].data["image/png"]
    assert moved[0].data["text/plain"] == "True"


def test_nothing_is_shown_in_a_notebook_that_is_graded(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert run_in_kernel(IN_A_BLOCK, LAST_IN_THE_CELL, WITH_SLIDER) == [[], [], []]


# What they show


def test_curves_keep_their_values_and_leave_gaps():
    ax = new_axes()
    values = {"a": [1, np.inf, 3], "b": ([5, 7], [2.0, np.nan])}
    plots.curves(values, "step", "loss", ax=ax)
    first, second = ax.lines
    np.testing.assert_array_equal(first.get_xydata(), [[0, 1], [1, np.nan], [2, 3]])
    np.testing.assert_array_equal(second.get_xydata(), [[5, 2], [7, np.nan]])
    assert [text.get_text() for text in ax.get_legend().texts] == ["a", "b"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


@pytest.mark.parametrize(("count", "is_beside"), [(4, False), (5, True)])
def test_the_legend_of_many_curves_stands_beside_them(count, is_beside):
    ax = new_axes()
    plots.curves({f"line {k}": np.arange(3.0) + k for k in range(count)}, ax=ax)
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert (legend.x0 >= ax.bbox.x1) == is_beside


def test_a_fitted_line_is_drawn_in_the_order_of_x():
    ax = new_axes()
    plots.fit([0, 1, 2], [1, 2, 3], [[2], [0], [1]], [[30], [10], [20]], ax=ax)
    points, line = ax.lines
    np.testing.assert_array_equal(points.get_xydata(), [[0, 1], [1, 2], [2, 3]])
    np.testing.assert_array_equal(line.get_xydata(), [[0, 10], [1, 20], [2, 30]])
    assert ax.get_ylim()[1] >= 30


def test_a_border_lies_where_the_classes_change():
    ax = new_axes()
    plots.boundary(lambda p: p[:, :1], X2, LABELS, threshold=0.25, ax=ax)
    (border,) = (c for c in ax.collections if c.get_paths())
    (path,) = (path for path in border.get_paths() if len(path.vertices))
    np.testing.assert_allclose(path.vertices[:, 0], 0.25, atol=1e-9)


def test_a_classifier_that_says_nan_is_drawn_without_a_border():
    ax = new_axes()
    plots.boundary(lambda p: p * np.nan, X2, LABELS, ax=ax)
    assert not ax.collections
    # Its colours are whole numbers of 255.
    np.testing.assert_allclose(ax.images[0].get_array(), 0.85, atol=1 / 255)


def test_weights_share_one_scale_around_zero():
    ax = new_axes()
    plots.weights(np.array([[1, 2, 3, -4], [0, 0, 0, 1]]), (2, 2), ax=ax)
    (image,) = ax.images
    assert image.get_clim() == (-4, 4)
    np.testing.assert_array_equal(
        image.get_array().filled(9), [[1, 2, 9, 0, 0], [3, -4, 9, 0, 1]]
    )


def test_images_are_square_and_titled():
    figure = plots.images(IMAGES, ["one", 2, "three"], count=2)
    assert [ax.get_title() for ax in figure.axes] == ["one", "2"]
    np.testing.assert_array_equal(
        figure.axes[1].images[0].get_array(), IMAGES[1].reshape(4, 4)
    )


def test_confusions_are_counted_by_label_and_prediction():
    counts = plots.confusion_matrix([0, 1, 1, 2, 2, 2], [0, 1, 0, 2, 0, 0])
    np.testing.assert_array_equal(counts, [[1, 1, 2], [0, 1, 0], [0, 0, 1]])
    assert plots.confusion_matrix([0], [1], classes=4).shape == (4, 4)


def test_a_confusion_table_shows_each_count_in_its_place():
    ax = new_axes()
    plots.confusion([0, 1, 1, 1], [0, 1, 0, 0], names=["cat", "dog"], ax=ax)
    shown = {text.get_position(): text.get_text() for text in ax.texts}
    assert shown == {(0, 0): "1", (1, 0): "2", (0, 1): "·", (1, 1): "1"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["cat", "dog"]


def test_predictions_say_what_is_right_and_what_it_is_instead():
    names = ["cat", "dog", "hen"]
    figure = plots.predictions(IMAGES, PROBABILITIES, [0, 1, 2], names)
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles == ["cat (70%): right", "hen (60%): it is dog", "hen (100%): right"]
    bars = [[bar.get_height() for bar in ax.patches] for ax in figure.axes]
    np.testing.assert_array_equal([b for b in bars if b], PROBABILITIES)


def test_gradient_flow_draws_the_root_mean_square():
    ax = new_axes()
    gradients = [np.array([[3.0, -4.0]]), np.zeros(2), np.array([np.nan])]
    plots.gradient_flow(["one", "two", "three"], gradients, ax=ax)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [12.5**0.5, np.nan, np.nan])
    assert texts_of(ax) == ["3.5e+00", "zero", "not finite"]


def test_a_function_and_its_slope_are_drawn():
    ax = new_axes()
    plots.function_and_slope(np.sin, np.cos, limits=(0, 3), ax=ax)
    for line, function in zip(ax.lines, (np.sin, np.cos), strict=False):
        xs, ys = line.get_xydata().T
        assert (xs[0], xs[-1]) == (0, 3)
        np.testing.assert_allclose(ys, function(xs))


def test_an_activation_gets_columns_and_its_slope_comes_from_backward():
    class Square:
        def forward(self, x):
            assert x.ndim == 2
            self.x = x
            return x**2

        def backward(self, grad_output):
            return 2 * self.x * grad_output

    layer = Square()
    figure = plots.activation(layer.forward, layer.backward, (-2, 2), at=0.5)
    left, right = figure.axes
    xs, ys = left.lines[0].get_xydata().T
    np.testing.assert_allclose(ys, xs**2)
    xs, ys = right.lines[0].get_xydata().T
    np.testing.assert_allclose(ys, 2 * xs)
    assert right.get_title(loc="left") == "slope at 0.50: 1"


def test_a_loss_surface_is_asked_for_floats_and_holds_the_path():
    asked = []

    def loss(w, b):
        asked.append((w, b))
        return abs(w) + abs(b)

    ax = new_axes()
    path = [[1.0, 1.0], [0.5, 0.5], [0.0, 0.0]]
    plots.loss_surface(loss, (-1, 2), (-1, 1), path, ax=ax)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), path)
    assert min(asked) == (-1, -1)
    assert max(asked) == (2, 1)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "b")


def test_a_flat_surface_and_one_without_numbers_can_be_drawn():
    for height in (1.0, np.nan):
        ax = new_axes()
        plots.loss_surface(lambda w, b, h=height: h, (-1, 1), (-1, 1), ax=ax)
        assert ax.get_xlim() == (-1, 1)


def test_a_graph_shows_nodes_values_and_gradients():
    (ax,) = plots.computational_graph(*GRAPH, title="one weight").axes
    minus = "\N{MINUS SIGN}"
    shown = [text for text in texts_of(ax) if text]
    assert sorted(shown) == sorted(
        ["x", "w", "x * w", "L", "2", f"{minus}6", "3.14", f"{minus}4", "one weight"]
    )


def test_nodes_of_a_graph_do_not_overlap():
    edges = [("a", "d"), ("b", "d"), ("c", "d"), ("d", "e"), ("a", "e")]
    figure = plots.computational_graph([["a", "b", "c"], ["d"], ["e"]], edges)
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches]
    assert len(boxes) == 5
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:place])
        assert figure.bbox.containsx(box.x0)
        assert figure.bbox.containsx(box.x1)
        assert figure.bbox.containsy(box.y0)
        assert figure.bbox.containsy(box.y1)


@pytest.mark.parametrize(
    ("shapes", "real", "repeated"),
    [
        (((3, 1), (4,)), 3 + 4 + 12, 9 + 8),
        (((4,), (4, 1)), 4 + 4 + 16, 12 + 12),
        (((2, 3), ()), 6 + 1 + 6, 5),
        (((2, 3), (2, 3)), 18, 0),
        (((3,), (4,)), 7, 0),
    ],
)
def test_broadcasting_tells_real_cells_from_repeated_ones(shapes, real, repeated):
    (ax,) = plots.broadcasting(*shapes).axes
    cells = [p for p in ax.patches if isinstance(p, Rectangle)]
    pale = [p for p in cells if p.get_linestyle() != "solid"]
    solid = [p for p in cells if p.get_linestyle() == "solid"]
    assert len(pale) == repeated
    assert len(solid) == real + repeated


def test_shapes_that_do_not_fit_are_told_apart():
    (ax,) = plots.broadcasting((2, 3), (4, 3)).axes
    assert texts_of(ax)[-1] == "(2, 3) and (4, 3) do not fit: 2 against 4"
    (ax,) = plots.broadcasting((4,), (4, 1), names=("y", "t")).axes
    assert [t for t in texts_of(ax) if ":" in t] == [
        "y: (4,)",
        "t: (4, 1)",
        "result: (4, 4)",
    ]


# Bad input


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plots.curves([1, 2]), TypeError, "values: expected {name: array}"),
        (lambda: plots.curves({}), ValueError, "values: expected"),
        (
            lambda: plots.curves({"a": np.zeros((2, 2))}),
            ValueError,
            r"values\['a'\]: expected shape \(E,\), got \(2, 2\)",
        ),
        (lambda: plots.curves({"a": ([1], [1, 2])}), ValueError, "ys: expected 1"),
        (lambda: plots.fit([1], [1, 2], [1], [1]), ValueError, "t: expected 1 values"),
        (
            lambda: plots.boundary(3, X2, LABELS),
            TypeError,
            "classify: expected a function, got int",
        ),
        (
            lambda: plots.boundary(lambda p: p[:3], X2, LABELS),
            ValueError,
            "classify's scores: expected shape",
        ),
        (
            lambda: plots.boundary(lambda p: p, X2, LABELS, names=["a"]),
            ValueError,
            "names: expected 2, one for each class, got 1",
        ),
        (lambda: plots.weights(np.eye(3)), ValueError, r"weights: .*\(M, 784\)"),
        (lambda: plots.images(np.zeros((2, 7))), ValueError, "images: .*square"),
        (lambda: plots.images(np.zeros((0, 4))), ValueError, "images: .* got none"),
        (
            lambda: plots.images(IMAGES, ["a"]),
            ValueError,
            "titles: expected 3, one for each image, got 1",
        ),
        (
            lambda: plots.confusion_matrix([0, 3], [0, 1], classes=3),
            ValueError,
            "predicted: expected classes from 0 to 2, got 3",
        ),
        (lambda: plots.confusion_matrix([0], [-1]), ValueError, "labels: .* got -1"),
        (lambda: plots.confusion_matrix([0], [0, 1]), ValueError, "labels: expected"),
        (lambda: plots.confusion_matrix([0.5], [0]), TypeError, "predicted: .*integer"),
        (
            lambda: plots.predictions(IMAGES, 5 * PROBABILITIES),
            ValueError,
            "probabilities: .* between 0 and 1, got 0 to 5",
        ),
        (
            lambda: plots.predictions(IMAGES, PROBABILITIES[:2]),
            ValueError,
            "probabilities: expected shape",
        ),
        (
            lambda: plots.predictions(IMAGES, PROBABILITIES, [0, 1, 3]),
            ValueError,
            "labels: expected classes from 0 to 2, got 3",
        ),
        (
            lambda: plots.gradient_flow(["a"], []),
            ValueError,
            "gradients: expected 1, one for each name, got 0",
        ),
        (
            lambda: plots.gradient_flow(["a"], [np.zeros(0)]),
            ValueError,
            "gradients: .* empty",
        ),
        (
            lambda: plots.function_and_slope(np.sin, lambda x: x[:3]),
            ValueError,
            "slope's output: expected shape",
        ),
        (lambda: plots.activation(np.sin, None), TypeError, "backward: .* NoneType"),
        (lambda: plots.activation(np.sin, np.cos, at=9), ValueError, "at: .* got 9"),
        (
            lambda: plots.loss_surface(np.hypot, (1, 1), (0, 1)),
            ValueError,
            r"w_range: expected \(low, high\), got \(1, 1\)",
        ),
        (
            lambda: plots.loss_surface(np.hypot, (0, 1), (0, 1), np.zeros((3, 3))),
            ValueError,
            r"path: expected shape \(S, 2\), got \(3, 3\)",
        ),
        (
            lambda: plots.computational_graph([["loss"], ["x"]], [("los", "x")]),
            ValueError,
            "node 'los' is none of 'loss', 'x'; did you mean 'loss'",
        ),
        (
            lambda: plots.computational_graph([["a"], ["b"]], [("b", "a")]),
            ValueError,
            "edges: expected an edge to the right, got 'b' to 'a'",
        ),
        (
            lambda: plots.computational_graph([["a"], ["a"]], []),
            ValueError,
            "columns: expected different names",
        ),
        (lambda: plots.broadcasting((1, 2, 3), (1,)), ValueError, "shape_a: .*two"),
        (lambda: plots.broadcasting((9,), (1,)), ValueError, "shape_a: .* got .9,."),
        (lambda: plots.broadcasting((1,), (1.5,)), TypeError, "shape_b: .*integer"),
        (
            lambda: plots.broadcasting((1,), None),
            TypeError,
            "shape_b: expected a tuple",
        ),
    ],
)
def test_bad_input_gets_one_clear_line(call, error, message):
    with pytest.raises(error, match=message):
        call()
