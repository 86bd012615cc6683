"""A graded cell gets what it needs of the course, and nothing of it by the student."""

import sys
from pathlib import Path

import pytest

from grading.course import Course
from grading.notebooks import nbgrader_metadata, read_notebook
from grading.sealed.given import plan

COURSE = Course.at(Path(__file__).parents[3])
#: What the graded checks of each notebook ask of the student, by name.
NAMES = {
    "00_warmup": {
        "test_affine": {"affine"},
        "test_residuals": {"residuals"},
        "test_numerical_gradient": {"numerical_gradient"},
        "test_relative_error": {"relative_error"},
    },
    "01_linear": {
        "test_linear_forward": {"Linear"},
        "test_linear_grad_input": {"Linear"},
        "test_linear_grad_weights": {"Linear"},
        "test_linear_grad_biases": {"Linear"},
        "test_linear_update": {"Linear"},
    },
    "02_activations": {
        "test_tanh_forward": {"Tanh"},
        "test_tanh_backward": {"Tanh"},
        "test_relu_forward": {"ReLU"},
        "test_relu_backward": {"ReLU"},
        "test_sigmoid_forward": {"Sigmoid"},
        "test_sigmoid_backward": {"Sigmoid"},
    },
    "03_mlp": {
        "test_mlp_backward": {"MLP"},
        "test_mlp_update": {"MLP"},
        "test_sequential_forward": {"Sequential"},
        "test_sequential_backward": {"Sequential"},
        "test_sequential_update": {"Sequential"},
    },
    "04_mse": {
        "test_mse_forward": {"MSELoss"},
        "test_mse_shapes": {"MSELoss"},
        "test_mse_backward": {"MSELoss"},
    },
    "05_training_loop": {
        "test_minibatches": {"minibatches"},
        "test_train": {"minibatches", "train"},
    },
    "06_mnist": {
        "test_parse_idx": {"parse_idx"},
        "test_preprocess": {"preprocess"},
        "test_softmax": {"softmax"},
        "test_cross_entropy_forward": {"SoftmaxCrossEntropy"},
        "test_cross_entropy_backward": {"SoftmaxCrossEntropy"},
        "test_accuracy": {"accuracy"},
    },
    "07_adam": {
        "test_sgd": {"SGD"},
        "test_momentum": {"Momentum"},
        "test_adam": {"Adam"},
    },
    "08_initialisation": {
        "test_lecun_normal": {"lecun"},
        "test_lecun_uniform": {"lecun"},
        "test_spreads_signals": {"spreads"},
        "test_spreads_gradients": {"spreads"},
        "test_he_normal": {"he"},
        "test_he_uniform": {"he"},
        "test_glorot_normal": {"glorot"},
        "test_glorot_uniform": {"glorot"},
    },
    "09_expressivity": {
        "test_step": {"step"},
        "test_box": {"box", "step"},
        "test_box_network": {"box_network"},
        "test_approximate": {"approximate", "box_network"},
        "test_tower": {"tower"},
    },
    "10_samples_to_batches": {
        "test_sample_gradients": {"sample_gradients"},
        "test_train_samples": {"train_samples"},
        "test_batch_gradients": {"batch_gradients"},
        "test_batch_loops": {"batch_gradients"},
    },
    "11_zoo": {
        "test_leaky_relu_forward": {"LeakyReLU"},
        "test_leaky_relu_backward": {"LeakyReLU"},
        "test_gelu_forward": {"GELU"},
        "test_gelu_backward": {"GELU"},
        "test_silu_forward": {"SiLU"},
        "test_silu_backward": {"SiLU"},
        "test_softmax_layer": {"Softmax"},
        "test_logsumexp": {"logsumexp"},
        "test_bce_forward": {"BinaryCrossEntropy"},
        "test_bce_backward": {"BinaryCrossEntropy"},
        "test_cross_entropy_soft_forward": {"CrossEntropy"},
        "test_cross_entropy_soft_backward": {"CrossEntropy"},
        "test_hinge_forward": {"HingeLoss"},
        "test_hinge_backward": {"HingeLoss"},
        "test_huber_forward": {"HuberLoss"},
        "test_huber_backward": {"HuberLoss"},
        "test_focal_forward": {"FocalLoss"},
        "test_focal_backward": {"FocalLoss"},
        "test_nesterov": {"Nesterov"},
        "test_adamw": {"AdamW"},
        "test_lion": {"Lion"},
        "test_dropout_forward": {"Dropout"},
        "test_dropout_backward": {"Dropout"},
        "test_dropout_evaluation": {"Dropout"},
        "test_set_training": {"Dropout", "set_training"},
    },
    "12_fashion_mnist": {
        "test_split_apart": {"split"},
        "test_split_random": {"split"},
        "test_standardise": {"standardise"},
        "test_cosine_decay": {"cosine_decay"},
        "test_train_classifier": {"train_classifier"},
        "test_train_classifier_repeats": {"train_classifier"},
        "test_train_classifier_ready": {"train_classifier"},
        "test_format_predictions": {"format_predictions"},
        "test_accuracy_80": set(),
        "test_accuracy_84": set(),
        "test_accuracy_87": set(),
        "test_accuracy_88_5": set(),
        "test_accuracy_90": set(),
        "test_confusion": {"confusion"},
    },
    "13_functional_and_pytorch": {
        "test_linear_forward": {"linear_forward"},
        "test_linear_backward": {"linear_backward", "linear_forward"},
        "test_relu_forward": {"relu_forward"},
        "test_relu_backward": {"relu_backward", "relu_forward"},
        "test_mse_forward": {"mse_forward"},
        "test_mse_backward": {"mse_backward", "mse_forward"},
        "test_build_mlp": {"build_mlp"},
        "test_mlp_forward": {"linear_forward", "mlp_forward", "relu_forward"},
        "test_mlp_backward": {
            "linear_backward",
            "mlp_backward",
            "mlp_forward",
            "relu_backward",
        },
        "test_sgd_step": {"sgd_step"},
        "test_zero_grads": {"zero_grads"},
        "test_update_both_ways": {
            "linear_backward",
            "linear_forward",
            "mse_backward",
            "mse_forward",
            "sgd_step",
            "update_both_ways",
        },
        "test_train_functional": {
            "mlp_backward",
            "mlp_forward",
            "mse_backward",
            "mse_forward",
            "sgd_step",
            "train_functional",
        },
        "test_hyperparameters": {"hyperparameters"},
    },
    "14_debugging_clinic": {
        "test_start_loss": {"surplus_over_chance"},
        "test_dead_units": {"fraction_of_dead_units"},
        "test_gradient_sizes": {"gradient_size_per_layer"},
        "test_update_ratios": {"update_to_weight_ratios"},
        "test_one_batch": {"overfit_one_batch"},
        "test_flat_loss_diagnosis": {"diagnose_flat_loss"},
        "test_flat_loss_repair": {"SteppingLinear"},
        "test_not_a_number_diagnosis": {"diagnose_not_a_number"},
        "test_not_a_number_repair": {"stable_loss"},
        "test_high_start_diagnosis": {"diagnose_high_start"},
        "test_high_start_repair": {"drawn_weights"},
        "test_lagging_diagnosis": {"diagnose_lagging"},
        "test_lagging_repair": {"MendedReLU"},
        "test_changing_start_diagnosis": {"diagnose_changing_start"},
        "test_changing_start_repair": {"softmax_of_rows"},
        "test_good_train_bad_test_diagnosis": {"diagnose_good_train_bad_test"},
        "test_good_train_bad_test_repair": {"shuffled_together"},
        "test_crawling_diagnosis": {"diagnose_crawling"},
        "test_jumping_diagnosis": {"diagnose_jumping"},
        "test_jumping_repair": {"best_rate"},
        "test_stuck_diagnosis": {"diagnose_stuck"},
        "test_stuck_repair": {"warmed_up"},
        "test_flat_line_diagnosis": {"diagnose_flat_line"},
        "test_flat_line_repair": {"column_loss"},
        "test_swinging_diagnosis": {"diagnose_swinging"},
        "test_swinging_repair": {"OverwritingLinear"},
        "test_mediocre_diagnosis": {"diagnose_mediocre"},
        "test_mediocre_repair": {"centred"},
        "test_depth_hurts_diagnosis": {"diagnose_depth_hurts"},
        "test_depth_hurts_repair": {"stacked_layers"},
        "test_alone_diagnosis": {"diagnose_alone"},
        "test_alone_repair": {"Standardiser"},
    },
}


