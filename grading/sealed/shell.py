"""Runs the cells of a notebook in this process, as a kernel would, and keeps outputs.

What a cell prints, shows and raises becomes the outputs of the notebook format. A cell
that prints without end is cut short; the rest of it runs on unheard.
"""

import base64
import builtins
import contextlib
import io
import json
import os
import sys
import tempfile

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Any, Type
from traitlets.config import Config

from grading.sealed.compiling import CompilingShell
from grading.sealed.outputs import error_output

#: The most characters of media that one cell may show.
_MOST_MEDIA = 20 * 2**20


class Outputs:
    """The outputs of the cell that is being run.

    Parameters
    ----------
    most_text : int
        How many characters a cell may print.
    """

    def __init__(self, most_text):
        self.most_text = most_text
        self.begin()

    def begin(self):
        """Start the outputs of a new cell."""
        self.items = []
        self._text_left, self._media_left = self.most_text, _MOST_MEDIA
        self._shown = {}
        self._clear = False

    def write(self, name, text):
        """Add printed text; `name` is "stdout" or "stderr"."""
        if self._text_left < 0:
            return
        self._text_left -= len(text)
        if self._text_left < 0:
            text = text[: self._text_left] + "\n[cut: the cell printed too much]\n"
        self._clear_if_wanted()
        last = self.items[-1] if self.items else {}
        if last.get("name") == name:
            last["parts"].append(text)
        else:
            self.items.append({"output_type": "stream", "name": name, "parts": [text]})

    def show(self, output, display_id=None, update=False):
        """Add an output of another kind, or put it in the place of an earlier one."""
        size = sum(len(str(part)) for part in output.get("data", {}).values())
        self._media_left -= size
        if self._media_left < 0:
            output["data"] = {"text/plain": "[cut: the cell showed too much]"}
        if update:
            for item in self._shown.get(display_id, []):
                item["data"], item["metadata"] = output["data"], output["metadata"]
            return
        self._clear_if_wanted()
        self.items.append(output)
        if display_id is not None:
            self._shown.setdefault(display_id, []).append(output)

    def clear(self, wait):
        """Forget what was shown; with `wait`, when the next output comes."""
        self._clear = True
        if not wait:
            self._clear_if_wanted()

    def take_text(self):
        """Return what was printed since the start of the outputs, and start anew."""
        printed = [part for item in self.items for part in item.get("parts", ())]
        self.begin()
        return "".join(printed)

    def finish(self):
        """Return the outputs as the notebook format has them."""
        for item in self.items:
            if item["output_type"] == "stream":
                item["text"] = "".join(item.pop("parts"))
        return self.items

    def _clear_if_wanted(self):
        if self._clear:
            self.items.clear()
            self._clear = False


