"""A real JupyterLab and a real Chromium, for tests and benchmarks."""

import contextlib
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells in the page
    "apputils-extension/notification": {"fetchNews": "false"},
}
# What Jupyter says of itself. Notebook 7: while it starts, sometimes late, that
# settings come after those who ask for them and that an extension is told of twice; and
# when buttons have icons, that it does not give out JupyterLab's font for these.
# JupyterLab: that a notebook was closed before its kernel told the debugger's state.
_OF_JUPYTER = re.compile(
    r"reading 'schema'|registered\.|403.*/static/lab/\w+\.woff2|"
    r"Could not restore the debugger state: Canceled"
)

# Ways into JupyterLab that no dialog stands in: nothing asks whether to save. A
# launcher is opened first: where nothing is left JupyterLab opens one itself, later.
_CLOSE_ALL = """async () => {
    const open = [...jupyterapp.shell.widgets('main')];
    await jupyterapp.commands.execute('launcher:create');
    open.forEach(widget => widget.dispose());
}"""
_TAKE_ITS_PLACE = f"""async path => {{
    await ({_CLOSE_ALL})();
    const launchers = [...jupyterapp.shell.widgets('main')];
    await jupyterapp.commands.execute('docmanager:open', {{path}});
    launchers.forEach(widget => widget.dispose());
}}"""


@contextlib.contextmanager
def chromium():
    """A headless Chromium; it must be there."""
    from playwright.sync_api import sync_playwright

    arguments = [*_QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Lab:
    """A running JupyterLab that serves one folder.

    Attributes
    ----------
    folder : Path
    problems : list of str
        What the browser's console said was an error, in all pages opened here, from
        when the notebook was there.
    """

    def __init__(self, folder, url, token):
        self.folder, self.url, self.token = folder, url, token
        self.problems, self._pages = [], {}

    def open(self, browser, path, *, width=1200, height=900, application="lab"):
        """Open a notebook of the served folder and wait for its kernel.

        It takes the place of what was open: JupyterLab itself, which needs seconds to
        start, stays there from one notebook to the next.

        Parameters
        ----------
        browser : Browser
        path : Path
            Inside of the folder that is served.
        width, height : int
            Of the window, in pixels.
        application : "lab" or "notebook"
            JupyterLab, or Notebook 7.
        """
        inside = path.relative_to(self.folder).as_posix()
        page = self._pages.get(application)
        if page and application == "notebook":
            page.close()  # it shows one notebook, and no other
        is_new = page is None or page.is_closed()
        if is_new:
            page = self._pages[application] = browser.new_page()
            place = {"lab": "lab?reset&", "notebook": f"notebooks/{quote(inside)}?"}
            page.goto(f"{self.url}/{place[application]}token={self.token}")
        page.set_viewport_size({"width": width, "height": height})
        if application == "lab":
            page.wait_for_selector(".jp-Launcher, .jp-Notebook", timeout=120_000)
            page.evaluate(_TAKE_ITS_PLACE, inside)
            page.wait_for_selector("text=| Idle", timeout=120_000)
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        idle = ".jp-Notebook-ExecutionIndicator[data-status='idle']"
        page.wait_for_selector(idle, state="attached", timeout=120_000)
        self._wait_for_kernel()  # Notebook 7 says that it is idle before there is one
        if is_new:
            page.on("console", lambda m: m.type == "error" and self._hear(_said_by(m)))
            page.on("pageerror", lambda error: self._hear(str(error)))
        return page

    def close_all(self):
        """Close all notebooks, and end all kernels: some train without end."""
        for application, page in list(self._pages.items()):
            if application == "lab" and not page.is_closed():
                page.evaluate(_CLOSE_ALL)
                page.emulate_media(reduced_motion="null")
            else:
                self._pages.pop(application).close()
        for kernel in json.loads(self._ask("GET", "kernels")):
            self._ask("DELETE", f"kernels/{kernel['id']}")

    def _wait_for_kernel(self):
        for _ in range(240):
            for kernel in json.loads(self._ask("GET", "kernels")):
                if kernel["connections"] and kernel["execution_state"] == "idle":
                    return
            time.sleep(0.25)
        raise RuntimeError("no kernel has started")

    def _ask(self, method, path):
        address = f"{self.url}/api/{path}?token={self.token}"
        request = urllib.request.Request(address, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def _hear(self, text):
        if not _OF_JUPYTER.search(text):
            self.problems.append(text)


@contextlib.contextmanager
def jupyterlab(room, *, data=None, environment=()):
    """A JupyterLab on an empty folder whose path has a space in it.

    Parameters
    ----------
    room : Path
        An empty folder for the served one, and for settings and logs.
    data : Path, optional
        Where the kernels find MNIST; without it they have none.
    environment : dict, optional
        More variables for the server and its kernels.
    """
    folder = room / "my course"
    folder.mkdir()
    for plugin, settings in _SETTINGS.items():
        path = room / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings))
    variables = {
        "JUPYTERLAB_SETTINGS_DIR": str(room / "settings"),
        "NN_DATA_DIR": str(data or room / "data"),
        **dict(environment),
    }
    option = "--LabApp.expose_app_in_browser=True"
    with _serve("jupyterlab", room, folder, variables, option) as (url, token):
        yield Lab(folder, url, token)


