"""Axes of a scene: their ticks, and where they are in a panel."""

import numpy as np
import pytest

from helpers import _style, appearance
from helpers.live._layout import Layout
from helpers.live.panels import Panel
from helpers.live.scene import Axes, legend, line_height

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("limits", "texts"),
    [
        ((0, 1), ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        ((0, 0.3), ["0", "0.1", "0.2", "0.3"]),
        ((-1, 1), [f"{MINUS}1", f"{MINUS}0.5", "0", "0.5", "1"]),
        ((0, 10), ["0", "2", "4", "6", "8", "10"]),
        ((0.2, 0.9), ["0.2", "0.4", "0.6", "0.8"]),
        ((0, 3e6), ["0", "1000000", "2000000", "3000000"]),
    ],
)
def test_ticks_are_round_numbers_within_the_limits(limits, texts):
    across, up = Axes("a", xlim=limits, ylim=limits).ticks()
    assert [text for _, text in across] == texts
    assert across == up
    for place, text in across:
        assert place == pytest.approx(float(text.replace(MINUS, "-")), rel=1e-9)


def test_a_tick_beside_zero_is_zero():
    across, _ = Axes("a", xlim=(-0.3, 0.3)).ticks()
    assert (0.0, "0") in across


@pytest.mark.parametrize(
    ("limits", "texts"),
    [
        ((0.01, 100), ["0.01", "0.1", "1", "10", "100"]),
        ((0.02, 3), ["0.1", "1"]),
        ((1e-6, 1e-3), ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001"]),
        ((1e3, 1e6), ["1000", "10000", "10⁵", "10⁶"]),
        ((1e-12, 1), ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_powers_of_ten(limits, texts):
    _, up = Axes("a", ylim=limits, log=True).ticks()
    assert [text for _, text in up] == texts
    assert len(up) <= 7
    places = np.log10([place for place, _ in up])
    np.testing.assert_allclose(places, np.rint(places), atol=1e-12)
    assert (np.diff(places) == np.diff(places)[0]).all()


def test_own_ticks_are_kept_and_without_a_frame_there_are_none():
    ticks = ((0.0, "cat"), (1.0, "dog"))
    assert Axes("a", xticks=ticks).ticks()[0] == list(ticks)
    assert Axes("a", xticks=ticks, frame=False).ticks() == ([], [])


def test_longer_labels_move_the_axes_to_the_right():
    short = Axes("a", ylim=(0, 1)).box(480, 360)
    long = Axes("a", ylim=(0, 1.2e6)).box(480, 360)
    assert short == (68, 44, 460, 324)
    assert long[0] > 6 * _style.pixels("tick") * 0.6
    assert long[1:] == short[1:]


def test_names_of_the_axes_take_room():
    bare = Axes("a", ylim=(0, 1000)).box(480, 360)
    named = Axes("a", ylim=(0, 1000), xlabel="epoch", ylabel="loss").box(480, 360)
    assert named[3] == bare[3] - 22
    assert named[0] > bare[0]


def test_on_a_projector_axes_leave_more_room_for_larger_text():
    axes = Axes("a", xlabel="epoch")
    left, top, right, bottom = axes.box(480, 360)
    appearance.projector()
    assert axes.box(480, 360) == (
        pytest.approx(1.2 * left),
        pytest.approx(1.2 * top),
        pytest.approx(480 - 1.2 * (480 - right)),
        pytest.approx(360 - 1.2 * (360 - bottom)),
    )


@pytest.mark.parametrize("limits", [((0, 2), (0, 1)), ((0, 1), (0, 3))])
@pytest.mark.parametrize("frame", [True, False])
def test_equal_axes_have_one_unit_for_both_and_stay_inside(limits, frame):
    xlim, ylim = limits
    equal = Axes("a", xlim, ylim, frame=frame, equal=True).box(480, 360)
    free = Axes("a", xlim, ylim, frame=frame).box(480, 360)
    left, top, right, bottom = equal
    assert (right - left) / xlim[1] == pytest.approx((bottom - top) / ylim[1])
    for low, least in zip(equal[:2], free[:2], strict=True):
        assert low >= least - 1e-9
    for high, most in zip(equal[2:], free[2:], strict=True):
        assert high <= most + 1e-9


def test_a_picture_without_a_frame_is_in_the_middle():
    left, _, right, _ = Axes("a", (0, 1), (0, 3), frame=False, equal=True).box(480, 360)
    assert left == pytest.approx(480 - right)


def test_rows_above_the_axes_move_their_top_down():
    axes, moved = (Axes("a", rows=rows).box(480, 360) for rows in (0, 2))
    assert moved[1] - axes[1] == pytest.approx(2 * line_height())
    assert (moved[0], *moved[2:]) == (axes[0], *axes[2:])


# Names above the axes


def test_names_that_fit_stand_in_one_row():
    texts, rows = legend(["train", "test"], ["#111", "#222"])
    assert rows == 1
    assert texts.ys == [0, 0]
    # The second begins where the first has ended, and a space.
    letter = 0.68 * _style.pixels("tick") / 395
    assert texts.xs == [0, pytest.approx(7.5 * letter)]
    assert texts.colour == ["#111", "#222"]


def test_long_names_stand_in_rows_from_above():
    names = ["a long name of a line", "another", "third"]
    texts, rows = legend(names, ["#111"] * 3)
    assert rows == 2
    assert texts.ys == [1, 1, 0]
    assert texts.xs[0] == texts.xs[2] == 0 < texts.xs[1]
    assert texts.texts == names


def test_room_for_numbers_makes_more_rows():
    names = ["one", "two", "three", "four"]
    assert [legend(names, names, room)[1] for room in (0, 9)] == [1, 2]
    appearance.projector()
    assert legend(names, names, 9)[1] == 3


# Where panels are


class Narrow(Panel):
    pass


class Wide(Panel):
    span = 2


def _layout(letters):
    kinds = {"n": Narrow, "w": Wide}
    return Layout([kinds[letter](f"{k}") for k, letter in enumerate(letters)])


@pytest.mark.parametrize(
    ("letters", "size", "corners"),
    [
        ("n", (640, 420), [(0, 0)]),
        ("nn", (960, 360), [(0, 0), (480, 0)]),
        ("nnn", (1440, 360), [(0, 0), (480, 0), (960, 0)]),
        ("nnnn", (960, 720), [(0, 0), (480, 0), (0, 360), (480, 360)]),
        (
            "nnnnn",
            (1440, 720),
            [(0, 0), (480, 0), (960, 0), (0, 360), (480, 360)],
        ),
        ("w", (960, 360), [(0, 0)]),
        ("wn", (1440, 360), [(0, 0), (960, 0)]),
        ("nw", (1440, 360), [(0, 0), (480, 0)]),
        ("ww", (960, 720), [(0, 0), (0, 360)]),
        ("nwn", (960, 1080), [(0, 0), (0, 360), (0, 720)]),
        ("nnw", (960, 720), [(0, 0), (480, 0), (0, 360)]),
        ("wnw", (1440, 720), [(0, 0), (960, 0), (0, 360)]),
    ],
)
def test_panels_stand_in_rows_and_a_wide_one_takes_two_places(letters, size, corners):
    layout = _layout(letters)
    assert layout.size == size
    assert [place[:2] for place in layout.places.values()] == corners
    for letter, place in zip(letters, layout.places.values(), strict=True):
        single = (640, 420) if letters == "n" else (480, 360)
        wide = 2 if letter == "w" else 1
        assert place[2:] == (wide * single[0], single[1])


@pytest.mark.parametrize("letters", ["nwn", "wwn", "nwnwn", "nnnnnnn", "wnnwww"])
def test_no_two_panels_overlap_and_all_are_inside(letters):
    layout = _layout(letters)
    taken = np.zeros(layout.size, dtype=int)
    for left, top, width, height in layout.places.values():
        taken[left : left + width, top : top + height] += 1
        assert left + width <= layout.size[0]
        assert top + height <= layout.size[1]
    assert taken.max() == 1
