"""What earlier notebooks built, in the course's version.

Generated from the source notebooks; change those.
"""

import numpy as np

# 00_warmup


def affine(x, weights, biases):
    """Take x (N, D), weights (M, D), biases (M,), return y (N, M)."""
    return 1.0 * x @ weights.T + biases  # 1.0 turns integers into floats


def residuals(y, t):
    """Return y - t; raise ValueError if the shapes of y and t differ."""
    if y.shape != t.shape:
        raise ValueError(f"y has shape {y.shape}, but t has shape {t.shape}")
    return 1.0 * y - t  # 1.0 turns integers into floats


def numerical_gradient(f, x, eps=1e-5):
    """Return the gradient of f at x by central differences, shaped like x."""
    point = np.array(x, dtype=float)  # a copy in float64: x itself stays as it is
    gradient = np.zeros(point.shape)
    for index in np.ndindex(point.shape):
        centre = point[index]
        point[index] = centre + eps
        above = float(f(point))
        point[index] = centre - eps
        below = float(f(point))
        point[index] = centre
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def relative_error(a, b):
    """Return the largest |a - b| / max(|a|, |b|), where 0 against 0 counts as 0."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    scale = np.maximum(np.abs(a), np.abs(b))
    scale = np.where(scale == 0, 1.0, scale)  # both are zero there: 0 / 1 = 0
    return float(np.max(np.abs(a - b) / scale))
