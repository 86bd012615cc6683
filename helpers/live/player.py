"""A training that one can start, pause, step, change and stop while it runs."""

import asyncio
import contextlib
import time
from collections.abc import Generator

from .._arguments import as_count, as_number
from .._plot_arguments import unknown
from ..execution import is_grading
from ._screens import kind_of_screen, occupy, vacate
from .board import Board
from .controls import SPEEDS, Choice, Settings, Slider

# Seconds of training between two moments in which the notebook may act. In each the
# kernel's other threads get the interpreter (a loop that gives way to its own tasks
# only hardly ever lets them), and then the event loop. A message needs two or three of
# these moments; they take about 3 % of the time.
_SLICE, _BREATH, _BREATHS = 0.008, 0.00005, 2
# Seconds after which a figure at which nobody acts becomes a still picture: at the end
# of a run that nobody touched, at the end of one that somebody did, and in a pause.
_UNTOUCHED, _TOUCHED, _PAUSED = 10.0, 120.0, 900.0

# Seconds after which a run begins although the front end has not said a word.
_UNREADY = 15.0


def play(lesson, *panels, steps, speed="full", budget=0.05, **controls):
    """Train step by step, driven by the notebook, with controls that act meanwhile.

    The cell ends at once; training goes on behind it, and other cells can be run. Where
    nobody looks (nbconvert, for example) the cell trains by itself, at full speed, and
    leaves the still picture. While a notebook is graded nothing happens.

    Parameters
    ----------
    lesson : generator function of `settings`
        It trains: each ``yield`` ends a step, and may hand over new values for panels,
        ``{panel: value}``, as `Board.update` takes them. ``settings.NAME`` is what the
        control NAME stands at now. It is called again at each reset. It goes on behind
        the cells that follow: a variable that they bind anew is another one for it.
    *panels : Curve, Fit, Boundary or another panel
    steps : int
        After how many steps a run ends. It may end earlier by itself.
    speed : "full", or a number of steps in a second
        At first; there is a slider for it. Where nobody looks it is always full.
    budget : float
        The share of the time that drawing may take, 0 to 1.
    **controls : Slider or Choice
        By the name under which `settings` has them.

    When the run ends, or Stop is pressed, a still picture takes the figure's place.
    After the end it waits for 10 s, or for 2 minutes if somebody has used a control,
    for someone to reset the run; a run that is paused ends after 15 minutes. Running
    the cell again ends the run before it.

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong form.
    """
    if not callable(lesson):
        raise TypeError(
            f"lesson: expected a generator function, got {type(lesson).__name__}"
        )
    for name, control in controls.items():
        if not isinstance(control, Slider | Choice):
            raise TypeError(
                f"{name}: expected live.Slider or live.Choice, "
                f"got {type(control).__name__}"
            )
    if speed != "full":
        as_number(speed, "speed", low=0.1)
        if speed not in SPEEDS.values():
            raise ValueError(unknown(speed, [*SPEEDS.values()], "speed"))
    as_count(steps, "steps")
    board = Board(*panels, budget=budget)
    if is_grading():
        return
    player = _Player(lesson, board, steps, speed, controls)
    if kind_of_screen() == "still":
        player.run_through()
        return
    player.show()
    occupy(player)