@contextlib.contextmanager
def formgrader(room, course):
    """A Jupyter server in a course folder, with nbgrader's formgrader.

    The address of the server, and its token.
    """
    extension = "nbgrader.server_extensions.formgrader"
    option = f"--ServerApp.jpserver_extensions={{'{extension}': True}}"
    with _serve("jupyter_server", room, course, {}, option) as running:
        yield running


@contextlib.contextmanager
def _serve(program, room, folder, variables, *options):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    variables = os.environ | {
        "JUPYTER_CONFIG_DIR": str(room / "config"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
        **variables,
    }
    command = [sys.executable, "-m", program, "--no-browser", "--allow-root", *options]
    options = [
        f"--port={port}",
        "--ip=127.0.0.1",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
    ]
    log = room / "server.log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [*command, *options],
            cwd=folder,
            env=variables,
            stdout=stream,
            stderr=stream,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            _wait_until_up(f"{url}/api?token={token}", server, log)
            yield url, token
        finally:
            server.terminate()
            server.wait(20)


def _wait_until_up(url, server, log):
    for _ in range(240):
        if server.poll() is not None:
            raise RuntimeError(f"Jupyter ended:\n{log.read_text()[-2000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.25)
    raise RuntimeError(f"Jupyter did not answer:\n{log.read_text()[-2000:]}")


def start_all(page):
    """Choose *Run All Cells*."""
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click(".lm-Menu-itemLabel:text-is('Run All Cells')")


def run_all(page, timeout=120):
    """Choose *Run All Cells*, and wait until each cell has run."""
    start_all(page)
    page.wait_for_function(
        """() => {
            const cells = [...document.querySelectorAll('.jp-CodeCell')];
            const prompts = cells.map(
                c => c.querySelector('.jp-InputPrompt').textContent);
            return prompts.every(p => /\\[\\d+\\]/.test(p));
        }""",
        timeout=1000 * timeout,
    )


def run_cell(page, place, code=None, timeout=60):
    """Run one code cell, with new code if it is given, and wait until it has run.

    The text that it printed.
    """
    cell = page.locator(".jp-CodeCell").nth(place)
    cell.locator(".cm-content").click()
    if code is not None:
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)
    before = cell.locator(".jp-InputPrompt").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """([place, before]) => {
            const cell = document.querySelectorAll('.jp-CodeCell')[place];
            const now = cell.querySelector('.jp-InputPrompt').innerText;
            return now !== before && /\\[\\d+\\]/.test(now);
        }""",
        arg=[place, before],
        timeout=1000 * timeout,
    )
    return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())


def write_notebook(path, cells):
    """Write a notebook of these code cells."""
    import nbformat

    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, Path(path))
    return path


def _said_by(message):
    return f"{message.text} {message.location.get('url', '')}"
