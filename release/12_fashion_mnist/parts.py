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


# 02_activations


class Tanh:
    """Hyperbolic tangent of each entry."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        self.output = np.tanh(1.0 * x)  # 1.0 turns integers into floats
        return self.output

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return grad_output * (1 - self.output**2)


class ReLU:
    """Rectified linear unit: each entry if it is positive, else 0."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        self.output = np.maximum(x, 0.0)
        return self.output

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return np.where(self.output > 0, grad_output, 0.0)


class Sigmoid:
    """Logistic sigmoid of each entry: 1 / (1 + exp(-x))."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        small = np.exp(-np.abs(1.0 * x))  # at most 1, so nothing overflows
        self.output = np.where(x >= 0, 1.0, small) / (1 + small)
        return self.output

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return grad_output * self.output * (1 - self.output)


# 03_mlp


class MLP:
    """Two linear layers with an activation between them."""

    def __init__(self, input_dim, hidden_dim, output_dim, activation=Tanh, rng=None):
        """Draw both linear layers; `activation` is a class, such as Tanh."""
        self.linear1 = Linear(input_dim, hidden_dim, rng=rng)
        self.activation = activation()
        self.linear2 = Linear(hidden_dim, output_dim, rng=rng)

    def forward(self, x):
        """Take x (N, D), return y (N, K)."""
        return self.linear2.forward(self.activation.forward(self.linear1.forward(x)))

    def backward(self, grad_output):
        """Take dL/dy (N, K), set the gradients of both layers, return dL/dx (N, D)."""
        grad_hidden = self.linear2.backward(grad_output)
        grad_sums = self.activation.backward(grad_hidden)
        return self.linear1.backward(grad_sums)

    def update_params(self, learning_rate):
        """Move the parameters of both linear layers one step against their gradients."""
        self.linear1.update_params(learning_rate)
        self.linear2.update_params(learning_rate)


class Sequential:
    """Layers in a row: what one puts out, the next takes in."""

    def __init__(self, layers):
        """Keep the layers, in the order in which values pass through them."""
        self.layers = list(layers)

    def forward(self, x):
        """Take the first layer's input, return the last layer's output."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad_output):
        """Take dL/d(output), let every layer set its gradients, return dL/d(input)."""
        for layer in reversed(self.layers):
            grad_output = layer.backward(grad_output)
        return grad_output

    def update_params(self, learning_rate):
        """Let every layer that has parameters take one step against its gradients."""
        for layer in self.layers:
            if hasattr(layer, "update_params"):
                layer.update_params(learning_rate)


# 04_mse


class MSELoss:
    """Mean squared error: the mean of (y - t)^2 over all N * K entries."""

    def forward(self, y, t):
        """Take y and t (N, K), return one number; ValueError if their shapes differ."""
        self.misses = residuals(y, t)
        return float(np.mean(self.misses**2))

    def backward(self):
        """Return dL/dy (N, K) for what forward saw last."""
        return 2 * self.misses / self.misses.size


# 05_training_loop


