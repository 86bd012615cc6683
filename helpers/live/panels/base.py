"""What all panels have in common: a name, a value, and a scene."""

from .._layers import is_layer


class Panel:
    """One picture of a figure: its name, the data it shows, and what they look like.

    A subclass keeps the data: `record` takes a value and checks it. `scene` says what
    there is to draw.

    A value may also be a function, called only when there is time to draw (`evaluate`),
    or a layer or a model, which is looked at only then (`observe`).
    """

    # How many places of a figure's grid it takes.
    span = 1

    def __init__(self, name):
        if not isinstance(name, str):
            raise TypeError(f"name: expected a string, got {type(name).__name__}")
        if not name:
            raise ValueError("name: expected at least one letter, got an empty string")
        self.name = name

    def reset(self):
        """Forget what was recorded."""

    def record(self, value):
        """Check a value and keep it."""
        raise NotImplementedError

    def evaluate(self, source):
        """Record what a function returns, or what a layer or model looks like now."""
        if is_layer(source):
            self.observe(source)
        else:
            self.record(source())

    def observe(self, model):
        """Record what there is to see of a layer or a model."""
        raise TypeError(
            f"{self.name}: expected a value, got a layer or model "
            f"({type(model).__name__})"
        )

    def settle(self):
        """Prepare for the last, still picture."""

    def scene(self):
        """Return the `Scene` as it is now."""
        raise NotImplementedError

    def describe(self):
        """One line for those who cannot see the picture."""
        raise NotImplementedError
