"""A widget with code of its own in the browser."""

from pathlib import Path

import anywidget
import traitlets

_FOLDER = Path(__file__).parent / "browser"


class BrowserWidget(anywidget.AnyWidget):
    """A widget that is drawn by a file of the folder `browser`, loaded once a page.

    Parameters
    ----------
    file : str
        The file's name, ``"canvas.js"`` for example.
    **traits
        Of the subclass.
    """

    _esm = _FOLDER / "once.js"
    _css = _FOLDER / "widgets.css"

    code = traitlets.Unicode().tag(sync=True)

    def __init__(self, file, **traits):
        code = (_FOLDER / file).read_text(encoding="utf-8")
        super().__init__(code=code, **traits)

    def on(self, kind, function):
        """Call `function(*buffers)` when the browser sends a message of this kind."""

        def hear(widget, content, buffers):
            if content.get("kind") == kind:
                function(*buffers)

        self.on_msg(hear)
