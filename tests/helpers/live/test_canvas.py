"""What is sent to the browser: only what changed, as numbers."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from helpers import _style, appearance, live
from helpers.live import _canvas
from helpers.live._canvas import Canvas, Encoder, thin
from helpers.live._layout import Layout
from helpers.live.scene import Axes, Bars, Line, Picture, Points, Scene, Texts

PALETTE = np.arange(12, dtype=np.uint8).reshape(4, 3)


class Message(NamedTuple):
    """A frame as it arrives: what is JSON, and the buffers."""

    panels: dict
    buffers: list

    def array(self, mark, place, kind=np.float32):
        return np.frombuffer(self.buffers[mark["data"][place]], kind)

    @property
    def size(self):
        return sum(buffer.nbytes for buffer in self.buffers)


@pytest.fixture
def encoder():
    return Encoder(Layout([live.Curve("a"), live.Curve("b")]).places)


def encode(encoder, scenes, whole=False):
    panels, buffers = encoder.encode(scenes, whole)
    return Message(json.loads(json.dumps(panels, allow_nan=False)), buffers)


def growing(count, scale=1.0):
    xs = np.arange(float(count))
    return Line(xs, scale * xs, grows=True)


class Browser:
    """Puts frames together again, as `canvas.js` does."""

    def __init__(self):
        self.axes, self.marks, self.order = {}, {}, {}

    def receive(self, message):
        for name, panel in message.panels.items():
            self.axes[name] = panel.get("axes", self.axes.get(name))
            self.order[name] = panel["order"]
            for key, sent in panel["moving"].items():
                self._update(self.marks.setdefault(name, {}), key, sent, message)

    def _update(self, marks, key, sent, message):
        if key not in marks:
            if "style" not in sent:
                return
            marks[key] = {"data": {}}
        mark = marks[key]
        mark["style"] = sent.get("style", mark.get("style"))
        arrays = {
            place: np.frombuffer(message.buffers[number], np.float32)
            for place, number in sent.get("data", {}).items()
        }
        if sent.get("from", 0) > 0:
            if sent["from"] != mark["count"]:
                return
            arrays = {
                k: np.concatenate([mark["data"][k], more]) for k, more in arrays.items()
            }
        mark["data"] |= arrays
        mark["count"] = sent.get("count")

    def line(self, name, key):
        return [self.marks[name][key]["data"][place].tolist() for place in "01"]


# What is sent


def test_the_first_frame_says_everything(encoder):
    axes = Axes("a", (0, 5), (0.1, 100), "epoch", "loss", log=True)
    line = Line(np.array([0.0, 1.0]), np.array([2.0, np.nan]), _style.RED, dashed=True)
    message = encode(encoder, {"a": Scene(axes, {"ground": growing(2)}, {"l": line})})
    panel = message.panels["a"]
    assert panel["axes"] == {
        "box": list(axes.box(480, 360)),
        "title": "a",
        "xlabel": "epoch",
        "ylabel": "loss",
        "xlim": [0, 5],
        "ylim": [0.1, 100],
        "log": True,
        "rows": 0,
        "frame": True,
        "grid": True,
        "xticks": [list(tick) for tick in axes.ticks()[0]],
        "yticks": [[0.1, "0.1"], [1, "1"], [10, "10"], [100, "100"]],
    }
    assert panel["order"] == ["l"]
    style = panel["moving"]["l"]["style"]
    assert style["kind"] == "Line"
    assert (style["colour"], style["dashed"]) == (_style.RED, True)
    np.testing.assert_array_equal(message.array(panel["moving"]["l"], "1"), [2, np.nan])
    np.testing.assert_array_equal(message.array(panel["fixed"]["ground"], "0"), [0, 1])


def test_of_a_growing_line_only_the_new_points_are_sent(encoder):
    encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(1000)})})
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(1003, 2.0)})})
    assert message.panels["a"] == {
        "order": ["l"],
        "moving": {"l": {"from": 1000, "count": 1003, "data": {"0": 0, "1": 1}}},
    }
    sent = message.panels["a"]["moving"]["l"]
    np.testing.assert_array_equal(message.array(sent, "0"), [1000, 1001, 1002])
    np.testing.assert_array_equal(message.array(sent, "1"), [2000, 2002, 2004])
    assert message.size == 2 * 3 * 4


def test_of_a_line_that_is_replaced_all_points_are_sent(encoder):
    first, second = (Line(np.arange(5.0), np.full(5, k)) for k in (1.0, 2.0))
    encode(encoder, {"a": Scene(Axes("a"), {}, {"l": first})})
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"l": second})})
    sent = message.panels["a"]["moving"]["l"]
    assert "style" not in sent
    np.testing.assert_array_equal(message.array(sent, "1"), np.full(5, 2.0))


def test_an_unchanged_array_is_not_sent_again(encoder):
    cells = np.zeros((2, 3), np.uint8)
    first = Picture(cells, PALETTE, (0, 1, 0, 1))
    encode(encoder, {"a": Scene(Axes("a"), {}, {"p": first})})
    second = Picture(cells + 1, PALETTE, (0, 1, 0, 1))
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"p": second})})
    assert message.panels["a"]["moving"] == {"p": {"data": {"0": 0}}}
    assert message.size == 6


def test_an_unchanged_mark_is_not_sent_again_but_keeps_its_place(encoder):
    points = Points(np.arange(3.0), np.arange(3.0))
    encode(encoder, {"a": Scene(Axes("a"), {}, {"p": points, "l": growing(1)})})
    message = encode(
        encoder, {"a": Scene(Axes("a"), {}, {"l": growing(2), "p": points})}
    )
    assert message.panels["a"]["order"] == ["l", "p"]
    assert list(message.panels["a"]["moving"]) == ["l"]


def test_a_growing_line_that_is_the_same_is_not_sent_again(encoder):
    scene = Scene(Axes("a"), {}, {"l": growing(5)})
    encode(encoder, {"a": scene})
    assert encode(encoder, {"a": scene}).panels["a"] == {"order": ["l"], "moving": {}}


def test_fixed_marks_are_sent_once(encoder):
    ground = growing(500)
    encode(encoder, {"a": Scene(Axes("a"), {"ground": ground})})
    message = encode(encoder, {"a": Scene(Axes("a"), {"ground": ground})})
    assert "fixed" not in message.panels["a"]
    assert message.size == 0
    message = encode(encoder, {"a": Scene(Axes("a"), {"ground": growing(400)})})
    assert "fixed" in message.panels["a"]


def test_axes_are_sent_again_only_when_they_change(encoder):
    encode(encoder, {"a": Scene(Axes("a"))})
    assert "axes" not in encode(encoder, {"a": Scene(Axes("a"))}).panels["a"]
    message = encode(encoder, {"a": Scene(Axes("a", (0, 2)))})
    assert message.panels["a"]["axes"]["xlim"] == [0, 2]


def test_a_changed_style_is_sent_without_the_arrays(encoder):
    xs = np.arange(3.0)
    encode(encoder, {"a": Scene(Axes("a"), {}, {"p": Points(xs, xs)})})
    message = encode(
        encoder, {"a": Scene(Axes("a"), {}, {"p": Points(xs, xs, "#111")})}
    )
    sent = message.panels["a"]["moving"]["p"]
    assert sent["style"]["colour"] == "#111"
    assert "data" not in sent
    assert message.buffers == []


def test_words_are_sent_only_when_they_change(encoder):
    def say(word):
        return {"a": Scene(Axes("a"), {}, {"t": Texts([0.5], [0.5], [word])})}

    first = encode(encoder, say("one")).panels["a"]["moving"]["t"]
    assert (first["style"]["kind"], first["style"]["texts"]) == ("Texts", ["one"])
    assert encode(encoder, say("one")).panels["a"]["moving"] == {}
    second = encode(encoder, say("two")).panels["a"]["moving"]["t"]
    assert second["style"]["texts"] == ["two"]


def test_a_whole_frame_says_everything_again(encoder):
    scenes = {
        "a": Scene(Axes("a"), {"g": growing(3)}, {"l": growing(5)}),
        "b": Scene(Axes("b"), {}, {"t": Texts([0], [0], ["word"])}),
    }
    first = encode(encoder, scenes)
    again = encode(encoder, scenes, whole=True)
    assert again.panels == first.panels
    assert [bytes(b) for b in again.buffers] == [bytes(b) for b in first.buffers]


def test_one_panel_can_be_sent_without_the_other(encoder):
    scenes = {name: Scene(Axes(name), {}, {"l": growing(5)}) for name in "ab"}
    encode(encoder, scenes)
    message = encode(encoder, {"b": Scene(Axes("b"), {}, {"l": growing(6)})})
    assert list(message.panels) == ["b"]
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(9)})})
    assert message.panels["a"]["moving"]["l"]["from"] == 5


def test_numbers_are_float32_and_pictures_bytes(encoder):
    bars = Bars(np.arange(2), [1, 2], np.zeros(2), np.full(2, 0.1), ["#111", "#222"])
    cells = np.arange(6, dtype=np.uint8).reshape(2, 3).T  # not contiguous
    scene = Scene(
        Axes("a"), {}, {"b": bars, "p": Picture(cells, PALETTE, (0, 1, 0, 1))}
    )
    message = encode(encoder, {"a": scene})
    moving = message.panels["a"]["moving"]
    np.testing.assert_array_equal(message.array(moving["b"], "1"), [1, 2])
    np.testing.assert_array_equal(
        message.array(moving["b"], "3"), np.float32([0.1] * 2)
    )
    assert moving["b"]["style"]["colour"] == ["#111", "#222"]
    sent = message.array(moving["p"], "0", np.uint8)
    np.testing.assert_array_equal(sent, [0, 3, 1, 4, 2, 5])
    assert moving["p"]["style"]["shape"] == [3, 2]
    assert all(b.format == "B" and b.contiguous for b in message.buffers)


def test_what_is_sent_does_not_change_with_the_arrays(encoder):
    xs = np.arange(3.0, dtype=np.float32)
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"p": Points(xs, xs)})})
    xs[:] = 9
    sent = message.panels["a"]["moving"]["p"]
    np.testing.assert_array_equal(message.array(sent, "0"), [0, 1, 2])


# Putting it together again


def test_a_browser_that_gets_all_frames_has_all_points(encoder):
    browser = Browser()
    for count in (0, 1, 1, 5, 90):
        scene = Scene(Axes("a"), {}, {"l": growing(count, 3.0)})
        browser.receive(encode(encoder, {"a": scene}))
        xs = np.arange(float(count))
        assert browser.line("a", "l") == [xs.tolist(), (3 * xs).tolist()]


def test_a_browser_that_missed_frames_waits_for_a_whole_one(encoder):
    browser = Browser()
    frames = [Scene(Axes("a"), {}, {"l": growing(count)}) for count in (2, 4, 6, 8)]
    messages = [encode(encoder, {"a": frame}) for frame in frames]
    browser.receive(messages[0])
    browser.receive(messages[2])  # the one from 4 to 6, but 2 are there
    assert browser.line("a", "l")[0] == [0, 1]
    browser.receive(encode(encoder, {"a": frames[-1]}, whole=True))
    assert browser.line("a", "l")[0] == list(range(8))
    browser.receive(encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(9)})}))
    assert browser.line("a", "l")[0] == list(range(9))


def test_a_browser_that_came_late_ignores_what_it_has_no_beginning_of(encoder):
    browser = Browser()
    encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(2)})})
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(4)})})
    browser.receive(message)
    assert browser.marks["a"] == {}


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_line_that_begins_again_is_sent_anew(encoder, after):
    browser = Browser()
    for count in (5, after, after + 2):
        scene = Scene(Axes("a"), {}, {"l": growing(count, 1.0 + count)})
        browser.receive(encode(encoder, {"a": scene}))
        if count == after:
            xs = np.arange(float(after))
            assert browser.line("a", "l") == [xs.tolist(), ((1 + after) * xs).tolist()]
    assert len(browser.line("a", "l")[0]) == after + 2


def test_what_every_panel_says_can_be_sent(layer):
    rng = np.random.default_rng(0)
    panels = [
        live.Curve("curve", lines=["a", "b"], smooth=0.5, log=True),
        live.Fit(rng.normal(size=9), rng.normal(size=9)),
        live.Lines("lines", ["f"], (0, 1), (0, 1)),
        live.Boundary(rng.normal(size=(9, 2)), rng.integers(0, 3, 9)),
        live.Images("images", (2, 2)),
        live.Predictions(classes=3),
        live.Paths(lambda x, y: x + y, (0, 1), (0, 1), ["SGD"]),
        live.Confusion(classes=3),
        live.Histograms(),
        live.Graph([["x"], ["f"]], [("x", "f")]),
    ]
    values = [
        (np.int64(3), {"a": np.float64(2), "b": np.float32("nan")}),
        layer(2.0),
        {"f": (np.arange(3, dtype=np.float32), np.arange(3))},
        layer(1.0),
        rng.normal(size=(4, 4)).astype(np.float32),
        (rng.normal(size=(2, 4)), rng.dirichlet(np.ones(3), 2), np.array([0, 2])),
        {"SGD": np.array([0.5, np.inf])},
        rng.integers(0, 3, (2, 20)),
        {np.str_("one"): rng.normal(size=9), "two": np.array([np.nan])},
        {("x", "f"): (np.float32(3), np.array(2))},
    ]
    encoder = Encoder(Layout(panels).places)
    for panel, value in zip(panels, values, strict=True):
        empty = encode(encoder, {panel.name: panel.scene()})
        panel.evaluate(value if hasattr(value, "forward") else lambda v=value: v)
        full = encode(encoder, {panel.name: panel.scene()}, whole=True)
        assert [bytes(b) for b in full.buffers] != [bytes(b) for b in empty.buffers]
        # The axes and what stays are not sent again with each frame.
        again = encode(encoder, {panel.name: panel.scene()})
        assert set(again.panels[panel.name]) == {"order", "moving"}


# Thinning


def test_few_points_are_sent_as_they_are():
    xs = np.arange(2000.0)
    assert thin(xs, xs)[0] is xs


@pytest.mark.parametrize("count", [2001, 2999, 9_999, 123_456])
def test_thinned_lines_keep_extremes_order_and_the_end(count):
    rng = np.random.default_rng(count)
    xs, ys = np.arange(float(count)), rng.normal(size=count)
    ys[count // 3], ys[count // 2] = 50, -50
    few_xs, few_ys = thin(xs, ys)
    assert 900 <= len(few_xs) <= 2000
    assert (few_ys.max(), few_ys.min()) == (50, -50)
    assert (np.diff(few_xs) >= 0).all()
    assert few_xs[-1] == xs[-1]
    np.testing.assert_array_equal(ys[few_xs.astype(int)], few_ys)
    # The envelope is kept everywhere, not only at the highest place.
    for part in np.array_split(np.arange(count), 20):
        inside = np.isin(few_xs, part)
        assert few_ys[inside].max() == ys[part].max()


def test_thinned_lines_keep_gaps():
    xs, ys = np.arange(10_000.0), np.ones(10_000)
    ys[4000:4100] = np.nan
    few_xs, few_ys = thin(xs, ys)
    assert (
        4000 <= few_xs[np.isnan(few_ys)].min() < few_xs[np.isnan(few_ys)].max() < 4100
    )
    assert (few_ys[few_xs < 3900] == 1).all()


def test_a_long_line_is_thinned_in_a_whole_frame_and_grows_on(encoder):
    scene = Scene(Axes("a"), {}, {"l": growing(50_000)})
    sent = encode(encoder, {"a": scene}, whole=True).panels["a"]["moving"]["l"]
    assert (sent["from"], sent["count"]) == (0, 50_000)
    message = encode(encoder, {"a": scene}, whole=True)
    assert message.size <= 2 * 4 * _canvas.MOST_POINTS
    message = encode(encoder, {"a": Scene(Axes("a"), {}, {"l": growing(50_001)})})
    assert message.panels["a"]["moving"]["l"]["from"] == 50_000
    assert message.size == 8


# The widget


class Ticker:
    """Stands where the module `time` would be."""

    def __init__(self):
        self.now = 50.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def canvas(monkeypatch):
    """A canvas of two curves, its clock, and what it sends."""
    ticker, sent = Ticker(), []
    monkeypatch.setattr(_canvas, "time", ticker)
    monkeypatch.setattr(
        _canvas.CanvasWidget, "send", lambda _, content, buffers: sent.append(content)
    )
    panels = [live.Curve("a"), live.Curve("b")]
    scenes = {panel.name: panel.scene() for panel in panels}
    canvas = Canvas(Layout(panels), scenes, lambda: "two curves")
    yield canvas, panels, ticker, sent
    canvas.widget.close()


def test_a_canvas_sends_all_at_first_and_its_plan(canvas):
    canvas, _, _, sent = canvas
    assert len(sent) == 1
    assert set(sent[0]["panels"]) == {"a", "b"}
    assert sent[0]["said"] == "two curves"
    plan = canvas.widget.plan
    assert tuple(plan["size"]) == (960, 360)
    assert {name: tuple(place) for name, place in plan["places"].items()} == {
        "a": (0, 0, 480, 360),
        "b": (480, 0, 480, 360),
    }
    assert plan["pixels"] == pytest.approx(
        {role: points * 100 / 72 for role, points in _style.SIZES.items()}
    )
    assert (plan["scale"], plan["rare"]) == (1, False)
    assert set(plan["colours"]) == {"ink", "faint", "grid"}
    json.dumps(plan, allow_nan=False)


def test_a_canvas_sends_the_changed_panel_and_now_and_then_all(canvas):
    canvas, (curve, _), ticker, sent = canvas
    whole_at = []
    for step in range(1000):
        ticker.now += 0.01
        curve.record((step, 1.0))
        canvas.show({"a": curve.scene()})
        if set(sent[-1]["panels"]) == {"a", "b"}:
            whole_at.append(ticker.now - 50.0)
        else:
            assert set(sent[-1]["panels"]) == {"a"}
    pauses = np.diff([0.0, *whole_at])
    early = np.array(whole_at) < 3.0
    assert early.sum() in (11, 12)
    np.testing.assert_allclose(pauses[early], 0.25, atol=0.011)
    np.testing.assert_allclose(pauses[~early][1:], 2.0, atol=0.011)
    assert (~early).sum() in (3, 4)


def test_a_browser_that_says_it_is_ready_gets_all(canvas):
    canvas, (curve, _), _, sent = canvas
    curve.record((0, 1.0))
    canvas.show({"a": curve.scene()})
    before = len(sent)
    canvas.widget._handle_custom_msg({"kind": "ready"}, [])
    assert len(sent) == before + 1
    assert set(sent[-1]["panels"]) == {"a", "b"}
    assert sent[-1]["panels"]["a"]["moving"]["line a"]["count"] == 1


def test_a_canvas_tells_whether_a_pointer_touches_it(canvas):
    canvas, _, _, sent = canvas
    heard = []
    canvas.widget.on("touch", lambda: heard.append("touch"))
    before = len(sent)
    canvas.widget._handle_custom_msg({"kind": "touch"}, [])
    canvas.widget._handle_custom_msg({"kind": "something else"}, [])
    assert heard == ["touch"]
    assert len(sent) == before


def test_the_plan_knows_of_a_projector_and_of_reduced_motion():
    appearance.projector()
    appearance.reduced_motion()
    panel = live.Curve("a")
    canvas = Canvas(Layout([panel]), {"a": panel.scene()}, lambda: "")
    plan = canvas.widget.plan
    canvas.widget.close()
    assert (plan["scale"], plan["zoom"], plan["rare"]) == (1.2, 1.35, True)
    assert plan["pixels"]["tick"] == pytest.approx(1.2 * 12 * 100 / 72)


def test_two_canvases_have_different_keys():
    panel = live.Curve("a")
    canvases = [
        Canvas(Layout([panel]), {"a": panel.scene()}, lambda: "") for _ in range(2)
    ]
    keys = {canvas.widget.plan["key"] for canvas in canvases}
    for canvas in canvases:
        canvas.widget.close()
    assert len(keys) == 2
