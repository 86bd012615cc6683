"""Frames for a front end that runs none of our code: pictures in an image widget."""

from .. import _style
from ._matplotlib import Renderer


class ImageFigure:
    """An image widget; each frame is a JPEG picture that Matplotlib draws."""

    def __init__(self, layout, scenes):
        import ipywidgets

        self._renderer = Renderer(layout)
        self.widget = ipywidgets.Image(
            value=self._renderer.frame(scenes),
            format="jpeg",
            width=round(layout.size[0] * _style.zoom()),
            layout=ipywidgets.Layout(max_width="100%", height="auto"),
        )

    def close(self):
        """Give the pictures' memory back."""
        self._renderer.close()

    def show(self, scenes):
        """Draw these panels anew and send the whole picture."""
        self.widget.value = self._renderer.frame(scenes)
