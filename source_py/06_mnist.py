# %% [markdown]
# # 06 · Handwritten digits
#
# **What you'll do.** Read the files of MNIST, 70,000 handwritten digits, byte by byte. Turn class scores into
# probabilities (`softmax`), measure how wrong they are (`SoftmaxCrossEntropy`), and train the network that you
# have built since notebook 01 until it reads digits that it has never seen.
#
# **What you'll learn.** Why classifying needs another loss than fitting a curve; how to compute $e^{1000}$ without
# computing it; why the gradient of this loss is the simplest of the whole course; why a fair test uses data that
# nothing was chosen by.
#
# **What you need.** Notebooks 01 to 05 (what they built comes along in `parts.py`). About 120 minutes.
#
# `sklearn` is scikit-learn, a library of ready-made methods. It lends two things: something to compare with, and a
# set of points with two classes. What you build here is NumPy only. `lru_cache` remembers what a function returned,
# so that the images are read once and not in every cell.

# %%
import itertools
import math
from functools import lru_cache

import numpy as np
from parts import numerical_gradient
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, top_k_accuracy_score
from sklearn.utils import extmath

from helpers import candidates, data, gradcheck, live, plots
from helpers.carry import carry
from helpers.checks import (
    attempt,
    check,
    expect,
    needs,
    raises,
    ready,
    same,
    same_number,
    summary,
    unchanged,
)

# %% [markdown]
# ## The files
#
# The next cell hands you four files as plain bytes: images and labels to train on, images and labels to test with.
# The first time, they come from the internet; after that, from your disk. Without a network you get a smaller set
# of digits in the same format, and the whole notebook works with these too. `source` says which ones you have.

# %%
files = data.fetch_idx("mnist")
print(files.source)
print(f"{len(files.train_images):,} bytes of training images, which begin with")
print(files.train_images[:16].hex(" "))

# %% [markdown]
# ### Exercise 6.1 · Read the IDX format
#
# **Do** write `parse_idx`: it takes the bytes of a file and returns the array that they describe.
#
# **Why** data arrive as bytes. Whoever has parsed a format once knows that there is no magic in it, and that a
# reader which does not check what it reads will one day train on rubbish without a word.
#
# *20 minutes · difficulty 2 of 5*

# %% [markdown]
# | bytes | meaning | in the training images |
# | --- | --- | --- |
# | 0, 1 | always zero | `00 00` |
# | 2 | type of the entries; `08` is unsigned bytes | `08` |
# | 3 | number of dimensions, here 1, 2 or 3 | `03` |
# | 4 to 7 | length of the first dimension, most significant byte first | `00 00 ea 60` = 60,000 |
# | 8 to 11, ... | the other lengths, four bytes each | `00 00 00 1c` = 28, twice |
# | the rest | the entries, one byte each, the last dimension runs fastest | grey levels, 0 to 255 |
#
# Bytes 0 to 3 are called the *magic number*. Labels have one dimension, so their header is shorter than the one of
# the images: 8 bytes, not 16.
#
# `parse_idx` reads unsigned bytes in one to three dimensions. Everything else raises `ValueError`: another magic
# number; entries that are missing or too many; data that end inside the header.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "parse_idx", "locked": false, "schema_version": 3, "solution": true, "task": false}
def parse_idx(data):
    """Take the bytes of an IDX file, return its array (uint8, 1 to 3 dimensions).

    A wrong magic number, or a length that does not fit the header, raises
    ValueError.
    """
    ### BEGIN SOLUTION
    magic = int.from_bytes(data[:4], "big")
    if magic not in (0x0801, 0x0802, 0x0803):
        raise ValueError(f"magic number: expected 801, 802 or 803, got {magic:x} (hex)")
    dimensions = magic - 0x0800
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise ValueError(f"expected a header of {start} bytes, got {len(data)} in all")
    shape = np.frombuffer(data, ">u4", count=dimensions, offset=4)
    entries = np.frombuffer(data, np.uint8)[start:]
    if entries.size != shape.prod():
        raise ValueError(f"expected {shape.prod()} entries, got {entries.size}")
    return entries.reshape(shape)
    ### END SOLUTION


# %% [markdown]
# **Try it.** Fourteen bytes of a file with two dimensions, 1 x 2. Its entries are 7 and 255.

# %%
with attempt():
    print(parse_idx(bytes.fromhex("00000802 00000001 00000002 07ff")))  # [[  7 255]]


# %% deletable=false editable=false
@check
def check_parse_idx():
    for shape in ((20,), (2, 3), (2, 3, 4), (4, 1), (300,), (70_000,)):
        expected = (np.arange(math.prod(shape)) * 7 % 251).reshape(shape)
        header = f"0000080{len(shape)}" + "".join(f"{length:08x}" for length in shape)
        header, entries = bytes.fromhex(header), bytes(expected.ravel().tolist())
        array = parse_idx(header + entries)
        other = parse_idx(header + bytes(len(entries)))
        numbers = np.array(list(header + entries))
        case = candidates.mnist.parse_idx(data=numbers, other=other)
        same(f"parse_idx(data), shape {shape}", array, expected, case)
        came = array.dtype
        expect(came == np.uint8, f"parse_idx(data): expected dtype uint8, got {came}.")
    for what, text in {
        "signed bytes, type 09": "00000901 00000001 07",
        "floats, type 0d": "00000d01 00000001 40490fdb",
        "four dimensions": "00000804 00000001 00000001 00000001 00000001 07",
        "no dimensions": "00000800 07",
        "a first byte that is not zero": "01000801 00000001 07",
        "a second byte that is not zero": "00010801 00000001 07",
        "an entry is missing": "00000801 00000003 0102",
        "an entry too many": "00000801 00000003 01020304",
        "data that end in the header": "00000802 0000",
        "no data at all": "",
    }.items():
        raises(f"parse_idx, {what}", ValueError, parse_idx, bytes.fromhex(text))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_parse_idx", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ready("parse_idx")  # test_parse_idx, 2 points
### BEGIN HIDDEN TESTS
import struct

import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, raises, same


@graded
def test_parse_idx():
    rng = np.random.default_rng(601)
    for shape in ((17,), (3, 5), (3, 2, 4), (1, 28, 28), (301,), (70_100,)):
        entries = rng.integers(0, 256, size=shape)
        entries.flat[:2] = 0, 255
        header = bytes([0, 0, 8, len(shape)])
        header += b"".join(struct.pack(">I", length) for length in shape)
        body = bytes(entries.ravel().tolist())
        array = parse_idx(header + body)
        other = parse_idx(header + bytes(len(body)))
        numbers = np.array(list(header + body))
        case = candidates.mnist.parse_idx(data=numbers, other=other)
        same(f"parse_idx(data), shape {shape}", array, entries, case)
        came = array.dtype
        expect(came == np.uint8, f"parse_idx(data): expected dtype uint8, got {came}.")
        for what, bad in {
            "the last entry missing": header + body[:-1],
            "one entry too many": header + body + b"\0",
            "no entries": header,
            "a header that is cut": header[:-2],
            "first byte not 0": b"\1" + header[1:] + body,
            "second byte not 0": header[:1] + b"\1" + header[2:] + body,
            "signed bytes": header[:2] + b"\x09" + header[3:] + body,
            "no data": b"",
        }.items():
            raises(f"parse_idx, {what}", ValueError, parse_idx, bad)
    four = b"\0\0\x08\x04" + struct.pack(">4I", 1, 1, 1, 2) + b"ab"
    raises("parse_idx, four dimensions", ValueError, parse_idx, four)
    raises("parse_idx, no dimensions", ValueError, parse_idx, b"\0\0\x08\0a")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# The fourth byte says how many lengths follow. At which byte do the entries start if there is one dimension? If
