"""Frames for a browser: only the numbers that changed, drawn there by a canvas."""

import time
import uuid

import numpy as np
import traitlets

from .. import _style, appearance
from ._widget import BrowserWidget
from .scene import Bars, Line, Picture, Points, Texts, line_height

# A front end that has just been opened may miss frames, so whole ones are sent often
# at first and now and then later: seconds between them, until when, and after that.
_EARLY, _UNTIL, _LATE = 0.25, 3.0, 2.0
# A whole frame has at most this many points of a line.
MOST_POINTS = 2000

_ARRAYS = {
    Line: ("xs", "ys"),
    Points: ("xs", "ys"),
    Picture: ("cells", "palette"),
    Bars: ("left", "right", "bottom", "top"),
    Texts: (),
}


class CanvasWidget(BrowserWidget):
    """The browser's side: it says "ready", and "touch" when a pointer is over it."""

    plan = traitlets.Dict().tag(sync=True)


class Canvas:
    """A canvas in the browser; each frame is a message with a buffer for each array."""

    def __init__(self, layout, scenes, said):
        plan = {
            "key": uuid.uuid4().hex,
            "size": layout.size,
            "places": layout.places,
            "pixels": {role: _style.pixels(role) for role in _style.SIZES},
            "scale": _style.text_scale(),
            "zoom": _style.zoom(),
            "line": line_height(),
            "rare": appearance.is_motion_reduced(),
            "colours": {"ink": _style.INK, "faint": _style.FAINT, "grid": _style.GRID},
        }
        self.widget = CanvasWidget("canvas.js", plan=plan)
        self._encoder = Encoder(layout.places)
        self._scenes, self._said = dict(scenes), said
        self._began = self._whole_at = time.perf_counter()
        self.widget.on("ready", self._send_all)
        self._send_all()

    def show(self, scenes):
        """Send what changed in these panels, {name: scene}."""
        self._scenes |= scenes
        now = time.perf_counter()
        every = _EARLY if now - self._began < _UNTIL else _LATE
        whole = now - self._whole_at >= every
        if whole:
            self._whole_at = now
        self._send(self._scenes if whole else scenes, whole)

    def close(self):
        """Keep nothing of what was shown."""
        self._scenes.clear()

    def _send_all(self):
        self._send(self._scenes, whole=True)

    def _send(self, scenes, whole):
        panels, buffers = self._encoder.encode(scenes, whole)
        content = {"panels": panels, "said": self._said()}
        self.widget.send(content, buffers)


class Encoder:
    """Turns scenes into a message: what the other side has already is left out."""

    def __init__(self, places):
        self._places, self._sent = places, {}

    def encode(self, scenes, whole):
        """Encode these panels.

        Parameters
        ----------
        scenes : dict of str to Scene
        whole : bool
            Whether to send all, as to one who knows nothing.

        Returns
        -------
        panels : dict
            What can be written as JSON; arrays are numbers of buffers.
        buffers : list of memoryview
            float32, and uint8 for pictures.
        """
        buffers, panels = [], {}
        for name, scene in scenes.items():
            known = {} if whole else self._sent.get(name, {})
            panel = {}
            if scene.axes != known.get("axes"):
                panel["axes"] = _describe_axes(scene.axes, self._places[name])
            if scene.fixed != known.get("fixed"):
                panel["fixed"] = {
                    key: self._encode_mark(mark, None, buffers)
                    for key, mark in scene.fixed.items()
                }
            marks = known.get("moving", {})
            panel["order"] = list(scene.moving)
            panel["moving"] = {
                key: encoded
                for key, mark in scene.moving.items()
                if (encoded := self._encode_mark(mark, marks.get(key), buffers))
            }
            panels[name] = panel
            self._sent[name] = {
                "axes": scene.axes,
                "fixed": scene.fixed,
                "moving": scene.moving,
            }
        return panels, buffers

    def _encode_mark(self, mark, known, buffers):
        if mark is known:
            return None
        names = _ARRAYS[type(mark)]
        said = {}
        style = _style_of(mark)
        if known is None or _style_of(known) != style:
            said["style"] = style
        if getattr(mark, "grows", False):
            start = 0 if known is None else len(known.xs)
            if start > len(mark.xs):  # it has begun anew
                start = 0
            arrays = mark.xs[start:], mark.ys[start:]
            said |= {"from": start, "count": len(mark.xs)}
            if start == 0:
                arrays = thin(*arrays)
            said["data"] = {k: _add(buffers, a) for k, a in enumerate(arrays)}
            return said
        changed = {
            k: _add(buffers, getattr(mark, name))
            for k, name in enumerate(names)
            if known is None or getattr(mark, name) is not getattr(known, name)
        }
        if changed:
            said["data"] = changed
        return said or None


def thin(xs, ys, most=MOST_POINTS):
    """The lowest and highest of each group of points (P,), `most` in all; gaps stay."""
    if len(xs) <= most:
        return xs, ys
    last = len(xs) - 1
    size = -(-len(xs) // (most // 2 - 1))
    groups = np.pad(ys, (0, -len(ys) % size), "edge").reshape(-1, size)
    first = size * np.arange(len(groups))
    # A NaN is both the lowest and the highest of its group for NumPy.
    ends = np.stack([groups.argmin(axis=1), groups.argmax(axis=1)], axis=1)
    chosen = (np.sort(ends, axis=1) + first[:, None]).ravel()
    chosen = np.append(np.minimum(chosen, last), last)
    return xs[chosen], ys[chosen]


def _describe_axes(axes, place):
    across, up = axes.ticks()
    return {
        "box": axes.box(place.width, place.height),
        "title": axes.title,
        "xlabel": axes.xlabel,
        "ylabel": axes.ylabel,
        "xlim": axes.xlim,
        "ylim": axes.ylim,
        "log": axes.log,
        "frame": axes.frame,
        "grid": axes.grid,
        "rows": axes.rows,
        "xticks": across,
        "yticks": up,
    }


def _style_of(mark):
    style = {
        key: value
        for key, value in vars(mark).items()
        if key not in _ARRAYS[type(mark)]
    }
    style["kind"] = type(mark).__name__
    if isinstance(mark, Picture):
        style["shape"] = mark.cells.shape
    return style


def _add(buffers, array):
    """Add an array to the buffers as float32, or as uint8; its number there."""
    array = np.asarray(array)
    kind = np.uint8 if array.dtype == np.uint8 else np.float32
    with np.errstate(over="ignore"):  # beyond float32 is beyond every axis
        array = np.array(array, dtype=kind, order="C")
    buffers.append(memoryview(array).cast("B"))
    return len(buffers) - 1
