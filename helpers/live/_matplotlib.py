"""Scenes drawn by Matplotlib: a background that is kept, and moving marks over it."""

import gc

import numpy as np

from .. import _style
from .scene import Bars, Line, Picture, Points, Texts, line_height


class Renderer:
    """Draws a figure's panels into one picture, each in its own place."""

    def __init__(self, layout):
        self._layout = layout
        width, height = layout.size
        self._pixels = np.full((height, width, 4), 255, np.uint8)
        self._drawings = {
            name: Drawing(place.width, place.height)
            for name, place in layout.places.items()
        }

    def frame(self, scenes):
        """Draw these panels again, {name: scene}; the picture's JPEG bytes."""
        for name, scene in scenes.items():
            picture = self._drawings[name].draw(scene)
            self._put(self._pixels, name, picture, 1)
        return _style.encode(self._pixels, "JPEG")

    def still(self, scenes):
        """Draw all panels at their best, {name: scene}; the picture's PNG bytes."""
        scale = _style.STILL_SCALE
        width, height = self._layout.size
        pixels = np.full((height * scale, width * scale, 4), 255, np.uint8)
        for name, scene in scenes.items():
            picture = self._drawings[name].draw(scene, _style.DPI * scale)
            self._put(pixels, name, picture, scale)
        return _style.encode(pixels)

    def close(self):
        """Give the memory back: figures lie in cycles, and each has megabytes."""
        self._drawings.clear()
        gc.collect(1)  # what is young, such as these figures; it takes milliseconds

    def _put(self, pixels, name, picture, scale):
        left, top, width, height = (scale * n for n in self._layout.places[name])
        pixels[top : top + height, left : left + width] = picture


class Drawing:
    """One panel's figure: axes and fixed marks are drawn once, moving marks anew."""

    def __init__(self, width, height):
        self._size = width, height
        self.figure = _style.new_figure(width, height)
        with _style.house_style():
            self.axes = self.figure.add_axes((0, 0, 1, 1))
        self._shown = self._fixed = self._background = None
        self._moving = {}

    def draw(self, scene, dpi=_style.DPI):
        """The panel as pixels, (H, W, 4) uint8."""
        canvas = self.figure.canvas
        stale = self._background is None or self.figure.dpi != dpi
        self.figure.set_dpi(dpi)
        with _style.house_style():
            if scene.axes != self._shown or scene.fixed != self._fixed:
                self._begin(scene)
                stale = True
            if stale:
                for artists in self._moving.values():
                    artists.set_visible(False)
                canvas.draw()
                self._background = canvas.copy_from_bbox(self.figure.bbox)
            else:
                canvas.restore_region(self._background)
            for name, mark in scene.moving.items():
                self._follow(name, mark)
        return np.asarray(canvas.buffer_rgba())

    def _begin(self, scene):
        """Make axes and fixed marks anew."""
        self._shown, self._fixed, self._moving = scene.axes, scene.fixed, {}
        axes, shown = self.axes, scene.axes
        axes.clear()
        width, height = self._size
        left, top, right, bottom = shown.box(width, height)
        axes.set_position(
            (
                left / width,
                1 - bottom / height,
                (right - left) / width,
                (bottom - top) / height,
            )
        )
        if shown.log:
            axes.set_yscale("log", nonpositive="mask")
        axes.set_xlim(shown.xlim)
        axes.set_ylim(shown.ylim)
        axes.set_autoscale_on(False)
        self.figure.texts.clear()
        corner = (left if shown.frame else 12) / width
        title = top - shown.rows * line_height() - 12 * _style.text_scale()
        over = 1 - title / height
        self.figure.text(
            corner,
            over,
            shown.title,
            fontsize=_style.points("title"),
            weight="bold",
            va="baseline",
        )
        if shown.frame:
            self._mark_axes(shown)
        else:
            axes.set_axis_off()
        for number, mark in enumerate(scene.fixed.values()):
            _artists_for(mark)(axes, mark, number / 1000)

    def _mark_axes(self, shown):
        across, up = shown.ticks()
        axes = self.axes
        axes.set_xticks([t for t, _ in across], [text for _, text in across])
        axes.set_yticks([t for t, _ in up], [text for _, text in up])
        axes.minorticks_off()
        axes.grid(shown.grid)
        if shown.xlabel:
            axes.set_xlabel(shown.xlabel)
        if shown.ylabel:
            axes.set_ylabel(shown.ylabel)

    def _follow(self, name, mark):
        kind = name, type(mark)  # a line of one point may be drawn as a point
        artists = self._moving.get(kind)
        if artists is None:
            artists = self._moving[kind] = _artists_for(mark)(self.axes, mark, 0)
        else:
            artists.set_visible(True)
            artists.update(mark)
        for artist in artists.all():
            self.axes.draw_artist(artist)


