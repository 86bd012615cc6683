"""The loader against a real HTTP server on loopback that misbehaves in every way."""

import errno
import functools
import gzip
import hashlib
import http.server
import itertools
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from helpers import data

REAL = Path(__file__).parents[2].parent / "shared" / "data"
FILES = {
    "train_images": "train-images-idx3-ubyte.gz",
    "train_labels": "train-labels-idx1-ubyte.gz",
    "test_images": "t10k-images-idx3-ubyte.gz",
    "test_labels": "t10k-labels-idx1-ubyte.gz",
}
DIGITS = "digits from scikit-learn, scaled to 28 x 28"
PATIENCE = 2.0  # seconds; far more than an honest server on loopback needs

needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real files do not lie beside this checkout"
)


def make_idx(array):
    magic = 2048 + array.ndim
    return struct.pack(f">I{array.ndim}I", magic, *array.shape) + array.tobytes()


def make_stand_ins():
    """Four archives in the published format, with noise for pixels."""
    rng = np.random.default_rng(20)
    return {
        FILES[f"{part}_{kind}"]: gzip.compress(
            make_idx(rng.integers(0, high, shape, dtype=np.uint8)), mtime=0
        )
        for part, count in (("train", 300), ("test", 50))
        for kind, high, shape in (
            ("images", 256, (count, 28, 28)),
            ("labels", 10, (count,)),
        )
    }


unpack = functools.cache(gzip.decompress)


