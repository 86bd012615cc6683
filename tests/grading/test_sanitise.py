"""What a student wrote is harmless after it was cleaned, and honest work is whole.

What runs in a browser is in tests/browser/test_formgrader.py.
"""

import base64
import copy
import io
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)
from PIL import Image

from grading.harmless import clean_html, clean_markdown, render_markdown
from grading.pictures import check_data_uri, check_picture, draw_apart
from grading.sanitise import sanitise

ROOT = Path(__file__).parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}>{}</svg>'


def picture(kind="png", size=(4, 3)):
    stream = io.BytesIO()
    Image.new("RGB", size).save(stream, kind)
    return base64.b64encode(stream.getvalue()).decode()


def clean_outputs(*outputs):
    cell = new_code_cell("x", outputs=list(outputs))
    return sanitise(new_notebook(cells=[cell])).cells[0].outputs


def clean_display(**kinds):
    data = {name.replace("__", "/"): value for name, value in kinds.items()}
    return clean_outputs(new_output("display_data", data))


# HTML --------------------------------------------------------------------------------


def test_a_table_of_pandas_stays_a_table():
    table = (
        '<div><style scoped>.dataframe { color: red }</style><table border="1" '
        'class="dataframe"><thead><tr style="text-align: right;"><th>loss</th></tr>'
        "</thead><tbody><tr><td>0.5</td></tr></tbody></table></div>"
    )
    assert clean_html(table) == (
        '<div><table border="1" class="dataframe"><thead>'
        '<tr style="text-align:right"><th>loss</th></tr></thead><tbody><tr>'
        "<td>0.5</td></tr></tbody></table></div>"
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a<script>b()</script>c", "ac"),
        ('<b onclick="c()" id="d">e</b>', "<b>e</b>"),
        ('<p style="position:fixed;color:red">a</p>', '<p style="color:red">a</p>'),
        ('<div class="modal in k">a</div>', '<div class="k">a</div>'),
        ("<form><input><button>a</button></form>", "a"),
        ('<iframe srcdoc="a"></iframe><object data="b"></object>', ""),
        ('<meta http-equiv="refresh" content="0"><base href="//a"><link href="b">', ""),
        ('<img src="http://a.org/b.png" srcset="c">', "<img>"),
        ('<img src="/formgrader?path=a">', "<img>"),
        ('<img src="plot.png" width="50">', '<img src="plot.png" width="50">'),
        (r"$\hr<wbr>ef{javascript:a}{b}$", r"$\ href{javascript:a}{b}$"),
        (r"$\frac{1}{2} &lt; x$", r"$\frac{1}{2} &lt; x$"),
    ],
)
def test_only_harmless_html_is_left(text, clean):
    assert clean_html(text) == clean
    assert clean_html(clean) == clean


@pytest.mark.parametrize(
    "url",
    [
        "javascript:a()",
        "java&#9;script:a()",
        "data:text/html,a",
        "vbscript:a",
        "/formgrader?path=/tmp",
        "evil.html",
        "//a.org",
        "http://localhost:8888/lab",
        "http://127.0.0.1:8888/lab",
        "http://2130706433/",
        "http://[::1]/",
        "http://a.org@localhost/",
        "http://me.local/",
    ],
)
def test_a_link_to_the_readers_own_machine_leads_nowhere(url):
    assert "href" not in clean_html(f'<a href="{url}">a</a>')
    assert "href" not in render_markdown(f"[a]({url})")


def test_a_link_to_the_web_stays():
    clean = clean_html('<a href="https://numpy.org/doc">a</a>')
    assert 'href="https://numpy.org/doc"' in clean
    assert "noopener" in clean


def test_html_that_would_take_for_ever_is_left_out():
    start = time.perf_counter()
    assert clean_html("<b><div>" * 10**5) == "[left out: too many tags]"
    assert time.perf_counter() - start < 2


# Markdown ----------------------------------------------------------------------------


def test_all_that_the_course_says_stays_as_it_is():
    paths = [*ROOT.glob("release/*/*.ipynb"), *ROOT.glob("notebooks/*.ipynb")]
    assert len(paths) > 10
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        after = sanitise(notebook)
        assert [c.source for c in after.cells] == [c.source for c in notebook.cells]
        assert [c.metadata.get("nbgrader") for c in after.cells] == [
            c.metadata.get("nbgrader") for c in notebook.cells
        ]


