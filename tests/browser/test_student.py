"""A student at work in JupyterLab, in a real browser."""

import json
import re

import pytest

from tests.browser.session import run_all, run_cell, start_all

pytestmark = pytest.mark.xdist_group("browser")

NOTEBOOK = "01_linear/01_linear.ipynb"
FORWARD = "        return x @ self.weights.T"
RIGHT = "        self.x = x\n        return x @ self.weights.T + self.biases"


def write_forward(student, answer):
    """Put `answer` in place of the first stub of notebook 01, as a student would."""
    path = student / NOTEBOOK
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (stub,) = (cell for cell in notebook["cells"] if cell["id"] == "linear")
    text = "".join(stub["source"])
    todo = "        # YOUR CODE HERE\n        raise NotImplementedError()"
    assert todo in text
    stub["source"] = text.replace(todo, answer, 1)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def outputs(page):
    return page.eval_on_selector_all(
        ".jp-OutputArea-output",
        "nodes => nodes.map(node => node.innerText).join('\\n')",
    )


def test_an_untouched_notebook_runs_and_says_what_to_do(lab, browser, student):
    page = lab.open(browser, student / NOTEBOOK)
    run_all(page)
    text = outputs(page)
    assert "check_linear_forward: not attempted yet." in text
    assert "write your code in place of that line" in text
    assert not re.search("Traceback|Error", text.replace("NotImplementedError", ""))


def test_a_forgotten_bias_is_reported_without_a_traceback(lab, browser, student):
    write_forward(student, FORWARD)
    page = lab.open(browser, student / NOTEBOOK)
    start_all(page)
    selector = ".jp-OutputArea-output:has-text('check_linear_forward: not right yet')"
    page.wait_for_selector(selector, timeout=60_000)
    message = page.locator(selector).first.inner_text()
    assert "forward(x) with N=5, D=3, M=2" in message
    assert "the shape is right, but 10 of 10 values are wrong" in message
    assert "Traceback" not in outputs(page)


def test_a_right_forward_passes_its_check_and_draws_its_picture(lab, browser, student):
    write_forward(student, RIGHT)
    page = lab.open(browser, student / NOTEBOOK)
    run_all(page)
    text = outputs(page)
    assert "check_linear_forward: passed." in text
    assert "check_linear_grad_input: not attempted yet." in text
    assert page.locator(".jp-OutputArea-output img").count() >= 2


def test_an_hour_of_a_student_from_the_untouched_checks_to_a_valid_notebook(
    lab, browser, student
):
    page = lab.open(browser, student / NOTEBOOK)

    # The untouched notebook: each check says what to do.
    run_all(page)
    assert "check_linear_forward: not attempted yet." in outputs(page)

    # A first try without the biases, typed into the notebook.
    stub, check = (
        place_of(page, "class Linear"),
        place_of(page, "def check_linear_forw"),
    )
    type_into_stub(page, stub, "return x @ self.weights.T")
    run_cell(page, stub)
    said = run_cell(page, check)
    assert "check_linear_forward: not right yet" in said
    assert "biases" in said
    assert "Traceback" not in said

    # The right line in its place.
    type_into_stub(page, stub, "self.x = x\nreturn x @ self.weights.T + self.biases")
    run_cell(page, stub)
    assert "check_linear_forward: passed." in run_cell(page, check)

    # The other two methods, and everything once more.
    type_into_stub(
        page,
        stub,
        "self.grad_weights = grad_output.T @ self.x\n"
        "self.grad_biases = grad_output.sum(axis=0)\n"
        "return grad_output @ self.weights",
    )
    type_into_stub(
        page,
        stub,
        "self.weights = self.weights - learning_rate * self.grad_weights\n"
        "self.biases = self.biases - learning_rate * self.grad_biases",
    )
    run_all(page)
    text = outputs(page)
    assert "not right yet" not in text
    assert "not attempted yet" not in text

    # The button of nbgrader, which runs it all in a kernel of its own.
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=Saving completed", timeout=20_000)
    page.click(".jp-NotebookPanel-toolbar >> text=Validate")
    page.wait_for_selector(".jp-Dialog", timeout=120_000)
    dialog = page.locator(".jp-Dialog").inner_text()
    assert "Success! Your notebook passes all the tests." in dialog


def place_of(page, text):
    """Which code cell has this text."""
    codes = page.eval_on_selector_all(
        ".jp-CodeCell .cm-content", "nodes => nodes.map(node => node.innerText)"
    )
    (place,) = [k for k, code in enumerate(codes) if text in code]
    return place


def type_into_stub(page, place, lines):
    """Replace the first line of the next unfinished method by typing."""
    cell = page.locator(".jp-CodeCell").nth(place)
    todo = cell.locator(".cm-line:has-text('raise NotImplementedError()')")
    earlier = cell.locator(".cm-line:has-text('return x @ self.weights.T')")
    first = todo if not lines.startswith("self.x") else earlier
    first.first.click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    for k, line in enumerate(lines.split("\n")):
        if k:
            page.keyboard.press("Enter")
        page.keyboard.type(line)