def minibatches(x, t, batch_size, rng):
    """Deal out all samples in a random order, in batches; return or yield pairs.

    x (N, ...), t (N, ...) -> pairs (x_batch, t_batch) with batch_size rows each,
    the last one with the rest. Raises ValueError if batch_size is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    order = rng.permutation(len(x))
    starts = range(0, len(x), batch_size)
    chosen = [order[start : start + batch_size] for start in starts]
    return ((x[rows], t[rows]) for rows in chosen)


def train(model, loss, x, t, *, epochs, batch_size, learning_rate, rng, on_epoch=None):
    """Train the model in place; return its history, one float for each epoch.

    x (N, ...), t (N, ...). After each epoch on_epoch(epoch, epoch_loss) is called.
    """
    history = []
    for epoch in range(epochs):
        total = 0.0
        for x_batch, t_batch in minibatches(x, t, batch_size, rng):
            batch_loss = loss.forward(model.forward(x_batch), t_batch)
            model.backward(loss.backward())
            model.update_params(learning_rate)
            total += batch_loss * len(x_batch)
        history.append(float(total / len(x)))
        if on_epoch is not None:
            on_epoch(epoch, history[-1])
    return history


# 06_mnist


def parse_idx(data):
    """Take the bytes of an IDX file, return its array (uint8, 1 to 3 dimensions).

    A wrong magic number, or a length that does not fit the header, raises
    ValueError.
    """
    magic = int.from_bytes(data[:4], "big")
    if magic not in (0x0801, 0x0802, 0x0803):
        raise ValueError(f"magic number: expected 801, 802 or 803, got {magic:x} (hex)")
    dimensions = magic - 0x0800
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise ValueError(f"expected a header of {start} bytes, got {len(data)} in all")
    shape = np.frombuffer(data, ">u4", count=dimensions, offset=4)
    entries = np.frombuffer(data, np.uint8)[start:]
    if entries.size != shape.prod():
        raise ValueError(f"expected {shape.prod()} entries, got {entries.size}")
    return entries.reshape(shape)


def preprocess(images):
    """Take images (N, 28, 28), uint8; return rows (N, 784), float32, from 0 to 1."""
    return images.reshape(len(images), -1) / np.float32(255)


def softmax(logits):
    """Take logits (N, C), return probabilities (N, C); each row has the sum 1."""
    scores = 1.0 * logits  # 1.0 turns integers into floats
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


class SoftmaxCrossEntropy:
    """Mean cross-entropy of softmax(logits) against integer labels."""

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float.

        A label that is not in 0..C-1 raises ValueError.
        """
        samples, classes = logits.shape
        labels = np.asarray(labels)
        if labels.shape != (samples,):
            raise ValueError(f"labels: expected shape {(samples,)}, got {labels.shape}")
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(f"labels: expected integers from 0, below {classes}")
        scores = 1.0 * logits  # 1.0 turns integers into floats
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_sums = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.log_probabilities = shifted - log_sums
        self.labels = labels
        return float(-self.log_probabilities[np.arange(samples), labels].mean())

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        samples = len(self.labels)
        grad_logits = np.exp(self.log_probabilities)
        grad_logits[np.arange(samples), self.labels] -= 1
        return grad_logits / samples


def accuracy(logits, labels):
    """Take logits (N, C) and labels (N,), return the fraction of right predictions."""
    return float(np.mean(logits.argmax(axis=1) == labels))


# 07_adam


def parameters(layers):
    """Return a pair (layer, name) for each parameter that the layers have."""
    names = ("weights", "biases")
    return [(layer, name) for layer in layers for name in names if hasattr(layer, name)]


class SGD:
    """Gradient descent: w = w - learning_rate * gradient."""

    def __init__(self, layers, learning_rate):
        """Keep the parameters of the layers, and how far to step."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate

    def step(self):
        """Move every parameter one step against its gradient."""
        for layer, name in self.parameters:
            values = getattr(layer, name)
            values -= self.learning_rate * getattr(layer, "grad_" + name)


class Momentum:
    """Gradient descent with momentum (Polyak, 1964): steps along a velocity."""

    def __init__(self, layers, learning_rate, momentum=0.9):
        """Keep the parameters of the layers; every velocity starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.velocities = [
            np.zeros_like(getattr(layer, name)) for layer, name in self.parameters
        ]

    def step(self):
        """Update every velocity, and move every parameter along it."""
        for (layer, name), velocity in zip(
            self.parameters, self.velocities, strict=True
        ):
            velocity *= self.momentum
            velocity += getattr(layer, "grad_" + name)
            values = getattr(layer, name)
            values -= self.learning_rate * velocity