# there are three?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Compare the first four bytes with the three that you accept. Read the lengths. Cut off the header. Compare the
# number of entries with the product of the lengths, then reshape.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `int.from_bytes(data[4:8], "big")` is one length; be careful, it also takes fewer than four bytes without
# complaint. `np.frombuffer(data, np.uint8)` makes an array of all bytes without copying them; a slice of it,
# reshaped, is the result.
# </details>

# %% [markdown]
# **Predict, then run.** What does a digit look like as numbers: is paper 0 or 255? How many of these could you
# misread yourself?

# %%
with attempt():
    images, labels = parse_idx(files.train_images), parse_idx(files.train_labels)
    print(images.shape, labels.shape, images.dtype)
    plots.images(images[:16], titles=labels[:16])

# %% [markdown]
# ### Exercise 6.2 · Preprocess
#
# **Do** write `preprocess`: images in, rows of numbers between 0 and 1 out.
#
# **Why** your `Linear` takes one sample a row, not a square. And numbers around 1 suit it: the gradient of its weights
# is a product with the inputs, so with inputs of 255 each step of the first layer would be hundreds of times as long.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# $$x_{n,\,28 i + j} = \frac{\text{image}_{n i j}}{255}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | image | `images`, uint8 | (N, 28, 28) |
# | $x$ | the result, float32 | (N, 784) |
#
# All images are divided by the same 255, a bright one and a dark one alike. Nothing may be measured on the images
# here: what is measured on test images leaks into the test. float32 holds a pixel exactly enough, in half the
# memory of float64, and your network runs about twice as fast on it.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "preprocess", "locked": false, "schema_version": 3, "solution": true, "task": false}
def preprocess(images):
    """Take images (N, 28, 28), uint8; return rows (N, 784), float32, from 0 to 1."""
    ### BEGIN SOLUTION
    return images.reshape(len(images), -1) / np.float32(255)
    ### END SOLUTION


# %% [markdown]
# **Try it.** An empty image with one pixel of 255, in row 1 and column 2. It should be entry $28 \cdot 1 + 2 = 30$.

# %%
with attempt():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 1, 2] = 255
    x = preprocess(image)
    print(x.shape, x.dtype, x[0, 29:32])  # (1, 784) float32 [0. 1. 0.]


