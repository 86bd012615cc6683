"""Panels drawn by Matplotlib: a background that is kept, and moving parts over it."""

import numpy as np

from .. import _drawing, _style
from . import panels

_SINGLE = (640, 420)
_SEVERAL = (480, 360)
_COLUMNS = 3
# Pixels that stay free at a panel's left edge.
_EDGE = 4
# Below this a logarithmic axis cannot be drawn.
_SMALLEST = 1e-300


class Renderer:
    """Draws a board's panels into one picture, each in its own place.

    Attributes
    ----------
    size : (int, int)
        Width and height of the picture in pixels.
    """

    def __init__(self, shown):
        width, height = _SINGLE if len(shown) == 1 else _SEVERAL
        columns = 2 if len(shown) == 4 else min(len(shown), _COLUMNS)
        lines = -(-len(shown) // columns)
        self.size = columns * width, lines * height
        self._pixels = np.full((lines * height, columns * width, 4), 255, np.uint8)
        self._drawings = {}
        for place, panel in enumerate(shown):
            row, column = divmod(place, columns)
            corner = row * height, column * width
            self._drawings[panel.name] = (
                corner,
                _DRAWINGS[type(panel)](panel, width, height),
            )

    def frame(self, changed):
        """Draw the panels named in `changed` again; the picture's JPEG bytes."""
        for name in changed:
            corner, drawing = self._drawings[name]
            self._place(self._pixels, corner, drawing.draw())
        return _style.encode(self._pixels, "JPEG")

    def still(self):
        """Draw all panels at their best; the picture's PNG bytes."""
        scale = _style.STILL_SCALE
        width, height = self.size
        pixels = np.full((height * scale, width * scale, 4), 255, np.uint8)
        for (top, left), drawing in self._drawings.values():
            drawing.settle()
            corner = top * scale, left * scale
            self._place(pixels, corner, drawing.draw(_style.DPI * scale))
        return _style.encode(pixels)

    @staticmethod
    def _place(pixels, corner, picture):
        top, left = corner
        height, width, _ = picture.shape
        pixels[top : top + height, left : left + width] = picture


class _Drawing:
    """One panel's figure: what stays is drawn once, `moving` artists at each frame."""

    def __init__(self, panel, width, height):
        self.panel = panel
        with _style.house_style():
            self.figure = _style.new_figure(width, height)
            left, right, bottom, top = 68, 20, 58, 44
            self.axes = self.figure.add_axes(
                (
                    left / width,
                    bottom / height,
                    1 - (left + right) / width,
                    1 - (bottom + top) / height,
                )
            )
            self.axes.set_title(panel.name)
            self.moving = []
            self.start()
        for artist in self.moving:
            artist.set_animated(True)
        self._background = None

    def start(self):
        """Make the artists."""

    def follow(self):
        """Give the panel's data to the artists; whether the background changed."""

    def settle(self):
        """Prepare for the last, still picture."""

    def draw(self, dpi=_style.DPI):
        """The panel as pixels, (H, W, 4) uint8; only what moves is drawn anew."""
        canvas = self.figure.canvas
        stale = self.follow()
        if self.figure.dpi != dpi:
            self.figure.set_dpi(dpi)
            stale = True
        if stale or self._background is None:
            with _style.house_style():
                self.make_room()
                canvas.draw()
            self._background = canvas.copy_from_bbox(self.figure.bbox)
        else:
            canvas.restore_region(self._background)
        for artist in self.moving:
            self.axes.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())

    def make_room(self):
        """Move the left edge to the right where the labels beside it would be cut."""
        if not self.axes.axison:
            return
        beside = self.axes.yaxis.get_tightbbox(self.figure.canvas.get_renderer())
        missing = _EDGE - beside.x0 * _style.DPI / self.figure.dpi
        if missing > 0:
            place = self.axes.get_position()
            place.x0 += missing / (self.figure.get_figwidth() * _style.DPI)
            self.axes.set_position(place)

    def label_axes(self):
        self.axes.set_xlabel(self.panel.xlabel)
        if self.panel.ylabel:
            self.axes.set_ylabel(self.panel.ylabel)

    def add_text(self, x, y, **kwargs):
        text = self.axes.text(x, y, "", transform=self.axes.transAxes, **kwargs)
        self.moving.append(text)
        return text


