"""What all tests share: one thread for matrix products, and a real browser."""

import os
import signal
from pathlib import Path

import pytest

from helpers import data
from tests.browser import session

DATA = Path(__file__).parents[2] / "shared" / "data"

# Tests run side by side, and OpenBLAS waits actively: two of its threads on a core
# that is busy anyway make a training ten times as slow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A run in the background ignores Ctrl-C, and what it starts inherits that; some tests
# press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where the real data lie beside the project they need not be fetched.
if DATA.is_dir():
    os.environ.setdefault("NN_DATA_DIR", str(DATA))


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium.

    It ends with its module: Playwright's event loop would get in the way of others.
    """
    pytest.importorskip("playwright.sync_api", reason="no Playwright here")
    if session.CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with session.chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def fashion_labels():
    """The labels of Fashion-MNIST's test images, from this machine or the internet."""
    try:
        return data.fetch_test_labels("fashion-mnist")
    except data.OutOfReach as reason:
        pytest.skip(str(reason))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Refuse to run if groups of tests, each meant for one worker, have no effect."""
    if config.getoption("loadgroup", default=False):
        for item in items:
            if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
                raise pytest.UsageError(
                    f"{item.nodeid} is in a group, and pytest-xdist does not see it"
                )