class _Artists:
    """The Matplotlib artists of one mark."""

    def __init__(self, axes, mark, order):
        self._axes = axes
        self._artist = self.make(mark)
        # Fixed marks keep their order, under everything that moves.
        self._artist.set_zorder(order)
        self.update(mark)

    def all(self):
        return [self._artist]

    def set_visible(self, visible):
        self._artist.set_visible(visible)


class _LineArtist(_Artists):
    def make(self, mark):
        (line,) = self._axes.plot([], [], dash_capstyle="butt")
        return line

    def update(self, mark):
        self._artist.set_data(mark.xs, mark.ys)
        self._artist.set(color=mark.colour, linewidth=mark.width)
        self._artist.set_linestyle((0, (3, 1.6)) if mark.dashed else "-")


class _PointsArtist(_Artists):
    def make(self, mark):
        (line,) = self._axes.plot([], [], linestyle="none", marker=mark.marker)
        return line

    def update(self, mark):
        self._artist.set_data(mark.xs, mark.ys)
        edge = mark.edge or "none"
        self._artist.set(
            color=mark.colour,
            markersize=mark.size,
            markeredgecolor=edge,
            markeredgewidth=0.8 if mark.edge else 0.0,
            alpha=mark.alpha,
        )


class _PictureArtist(_Artists):
    def make(self, mark):
        return self._axes.imshow(
            np.zeros((1, 1, 3)),
            aspect="auto",
            interpolation="bilinear" if mark.smooth else "nearest",
        )

    def update(self, mark):
        self._artist.set_data(mark.palette[mark.cells])
        left, right, bottom, top = mark.place
        self._artist.set_extent((left, right, bottom, top))


class _BarsArtist(_Artists):
    def make(self, mark):
        from matplotlib.collections import PolyCollection

        return self._axes.add_collection(PolyCollection([]), autolim=False)

    def update(self, mark):
        left, right, bottom, top = (
            np.asarray(side, dtype=float)
            for side in (mark.left, mark.right, mark.bottom, mark.top)
        )
        xs = np.stack([left, right, right, left], axis=1)
        ys = np.stack([bottom, bottom, top, top], axis=1)
        self._artist.set_verts(np.stack([xs, ys], axis=-1))
        self._artist.set_facecolor(mark.colour)
        self._artist.set_alpha(mark.alpha)
        self._artist.set_edgecolor(mark.edge or "none")
        self._artist.set_linewidth(1.6 if mark.edge else 0)


class _TextsArtist(_Artists):
    """As many text artists as there ever were texts; the rest are empty."""

    def make(self, mark):
        self._texts = []
        return self._add(mark)

    def _add(self, mark):
        data = mark.where == "data"
        transform = self._axes.transData if data else self._axes.transAxes
        text = self._axes.text(0, 0, "", transform=transform)
        if mark.box:
            text.set_bbox(
                {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2}
            )
        self._texts.append(text)
        return text

    def all(self):
        return [text for text in self._texts if text.get_text()]

    def set_visible(self, visible):
        for text in self._texts:
            text.set_visible(visible)

    def update(self, mark):
        while len(self._texts) < len(mark.texts):
            self._add(mark)
        for text in self._texts[len(mark.texts) :]:
            text.set_text("")
        colours = mark.colour
        if isinstance(colours, str):
            colours = [colours] * len(mark.texts)
        up = {"middle": "center_baseline"}.get(mark.up, mark.up)
        ys = mark.ys
        if mark.where == "above":
            figure = self._axes.figure
            tall = self._axes.get_position().height * figure.get_figheight()
            line = line_height() / (tall * _style.DPI)
            ys = [1 + (y + 0.6) * line for y in ys]
        for text, x, y, said, colour in zip(
            self._texts, mark.xs, ys, mark.texts, colours, strict=False
        ):
            text.set_position((x, y))
            text.set(
                text=said,
                color=colour,
                fontsize=_style.points(mark.size),
                fontweight="bold" if mark.bold else "normal",
                horizontalalignment=mark.across,
                verticalalignment=up,
            )


_ARTISTS = {
    Line: _LineArtist,
    Points: _PointsArtist,
    Picture: _PictureArtist,
    Bars: _BarsArtist,
    Texts: _TextsArtist,
}


def _artists_for(mark):
    return _ARTISTS[type(mark)]
