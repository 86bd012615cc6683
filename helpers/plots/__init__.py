"""Still pictures, in one style: each function takes plain arrays and shows its picture.

In a notebook a picture is shown once, also inside a ``with`` block, and the function
returns None. Given `ax`, a function draws there and returns it. Outside of IPython the
figure is returned. While a notebook is graded nothing is drawn, except inside of
``with plots.for_marking()``.
"""

from ._figure import for_marking
from .activations import activation, function_and_slope
from .classification import (
    boundary,
    confusion,
    confusion_matrix,
    images,
    predictions,
    weights,
)
from .drawings import broadcasting, computational_graph
from .heights import heights
from .training import curves, fit, gradient_flow, loss_surface

__all__ = [
    "activation",
    "boundary",
    "broadcasting",
    "computational_graph",
    "confusion",
    "confusion_matrix",
    "curves",
    "fit",
    "for_marking",
    "function_and_slope",
    "gradient_flow",
    "heights",
    "images",
    "loss_surface",
    "predictions",
    "weights",
]
