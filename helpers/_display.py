"""How a still picture reaches a notebook."""

import base64


def show_still(still, width, height, said):
    """Show a PNG picture once if this is IPython, else do nothing."""
    try:
        from IPython import get_ipython
        from IPython.display import display
    except ImportError:
        return
    if get_ipython() is not None:
        data, metadata = bundle(still, width, height, said)
        display(data, metadata=metadata, raw=True)


def bundle(still, width, height, said):
    """What a notebook keeps of a picture: data and metadata by media type."""
    data = {"image/png": base64.b64encode(still).decode(), "text/plain": said}
    return data, {"image/png": {"width": width, "height": height, "alt": said}}