def make(*cells):
    """Return cells from texts; the first word of each is its kind."""
    found = []
    for number, cell in enumerate(cells):
        kind, _, source = cell.partition(":")
        grade_id = f"test_{number}" if kind == "graded" else None
        found.append({"kind": kind, "source": source, "grade_id": grade_id})
    return found


def taken_and_names(*cells):
    """Return what the last cell's plan takes, as (cell, line), and the names."""
    *_, last = plan(make(*cells)).values()
    return [(s.cell, s.line) for s in last.statements], set(last.names)


SOLUTION = "solution:import numpy as np\ndef f(x):\n    pass\nclass A:\n    pass"


@pytest.mark.parametrize(
    ("given", "graded", "taken", "names"),
    [
        ("import math\nimport os", "math.pi", [1], set()),
        ("def h():\n    return 1", "h()", [1], set()),
        ("def h():\n    return f(1)", "h()", [1], {"f"}),
        ("def h():\n    return g()\ndef g():\n    return A", "h()", [1, 3], {"A"}),
        ("n = 3\nm = n + 1", "m", [1, 2], set()),
        ("n = f(3)\nm = n + 1", "m", [], {"m"}),
        ("def h():\n    return f(1)\nm = h()", "m", [], {"m"}),
        ("def h():\n    return f(1)\nTABLE = (h, 'a')", "TABLE[0]()", [1, 3], {"f"}),
        ("TABLE = (f, 'a')", "TABLE[0]()", [], {"TABLE"}),
        ("@check\ndef check_f():\n    f(1)", "check_f", [], {"check_f"}),
        ("with a():\n    x = f(1)", "x", [], {"x"}),
        ("try:\n    import a\nexcept ImportError as e:\n    a = 1", "a", [1], set()),
        ("for i in range(3):\n    pass", "i", [1], set()),
        ("x = []\nx.append(1)\nx.append", "x", [1, 2], set()),
        ("x = []\nx.append(f(1))", "x", [], {"x"}),
        ("x = {}\nx['a'] = 1", "x", [1, 2], set()),
        ("x = 1\nx += 1", "x", [1, 2], set()),
        ("x = f(1)\nx += 1", "x", [], {"x"}),
        ("x = 1\ndef g():\n    global x\n    x = 2", "x", [1, 2], set()),
        ("x = 1\ndel x", "x", [], {"x"}),
        ("x: int", "x", [], {"x"}),
        ("x: int = 1", "x", [1], set()),
        ("print(y := 3)", "y", [1], set()),
        ("print([z := i for i in range(3)])", "z", [1], set()),
        ("from a import *", "anything", [1], set()),
        ("match 1:\n    case x:\n        pass", "x", [1], set()),
        ("class B(A):\n    pass", "B", [], {"B"}),
        ("class B:\n    def g(self):\n        return A()", "B", [1], {"A"}),
        ("k = 1\nclass B:\n    k = k\n    j = k", "B", [1, 2], set()),
        ("class B:\n    k = 1\n    j = k", "B", [1], set()),
        ("def h(x=np.ones(3), y=A):\n    pass", "h", [1], {"A"}),
        ("def g(h):\n    return h\n@g\ndef h():\n    pass", "h", [1, 3], set()),
        ("h = lambda: f(1)", "h()", [1], {"f"}),
        ("h = lambda: g()\ndef g():\n    return 1", "h()", [1, 2], set()),
        ("k = [n for n in range(3) if n]", "k", [1], set()),
        ("%matplotlib inline\nn = 1", "n", [2], set()),
        ("f = abs", "f(1)", [1], set()),
        ("n = 1", "def g():\n    return n, h()\ndef h():\n    f\ng()", [1], {"f"}),
        ("n = 1", "f'{n}'", [1], set()),
        ("n = 1", "def g(n):\n    return [n for n in n]", [], set()),
        ("n = 1", "n = 2\nn", [], set()),
        ("n = 1", "nobody", [], {"nobody"}),
    ],
)
def test_what_a_graded_cell_needs(given, graded, taken, names):
    cells = ("given:import numpy as np", SOLUTION, f"given:{given}", f"graded:{graded}")
    lines, found = taken_and_names(*cells)
    assert found == names
    assert [line for cell, line in lines if cell == 2] == taken