class Adam:
    """Adam (Kingma and Ba, 2015, algorithm 1): a scale for each parameter."""

    def __init__(self, layers, learning_rate=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        """Keep the parameters of the layers; all running means start at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.t = 0
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.means = [np.zeros_like(array) for array in arrays]
        self.squares = [np.zeros_like(array) for array in arrays]

    def step(self):
        """Update the running means, and move every parameter."""
        self.t += 1
        m_sum = 1 - self.beta1**self.t  # the sum of the gradients' weights in m
        v_sum = 1 - self.beta2**self.t
        for (layer, name), m, v in zip(
            self.parameters, self.means, self.squares, strict=True
        ):
            gradient = getattr(layer, "grad_" + name)
            m *= self.beta1
            m += (1 - self.beta1) * gradient
            v *= self.beta2
            v += (1 - self.beta2) * gradient**2
            root = np.sqrt(v / v_sum)
            values = getattr(layer, name)
            # dividing the learning rate by m_sum is cheaper than dividing all of m
            values -= self.learning_rate / m_sum * m / (root + self.eps)


# 08_initialisation


def lecun(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), drawn from rng with mean 0, variance 1 / n_in."""
    variance = 1 / n_in
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))


def spreads(weights, activation, x, grad_output):
    """Return the standard deviations of signals and gradients, two times L + 1 numbers.

    weights: a list of L arrays (M, D); activation: a class, such as Tanh; x (N, D) goes
    into the first layer; grad_output, shaped like the output, comes back into the last.
    """
    layers, signals = [], [x.std()]
    for matrix in weights:
        n_out, n_in = matrix.shape
        layers.append(Sequential([Linear(n_in, n_out, matrix), activation()]))
        x = layers[-1].forward(x)
        signals.append(x.std())
    gradients = [grad_output.std()]
    for layer in reversed(layers):
        grad_output = layer.backward(grad_output)
        gradients.append(grad_output.std())
    return np.array(signals), np.array(gradients[::-1])