class _Player:
    """One figure with its controls, and the run behind it."""

    def __init__(self, lesson, board, steps, speed, controls):
        self._lesson, self._board, self._steps = lesson, board, steps
        self._controls, self._settings = controls, Settings(controls)
        self._speed = speed
        self._running, self._over, self._ready = True, False, False
        self._single = self._reset = False
        self._touched = None
        self._begin()

    def run_through(self):
        """Train in this cell from the first step to the last one."""
        with self._board:
            while self._count < self._steps and self._take_step():
                pass

    def show(self):
        """Show figure and controls, and let the event loop drive the training."""
        from ._desk import Desk

        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._desk = Desk(self._controls, self._speed, self)
        self._board.start(self._desk.around)
        self._task = self._loop.create_task(self._run())

    # What the controls call, perhaps from another thread: they only leave a note.

    def begin(self):
        """The front end is ready."""
        self._ready = True
        self._loop.call_soon_threadsafe(self._woken.set)

    def start_or_pause(self):
        self._running = not self._running
        if self._running and self._is_at_end():
            self._reset = True
        self._wake()

    def step(self):
        self._running, self._single = False, True
        self._wake()

    def reset(self):
        self._reset = True
        self._wake()

    def stop(self):
        self._over = True
        self._wake()

    def set_speed(self, speed):
        self._speed = speed
        self._wake()

    def set_control(self, name, value):
        self._settings._values[name] = value
        if self._controls[name].restart:
            self._reset = True
        self._wake()

    def touch(self):
        """Someone is there."""
        self._touched = time.monotonic()

    def abandon(self):
        """End without a picture: the cell that would show it runs again."""
        self._task.cancel()
        self._generator.close()
        self._board.abandon()

    def _wake(self):
        self.touch()
        self._loop.call_soon_threadsafe(self._woken.set)

    # The run itself.

    def _begin(self):
        self._generator = self._lesson(self._settings)
        if not isinstance(self._generator, Generator):
            raise TypeError(
                "lesson: expected a generator function, with `yield` after each step, "
                f"got a function that returns {type(self._generator).__name__}"
            )
        self._count, self._ended = 0, False

    def _is_at_end(self):
        return self._ended or self._count >= self._steps

    def _take_step(self):
        """One step; whether there was one."""
        try:
            values = next(self._generator)
        except StopIteration:
            self._ended = True
            return False
        self._count += 1
        if values is not None:
            self._board.record(values)
        return True

    async def _run(self):
        try:
            while not self._ready and not self._over:
                await self._sleep(_UNREADY)
                self._ready = True  # some front ends never say it
            while not self._over:
                await self._advance()
            self._finish()
        except asyncio.CancelledError:
            raise
        except (Exception, KeyboardInterrupt) as error:  # a lesson may raise anything
            self._report(error)

    async def _advance(self):
        """Do what the controls ask for, or train for a moment, or wait."""
        if self._reset:
            self._reset = False
            self._running = self._running or self._is_at_end()
            self._generator.close()
            self._begin()
            self._board.reset()
            self._show_now()
        if self._single:
            self._single = False
            if not self._is_at_end():
                self._take_step()
            self._show_now()
        elif self._running and not self._is_at_end():
            await self._train_for_a_moment()
        else:
            self._running = False
            self._show_now()
            await self._wait()

    async def _train_for_a_moment(self):
        began = time.perf_counter()
        if self._speed == "full":
            until = began + _SLICE
            while self._take_step() and not self._is_at_end():
                if time.perf_counter() >= until:
                    break
            pause = 0.0
        else:
            self._take_step()
            pause = max(0.0, 1 / self._speed - (time.perf_counter() - began))
        self._board.draw_if_due()
        self._desk.follow(self._count, running=True)
        if pause > 0:
            await self._wait_between_steps(pause)
        else:
            await self._give_way()

    @staticmethod
    async def _give_way():
        for _ in range(_BREATHS):
            time.sleep(_BREATH)
            await asyncio.sleep(0)

    def _show_now(self):
        self._board.draw()
        self._desk.follow(self._count, running=self._running, now=True)

    def _is_asked(self):
        return self._reset or self._single or self._over

    async def _wait_between_steps(self, seconds):
        """Wait for a time; a control that only changes a setting does not end it."""
        until, speed = time.monotonic() + seconds, self._speed
        while self._running and self._speed == speed and not self._is_asked():
            left = until - time.monotonic()
            if left <= 0:
                return
            self._woken.clear()
            await self._sleep(left)

    async def _wait(self):
        """Wait until someone acts; end a figure that nobody uses."""
        self._woken.clear()
        if not self._is_asked():
            began = time.monotonic()
            patience = _PAUSED
            if self._is_at_end():
                patience = _UNTOUCHED if self._touched is None else _TOUCHED
            while not self._woken.is_set():
                left = max(began, self._touched or 0.0) + patience - time.monotonic()
                if left <= 0:
                    self._over = True
                    return
                await self._sleep(left)

    async def _sleep(self, seconds):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    def _finish(self):
        self._generator.close()
        self._board.finish()
        vacate(self)

    def _report(self, error):
        """Leave the still, and show the error below it as the cell's own."""
        with contextlib.suppress(Exception):
            self._board.finish()
        vacate(self)
        from IPython import get_ipython

        get_ipython().showtraceback((type(error), error, error.__traceback__))
