"""The buttons and sliders around a figure that is played."""

import time

import ipywidgets

from .. import _style
from .controls import SPEEDS, readable

# Seconds between two changes of the counter of steps.
_EVERY = 0.2


class Desk:
    """Start and pause, step, reset, stop, speed, and the lesson's own controls.

    Parameters
    ----------
    controls : dict of str to Slider or Choice
    speed : "full" or int
        At first.
    player : object
        Whose `begin`, `touch`, `start_or_pause`, `step`, `reset`, `stop`,
        `set_speed(speed)` and `set_control(name, value)` are called.
    """

    def __init__(self, controls, speed, player):
        self._player, self._shown = player, None
        self._said_at = 0.0
        self._toggle = make_button("Pause", "pause", player.start_or_pause)
        buttons = [
            self._toggle,
            make_button("Step", "step-forward", player.step),
            make_button("Reset", "undo", player.reset),
            make_button("Stop", "stop", player.stop),
        ]
        self._counter = ipywidgets.Label("step 0")
        name = next(name for name, value in SPEEDS.items() if value == speed)
        pace = ipywidgets.SelectionSlider(
            options=list(SPEEDS), value=name, description="speed"
        )
        pace.observe(lambda change: player.set_speed(SPEEDS[change["new"]]), "value")
        sliders = [pace]
        for name, control in controls.items():
            widget = control.make_widget(readable(name))
            widget.observe(_follower(player, name, control), "value")
            sliders.append(widget)
        for slider in sliders:
            slider.style.description_width = "auto"
            slider.layout.width, slider.layout.margin = "300px", "2px 20px 2px 0"
        row = ipywidgets.Layout(flex_flow="row wrap", align_items="center")
        self._rows = [
            ipywidgets.Box([*buttons, self._counter], layout=row),
            ipywidgets.Box(sliders, layout=ipywidgets.Layout(flex_flow="row wrap")),
        ]

    def around(self, figure):
        """The controls over the figure's widget, as one widget."""
        desk = as_desk(ipywidgets.VBox([*self._rows, figure]))
        if hasattr(figure, "on"):
            figure.on("touch", self._player.touch)
            figure.on("ready", self._player.begin)
        else:
            self._player.begin()
        return desk

    def follow(self, count, *, running, now=False):
        """Show how many steps there were, and what the first button does next."""
        clock = time.perf_counter()
        if now or clock - self._said_at >= _EVERY:
            self._said_at = clock
            self._counter.value = f"step {count}"
        if running != self._shown:
            self._shown = running
            self._toggle.description = "Pause" if running else "Start"
            self._toggle.icon = "pause" if running else "play"


def as_desk(widget):
    """The widget, with the classes that give its controls their size."""
    widget.add_class("nn-desk")
    if _style.zoom() > 1:
        widget.add_class("nn-projector")
    return widget


def make_button(text, icon, act):
    """A button as wide as its text that calls `act()`."""
    button = ipywidgets.Button(
        description=text, icon=icon, layout=ipywidgets.Layout(width="auto")
    )
    button.on_click(lambda _: act())
    return button


def _follower(player, name, control):
    return lambda change: player.set_control(name, control.read(change["new"]))