def test_numpy_is_the_courses_even_if_a_solution_cell_imports_it():
    lines, names = taken_and_names(SOLUTION, "graded:np.pi")
    assert (lines, names) == ([(0, 1)], set())


def test_the_last_binding_counts():
    helper = "given:def f():\n    return 1"
    assert taken_and_names(helper, SOLUTION, "graded:f()") == ([], {"f"})
    assert taken_and_names(SOLUTION, helper, "graded:f()") == ([(1, 1)], set())
    earlier = "graded:def f():\n    return 1"
    assert taken_and_names(SOLUTION, earlier, "graded:f()") == ([], set())


def test_a_function_in_a_table_sees_what_its_names_mean_when_it_is_called():
    table = "given:def g():\n    return 1\ndef h():\n    return g()\nTABLE = (h,)"
    lines, names = taken_and_names(table, "solution:def g():\n    pass", "graded:TABLE")
    assert (lines, names) == ([(0, 1), (0, 3), (0, 5)], {"g"})


def test_a_statement_runs_once_and_at_its_place():
    one, two = plan(
        make("given:n = 1\nm = n", "graded:n", "given:k = 2", "graded:m, k")
    ).values()
    assert [(s.cell, s.line) for s in one.statements] == [(0, 1), (0, 2)]
    assert [(s.cell, s.line) for s in two.statements] == [(2, 1)]


