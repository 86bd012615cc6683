"""What live figures may look at of layers and models: weights, gradients, outputs."""

import copy


def is_layer(thing):
    """Whether this is a layer or a model: an object with a method `forward`."""
    return callable(getattr(thing, "forward", None)) and not isinstance(thing, type)


def snapshot(model):
    """Return a copy of a layer or a model that can be asked without a trace.

    `forward` keeps its inputs for `backward`, and a figure may ask between the two: the
    copy has the same parameters, but what it keeps, it keeps for itself.
    """
    copied = copy.copy(model)
    for name, part in vars(model).items():
        if is_layer(part):
            setattr(copied, name, snapshot(part))
        elif isinstance(part, list | tuple) and any(map(is_layer, part)):
            parts = [snapshot(p) if is_layer(p) else p for p in part]
            setattr(copied, name, type(part)(parts))
    return copied


def layers_of(model):
    """Return the layers that a model is made of, from the input to the output.

    A layer is a model of one layer; `Sequential` has a list `layers`, and others, such
    as `MLP`, keep their layers as attributes, in their order.
    """
    held = getattr(model, "layers", None)
    if not isinstance(held, list | tuple):
        held = [part for part in vars(model).values() if is_layer(part)]
    if not held:
        return [model]
    return [layer for part in held for layer in layers_of(part)]


def arrays_of(model, attribute):
    """Return {name: array} of one attribute, such as "weights", of all layers with it.

    A name is the layer's class and its place among the layers of that kind.
    """
    found = [layer for layer in layers_of(model) if hasattr(layer, attribute)]
    kinds = [type(layer).__name__ for layer in found]
    return {
        f"{kind} {kinds[: place + 1].count(kind)}": getattr(layer, attribute)
        for place, (layer, kind) in enumerate(zip(found, kinds, strict=True))
    }
