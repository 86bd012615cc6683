"""A student at work in JupyterLab, in a real browser."""

import json
import re

import pytest

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


def start_all(page):
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click("text=Run All Cells")


def run_all(page):
    start_all(page)
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell')];
            const prompts = cells.map(
                c => c.querySelector('.jp-InputPrompt').textContent);
            return prompts.every(p => /\\[\\d+\\]/.test(p));
        }""",
        timeout=120_000,
    )


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
