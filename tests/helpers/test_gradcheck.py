"""Finite differences find right gradients right and wrong ones wrong."""

import numpy as np
import pytest

from helpers import gradcheck


class Scale:
    """y = x * weights + biases, with gradients that a test can spoil."""

    def __init__(self, size, spoil=1.0, rng=None):
        rng = rng or np.random.default_rng(0)
        self.weights, self.biases = rng.normal(size=(2, size))
        self.spoil = spoil

    def forward(self, x):
        self.x = x
        return x * self.weights + self.biases

    def backward(self, grad_output):
        self.grad_weights = self.spoil * (grad_output * self.x).sum(axis=0)
        self.grad_biases = grad_output.sum(axis=0)
        return grad_output * self.weights


class Chain:
    def __init__(self, *layers):
        self.layers = list(layers)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class HalfSquare:
    def forward(self, y, t):
        self.difference = y - t
        return float((self.difference**2).sum() / 2)

    def backward(self):
        return self.difference


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (2, 3, 4)])
def test_the_numerical_gradient_of_a_cubic_is_right_at_any_shape(shape):
    x = np.random.default_rng(0).normal(size=shape)
    gradient = gradcheck.numerical_gradient(lambda v: (v**3).sum(), x)
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, 3 * x**2, rtol=1e-7, atol=1e-9)


def test_the_point_keeps_its_values_to_the_last_bit():
    x = np.random.default_rng(0).normal(size=(3, 2))
    before = x.tobytes()
    gradcheck.numerical_gradient(lambda v: v.sum(), x)
    assert x.tobytes() == before


def test_a_function_that_changes_its_argument_does_not_disturb_the_gradient():
    def sneaky(v):
        total = (v**2).sum()
        v += 100
        return total

    x = np.array([1.0, 2.0])
    gradient = gradcheck.numerical_gradient(sneaky, x)
    np.testing.assert_allclose(gradient, 2 * x, rtol=1e-8)


def test_a_layer_is_compared_in_its_input_and_its_parameters():
    rng = np.random.default_rng(0)
    compared = gradcheck.compare_layer(
        Scale(3), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    )
    assert list(compared) == ["grad_input", "grad_weights", "grad_biases"]
    for analytic, numeric in compared.values():
        np.testing.assert_allclose(analytic, numeric, rtol=1e-7, atol=1e-9)


def test_a_wrong_parameter_gradient_differs_and_the_others_do_not():
    rng = np.random.default_rng(0)
    compared = gradcheck.compare_layer(
        Scale(3, spoil=0.5), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    )
    agrees = {name: np.allclose(*pair) for name, pair in compared.items()}
    assert agrees == {"grad_input": True, "grad_weights": False, "grad_biases": True}


def test_a_layers_parameters_are_as_before():
    layer = Scale(3)
    weights, before = layer.weights, layer.weights.tobytes()
    gradcheck.compare_layer(layer, np.ones((2, 3)), np.ones((2, 3)))
    assert layer.weights is weights
    assert weights.tobytes() == before


def test_a_gradient_that_was_never_set_comes_back_as_none():
    class Forgetful(Scale):
        def backward(self, grad_output):
            return grad_output * self.weights

    compared = gradcheck.compare_layer(Forgetful(2), np.ones((2, 2)), np.ones((2, 2)))
    assert compared["grad_weights"][0] is None


def test_random_directions_agree_for_a_right_network():
    rng = np.random.default_rng(0)
    model = Chain(Scale(3, rng=rng), Chain(Scale(3, rng=rng)))
    x, t = rng.normal(size=(2, 4, 3))
    pairs = gradcheck.compare_directions(model, HalfSquare(), x, t, rng=rng)
    assert len(pairs) == 3
    for analytic, numeric in pairs:
        assert analytic == pytest.approx(numeric, rel=1e-7)


def test_random_directions_find_one_wrong_layer():
    rng = np.random.default_rng(0)
    model = Chain(Scale(3, rng=rng), Scale(3, spoil=1.01, rng=rng))
    x, t = rng.normal(size=(2, 4, 3))
    pairs = gradcheck.compare_directions(model, HalfSquare(), x, t, rng=rng)
    assert all(abs(a - n) > 1e-4 * abs(n) for a, n in pairs)


def test_random_directions_leave_the_parameters_as_they_were():
    rng = np.random.default_rng(0)
    model = Chain(Scale(3))
    weights, before = model.layers[0].weights, model.layers[0].weights.tobytes()
    gradcheck.compare_directions(
        model, HalfSquare(), np.ones((2, 3)), np.zeros((2, 3)), rng=rng
    )
    assert model.layers[0].weights is weights
    assert weights.tobytes() == before


def test_layers_with_parameters_are_found_at_any_depth_and_once():
    shared, inner = Scale(1), Scale(1)
    model = Chain(shared, Chain(inner), shared)
    assert gradcheck.layers_with_parameters(model) == [shared, inner]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: gradcheck.numerical_gradient(3, [1.0]), TypeError, "f: expected a"),
        (
            lambda: gradcheck.numerical_gradient(sum, ["a"]),
            TypeError,
            "x: expected an array of real numbers",
        ),
        (
            lambda: gradcheck.numerical_gradient(np.sum, [np.nan]),
            ValueError,
            r"x: expected finite numbers, got nan at index \[0\]",
        ),
        (
            lambda: gradcheck.numerical_gradient(np.sum, [1.0], eps=0),
            ValueError,
            "eps: expected a positive number, got 0",
        ),
        (
            lambda: gradcheck.numerical_gradient(lambda v: v, [1.0, 2.0]),
            ValueError,
            r"f\(x\): expected one number, got shape \(2,\)",
        ),
        (
            lambda: gradcheck.compare_layer(Scale(2), np.ones((3, 2)), np.ones((3, 1))),
            ValueError,
            r"grad_output: expected shape \(3, 2\), got \(3, 1\)",
        ),
        (
            lambda: gradcheck.compare_directions(
                Chain(Scale(1)), HalfSquare(), [[1.0]], [[1.0]], rng=0
            ),
            TypeError,
            "rng: expected a numpy.random.Generator, got int",
        ),
        (
            lambda: gradcheck.compare_directions(
                Chain(), HalfSquare(), [[1.0]], [[1.0]], rng=np.random.default_rng(0)
            ),
            ValueError,
            "model: expected a layer with weights and biases, found none",
        ),
    ],
)
def test_bad_input_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_a_layer_that_changes_its_gradient_in_place_does_not_change_the_comparison():
    class Doubling:
        def forward(self, x):
            return 2 * x

        def backward(self, grad_output):
            grad_output *= 2
            return grad_output

    grad_output = np.array([[1.0, -3.0]])
    compared = gradcheck.compare_layer(Doubling(), np.ones((1, 2)), grad_output)
    for gradient in compared["grad_input"]:
        np.testing.assert_allclose(gradient, [[2.0, -6.0]])
