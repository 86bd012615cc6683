"""The board: panels side by side, drawn within a budget of time."""

import contextlib
import time

from .._arguments import as_number
from .._display import show_still
from .._plot_arguments import unknown
from ..execution import is_grading
from ._layers import is_layer
from ._layout import Layout
from ._screens import kind_of_screen, least_interval, open_screen
from .panels import Panel


class Board:
    """Panels side by side that follow a training loop.

    Parameters
    ----------
    *panels : Curve, Fit, Boundary or another panel
        Each with its own name.
    budget : float
        The share of the time since the start that drawing may take, 0 to 1. The first
        drawing and the last, still one are outside it.
    frames_per_second : float
        The most frames drawn in a second.
    pace : float
        Seconds from one update to the next, on average and at the least, so that a
        room can follow a training that would be over at once. Drawing falls into the
        time that would be waited, and only what exceeds it counts against the budget.
    clock : function, optional
        The time in seconds, `time.perf_counter` by default.

    Attributes
    ----------
    still : bytes or None
        The picture that the last run left behind, as PNG.
    frames : int
        How many frames the last run drew.

    Raises
    ------
    TypeError, ValueError
        If a panel is none, or two have the same name.
    """

    def __init__(
        self, *panels, budget=0.05, frames_per_second=30, pace=0.0, clock=None
    ):
        if not panels:
            raise ValueError("panels: expected at least one, got none")
        for panel in panels:
            if not isinstance(panel, Panel):
                raise TypeError(
                    "panels: expected live.Curve, live.Fit or another panel, "
                    f"got {type(panel).__name__}"
                )
        names = [panel.name for panel in panels]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"panels: expected different names, got {name!r} twice"
                )
        self._panels = dict(zip(names, panels, strict=True))
        self._budget = as_number(budget, "budget", low=0, high=1)
        self._rate = as_number(frames_per_second, "frames_per_second", low=0.1)
        self._pace = as_number(pace, "pace", low=0)
        self._clock = time.perf_counter if clock is None else clock
        self._open = self._silent = False
        self.still = None
        self.frames = 0

    def __enter__(self):
        if self._open:
            raise RuntimeError(
                "this board is already open: one `with board:` at a time"
            )
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        # A function that failed in the loop may fail again: the first error counts.
        with contextlib.suppress(*([] if error is None else [Exception])):
            self.finish()

    def start(self, around=None):
        """Show the figure; `around` puts controls around its widget."""
        self.still, self.frames = None, 0
        self._silent = is_grading()
        self._open = True
        if self._silent:
            return
        self.reset()
        self._screen = None
        try:
            self._start_drawing(around)
        except BaseException:
            self._open = False
            raise

    def reset(self):
        """Let every panel forget what it has recorded."""
        for panel in self._panels.values():
            panel.reset()
        self._waiting, self._changed = {}, set(self._panels)

    def finish(self):
        """Put a still picture in the figure's place."""
        if not self._open:
            return
        self._open = False
        if self._silent:
            return
        try:
            self._evaluate_waiting()
        finally:
            self._leave_still()

    def abandon(self):
        """Close the figure without a picture: what would show it is gone."""
        self._open = False
        if self._screen is not None:
            self._screen.remove()
            self._screen = None

    def update(self, **values):
        """Give new values to some of the panels, by their names.

        A value is what its panel says, or a function without arguments that makes it:
        the function is called only when a frame is drawn, and once at the end. Panels
        that take a layer or a model look at it only then, too.

        Raises
        ------
        ValueError, TypeError
            If there is no such panel, or its value has the wrong form.
        RuntimeError
            Outside of ``with board:``.
        """
        self.record(values)
        if self._silent:
            return
        self._updates += 1
        self.draw_if_due()
        self._keep_pace()

    def record(self, values):
        """Keep new values, {panel: value}, for the next frame."""
        if not self._open:
            raise RuntimeError("board.update works inside `with board:` only")
        if self._silent:
            return
        for name, value in values.items():
            if name not in self._panels:
                raise ValueError(unknown(name, list(self._panels), "panel"))
            if callable(value) or is_layer(value):
                self._waiting[name] = value
            else:
                self._waiting.pop(name, None)
                self._panels[name].record(value)
            self._changed.add(name)

    def draw_if_due(self):
        """Draw a frame if someone looks, and the time budget allows it."""
        if self._screen is not None and self._changed and self._is_due():
            self.draw()

    def draw(self):
        """Draw a frame now, if someone looks."""
        if self._screen is None:
            return
        began = self._clock()
        # Counted from when it was due, or frames would be rarer than the cap allows.
        late = began - self._last_frame - self._interval
        self._last_frame = began - (late if 0 < late < self._interval else 0.0)
        self._evaluate_waiting()
        self._screen.show({n: self._panels[n].scene() for n in self._changed})
        self._changed.clear()
        self.frames += 1
        self._spent += self._clock() - began

    def describe(self):
        """One line for those who cannot see the picture."""
        return "; ".join(panel.describe() for panel in self._panels.values())

    def _scenes(self):
        return {name: panel.scene() for name, panel in self._panels.items()}

    def _start_drawing(self, around):
        self._layout = Layout(self._panels.values())
        self._interval = least_interval(self._rate)
        kind = kind_of_screen()
        if kind != "still":
            screen = open_screen(
                kind, self._layout, self._scenes(), self.describe, around
            )
            began = self._clock()
            screen.show(self._scenes())
            self._typical = self._clock() - began
            self._screen = screen
        self._spent, self._updates = 0.0, 0
        self._start = self._clock()
        self._last_frame = self._start - self._interval

    def _is_due(self):
        now = self._clock()
        if now - self._last_frame < self._interval:
            return False
        typical = self._spent / self.frames if self.frames else self._typical
        late = now - self._start - self._pace * self._updates
        charged = min(self._spent + typical, late + typical)
        return charged < self._budget * (now - self._start)

    def _evaluate_waiting(self):
        while self._waiting:
            name, source = self._waiting.popitem()
            self._panels[name].evaluate(source)

    def _keep_pace(self):
        if self._pace and self._screen is not None:
            left = self._start + self._pace * self._updates - self._clock()
            if left > 0:
                time.sleep(left)

    def _leave_still(self):
        from ._matplotlib import Renderer

        for panel in self._panels.values():
            panel.settle()
        renderer = Renderer(self._layout)
        self.still = renderer.still(self._scenes())
        renderer.close()
        if self._screen is None:
            show_still(self.still, *self._layout.size, self.describe())
        else:
            self._screen.close(self.still, self.describe())
        self._screen = None