@pytest.mark.parametrize(
    "source",
    [
        "$a<b$ and $c>d$, `x<y`, $$\\frac{a}{b} < 1$$",
        "```\n<script>\n```",
        "```python\nif a < b:\n    pass\n```",
        "<b>bold</b>, <sub>low</sub><br>\n\n<details><summary>a</summary>\n\n- b\n\n"
        "</details>",
        "|a|b|\n|:-|-:|\n|1|2|\n\n- [x] done\n- [ ] not\n\n1. one\n\n7. seven",
        "# A heading\n\n[NumPy](https://numpy.org), <https://numpy.org>\n\n![](a.png)",
    ],
)
def test_honest_markdown_is_not_touched(source):
    assert clean_markdown(source) == source


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("a <script>b</script> $c<d$", "a < script>b< /script> $c< d$"),
        ("[a](javascript:b)", "[a] (javascript:b)"),
        ("[a][b]\n\n[b]: javascript:c", "[a] [b]\n\n[b] : javascript:c"),
        (r"$\href{javascript:a}{b}$", r"$\ href{javascript:a}{b}$"),
        ("![a](attachment:none.png)", "![a] (attachment:none.png)"),
        ("</div></div>", "< /div>< /div>"),
        ("<table><tr><td>", "< table>< tr>< td>"),
        ('<b class="modal">a</b>', '< b class="modal">a< /b>'),
        (
            "```mermaid\n<img src=x onerror=a()>\n```",
            "````\n```mermaid\n<img src=x onerror=a()>\n```\n````",
        ),
        (
            "&dollar;&bsol;href{a}{b}&dollar;",
            "```\n&dollar;&bsol;href{a}{b}&dollar;\n```",
        ),
        ("<a href='/formgrader'>a</a>", "< a href='/formgrader'>a< /a>"),
        ("# test_linear", "```\n# test_linear\n```"),
        (
            "<li><div><li></li></div></li>",
            "< li>< div>< li>< /li>< /div>< /li>",
        ),
    ],
)
def test_markdown_that_could_act_is_taken_apart(source, clean):
    assert clean_markdown(source, taken={"test_linear"}) == clean
    assert clean_markdown(clean, taken={"test_linear"}) == clean


def test_very_long_markdown_is_cut_so_that_it_takes_little_time():
    start = time.perf_counter()
    clean = clean_markdown("\\begin{a}" * 10**5)
    assert clean.endswith("[the rest was left out]")
    assert time.perf_counter() - start < 10


# Pictures ----------------------------------------------------------------------------


def test_only_what_decodes_as_such_a_picture_is_one():
    for kind in ("png", "jpeg"):
        assert check_picture(f"image/{kind}", picture(kind)) == picture(kind)
    assert check_picture("image/jpeg", picture("png")) is None
    half = picture(size=(300, 300))[:400]
    assert check_picture("image/png", half) is None
    assert check_picture("image/png", '"><script>') is None
    assert check_picture("image/png", "") is None


def test_a_picture_with_very_many_pixels_is_none():
    stream = io.BytesIO()
    Image.new("1", (6000, 5000)).save(stream, "png")
    small = base64.b64encode(stream.getvalue()).decode()
    assert len(small) < 10**5
    assert check_picture("image/png", small) is None


def test_an_svg_becomes_a_picture_without_anything_that_acts():
    evil = SVG.format(
        'onload="a()"',
        '<script>b()</script><foreignObject/><a href="javascript:c()"/>'
        '<image href="http://d.org/e.png"/><rect fill="url(#f)" style="fill:url(//g)"/>'
        "<style>@import url(h)</style><set onbegin='i()'/>",
    )
    uri = draw_apart(evil)
    drawn = base64.b64decode(uri.removeprefix("data:image/svg+xml;base64,")).decode()
    assert drawn == SVG.format("", '<image /><rect fill="url(#f)" /><style />').replace(
        " >", ">"
    )
    assert check_data_uri(uri) == uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html/>",
        "<svg/>",
        '<!DOCTYPE a [<!ENTITY b "c">]>' + SVG.format("", "&b;"),
        SVG.format("", "<g>" * 10**4 + "</g>" * 10**4),
    ],
)
def test_what_is_no_svg_or_too_deep_is_no_picture(text):
    assert draw_apart(text) is None


# Notebooks ---------------------------------------------------------------------------


