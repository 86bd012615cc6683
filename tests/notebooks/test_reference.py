"""The reference solutions are right: against finite differences, and PyTorch."""

import numpy as np
import pytest

from helpers import gradcheck

SIZES = [(5, 3, 2), (3, 3, 3), (1, 5, 2), (7, 2, 11)]


def assert_gradients_agree(layer, x, grad_output):
    for name, (analytic, numeric) in gradcheck.compare_layer(
        layer, x, grad_output
    ).items():
        scale = np.abs(numeric).max()
        assert np.abs(analytic - numeric).max() <= 1e-7 * scale, name


def away_from_zero(x):
    return x + 0.1 * np.sign(x)


@pytest.mark.parametrize(("n", "d", "m"), SIZES)
def test_the_linear_layers_gradients_agree_with_finite_differences(reference, n, d, m):
    rng = np.random.default_rng(n)
    layer = reference.Linear(d, m, rng.normal(size=(m, d)), rng.normal(size=m))
    assert_gradients_agree(layer, rng.normal(size=(n, d)), rng.normal(size=(n, m)))


@pytest.mark.parametrize("name", ["Tanh", "ReLU", "Sigmoid"])
@pytest.mark.parametrize(("n", "d", "m"), SIZES)
def test_an_activations_gradient_agrees_with_finite_differences(
    reference, name, n, d, m
):
    rng = np.random.default_rng(m)
    x = away_from_zero(rng.normal(size=(n, d)))
    assert_gradients_agree(getattr(reference, name)(), x, rng.normal(size=(n, d)))


@pytest.mark.parametrize("activation", ["Tanh", "ReLU", "Sigmoid"])
def test_a_whole_networks_gradient_agrees_along_random_directions(
    reference, activation
):
    rng = np.random.default_rng(0)
    make = getattr(reference, activation)
    linear = [reference.Linear(a, b, rng=rng) for a, b in [(6, 7), (7, 5), (5, 3)]]
    model = reference.Sequential(
        [linear[0], make(), reference.Sequential([linear[1], make()]), linear[2]]
    )
    x, t = rng.normal(size=(8, 6)), rng.normal(size=(8, 3))
    for analytic, numeric in gradcheck.compare_directions(
        model, reference.MSELoss(), x, t, rng=rng, directions=10
    ):
        assert analytic == pytest.approx(numeric, rel=1e-7, abs=1e-10)


@pytest.mark.parametrize("loss_name", ["MSELoss", "SoftmaxCrossEntropy"])
def test_a_losss_gradient_agrees_with_finite_differences(reference, loss_name):
    rng = np.random.default_rng(1)
    y = rng.normal(size=(7, 5))
    t = rng.normal(size=y.shape) if loss_name == "MSELoss" else rng.integers(5, size=7)
    loss = getattr(reference, loss_name)()
    numeric = gradcheck.numerical_gradient(lambda v: loss.forward(v, t), y)
    loss.forward(y, t)
    np.testing.assert_allclose(
        loss.backward(), numeric, rtol=0, atol=1e-7 * np.abs(numeric).max()
    )


def test_the_gradient_of_the_whole_mnist_network_agrees_along_random_directions(
    reference,
):
    rng = np.random.default_rng(0)
    model = reference.Sequential(
        [
            reference.Linear(784, 128, rng=rng),
            reference.Tanh(),
            reference.Linear(128, 10, rng=rng),
        ]
    )
    x, labels = rng.uniform(size=(128, 784)), rng.integers(10, size=128)
    for analytic, numeric in gradcheck.compare_directions(
        model, reference.SoftmaxCrossEntropy(), x, labels, rng=rng
    ):
        assert analytic == pytest.approx(numeric, rel=1e-6, abs=1e-9)


# PyTorch says the same, where it is installed


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch, a cross-check, is not installed"
    )


@pytest.mark.parametrize("activation", ["Tanh", "ReLU", "Sigmoid"])
@pytest.mark.parametrize("loss_name", ["MSELoss", "SoftmaxCrossEntropy"])
def test_pytorch_gives_the_same_loss_and_gradients(
    reference, torch, activation, loss_name
):
    rng = np.random.default_rng(2)
    first, last = reference.Linear(6, 9, rng=rng), reference.Linear(9, 4, rng=rng)
    model = reference.Sequential([first, getattr(reference, activation)(), last])
    x = rng.normal(size=(11, 6))
    classes = loss_name == "SoftmaxCrossEntropy"
    t = rng.integers(4, size=11) if classes else rng.normal(size=(11, 4))
    loss = getattr(reference, loss_name)()
    value = loss.forward(model.forward(x), t)
    grad_input = model.backward(loss.backward())

    theirs = torch.nn.Sequential(
        torch.nn.Linear(6, 9), getattr(torch.nn, activation)(), torch.nn.Linear(9, 4)
    ).double()
    with torch.no_grad():
        for ours, layer in ((first, theirs[0]), (last, theirs[2])):
            layer.weight.copy_(torch.from_numpy(ours.weights))
            layer.bias.copy_(torch.from_numpy(ours.biases))
    their_x = torch.from_numpy(x).requires_grad_()
    criterion = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
    their_loss = criterion(theirs(their_x), torch.from_numpy(t))
    their_loss.backward()

    assert value == pytest.approx(their_loss.item(), rel=1e-12)
    np.testing.assert_allclose(grad_input, their_x.grad.numpy(), rtol=1e-9, atol=1e-12)
    for ours, layer in ((first, theirs[0]), (last, theirs[2])):
        np.testing.assert_allclose(
            ours.grad_weights, layer.weight.grad.numpy(), rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(
            ours.grad_biases, layer.bias.grad.numpy(), rtol=1e-9, atol=1e-12
        )


@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam"])
def test_pytorch_takes_the_same_steps(reference, torch, name):
    rng = np.random.default_rng(3)
    layer = reference.Linear(3, 2, rng=rng)
    weight = torch.nn.Parameter(torch.from_numpy(layer.weights.copy()))
    bias = torch.nn.Parameter(torch.from_numpy(layer.biases.copy()))
    ours = getattr(reference, name)([layer], learning_rate=0.03)
    theirs = {
        "SGD": lambda p: torch.optim.SGD(p, lr=0.03),
        "Momentum": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9),
        "Adam": lambda p: torch.optim.Adam(p, lr=0.03),
    }[name]([weight, bias])
    for _ in range(10):
        layer.grad_weights, layer.grad_biases = (
            rng.normal(size=(2, 3)),
            rng.normal(size=2),
        )
        weight.grad = torch.from_numpy(layer.grad_weights.copy())
        bias.grad = torch.from_numpy(layer.grad_biases.copy())
        ours.step()
        theirs.step()
    np.testing.assert_allclose(layer.weights, weight.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(layer.biases, bias.detach().numpy(), rtol=1e-12)
