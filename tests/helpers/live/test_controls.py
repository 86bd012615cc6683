"""Sliders and choices: their values, their widgets, and what they refuse."""

import ipywidgets
import numpy as np
import pytest

from helpers import live
from helpers.live.controls import Settings


@pytest.fixture
def widget_of():
    """A function from a control to its widget; the widgets are closed at the end."""
    made = []

    def make(control):
        made.append(control.make_widget("rate"))
        return made[-1]

    yield make
    for widget in made:
        widget.close()


def test_a_slider_is_a_slider(widget_of):
    slider = live.Slider(0.25, 0, 1)
    widget = widget_of(slider)
    assert isinstance(widget, ipywidgets.FloatSlider)
    assert (widget.value, widget.min, widget.max) == (0.25, 0, 1)
    assert widget.step == pytest.approx(0.01)
    assert widget.description == "rate"
    assert slider.read(0.5) == 0.5


def test_a_logarithmic_slider_goes_by_powers_of_ten(widget_of):
    widget = widget_of(live.Slider(0.1, 0.001, 10, log=True))
    assert isinstance(widget, ipywidgets.FloatLogSlider)
    assert (widget.value, widget.base) == (0.1, 10)
    assert (widget.min, widget.max) == pytest.approx((-3, 1))


@pytest.mark.parametrize("value", [0.001, 0.0123, 0.3, 0.999, 1])
@pytest.mark.parametrize("log", [True, False])
def test_the_first_value_of_a_slider_is_on_one_of_its_steps(value, log, widget_of):
    widget = widget_of(live.Slider(value, 0.001, 1, log=log))
    way = np.log10(value / 0.001) if log else value - 0.001
    assert widget.value == pytest.approx(value)
    assert way / widget.step == pytest.approx(round(way / widget.step), abs=1e-6)
    assert widget.step == pytest.approx(0.05 if log else 0.01, rel=0.5)


def test_a_whole_slider_gives_integers(widget_of):
    slider = live.Slider(8.0, 1, 64, whole=True)
    widget = widget_of(slider)
    assert isinstance(widget, ipywidgets.IntSlider)
    assert (widget.value, widget.min, widget.max) == (8, 1, 64)
    assert isinstance(slider.value, int)


@pytest.mark.parametrize("restart", [True, False])
def test_a_slider_that_restarts_waits_until_it_is_let_go(restart, widget_of):
    widget = widget_of(live.Slider(1, 0, 2, restart=restart))
    assert widget.continuous_update != restart


def test_a_choice_stands_for_what_its_name_stands_for(widget_of):
    choice = live.Choice({"tanh": np.tanh, "sine": np.sin}, "sine")
    assert choice.value is np.sin
    assert choice.restart
    widget = widget_of(choice)
    assert (widget.options, widget.value) == (("tanh", "sine"), "sine")
    assert choice.read("tanh") is np.tanh


def test_a_choice_of_names_begins_with_the_first():
    choice = live.Choice(["SGD", "Adam"], restart=False)
    assert choice.value == choice.read("SGD") == "SGD"
    assert not choice.restart


def test_settings_say_what_the_controls_stand_at():
    settings = Settings(
        {
            "learning_rate": live.Slider(0.012345, 0, 1),
            "hidden": live.Slider(8, 1, 64, whole=True),
            "activation": live.Choice({"tanh": np.tanh}),
        }
    )
    assert settings.learning_rate == 0.012345
    assert settings.activation is np.tanh
    assert repr(settings) == "learning rate 0.0123, hidden 8, activation tanh"
    with pytest.raises(
        AttributeError, match=r"control 'learning_rat' .*mean 'learning_rate'\?"
    ):
        _ = settings.learning_rat


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: live.Slider("a", 0, 1), TypeError, "value: .* got str"),
        (lambda: live.Slider(2, 0, 1), ValueError, "value: .* 0.0 and 1.0, got 2"),
        (lambda: live.Slider(0, None, 1), TypeError, "low: .* got NoneType"),
        (lambda: live.Slider(0, 0, np.inf), ValueError, "high: expected a finite"),
        (
            lambda: live.Slider(1, 1, 1),
            ValueError,
            "low: .*less than high, got 1 and 1",
        ),
        (
            lambda: live.Slider(1, 0, 2, log=True),
            ValueError,
            "low: expected above 0 on a logarithmic slider, got 0",
        ),
        (
            lambda: live.Slider(1, 1, 2, log=True, whole=True),
            ValueError,
            "whole: expected False",
        ),
        (lambda: live.Choice([]), ValueError, "options: expected different names"),
        (lambda: live.Choice("ab"), TypeError, "options: .* got 'ab'"),
        (lambda: live.Choice(3), TypeError, "options: .* got 3"),
        (lambda: live.Choice([1, 2]), TypeError, "options: expected several names"),
        (
            lambda: live.Choice(["Adam"], "Adm"),
            ValueError,
            "value 'Adm' .* did you mean 'Adam'",
        ),
    ],
)
def test_bad_arguments_get_one_clear_line(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
