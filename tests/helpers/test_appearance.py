"""What the one who looks may ask for: larger text, less motion."""

import re

import numpy as np
import pytest

from helpers import _display, _style, appearance, plots

SWITCHES = [
    (appearance.projector, appearance.is_projector, "NN_PROJECTOR"),
    (appearance.reduced_motion, appearance.is_motion_reduced, "NN_REDUCED_MOTION"),
]


@pytest.fixture(autouse=True)
def usual_appearance(monkeypatch):
    """Neither switch is set, whatever a test before has chosen."""
    monkeypatch.setattr(appearance, "_chosen", {})
    for _, _, name in SWITCHES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("switch", "is_on", "name"), SWITCHES)
def test_a_switch_is_off_at_first_and_can_be_set(switch, is_on, name):
    assert not is_on()
    switch()
    assert is_on()
    switch(False)
    assert not is_on()


@pytest.mark.parametrize(("switch", "is_on", "name"), SWITCHES)
@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("yes", True), ("0", False), ("", False)]
)
def test_the_environment_sets_a_switch(switch, is_on, name, value, on, monkeypatch):
    monkeypatch.setenv(name, value)
    assert is_on() == on


@pytest.mark.parametrize(("switch", "is_on", "name"), SWITCHES)
def test_what_is_said_in_the_notebook_counts_more_than_the_environment(
    switch, is_on, name, monkeypatch
):
    monkeypatch.setenv(name, "1")
    switch(False)
    assert not is_on()
    monkeypatch.setenv(name, "0")
    switch(True)
    assert is_on()


def test_one_switch_leaves_the_other_alone():
    appearance.projector()
    assert not appearance.is_motion_reduced()
    appearance.projector(False)
    appearance.reduced_motion()
    assert not appearance.is_projector()


def test_text_is_larger_on_a_projector():
    assert (_style.text_scale(), _style.points("title")) == (1, 15)
    assert _style.pixels("title") == pytest.approx(15 * 100 / 72)
    appearance.projector()
    assert (_style.text_scale(), _style.points("title")) == (1.2, 15 * 1.2)
    assert _style.pixels("title") == pytest.approx(1.2 * 15 * 100 / 72)


def test_a_still_is_shown_larger_on_a_projector():
    def shown():
        data, metadata = _display.bundle(b"", 960, 360, "a picture")
        (width,) = re.findall(r'width="(\d+)"', data["text/html"])
        size = metadata["image/png"]["width"], metadata["image/png"]["height"]
        return int(width), *size

    assert shown() == (960, 960, 360)
    appearance.projector()
    assert shown() == (1296, 1296, 486)


def test_stills_have_larger_text_on_a_projector():
    def sizes():
        figure = plots.fit([0, 1], [1, 2], [0, 1], [1, 1])
        (ax,) = figure.axes
        return np.array(
            [
                ax.xaxis.label.get_fontsize(),
                ax.yaxis.label.get_fontsize(),
                ax.get_xticklabels()[0].get_fontsize(),
            ]
        )

    usual = sizes()
    appearance.projector()
    np.testing.assert_allclose(sizes(), 1.2 * usual)