class Server(http.server.ThreadingHTTPServer):
    """Serves archives at /BEHAVIOUR/FILE; each behaviour looks like a mirror."""

    daemon_threads = True

    def __init__(self, contents):
        super().__init__(("127.0.0.1", 0), Handler)
        self.contents = contents
        self.asked = []
        self.stopping = threading.Event()
        self.two_readers = threading.Barrier(2, timeout=60)

    def mirror(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, behaviour, file = self.path.split("/")
        self.server.asked.append((behaviour, file))
        try:
            if behaviour.isdigit():
                self.send_error(int(behaviour))
            else:
                getattr(self, "be_" + behaviour)(self.server.contents[file])
        except ConnectionError:
            pass  # the reader had enough, as it should

    def log_message(self, *args):
        pass

    def start(self, length=None, **headers):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def be_good(self, content):
        self.start(len(content))
        self.wfile.write(content)

    def be_labelled(self, content):
        self.start(len(content), Content_Encoding="gzip")
        self.wfile.write(content)

    def be_joint(self, content):
        if self.path.endswith(FILES["train_images"]):
            self.server.two_readers.wait()
        self.be_good(content)

    def be_truncated(self, content):
        self.start(len(content))
        self.wfile.write(content[: len(content) // 2])

    def be_short(self, content):
        self.start(len(content) // 2)
        self.wfile.write(content[: len(content) // 2])

    def be_altered(self, content):
        self.start(len(content))
        self.wfile.write(content[:-1] + bytes([content[-1] ^ 1]))

    def be_endless(self, content):
        self.start()
        while not self.server.stopping.is_set():
            self.wfile.write(content)

    def be_circular(self, content):
        self.send_response(302)
        self.send_header("Location", self.path)
        self.end_headers()

    def be_silent(self, content):
        self.server.stopping.wait()

    def be_stalling(self, content):
        self.start(len(content))
        self.wfile.write(content[:10_000])
        self.server.stopping.wait()

    def be_dripping(self, content):
        self.start(len(content))
        for i in range(len(content)):
            self.wfile.write(content[i : i + 1])
            if self.server.stopping.wait(0.05):
                return


@pytest.fixture(scope="session")
def contents():
    """What the server sends: file name to bytes; the real MNIST where it is there."""
    if not REAL.is_dir():
        return make_stand_ins()
    return {file: (REAL / "mnist" / file).read_bytes() for file in FILES.values()}


@pytest.fixture
def server(contents):
    with Server(contents) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def collect(contents):
    """Make a collection of the served archives with the given mirrors."""
    archives = {
        field: data._Archive(
            file, len(contents[file]), hashlib.sha256(contents[file]).hexdigest()
        )
        for field, file in FILES.items()
    }
    return lambda *mirrors: data._Collection("MNIST", mirrors, archives)


@pytest.fixture
def tmp_path(tmp_path):
    yield tmp_path
    shutil.rmtree(tmp_path)  # pytest would keep 12 MB a test for the next three runs


@pytest.fixture(autouse=True)
def clean_surroundings(monkeypatch):
    monkeypatch.setattr(data, "_kept_in_memory", {})
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("NN_DATA_DIR", raising=False)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)


@pytest.fixture
def screen(capsys):
    """Return the lines that a reader sees, after every redrawing."""

    def read():
        printed = capsys.readouterr()
        assert printed.err == ""
        lines = []
        for line in printed.out.split("\n"):
            seen = ""
            for layer in line.split("\r"):
                seen = layer + seen[len(layer) :]
            lines.append(seen.rstrip())
        assert lines.pop() == ""
        return lines

    return read


@pytest.fixture
def ordinary_user(tmp_path, read_only_folder):
    """Return a function that gives up root's right to write anywhere."""
    user = os.geteuid()

    def give_up():
        if user == 0:
            os.seteuid(65534)

    yield give_up
    os.seteuid(user)


@pytest.fixture
def read_only_folder(contents):
    """A folder with all archives, which an ordinary user cannot write to."""
    with tempfile.TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        folder = Path(parent) / "mnist"
        fill(folder, contents)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def fill(folder, contents):
    folder.mkdir()
    for file, content in contents.items():
        (folder / file).write_bytes(content)


def assert_served(files, contents):
    assert files.source == "MNIST"
    for field, file in FILES.items():
        assert getattr(files, field) == unpack(contents[file])


def assert_cached(folder, contents):
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents


def assert_digits(files):
    assert files.source == DIGITS
    assert len(files.train_images) == 16 + 1500 * 28 * 28
    assert len(files.test_labels) == 8 + 297


def count_full_bars(lines):
    return sum(bool(re.fullmatch(r"Fetching MNIST \[#+\] .*", line)) for line in lines)


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# Fetching


def test_files_are_fetched_once_and_then_come_from_the_cache(
    server, collect, contents, tmp_path, screen
):
    collection = collect(server.mirror("good"))
    assert_served(data._fetch(collection, tmp_path / "new" / "mnist"), contents)
    assert server.asked == [("good", file) for file in FILES.values()]
    assert_cached(tmp_path / "new" / "mnist", contents)
    [line] = screen()
    total = f"{sum(map(len, contents.values())) / 1e6:.1f}"
    assert line == f"Fetching MNIST [{30 * '#'}] {total} of {total} MB"

    assert_served(data._fetch(collection, tmp_path / "new" / "mnist"), contents)
    assert len(server.asked) == 4
    assert screen() == []


def test_cached_files_can_be_read_by_others(server, collect, tmp_path):
    (tmp_path / "reference").write_bytes(b"")
    data._fetch(collect(server.mirror("good")), tmp_path / "mnist")
    modes = {path.stat().st_mode for path in (tmp_path / "mnist").iterdir()}
    assert modes == {(tmp_path / "reference").stat().st_mode}


def test_the_progress_bar_only_grows(server, collect, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(data._ProgressBar, "_PAUSE", 0)
    data._fetch(collect(server.mirror("good")), tmp_path)
    drawn = capsys.readouterr().out.split("\r")[1:]
    lengths = [line.count("#") for line in drawn]
    assert lengths[0] == 0
    assert lengths[-1] == 30
    assert len(set(lengths)) > 10
    assert all(a <= b for a, b in itertools.pairwise(lengths))


@pytest.mark.parametrize(
    "behaviour",
    ["403", "404", "500", "truncated", "short", "altered", "endless", "circular"],
)
def test_a_mirror_that_misbehaves_is_left_for_the_next(
    behaviour, server, collect, contents, tmp_path, screen
):
    collection = collect(server.mirror(behaviour), server.mirror("good"))
    assert_served(data._fetch(collection, tmp_path / "mnist"), contents)
    assert_cached(tmp_path / "mnist", contents)
    lines = screen()
    assert len(lines) == count_full_bars(lines) == 1
    asked = {file for asked, file in server.asked if asked == behaviour}
    assert asked == {FILES["train_images"]}, "a bad mirror is asked for one file only"


@pytest.mark.parametrize("behaviour", ["silent", "stalling", "dripping"])
def test_a_slow_mirror_is_left_for_the_next(
    behaviour, server, collect, contents, tmp_path
):
    collection = collect(server.mirror(behaviour), server.mirror("good"))
    assert_served(data._fetch(collection, tmp_path / "mnist", PATIENCE), contents)
    assert server.asked[0] == (behaviour, FILES["train_images"])
    assert server.asked[1:] == [("good", file) for file in FILES.values()]


def test_a_mirror_that_refuses_connections_is_left_for_the_next(
    server, collect, contents, tmp_path
):
    collection = collect(f"http://127.0.0.1:{unused_port()}/", server.mirror("good"))
    assert_served(data._fetch(collection, tmp_path / "mnist"), contents)


def test_a_file_declared_as_compressed_in_transit_is_kept_as_published(
    server, collect, contents, tmp_path
):
    collection = collect(server.mirror("labelled"))
    assert_served(data._fetch(collection, tmp_path / "mnist"), contents)
    assert_cached(tmp_path / "mnist", contents)


# Without a mirror that helps


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("403", "answers HTTP 403"),
        ("404", "answers HTTP 404"),
        ("500", "answers HTTP 500"),
        ("truncated", "broke off the connection"),
        ("short", r"truncated \([\d,]+ of [\d,]+ bytes\)"),
        ("altered", r"corrupt \(its SHA-256 is not the published one\)"),
        ("circular", r"cannot be reached \(TooManyRedirects\)"),
        ("silent", "did not answer in 2 s"),
        ("stalling", "was too slow"),
    ],
)
def test_one_line_says_why_there_are_only_digits(
    behaviour, reason, server, collect, tmp_path, screen
):
    collection = collect(server.mirror(behaviour))
    assert_digits(data._fetch(collection, tmp_path / "mnist", PATIENCE))
    [line] = screen()
    assert line.startswith("MNIST is out of reach: you get scikit-learn's digits")
    assert re.search(rf"Reasons: 127\.0\.0\.1:\d+ {reason}\.$", line)
    assert {file for _, file in server.asked} == {FILES["train_images"]}
    assert not (tmp_path / "mnist").exists()


def test_with_no_network_and_nothing_cached_one_line_says_so(collect, tmp_path, screen):
    refusing = f"http://127.0.0.1:{unused_port()}/"
    collection = collect(refusing, "http://nowhere.invalid/")
    assert_digits(data._fetch(collection, tmp_path / "mnist", PATIENCE))
    [line] = screen()
    assert "cannot be reached (ConnectionError); nowhere.invalid " in line
    assert not (tmp_path / "mnist").exists()


def test_each_unreachable_mirror_is_tried_once_not_once_per_file(
    collect, tmp_path, monkeypatch
):
    tried = []
    receive = data._receive

    def note_and_receive(url, *args):
        tried.append(url)
        return receive(url, *args)

    monkeypatch.setattr(data, "_receive", note_and_receive)
    mirrors = [f"http://127.0.0.1:{unused_port()}/{i}/" for i in range(3)]
    assert_digits(data._fetch(collect(*mirrors), tmp_path))
    assert tried == [mirror + FILES["train_images"] for mirror in mirrors]


# The cache


def truncate(path):
    path.write_bytes(path.read_bytes()[:20])


def corrupt(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)


def lengthen(path):
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (truncate, r"truncated \(20 of [\d,]+ bytes\)"),
        (corrupt, r"corrupt \(its SHA-256 is not the published one\)"),
        (lengthen, r"corrupt \(its SHA-256 is not the published one\)"),
        (Path.unlink, "missing"),
    ],
)
@pytest.mark.parametrize("field", ["train_images", "test_labels"])
def test_a_damaged_file_is_named_and_fetched_again(
    damage, problem, field, server, collect, contents, tmp_path, screen
):
    folder = tmp_path / "mnist"
    fill(folder, contents)
    damage(folder / FILES[field])
    files = data._fetch(collect(server.mirror("good")), folder)
    assert_served(files, contents)
    assert_cached(folder, contents)
    assert server.asked == [("good", FILES[field])]
    line, bar = screen()
    expected = f"MNIST: {FILES[field]} in {re.escape(str(folder))} is {problem}; "
    assert re.fullmatch(expected + "fetching it again.", line)
    assert count_full_bars([bar]) == 1


def test_each_of_several_damaged_files_gets_its_own_line(
    server, collect, contents, tmp_path, screen
):
    folder = tmp_path / "mnist"
    fill(folder, contents)
    truncate(folder / FILES["train_images"])
    corrupt(folder / FILES["train_labels"])
    (folder / FILES["test_images"]).unlink()
    truncate(folder / FILES["test_labels"])
    assert_served(data._fetch(collect(server.mirror("good")), folder), contents)
    *lines, _ = screen()
    assert [re.search(r" is (\w+)", line)[1] for line in lines] == [
        "truncated",
        "corrupt",
        "missing",
        "truncated",
    ]
    assert_cached(folder, contents)


def test_a_file_that_cannot_be_read_is_named_and_fetched_into_memory(
    server, collect, contents, tmp_path, screen
):
    folder = tmp_path / "mnist"
    fill(folder, contents)
    (folder / FILES["train_labels"]).unlink()
    (folder / FILES["train_labels"]).mkdir()
    assert_served(data._fetch(collect(server.mirror("good")), folder), contents)
    unreadable, _, unwritable = screen()
    assert " is unreadable (Is a directory); fetching it again." in unreadable
    assert f"MNIST: {folder} cannot be written to " in unwritable
    assert sorted(path.name for path in folder.iterdir()) == sorted(contents)


def test_a_damaged_file_without_network_gives_digits_and_is_left_alone(
    collect, contents, tmp_path, screen
):
    folder = tmp_path / "mnist"
    fill(folder, contents)
    truncate(folder / FILES["train_labels"])
    collection = collect(f"http://127.0.0.1:{unused_port()}/")
    assert_digits(data._fetch(collection, folder))
    damaged, offline = screen()
    assert "is truncated" in damaged
    assert offline.startswith("MNIST is out of reach")
    assert (folder / FILES["train_labels"]).stat().st_size == 20
    assert len(list(folder.iterdir())) == 4


def test_a_read_only_cache_is_used(
    server, collect, contents, read_only_folder, ordinary_user, screen
):
    ordinary_user()
    files = data._fetch(collect(server.mirror("good")), read_only_folder)
    assert_served(files, contents)
    assert server.asked == []
    assert screen() == []


def test_what_a_read_only_cache_lacks_is_kept_in_memory(
    server, collect, contents, read_only_folder, ordinary_user, tmp_path, screen
):
    collection = collect(server.mirror("good"))
    data._fetch(collection, tmp_path / "elsewhere")  # imports while root may read all
    screen()
    server.asked.clear()
    (read_only_folder / FILES["test_images"]).unlink()
    (read_only_folder / FILES["test_labels"]).unlink()
    ordinary_user()
    assert_served(data._fetch(collection, read_only_folder), contents)
    fetched = [("good", FILES["test_images"]), ("good", FILES["test_labels"])]
    assert server.asked == fetched
    *_, line = screen()
    assert line == (
        f"MNIST: {read_only_folder} cannot be written to (Permission denied); what "
        "was fetched stays in memory until this kernel stops."
    )
    left = {path.name for path in read_only_folder.iterdir()}
    assert left == {FILES["train_images"], FILES["train_labels"]}

    assert_served(data._fetch(collection, read_only_folder), contents)
    assert server.asked == fetched
    assert screen() == []


def test_a_cache_that_cannot_exist_costs_one_line(
    server, collect, contents, tmp_path, screen
):
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "mnist"
    assert_served(data._fetch(collect(server.mirror("good")), folder), contents)
    bar, line = screen()
    assert count_full_bars([bar]) == 1
    assert line.startswith(f"MNIST: {folder} cannot be written to (Not a directory)")


@pytest.mark.parametrize(
    ("error", "is_kept"),
    [(OSError(errno.ENOSPC, "No space left"), True), (KeyboardInterrupt(), False)],
)
def test_a_write_that_stops_halfway_leaves_nothing_behind(
    error, is_kept, server, collect, contents, tmp_path, monkeypatch, screen
):
    def fail(source, target):
        assert Path(source).parent == Path(target).parent == tmp_path / "mnist"
        raise error

    monkeypatch.setattr(os, "replace", fail)
    collection = collect(server.mirror("good"))
    if is_kept:
        assert_served(data._fetch(collection, tmp_path / "mnist"), contents)
        assert "(No space left)" in screen()[-1]
    else:
        with pytest.raises(KeyboardInterrupt):
            data._fetch(collection, tmp_path / "mnist")
    assert list((tmp_path / "mnist").iterdir()) == []


def test_two_readers_in_one_kernel_both_get_and_keep_the_files(
    server, collect, contents, tmp_path, monkeypatch
):
    both_have_written = threading.Barrier(2, timeout=60)
    replace = os.replace

    def replace_together(source, target):
        both_have_written.wait()
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_together)
    collection = collect(server.mirror("joint"))
    got = []
    readers = [
        threading.Thread(
            target=lambda: got.append(data._fetch(collection, tmp_path / "mnist", 60))
        )
        for _ in range(2)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert len(got) == 2
    for files in got:
        assert_served(files, contents)
    assert data._kept_in_memory == {}, "each could write"
    assert_cached(tmp_path / "mnist", contents)
    assert server.asked.count(("joint", FILES["train_images"])) == 2


READER = """
import hashlib, json, sys
from pathlib import Path
from helpers import data

mirrors, archives, folder = json.loads(sys.argv[1])
archives = {field: data._Archive(*archive) for field, archive in archives.items()}
files = data._fetch(data._Collection("MNIST", mirrors, archives), Path(folder), 60)
assert files.source == "MNIST"
hashes = {name: hashlib.sha256(getattr(files, name)).hexdigest() for name in archives}
sys.stderr.write(json.dumps(hashes))
"""


def test_two_notebooks_at_once_both_get_the_files(server, collect, contents, tmp_path):
    _, mirrors, archives = collect(server.mirror("joint"))
    argument = json.dumps([mirrors, archives, str(tmp_path / "mnist")])
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, argument],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [reader.communicate(timeout=120)[1] for reader in readers]
    expected = {
        field: hashlib.sha256(unpack(contents[file])).hexdigest()
        for field, file in FILES.items()
    }
    assert [json.loads(answer) for answer in answers] == [expected, expected]
    assert_cached(tmp_path / "mnist", contents)
    assert server.asked.count(("joint", FILES["train_images"])) == 2


# The digits


@pytest.fixture(scope="module")
def digits():
    return data._make_digits()


def test_the_digits_are_idx_files_of_unsigned_bytes(digits):
    for images, labels, count in (
        (digits.train_images, digits.train_labels, 1500),
        (digits.test_images, digits.test_labels, 297),
    ):
        assert struct.unpack(">4I", images[:16]) == (2051, count, 28, 28)
        assert struct.unpack(">2I", labels[:8]) == (2049, count)
        assert len(images) == 16 + count * 28 * 28
        assert len(labels) == 8 + count


def test_the_digits_are_those_of_scikit_learn_enlarged(digits):
    from sklearn.datasets import load_digits

    original = load_digits()
    labels = np.frombuffer(digits.train_labels[8:] + digits.test_labels[8:], np.uint8)
    pixels = np.frombuffer(digits.train_images[16:] + digits.test_images[16:], np.uint8)
    images = pixels.reshape(-1, 28, 28)
    assert np.array_equal(np.bincount(labels), np.bincount(original.target))
    assert images.max() == 255
    assert not images[:, :2].any()
    assert not images[:, :, -2:].any()
    # Each of the 8 x 8 pixels became 2.5 x 2.5; rounding down costs at most 1 a pixel.
    ink = np.sort(images.sum(axis=(1, 2), dtype=int))
    original_ink = np.sort(original.images.sum(axis=(1, 2))) * 2.5**2 * 255 / 16
    assert (ink <= original_ink).all()
    assert (ink > original_ink - 28 * 28).all()


def test_the_digits_are_the_same_everywhere(digits):
    together = hashlib.sha256()
    for part in FILES:
        together.update(getattr(digits, part))
    assert together.hexdigest() == (
        "e64ba1b894c84c8def681dffc13e0f8d7b25ca29ed98ba8cc4c918cf83f108c1"
    )


def test_the_digits_carry_the_right_labels(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    digits = data.load()
    train = digits.train_images.reshape(1500, -1).astype(float)
    test = digits.test_images.reshape(297, -1).astype(float)
    squares = (train**2).sum(axis=1) - 2 * test @ train.T
    nearest = digits.train_labels[squares.argmin(axis=1)]
    assert (nearest == digits.test_labels).mean() > 0.97


# The public functions


@pytest.fixture
def public_server(server, collect, monkeypatch):
    for name in ("mnist", "fashion-mnist"):
        monkeypatch.setitem(data._COLLECTIONS, name, collect(server.mirror("good")))
    return server


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_nn_data_dir_holds_one_folder_a_data_set(
    name, public_server, contents, tmp_path, monkeypatch
):
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    assert_served(data.fetch_idx(name), contents)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert_cached(tmp_path / name, contents)


def test_without_nn_data_dir_the_cache_is_the_users(
    public_server, contents, tmp_path, monkeypatch
):
    def user_cache_path(appname, appauthor):
        assert appauthor is False
        return tmp_path / appname

    monkeypatch.setattr(platformdirs, "user_cache_path", user_cache_path)
    monkeypatch.setenv("NN_DATA_DIR", "")
    assert_served(data.fetch_idx(), contents)
    assert_cached(tmp_path / "neural-networks-by-hand" / "mnist", contents)


def test_load_returns_arrays_that_may_be_changed(
    public_server, contents, tmp_path, monkeypatch
):
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    loaded = data.load()
    assert loaded.source == "MNIST"
    for field, file in FILES.items():
        array = getattr(loaded, field)
        assert array.dtype == np.uint8
        assert array.flags.writeable
        assert make_idx(array) == unpack(contents[file])


@pytest.mark.parametrize("function", [data.fetch_idx, data.load])
def test_grading_touches_neither_network_nor_cache(
    function, public_server, contents, tmp_path, monkeypatch, screen
):
    folder = tmp_path / "mnist"
    fill(folder, contents)
    truncate(folder / FILES["train_images"])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for name in ("mnist", "fashion-mnist"):
        assert function(name).source == DIGITS
    assert public_server.asked == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert screen() == []


def test_grading_uses_the_digits_although_the_files_are_cached(
    public_server, contents, tmp_path, monkeypatch
):
    fill(tmp_path / "mnist", contents)
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    assert_served(data.fetch_idx(), contents)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert_digits(data.fetch_idx())


@pytest.mark.parametrize("grading", ["", "autograde"])
def test_the_labels_of_the_test_images_are_real_ones_also_while_grading(
    grading, public_server, contents, tmp_path, monkeypatch
):
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("NBGRADER_EXECUTION", grading)
    file = FILES["test_labels"]
    for _ in range(2):  # the second time they come from the cache
        labels = data.fetch_test_labels("fashion-mnist")
        assert labels.dtype == np.uint8
        assert make_idx(labels) == unpack(contents[file])
    assert public_server.asked == [("good", file)]
    assert [path.name for path in tmp_path.rglob("*.gz")] == [file]


def test_labels_that_cannot_be_had_are_said_to_be_lacking_and_where(
    collect, tmp_path, monkeypatch, capsys
):
    nowhere = collect(f"http://127.0.0.1:{unused_port()}/")
    monkeypatch.setitem(data._COLLECTIONS, "fashion-mnist", nowhere)
    monkeypatch.setenv("NN_DATA_DIR", str(tmp_path))
    place = re.escape(str(tmp_path / "fashion-mnist" / FILES["test_labels"]))
    with pytest.raises(data.OutOfReach, match=f"as {place}, and cannot be fetched: "):
        data.fetch_test_labels("fashion-mnist")
    assert capsys.readouterr().out == ""  # no progress bar for 5 KB


FUNCTIONS = [data.fetch_idx, data.load, data.fetch_test_labels]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("grading", ["", "autograde"])
@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MNIST", '; did you mean "mnist"?'),
        ("fashion_mnist", '; did you mean "fashion-mnist"?'),
        ("fashion", '; did you mean "fashion-mnist"?'),
        ("cifar", ""),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(
    function, grading, name, hint, monkeypatch
):
    monkeypatch.setenv("NBGRADER_EXECUTION", grading)
    message = f'name: expected "mnist" or "fashion-mnist", got "{name}"{hint}'
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        function(name)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_name_that_is_no_string_is_refused(function):
    with pytest.raises(TypeError, match=r"^name: expected a string, got int$"):
        function(1998)


def test_the_last_value_of_a_cell_is_one_short_line(digits):
    assert repr(digits) == (
        f"<IdxFiles of {DIGITS}: 1,176,016 bytes of train_images, "
        "232,864 bytes of test_images>"
    )


@needs_real_files
@pytest.mark.parametrize(
    ("name", "source", "first_labels", "mean"),
    [
        ("mnist", "MNIST", [5, 0, 4, 1, 9], 0.1307),
        ("fashion-mnist", "Fashion-MNIST", [9, 0, 0, 3, 0], 0.2860),
    ],
)
def test_the_published_files_pass_and_are_the_known_images(
    name, source, first_labels, mean, monkeypatch, screen
):
    monkeypatch.setenv("NN_DATA_DIR", str(REAL))
    loaded = data.load(name)
    assert loaded.source == source
    assert loaded.train_images.shape == (60000, 28, 28)
    assert loaded.test_images.shape == (10000, 28, 28)
    assert loaded.train_labels.shape == (60000,)
    assert np.bincount(loaded.test_labels).tolist() == (
        [1000] * 10
        if name == "fashion-mnist"
        else [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    )
    assert loaded.train_labels[:5].tolist() == first_labels
    assert loaded.train_images.mean() / 255 == pytest.approx(mean, abs=5e-5)
    assert repr(loaded) == (
        f"<Dataset of {source}: train_images (60000, 28, 28), "
        "test_images (10000, 28, 28)>"
    )
    assert screen() == []


def test_importing_the_module_imports_nothing_heavy():
    heavy = ("requests", "sklearn", "platformdirs", "matplotlib", "ipywidgets")
    code = f"import sys, helpers.data; print([m for m in {heavy} if m in sys.modules])"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert output.strip() == "[]"
