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


# 01_linear


class Linear:
    """Linear layer: y = x @ weights.T + biases."""

    def __init__(
        self, input_dim, output_dim, initial_weights=None, initial_biases=None, rng=None
    ):
        """Copy the parameters given, or draw weights with variance 1 / input_dim."""
        if initial_weights is None:
            rng = np.random.default_rng() if rng is None else rng
            initial_weights = rng.normal(size=(output_dim, input_dim))
            initial_weights /= np.sqrt(input_dim)
        # Times 1.0 makes a copy, and turns integers into floats.
        self.weights = np.array(initial_weights) * 1.0  # (M, D)
        if initial_biases is None:
            initial_biases = np.zeros(output_dim, self.weights.dtype)
        self.biases = np.array(initial_biases) * 1.0  # (M,)

    def forward(self, x):
        """Take x (N, D), return y (N, M); remember what backward needs."""
        self.x = x
        return x @ self.weights.T + self.biases

    def backward(self, grad_output):
        """Take dL/dy (N, M), set grad_weights and grad_biases, return dL/dx (N, D)."""
        self.grad_weights = grad_output.T @ self.x
        self.grad_biases = grad_output.sum(axis=0)
        return grad_output @ self.weights

    def update_params(self, learning_rate):
        """Move every parameter one step against its gradient."""
        self.weights = self.weights - learning_rate * self.grad_weights
        self.biases = self.biases - learning_rate * self.grad_biases
