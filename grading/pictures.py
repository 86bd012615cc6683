"""Let through the pictures that a student's code drew, and nothing in their guise."""

import base64
import binascii
import io
import re
import warnings
from xml.etree import ElementTree

from PIL import Image, UnidentifiedImageError

#: The most bytes and pixels that a picture may have.
PICTURE_BYTES = 5 * 2**20
PICTURE_PIXELS = 25 * 10**6

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
_DRAWS = {
    *("svg", "g", "defs", "title", "desc", "symbol", "use", "path", "rect", "circle"),
    *("ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath", "marker"),
    *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
    *("image", "style"),
}


def check_picture(kind, text):
    """Return a picture's base64 text without spaces, or None if it is no such picture.

    Parameters
    ----------
    kind : str
        "image/png" or "image/jpeg".
    text : str
        In base64; at most `PICTURE_BYTES` bytes, at most `PICTURE_PIXELS` pixels.
    """
    data = _decode(text)
    if data is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data), formats=[_FORMATS[kind]])
            if picture.width * picture.height > PICTURE_PIXELS:
                return None
            picture.load()
    except (
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,  # Pillow's word for a broken chunk
        UnidentifiedImageError,
        ValueError,
    ):
        return None
    return base64.b64encode(data).decode()


def draw_apart(svg):
    """Return an SVG picture as a data URI for `<img>`, where nothing in it can run.

    Scripts, handlers, foreign elements and all that is loaded from elsewhere are taken
    out as well, for who opens the picture on its own. None if it is no SVG.

    Parameters
    ----------
    svg : str
        At most `PICTURE_BYTES` bytes.
    """
    # Without entities of its own a document cannot grow when it is read.
    if len(svg) > PICTURE_BYTES or "<!ENTITY" in svg:
        return None
    try:
        root = ElementTree.fromstring(svg)
        if root.tag != f"{{{_SVG}}}svg":
            return None
        _strip_svg(root)
        data = ElementTree.tostring(root)
    except (ElementTree.ParseError, ValueError, RecursionError):
        return None
    return f"data:image/svg+xml;base64,{base64.b64encode(data).decode()}"


def check_data_uri(uri):
    """Return the `data:` URI of a picture that may be shown, or None."""
    kind, _, data = uri.removeprefix("data:").partition(";base64,")
    if not uri.startswith("data:") or not data:
        return None
    if kind == "image/svg+xml":
        drawn = _decode(data)
        return draw_apart(drawn.decode("utf-8", "replace")) if drawn else None
    data = check_picture(kind, data) if kind in _FORMATS else None
    return data and f"data:{kind};base64,{data}"


def _decode(text):
    text = "".join(text.split())
    if len(text) > PICTURE_BYTES * 4 // 3 + 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _strip_svg(root):
    todo = [root]
    while todo:
        element = todo.pop()
        for name, value in list(element.attrib.items()):
            if not _is_harmless(name, value):
                del element.attrib[name]
        if element.tag == f"{{{_SVG}}}style" and _loads(element.text or ""):
            element.text = ""
        for child in list(element):
            if child.tag in {f"{{{_SVG}}}{name}" for name in _DRAWS}:
                todo.append(child)
            else:
                element.remove(child)


def _is_harmless(name, value):
    if name in ("href", _LINK):
        return re.match(r"#|data:image/(png|jpeg);base64,", value) is not None
    return not name.startswith(("on", "{")) and not _loads(value)


def _loads(style):
    """Whether a style or a presentation attribute loads something."""
    return re.search(r"@import|url\(\s*['\"]?(?!#)|\\", style, re.I) is not None
