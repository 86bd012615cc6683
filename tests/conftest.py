"""What all tests share: one thread for matrix products, and a real browser."""

import os
import shutil

import pytest

# Tests run side by side, and OpenBLAS waits actively: two of its threads on a core
# that is busy anyway make a training ten times as slow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium.

    It ends with its module: Playwright's event loop would get in the way of others.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright here")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with playwright.sync_playwright() as session:
        chromium = session.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()