def test_a_statement_keeps_its_line_and_file():
    ((taken,), _) = plan(make("given:\n\nn = 1 / 0", "graded:n"))["test_1"]
    assert (taken.label, taken.line) == ("<given cell 0>", 3)
    with pytest.raises(ZeroDivisionError) as raised:
        exec(taken.code, {})
    assert raised.traceback[-1].lineno + 1 == 3


def read_given(name):
    """Return the code cells of a source notebook, as the grader gets them."""
    found = []
    for cell in read_notebook(COURSE.source_notebook(name))["cells"]:
        meta = nbgrader_metadata(cell)
        kind = "graded" if meta.get("grade") else "given"
        kind = "solution" if meta.get("solution") else kind
        made = {
            "kind": kind,
            "source": cell["source"],
            "grade_id": meta.get("grade_id"),
        }
        found += [made] if cell["cell_type"] == "code" else []
    return found


@pytest.mark.parametrize("name", COURSE.assignments())
def test_the_course_asks_students_only_for_its_exercises(name):
    assert {i: needs.names for i, needs in plan(read_given(name)).items()} == NAMES[
        name
    ]


@pytest.mark.parametrize("name", ["00_warmup", "04_mse"])
def test_with_what_is_taken_the_graded_cells_run(name, monkeypatch, capsys):
    monkeypatch.syspath_prepend(COURSE.source / name)
    monkeypatch.delitem(sys.modules, "parts", raising=False)
    given, reference = read_given(name), {}
    exec("import numpy as np\nfrom importlib import import_module", reference)
    if name != "00_warmup":
        exec("from parts import *", reference)
    plans, judge = plan(given), {"__name__": "__main__"}
    for cell in given:
        if cell["kind"] == "solution":
            exec(cell["source"], reference)
        elif cell["kind"] == "graded":
            needs = plans[cell["grade_id"]]
            for taken in needs.statements:
                exec(taken.code, judge)
            judge |= {name: reference[name] for name in needs.names}
            exec(cell["source"], judge)
            assert f"{cell['grade_id']}: passed" in capsys.readouterr().out
    monkeypatch.delitem(sys.modules, "parts", raising=False)
