"""Derivatives by finite differences, to hold beside those written by hand.

Central differences, ``(f(x + h) - f(x - h)) / 2h``, have an error of order h^2
(Nocedal and Wright, Numerical Optimization, 2006, section 8.1). With float64 and
h = 1e-5 they agree with a right gradient to about ten digits.
"""

import math

import numpy as np

from helpers._arguments import (
    as_array,
    as_count,
    as_function,
    as_generator,
    as_number,
)


def numerical_gradient(f, x, *, eps=1e-5):
    """Return the gradient of a function with one number as its value.

    Parameters
    ----------
    f : callable
        Takes an array shaped like `x`, returns one number.
    x : array-like, any shape
        Where to differentiate. It is not changed.
    eps : float
        Step of the central difference, in the units of `x`.

    Returns
    -------
    ndarray of float64, shaped like `x`

    Raises
    ------
    TypeError, ValueError
        If `f` cannot be called or does not return one finite number, if `x` holds
        something else than finite numbers, or `eps` is not positive.
    """
    as_function(f, "f")
    _require_step(eps)
    point = np.array(as_array(x, "x"), dtype=float)
    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        centre = point[index]
        point[index] = centre + eps
        above = _value(f, point)
        point[index] = centre - eps
        below = _value(f, point)
        point[index] = centre
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def compare_layer(layer, x, grad_output, *, eps=1e-5):
    """Compare a layer's `backward` with finite differences.

    The loss behind it is ``(layer.forward(x) * grad_output).sum()``, whose
    gradient with respect to the output is `grad_output`.

    Parameters
    ----------
    layer : object
        With `forward(x)` and `backward(grad_output)`; every pair of attributes
        ``<parameter>``, ``grad_<parameter>`` (`weights`, `biases`) is compared too.
    x : array-like, the layer's input, (N, D)
    grad_output : array-like, shaped like the output, (N, M)
        dL/d(output); random and not uniform, or mistakes go unseen.
    eps : float

    Returns
    -------
    dict of str to (ndarray or None, ndarray)
        ``{"grad_input": (analytic, numeric), ...}``. The layer's parameters are as
        before. The analytic gradient is what the layer gave, unconverted.

    Raises
    ------
    TypeError, ValueError
        If `x` or `grad_output` are not finite arrays, or `grad_output` is not
        shaped like the output.
    """
    x = np.array(as_array(x, "x"), dtype=float)
    grad_output = np.array(as_array(grad_output, "grad_output"), dtype=float)
    output = layer.forward(x.copy())
    if grad_output.shape != np.shape(output):
        raise ValueError(
            f"grad_output: expected shape {np.shape(output)}, got {grad_output.shape}. "
            "The first is the shape of forward(x): is forward right?"
        )
    analytic = {"grad_input": layer.backward(grad_output.copy())}
    for parameter in ("weights", "biases"):
        if hasattr(layer, parameter):
            analytic[f"grad_{parameter}"] = getattr(layer, f"grad_{parameter}", None)

    def loss_of_input(values):
        return float((layer.forward(values) * grad_output).sum())

    def loss_of(parameter):
        def loss(values):
            setattr(layer, parameter, values.copy())
            return loss_of_input(x)

        return loss

    compared = {}
    for name, gradient in analytic.items():
        if name == "grad_input":
            numeric = numerical_gradient(loss_of_input, x, eps=eps)
        else:
            parameter = name.removeprefix("grad_")
            kept = getattr(layer, parameter)
            numeric = numerical_gradient(loss_of(parameter), kept, eps=eps)
            setattr(layer, parameter, kept)
        compared[name] = (gradient, numeric)
    return compared


def compare_directions(model, loss, x, t, *, rng, directions=3, eps=1e-5):
    """Compare a whole network's gradient with the slope along random directions.

    One direction costs two forward passes, however many parameters there are: the
    slope of the loss along a random unit vector ``d`` is ``gradient . d``.

    Parameters
    ----------
    model : object
        A network whose layers keep `weights`, `biases` and their gradients.
        Its parameters must be float64 for the comparison to mean anything.
    loss : object
        With `forward(y, t)` and `backward()`.
    x, t : array-like
        Inputs (N, D) and targets as the loss takes them.
    rng : numpy.random.Generator
    directions : int
    eps : float

    Returns
    -------
    list of (float, float)
        ``(analytic slope, numeric slope)``, one for each direction.

    Raises
    ------
    TypeError, ValueError
        If the model has no layer with parameters, or an argument is not as said.
    """
    as_generator(rng, "rng")
    as_count(directions, "directions")
    _require_step(eps)
    x = as_array(x, "x")
    layers = layers_with_parameters(model)
    if not layers:
        raise ValueError("model: expected a layer with weights and biases, found none")
    loss.forward(model.forward(x), t)
    model.backward(loss.backward())
    owned = [(layer, name) for layer in layers for name in ("weights", "biases")]
    kept = [getattr(layer, name) for layer, name in owned]
    gradients = [np.array(getattr(layer, f"grad_{name}")) for layer, name in owned]

    def slope_along(direction):
        values = []
        for step in (eps, -eps):
            for (layer, name), value, part in zip(owned, kept, direction, strict=True):
                setattr(layer, name, value + step * part)
            values.append(float(loss.forward(model.forward(x), t)))
        return (values[0] - values[1]) / (2 * eps)

    compared = []
    try:
        for _ in range(directions):
            direction = _unit_direction(kept, rng)
            pairs = zip(gradients, direction, strict=True)
            analytic = sum(float((gradient * part).sum()) for gradient, part in pairs)
            compared.append((analytic, slope_along(direction)))
    finally:
        for (layer, name), value in zip(owned, kept, strict=True):
            setattr(layer, name, value)
    return compared


def layers_with_parameters(model):
    """Return the layers of a network that have weights, in the order of `forward`.

    Parameters
    ----------
    model : object
        A layer, or anything that holds layers in its attributes or in lists there
        (`MLP`, `Sequential`, one inside another).

    Returns
    -------
    list of object
    """
    found, seen = [], set()

    def visit(item):
        if id(item) in seen:
            return
        seen.add(id(item))
        if isinstance(item, list | tuple):
            for part in item:
                visit(part)
        elif hasattr(item, "weights") and hasattr(item, "biases"):
            found.append(item)
        elif hasattr(item, "forward"):
            for part in vars(item).values():
                visit(part)

    visit(model)
    return found


def _unit_direction(arrays, rng):
    parts = [rng.normal(size=np.shape(array)) for array in arrays]
    length = math.sqrt(sum(float((part**2).sum()) for part in parts))
    return [part / length for part in parts]


def _require_step(eps):
    if as_number(eps, "eps") <= 0:
        raise ValueError(f"eps: expected a positive number, got {eps}")


def _value(f, point):
    value = as_array(f(point.copy()), "f(x)")
    if value.size != 1:
        raise ValueError(f"f(x): expected one number, got shape {value.shape}")
    return value.item()
