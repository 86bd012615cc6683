"""The board: panels side by side, drawn within a budget of time."""

import contextlib
import time

from .._arguments import as_number
from .._display import show_still
from .._plot_arguments import unknown
from ..execution import is_grading
from ._screen import Screen
from .panels import Panel


class Board:
    """Panels side by side that follow a training loop.

    Parameters
    ----------
    *panels : Curve, Fit, Images, Paths or Boundary
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
        self._interval = 1 / as_number(frames_per_second, "frames_per_second", low=0.1)
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
        self._open, self._silent = True, is_grading()
        self.still, self.frames = None, 0
        if self._silent:
            return self
        for panel in self._panels.values():
            panel.reset()
        self._waiting, self._changed = {}, set()
        self._screen = self._renderer = None
        try:
            self._start_drawing()
        except BaseException:
            self._open = False
            raise
        return self

    def __exit__(self, kind, error, trace):
        self._open = False
        if self._silent:
            return
        try:
            # A function that failed in the loop may fail again: the first error counts.
            with contextlib.suppress(*([] if error is None else [Exception])):
                self._evaluate_waiting()
        finally:
            self._leave_still()

    def update(self, **values):
        """Give new values to some of the panels, by their names.

        A value is what its panel says, or a function without arguments that makes it:
        the function is called only when a frame is drawn, and once at the end.

        Raises
        ------
        ValueError, TypeError
            If there is no such panel, or its value has the wrong form.
        RuntimeError
            Outside of ``with board:``.
        """
        if not self._open:
            raise RuntimeError("board.update works inside `with board:` only")
        if self._silent:
            return
        for name, value in values.items():
            if name not in self._panels:
                raise ValueError(unknown(name, list(self._panels), "panel"))
            if callable(value):
                self._waiting[name] = value
            else:
                self._waiting.pop(name, None)
                self._panels[name].record(value)
            self._changed.add(name)
        self._updates += 1
        if self._screen is not None and self._is_due():
            self._draw_frame()
        self._keep_pace()

    def _start_drawing(self):

        if Screen.is_there():
            self._renderer = self._new_renderer()
            self._renderer.frame(self._panels)
            began = self._clock()
            picture = self._renderer.frame(self._panels)
            self._typical = self._clock() - began
            self._screen = Screen(picture, *self._renderer.size)
        self._spent, self._updates = 0.0, 0
        self._start = self._clock()
        self._last_frame = self._start - self._interval

    def _new_renderer(self):
        from ._matplotlib import Renderer

        return Renderer(list(self._panels.values()))

    def _is_due(self):
        now = self._clock()
        if now - self._last_frame < self._interval:
            return False
        typical = self._spent / self.frames if self.frames else self._typical
        late = now - self._start - self._pace * self._updates
        charged = min(self._spent + typical, late + typical)
        return charged < self._budget * (now - self._start)

    def _draw_frame(self):
        began = self._clock()
        self._last_frame = began
        self._evaluate_waiting()
        self._screen.show(self._renderer.frame(self._changed))
        self._changed.clear()
        self.frames += 1
        self._spent += self._clock() - began

    def _evaluate_waiting(self):
        while self._waiting:
            name, function = self._waiting.popitem()
            self._panels[name].evaluate(function)

    def _keep_pace(self):
        if self._pace:
            left = self._start + self._pace * self._updates - self._clock()
            if left > 0:
                time.sleep(left)

    def _leave_still(self):

        renderer = self._renderer or self._new_renderer()
        self.still = renderer.still()
        said = "; ".join(panel.describe() for panel in self._panels.values())
        if self._screen is None:
            show_still(self.still, *renderer.size, said)
        else:
            self._screen.close(self.still, said)
        self._renderer = self._screen = None
