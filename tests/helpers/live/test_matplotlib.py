"""Scenes drawn by Matplotlib: what is kept, and what the pixels show."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from helpers import _style, appearance, live
from helpers.live._image import ImageFigure
from helpers.live._layout import Layout
from helpers.live._matplotlib import Drawing, Renderer
from helpers.live.scene import Axes, Bars, Line, Picture, Points, Scene, Texts

BARE = Axes("", (0, 10), (0, 10), frame=False)


def drawing_of(panel):
    place = Layout([panel]).places[panel.name]
    return Drawing(place.width, place.height)


def count_full_drawings(drawing):
    """A list that grows by one at each drawing of the whole background."""
    canvas, full_drawings = drawing.figure.canvas, []
    draw_all = canvas.draw
    canvas.draw = lambda: (full_drawings.append(1), draw_all())
    return full_drawings


def _curve(rng):
    panel = live.Curve(
        "loss", lines=["a", "b"], log=True, xlim=(0, 40), ylim=(0.1, 9), smooth=0.5
    )
    return panel, lambda k: (k, {"a": 5 * 0.9**k, "b": rng.uniform(1, 2)})


def _fit(rng):
    x = rng.normal(size=30)
    return live.Fit(x, x**2), lambda k: (np.sort(x), np.sort(x) * k / 10)


def _lines(rng):
    panel = live.Lines("f", ["f", "x"], (-1, 1), (-1, 1), dashed=["f"])
    return panel, lambda k: {
        "f": (rng.uniform(-1, 1, 5), rng.uniform(-1, 1, 5)),
        "x": ([rng.uniform()] * (1 + k % 2), [0.5] * (1 + k % 2)),
    }


def _images(rng):
    return live.Images("w", (4, 4)), lambda k: rng.normal(size=(40, 16))


def _predictions(rng):
    panel = live.Predictions(count=2, classes=3)
    return panel, lambda k: (
        rng.normal(size=(2, 9)),
        rng.dirichlet(np.ones(3), 2),
        rng.integers(0, 3, 2),
    )


def _paths(rng):
    panel = live.Paths(lambda x, y: x * x + y * y, (-1, 1), (-1, 1), ["a", "b"], "p")
    return panel, lambda k: {"a": rng.uniform(-1, 1, 2), "b": (k / 40, 0)}


def _boundary(rng):
    panel = live.Boundary(rng.normal(size=(30, 2)), rng.integers(0, 3, 30))
    return panel, lambda k: lambda points: points @ rng.normal(size=(2, 3))


def _confusion(rng):
    panel = live.Confusion(classes=4)
    return panel, lambda k: rng.integers(0, 4, (2, 10 + k))


def _histograms(rng):
    panel = live.Histograms()
    numbers = rng.normal(size=(12, 2, 60)).clip(-2, 2)
    return panel, lambda k: {"one": numbers[k, 0], "two": numbers[k, 1]}


def _graph(rng):
    panel = live.Graph([["x"], ["f"], ["L"]], [("x", "f"), ("f", "L")])
    return panel, lambda k: {("x", "f"): (k, -k if k % 2 else None)}


MAKERS = [
    _boundary,
    _confusion,
    _curve,
    _fit,
    _graph,
    _histograms,
    _images,
    _lines,
    _paths,
    _predictions,
]


@pytest.mark.parametrize("make", MAKERS)
def test_a_frame_over_a_kept_background_equals_a_full_drawing(make):
    panel, value_at = make(np.random.default_rng(5))
    drawing = drawing_of(panel)
    full_drawings = count_full_drawings(drawing)
    for k in range(12):
        value = value_at(k)
        panel.evaluate(value) if callable(value) else panel.record(value)
        kept = drawing.draw(panel.scene()).copy()
    assert len(full_drawings) == 1
    fresh = drawing_of(panel).draw(panel.scene())
    assert (kept == fresh).all()
    assert (kept[..., :3].std(axis=(0, 1)) > 0).all()


@pytest.mark.parametrize("make", MAKERS)
def test_a_still_after_many_frames_equals_a_still_at_once(make, size_of):
    panel, value_at = make(np.random.default_rng(5))
    layout = Layout([panel])
    used = Renderer(layout)
    for k in range(3):
        value = value_at(k)
        panel.evaluate(value) if callable(value) else panel.record(value)
        used.frame({panel.name: panel.scene()})
    still = used.still({panel.name: panel.scene()})
    assert still == Renderer(layout).still({panel.name: panel.scene()})
    assert size_of(still) == (2 * layout.size[0], 2 * layout.size[1])


def test_axes_that_grow_are_drawn_anew_and_equal_a_full_drawing():
    panel = live.Curve("loss")
    drawing = drawing_of(panel)
    full_drawings = count_full_drawings(drawing)
    for k in range(40):
        panel.record((k, float(k)))
        kept = drawing.draw(panel.scene()).copy()
    assert 2 <= len(full_drawings) <= 12
    assert (kept == drawing_of(panel).draw(panel.scene())).all()


def test_what_is_no_longer_in_a_scene_is_no_longer_drawn():
    panel = live.Curve("loss", xlim=(0, 10), ylim=(0, 1))
    drawing = drawing_of(panel)
    empty = drawing.draw(panel.scene()).copy()
    panel.record((1, np.nan))
    panel.record((2, 0.5))
    full = drawing.draw(panel.scene()).copy()
    panel.reset()
    assert (drawing.draw(panel.scene()) == empty).all()
    assert (full != empty).any()


def test_a_frame_draws_only_the_panels_that_changed(data, pixels_of):
    curve, fit = live.Curve("loss"), live.Fit(*data)
    renderer = Renderer(Layout([curve, fit]))
    before = pixels_of(renderer.frame({"loss": curve.scene(), "fit": fit.scene()}))
    curve.record((0, 1.0))
    fit.record(data)
    after = pixels_of(renderer.frame({"loss": curve.scene()}))
    half = before.shape[1] // 2
    assert (before[:, half:] == after[:, half:]).all()
    assert (before[:, :half] != after[:, :half]).any()


def test_each_panel_is_drawn_in_its_place(pixels_of):
    panels = [
        live.Curve("a"),
        live.Graph([["x"], ["f"]], [("x", "f")]),
        live.Curve("b"),
    ]
    layout = Layout(panels)
    scenes = {panel.name: panel.scene() for panel in panels}
    whole = pixels_of(Renderer(layout).still(scenes))
    for panel in panels:
        left, top, width, height = (2 * n for n in layout.places[panel.name])
        alone = Drawing(width // 2, height // 2).draw(panel.scene(), 2 * _style.DPI)
        part = whole[top : top + height, left : left + width]
        assert (part == alone[..., :3]).all()


# Marks


def pixel(picture, axes, x, y):
    """The colour at a place of the axes, 0 to 255."""
    height, width = picture.shape[:2]
    left, top, right, bottom = axes.box(width, height)
    (xlow, xhigh), (ylow, yhigh) = axes.xlim, axes.ylim
    column = left + (x - xlow) / (xhigh - xlow) * (right - left)
    row = bottom - (y - ylow) / (yhigh - ylow) * (bottom - top)
    return picture[int(row), int(column), :3].astype(int)


def draw(*marks, axes=BARE):
    moving = {str(k): mark for k, mark in enumerate(marks)}
    return Drawing(400, 300).draw(Scene(axes, moving=moving))


def rgb(colour):
    return np.rint(255 * np.array(to_rgb(colour))).astype(int)


WHITE = [255, 255, 255]


def test_a_picture_has_its_first_row_at_the_top():
    cells = np.array([[0, 1], [2, 3]], dtype=np.uint8)
    palette = np.array([[9, 0, 0], [0, 99, 0], [0, 0, 199], [50, 60, 70]], np.uint8)
    picture = draw(Picture(cells, palette, (2, 8, 2, 8)))
    assert pixel(picture, BARE, 3, 7).tolist() == [9, 0, 0]
    assert pixel(picture, BARE, 7, 7).tolist() == [0, 99, 0]
    assert pixel(picture, BARE, 3, 3).tolist() == [0, 0, 199]
    assert pixel(picture, BARE, 7, 3).tolist() == [50, 60, 70]
    assert pixel(picture, BARE, 1, 1).tolist() == WHITE


def test_bars_have_one_colour_or_one_for_each():
    sides = (
        np.array([1.0, 5.0]),
        np.array([3.0, 9.0]),
        np.zeros(2),
        np.array([4.0, 8.0]),
    )
    one = draw(Bars(*sides, _style.GREEN))
    each = draw(Bars(*sides, [_style.GREEN, _style.RED]))
    assert (pixel(one, BARE, 7, 6) == rgb(_style.GREEN)).all()
    assert (pixel(each, BARE, 2, 2) == rgb(_style.GREEN)).all()
    assert (pixel(each, BARE, 7, 6) == rgb(_style.RED)).all()
    assert pixel(each, BARE, 2, 6).tolist() == WHITE


def test_a_line_has_gaps_at_nan():
    xs = np.array([1.0, 4.0, 5.0, 6.0, 9.0])
    picture = draw(Line(xs, np.array([5, 5, np.nan, 5, 5]), _style.RED, width=8))
    assert (pixel(picture, BARE, 2.5, 5) == rgb(_style.RED)).all()
    assert (pixel(picture, BARE, 7.5, 5) == rgb(_style.RED)).all()
    assert pixel(picture, BARE, 5, 5).tolist() == WHITE


def test_a_dashed_line_has_gaps():
    xs, ys = np.array([0.0, 10.0]), np.array([5.0, 5.0])

    def row_of(line):
        picture = draw(line)
        return picture[int(sum(BARE.box(400, 300)[1::2]) / 2), 20:380, :3]

    solid = row_of(Line(xs, ys, _style.RED, width=4))
    assert (solid == rgb(_style.RED)).all()
    dashed = row_of(Line(xs, ys, _style.RED, width=4, dashed=True))
    assert 0.4 < (dashed == 255).all(axis=1).mean() + 0.2 < 0.8


def test_later_marks_stand_over_earlier_ones_and_all_over_fixed_ones():
    def bar(colour, right):
        return Bars([0.0], [right], [0.0], [10.0], colour)

    line = Line(np.array([0.0, 10.0]), np.array([5.0, 5.0]), "#ff0000", width=40)
    fixed = {"f": line, "g": bar("#00ff00", 6.0)}
    scene = Scene(BARE, fixed, {"m": bar("#0000ff", 4.0), "n": bar("#000000", 2.0)})
    picture = Drawing(400, 300).draw(scene)
    colours = [pixel(picture, BARE, x, 5).tolist() for x in (8, 5, 3, 1)]
    assert colours == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 0, 0]]


def test_a_mark_may_change_its_kind_from_frame_to_frame():
    drawing = Drawing(400, 300)
    drawing.draw(Scene(BARE, {}, {"a": Line(np.array([1.0, 9]), np.array([5.0, 5]))}))
    scene = Scene(BARE, {}, {"a": Points(np.array([5.0]), np.array([2.0]), size=20)})
    picture = drawing.draw(scene).copy()
    assert (pixel(picture, BARE, 5, 2) == rgb(_style.BLUE)).all()
    assert pixel(picture, BARE, 3, 5).tolist() == WHITE
    assert (picture == Drawing(400, 300).draw(scene)).all()


def test_texts_may_become_fewer_and_more():
    drawing = Drawing(400, 300)
    many = Scene(BARE, {}, {"t": Texts([2, 5, 8], [5, 5, 5], ["one", "two", "three"])})
    few = Scene(BARE, {}, {"t": Texts([5], [5], ["two"])})
    first = drawing.draw(many).copy()
    assert (drawing.draw(few) == Drawing(400, 300).draw(few)).all()
    assert (drawing.draw(many) == first).all()


@pytest.mark.parametrize("box", [True, False])
def test_a_box_hides_what_is_behind_a_text(box):
    behind = Bars([0.0], [10.0], [0.0], [10.0], "#000000")
    picture = draw(behind, Texts([5], [5], ["WWWW"], "#000000", box=box))
    left, top, right, bottom = BARE.box(400, 300)
    inside = picture[int(top) + 5 : int(bottom) - 5, int(left) + 5 : int(right) - 5, :3]
    assert (inside.max() > 200) == box


@pytest.mark.parametrize(
    ("across", "up", "side"),
    [("left", "bottom", (1, 1)), ("right", "top", (-1, -1))],
)
def test_a_text_stands_on_its_side_of_its_place(across, up, side):
    picture = draw(Texts([5], [5], ["WMWM"], across=across, up=up))
    left, top, right, bottom = BARE.box(400, 300)
    rows, columns = np.nonzero((picture[..., :3] < 128).any(axis=-1))
    assert (np.sign(columns.mean() - (left + right) / 2)) == side[0]
    assert (np.sign((top + bottom) / 2 - rows.mean())) == side[1]
    assert abs(columns - (left + right) / 2).min() < 4


def test_a_text_inside_counts_in_shares_of_the_axes():
    axes = Axes("", (0, 8), (0, 4), frame=False)
    by_share = draw(Texts([0.25], [0.5], ["here"], where="inside"), axes=axes)
    by_place = draw(Texts([2], [2], ["here"]), axes=axes)
    assert (by_share == by_place).all()
    assert (by_share != draw(axes=axes)).any()


def words_of(drawing):
    """The extents of all words of moving and fixed marks, by the words."""
    renderer = drawing.figure.canvas.get_renderer()
    texts = [text for text in drawing.axes.texts if text.get_text()]
    return {text.get_text(): text.get_window_extent(renderer) for text in texts}


def several_lines(projector):
    appearance.projector(projector)
    lines = ["train", "validation", "test", "smooth"]
    curve = live.Curve("loss", lines=lines)
    curve.record((0, dict.fromkeys(lines, 1.2345e-12)))
    return curve, live.Lines("f", ["f(x)", "the tangent", "x"], (0, 1), (0, 1))


@pytest.mark.parametrize("projector", [False, True])
@pytest.mark.parametrize("which", [0, 1])
def test_names_stand_apart_between_the_title_and_the_axes(which, projector):
    panel = several_lines(projector)[which]
    drawing = Drawing(480, 360)
    drawing.draw(panel.scene())
    words = list(words_of(drawing).values())
    assert len(words) == len(panel.lines)
    (title,) = drawing.figure.texts
    title = title.get_window_extent()
    axes = drawing.axes.get_window_extent()
    assert title.y1 <= 360
    for word in words:
        assert axes.y1 <= word.y0 < word.y1 <= title.y0
        assert axes.x0 - 1 <= word.x0 < word.x1 <= 480
    for k, word in enumerate(words):
        assert not any(word.overlaps(other) for other in words[:k])


def test_the_readout_of_a_single_line_is_beside_the_title():
    panel = live.Curve("loss")
    panel.record((0, 1.5))
    drawing = Drawing(480, 360)
    drawing.draw(panel.scene())
    word = words_of(drawing)["1.5"]
    axes = drawing.axes.get_window_extent()
    assert word.x1 == pytest.approx(axes.x1, abs=1)
    assert axes.y1 < word.y0 < word.y1 < 360


@pytest.mark.parametrize("make", MAKERS)
def test_no_word_is_cut_off_at_the_edge_of_its_panel(make):
    panel, value_at = make(np.random.default_rng(5))
    for k in range(3):
        value = value_at(k)
        panel.evaluate(value) if callable(value) else panel.record(value)
    picture = drawing_of(panel).draw(panel.scene())
    for edge in (picture[:2], picture[-2:], picture[:, :2], picture[:, -2:]):
        assert (edge[..., :3] == 255).all()


# Labels


@pytest.mark.parametrize("ylim", [(-2, 2), (-0.02, 0.02), (0, 4e6), (-3e5, 0)])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("projector", [False, True])
def test_no_label_beside_the_axes_is_cut_off(ylim, scale, projector):
    appearance.projector(projector)
    panel = live.Paths(lambda x, y: x + y, (-1, 1), ylim, ["SGD"], "p")
    drawing = drawing_of(panel)
    drawing.draw(panel.scene())
    picture = drawing.draw(panel.scene(), _style.DPI * scale)
    renderer = drawing.figure.canvas.get_renderer()
    up = drawing.axes.yaxis.get_tightbbox(renderer)
    across = drawing.axes.xaxis.get_tightbbox(renderer)
    assert 2 * scale < up.x0 < 60 * scale
    assert across.y0 > 0
    edges = picture[:, : 2 * scale], picture[-2:], picture[:, -2:], picture[:2]
    for edge in edges:
        assert (edge[..., :3] == 255).all()


def test_the_name_of_the_y_axis_does_not_touch_the_ticks():
    panel = live.Curve("loss", ylabel="loss", ylim=(0, 4e5))
    drawing = drawing_of(panel)
    drawing.draw(panel.scene())
    renderer = drawing.figure.canvas.get_renderer()
    name = drawing.axes.yaxis.label.get_window_extent(renderer)
    ticks = [t.get_window_extent(renderer) for t in drawing.axes.get_yticklabels()]
    assert name.x0 > 0
    assert name.x1 < min(t.x0 for t in ticks)


def test_ticks_are_those_of_the_scene():
    axes = Axes("a", (0, 1), (1e-6, 1), log=True, xticks=((0.0, "cat"), (1.0, "dog")))
    drawing = Drawing(480, 360)
    drawing.draw(Scene(axes))
    assert [t.get_text() for t in drawing.axes.get_xticklabels()] == ["cat", "dog"]
    up = [t.get_text() for t in drawing.axes.get_yticklabels()]
    assert up == [text for _, text in axes.ticks()[1]]
    assert drawing.axes.get_yscale() == "log"


def test_on_a_projector_every_text_is_larger():
    def sizes():
        panel = live.Curve("loss")
        panel.record((0, 1.0))
        drawing = drawing_of(panel)
        drawing.draw(panel.scene())
        texts = drawing.figure.findobj(lambda artist: hasattr(artist, "get_fontsize"))
        return {t.get_text(): t.get_fontsize() for t in texts if t.get_text()}

    usual = sizes()
    appearance.projector()
    larger = sizes()
    assert {"loss", "epoch", "1", "0.25"} < set(usual)
    assert larger == pytest.approx({text: 1.2 * size for text, size in usual.items()})


# The image widget


def test_an_image_widget_gets_a_new_picture_of_the_whole_at_each_frame(size_of):
    curve = live.Curve("loss")
    layout = Layout([curve])
    figure = ImageFigure(layout, {"loss": curve.scene()})
    first = figure.widget.value
    curve.record((0, 1.0))
    figure.show({"loss": curve.scene()})
    assert figure.widget.value != first
    assert first[:2] == figure.widget.value[:2] == b"\xff\xd8"  # JPEG
    assert size_of(figure.widget.value) == layout.size
    assert figure.widget.width == str(layout.size[0])
