"""How numbers are spread, layer by layer."""

import numpy as np

from ... import _style
from ..._arguments import as_array, as_count
from .._layers import arrays_of
from ..scene import MINUS, Axes, Bars, Scene, Texts
from .base import Panel

# The x axis is changed when less than this share of it is used.
_LEAST_USED = 0.2
# Where the x axis ends, in units of the limit: beside the bars there is room for text.
_ROOM = 2.0


class Histograms(Panel):
    """A histogram for each layer, one under the other, on one x axis.

    Parameters
    ----------
    name : str
    what : str
        The attribute of the layers that is shown if a value is a model:
        ``"grad_weights"``, ``"weights"`` or ``"biases"``, for example.
    bins : int
    xlabel : str

    A value is ``{layer: array}``, arrays of any shape, from the input to the output, or
    a model. The x axis follows the largest of the 99.5 % quantiles of the sizes; what
    lies outside counts in the outermost bars. Beside each histogram stands the standard
    deviation.
    """

    def __init__(
        self, name="gradients", what="grad_weights", *, bins=41, xlabel="size"
    ):
        super().__init__(name)
        self.what, self.xlabel = what, xlabel
        self.bins = as_count(bins, "bins")
        self.reset()

    def reset(self):
        """Forget all numbers."""
        self.arrays, self.limit = {}, 1.0

    def record(self, value):
        """Replace the numbers of all layers."""
        if not isinstance(value, dict):
            raise TypeError(
                f"{self.name}: expected {{layer: array}} or a model, "
                f"got {type(value).__name__}"
            )
        arrays = {}
        for layer, numbers in value.items():
            numbers = as_array(numbers, f"{self.name}, {layer}", finite=False).ravel()
            arrays[str(layer)] = numbers[np.isfinite(numbers)].astype(float)
        self.arrays = arrays
        self._follow()

    def observe(self, model):
        """Replace the numbers by an attribute of the layers that have it."""
        arrays = arrays_of(model, self.what)
        if not arrays:
            raise TypeError(
                f"{self.name}: no layer of {type(model).__name__} has {self.what}"
            )
        self.record(arrays)

    def _follow(self):
        sizes = [np.quantile(np.abs(a), 0.995) for a in self.arrays.values() if a.size]
        largest = float(max(sizes, default=0.0))
        if largest > 0 and not _LEAST_USED * self.limit <= largest <= self.limit:
            self.limit = _round_up(largest)

    def scene(self):
        """Bars for each layer, the first at the top."""
        count = max(len(self.arrays), 1)
        names = list(self.arrays)
        ticks = tuple((count - 0.6 - k, name) for k, name in enumerate(names))
        axes = Axes(
            self.name,
            (-self.limit, _ROOM * self.limit),
            (0.0, float(count)),
            self.xlabel,
            xticks=self._ticks(),
            yticks=ticks,
            grid=False,
        )
        edges = np.linspace(-self.limit, self.limit, self.bins + 1)
        marks, said = {}, Texts([], [], [], size="tick", across="left")
        for k, (name, numbers) in enumerate(self.arrays.items()):
            inside = np.clip(numbers, -self.limit, self.limit)
            heights = np.histogram(inside, edges)[0].astype(float)
            heights *= 0.8 / max(heights.max(), 1.0)
            floor = np.full(self.bins, count - 1.0 - k)
            colour = _style.colour_of(k)
            marks[f"bars {name}"] = Bars(
                edges[:-1], edges[1:], floor, floor + heights, colour
            )
            said.xs.append(1.04 * self.limit)
            said.ys.append(count - 0.6 - k)
            spread = float(np.std(numbers)) if numbers.size else np.nan
            said.texts.append(f"std {_as_text(spread)}")
        return Scene(axes, moving=marks | {"said": said})

    def _ticks(self):
        places = (-self.limit, -self.limit / 2, 0.0, self.limit / 2, self.limit)
        return tuple((place, f"{place:.3g}".replace("-", MINUS)) for place in places)

    def describe(self):
        """One line for those who cannot see the picture."""
        said = [f"{name} std {np.std(a):.2g}" for name, a in self.arrays.items()]
        return f"{self.name}: " + (", ".join(said) or "no numbers")


def _round_up(number):
    """The next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(next(n * power for n in (1, 2, 5, 10) if n * power >= number))


def _as_text(number):
    """A number in few letters, small ones too."""
    return f"{number:.0e}" if 0 < number < 1e-3 else f"{number:.2g}"
