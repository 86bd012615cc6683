"""A real JupyterLab and a real browser, for what only they can show."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

ROOT = Path(__file__).parents[2]


class Lab:
    """A running JupyterLab that serves one folder."""

    def __init__(self, folder, url, token):
        self.folder, self.url, self.token = folder, url, token

    def open(self, browser, path):
        """Open a notebook of the served folder and wait for its kernel."""
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        inside = quote(str(path.relative_to(self.folder)))
        page.goto(f"{self.url}/lab/tree/{inside}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=120_000)
        page.wait_for_selector("text=| Idle", timeout=120_000)
        return page


@pytest.fixture
def student(lab, request):
    """A student's folder: a copy of the release that JupyterLab serves."""
    folder = lab.folder / request.node.name[:40]
    shutil.copytree(ROOT / "release", folder)
    return folder


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """JupyterLab on an empty folder whose path has a space in it."""
    tmp_path = tmp_path_factory.mktemp("lab")
    folder = tmp_path / "my course"
    folder.mkdir()
    for plugin, settings in {
        "notebook-extension/tracker": {
            "windowingMode": "none"
        },  # all cells in the page
        "apputils-extension/notification": {"fetchNews": "false"},
    }.items():
        path = tmp_path / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(8)
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "NN_DATA_DIR": str(tmp_path / "data"),
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1,localhost",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = [
        f"--port={port}",
        "--ip=127.0.0.1",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder}",
    ]
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(
        [*command, *options], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(f"{url}/api?token={token}", server, tmp_path / "lab.log")
        yield Lab(folder, url, token)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_until_up(url, server, log):
    for _ in range(240):
        if server.poll() is not None:
            pytest.fail(f"JupyterLab ended:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not answer:\n{log.read_text()[-2000:]}")