def he(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), drawn from rng with mean 0, variance 2 / n_in."""
    variance = 2 / n_in
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))


def glorot(n_in, n_out, rng, uniform=False):
    """Return weights (n_out, n_in), mean 0, variance 2 / (n_in + n_out), from rng."""
    variance = 2 / (n_in + n_out)
    if uniform:
        bound = np.sqrt(3 * variance)
        return rng.uniform(-bound, bound, size=(n_out, n_in))
    return rng.normal(scale=np.sqrt(variance), size=(n_out, n_in))


# 09_expressivity


def step(x):
    """Return 1 where x >= 0 and 0 elsewhere, shaped like the array x."""
    is_float = np.issubdtype(x.dtype, np.floating)
    return (x >= 0).astype(x.dtype if is_float else float)


def box(x, left, width, height):
    """Return height where left <= x < left + width, and 0 elsewhere, shaped like x."""
    return height * (step(x - left) - step(x - (left + width)))


def box_network(lefts, widths, heights):
    """Take n boxes (n,), return weights1, biases1, weights2, biases2 of their sum.

    Shapes: weights1 (2n, 1), biases1 (2n,), weights2 (1, 2n), biases2 (1,), float64.
    """
    edges = np.concatenate([lefts, lefts + widths]).astype(float)  # all up, all down
    jumps = np.concatenate([1.0 * heights, -1.0 * heights]).astype(float)
    weights1, weights2 = np.ones((edges.size, 1)), jumps[np.newaxis, :]
    return weights1, -edges, weights2, np.zeros(1)


def approximate(f, bound, n):
    """Return the box network of n equal boxes on [-bound, bound) that follows f."""
    width = 2 * bound / n
    lefts = -bound + width * np.arange(n)
    return box_network(lefts, np.full(n, width), f(lefts + width / 2))


def tower(corner, sides, height):
    """Take corner and sides (D,), return the six arrays of a network with one tower.

    Shapes: weights1 (2D, D), biases1 (2D,), weights2 (1, 2D), biases2 (1,),
    weights3 (1, 1), biases3 (1,), all float64.
    """
    d = len(corner)
    weights1 = np.concatenate([np.eye(d), np.eye(d)])  # up along each axis, then down
    biases1 = -np.concatenate([corner, corner + sides]).astype(float)
    weights2 = np.concatenate([np.ones(d), -np.ones(d)])[np.newaxis, :]
    biases2 = np.array([0.5 - d])  # on if all d ridges are there
    weights3, biases3 = np.full((1, 1), float(height)), np.zeros(1)
    return weights1, biases1, weights2, biases2, weights3, biases3


# 10_samples_to_batches


def sample_gradients(params, x, t):
    """Return the gradient of the cross-entropy of one sample, a pair for each layer.

    params: pairs (weights (M, D), biases (M,)), first layer first; x (D,), t (K,)
    -> list of pairs (grad_weights (M, D), grad_biases (M,)), in the same order.
    """
    *hidden, (weights, biases) = params
    inputs = [x]  # what goes into each layer: (784,), then (32,), then (32,)
    for first_weights, first_biases in hidden:
        z = first_weights @ inputs[-1] + first_biases  # (32,)
        inputs.append(0.5 + 0.5 * np.tanh(0.5 * z))  # (32,)
    logits = weights @ inputs[-1] + biases  # (10,)
    exponentials = np.exp(logits - logits.max())  # (10,)
    delta = exponentials / exponentials.sum() - t  # (10,)
    gradients = [(np.outer(delta, inputs[-1]), delta)]  # (10, 32), (10,)
    for layer in range(len(hidden), 0, -1):
        a = inputs[layer]  # (32,)
        delta = (params[layer][0].T @ delta) * a * (1 - a)  # (32,)
        gradients.append((np.outer(delta, inputs[layer - 1]), delta))
    return gradients[::-1]


def train_samples(
    gradients, params, x, t, *, epochs, learning_rate, rng, on_epoch=None
):
    """Take a step after each sample; return the trained parameters, a list of pairs.

    gradients(params, x (D,), t (K,)) -> pairs like params; x (N, D), t (N, K).
    After each epoch on_epoch(epoch, params) is called.
    """
    params = [(1.0 * weights, 1.0 * biases) for weights, biases in params]
    for epoch in range(epochs):
        for n in rng.permutation(len(x)):
            steps = gradients(params, x[n], t[n])  # x[n] (784,), t[n] (10,)
            for (weights, biases), (down_w, down_b) in zip(params, steps, strict=True):
                weights -= learning_rate * down_w  # (32, 784), in the first layer
                biases -= learning_rate * down_b  # (32,)
        if on_epoch is not None:
            on_epoch(epoch, params)
    return params


def batch_gradients(params, x, t):
    """Return the sum over the samples of their gradients, a pair for each layer.

    params: pairs (weights (M, D), biases (M,)), first layer first; x (N, D), t (N, K)
    -> list of pairs (grad_weights (M, D), grad_biases (M,)), in the same order.
    """
    *hidden, (weights, biases) = params
    inputs = [x]  # what goes into each layer: (N, 784), then (N, 32), then (N, 32)
    for first_weights, first_biases in hidden:
        z = inputs[-1] @ first_weights.T + first_biases  # (N, 32)
        inputs.append(0.5 + 0.5 * np.tanh(0.5 * z))  # (N, 32)
    logits = inputs[-1] @ weights.T + biases  # (N, 10)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))  # (N, 10)
    delta = exponentials / exponentials.sum(axis=1, keepdims=True) - t  # (N, 10)
    gradients = [(delta.T @ inputs[-1], delta.sum(axis=0))]  # (10, 32), (10,)
    for layer in range(len(hidden), 0, -1):
        a = inputs[layer]  # (N, 32)
        delta = (delta @ params[layer][0]) * a * (1 - a)  # (N, 32)
        gradients.append((delta.T @ inputs[layer - 1], delta.sum(axis=0)))
    return gradients[::-1]


# 11_zoo


class LeakyReLU:
    """Each entry if it is positive, else `slope` times the entry."""

    def __init__(self, slope=0.01):
        self.slope = slope

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        self.x = 1.0 * x
        return np.where(self.x > 0, self.x, self.slope * self.x)

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return np.where(self.x > 0, grad_output, self.slope * grad_output)


import math


def erf(x):
    """Return the error function of each entry, in the dtype of x."""
    x = 1.0 * np.asarray(x)
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


class GELU:
    """Gaussian error linear unit: x times the normal distribution function of x."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        self.x = 1.0 * x
        self.share = (1 + erf(self.x / math.sqrt(2))) / 2
        return self.x * self.share

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        density = np.exp(-(self.x**2) / 2) / math.sqrt(2 * math.pi)
        return grad_output * (self.share + self.x * density)


