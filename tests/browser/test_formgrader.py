"""What students wrote, seen by an instructor in nbgrader's formgrader.

The formgrader shows graded notebooks in a page with the instructor's rights. They are
cleaned when they are written and when they are shown; either must do alone.
"""

import base64
import io
import os
import shutil
import sysconfig
import warnings
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from PIL import Image
from sqlalchemy.exc import SAWarning

from grading.sanitise import sanitise
from tests.browser.session import formgrader

pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).parents[2]
NAME = "01_evil"
RUN = "window.pwned = (window.pwned || 0) + 1"
FRAMED = f"<script>top.{RUN[7:]}</script>".replace("(window", "(top.window")
COVER = "position:fixed;inset:0;z-index:9999;background:red"

ATTACKS = [
    f"<script>{RUN}</script>",
    f'<img src="x" onerror="{RUN}">',
    f'<svg onload="{RUN}"><a href="javascript:{RUN}"><text y="20">t</text></a></svg>',
    f'<a class="trap" href="javascript:{RUN}">a link</a>',
    '<a class="trap" href="/formgrader?path=/tmp/elsewhere">a link of this server</a>',
    f'<iframe srcdoc="{FRAMED.replace(chr(34), "&quot;")}"></iframe>',
    f'<div class="cover" style="{COVER}">covered</div>',
    '<div class="modal in" style="display:block">covered</div>',
    '<meta http-equiv="refresh" content="0;url=/tree">',
    '<base href="http://127.0.0.1:9/">',
    f'<form action="/tree"><input name="q" autofocus onfocus="{RUN}"></form>',
    f'<a class="trap" href="data:text/html,{RUN}">data</a>',
    f"<math><mtext><table><mglyph><style><img src=x onerror='{RUN}'>",
    '<link rel="stylesheet" href="http://127.0.0.1:9/track.css">',
    '<img src="/formgrader?path=/tmp/elsewhere">',
    "<style>body { display: none }</style>",
]
WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}
IN_MARKDOWN = [
    f"[trap](javascript:{RUN.replace(' ', '')})",
    f"```mermaid\n<img src=x onerror='{RUN}'>\n```",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    "![gone](attachment:missing.png)",
    "[other]: javascript:window.pwned=1\n\n[trap][other]",
    "</div></div></div><h1 id='evil'>escaped</h1>",
    "# evil",
]


def picture(kind):
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


def display(**data):
    data = {name.replace("__", "/").replace("_", "+"): v for name, v in data.items()}
    return new_output("display_data", data)


def evil_notebook():
    """A graded notebook with every attack, and with honest work between them."""
    mark = {"grade_id": "evil", "grade": True, "solution": True, "locked": False}
    mark |= {"points": 2, "schema_version": 3, "task": False, "cell_type": "markdown"}
    answer = new_markdown_cell("An honest answer: $a<b$.", metadata={"nbgrader": mark})
    outputs = [
        *(display(text__html=attack) for attack in ATTACKS),
        display(application__javascript=RUN),
        new_output("display_data", WIDGET),
        display(
            image__svg_xml=f'<svg xmlns="http://www.w3.org/2000/svg" width="30" '
            f'height="30" onload="{RUN}"><script>{RUN}</script><circle r="9"/></svg>'
        ),
        display(image__png=f'"><script>{RUN}</script>'),
        new_output(
            "display_data",
            {"image/png": picture("png")},
            metadata={"image/png": {"width": f"1 onload={RUN}"}},
        ),
        display(
            text__html="<table border='1'><tr><th>an honest table</th></tr></table>"
        ),
        display(text__latex=r"$\frac{1}{2} \href{javascript:x}{y}$"),
        display(text__markdown=ATTACKS[0]),
        new_output("stream", name="stdout", text=ATTACKS[0]),
        new_output("error", ename="E", evalue="E", traceback=[ATTACKS[1]]),
    ]
    cells = [
        *(new_markdown_cell(attack) for attack in ATTACKS + IN_MARKDOWN),
        new_code_cell(
            "'<script>'", outputs=outputs, metadata={"tags": ["x' onclick="]}
        ),
        nbformat.v4.new_raw_cell(ATTACKS[0]),
        new_markdown_cell(
            "![p](attachment:a.png)",
            attachments={"a.png": {"image/png": picture("png")}},
        ),
        new_markdown_cell("**Bold**, `x<y` and $c < d$.\n\n|head|\n|-|\n|cell|"),
        answer,
    ]
    metadata = {"title": f"</title><script>{RUN}</script>"}
    metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}
    }
    return new_notebook(cells=cells, metadata=metadata)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one submission, graded, in the gradebook and in autograded/."""
    scripts = sysconfig.get_path("scripts")  # nbgrader starts `alembic` by name
    monkeypatch.setenv("PATH", scripts + os.pathsep + os.environ["PATH"])
    root = tmp_path / "course"
    path = root / "autograded" / "mallory" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(evil_notebook(), path)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with Gradebook(
        f"sqlite:///{root / 'gradebook.db'}", "neural_networks_by_hand"
    ) as book:
        book.add_assignment(NAME)
        book.add_notebook(NAME, NAME)
        book.add_grade_cell("evil", NAME, NAME, max_score=2, cell_type="markdown")
        book.add_solution_cell("evil", NAME, NAME)
        book.add_student("mallory")
        with warnings.catch_warnings():
            # nbgrader's own models are what SQLAlchemy complains about.
            warnings.simplefilter("ignore", SAWarning)
            book.add_submission(NAME, "mallory")
    return root


def submission_id(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return book.find_submission_notebook(NAME, NAME, "mallory").id


def click_all(page):
    """Click whatever link of a student's is left."""
    page.eval_on_selector_all(".trap", "links => links.forEach(link => link.click())")
    page.get_by_text("trap", exact=True).evaluate_all(
        "all => all.forEach(a => a.click())"
    )
    page.wait_for_timeout(200)


