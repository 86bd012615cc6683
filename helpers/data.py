"""MNIST and Fashion-MNIST, fetched once and kept; digits for when you are offline.

The files are kept in one place per user, or in the folder that the environment
variable `NN_DATA_DIR` names, as `mnist/train-images-idx3-ubyte.gz` and so on.
"""

import contextlib
import difflib
import gzip
import hashlib
import os
import queue
import struct
import threading
import time
import urllib.parse
import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.execution import is_grading

_PATIENCE = 8.0  # seconds in which a mirror has to send something
_SLOWEST = 8_000  # bytes a second; a slower mirror is left for the next one


@dataclass(frozen=True, eq=False, repr=False)
class IdxFiles:
    """Four files in the IDX format, unpacked but not parsed.

    Attributes
    ----------
    train_images, train_labels, test_images, test_labels : bytes
        The whole file, its header included.
    source : str
        Where the images come from: ``"MNIST"``, ``"Fashion-MNIST"`` or
        ``"digits from scikit-learn, scaled to 28 x 28"``.
    """

    train_images: bytes
    train_labels: bytes
    test_images: bytes
    test_labels: bytes
    source: str

    def __repr__(self):
        # A notebook shows the last value of a cell: 47 MB of bytes would freeze it.
        return (
            f"<IdxFiles of {self.source}: {len(self.train_images):,} bytes of "
            f"train_images, {len(self.test_images):,} bytes of test_images>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and their labels, as arrays.

    Attributes
    ----------
    train_images, test_images : (N, 28, 28) uint8
        Grey levels from 0 (background) to 255 (ink).
    train_labels, test_labels : (N,) uint8
        Classes from 0 to 9.
    source : str
        As in `IdxFiles`.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    source: str

    def __repr__(self):
        return (
            f"<Dataset of {self.source}: train_images {self.train_images.shape}, "
            f"test_images {self.test_images.shape}>"
        )


class _Archive(NamedTuple):
    file: str
    size: int
    sha256: str


class _Collection(NamedTuple):
    title: str
    mirrors: tuple
    archives: dict


_COLLECTIONS = {
    "mnist": _Collection(
        "MNIST",
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train_images": _Archive(
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            "train_labels": _Archive(
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            "test_images": _Archive(
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            "test_labels": _Archive(
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        },
    ),
    "fashion-mnist": _Collection(
        "Fashion-MNIST",
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ),
        {
            "train_images": _Archive(
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            "train_labels": _Archive(
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            "test_images": _Archive(
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            "test_labels": _Archive(
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        },
    ),
}


class OutOfReach(RuntimeError):
    """Files are neither on this machine nor to be had from the internet."""


# What could not be written to disk, by SHA-256, for as long as this process lives.
_kept_in_memory = {}


def fetch_idx(name="mnist"):
    """Return the four files of a data set as bytes, ready to be parsed.

    The files come from the cache, or else from the internet, and their SHA-256 is
    checked each time. With neither, one line says so and you get the digits that
    come with scikit-learn, in the same format and the same 28 x 28 pixels: 1500 to
    train on and 297 to test. While a notebook is graded you always get these.

    Parameters
    ----------
    name : {"mnist", "fashion-mnist"}

    Returns
    -------
    IdxFiles
        `source` says what you got.

    Raises
    ------
    TypeError
        If `name` is not a string.
    ValueError
        If there is no data set of this name.

    References
    ----------
    MNIST: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten
    digits", 1998. Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a
    novel image dataset for benchmarking machine learning algorithms", 2017.
    Digits: E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI
    Machine Learning Repository, 1998, as it comes with scikit-learn.
    """
    collection = _find_collection(name)
    if is_grading():
        return _make_digits()
    return _fetch(collection, _find_cache() / name)


def fetch_test_labels(name):
    """Return the labels of the test images, with which predictions are compared.

    They are always the real ones, also while a notebook is graded: a file of some
    5 KB, that comes from the cache or from the internet as in `fetch_idx`. Takes the
    same `name` and raises the same errors.

    Returns
    -------
    (10000,) uint8
        Classes from 0 to 9.

    Raises
    ------
    OutOfReach
        If they are not on this machine and cannot be fetched; the message says where
        they were looked for, and why they could not be had.
    """
    collection, folder = _find_collection(name), _find_cache() / name
    archive = collection.archives["test_labels"]
    try:
        found = _find(collection, folder, ["test_labels"], with_bar=False)
    except _NotFetched as reason:
        raise OutOfReach(
            f"the test labels of {collection.title} are not on this machine, as "
            f"{folder / archive.file}, and cannot be fetched: {reason}"
        ) from None
    # It passed its hash, and begins with a magic number and one length.
    unpacked = gzip.decompress(found["test_labels"])
    return np.frombuffer(unpacked, np.uint8, offset=8).copy()


def _find_collection(name):
    if not isinstance(name, str):
        raise TypeError(f"name: expected a string, got {type(name).__name__}")
    if name not in _COLLECTIONS:
        known = " or ".join(f'"{known}"' for known in _COLLECTIONS)
        close = difflib.get_close_matches(name.lower(), _COLLECTIONS, n=1, cutoff=0.5)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        raise ValueError(f'name: expected {known}, got "{name}"{hint}')
    return _COLLECTIONS[name]


def load(name="mnist"):
    """Return the images and labels of a data set as arrays.

    Takes the same `name`, comes from the same places and raises the same errors as
    `fetch_idx`.

    Returns
    -------
    Dataset
        Images (N, 28, 28) and labels (N,), both uint8. MNIST and Fashion-MNIST have
        60000 images to train on and 10000 to test, the offline digits 1500 and 297.
    """
    files = fetch_idx(name)
    return Dataset(
        *_take_arrays(files.train_images, files.train_labels),
        *_take_arrays(files.test_images, files.test_labels),
        files.source,
    )


def _take_arrays(image_bytes, label_bytes):
    # These files passed their hash, so whatever does not fill an image is header.
    pixels = np.frombuffer(image_bytes, np.uint8)
    images = pixels[pixels.size % 28**2 :].reshape(-1, 28, 28).copy()
    labels = np.frombuffer(label_bytes, np.uint8)[-len(images) :].copy()
    return images, labels


def _fetch(collection, folder, patience=_PATIENCE):
    """Return the files from memory, `folder` or a mirror; without any, the digits.

    `patience` is the number of seconds in which a mirror has to send something.
    """
    try:
        found = _find(collection, folder, collection.archives, patience)
    except _NotFetched as reason:
        print(
            f"{collection.title} is out of reach: you get scikit-learn's digits "
            "instead, scaled to 28 x 28, 1500 to train on and 297 to test. "
            f"Reasons: {reason}."
        )
        return _make_digits()
    unpacked = {field: gzip.decompress(packed) for field, packed in found.items()}
    return IdxFiles(**unpacked, source=collection.title)


def _find(collection, folder, fields, patience=_PATIENCE, *, with_bar=True):
    """Return the archives of these fields from memory, `folder` or a mirror.

    What had to be fetched is kept. Raises `_NotFetched` if one has no source.
    """
    title = collection.title
    archives = {field: collection.archives[field] for field in fields}
    found, problems = {}, {}
    for field, archive in archives.items():
        packed, problem = _read_kept(archive, folder)
        if problem is None:
            found[field] = packed
        else:
            problems[field] = problem
    if found or set(problems.values()) != {"missing"}:
        for field, problem in problems.items():
            file = archives[field].file
            print(f"{title}: {file} in {folder} is {problem}; fetching it again.")
    if problems:
        lacking = {field: archives[field] for field in problems}
        label = f"Fetching {title}" if with_bar else ""
        fetched = _download_all(label, collection.mirrors, lacking, patience)
        _keep(title, folder, lacking, fetched)
        found |= fetched
    return found


def _find_cache():
    chosen = os.environ.get("NN_DATA_DIR")
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("neural-networks-by-hand", appauthor=False)


def _read_kept(archive, folder):
    """Return the archive's bytes and None, or None and what is wrong with them."""
    if archive.sha256 in _kept_in_memory:
        return _kept_in_memory[archive.sha256], None
    try:
        packed = (folder / archive.file).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None, "missing"
    except OSError as error:
        return None, f"unreadable ({error.strerror})"
    problem = _find_fault(packed, archive)
    return (packed, None) if problem is None else (None, problem)


def _find_fault(packed, archive):
    """Say what is wrong with a copy of an archive; None if nothing is."""
    if len(packed) < archive.size:
        return f"truncated ({len(packed):,} of {archive.size:,} bytes)"
    if hashlib.sha256(packed).hexdigest() != archive.sha256:
        return "corrupt (its SHA-256 is not the published one)"
    return None


def _keep(title, folder, archives, packed):
    """Write fetched archives to the cache; keep in memory those that cannot be."""
    refusal = None
    for field, archive in archives.items():
        try:
            _write_at_once(folder / archive.file, packed[field])
        except OSError as error:
            refusal = error.strerror
            _kept_in_memory[archive.sha256] = packed[field]
    if refusal is not None:
        print(
            f"{title}: {folder} cannot be written to ({refusal}); what was "
            "fetched stays in memory until this kernel stops."
        )


def _write_at_once(path, content):
    """Put a file in place in one step: readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except BaseException:  # an interrupted kernel leaves no litter either
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


class _NotFetched(Exception):
    """Why a mirror, or all of them, did not deliver."""


def _download_all(label, mirrors, archives, patience):
    """Return the bytes of every archive; raise `_NotFetched` if one has no source.

    A progress bar has the `label`; without one there is none.
    """
    mirrors = deque(mirrors)
    fetched = {}
    with _ProgressBar(label, sum(archive.size for archive in archives.values())) as bar:
        for field, archive in archives.items():
            fetched[field] = _download(archive, mirrors, patience, bar)
            bar.finish_file(archive.size)
    return fetched


def _download(archive, mirrors, patience, bar):
    """Return the archive from the first mirror that has a good copy.

    A mirror that failed goes to the back of the queue, so that the next archive
    does not wait for it again.
    """
    faults = []
    for mirror in tuple(mirrors):
        try:
            packed = _receive(mirror + archive.file, archive.size, patience, bar)
            fault = _find_fault(packed, archive)
        except _NotFetched as reason:
            fault = reason
        if fault is None:
            return packed
        faults.append(f"{urllib.parse.urlsplit(mirror).netloc} {fault}")
        mirrors.rotate(-1)
    raise _NotFetched("; ".join(faults))


def _receive(url, size, patience, bar):
    """Return what `url` sends, at most a little more than `size` bytes.

    One thread receives and this one watches the clock, because the timeout of
    `requests` bounds neither the look-up of the host's name nor a server that sends
    a byte now and then.
    """
    import requests
    import urllib3

    arrivals = queue.SimpleQueue()
    abandoned = threading.Event()

    def receive():
        try:
            with requests.get(
                url,
                stream=True,
                # Longer than anyone waits: it only ends an abandoned thread.
                timeout=2 * patience,
                headers={"Accept-Encoding": "identity"},
            ) as response:
                if response.status_code != 200:
                    raise _NotFetched(f"answers HTTP {response.status_code}")
                # Undecoded: some servers declare a .gz file as compressed in transit.
                for chunk in response.raw.stream(8192, decode_content=False):
                    arrivals.put(chunk)
                    if abandoned.is_set():
                        return
            arrivals.put(None)
        except OSError as error:  # all exceptions of requests are among these
            arrivals.put(_NotFetched(f"cannot be reached ({type(error).__name__})"))
        except urllib3.exceptions.HTTPError:
            arrivals.put(_NotFetched("broke off the connection"))
        except Exception as error:  # the waiting thread raises it
            arrivals.put(error)

    threading.Thread(target=receive, daemon=True).start()
    received = bytearray()
    before, deadline = 0, time.monotonic() + patience
    try:
        while len(received) <= size:
            try:
                arrival = arrivals.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                arrival = b""
            if arrival is None:
                break
            if isinstance(arrival, Exception):
                raise arrival
            received += arrival
            bar.show(len(received))
            if time.monotonic() >= deadline:
                if not received:
                    raise _NotFetched(f"did not answer in {patience:g} s")
                if len(received) - before < _SLOWEST * patience:
                    raise _NotFetched("was too slow")
                before, deadline = len(received), time.monotonic() + patience
    finally:
        abandoned.set()
    return bytes(received)


class _ProgressBar:
    """One line on stdout that redraws itself, and disappears if the work fails.

    Without a label nothing is shown: some files are here in no time.
    """

    _WIDTH = 30
    _PAUSE = 0.2  # seconds between two drawings: a saved notebook keeps each of them

    def __init__(self, label, total):
        self._label = label
        self._total = total
        self._finished = 0
        self._drawn = ""
        self._next_drawing = 0.0

    def __enter__(self):
        self._draw(0)
        return self

    def __exit__(self, kind, error, trace):
        if not self._label:
            return
        if kind is None:
            self._draw(self._total)
            print()
        else:
            print("\r" + " " * len(self._drawn), end="\r", flush=True)

    def show(self, received):
        """Show that `received` bytes of the present file are here."""
        if time.monotonic() >= self._next_drawing:
            self._draw(min(self._finished + received, self._total))

    def finish_file(self, size):
        """Count the present file, of `size` bytes, as done."""
        self._finished += size

    def _draw(self, done):
        if not self._label:
            return
        filled = self._WIDTH * done // self._total
        bar = "#" * filled + "-" * (self._WIDTH - filled)
        amount = f"{done / 1e6:.1f} of {self._total / 1e6:.1f} MB"
        self._drawn = f"{self._label} [{bar}] {amount}"
        print("\r" + self._drawn, end="", flush=True)
        self._next_drawing = time.monotonic() + self._PAUSE


def _make_digits():
    """Return scikit-learn's 1797 digits in the format of MNIST, always the same."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    # As in MNIST, a digit is 20 pixels high in the middle of 28. Bilinear weights in
    # tenths are whole numbers, so the pixels are the same on every machine.
    distance = np.abs(4 * np.arange(28)[:, None] - 19 - 10 * np.arange(8))
    weights = np.maximum(10 - distance, 0)
    images = weights @ digits.images.astype(int) @ weights.T * 255 // (16 * 10**2)
    order = np.random.default_rng(0).permutation(len(images))
    train, test = order[:1500], order[1500:]
    return IdxFiles(
        _write_idx(images[train]),
        _write_idx(digits.target[train]),
        _write_idx(images[test]),
        _write_idx(digits.target[test]),
        "digits from scikit-learn, scaled to 28 x 28",
    )


def _write_idx(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()