class SiLU:
    """Sigmoid linear unit: x times the sigmoid of x."""

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        self.x = 1.0 * x
        self.share = Sigmoid().forward(self.x)
        return self.x * self.share

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return grad_output * self.share * (1 + self.x * (1 - self.share))


class Softmax:
    """Softmax of each row, as a layer."""

    def forward(self, x):
        """Take scores x (N, C), return probabilities (N, C)."""
        self.output = softmax(x)
        return self.output

    def backward(self, grad_output):
        """Take dL/d(probabilities) (N, C), return dL/dx (N, C)."""
        weighted = self.output * grad_output
        return weighted - self.output * weighted.sum(axis=1, keepdims=True)


def logsumexp(logits):
    """Take logits (N, C), return log(sum(exp(logits))) of each row, (N,)."""
    scores = 1.0 * logits  # 1.0 turns integers into floats
    largest = scores.max(axis=1, keepdims=True)
    return largest[:, 0] + np.log(np.exp(scores - largest).sum(axis=1))


class BinaryCrossEntropy:
    """Mean over all entries of the cross-entropy of sigmoid(logits) and targets."""

    def forward(self, logits, targets):
        """Take logits and targets (N, K), return the loss, a float."""
        self.logits = 1.0 * logits
        self.targets = np.asarray(targets).astype(self.logits.dtype)
        excess = np.maximum(self.logits, 0) - self.logits * self.targets
        return float(np.mean(excess + np.log1p(np.exp(-np.abs(self.logits)))))

    def backward(self):
        """Return dL/d(logits), (N, K)."""
        return (Sigmoid().forward(self.logits) - self.targets) / self.logits.size


class CrossEntropy:
    """Mean cross-entropy of softmax(logits) and labels (N,) or probabilities (N, C)."""

    def forward(self, logits, targets):
        """Take logits (N, C) and targets (N,) or (N, C), return the loss, a float."""
        scores, targets = 1.0 * logits, np.asarray(targets)
        if targets.ndim == 1:
            targets = np.eye(scores.shape[1])[targets]
        self.targets = targets.astype(scores.dtype)
        shifted = scores - scores.max(axis=1, keepdims=True)
        sums = np.exp(shifted).sum(axis=1, keepdims=True)
        self.log_probabilities = shifted - np.log(sums)
        return float(-(self.targets * self.log_probabilities).sum() / len(scores))

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        p = np.exp(self.log_probabilities)
        return (p - self.targets) / len(p)


class HingeLoss:
    """Mean over the samples of sum_{c != label} max(0, z_c - z_label + 1)."""

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float."""
        scores, self.rows, self.labels = 1.0 * logits, np.arange(len(logits)), labels
        self.terms = scores - scores[self.rows, labels][:, np.newaxis] + 1
        self.terms[self.rows, labels] = 0  # the right class is not compared with itself
        self.terms = np.maximum(self.terms, 0)
        return float(self.terms.sum() / len(scores))

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        grad_logits = (self.terms > 0).astype(self.terms.dtype)
        grad_logits[self.rows, self.labels] = -grad_logits.sum(axis=1)
        return grad_logits / len(grad_logits)


class HuberLoss:
    """Mean over all entries: a square up to `delta`, a line beyond."""

    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, y, t):
        """Take y and t (N, K), return the loss, a float."""
        self.misses = 1.0 * y - t
        size = np.abs(self.misses)
        line = self.delta * (size - self.delta / 2)
        return float(np.mean(np.where(size <= self.delta, size**2 / 2, line)))

    def backward(self):
        """Return dL/dy, (N, K)."""
        return np.clip(self.misses, -self.delta, self.delta) / self.misses.size


class FocalLoss:
    """Mean of -(1 - p)^gamma log p, p the softmax probability of the right class."""

    def __init__(self, gamma=2.0):
        self.gamma = gamma

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float."""
        scores = 1.0 * logits
        shifted = scores - scores.max(axis=1, keepdims=True)
        table = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.probabilities = np.exp(table)
        self.rows, self.labels = np.arange(len(scores)), labels
        self.log_p = table[self.rows, labels]
        self.rest = -np.expm1(self.log_p)  # 1 - p, exact for p near 1 too
        return float(np.mean(-(self.rest**self.gamma) * self.log_p))

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        inside = self.gamma * self.rest ** (self.gamma - 1) * np.exp(self.log_p)
        slope = inside * self.log_p - self.rest**self.gamma
        towards = -self.probabilities
        towards[self.rows, self.labels] += 1
        return slope[:, np.newaxis] * towards / len(slope)


