r"""Show HTML and Markdown that a student wrote, with nothing in it that can act.

HTML is cleaned: it comes back with the tags, attributes and links of the lists below
and no others. Markdown is not rewritten, for that would take a second parser that
agrees with nbconvert's on what is maths, what is code and what is a tag. It is rendered
instead, and stays as it is if the result is harmless; if not, its tags and links are
taken apart by a space, which means nothing in maths ($a< b$); if that is not enough, it
is shown as the text that it is.
"""

import functools
import html
import re

import nh3
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.token import STANDARD_TYPES

from grading.pictures import check_data_uri

#: The most characters of Markdown that are shown; some inputs take it quadratic time.
MARKDOWN_LENGTH = 30_000
#: The most tags, beside those of tables: nested, they take quadratic time, too.
TAGS = 5000

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del"),
    *("details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("i", "img", "input", "kbd", "li", "mark", "ol", "p", "pre", "s", "small"),
    *("span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
    *("th", "thead", "tr", "u", "ul"),
}
_VOID = {"br", "hr", "img", "input"}
# Left open, or closed by another's end, these would change what follows the cell.
_MUST_END = {"a", "b", "code", "div", "em", "i", "s", "small", "strong", "table", "u"}
# A form's field acts: only Markdown's own tick boxes are let through, as text.
_TAGS_OF_HTML = _TAGS - {"input"}
_WITH_CONTENT = {
    *("iframe", "math", "noscript", "object", "script", "style", "svg", "template"),
    *("textarea", "title"),
}
_STYLES = {
    *("background-color", "color", "font-family", "font-size", "font-style"),
    *("font-weight", "text-align", "text-decoration", "vertical-align"),
}
_CLASSES = {
    *("anchor-link", "dataframe", "highlight", "task-list-item"),
    *("task-list-item-checkbox", *(name for name in STANDARD_TYPES.values() if name)),
}
# What MathJax can do beside maths: links, styles, names of the page.
_TEX = re.compile(
    r"\\(?=(?:bbox|class|csname|cssId|data|href|html\w*|mmlToken|require|style|texttip"
    r"|toggle|tooltip|url)(?![A-Za-z]))",
    re.IGNORECASE,
)
_SPACE = r"[ \t\n\f\r]"
_TAG = re.compile(
    rf'<(/?)([a-z][a-z0-9]*)((?:{_SPACE}+[a-z-]+(?:="[^"<>]*")?)*){_SPACE}*/?>'
)
_OTHER_TAG = re.compile(r"<(?!t(?:d|h|r|head|body|foot)\b)[a-z]", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([a-z-]+)(?:="([^"]*)")?')


def clean_html(text):
    """Return HTML with only harmless tags, attributes, styles and links left in it."""
    if len(_OTHER_TAG.findall(text)) > TAGS:
        return "[left out: too many tags]"
    clean = nh3.clean(
        text,
        tags=_TAGS_OF_HTML,
        clean_content_tags=_WITH_CONTENT,
        attributes={tag: _names_for(tag) for tag in _TAGS_OF_HTML},
        attribute_filter=_filter_attribute,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer nofollow",
    )
    return disarm_tex(clean)


def disarm_tex(text):
    """Return text in which MathJax finds nothing but maths."""
    return _TEX.sub(r"\\ ", text)


def render_markdown(source, attachments=None):
    """Return a cell's Markdown as harmless HTML.

    Parameters
    ----------
    source : str
    attachments : dict, optional
        The cell's pictures, by name, as nbformat has them.
    """
    harmless = clean_markdown(source, attachments)
    return clean_html(_render(harmless, attachments, exclude_anchor_links=True))


def clean_markdown(source, attachments=None, taken=frozenset()):
    """Return Markdown that is harmless wherever nbconvert's filter renders it.

    Parameters
    ----------
    source : str
    attachments : dict, optional
        The cell's pictures, by name, already checked.
    taken : set of str
        Names that the page itself needs, which no heading may take.

    Returns
    -------
    str
        `source` itself if it is harmless.
    """
    if attachments:
        return _choose_harmless(source, attachments, taken)
    return _choose_once(source, frozenset(taken))


@functools.lru_cache(256)  # most text of the course is in every notebook
def _choose_once(source, taken):
    return _choose_harmless(source, None, taken)


def _choose_harmless(source, attachments, taken):
    if len(source) > MARKDOWN_LENGTH:
        source = source[: MARKDOWN_LENGTH // 2] + "\n\n[the rest was left out]"
    for candidate in (source, _take_apart(source), _fence(source)):
        try:
            rendered = _render(candidate, attachments)
        except Exception:  # a student's text can break the renderer in any way
            continue
        if _is_harmless(rendered, taken):
            return candidate
    return "(This text cannot be shown.)"


def _render(source, attachments, **options):
    renderer = IPythonRenderer(escape=False, attachments=attachments or {}, **options)
    return MarkdownWithMath(renderer=renderer).render(source)


def _take_apart(source):
    apart = re.sub(r"<(?=[A-Za-z/!?])", "< ", source)
    apart = re.sub(r"\](?=[(\[:])", "] ", apart)
    return disarm_tex(apart)


def _fence(source):
    ticks = max(map(len, re.findall("`+", source)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{source}\n{fence}"


def _is_harmless(rendered, taken):
    """Whether HTML is written so plainly, and holds so little, that it cannot act.

    Every `<` must begin a tag of one strict form, on which all parsers agree.
    """
    if "<" in _TAG.sub("", rendered):
        return False
    tags = _TAG.findall(rendered)
    if not _stay_inside(tags):
        return False
    for closes, tag, attributes in tags:
        if tag not in _TAGS:
            return False
        found = {n: html.unescape(v) for n, v in _ATTRIBUTE.findall(attributes)}
        if not all(_may_stay(tag, name, found[name], taken) for name in found):
            return False
        if tag == "input" and not closes and "disabled" not in found:
            return False
    # Between tags MathJax sees the text itself; in code it does not look.
    shown = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", rendered, flags=re.DOTALL)
    return not _TEX.search(html.unescape(_TAG.sub("", shown)))


def _stay_inside(tags):
    """Whether no tag reaches out of the cell, by a browser's rules for closing tags."""
    stack = []
    for closes, tag, _ in tags:
        if not closes:
            # A second item closes the first, and all that is open in it.
            if tag in ("dd", "dt", "li") and "div" in stack:
                return False
            if tag not in _VOID:
                stack.append(tag)
        elif tag in stack:
            place = len(stack) - 1 - stack[::-1].index(tag)
            if not _MUST_END.isdisjoint(stack[place + 1 :]):
                return False
            del stack[place:]
        elif tag in _MUST_END:
            return False
    return _MUST_END.isdisjoint(stack)


def _may_stay(tag, name, value, taken):
    if name == "id":
        return tag in ("h1", "h2", "h3", "h4", "h5", "h6") and value not in taken
    if name == "style":
        return re.fullmatch(r"text-align: ?(left|right|center)", value) is not None
    if tag == "input":
        return name in ("class", "type", "checked", "disabled")
    if tag == "a" and name == "href" and re.match(r"#[^<>]*$", value):
        return True
    if name == "class" and tag == "code" and re.fullmatch(r"language-[\w+-]+", value):
        return True
    kept = _filter_attribute(tag, name, value) if name in _names_for(tag) else None
    return kept == value


def _names_for(tag):
    names = {"class", "style", "title"}
    return names | {
        "a": {"href"},
        "div": {"align"},
        "img": {"src", "alt", "width", "height"},
        "ol": {"start"},
        "p": {"align"},
        "table": {"border"},
        "td": {"align", "colspan", "rowspan"},
        "th": {"align", "colspan", "rowspan", "scope"},
    }.get(tag, set())


def _filter_attribute(tag, name, value):
    """Return what may stay of an attribute's value, or None."""
    if tag == "a" and name == "href":
        return value if _leads_away(value) else None
    if tag == "img" and name == "src":
        return value if _is_picture_beside(value) else check_data_uri(value)
    if name in ("width", "height", "border", "colspan", "rowspan", "start"):
        return value if re.fullmatch(r"\d{1,4}", value) else None
    if name in ("align", "scope"):
        return value if value.isalpha() else None
    if name == "class":
        return " ".join(c for c in value.split() if c in _CLASSES) or None
    return value


def _leads_away(url):
    """Whether a link leads to the web, and to nothing on the reader's own machine.

    A relative link, or one to localhost, would reach the Jupyter server with the
    rights of whoever follows it.
    """
    host = re.match(r"https?://([\w.-]+)(?::\d+)?(?=[/?#]|$)", url, re.ASCII)
    if not host:
        return False
    parts = host[1].rstrip(".").lower().split(".")
    return len(parts) > 1 and parts[-1].isalpha() and parts[-1] not in _LOCAL


_LOCAL = {"home", "internal", "lan", "local", "localdomain", "localhost", "test"}


def _is_picture_beside(url):
    """Whether it is the name of a picture's file in the notebook's folder or below."""
    return (
        re.fullmatch(
            r"(?!.*\.\.)\w[\w./-]*\.(png|jpe?g|gif|svg)", url, re.ASCII | re.IGNORECASE
        )
        is not None
    )
