"""Where pictures go: an image widget while a board is open, a still at its end."""

from .._display import replace_still


class Screen:
    """An image widget that a notebook shows and that gives way to a still picture."""

    @staticmethod
    def is_there():
        """Whether a Jupyter kernel runs this code, and widgets are installed."""
        try:
            import ipywidgets  # noqa: F401
            from IPython import get_ipython
        except ImportError:
            return False
        return getattr(get_ipython(), "kernel", None) is not None

    def __init__(self, picture, width, height):
        import ipywidgets
        from IPython.display import display

        self._width, self._height = width, height
        self._widget = ipywidgets.Image(
            value=picture,
            format="jpeg",
            width=width,
            layout=ipywidgets.Layout(max_width="100%", height="auto"),
        )
        self._handle = display(self._widget, display_id=True)

    def show(self, picture):
        """Show the bytes of a JPEG picture."""
        self._widget.value = picture

    def close(self, still, said):
        """Put a still PNG picture in the widget's place."""
        replace_still(self._handle, still, self._width, self._height, said)
        # An empty value: a notebook that keeps widgets' state has nothing to keep.
        self._widget.value = b""
        self._widget.close()
