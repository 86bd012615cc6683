"""What can be changed while a network trains: sliders and choices."""

import math

from .._arguments import as_number
from .._plot_arguments import as_names, unknown

# Steps in a second.
SPEEDS = {
    "1 /s": 1,
    "3 /s": 3,
    "10 /s": 10,
    "30 /s": 30,
    "100 /s": 100,
    "full": "full",
}


class Slider:
    """A number that can be moved.

    Parameters
    ----------
    value, low, high : float
        Where it is at first, and its limits.
    log : bool
        Whether equal ways multiply by equal factors; the limits are above 0 then.
    whole : bool
        Whether it is an integer.
    restart : bool
        Whether a new value begins a new run; otherwise the next step uses it.

    Raises
    ------
    TypeError, ValueError
        If a number is none, not whole although it must be, or `value` is not between
        the limits.
    """

    def __init__(self, value, low, high, *, log=False, whole=False, restart=False):
        self.low, self.high = as_number(low, "low"), as_number(high, "high")
        if not self.low < self.high:
            raise ValueError(f"low: expected less than high, got {low:g} and {high:g}")
        if log and self.low <= 0:
            raise ValueError(
                f"low: expected above 0 on a logarithmic slider, got {low}"
            )
        if log and whole:
            raise ValueError("whole: expected False on a logarithmic slider, got True")
        self.value = as_number(value, "value", low=self.low, high=self.high)
        self.log, self.whole, self.restart = bool(log), bool(whole), bool(restart)
        if whole:
            for name in ("value", "low", "high"):
                number = getattr(self, name)
                if number != round(number):
                    raise ValueError(f"{name}: expected a whole number, got {number:g}")
                setattr(self, name, round(number))

    def make_widget(self, name):
        """The slider of the front end."""
        import ipywidgets

        common = {"value": self.value, "continuous_update": not self.restart}
        if self.log:
            low, value = math.log10(self.low), math.log10(self.value)
            return ipywidgets.FloatLogSlider(
                **common,
                min=low,
                max=math.log10(self.high),
                step=_step_onto(value - low, 0.05),
                description=name,
                readout_format=".3g",
            )
        if self.whole:
            limits = {"min": self.low, "max": self.high}
            return ipywidgets.IntSlider(**common, **limits, description=name)
        return ipywidgets.FloatSlider(
            **common,
            min=self.low,
            max=self.high,
            step=_step_onto(self.value - self.low, (self.high - self.low) / 100),
            description=name,
            readout_format=".3g",
        )

    def read(self, widget_value):
        """The lesson's value for the widget's."""
        return widget_value


def _step_onto(way, step):
    """About `step`, such that whole steps lead along the `way` to the first value.

    A front end moves a slider that is between two steps to the nearer one.
    """
    return way / max(1, round(way / step)) if way > 0 else step


class Choice:
    """One of several things.

    Parameters
    ----------
    options : sequence of str, or dict of str to anything
        The names to choose from, and what each stands for.
    value : str, optional
        The name that is chosen at first; the first one by default.
    restart : bool
        Whether a new choice begins a new run; otherwise the next step uses it.

    Raises
    ------
    TypeError, ValueError
        If names are no strings, or `value` is none of them.
    """

    def __init__(self, options, value=None, *, restart=True):
        names = as_names(options, "options")
        self._options = (
            options if isinstance(options, dict) else {name: name for name in names}
        )
        if value is not None and value not in names:
            raise ValueError(unknown(value, names, "value"))
        self._name = names[0] if value is None else value
        self.value, self.restart = self._options[self._name], bool(restart)

    def make_widget(self, name):
        """The list of the front end."""
        import ipywidgets

        return ipywidgets.Dropdown(
            options=list(self._options), value=self._name, description=name
        )

    def read(self, widget_value):
        """The lesson's value for the widget's."""
        return self._options[widget_value]


class Settings:
    """What the controls stand at now: ``settings.learning_rate``.

    A lesson reads it at each step, so that a moved slider acts at the next one.
    """

    def __init__(self, controls):
        self._values = {name: control.value for name, control in controls.items()}

    def __getattr__(self, name):
        values = self.__dict__.get("_values", {})
        if name not in values:
            raise AttributeError(unknown(name, list(values), "control"))
        return values[name]

    def __repr__(self):
        return ", ".join(f"{readable(n)} {_short(v)}" for n, v in self._values.items())


def readable(name):
    """A control's name as it stands beside it."""
    return name.replace("_", " ")


def _short(value):
    if isinstance(value, float):
        return f"{value:.3g}"
    return getattr(value, "__name__", str(value))