def assert_harmless(page):
    address = page.url
    click_all(page)
    assert page.evaluate("window.pwned") is None
    assert page.url == address
    # Whatever is at the page's corners is not the student's.
    on_top = page.evaluate("document.elementFromPoint(5, innerHeight - 5).className")
    assert on_top not in ("cover", "modal in")
    tags = "svg, iframe, form, meta[http-equiv=refresh], base, math, .trap[href]"
    assert page.locator(f"#notebook-container :is({tags}), .body {tags}").count() == 0


def assert_honest_work_is_shown(page):
    images = page.locator("img[src^='data:image/png']")
    assert images.count() == 2  # the cell's own, and the attachment
    assert all(images.nth(i).evaluate("i => i.naturalWidth") == 40 for i in range(2))
    drawn = page.locator("img[src^='data:image/svg']")
    assert drawn.evaluate("i => i.naturalWidth") == 30
    text = page.inner_text("body")
    for shown in ("an honest table", "$a<b$", "x<y", "$c < d$", "cell", r"\frac{1}{2}"):
        assert shown in text
    assert "\\href" not in text.replace("`", "")


def test_the_formgrader_runs_nothing_of_a_students(course, tmp_path, browser):
    with formgrader(tmp_path, course) as (url, token):
        page = browser.new_page()
        address = f"{url}/formgrader/submissions/{submission_id(course)}/?token={token}"
        loaded = []
        page.on("request", lambda request: loaded.append(request.url))
        page.goto(address, wait_until="load")
        assert_harmless(page)
        assert_honest_work_is_shown(page)
        # The instructor's own work goes on: the points' field is where it belongs.
        assert page.locator("input.score#evil").count() == 1
        assert page.locator("#evil").count() == 1
        assert not [u for u in loaded if "elsewhere" in u or "127.0.0.1:9/" in u]
        page.close()


@pytest.mark.parametrize("cleaned", [True, False], ids=["cleaned", "as handed in"])
def test_a_cleaned_notebook_is_harmless_in_nbconvert_too(browser, cleaned):
    notebook = evil_notebook()
    if not cleaned:
        # nbconvert stops at the first of these, and the page would leave at the second.
        lost = ("missing.png", "http-equiv")
        notebook.cells = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "markdown" and not any(x in cell.source for x in lost)
        ]
    shown = sanitise(notebook) if cleaned else notebook
    text, _ = HTMLExporter(template_name="classic").from_notebook_node(shown)
    page = browser.new_page()
    page.set_content(text, wait_until="domcontentloaded")
    page.wait_for_timeout(300)
    if cleaned:
        assert_harmless(page)
        assert_honest_work_is_shown(page)
    else:
        assert page.evaluate("window.pwned") > 3  # so the attacks are real
    page.close()