class _Stream(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr."""

    encoding = "utf-8"

    def __init__(self, name, outputs):
        self._name, self._outputs = name, outputs

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._name, text)
        return len(text)

    def writable(self):
        return True

    def isatty(self):
        return False


class _Publisher(DisplayPublisher):
    """Takes what a cell displays."""

    outputs = Any()

    def publish(self, data, metadata=None, *, transient=None, update=False, **_):
        output = {
            "output_type": "display_data",
            "data": _make_plain(data),
            "metadata": metadata or {},
        }
        self.outputs.show(output, (transient or {}).get("display_id"), update)

    def clear_output(self, wait=False):
        self.outputs.clear(wait)


class _Hook(DisplayHook):
    """Takes the value of a cell's last expression."""

    outputs = Any()

    def start_displayhook(self):
        self._result = None

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self._result = format_dict, md_dict or {}

    def finish_displayhook(self):
        if self._result:
            data, metadata = self._result
            self.outputs.show(
                {
                    "output_type": "execute_result",
                    "data": _make_plain(data),
                    "metadata": metadata,
                    "execution_count": self.prompt_count,
                }
            )


class _Shell(CompilingShell):
    """IPython without a terminal: no history, no kernel, no questions."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs = Any()

    def enable_gui(self, gui=None):
        """Accept every event loop: there is none."""

    # Without a terminal, which the sandbox does not have.
    system = InteractiveShell.system_raw

    def ask_exit(self):
        """Go on after `exit()`: the cells that follow count as well."""

    def init_io(self):
        """Leave the streams alone."""

    def init_virtualenv(self):
        """Leave the path alone."""

    def _showtraceback(self, etype, evalue, stb):
        self.outputs.show(
            {
                "output_type": "error",
                "ename": str(etype.__name__),
                "evalue": _say(evalue),
                "traceback": [str(line) for line in stb],
            }
        )


class Shell:
    """A notebook's kernel, in this process.

    Parameters
    ----------
    most_text : int
        How many characters a cell may print.
    pictures : bool
        Whether cells can show pictures of Matplotlib, which takes a while to import.
    """

    def __init__(self, most_text=2**20, *, pictures=True):
        self.outputs = Outputs(most_text)
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.cache_size = 0
        self._shell = _Shell.instance(config=config)
        self._shell.outputs = self.outputs
        self._shell.display_pub.outputs = self.outputs
        self._shell.displayhook.outputs = self.outputs
        self._shell.user_ns["__name__"] = "__main__"
        if pictures:
            self._shell.run_line_magic("matplotlib", "inline")
        self._read = 0
        self.out = _Stream("stdout", self.outputs)
        self.err = _Stream("stderr", self.outputs)
        _Shell.clear_instance()  # this process is no notebook yet, see `start`

    @property
    def namespace(self):
        """The variables of the notebook, a dict."""
        return self._shell.user_ns

    def start(self):
        """Take over the streams of this process, below Python's own too."""
        for kind in _Shell._walk_mro():
            kind._instance = self._shell
        self._written, path = tempfile.mkstemp()
        os.unlink(path)
        for number in (1, 2):
            os.dup2(self._written, number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = self.out, self.err
        builtins.input = _refuse_input

    def remember(self, cells):
        """Compile cells for the processes that are forked later.

        Parameters
        ----------
        cells : iterable of (str, str)
            The source, and the name of the file under which it will run.
        """
        for source, name_of_file in cells:
            self._shell.compile.remember(source, name_of_file)

    def run(self, source, name_of_file, *, is_secret=False):
        """Run a cell; return its outputs, in the notebook format.

        There is always an error among them if the cell did not run to its end.

        Parameters
        ----------
        source : str
        name_of_file : str
            The name under which tracebacks find the cell.
        is_secret : bool
            Show none of its lines, in a traceback or a warning.
        """
        self.outputs.begin()
        compiler = self._shell.compile
        compiler.name_of_file, compiler.is_secret = name_of_file, is_secret
        try:
            result = self._shell.run_cell(source, store_history=True, silent=False)
            error = result.error_before_exec or result.error_in_exec
        except Exception as raised:  # by IPython: the text is too deep, for instance
            error = raised
        for name in ("stdout", "stderr"):
            with contextlib.suppress(Exception):  # a student's own stream, or none
                getattr(sys, name).flush()
        self._collect_written()
        shown = self.outputs.finish()
        if error and not any(output["output_type"] == "error" for output in shown):
            # IPython could not show it: too little memory is left, for instance.
            shown.append(error_output(type(error).__name__, _say(error)))
        return shown

    def _collect_written(self):
        """Add what was written past Python's own streams, by a program for instance."""
        size = os.fstat(self._written).st_size
        if size > self._read:
            text = os.pread(self._written, 2**20, self._read)
            self.outputs.write("stdout", text.decode("utf-8", "replace"))
            self._read = size


def _refuse_input(prompt=""):
    raise StdinNotImplementedError(
        "input() was called, but nobody is there to answer while work is graded."
    )


def _say(error):
    try:
        return str(error)
    except Exception:  # a student's own __str__
        return ""


def _make_plain(data):
    """Return a display's data as JSON can hold it."""
    plain = {}
    for kind, content in data.items():
        if isinstance(content, bytes):
            content = base64.b64encode(content).decode()
        elif not isinstance(content, str):
            try:
                content = json.loads(json.dumps(content, allow_nan=False))
            except (TypeError, ValueError, RecursionError):
                continue
        plain[str(kind)] = content
    return plain