class _CurveDrawing(_Drawing):
    def start(self):
        self.label_axes()
        panel, axes = self.panel, self.axes
        if panel.log:
            axes.set_yscale("log", nonpositive="mask")
        self.xlim, self.ylim = panel.xlim, panel.ylim
        axes.set_xlim(self.xlim or (0, 10))
        axes.set_ylim(self.ylim or ((0.1, 1) if panel.log else (0, 1)))
        self.lines, self.readouts = {}, {}
        for place, name in enumerate(panel.lines):
            colour = _style.colour_of(place)
            (self.lines[name],) = axes.plot([], [], color=colour)
            self.moving.append(self.lines[name])
        for place, name in enumerate(panel.lines):
            colour = _style.colour_of(place)
            self.readouts[name] = self.add_text(
                0.98,
                0.0,
                color=colour,
                ha="right",
                va="top",
                weight="bold",
                bbox={
                    "facecolor": "white",
                    "edgecolor": "none",
                    "alpha": 0.8,
                    "pad": 2,
                },
            )
        self.note = self.add_text(
            0.5,
            0.03,
            color=_style.RED,
            ha="center",
            va="bottom",
            weight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.9, "pad": 3},
        )

    def follow(self):
        panel = self.panel
        for name, line in self.lines.items():
            line.set_data(*panel.points(name))
        stale = self.grow()
        self.read_out()
        notes = [
            f"{name} is not finite from {panel.xlabel} {x:g}"
            for name, x in panel.not_finite_from.items()
        ]
        self.note.set_text("\n".join(notes))
        return stale

    def read_out(self):
        panel = self.panel
        heights = []
        for name in panel.lines:
            last = panel.latest(name)
            if last is None:
                self.readouts[name].set_text("")
                continue
            self.readouts[name].set_text(
                f"{last[1]:.3g}" if panel.single else f"{name}: {last[1]:.3g}"
            )
            point = self.axes.transData.transform(last)
            heights.append(self.axes.transAxes.inverted().transform(point)[1])
        heights = [h for h in heights if np.isfinite(h)]
        high = bool(heights) and np.mean(heights) > 0.5
        step = 0.09
        base = 0.06 + step * len(panel.lines) if high else 0.98
        for place, name in enumerate(panel.lines):
            self.readouts[name].set_y(base - step * place)

    def grow(self):
        """Widen the axes where points have left them, well ahead of the data."""
        xs, ys = (
            np.concatenate(parts)
            for parts in zip(*(self.panel.points(n) for n in self.lines), strict=True)
        )
        ys = ys[ys > _SMALLEST] if self.panel.log else ys[np.isfinite(ys)]
        before = self.xlim, self.ylim
        if xs.size and not self.panel.xlim:
            low, high = xs.min(), xs.max()
            if self.xlim is None:
                self.xlim = low, max(low + 10, high)
            if low < self.xlim[0] or high > self.xlim[1]:
                self.xlim = low, low + 1.5 * (high - low)
        if ys.size and not self.panel.ylim:
            low, high = ys.min(), ys.max()
            if self.ylim is None or low < self.ylim[0] or high > self.ylim[1]:
                self.ylim = self.roomy(low, high)
        if (self.xlim, self.ylim) == before:
            return False
        self.axes.set_xlim(self.xlim)
        if self.ylim:
            self.axes.set_ylim(self.ylim)
        return True

    def roomy(self, low, high):
        if self.panel.log:
            low, high = np.floor(np.log10(low)), np.ceil(np.log10(high))
            return 10.0**low, 10.0 ** max(high, low + 1)
        if self.ylim is not None:
            low, high = min(low, self.ylim[0]), max(high, self.ylim[1])
        span = (high - low) or abs(high) or 1.0
        first = self.ylim is None
        margin = span * (0.1 if first else 0.5)
        below = 0.0 if low >= 0 else low - margin
        return below, (high + margin if first or high > self.ylim[1] else high)

    def settle(self):
        xs = np.concatenate([self.panel.points(name)[0] for name in self.lines])
        if xs.size and not self.panel.xlim and xs.max() > xs.min():
            self.axes.set_xlim(xs.min(), xs.max())
            self.xlim = self.axes.get_xlim()


