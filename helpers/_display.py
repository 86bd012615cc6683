"""How a still picture reaches a notebook."""

import base64
import html
import sys

from . import _style


def in_ipython():
    """Whether this runs in IPython, in a notebook or not."""
    if "IPython" not in sys.modules:  # importing it takes a while, and it is not here
        return False
    from IPython import get_ipython

    return get_ipython() is not None


def show_still(still, width, height, said):
    """Show a PNG picture if this is IPython; its handle, with which to replace it."""
    if not in_ipython():
        return None
    from IPython.display import display

    data, metadata = bundle(still, width, height, said)
    return display(data, metadata=metadata, raw=True, display_id=True)


def replace_still(handle, still, width, height, said):
    """Show a PNG picture in the place of what `handle` shows."""
    data, metadata = bundle(still, width, height, said)
    handle.update(data, metadata=metadata, raw=True)


def bundle(still, width, height, said):
    """What a notebook keeps of a picture: data and metadata by media type.

    Front ends show the HTML, whose picture has an alternative text; they would leave
    out that of a plain PNG. What makes no pages, such as a PDF, takes the PNG. On a
    projector it is shown larger than `width` by `height`.
    """
    width, height = (round(side * _style.zoom()) for side in (width, height))
    coded = base64.b64encode(still).decode()
    page = (
        f'<img src="data:image/png;base64,{coded}" width="{width}" '
        f'alt="{html.escape(said)}" style="max-width: 100%; height: auto">'
    )
    data = {"text/html": page, "image/png": coded, "text/plain": said}
    return data, {"image/png": {"width": width, "height": height, "alt": said}}
