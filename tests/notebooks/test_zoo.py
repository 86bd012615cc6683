"""The zoo of notebook 11 is right: against PyTorch, where it is installed."""

import numpy as np
import pytest

from helpers import gradcheck


@pytest.fixture
def torch():
    return pytest.importorskip(
        "torch", reason="PyTorch, a cross-check, is not installed"
    )


@pytest.fixture
def run_theirs(torch):
    """Return a function: the value of ``function(x)``, and d(value . grad)/dx."""

    def run(function, x, grad=None):
        x = torch.from_numpy(np.array(x)).requires_grad_()
        value = function(x)
        value.backward(None if grad is None else torch.from_numpy(np.array(grad)))
        return value.detach().numpy(), x.grad.numpy()

    return run


ACTIVATIONS = {
    "LeakyReLU": lambda torch: torch.nn.LeakyReLU(),
    "GELU": lambda torch: torch.nn.GELU(),
    "SiLU": lambda torch: torch.nn.SiLU(),
    "Softmax": lambda torch: torch.nn.Softmax(dim=1),
}


@pytest.mark.parametrize("dtype", ["f8", "f4"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_pytorch_s(reference, torch, run_theirs, name, dtype):
    rng = np.random.default_rng(1)
    digits = 1e-12 if dtype == "f8" else 1e-6
    for scale in (1, 1000):
        x, grad = (
            (scale * rng.normal(size=(7, 5))).astype(dtype),
            rng.normal(size=(7, 5)),
        )
        grad = grad.astype(dtype)
        layer = getattr(reference, name)()
        value, slope = run_theirs(ACTIVATIONS[name](torch), x, grad)
        ours = layer.forward(x), layer.backward(grad)
        assert ours[0].dtype == ours[1].dtype == dtype
        np.testing.assert_allclose(ours[0], value, rtol=digits, atol=digits)
        np.testing.assert_allclose(ours[1], slope, rtol=digits, atol=digits)


def test_the_slope_of_leaky_relu_is_pytorch_s(reference, torch, run_theirs):
    x, grad = np.random.default_rng(2).normal(size=(2, 4, 3))
    layer = reference.LeakyReLU(0.3)
    value, slope = run_theirs(torch.nn.LeakyReLU(0.3), x, grad)
    np.testing.assert_allclose(layer.forward(x), value, rtol=1e-12)
    np.testing.assert_allclose(layer.backward(grad), slope, rtol=1e-12)


def test_the_jacobian_of_softmax_is_the_one_of_finite_differences(reference):
    x, grad = np.random.default_rng(3).normal(size=(2, 4, 3))
    (analytic, numeric), *_ = gradcheck.compare_layer(
        reference.Softmax(), x, grad
    ).values()
    np.testing.assert_allclose(analytic, numeric, rtol=0, atol=1e-9)


def test_logsumexp_is_pytorch_s(reference, torch):
    z = 1000 * np.random.default_rng(4).normal(size=(6, 4))
    theirs = torch.logsumexp(torch.from_numpy(z), dim=1).numpy()
    np.testing.assert_allclose(reference.logsumexp(z), theirs, rtol=1e-14)


def focal(torch, gamma):
    """Lin and others (2017), formula 4, for softmax and one label a sample."""

    def loss(z, labels):
        log_p = torch.log_softmax(z, dim=1)
        log_p = log_p[torch.arange(len(z)), labels]
        return (-((1 - log_p.exp()) ** gamma) * log_p).mean()

    return loss


LOSSES = {
    "BinaryCrossEntropy": lambda torch, c: torch.nn.BCEWithLogitsLoss(),
    "CrossEntropy": lambda torch, c: torch.nn.CrossEntropyLoss(),
    # PyTorch divides by the number of classes as well.
    "HingeLoss": lambda torch, c: (
        lambda z, labels: c * torch.nn.MultiMarginLoss()(z, labels)
    ),
    "HuberLoss": lambda torch, c: torch.nn.HuberLoss(),
    "FocalLoss": lambda torch, c: focal(torch, 2.0),
}


@pytest.mark.parametrize("scale", [1, 20])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_pytorch_s(reference, torch, run_theirs, name, scale):
    rng = np.random.default_rng(5)
    z, t = scale * rng.normal(size=(9, 4)), rng.uniform(size=(9, 4))
    if name in ("CrossEntropy", "HingeLoss", "FocalLoss"):
        t = rng.integers(4, size=9)
    criterion = LOSSES[name](torch, 4)
    value, gradient = run_theirs(lambda x: criterion(x, torch.from_numpy(t)), z)
    loss = getattr(reference, name)()
    assert loss.forward(z, t) == pytest.approx(value.item(), rel=1e-10)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-8, atol=1e-14)


def test_cross_entropy_with_probabilities_is_pytorch_s(reference, torch, run_theirs):
    z, others = np.random.default_rng(6).normal(size=(2, 9, 4))
    t = reference.softmax(others)
    criterion = torch.nn.CrossEntropyLoss()
    value, gradient = run_theirs(lambda x: criterion(x, torch.from_numpy(t)), z)
    loss = reference.CrossEntropy()
    assert loss.forward(z, t) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-9, atol=1e-14)