class _FitDrawing(_Drawing):
    def start(self):
        self.label_axes()
        panel, axes = self.panel, self.axes
        axes.set_xlim(panel.xlim)
        axes.set_ylim(panel.ylim)
        self.line = _drawing.draw_data(axes, panel.x, panel.t)
        self.moving.append(self.line)

    def follow(self):
        self.line.set_data(*(self.panel.line or ([], [])))
        return False


class _ImagesDrawing(_Drawing):
    def start(self):
        self.axes.set_axis_off()
        self.axes.grid(False)
        self.axes.set_position((0.02, 0.03, 0.96, 0.84))
        self.axes.set_anchor("N")
        panel = self.panel
        self.rows = np.empty((0, panel.shape[0] * panel.shape[1]))
        self.image = self.axes.imshow(
            self.picture(),
            cmap=_style.DIVERGING,
            vmin=-1,
            vmax=1,
            interpolation="nearest",
        )
        self.moving.append(self.image)

    def picture(self):
        panel = self.panel
        rows = np.empty((0, 1)) if panel.rows is None else panel.rows
        return _drawing.montage(rows, panel.shape, panel.columns, panel.count)

    def follow(self):
        picture = self.picture()
        sizes = np.abs(picture[np.isfinite(picture)])
        largest = float(sizes.max()) if sizes.size else 0.0
        self.image.set_data(picture / largest if largest > 0 else picture)
        return False


class _PathsDrawing(_Drawing):
    def start(self):
        self.label_axes()
        panel, axes = self.panel, self.axes
        _drawing.draw_contours(
            axes, panel.function, panel.xlim, panel.ylim, colours="Greys_r"
        )
        self.lines, self.heads = {}, {}
        for place, name in enumerate(panel.lines):
            colour = _style.colour_of(place)
            marker = _style.MARKERS[place % len(_style.MARKERS)]
            (self.lines[name],) = axes.plot([], [], color=colour)
            (self.heads[name],) = axes.plot(
                [], [], marker, color=colour, markersize=10, mec="white", label=name
            )
            self.moving += [self.lines[name], self.heads[name]]
        legend = axes.legend(
            loc="upper right", frameon=True, framealpha=0.9, edgecolor="none"
        )
        self.moving.append(legend)  # the last one: no path runs over it

    def follow(self):
        for name, line in self.lines.items():
            xs, ys = self.panel.points(name)
            line.set_data(xs, ys)
            self.heads[name].set_data(xs[-1:], ys[-1:])
        return False


class _BoundaryDrawing(_Drawing):
    def start(self):
        panel, axes = self.panel, self.axes
        self.image = _drawing.draw_regions(axes, panel.xlim, panel.ylim, panel.side)
        self.moving.append(self.image)
        self.moving += _drawing.draw_samples(axes, panel.x, panel.labels)
        axes.set_xlim(panel.xlim)
        axes.set_ylim(panel.ylim)

    def follow(self):
        panel = self.panel
        if panel.scores is not None:
            picture = _drawing.region_picture(panel.scores, panel.threshold, panel.side)
            self.image.set_data(picture)
        return False


_DRAWINGS = {
    panels.Curve: _CurveDrawing,
    panels.Fit: _FitDrawing,
    panels.Images: _ImagesDrawing,
    panels.Paths: _PathsDrawing,
    panels.Boundary: _BoundaryDrawing,
}