# %% deletable=false editable=false
@check
def check_preprocess():
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 1, 2], images[1, 27, 0], images[1, 0, 27] = 255, 51, 102
    images[2], images[2, 5, 7] = 51, 153
    x = np.zeros((3, 784), np.float32)
    x[0, 30], x[1, 756], x[1, 27], x[2], x[2, 147] = 1, 0.2, 0.4, 0.2, 0.6
    for what, given, expected in (
        ("", images, x),
        (", the brightest pixel 153", images[1:], x[1:]),
        (" of a single image", images[1:2], x[1:2]),
    ):
        with unchanged(images=given):
            came = preprocess(given)
        other = preprocess(np.roll(given, 3, axis=1))
        case = candidates.mnist.preprocess(images=given, other=other)
        same(f"preprocess(images){what}", came, expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_preprocess", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("preprocess")  # test_preprocess, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import graded, layouts, same, unchanged


@graded
def test_preprocess():
    rng = np.random.default_rng(602)
    for n, brightest in ((5, 255), (28, 90), (1, 200)):
        images = rng.integers(0, brightest + 1, size=(n, 28, 28)).astype(np.uint8)
        images[0, :2] = brightest
        images[1:] -= images[1:] // 8
        expected = np.empty((n, 784), np.float32)
        for i in range(28):
            for j in range(28):
                expected[:, 28 * i + j] = [value / 255 for value in images[:, i, j]]
        for label, images_laid_out in layouts(images):
            with unchanged(images=images_laid_out):
                x = preprocess(images_laid_out)
            other = preprocess(np.roll(images, 3, axis=1))
            case = candidates.mnist.preprocess(images=images, other=other)
            same(f"preprocess(images), N={n}, images in {label}", x, expected, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Which axis must stay as it is, and which two become one?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Reshape, then divide. Look at the dtype of what comes out: uint8 divided by a Python number gives float64.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `images.reshape(len(images), 784)` is the shape. Either turn it into float32 with `astype` first, or divide by
# `np.float32(255)`.
# </details>

# %% [markdown]
# From here on `x_train` and `x_test` are your preprocessed images. A tenth of the training images is put aside as
# `x_val`, for **validation**: whatever has to be chosen (how long to train, which learning rate, which network) is
# chosen by them.
#
# The test images are for one number at the very end. Who picks the best of twenty networks by the test images has
# picked, in part, the one that was lucky on them. The number looks better than the network is, and nothing is left
# to find that out with.


# %%
@lru_cache(maxsize=1)  # reads again only if one of the two functions has changed
def load_digits(parse_idx, preprocess):
    """Return images and labels to train with, to validate with, to test with."""
    x, x_test = (
        preprocess(parse_idx(packed))
        for packed in (files.train_images, files.test_images)
    )
    labels, labels_test = parse_idx(files.train_labels), parse_idx(files.test_labels)
    last = len(x) - len(x) // 10
    return x[:last], labels[:last], x[last:], labels[last:], x_test, labels_test


with attempt():
    x_train, labels_train, x_val, labels_val, x_test, labels_test = load_digits(
        parse_idx, preprocess
    )
    print(x_train.shape, x_val.shape, x_test.shape)

# %% [markdown]
# **Predict, then run.** The mean of all zeros, the mean of all ones, and so on. Which will be the sharpest, and
# which the most blurred? Which two look as if they would be mixed up?

# %%
with attempt():
    x_train, labels_train, *_ = load_digits(parse_idx, preprocess)
    means = [x_train[labels_train == digit].mean(axis=0) for digit in range(10)]
    plots.images(np.stack(means), titles=range(10), columns=10)

# %% [markdown]
# ## First a baseline
#
# Before you train anything, find out what is easy. A number such as 97 % means nothing on its own: guessing gives
# 10 %, and somebody's ten lines of code may give 96 %. Here are two baselines, both judged by the validation
# images.
#
# - *Nearest mean*: which of the ten images above is the closest? No training at all.
# - *Logistic regression*, from scikit-learn: one linear layer with the loss that you are about to build, trained
#   on at most 5,000 images to save time. (With all 60,000, and patience, it reaches a little over 92 % on the MNIST
#   test images.)

# %%
with attempt():
    x_train, labels_train, x_val, labels_val, *_ = load_digits(parse_idx, preprocess)
    means = np.stack([x_train[labels_train == c].mean(axis=0) for c in range(10)])
    # |x - m|^2 = |x|^2 - 2 x m + |m|^2, and |x|^2 is the same for all ten
    distances = (means**2).sum(axis=1) - 2 * x_val @ means.T
    print(f"nearest mean        {np.mean(distances.argmin(axis=1) == labels_val):.1%}")
    line = LogisticRegression(C=0.01, max_iter=1000)
    line.fit(x_train[:5000], labels_train[:5000])
    print(f"logistic regression {line.score(x_val, labels_val):.1%}")

# %% [markdown]
# ## From scores to probabilities
#
# Your network gets ten outputs, one for each class: its *logits*, or scores. Any number will do, and the largest
# one wins. To learn, the network must know by how much it was wrong, and for that the scores have to become
# probabilities: positive, with sum 1. Softmax makes them positive with the exponential function, then divides by
# their sum.
#
# ### Exercise 6.3 · Softmax
#
# **Do** write `softmax`. It must also be right for scores of $\pm 1000$.
#
# **Why** the formula as it stands overflows: $e^{710}$ is already too large for float64. One careless step can
# make scores that large, and one NaN destroys all weights in the next.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# $$p_{nc} = \frac{e^{z_{nc}}}{\sum_{k=1}^{C} e^{z_{nk}}}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits`, one sample a row | (N, C) |
# | $p$ | the result, one sample a row | (N, C) |
#
# What happens to $p$ if you add the same number to all the scores of a row? Work that out with the formula: it is
# the way around the overflow.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(logits):
    """Take logits (N, C), return probabilities (N, C); each row has the sum 1."""
    ### BEGIN SOLUTION
    scores = 1.0 * logits  # 1.0 turns integers into floats
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# **Try it.** Scores of $\log 1$, $\log 2$ and $\log 5$ are probabilities of 1/8, 2/8 and 5/8. A score of 1000
# against 0 leaves nothing for the other.

# %%
with attempt():
    print(softmax(np.log([[1.0, 2.0, 5.0]])))  # [[0.125 0.25  0.625]]
    print(softmax(np.array([[1000.0, 0.0]])))  # [[1. 0.]]

# %% [markdown]
# **Check it.** It compares your `softmax` with the one of scikit-learn: for ordinary scores, for large ones, for
# integers and in float32.


# %% deletable=false editable=false
@check
def check_softmax():
    rng, right = np.random.default_rng(3), extmath.softmax
    for n, c in ((5, 3), (3, 3), (1, 5)):
        logits = 2 * rng.normal(size=(n, c))
        with unchanged(logits=logits):
            p, other = softmax(logits), softmax(logits**2)
        for z, came, last in ((logits, p, other), (logits**2, other, p)):
            case = candidates.mnist.softmax(logits=z, right=right, other=last)
            same(f"softmax(logits) with N={n}, C={c}", came, right(z), case)
        p, expected = softmax(logits.astype(np.float32)), right(logits)
        same("softmax(logits) in float32", p, expected.astype(np.float32))
        whole = np.rint(logits)
        same("softmax of integers", softmax(whole.astype(int)), right(whole))
    logits, steps = rng.normal(size=(3, 2)), np.array([[0], [1000], [-2000]])
    for large, where in (
        (logits + 1000, "above 0"),
        (logits - 1000, "below 0"),
        (logits + steps, "rows far apart"),
        (np.array([[1000.0, -1000], [-1000, 700], [999, 1000]]), "far apart"),
    ):
        p = softmax(large)
        problem = candidates.mnist.explain_large(p, where)
        expect(not problem, f"softmax of scores of 1000: {problem}")
        case = candidates.mnist.softmax_large(logits=large, right=right)
        same("softmax of scores of 1000", p, right(large), case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_softmax", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("softmax")  # test_softmax, 3 points
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


def expected_probabilities(logits):
    rows = [[z - max(row) for z in row] for row in logits.tolist()]
    rows = [[math.exp(z) for z in row] for row in rows]
    return np.array([[e / math.fsum(row) for e in row] for row in rows])


@graded
def test_softmax():
    rng, right = np.random.default_rng(603), expected_probabilities
    for n, c in ((7, 4), (4, 4), (1, 7), (2, 2), (6, 10), (4, 1)):
        (logits,) = draw(rng, (n, c))
        logits *= 3
        expected = right(logits)
        for label, logits_laid_out in layouts(logits):
            with unchanged(logits=logits_laid_out):
                p = softmax(logits_laid_out)
            arrays = {"logits": logits, "other": softmax(logits**2)}
            case = candidates.mnist.softmax(**arrays, right=right)
            same(f"softmax(logits), N={n}, C={c}, logits in {label}", p, expected, case)
        whole = rng.integers(-4, 5, size=(n, c))
        same("softmax(logits) for integers", softmax(whole), right(whole))
        p = softmax(logits.astype("f4"))
        same("softmax(logits) in float32", p, expected.astype("f4"))
        steps = 900.0 * np.arange(n)[:, None] * (-1) ** np.arange(n)[:, None]
        for large, where in (
            (logits + 1000, "above 0"),
            (logits - 1000, "below 0"),
            (logits + steps, "rows far apart"),
        ):
            p = softmax(large)
            problem = candidates.mnist.explain_large(p, where)
            expect(not problem, f"softmax of scores of 1000: {problem}")
            case = candidates.mnist.softmax_large(logits=large, right=right)
            same("softmax of scores of 1000", p, expected, case, rtol=1e-9)
    far = np.array([[1000.0, -1000.0, 999.0], [-1000.0, -1001.0, 1000.0]])
    for turn in range(3):
        turned = np.roll(far, turn, axis=1)
        p = softmax(turned)
        problem = candidates.mnist.explain_large(p, "far apart")
        expect(not problem, f"softmax of scores of 1000: {problem}")
        case = candidates.mnist.softmax_large(logits=turned, right=right)
        same("softmax of scores of 1000 and -1000", p, right(turned), case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Multiply the numerator and the denominator by the same $e^{-s}$. What has happened to the scores? Which $s$ makes
# sure that no exponent is ever positive?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# For each row: subtract its largest score, take the exponentials, divide by their sum. Each *row* has its own
# largest score and its own sum.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `logits.max(axis=1, keepdims=True)` has the shape (N, 1) and broadcasts along the rows. Without `keepdims` it has
# the shape (N,), and lines up with the wrong axis. The sum needs the same care.
# </details>

# %% [markdown]
# **Predict, then run.** Three classes. The scores of the first two stay at 0 and 1, the third one's grows from -6
# to 6. What happens to the probabilities of the other two? And to the ratio between them?

# %%
with attempt():
    score = np.linspace(-6, 6, 100)
    p = softmax(np.stack([0 * score, 0 * score + 1, score], axis=1))
    lines = {"score 0": p[:, 0], "score 1": p[:, 1], "growing score": p[:, 2]}
    plots.curves(
        {name: (score, line) for name, line in lines.items()},
        xlabel="score of the third class",
        ylabel="probability",
    )

# %% [markdown]
# ## How wrong is a probability?
#
# The label says which class is right. All that matters is the probability which the network gave to that one. If
# it was 1, the loss should be 0. If it was tiny, the loss should be large: *sure and wrong* is the worst that a
# classifier can be. The negative logarithm does that, and it adds up over samples just as probabilities multiply.
# This is the *cross-entropy*.
#
# ### Exercise 6.4 · Cross-entropy, forward
#
# **Do** fill in `forward` in the class below. Leave `backward` for the next exercise.
#
# **Why** mean squared error would also fall when the network gets better. But it hardly complains about a sure
# mistake: its gradient vanishes just where it is needed most. The gradient of the cross-entropy never does that.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# $$L = -\frac{1}{N} \sum_{n=1}^{N} \log p_{n,\,l_n}
# \qquad\text{where}\qquad
# \log p_{nc} = z_{nc} - \log \sum_{k=1}^{C} e^{z_{nk}}$$
#
# | maths | code | shape |
# | --- | --- | --- |
# | $z$ | `logits` | (N, C) |
# | $l$ | `labels`, integers from 0 to C - 1 | (N,) |
# | $p$ | probabilities | (N, C) |
# | $L$ | the result, a float | a number |
#
# Never take the logarithm of a probability: with scores of 0 and 1000 the first probability is 0 in floating
# point, and its logarithm is infinite. The right answer is $\log p = -1000$, and the formula on the right gets it,
# if you subtract the largest score of each row first, as in `softmax`. So do not call `softmax` here; compute the
# logarithms of the probabilities directly, and keep them for `backward`: $p = e^{\log p}$. Nothing has to be
# clipped, and nothing like `+ 1e-9` added.
#
# Labels can be signed or unsigned integers (your `parse_idx` returns unsigned ones). A label below 0 or above
# C - 1 raises `ValueError`: with -1, NumPy would quietly take the last class.


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SoftmaxCrossEntropy:
    """Mean cross-entropy of softmax(logits) against integer labels."""

    def forward(self, logits, labels):
        """Take logits (N, C) and labels (N,), return the loss, a float.

        A label that is not in 0..C-1 raises ValueError.
        """
        ### BEGIN SOLUTION
        samples, classes = logits.shape
        labels = np.asarray(labels)
        if labels.shape != (samples,):
            raise ValueError(f"labels: expected shape {(samples,)}, got {labels.shape}")
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(f"labels: expected integers from 0, below {classes}")
        scores = 1.0 * logits  # 1.0 turns integers into floats
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_sums = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.log_probabilities = shifted - log_sums
        self.labels = labels
        return float(-self.log_probabilities[np.arange(samples), labels].mean())
        ### END SOLUTION

    def backward(self):
        """Return dL/d(logits), (N, C)."""
        ### BEGIN SOLUTION
        samples = len(self.labels)
        grad_logits = np.exp(self.log_probabilities)
        grad_logits[np.arange(samples), self.labels] -= 1
        return grad_logits / samples
        ### END SOLUTION


# %% [markdown]
# **Try it.** Two classes with equal scores: the loss is $\log 2 = 0.693$, whatever the label. Scores of 0 and 1000
# with label 0: sure and wrong, the loss is 1000. With label 1 it is 0.

# %%
with attempt():
    loss = SoftmaxCrossEntropy()
    print(loss.forward(np.array([[3.0, 3.0]]), np.array([0])))  # 0.693...
    print(loss.forward(np.array([[0.0, 1000.0]]), np.array([0])))  # 1000.0
    print(loss.forward(np.array([[0.0, 1000.0]]), np.array([1])))  # 0.0, or -0.0


# %% deletable=false editable=false
@check
def check_cross_entropy_forward():
    def right(logits, labels):
        p = extmath.softmax(logits)
        return log_loss(labels, p, labels=range(p.shape[1]))

    p = np.array([[1.0, 2, 5], [6, 1, 1], [2, 2, 4], [1, 6, 1], [3, 4, 1]]) / 8
    logits = np.log(p) + np.array([[3], [-2], [0], [1], [4]])
    loss, labels, before = SoftmaxCrossEntropy(), np.uint8([1, 0, 2, 0, 1]), None
    for n in (5, 3, 1):
        z, own = logits[:n].copy(), labels[:n].copy()
        arrays = {"logits": z, "labels": own, "p": p[:n], "before": before}
        functions = {"right": right, "probabilities": extmath.softmax}
        case = candidates.mnist.cross_entropy_forward(**arrays, **functions)
        with unchanged(logits=z, labels=own):
            value = loss.forward(z, own)
        before = right(z, own)
        same_number(f"forward with N={n}, C=3", value, before, case, rtol=1e-6)
    value = loss.forward(z.astype(np.float32), own)
    same_number("forward in float32", value, before, rtol=1e-5)
    value = loss.forward(np.array([[-2, -2], [3, 3]]), np.array([0, 1]))
    same_number(
        "forward for integers, which count as floats", value, math.log(2), rtol=1e-6
    )
    for label in (np.array([-1]), np.array([3])):
        raises(f"forward, label {label[0]}", ValueError, loss.forward, z, label)
    far, mean = np.array([[0.0, 1000], [-2, -3000], [7, 7]]), right(logits, labels)
    for z, own, expected, where in (
        (logits + 1000, labels, mean, "above 0"),
        (logits - 1000, labels, mean, "below 0"),
        (logits + 1000.0 * labels[:, np.newaxis], labels, mean, "rows far apart"),
        (far, [1, 0, 0], math.log(2) / 3, "far apart"),
        (far, [0, 1, 1], (3998 + math.log(2)) / 3, "far apart, wrong label"),
    ):
        value, what = loss.forward(z, np.array(own)), "forward of scores of 1000"
        problem = candidates.mnist.explain_large(value, where, expected)
        expect(not problem, f"{what}: {problem}")
        case = candidates.mnist.cross_entropy_large(logits=z, labels=own, right=right)
        same_number(f"{what}, which must be exact", value, expected, case, rtol=1e-6)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_cross_entropy_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ready("cross_entropy_forward")  # test_cross_entropy_forward, 3 points
### BEGIN HIDDEN TESTS
import math

import numpy as np

from helpers import candidates
from helpers.checks import (
    draw,
    expect,
    graded,
    layouts,
    raises,
    same_number,
    unchanged,
)


def expected_table(logits):
    rows = [[z - max(row) for z in row] for row in logits.tolist()]
    sums = [math.log(math.fsum(math.exp(z) for z in row)) for row in rows]
    return np.array([[z - s for z in row] for row, s in zip(rows, sums, strict=True)])


def expected_loss(logits, labels):
    rows = expected_table(logits).tolist()
    losses = [-row[label] for row, label in zip(rows, labels.tolist(), strict=True)]
    return math.fsum(losses) / len(losses)


def compare_large(loss, logits, labels, expected, where):
    value, what = loss.forward(logits, labels), "forward of large scores"
    problem = candidates.mnist.explain_large(value, where, expected)
    expect(not problem, f"{what}: {problem}")
    case = candidates.mnist.cross_entropy_large(
        logits=logits, labels=labels, right=expected_loss
    )
    same_number(f"{what}, which must be exact", value, expected, case, rtol=1e-6)


def mistakes(logits, labels, **given):
    def probabilities(logits):
        return np.exp(expected_table(logits))

    given |= {"logits": logits, "labels": labels, "p": probabilities(logits)}
    return candidates.mnist.cross_entropy_forward(
        **given, right=expected_loss, probabilities=probabilities
    )


@graded
def test_cross_entropy_forward():
    rng, before = np.random.default_rng(604), None
    for n, c in ((7, 4), (4, 4), (1, 7), (7, 2), (300, 10)):
        (logits,) = draw(rng, (n, c))
        logits *= 2
        loss, other = SoftmaxCrossEntropy(), SoftmaxCrossEntropy()
        for dtype in (np.int64, np.uint8, np.int8):
            labels = rng.integers(0, c, size=n).astype(dtype)
            expected = expected_loss(logits, labels)
            for label, logits_laid_out in layouts(logits):
                case = mistakes(logits, labels, before=before)
                with unchanged(logits=logits_laid_out, labels=labels):
                    value = loss.forward(logits_laid_out, labels)
                what = (
                    f"forward, N={n}, C={c}, logits in {label}, labels {dtype.__name__}"
                )
                same_number(what, value, expected, case, rtol=1e-6)
                before = expected
        other.forward(2 * logits, labels)
        value = loss.forward(logits, labels)
        same_number("forward, called again", value, expected, rtol=1e-6)
        whole = rng.integers(-2, 3, size=(n, c))
        value, right = loss.forward(whole, labels), expected_loss(whole, labels)
        case = mistakes(1.0 * whole, labels)
        what = "forward for integers, which count as floats"
        same_number(what, value, right, case, rtol=1e-6)
        value = loss.forward(logits.astype("f4"), labels)
        same_number("forward in float32", value, expected, rtol=1e-4)
        for bad in (-1, c, 100):
            wrong = labels.astype(np.int64)
            wrong[n // 2] = bad
            raises(f"forward, label {bad}", ValueError, loss.forward, logits, wrong)
        wrong = np.full(n, c, np.uint8)
        raises(f"forward, unsigned {c}", ValueError, loss.forward, logits, wrong)
        steps = 1000 * np.arange(n)[:, None]
        for large, where in (
            (logits + 5000, "above 0"),
            (logits - 5000, "below 0"),
            (logits + steps, "rows far apart"),
        ):
            compare_large(loss, large, labels, expected_loss(large, labels), where)
    far = np.array([[1000.0, -1000, 0], [-1000, 1000, -1000], [0, 0, -1000]])
    for labels, expected, where in (
        ([0, 1, 0], math.log(2) / 3, "far apart"),
        ([1, 1, 0], (2000 + math.log(2)) / 3, "far apart, wrong label"),
        ([2, 2, 1], (3000 + math.log(2)) / 3, "far apart, wrong label"),
    ):
        for turn in range(3):
            turned, own = np.roll(far, turn, axis=1), (np.array(labels) + turn) % 3
            compare_large(SoftmaxCrossEntropy(), turned, own, expected, where)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# $\log \sum_k e^{z_k}$ overflows just like softmax. If you subtract $s$ from every score of the row, what must you
# add at the end? And does it matter for $\log p_c$, in which the score itself appears too?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Look at the labels first. Then: scores minus the largest of their row; minus the logarithm of the sum of their
# exponentials. That is a table (N, C) of $\log p$. Keep it. From row $n$ take the column $l_n$; mean; minus sign.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `table[np.arange(N), labels]` takes one entry from each row. (`table[:, labels]` takes N whole columns, which is
# something else.)
# </details>

# %% [markdown]
# **Predict, then run.** Two classes, scores 0 and $z$. Draw both losses over $z$ on paper first: one for label 0,
# one for label 1. Where do they meet, and at what height? What do they look like far from there?

# %%
with attempt():
    score = np.linspace(-6, 6, 100)
    losses = {
        f"label {label}": [
            SoftmaxCrossEntropy().forward(np.array([[0.0, z]]), np.array([label]))
            for z in score
        ]
        for label in (0, 1)
    }
    plots.curves(
        {name: (score, line) for name, line in losses.items()},
        xlabel="score of class 1",
        ylabel="loss",
    )

# %% [markdown]
# ### Exercise 6.5 · Cross-entropy, backward
#
# **Do** derive the gradient on paper, then fill in `backward` in the class above.
#
# **Why** this is where every gradient of your network starts. Softmax on its own has a whole matrix of
# derivatives, the logarithm adds a fraction, and when you multiply the two almost everything cancels.
#
# *20 minutes · difficulty 3 of 5*

# %% [markdown]
# Take one sample with the label $l$. From $\log p_l = z_l - \log \sum_k e^{z_k}$:
#
# $$-\frac{\partial \log p_l}{\partial z_c} = \frac{e^{z_c}}{\sum_k e^{z_k}} - [c = l]$$
#
# where $[c = l]$ is 1 for the right class and 0 for the others. You know the fraction. In words: *what you said,
# minus what is true*. The loss is a mean over N samples, and what is true of the loss is true of its gradient.
#
# | maths | code | shape |
# | --- | --- | --- |
# | $\partial L / \partial z$ | the result of `backward()` | (N, C) |
# | $[c = l]$ | one 1 in each row, in the column of the label | (N, C) |
#
# `backward` may be called twice after one `forward`, and gives the same answer both times: it must not change what
# `forward` kept.

# %% [markdown]
# **Try it.** Two classes, equal scores, label 0: the network said (0.5, 0.5), true is (1, 0), so the gradient is
# (-0.5, 0.5). Gradient descent will raise the first score and lower the second.

# %%
with attempt():
    loss = SoftmaxCrossEntropy()
    loss.forward(np.array([[3.0, 3.0]]), np.array([0]))
    print(loss.backward())  # [[-0.5  0.5]]


# %% [markdown]
# **Check it.** Your `forward` is nudged to see the gradient, so `forward` has to be right first.


# %% deletable=false editable=false
def gradient_by_nudging(logits, labels):
    """Return dL/d(logits) by finite differences of your forward."""
    loss = SoftmaxCrossEntropy()
    return numerical_gradient(lambda z: loss.forward(z, labels), logits)


@check
def check_cross_entropy_backward():
    needs("cross_entropy_forward")
    loss, other, gradients = SoftmaxCrossEntropy(), SoftmaxCrossEntropy(), []
    rng, before, right = np.random.default_rng(5), None, gradient_by_nudging
    for n, c in ((5, 3), (3, 3), (1, 4)):
        logits, labels = rng.normal(size=(n, c)), np.arange(1, 2 * n, 2) % c
        for z, what in ((logits, ""), (np.rint(logits).astype(int), ", integers")):
            arrays = {"logits": 1.0 * z, "labels": labels.astype(np.uint8)}
            functions = {"right": right, "probabilities": extmath.softmax}
            case = candidates.mnist.cross_entropy_backward(
                **arrays | functions | {"p": extmath.softmax(1.0 * z)},
                **{"before": before, "other": right(2 - logits, labels)},
            )
            before = expected = right(**arrays)
            loss.forward(z, arrays["labels"])
            other.forward(2 - logits, labels)
            gradient = loss.backward()
            kept = np.array(gradient)
            what = f"backward() with N={n}, C={c}{what}"
            same(what, gradient, expected, case, rtol=1e-6)
            again = candidates.close(loss.backward(), kept)
            what = f"{what}, called a second time, gives something else"
            expect(again, f"{what}: the first call changed what `forward` kept.")
            gradients.append((gradient, kept))
    for gradient, kept in gradients:
        own = candidates.close(gradient, kept)
        what = "A gradient has changed after later calls"
        expect(own, f"{what}: does `backward` make a new array at each call?")
    loss.forward(np.log(np.array([[1, 2, 5]], "f4")), np.array([1]))
    expected = np.array([[0.125, -0.75, 0.625]], "f4")
    same("backward() in float32", loss.backward(), expected)
    loss.forward(np.array([[1000.0, -1000.0], [-1000.0, 1000.0]]), np.array([0, 0]))
    gradient, what = loss.backward(), "backward(), scores of 1000"
    good = np.isfinite(gradient).all()
    expect(good, f"{what}: NaN or infinite. Which exponent in `backward` is too large?")
    same(what, gradient, [[0.0, 0.0], [-0.5, 0.5]])


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_cross_entropy_backward", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
ready("cross_entropy_backward")  # test_cross_entropy_backward, 4 points
### BEGIN HIDDEN TESTS
import contextlib
import math

import numpy as np

from helpers import candidates
from helpers.checks import draw, expect, graded, layouts, same, unchanged


def expected_probabilities(logits):
    rows = [[math.exp(z) for z in row] for row in logits.tolist()]
    return np.array([[e / math.fsum(row) for e in row] for row in rows])


def expected_gradient(logits, labels):
    gradient = expected_probabilities(logits)
    for row, label in zip(gradient, labels.tolist(), strict=True):
        row[label] -= 1
    return gradient / len(logits)


def forward(loss, logits, labels, errors):
    """Let forward keep what it keeps; what it returns or raises is judged elsewhere."""
    try:
        value = np.asarray(loss.forward(logits, labels))
    except NotImplementedError:
        raise
    except Exception as error:
        errors.append(error)
        return math.nan
    is_number = value.shape == () and value.dtype.kind == "f"
    return value.item() if is_number else math.nan


@contextlib.contextmanager
def blaming(errors):
    """If backward is wrong after forward has stopped, tell how forward stopped."""
    try:
        yield
    except Exception:
        if errors:
            raise errors[0] from None
        raise


@graded
def test_cross_entropy_backward():
    rng, right = np.random.default_rng(605), expected_gradient
    errors = []
    with blaming(errors):
        for n, c in ((7, 4), (4, 4), (1, 7), (7, 2), (11, 10)):
            (logits,) = draw(rng, (n, c))
            for dtype in (np.int64, np.uint8):
                labels = rng.integers(0, c - 1, size=n).astype(dtype)
                expected = right(logits, labels)
                case = candidates.mnist.cross_entropy_backward(
                    **{"logits": logits, "labels": labels, "right": right},
                    **{"p": expected_probabilities(logits)},
                    **{"probabilities": expected_probabilities},
                    before=right(2 - logits, labels[::-1]),
                    other=right(3 * logits, labels),
                )
                for label, logits_laid_out in layouts(logits):
                    loss, other = SoftmaxCrossEntropy(), SoftmaxCrossEntropy()
                    forward(loss, 2 - logits, labels[::-1].copy(), errors)
                    loss.backward()
                    own = labels.copy()
                    forward(loss, logits_laid_out, own, errors)
                    forward(other, 3 * logits, labels.copy(), errors)
                    with unchanged(logits=logits_laid_out, labels=own):
                        gradient = loss.backward()
                    kept = np.array(gradient)
                    what = f"backward(), logits in {label}, labels {labels.dtype}"
                    same(what, gradient, expected, case, rtol=1e-6)
            again = candidates.close(loss.backward(), kept)
            what = "backward(), called a second time, gives something else"
            expect(again, f"{what}: the first call changed what `forward` kept.")
            forward(loss, -logits, labels.copy(), errors)
            loss.backward()
            own = candidates.close(gradient, kept)
            what = "A gradient has changed after later calls"
            expect(own, f"{what}: does `backward` make a new array at each call?")
            forward(loss, logits.astype("f4"), labels.copy(), errors)
            same("backward() in float32", loss.backward(), expected.astype("f4"))
            whole = rng.integers(-1, 2, size=(n, c))
            forward(loss, whole.copy(), labels.copy(), errors)
            expected = right(whole, labels)
            same(
                "backward() for integers, which count as floats",
                loss.backward(),
                expected,
                rtol=1e-6,
            )
        large = np.array([[1000.0, -1000.0], [-1000.0, 1000.0], [1000.0, 0.0]])
        value = forward(loss, large, np.array([0, 0, 1]), errors)
        if abs(value - 1000) < 1e-3:  # otherwise it is the mistake of forward
            gradient, what = loss.backward(), "backward(), scores of 1000"
            why = "NaN or infinite. Which exponent in `backward` is too large?"
            expect(np.isfinite(gradient).all(), f"{what}: {why}")
            expected = np.array([[0, 0], [-1, 1], [1, -1]]) / 3
            same(what, gradient, expected, rtol=1e-6)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# How do you get from the logarithms that `forward` kept back to the probabilities? In how many entries of a row
# does the gradient differ from them?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# A new array with the probabilities; in each row, 1 less in the column of the label; everything divided by N.
# Layers sum over the batch, so this is the only place where the N comes in.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# The index that picked $\log p_l$ in `forward` also works on the left of `-=`. Use it on an array that is new, so
# that `forward`'s own table stays as it is.
# </details>

# %% [markdown]
# **Predict, then run.** The gradients of the two losses that you drew above, over the score $z$. How large can a
# gradient get, at most? Compare with the slope of a squared error there, $2 (p - t)\, p\, (1 - p)$: which of the
# two learns from a sure mistake?

# %%
with attempt():
    score = np.linspace(-6, 6, 100)
    logits, labels = np.stack([0 * score, score], axis=1), np.ones(100, int)
    loss = SoftmaxCrossEntropy()
    loss.forward(logits, labels)
    slope = 100 * loss.backward()[:, 1]
    p = 1 + slope
    plots.curves(
        {
            "cross-entropy": (score, slope),
            "squared error": (score, 2 * (p - 1) * p * (1 - p)),
        },
        xlabel="score of class 1, which is right",
        ylabel="slope of the loss",
    )

# %% [markdown]
# ### Exercise 6.6 · Accuracy
#
# **Do** write `accuracy`: which part of the predictions is right?
#
# **Why** the loss is what you can differentiate, the accuracy is what people ask for. They are not the same thing.
#
# *5 minutes · difficulty 1 of 5*

# %% [markdown]
# The prediction for a sample is the class with the largest score.
#
# | quantity | code | shape |
# | --- | --- | --- |
# | class scores | `logits` | (N, C) |
# | right classes | `labels` | (N,) |
# | right predictions, divided by N | the result, between 0 and 1 | a number |


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(logits, labels):
    """Take logits (N, C) and labels (N,), return the fraction of right predictions."""
    ### BEGIN SOLUTION
    return float(np.mean(logits.argmax(axis=1) == labels))
    ### END SOLUTION


# %% [markdown]
# **Try it.** Four samples, three classes. The third prediction is wrong, the others are right: 0.75.

# %%
with attempt():
    logits = np.array([[2, 1, 0], [0, 5, 1], [-1, -3, -2], [0, 0, 9]])
    print(accuracy(logits, np.array([0, 1, 2, 2])))  # 0.75


# %% deletable=false editable=false
@check
def check_accuracy():
    def right(logits, labels):
        classes = range(logits.shape[1])
        return top_k_accuracy_score(labels % len(classes), logits, k=1, labels=classes)

    n, row = 29, np.arange(29)
    logits = 0.3 * np.random.default_rng(6).normal(size=(n, n))
    logits[row, (row + 1) % n] += 9  # the largest score of a row
    logits[row, (row + 2) % n] += 5  # the second largest
    logits[row, (row + 3) % n] -= np.where(row % 2, 6, 20)  # the smallest
    logits[0, 1] += 9
    labels = (row + np.repeat([1, 3, -1, 2, 0, 2], [12, 6, 5, 2, 3, 1])) % n
    turn = np.append(row[:7], np.minimum(row[7:] + 1, n - 1))
    turned = logits[turn], (turn + 1) % n
    other, before = accuracy(*turned), turned[1]
    for z, own in (
        (logits, labels),
        turned,
        (logits[5:21], labels[5:21].astype(np.uint8)),
        (np.rint(logits[:1]).astype(int), labels[:1]),
    ):
        with unchanged(logits=z, labels=own):
            value = accuracy(z, own)
        arrays = {"logits": z, "labels": own, "before_labels": before}
        case = candidates.mnist.accuracy(**arrays, right=right, other=other)
        expected, before, other = right(z, own), own, value
        what = f"accuracy, {expected * len(z):.0f} of {len(z)} right"
        same_number(what, value, expected, case)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_accuracy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ready("accuracy")  # test_accuracy, 1 point
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import draw, graded, layouts, same_number, unchanged


@graded
def test_accuracy():
    def right(logits, labels):
        best = [max(range(len(row)), key=row.__getitem__) for row in logits.tolist()]
        wanted = (labels % logits.shape[1]).tolist()
        return sum(b == w for b, w in zip(best, wanted, strict=True)) / len(best)

    rng, n, row = np.random.default_rng(606), 31, np.arange(31)
    logits = 0.3 * rng.normal(size=(n, n))
    logits[row, (row + 1) % n] += 9
    logits[row, (row + 2) % n] += 5
    logits[row, (row + 3) % n] -= np.where(row % 2, 6, 20)
    logits[0, 1] += 9
    labels = (row + np.repeat([1, 3, -1, 2, 0, 2], [13, 7, 5, 2, 3, 1])) % n
    turn = np.append(row[:10], np.minimum(row[10:] + 1, n - 1))
    turned = logits[turn], (turn + 1) % n
    other, before = accuracy(*turned), turned[1]
    for scores, own in ((logits, labels), turned):
        with unchanged(logits=scores, labels=own):
            value = accuracy(scores, own)
        arrays = {"logits": scores, "labels": own, "before_labels": before}
        case = candidates.mnist.accuracy(**arrays, right=right, other=other)
        expected, before, other = right(scores, own), own, value
        same_number(f"accuracy, N={n}, C={n}", value, expected, case)
    for n, c in ((7, 3), (5, 5), (1, 4), (200, 10)):
        (logits,) = draw(rng, (n, c))
        logits -= 2
        best = [max(range(c), key=row.__getitem__) for row in logits.tolist()]
        for wrong in {0, n // 3, n}:
            labels = np.array(best, np.uint8)
            labels[:wrong] = (labels[:wrong] + 1) % c
            case = candidates.mnist.accuracy(logits=logits, labels=labels, right=right)
            for label, logits_laid_out in layouts(logits):
                with unchanged(logits=logits_laid_out, labels=labels):
                    value = accuracy(logits_laid_out, labels)
                what = f"accuracy, {n - wrong} of {n} right, logits in {label}"
                same_number(what, value, (n - wrong) / n, case)
            value = accuracy(np.rint(1e6 * logits).astype(int), labels.astype(int))
            same_number("accuracy for integers", value, (n - wrong) / n, case)


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Along which axis do you look for the largest score of a sample?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# `argmax` along the classes gives N predictions. Compare them with the labels; the mean of booleans is a fraction.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `np.mean(... == labels)`, with `logits.argmax(axis=1)` in place of the dots.
# </details>

# %% [markdown]
# **Predict, then run.** Ten scores out of noise, with a little of the truth mixed in, all multiplied by a factor.
# The factor grows
# from 0.1 to 10. What happens to the accuracy? To the loss? Can the loss get worse while the accuracy stays the same?

# %%
with attempt():
    rng = np.random.default_rng(6)
    labels = rng.integers(0, 10, size=500)
    logits = rng.normal(size=(500, 10)) + 2 * np.eye(10)[labels]
    factors = np.geomspace(0.1, 10, 40)
    losses = [SoftmaxCrossEntropy().forward(f * logits, labels) for f in factors]
    accuracies = [accuracy(f * logits, labels) for f in factors]
    plots.curves(
        {"loss": (factors, losses), "accuracy": (factors, accuracies)},
        xlabel="factor",
        ylabel="",
    )

# %% [markdown]
# ## Your network
#
# From here on everything is yours. `carry` looks for what you built in the earlier notebooks, runs its checks, and
# brings it along; where yours is not there or not right yet, you get the course's version, and a line that says
# so.

# %%
Linear, ReLU, Sequential, train = carry("Linear", "ReLU", "Sequential", "train")


def build_network(*sizes, rng):
    """Return linear layers of these sizes, float32, with ReLU between them."""
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        weights = rng.normal(scale=np.sqrt(2 / inputs), size=(outputs, inputs))
        layers += [Linear(inputs, outputs, weights.astype(np.float32)), ReLU()]
    return Sequential(layers[:-1])


# %% [markdown]
# The weights have the variance 2/D here, not 1/D: ReLU sets half of its inputs to zero, and the factor 2 makes up
# for that (He and others, 2015). They are float32, as the images are.
#
# ### Two problems that no straight line solves
#
# *XOR*: two classes in opposite corners. In 1969 Minsky and Papert showed that a single layer cannot do this,
# whatever its weights are, and many people lost interest in networks. One hidden layer can.
#
# **Predict, then run.** How will the boundary look: smooth, or with corners? (Think of the shape of ReLU.) How
# many hidden units does XOR need at least? Change `hidden` and try.

# %%
with attempt():
    rng, hidden = np.random.default_rng(1), 8
    corners = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])
    x = np.repeat(corners, 50, axis=0) + 0.3 * rng.normal(size=(200, 2))
    labels = np.repeat([0, 0, 1, 1], 50)
    network = build_network(2, hidden, 2, rng=rng)
    board = live.Board(
        live.Curve("loss"), live.Boundary(x, labels), pace=0.03, budget=0.5
    )
    with board:
        train(
            network,
            SoftmaxCrossEntropy(),
            x,
            labels,
            epochs=80,
            batch_size=20,
            learning_rate=0.1,
            rng=rng,
            on_epoch=lambda epoch, loss: board.update(
                loss=(epoch, loss), boundary=network.forward
            ),
        )
    print(f"accuracy {accuracy(network.forward(x), labels):.1%}")

# %% [markdown]
# *Two moons*, one inside the other. **Predict, then run.** The loss falls fast for a few epochs, and then takes its
# time. What has the network found when the fast part is over, and what is it still looking for?

# %%
with attempt():
    rng = np.random.default_rng(2)
    x, labels = make_moons(300, noise=0.15, random_state=2)
    network = build_network(2, 32, 32, 2, rng=rng)
    board = live.Board(
        live.Curve("loss"), live.Boundary(x, labels), pace=0.03, budget=0.5
    )
    with board:
        train(
            network,
            SoftmaxCrossEntropy(),
            x,
            labels,
            epochs=100,
            batch_size=30,
            learning_rate=0.1,
            rng=rng,
            on_epoch=lambda epoch, loss: board.update(
                loss=(epoch, loss), boundary=network.forward
            ),
        )
    print(f"accuracy {accuracy(network.forward(x), labels):.1%}")

# %% [markdown]
# ## MNIST
#
# 784 inputs, 128 hidden units, 10 classes: 101,770 parameters. Are all their gradients right? Nudging each of them
# would take 203,540 forward passes. But the slope along a *random direction* in the space of all parameters takes
# two, and a wrong gradient has practically no chance to agree with it. (The weights are float64 here: float32 is
# too coarse for nudging.)

# %%
with attempt():
    x_train, labels_train, *_ = load_digits(parse_idx, preprocess)
    rng = np.random.default_rng(0)
    network = Sequential([Linear(784, 128, rng=rng), ReLU(), Linear(128, 10, rng=rng)])
    slopes = gradcheck.compare_directions(
        network, SoftmaxCrossEntropy(), x_train[:64], labels_train[:64], rng=rng
    )
    for analytic, numeric in slopes:
        print(f"by backward {analytic:+.9f}   by nudging {numeric:+.9f}")

# %% [markdown]
# Now train. The board shows
#
# - the loss on the training images, and the accuracy on validation and test images;
# - which digits are mixed up: a row for each class, a column for each prediction; the diagonal, in blue, is right;
# - the weights of the first 24 hidden units as images (red: ink here speaks for this unit, blue: against it);
# - the three validation images of which the network is least sure, and beside each the ten probabilities.
#
# The test line is only there to be watched. Nothing may be chosen by it: not the number of epochs, not the
# learning rate. For that there is the validation line.
#
# **Predict, then run.** Which digits will be mixed up most? What will the weights look like at the start, and what
# after training? Will the loss or the accuracy be the first to stop getting better?


# %%
def show_progress(board, network, epoch, loss):
    """Show what an epoch has brought, on validation and test images."""
    _, _, x_val, labels_val, x_test, labels_test = load_digits(parse_idx, preprocess)
    logits = network.forward(x_val)
    probabilities = softmax(logits)
    unsure = np.argsort(probabilities.max(axis=1))[:3]
    on_validation = accuracy(logits, labels_val)
    on_test = accuracy(network.forward(x_test), labels_test)
    board.update(
        loss=(epoch, loss),
        accuracy=(epoch, {"validation": on_validation, "test": on_test}),
        confusions=(logits.argmax(axis=1), labels_val),
        weights=network.layers[0].weights,
        predictions=(x_val[unsure], probabilities[unsure], labels_val[unsure]),
    )


# %%
with attempt():
    x_train, labels_train, *_, x_test, labels_test = load_digits(parse_idx, preprocess)
    # few images need smaller steps, and more rounds
    learning_rate, epochs = (0.2, 8) if len(x_train) > 10_000 else (0.05, 30)
    rng = np.random.default_rng(0)
    network = build_network(784, 128, 10, rng=rng)
    panels = (
        live.Curve("loss"),
        live.Curve("accuracy", lines=["validation", "test"], ylim=(0.85, 1)),
        live.Confusion("confusions"),
        live.Images("weights", count=24),
        live.Predictions("predictions", count=3),
    )
    with live.Board(*panels, pace=0.1, budget=0.2) as board:
        train(
            network,
            SoftmaxCrossEntropy(),
            x_train,
            labels_train,
            epochs=epochs,
            batch_size=64,
            learning_rate=learning_rate,
            rng=rng,
            on_epoch=lambda epoch, loss: show_progress(board, network, epoch, loss),
        )
    print(f"test accuracy {accuracy(network.forward(x_test), labels_test):.2%}")

# %% [markdown]
# On MNIST that is more than 97 %: fewer than three mistakes in a hundred digits, from a network whose every line
# you wrote.
#
# Look at three of its predictions, and at three mistakes of which it was most certain. Would you have read them
# right?

# %%
with attempt():
    *_, x_test, labels_test = load_digits(parse_idx, preprocess)
    probabilities = softmax(network.forward(x_test))
    plots.predictions(x_test[:3], probabilities[:3], labels_test[:3])
    said = probabilities.max(axis=1) * (probabilities.argmax(axis=1) != labels_test)
    worst = np.argsort(-said)[:3]
    plots.predictions(x_test[worst], probabilities[worst], labels_test[worst])

# %%
with attempt():
    *_, x_test, labels_test = load_digits(parse_idx, preprocess)
    plots.confusion(network.forward(x_test).argmax(axis=1), labels_test)

# %% [markdown]
# ## Summary
#
# - A file is bytes with a header. A reader that checks the header fails early and says why.
# - Softmax turns scores into probabilities; only differences between scores matter, which is how it stays finite.
# - Cross-entropy is minus the logarithm of the probability that the right class got. Its gradient is what the
#   network said minus what is true, divided by N.
# - Baseline first. Choose by validation data. Look at the test data once.
#
# **Where this comes from.** LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document
# recognition*, Proceedings of the IEEE 86 (1998), for MNIST. Bridle, *Probabilistic interpretation of feedforward
# classification network outputs* (1990), for softmax. Minsky and Papert, *Perceptrons* (1969), for XOR. He, Zhang,
# Ren and Sun, *Delving deep into rectifiers*, ICCV (2015), for the variance 2/D.

# %%
summary()