class Nesterov:
    """Gradient descent with Nesterov's momentum, in the form of PyTorch."""

    def __init__(self, layers, learning_rate, momentum=0.9):
        """Keep the parameters of the layers; every velocity starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.momentum = momentum
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.velocities = [np.zeros_like(array) for array in arrays]

    def step(self):
        """Update every velocity, and move every parameter beyond it."""
        for (layer, name), velocity in zip(
            self.parameters, self.velocities, strict=True
        ):
            gradient = getattr(layer, "grad_" + name)
            velocity *= self.momentum
            velocity += gradient
            values = getattr(layer, name)
            values -= self.learning_rate * (gradient + self.momentum * velocity)


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    def __init__(
        self,
        layers,
        learning_rate=1e-3,
        beta1=0.9,
        beta2=0.999,
        eps=1e-8,
        weight_decay=0.01,
    ):
        """Keep the parameters of the layers, and what Adam remembers of them."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.weight_decay = weight_decay
        self.adam = Adam(layers, learning_rate, beta1, beta2, eps)

    def step(self):
        """Let every parameter decay, and move it as Adam does."""
        for layer, name in self.parameters:
            values = getattr(layer, name)
            values -= self.learning_rate * self.weight_decay * values
        self.adam.learning_rate = self.learning_rate
        self.adam.step()


class Lion:
    """Steps by the sign of a momentum (Chen and others, 2023)."""

    def __init__(
        self, layers, learning_rate=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0
    ):
        """Keep the parameters of the layers; every momentum starts at 0."""
        self.parameters = parameters(layers)
        self.learning_rate = learning_rate
        self.beta1, self.beta2 = beta1, beta2
        self.weight_decay = weight_decay
        arrays = [getattr(layer, name) for layer, name in self.parameters]
        self.momenta = [np.zeros_like(array) for array in arrays]

    def step(self):
        """Move every parameter by a sign, then update every momentum."""
        for (layer, name), momentum in zip(self.parameters, self.momenta, strict=True):
            gradient = getattr(layer, "grad_" + name)
            mixture = self.beta1 * momentum + (1 - self.beta1) * gradient
            values = getattr(layer, name)
            direction = np.sign(mixture) + self.weight_decay * values
            values -= self.learning_rate * direction
            momentum *= self.beta2
            momentum += (1 - self.beta2) * gradient


class Dropout:
    """Inverted dropout: entries are 0 with probability `rate`, others scaled up."""

    def __init__(self, rate, rng):
        self.rate = rate
        self.rng = rng
        self.training = True

    def forward(self, x):
        """Take x (N, D), return y (N, D); remember what backward needs."""
        x = 1.0 * x
        self.scale = np.ones_like(x)
        if self.training:
            self.scale[self.rng.random(x.shape) < self.rate] = 0
            self.scale /= 1 - self.rate
        return x * self.scale

    def backward(self, grad_output):
        """Take dL/dy (N, D), return dL/dx (N, D)."""
        return grad_output * self.scale


def set_training(model, training):
    """Set `training` of every Dropout in a model, a layer or nested Sequentials."""
    if isinstance(model, Dropout):
        model.training = training
    for layer in getattr(model, "layers", []):
        set_training(layer, training)