def test_only_safe_kinds_of_output_are_left():
    (output,) = clean_display(
        text__plain="1",
        text__html="<b onclick='a()'>1</b>",
        text__latex=r"$\href{a}{b}$",
        text__markdown="<script>a</script>",
        image__png=picture(),
        application__javascript="a()",
        **{"application/vnd.jupyter.widget-view+json": {"model_id": "a"}},
    )
    assert output.data == {
        "text/plain": "1",
        "text/html": "<b>1</b>",
        "text/latex": r"$\ href{a}{b}$",
        "text/markdown": "< script>a< /script>",
        "image/png": picture(),
    }
    assert clean_display(application__javascript="a()") == []


def test_a_picture_that_is_none_is_replaced_by_a_note():
    (output,) = clean_display(image__png="nothing")
    assert output.data == {"text/plain": "[left out: it is broken, big, or unsafe]"}


def test_metadata_that_reaches_the_page_is_left_out():
    data = {"image/png": picture()}
    asked = {"width": '1 onload="a()"', "height": 30, "unconfined": True}
    output = new_output("display_data", data, metadata={"image/png": asked})
    cell = new_code_cell("x", outputs=[output], metadata={"tags": ["' onclick='a()"]})
    cell.metadata["nbgrader"] = {"grade_id": '"><script>', "grade": True}
    notebook = new_notebook(
        cells=[cell], metadata={"title": "<script>", "widgets": {"a": 1}}
    )
    clean = sanitise(notebook)
    assert clean.metadata == {}
    assert clean.cells[0].metadata == {"nbgrader": {"grade": True}}
    kept = clean.cells[0].outputs[0].metadata["image/png"]
    assert kept == {"alt": "a picture that this cell drew", "height": 30}


def test_the_text_of_a_raw_cell_does_not_become_html():
    clean = sanitise(new_notebook(cells=[new_raw_cell("<script>")]))
    assert clean.cells[0].source == "<script>"
    assert clean.cells[0].metadata.raw_mimetype == "text/plain"


def test_what_is_too_long_is_cut_and_a_note_says_so(monkeypatch):
    monkeypatch.setattr("grading.sanitise.TEXT_LENGTH", 200)
    long, short = clean_outputs(
        new_output("stream", name="stdout", text="a" * 201),
        new_output("stream", name="stdout", text="b" * 200),
    )
    assert long.text == "a" * 100 + "\n[the rest was left out: too long]"
    assert short.text == "b" * 200
    monkeypatch.setattr("grading.sanitise.NOTEBOOK_LENGTH", 250)
    first, second = clean_outputs(
        new_output("stream", name="stdout", text="b" * 200),
        new_output("stream", name="stdout", text="b" * 100),
    )
    assert first.text == "b" * 200
    assert second.text == "[left out: the notebook is too big]"
    monkeypatch.setattr("grading.sanitise.OUTPUTS", 2)
    outputs = clean_outputs(*[new_output("stream", name="stdout", text="c")] * 5)
    assert [o.text for o in outputs] == ["c", "c", "[3 more outputs were left out]"]


def test_the_notebook_itself_is_not_changed_and_twice_is_once():
    outputs = [
        new_output("display_data", {"image/svg+xml": SVG.format("", "<rect/>")}),
        new_output("display_data", {"text/html": "<script>a</script><b>c</b>"}),
        new_output("execute_result", {"text/plain": "0.5"}, execution_count=2),
        new_output("error", ename="E", evalue="v", traceback=["a", "b"]),
        new_output("stream", name="stderr", text="w"),
    ]
    pictures = {"a.png": {"image/png": picture(), "image/svg+xml": "x"}}
    cells = [
        new_markdown_cell("![a](attachment:a.png) <script>", attachments=pictures),
        new_code_cell("x", outputs=outputs, execution_count=2),
    ]
    notebook = new_notebook(cells=cells, metadata={"course": {"fixes": ["a"]}})
    before = copy.deepcopy(notebook)
    clean = sanitise(notebook)
    assert notebook == before
    nbformat.validate(clean)
    assert sanitise(clean) == clean
    assert clean.metadata.course == {"fixes": ["a"]}
    assert clean.cells[0].attachments == {"a.png": {"image/png": picture()}}
    kinds = [output.output_type for output in clean.cells[1].outputs]
    assert kinds == [output.output_type for output in outputs]
    assert clean.cells[1].outputs[0].data["text/html"].startswith('<img src="data:')