def test_label_smoothing_by_soft_targets_is_pytorch_s(reference, torch):
    rng = np.random.default_rng(7)
    z, labels = rng.normal(size=(9, 4)), rng.integers(4, size=9)
    smoothed = 0.9 * np.eye(4)[labels] + 0.1 / 4
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    theirs = criterion(torch.from_numpy(z), torch.from_numpy(labels)).item()
    ours = reference.CrossEntropy().forward(z, smoothed)
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_the_delta_of_huber_is_pytorch_s(reference, torch, run_theirs, delta):
    y, t = np.random.default_rng(8).normal(size=(2, 6, 3))
    criterion = torch.nn.HuberLoss(delta=delta)
    value, gradient = run_theirs(lambda x: criterion(x, torch.from_numpy(t)), y)
    loss = reference.HuberLoss(delta)
    assert loss.forward(y, t) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-12)


@pytest.mark.parametrize("gamma", [1.0, 3.5])
def test_the_gamma_of_the_focal_loss_is_that_of_the_paper(
    reference, torch, run_theirs, gamma
):
    rng = np.random.default_rng(9)
    z, labels = rng.normal(size=(9, 4)), torch.from_numpy(rng.integers(4, size=9))
    value, gradient = run_theirs(lambda x: focal(torch, gamma)(x, labels), z)
    loss = reference.FocalLoss(gamma)
    assert loss.forward(z, labels.numpy()) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-9, atol=1e-15)


def test_without_a_weight_the_focal_loss_is_cross_entropy(reference):
    rng = np.random.default_rng(10)
    z, labels = rng.normal(size=(9, 4)), rng.integers(4, size=9)
    focal_loss, plain = reference.FocalLoss(0.0), reference.CrossEntropy()
    assert focal_loss.forward(z, labels) == pytest.approx(plain.forward(z, labels))
    np.testing.assert_allclose(focal_loss.backward(), plain.backward())


def lion(torch):
    """Chen and others (2023), algorithm 2, of which PyTorch has none."""

    class Lion(torch.optim.Optimizer):
        def __init__(self, params, lr, betas, weight_decay):
            super().__init__(params, {"lr": lr})
            self.betas, self.decay = betas, weight_decay

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    m = state.setdefault("m", torch.zeros_like(p))
                    p.mul_(1 - group["lr"] * self.decay)
                    update = m.lerp(p.grad, 1 - self.betas[0]).sign_()
                    p.add_(update, alpha=-group["lr"])
                    m.lerp_(p.grad, 1 - self.betas[1])

    return Lion


OPTIMISERS = {
    "Nesterov": (
        {"momentum": 0.8},
        lambda torch, p: torch.optim.SGD(p, lr=0.03, momentum=0.8, nesterov=True),
    ),
    "AdamW": (
        {"weight_decay": 0.2},
        lambda torch, p: torch.optim.AdamW(p, lr=0.03, weight_decay=0.2),
    ),
    "Lion": (
        {"weight_decay": 0.2},
        lambda torch, p: lion(torch)(p, 0.03, (0.9, 0.99), weight_decay=0.2),
    ),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimiser_takes_pytorch_s_steps(reference, torch, name):
    rng = np.random.default_rng(11)
    options, make = OPTIMISERS[name]
    layer = reference.Linear(3, 2, rng=rng)
    layer.biases += 1
    weight = torch.nn.Parameter(torch.from_numpy(layer.weights.copy()))
    bias = torch.nn.Parameter(torch.from_numpy(layer.biases.copy()))
    ours = getattr(reference, name)([layer], learning_rate=0.03, **options)
    theirs = make(torch, [weight, bias])
    for step in range(12):
        layer.grad_weights, layer.grad_biases = (
            rng.normal(size=(2, 3)),
            rng.normal(size=2),
        )
        weight.grad = torch.from_numpy(layer.grad_weights.copy())
        bias.grad = torch.from_numpy(layer.grad_biases.copy())
        if step == 6:
            ours.learning_rate = theirs.param_groups[0]["lr"] = 0.01
        ours.step()
        theirs.step()
    np.testing.assert_allclose(layer.weights, weight.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(layer.biases, bias.detach().numpy(), rtol=1e-12)


def test_the_defaults_of_adamw_are_pytorch_s(reference, torch):
    layer = reference.Linear(1, 1, [[2.0]], [-3.0])
    weight = torch.nn.Parameter(torch.tensor([[2.0]], dtype=torch.float64))
    theirs = torch.optim.AdamW([weight])
    ours = reference.AdamW([layer])
    for slope in (1.0, -3.0, 0.5):
        layer.grad_weights, layer.grad_biases = np.array([[slope]]), np.array([1.0])
        weight.grad = torch.tensor([[slope]], dtype=torch.float64)
        ours.step()
        theirs.step()
    np.testing.assert_allclose(layer.weights, weight.detach().numpy(), rtol=1e-12)


def test_dropout_is_on_average_what_pytorch_s_is(reference, torch):
    x = np.full((200, 300), 2.0)
    layer = reference.Dropout(0.3, np.random.default_rng(12))
    torch.manual_seed(0)
    theirs = torch.nn.Dropout(0.3)(torch.from_numpy(x)).numpy()
    ours = layer.forward(x)
    assert set(np.unique(ours)) == set(np.unique(theirs)) == {0.0, 2.0 / 0.7}
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.03)
