"""Notebook 13 says the same with PyTorch and without it."""

import re
import shutil

import nbformat
import numpy as np
import pytest

from grading.sources import checks

NAME = "13_functional_and_pytorch"
MISSING = 'import sys\n\nsys.modules["torch"] = None  # as if it were not installed'


@pytest.fixture
def run_copy(course, offline, run_notebook, tmp_path):
    """Run the notebook, solutions and all, with another cell before the first."""

    def run(first):
        for file in course.source_notebook(NAME).parent.glob("*.*"):
            shutil.copy(file, tmp_path)
        path = tmp_path / f"{NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(first))
        nbformat.write(notebook, path)
        return run_notebook(path)

    return run


def passes(course, text):
    graded = [c.grade_id for c in checks(course, NAME) if c.kind == "auto"]
    return all(f"{grade_id}: passed" in text for grade_id in graded)


def differences(text):
    found = re.findall(r"difference (\d\.\de[+-]\d\d|\d\.\d+)$", text, re.MULTILINE)
    return [float(number) for number in found]


def test_with_pytorch_all_comparisons_agree(course, run_copy, texts):
    pytest.importorskip("torch", reason="PyTorch, a cross-check, is not installed")
    notebook = run_copy("1 + 1")
    text = texts(notebook)
    assert passes(course, text)
    assert "are skipped" not in text
    assert "Skipped are" not in text
    start = text.index("PyTorch: variance times D = 0.33")
    compared = differences(text[start:])
    assert len(compared) == 6  # the loss, four gradients, 100 steps
    assert max(compared) <= 1e-10
    for times in (1, 2, 3):
        assert f".grad is {times}.000000 times the gradient" in text
    assert texts(notebook, "stderr") == ""


@pytest.mark.parametrize("how", ["missing", "broken"])
def test_without_pytorch_it_runs_and_says_so_in_one_line(
    how, course, run_copy, texts, tmp_path
):
    if how == "broken":
        (tmp_path / "torch.py").write_text('raise ImportError("no library")\n')
    notebook = run_copy(MISSING if how == "missing" else "1 + 1")
    text = texts(notebook)
    assert passes(course, text)
    lines = [line for line in text.splitlines() if "PyTorch" in line]
    assert len(lines) == 1
    said = "is not installed" if how == "missing" else "cannot be imported"
    assert said in lines[0]
    skipped = "Skipped are its first weights, its gradients beside yours, "
    skipped += "100 steps of both, and what its zero_grad is for."
    assert lines[0].endswith(skipped)
    assert texts(notebook, "stderr") == ""


def test_the_functional_network_has_the_gradients_and_steps_of_pytorch(reference):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(0)
    params = reference.build_mlp((5, 7, 4, 3), rng)
    x, t = rng.normal(size=(11, 5)), rng.normal(size=(11, 3))
    layers = []
    for layer in params:
        m, d = layer["weights"].shape
        linear = torch.nn.Linear(d, m, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(layer["weights"]))
            linear.bias.copy_(torch.from_numpy(layer["biases"]))
        layers += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05)
    for _ in range(20):
        y, caches = reference.mlp_forward(x, params)
        loss, cache = reference.mse_forward(y, t)
        _, grads = reference.mlp_backward(reference.mse_backward(cache), caches)
        theirs = torch.nn.MSELoss()(model(torch.from_numpy(x)), torch.from_numpy(t))
        optimiser.zero_grad()
        theirs.backward()
        assert loss == pytest.approx(theirs.item(), rel=1e-12)
        for ours, linear in zip(grads, model[::2], strict=True):
            for name, tensor in (("weights", linear.weight), ("biases", linear.bias)):
                np.testing.assert_allclose(
                    ours[name], tensor.grad.numpy(), rtol=1e-9, atol=1e-12
                )
        params = reference.sgd_step(params, grads, 0.05)
        optimiser.step()
    for ours, linear in zip(params, model[::2], strict=True):
        np.testing.assert_allclose(
            ours["weights"], linear.weight.detach().numpy(), rtol=1e-10
        )


def test_both_conventions_give_one_update(reference):
    rng = np.random.default_rng(1)
    params = {"weights": rng.normal(size=(3, 5)), "biases": rng.normal(size=3)}
    x, t = rng.normal(size=(13, 5)), rng.normal(size=(13, 3))
    in_loss, in_layer = reference.update_both_ways(params, x, t, 0.1)
    for name in ("grad_weights", "weights", "biases"):
        np.testing.assert_allclose(in_loss[name], in_layer[name], rtol=1e-12)
    np.testing.assert_allclose(
        13 * in_loss["grad_output"], in_layer["grad_output"], rtol=1e-12
    )


@pytest.mark.parametrize("seed", range(10))
def test_the_reference_hyperparameters_reach_the_threshold_from_ten_seeds(
    reference, seed
):
    settings = reference.hyperparameters()
    rng = np.random.default_rng(seed)
    true_weights, shift = rng.normal(size=(3, 5)), rng.normal(size=3)
    x = rng.normal(size=(200, 5))
    t = x @ true_weights.T + shift
    params = reference.build_mlp((5, *settings.pop("hidden"), 3), rng)
    params, history = reference.train_functional(params, x, t, rng=rng, **settings)
    assert len(history) == settings["epochs"]
    loss, _ = reference.mse_forward(reference.mlp_forward(x, params)[0], t)
    assert loss < 5e-4  # with room to spare
