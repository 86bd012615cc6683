"""What a live figure shows, one kind a module: data, and the scene made of them."""

from .base import Panel
from .boundary import Boundary
from .confusion import Confusion
from .curve import Curve
from .fit import Fit, Lines
from .graph import Graph
from .histograms import Histograms
from .images import Images, Predictions
from .paths import Paths

__all__ = [
    "Boundary",
    "Confusion",
    "Curve",
    "Fit",
    "Graph",
    "Histograms",
    "Images",
    "Lines",
    "Panel",
    "Paths",
    "Predictions",
]
