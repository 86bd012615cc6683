# %% [markdown]
# # 05 · The training loop
#
# **What you'll do.** Write the two functions that turn a network into a network that learns: `minibatches` deals the
# samples out in random portions, `train` takes one step downhill for each portion. Then you let your loop loose on
# a parabola, a cubic and a linear map, and watch.
#
# **What you'll learn.** Why training takes many noisy steps instead of a few exact ones; what an epoch is, and what the
# loss of an epoch is; how to read a loss curve, and how to tell a learning rate that is too small from one that is too
# large.
#
# **What you need.** Notebooks 03 and 04 (a network with `forward`, `backward` and `update_params`; a loss with
# `forward` and `backward`). They come along in `parts.py`. About 75 minutes.

# %%
import numpy as np
from parts import MLP, Linear, MSELoss, ReLU, Sequential

from helpers import gradcheck, live, plots
from helpers.checks import (
    attempt,
    check,
    expect,
    raises,
    ready,
    same,
    summary,
    unchanged,
)

# %% [markdown]
# ## From one step to a training
#
# You have everything that one step needs: predict, measure how wrong the prediction is, send the gradient back, move.
#
# In notebook 01 each step looked at all samples at once. Nothing forces you to. The gradient over a few samples,
# picked at random, points in nearly the same direction, and it costs a fraction. So training works in portions:
#
# | word | meaning |
# | --- | --- |
# | batch | a few samples that are used together for one step |
# | epoch | one pass over the data: every sample is used exactly once |
# | history | the loss of each epoch, in a list |
#
# The samples are dealt out anew for each epoch. This is *stochastic gradient descent*, SGD.

# %% [markdown]
# ### Exercise 5.1 · Minibatches
#
# **Do** write `minibatches`: shuffle the samples, then cut them into batches.
#
# **Why** in data that comes sorted (all zeros, then all ones) a batch without shuffling holds one kind of sample, and
# its gradient pulls towards that kind. A fresh order gives each batch a fair mixture.
#
# *15 minutes · difficulty 2 of 5*

# %% [markdown]
# Let $\pi$ be a random order of the numbers $0, \dots, N-1$. Batch number $k$ holds the samples
#
# $$\pi(kB),\ \pi(kB + 1),\ \dots,\ \pi(kB + B - 1)$$
#
# as far as there are any: the last batch holds the rest.
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $N$ | `len(x)` | number of samples |
# | $B$ | `batch_size` | samples in a batch |
# | $\pi$ | yours to name | an order, drawn from `rng` |
# | | `x`, `t` | inputs and targets, N rows each; a row may have any shape |
#
# What `minibatches` promises to whoever calls it:
#
# - Every sample comes exactly once, and its `t` comes with its `x`.
# - No batch is empty. If `batch_size` is larger than N, there is one batch with all N samples.
# - A `batch_size` below 1 raises `ValueError`.
# - Each call draws a new order from `rng`. The same generator in the same state gives the same order.
# - `x` and `t` stay as they are, and a batch stays as it is when the next one comes.
#
# You may return a list of pairs, or `yield` one pair after another. (A list holds a copy of all the data at once; with
# `yield` only one batch is there at a time.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "minibatches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatches(x, t, batch_size, rng):
    """Deal out all samples in a random order, in batches; return or yield pairs.

    x (N, ...), t (N, ...) -> pairs (x_batch, t_batch) with batch_size rows each,
    the last one with the rest. Raises ValueError if batch_size is below 1.
    """
    ### BEGIN SOLUTION
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    order = rng.permutation(len(x))
    starts = range(0, len(x), batch_size)
    chosen = [order[start : start + batch_size] for start in starts]
    return ((x[rows], t[rows]) for rows in chosen)
    ### END SOLUTION


# %% [markdown]
# **Try it.** Five samples in batches of two give three batches, of 2, 2 and 1 samples. Each number from 0 to 4 comes
# once, beside ten times itself. In which order they come depends on how you draw it.

# %%
with attempt():
    numbers = np.arange(5.0).reshape(5, 1)
    for x_batch, t_batch in minibatches(
        numbers, 10 * numbers, 2, np.random.default_rng(0)
    ):
        print(x_batch.ravel(), t_batch.ravel())

# %% [markdown]
# **Check it.** The check never asks for one particular order. It asks for what every right answer has in common.


# %% deletable=false editable=false
def deal(x, t, batch_size, rng):
    """Return what your minibatches gives as a list, after a look at its form."""
    name = f"minibatches(x, t, {batch_size}, rng) with N={len(x)}"
    with unchanged(x=x, t=t):
        batches = minibatches(x, t, batch_size, rng)
        expect(batches is not None, f"{name}: got None. Is a `return` missing?")
        batches = list(batches)
    for pair in batches:
        came = type(pair).__name__
        came += f" of length {len(pair)}" if isinstance(pair, tuple | list) else ""
        expect(
            isinstance(pair, tuple | list) and len(pair) == 2,
            f"{name}: expected pairs (x_batch, t_batch), one for each batch, got {came}.",
        )
    return batches


# %% deletable=false editable=false
@check
def check_minibatches():
    rng = np.random.default_rng(1)
    cases = ((7, 3, [3, 3, 1]), (6, 3, [3, 3]), (4, 9, [4]), (1, 1, [1]))
    for n, size, wanted in cases:
        x = rng.normal(size=(n, 1))
        name = f"minibatches(x, t, {size}, rng) with N={n}"
        batches = deal(x, 10 * x, size, rng)
        sizes = [len(x_batch) for x_batch, _ in batches]
        expect(sizes == wanted, f"{name}: expected batches of {wanted}, got {sizes}.")
        for x_batch, t_batch in batches:
            same(f"{name}: t_batch, which belongs to x_batch", t_batch, 10 * x_batch)
        rows = np.sort(np.concatenate([x_batch for x_batch, _ in batches]), axis=0)
        once = np.array_equal(rows, np.sort(x, axis=0))
        expect(once, f"{name}: not every sample comes exactly once.")
    x, rng = np.arange(50.0).reshape(50, 1), np.random.default_rng(2)
    generators = rng, np.random.default_rng(2), rng
    one, same_seed, later = (
        [x_batch for x_batch, _ in deal(x, x, 10, each)] for each in generators
    )
    hint = "Does the order come from `rng`, the argument, and from nothing else?"
    expect(np.array_equal(one, same_seed), f"One seed gave two orders. {hint}")
    expect(not np.array_equal(one, later), f"Two calls gave the same order. {hint}")
    for size in (0, -3):
        raises(f"batch_size={size}", ValueError, lambda n=size: deal(x, x, n, rng))


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_minibatches", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
ready("minibatches")  # test_minibatches, 5 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers.checks import expect, graded, layouts, raises, same, unchanged


@graded
def test_minibatches():

    def deal(x, t, batch_size, rng):
        """Return what minibatches gives as a list of pairs, and the sample numbers."""
        name = f"minibatches(x, t, {batch_size}, rng) with N={len(x)}"
        with unchanged(x=x, t=t):
            batches = minibatches(x, t, batch_size, rng)
            expect(batches is not None, f"{name}: got None. Is a `return` missing?")
            batches = list(batches)
        for pair in batches:
            expect(
                isinstance(pair, tuple | list) and len(pair) == 2,
                f"{name}: expected pairs (x_batch, t_batch), got {type(pair).__name__}.",
            )
            for label, rows in zip(("x_batch", "t_batch"), pair, strict=True):
                expect(
                    isinstance(rows, np.ndarray) and rows.ndim,
                    f"{name}: {label} should be an array, got {type(rows).__name__}.",
                )
        full, rest = divmod(len(x), batch_size)
        wanted = [batch_size] * full + [rest] * (rest > 0)
        sizes = [len(x_batch) for x_batch, _ in batches]
        expect(sizes == wanted, f"{name}: expected batches of {wanted}, got {sizes}.")
        sizes = [len(t_batch) for _, t_batch in batches]
        expect(sizes == wanted, f"{name}: t_batch has {sizes} rows, x_batch {wanted}.")
        known = {tuple(row.ravel().tolist()): n for n, row in enumerate(x)}
        rows = [row for x_batch, _ in batches for row in x_batch]
        order = [known.get(tuple(np.ravel(row).tolist())) for row in rows]
        expect(None not in order, f"{name}: x_batch holds a row that is not in x.")
        for number in range(len(x)):
            count = order.count(number)
            expect(
                count == 1, f"{name}: sample {number} comes {count} times, not once."
            )
        place = 0
        for x_batch, t_batch in batches:
            numbers = order[place : place + len(x_batch)]
            same(f"{name}: x_batch", x_batch, x[numbers])
            same(f"{name}: t_batch, beside its x_batch", t_batch, t[numbers])
            place += len(x_batch)
        return batches, order

    rng = np.random.default_rng(501)
    for n, size in ((10, 4), (9, 3), (5, 8), (6, 1), (7, 7), (1, 1), (1, 3)):
        x = rng.normal(size=(n, 2))
        for _, x_laid_out in layouts(x):
            deal(x_laid_out, rng.normal(size=(n, 1)), size, rng)
        deal(x.astype("f4"), rng.normal(size=(n, 3)).astype("f4"), size, rng)
        deal(rng.normal(size=(n, 3, 2)), rng.integers(0, 9, size=n), size, rng)
        deal(np.arange(2 * n).reshape(n, 2), np.arange(n), size, rng)
    x, t = rng.normal(size=(60, 2)), rng.normal(size=(60, 1))
    kept, first = deal(x, t, 7, np.random.default_rng(502))
    before = [(x_batch.copy(), t_batch.copy()) for x_batch, t_batch in kept]
    _, again = deal(x, t, 7, np.random.default_rng(502))
    expect(
        first == again,
        "Generators with the same seed gave two orders. Draw the order from `rng`.",
    )
    _, other = deal(x, t, 7, np.random.default_rng(503))
    expect(
        first != other,
        "Generators with different seeds gave the same order. Draw it from `rng`.",
    )
    rng = np.random.default_rng(504)
    for _ in range(3):
        (_, one), (_, two) = deal(x, t, 7, rng), deal(x, t, 7, rng)
        expect(one != two, "Two calls with one generator gave the same order.")
        mixed = {frozenset(one[k : k + 7]) for k in range(0, 60, 7)}
        expect(
            mixed != {frozenset(two[k : k + 7]) for k in range(0, 60, 7)},
            "Each batch holds the same samples at every call. Shuffle the samples, "
            "not the batches.",
        )
        neighbours = np.sum(np.abs(np.diff(one)) == 1)
        expect(
            neighbours < 20,
            f"{neighbours} of 60 samples come beside their neighbour in x. A shuffle "
            "should separate them.",
        )
    for (x_batch, t_batch), (x_before, t_before) in zip(kept, before, strict=True):
        same("x_batch, looked at again after later calls", x_batch, x_before)
        same("t_batch, looked at again after later calls", t_batch, t_before)
    for size in (0, -3):
        raises(
            f"minibatches(x, t, {size}, rng)",
            ValueError,
            lambda size=size: list(minibatches(x, t, size, rng)),
        )


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# You want `x` and `t` in a new order, and the same one for both. What do you have to shuffle, if it is neither `x`
# nor `t`?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# Shuffle the sample numbers. Walk through them in strides of `batch_size`, and take a slice at each stop. An array
# that is indexed with an array of numbers gives those rows, as a copy.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `rng.permutation(len(x))` is an order. `range(0, len(x), batch_size)` are the places where a batch begins. A slice
# that reaches beyond the end stops at the end, so the last batch takes care of itself. Say no to a `batch_size` below
# 1 before anything else.
# </details>

# %% [markdown]
# **Predict, then run.** Six samples in the middle; their batches in one epoch on the left, in the next on the right. How
# many arrows touch each sample? Do samples that shared a batch share one again?

# %%
with attempt():
    rng = np.random.default_rng(3)
    numbers = np.arange(6)
    arrows, batches = [], []
    for epoch in range(2):
        batches.append([])
        for x_batch, _ in minibatches(numbers, numbers, 2, rng):
            batches[epoch].append(f"epoch {epoch}, batch {len(batches[epoch])}")
            ends = [(batches[epoch][-1], f"sample {number}") for number in x_batch]
            arrows += [end if epoch == 0 else end[::-1] for end in ends]
    samples = [f"sample {number}" for number in numbers]
    plots.computational_graph([batches[0], samples, batches[1]], arrows)

# %% [markdown]
# ### How noisy is a gradient?
#
# A batch is a sample of the data, so its gradient is an estimate of the gradient over all data. On average it is
# right. How far it strays depends on the batch size: the standard deviation of a mean of $B$ independent samples falls
# like $1/\sqrt{B}$.
#
# **Predict, then run.** One network, never updated, and one number in it: the gradient of its last bias. A hundred
# times the samples in a batch: how much calmer is the curve? How much more work is each of its points?

# %%
with attempt():
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, size=(1000, 1))
    t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
    model, loss = MLP(1, 10, 1, rng=rng), MSELoss()
    gradients = {}
    for batch_size in (1, 10, 100):
        seen = []
        for _ in range(6):
            for x_batch, t_batch in minibatches(x, t, batch_size, rng):
                loss.forward(model.forward(x_batch), t_batch)
                model.backward(loss.backward())
                seen.append(model.linear2.grad_biases.item())
        gradients[f"batches of {batch_size}"] = np.array(seen[:60])
        print(f"batches of {batch_size:>3}: {np.mean(seen):.2f} +- {np.std(seen):.2f}")
    plots.curves(gradients, xlabel="batch", ylabel="gradient of the last bias")

# %% [markdown]
# ### Exercise 5.2 · Train
#
# **Do** write `train`. For each epoch: deal out the samples anew; for each batch take one step; note the loss of the
# epoch; hand it to `on_epoch`, a function that the caller may give you (the moving pictures below are made by one).
#
# **Why** every network in this course, and nearly every network anywhere, is trained by this loop.
#
# *25 minutes · difficulty 3 of 5*

# %% [markdown]
# One step, on the batch $\mathcal{B}$, for every parameter $w$ of the model:
#
# $$w \leftarrow w - \eta\, \frac{\partial L_{\mathcal{B}}}{\partial w}$$
#
# The loss of an epoch is the mean over the N samples of the losses met on the way. A batch loss $L_{\mathcal{B}}$ is a
# mean over $|\mathcal{B}|$ samples, so it stands for that many:
#
# $$\bar L = \frac{1}{N} \sum_{\mathcal{B}} |\mathcal{B}|\, L_{\mathcal{B}}$$
#
# | maths | code | what it is |
# | --- | --- | --- |
# | $L_{\mathcal{B}}$ | `loss.forward(y, t_batch)` | loss of the batch, **before** its step |
# | $\lvert\mathcal{B}\rvert$ | `len(x_batch)` | samples in the batch; the last one may be smaller |
# | $\eta$ | `learning_rate` | length of the step |
# | $\bar L$ | an entry of the history | loss of the epoch, a float |
#
# What `train` promises:
#
# - It trains the model that it is given, in `epochs` passes over the data, one step for each batch.
# - It returns a list of floats, one for each epoch.
# - After each epoch it calls `on_epoch(epoch, epoch_loss)`, if there is one. Epochs count from 0.
# - All randomness comes from `rng`. `x` and `t` stay as they are.
#
# The model has `forward(x)`, `backward(grad_output)` and `update_params(learning_rate)`, the loss has `forward(y, t)`
# and `backward()`. Nothing else is known about them, so that your loop can train every network that is still to come.
#
# The `*` in the first line of `train` means that everything after it is given by name: `train(..., epochs=3)`.
#
# `train` calls your `minibatches`. Its points do not hang on that one being right: it is judged by what it does with
# the batches it gets. (Should `minibatches` not run at all, `train` may also cut batches of its own.)


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(model, loss, x, t, *, epochs, batch_size, learning_rate, rng, on_epoch=None):
    """Train the model in place; return its history, one float for each epoch.

    x (N, ...), t (N, ...). After each epoch on_epoch(epoch, epoch_loss) is called.
    """
    ### BEGIN SOLUTION
    history = []
    for epoch in range(epochs):
        total = 0.0
        for x_batch, t_batch in minibatches(x, t, batch_size, rng):
            batch_loss = loss.forward(model.forward(x_batch), t_batch)
            model.backward(loss.backward())
            model.update_params(learning_rate)
            total += batch_loss * len(x_batch)
        history.append(float(total / len(x)))
        if on_epoch is not None:
            on_epoch(epoch, history[-1])
    return history
    ### END SOLUTION


# %% [markdown]
# **Try it.** One weight, $w = 0$, one bias, 0, and two samples of the line $t = 2x$: $(-1, -2)$ and $(1, 2)$. The loss is
# $(w - 2)^2 = 4$, its gradient $2(w - 2) = -4$. With a learning rate of 0.25 the weight moves to 1, then to 1.5, then to
# 1.75. The history is 4, 1, 0.25: the loss before each step.

# %%
with attempt():
    x, t = np.array([[-1.0], [1.0]]), np.array([[-2.0], [2.0]])
    line = Linear(1, 1, initial_weights=[[0.0]], initial_biases=[0.0])
    rng = np.random.default_rng(0)
    print(
        train(
            line, MSELoss(), x, t, epochs=3, batch_size=2, learning_rate=0.25, rng=rng
        )
    )
    print(line.weights)  # [[1.75]]

# %% [markdown]
# **Check it.** With a learning rate of 0 nothing moves. Then each epoch must report the loss over all samples, whatever
# the batches were. With another learning rate there must be as many steps as batches. `spy_on_train` is given: it writes
# down what your loop does with the model. The check uses your `minibatches`, so get that one right first.


# %% deletable=false editable=false
def spy_on_train(**settings):
    """Train on 20 samples; return the history, batches, steps, calls of on_epoch."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20, 1))
    line = Linear(1, 1, initial_weights=[[0.0]], initial_biases=[0.0])
    batches, steps, calls = [], [], []
    predict, move = line.forward, line.update_params
    line.forward = lambda x: batches.append(x.ravel().tolist()) or predict(x)
    line.update_params = lambda rate: steps.append(rate) or move(rate)
    settings["on_epoch"] = lambda epoch, loss: calls.append((epoch, float(loss)))
    history = train(line, MSELoss(), x, 3 * x - 1, rng=rng, **settings)
    return history, batches, steps, calls


# %% deletable=false editable=false
@check
def check_train():
    x, t = np.array([[-1.0], [0.5], [1.0]]), np.array([[-2.0], [3.0], [2.0]])
    line = Linear(1, 1, initial_weights=[[0.0]], initial_biases=[0.0])
    rng, whole = np.random.default_rng(2), MSELoss().forward(line.forward(x), t)
    settings = {"epochs": 2, "batch_size": 2, "learning_rate": 0.0, "rng": rng}
    history = train(line, MSELoss(), x, t, **settings)
    expect(history is not None, "train(...): got None. Is a `return` missing?")
    came = f"train(..., epochs=2): expected a list of 2 floats, got {history!r:.60}"
    expect(isinstance(history, list) and len(history) == 2, came)
    name = "history with learning_rate=0, N=3, batch_size=2: the mean over 3 samples"
    same(name, np.array(history), 2 * [whole])
    settings |= {"epochs": 1, "batch_size": 3, "learning_rate": 0.1}
    history = train(line, MSELoss(), x, t, **settings)
    same("history, one batch: the loss before its step", np.array(history), [whole])
    settings = {"epochs": 4, "batch_size": 10, "learning_rate": 0.1}
    history, batches, steps, calls = spy_on_train(**settings)
    counted = (
        f"4 epochs of 2 batches: expected 8 times update_params(0.1), got {steps}."
    )
    expect(steps == [0.1] * 8, counted)
    told = f"on_epoch: expected (epoch, its loss), with epochs 0 to 3, got {calls}."
    expect(calls == list(enumerate(history)), told)
    expect(batches[:2] != batches[-2:], "All epochs have the same batches.")
    expect(history[3] < history[0], "The loss did not fall. Is it loss.forward(y, t)?")


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_train", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
ready("train")  # test_train, 6 points
### BEGIN HIDDEN TESTS
import itertools

import numpy as np

from helpers.checks import expect, graded, same, same_number


@graded
def test_train():
    # Each event of a step, in its right order, as a student writes it.
    CALLS = {
        "forward": "model.forward(x_batch)",
        "loss": "loss.forward(y, t_batch)",
        "loss_backward": "loss.backward()",
        "backward": "model.backward(grad_output)",
        "step": "model.update_params(learning_rate)",
    }
    EPOCHS, RATE, START = 3, 0.01, 0.5

    def follow(x, t, batch_size, seed, told=True):
        """Train y = w x; return the history, all that happened, and w."""
        log = []

        class Slope:
            w, grad_w = START, 0.0

            def forward(self, x):
                self.x = np.array(x)
                log.append(("forward", self.x, self.w * self.x))
                return self.w * self.x

            def backward(self, grad_output):
                log.append(("backward", np.array(grad_output)))
                self.grad_w = float((grad_output * self.x).sum())
                return grad_output * self.w

            def update_params(self, learning_rate):
                log.append(("step", learning_rate))
                self.w = self.w - learning_rate * self.grad_w

        class Loss:
            def forward(self, y, t):
                self.residuals = y - np.array(t)
                value = 3 * float((self.residuals**2).sum()) / max(len(y), 1) + 1
                log.append(("loss", np.array(y), np.array(t), value))
                return value

            def backward(self):
                gradient = 6 * self.residuals / max(len(self.residuals), 1)
                log.append(("loss_backward", gradient.copy()))
                return gradient

        def note(epoch, epoch_loss):
            log.append(("epoch", epoch, epoch_loss))

        model = Slope()
        history = train(
            model,
            Loss(),
            x,
            t,
            epochs=EPOCHS,
            batch_size=batch_size,
            learning_rate=RATE,
            rng=np.random.default_rng(seed),
            **({"on_epoch": note} if told else {}),
        )
        return history, log, model.w

    def read_steps(log, w):
        """Return the steps (x, t, loss, w after it) of each epoch."""
        epochs, steps, latest = [], [], {}
        for place, (kind, *what) in enumerate(log):
            latest[kind] = place, *what
            if kind == "epoch":
                epochs.append(steps)
                steps, latest = [], {}
            if kind != "step":
                continue
            for call in CALLS:
                expect(call in latest, f"A step without a new {CALLS[call]} before it.")
            places = [latest[call][0] for call in CALLS]
            wanted = ", ".join(CALLS.values())
            expect(places == sorted(places), f"A step's calls should be {wanted}.")
            _, x, y = latest["forward"]
            _, y_seen, t, value = latest["loss"]
            gradient, given = latest["loss_backward"][1], latest["backward"][1]
            same("The y that loss.forward was given", y_seen, y)
            same("The gradient that model.backward was given", given, gradient)
            same_number("learning_rate, as update_params was given it", what[0], RATE)
            expect(
                np.allclose(y, w * x, rtol=1e-9),
                "The model does not go on from where the step before it ended.",
            )
            w = w - RATE * float((6 / max(len(x), 1) * (w * x - t) * x).sum())
            steps.append((x, t, value, w))
            latest = {}
        expect(not steps, "Steps were taken after the last call of on_epoch.")
        return epochs

    def find_faults(epochs, x, t, batch_size):
        """Return what is wrong with the batches of several epochs, and their orders."""
        full, rest = divmod(len(x), batch_size)
        wanted = [batch_size] * full + [rest] * (rest > 0)
        number_of_x = {value: number for number, value in enumerate(x.ravel().tolist())}
        number_of_t = {value: number for number, value in enumerate(t.ravel().tolist())}
        found, orders = {}, []
        for batches in epochs:
            sizes = [len(x_batch) for x_batch, _ in batches]
            xs = [value for x_batch, _ in batches for value in x_batch.ravel().tolist()]
            ts = [value for _, t_batch in batches for value in t_batch.ravel().tolist()]
            order = [number_of_x.get(value, -1) for value in xs]
            if sizes != wanted:
                found["sizes"] = f"expected batches of {wanted} samples, got {sizes}."
            if sorted(order) != list(range(len(x))):
                found["samples"] = "not every sample is used once in an epoch."
            if order != [number_of_t.get(value, -2) for value in ts]:
                found["pairs"] = "t_batch belongs to other samples than x_batch."
            orders.append(order)
        if len(x) > 9 and any(a == b for a, b in itertools.combinations(orders, 2)):
            found["order"] = "two epochs have the same order."
        return found, orders

    def survey(run, x, t, batch_size):
        """Return what is wrong with what run(x, t, seed) gives, and the batches' sizes."""
        found, orders = {}, {}
        for name, seed in (("first", 511), ("same", 511), ("other", 512)):
            x_given, t_given = x.copy(), t.copy()
            epochs = run(x_given, t_given, seed)
            if not (np.array_equal(x, x_given) and np.array_equal(t, t_given)):
                found["changed"] = "x or t is changed in place."
            faults, orders[name] = find_faults(epochs, x, t, batch_size)
            found |= faults
        if orders["first"] != orders["same"]:
            found["seed"] = "the same seed gives another order; use the `rng` given."
        if len(x) > 9 and orders["first"] == orders["other"]:
            found["rng"] = "another seed gives the same order; use the `rng` given."
        return found, [[len(x_batch) for x_batch, _ in batches] for batches in epochs]

    def survey_minibatches(x, t, batch_size):
        """Survey minibatches itself; no sizes if it gives no pairs of arrays."""

        def from_minibatches(x, t, seed):
            rng = np.random.default_rng(seed)
            epochs = [list(minibatches(x, t, batch_size, rng)) for _ in range(EPOCHS)]
            return [[(np.array(a), np.array(b)) for a, b in e] for e in epochs]

        try:
            return survey(from_minibatches, x, t, batch_size)
        except Exception:  # student code may raise anything
            return {}, [[]]

    def judge(x, t, batch_size, sizes, excused):
        """Judge train by the faults that minibatches has not; return why it cannot."""

        def from_train(x, t, seed):
            history, log, w = follow(x, t, batch_size, seed)
            kind = type(history).__name__
            expect(isinstance(history, list), f"{name}: expected a list, got {kind}.")
            expect(
                len(history) == EPOCHS,
                f"{name}, epochs={EPOCHS}: the history has {len(history)} entries.",
            )
            expect(
                any(event[0] == "step" for event in log),
                f"{name} never calls {CALLS['step']}.",
            )
            calls = [event[1:] for event in log if event[0] == "epoch"]
            told = [epoch for epoch, _ in calls]
            expect(
                told == list(range(EPOCHS)),
                f"{name}: on_epoch was told of the epochs {told}.",
            )
            epochs = read_steps(log, START)
            for epoch, steps in enumerate(epochs):
                expect(
                    steps, f"{name}: no step was taken before on_epoch({epoch}, ...)."
                )
            w_expected = epochs[-1][-1][-1]
            expect(
                w != START or w_expected == START,
                f"{name} left the model as it was. Is it a copy that learns?",
            )
            same_number("The model's parameter after training", w, w_expected)
            trained.append((history, [epoch_loss for _, epoch_loss in calls], epochs))
            return [[(a, b) for a, b, *_ in steps] for steps in epochs]

        name, trained = f"train(...) with N={len(x)}, batch_size={batch_size}", []
        try:
            found, sizes_seen = survey(from_train, x, t, batch_size)
        except Exception as error:
            if all(min(of_epoch, default=0) > 0 for of_epoch in sizes):
                raise
            return error
        for fault in found:
            expect(fault in excused, f"{name}: {found[fault]}")
        if "sizes" in found:
            steps, batches = len(sizes_seen[0]), len(sizes[0])
            expect(steps == batches, f"{name}: {steps} steps for {batches} batches.")
        for history, told, epochs in trained:
            for epoch, epoch_steps in enumerate(epochs):
                judge_loss(f"history[{epoch}]", history[epoch], epoch_steps, x, t)
                same_number("The epoch_loss for on_epoch", told[epoch], history[epoch])
        history, _, _ = follow(x, t, batch_size, 513, told=False)
        expect(len(history) == EPOCHS, "Without on_epoch the history is not complete.")
        return None

    def judge_loss(name, got, steps, x, t):
        """Compare an epoch's loss with the mean over the samples."""
        kind = type(got).__name__
        expect(
            isinstance(got, float | np.floating),
            f"{name}: expected a float, got {kind}.",
        )
        sizes = np.array([len(x_batch) for x_batch, *_ in steps])
        losses = np.array([value for _, _, value, _ in steps])
        met = (sizes * losses).sum()
        if np.isclose(got, [met / sizes.sum(), met / len(x)], rtol=1e-9).any():
            return
        late = [3 * ((w * a - b) ** 2).sum() + len(a) for a, b, _, w in steps]
        mistakes = {
            "the plain mean of the batch losses": losses.mean(),
            "the sum of the batch losses": losses.sum(),
            "the loss of the last batch": losses[-1],
            "a sum over the samples": met,
            "the mean of the losses after each step": np.sum(late) / sizes.sum(),
            "the loss after the epoch": (3 * ((steps[-1][-1] * x - t) ** 2).mean() + 1),
        }
        named = [
            mistake for mistake, value in mistakes.items() if np.isclose(got, value)
        ]
        hint = f" This is {named[0]}." if named else ""
        expect(False, f"{name} is not the mean loss over the samples.{hint}")

    rng = np.random.default_rng(510)
    data = []
    for n, size in ((10, 4), (6, 3), (7, 1), (3, 8), (1, 1)):
        data.append((rng.normal(size=(n, 1)), rng.normal(size=(n, 1)), size))
        data.append((np.arange(1, n + 1)[:, None], np.arange(n)[:, None], size))
    surveys = [survey_minibatches(*case) for case in data]
    excused = {fault for found, _ in surveys for fault in found}
    failures = [
        judge(*case, sizes, excused)
        for case, (_, sizes) in zip(data, surveys, strict=True)
    ]
    if None not in failures:
        stubs = [error for error in failures if isinstance(error, NotImplementedError)]
        for error in stubs:
            raise error
        expect(False, f"train gets no batches from minibatches: {failures[0]}")


### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1: a question</summary>
#
# Two loops, one inside the other. Which one runs over epochs, which one over batches? What happens once for each batch,
# what once for each epoch?
# </details>
#
# <details><summary>Hint 2: a sketch</summary>
#
# For each batch four calls, in the order in which the values flow: the model predicts, the loss compares, the loss's
# gradient goes into the model's `backward`, the model moves. Beside that, add up how much loss the samples of this
# epoch have met. After the inner loop, turn the sum into a mean.
# </details>
#
# <details><summary>Hint 3: almost the answer</summary>
#
# `loss.forward` takes what `model.forward(x_batch)` returned, and `t_batch`. `model.backward` takes what
# `loss.backward()` returned. Then `model.update_params(learning_rate)`. Before the next batch, add the batch's loss
# times `len(x_batch)` to the epoch's total. After the last batch divide the total by `len(x)`, append it, and call
# `on_epoch` unless it is `None`. Call `minibatches` inside the loop over epochs, so that each epoch has a new order.
# </details>

# %% [markdown]
# ### How long a step?
#
# The gradient says where downhill is, not how far. Here one linear layer learns a linear map three times, from the same
# start, with three learning rates. All samples are in one batch, so that nothing is left to chance.
#
# **Predict, then run.** One rate is too small, one is right, one is too large. What does each curve look like on a
# logarithmic axis? What happens to a step that jumps over the bottom of the valley and lands higher on the other side?
#
# (For a bowl like this one the border is known: above $\eta = 2/\lambda$ the steps grow, where $\lambda$ is the steepest
# curvature of the bowl. Here $\lambda$ is 0.83. For a network nobody knows it beforehand.)

# %%
with attempt():
    rng = np.random.default_rng(5)
    x, true_weights = rng.normal(size=(200, 5)), rng.normal(size=(3, 5))
    t = x @ true_weights.T
    histories = {}
    for rate in (0.01, 1.0, 3.0):
        layer = Linear(5, 3, rng=np.random.default_rng(6))
        settings = {"epochs": 10, "batch_size": 200, "learning_rate": rate, "rng": rng}
        histories[f"learning rate {rate}"] = train(layer, MSELoss(), x, t, **settings)
    plots.curves(histories, ylabel="loss", log=True)

# %% [markdown]
# ### How large a batch?
#
# The same network, the same data, the same learning rate; only the batch size differs. An epoch costs about the same
# arithmetic each time, since every sample is used once.
#
# **Predict, then run.** How many steps are in an epoch of 200 samples, with each batch size? Which curve falls fastest?
# Which is the smoothest?

# %%
with attempt():
    rng = np.random.default_rng(8)
    x = rng.uniform(-1, 1, size=(200, 1))
    t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
    histories = {}
    for size in (200, 32, 4):
        model = MLP(1, 10, 1, rng=np.random.default_rng(9))
        settings = {"epochs": 40, "batch_size": size, "learning_rate": 0.1, "rng": rng}
        histories[f"batches of {size}"] = train(model, MSELoss(), x, t, **settings)
    plots.curves(histories, ylabel="loss", log=True)

# %% [markdown]
# ## Three problems for your loop
#
# Each problem has a threshold that the loss of the last epoch should get below. All randomness, that of the data, of
# the first weights and of the batches, comes from one generator. Change `seed` and run a cell again: it should get
# there from any start.
#
# Two small functions do what the three cells have in common.


# %%
def watch(board, **pictures):
    """Return an `on_epoch` that shows the loss and the pictures on a board."""
    return lambda epoch, epoch_loss: board.update(loss=(epoch, epoch_loss), **pictures)


def report(history, threshold):
    """Print how a training ended, and when it came below the threshold first."""
    below = np.flatnonzero(np.array(history) < threshold)
    verdict = "reached" if history[-1] < threshold else "not reached"
    print(
        f"loss of the last epoch: {history[-1]:.2g}; threshold {threshold}: {verdict}"
    )
    print(f"below it first in epoch {below[0]}" if below.size else "never below it")


# %% [markdown]
# ### First, are the gradients right?
#
# A training that fails can have many reasons, so rule one out before you start. Notebooks 01 to 04 checked each piece
# by nudging its numbers one by one. For a whole network that takes two forward passes for each of its parameters. Here
# is a cheaper question, about all of them at once: how steep is the loss along a random direction $d$ in the space of
# parameters? `backward` says: gradient times direction, $\nabla L \cdot d$. Two forward passes say:
# $(L(w + h d) - L(w - h d)) / 2h$.
#
# **Predict, then run.** The network of the second problem has 4353 parameters. How many digits will agree? What would
# you see if one layer's gradient had the wrong sign?

# %%
rng = np.random.default_rng(10)
first, middle, last = (Linear(d, m, rng=rng) for d, m in ((1, 64), (64, 64), (64, 1)))
model = Sequential([first, ReLU(), middle, ReLU(), last])
x = rng.uniform(-1.5, 1.5, size=(300, 1))
for analytic, numeric in gradcheck.compare_directions(
    model, MSELoss(), x, x**3, rng=rng
):
    print(f"by backward {analytic:+.9f}   by two forward passes {numeric:+.9f}")

# %% [markdown]
# ### A parabola
#
# 200 noisy points near $t = 2x^2 + 3$, a network with 10 hidden neurons, learning rate 0.1. **Threshold: below 0.15
# after 150 epochs.**
#
# **Predict, then run.** The noise has a standard deviation of 0.2. Can the loss get to 0? Where will it stop? Which comes
# first, the height of the curve or its bend?

# %%
with attempt():
    seed, threshold = 0, 0.15
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, size=(200, 1))
    t = 2 * x**2 + 3 + 0.2 * rng.normal(size=x.shape)
    grid = np.linspace(-1, 1, 101).reshape(-1, 1)
    model = MLP(1, 10, 1, rng=rng)
    panels = live.Curve("loss", log=True), live.Fit(x, t)
    board = live.Board(*panels, pace=0.016, budget=0.5)
    with board:
        history = train(
            model,
            MSELoss(),
            x,
            t,
            epochs=150,
            batch_size=16,
            learning_rate=0.1,
            rng=rng,
            on_epoch=watch(board, fit=lambda: (grid, model.forward(grid))),
        )
    report(history, threshold)

# %% [markdown]
# ### A cubic
#
# 300 noisy points near $t = x^3$, and a deeper network: 1-64-64-1, with ReLU. The noise has a standard deviation of 0.1.
# **Threshold: below 0.05 after 150 epochs.**
#
# **Predict, then run.** A ReLU network draws a line with kinks. Where will the last mistakes be: in the flat middle or at
# the steep ends?

# %%
with attempt():
    seed, threshold = 0, 0.05
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1.5, 1.5, size=(300, 1))
    t = x**3 + 0.1 * rng.normal(size=x.shape)
    grid = np.linspace(-1.5, 1.5, 151).reshape(-1, 1)
    first, middle, last = (Linear(*s, rng=rng) for s in ((1, 64), (64, 64), (64, 1)))
    model = Sequential([first, ReLU(), middle, ReLU(), last])
    panels = live.Curve("loss", log=True), live.Fit(x, t)
    board = live.Board(*panels, pace=0.016, budget=0.5)
    with board:
        history = train(
            model,
            MSELoss(),
            x,
            t,
            epochs=150,
            batch_size=20,
            learning_rate=0.03,
            rng=rng,
            on_epoch=watch(board, fit=lambda: (grid, model.forward(grid))),
        )
    report(history, threshold)

# %% [markdown]
# ### A linear map
#
# 200 points, mapped from 5 dimensions to 3 by a random matrix and a random shift, without noise; one linear layer.
# **Threshold: below 0.001 after 40 epochs.** The right panel compares the 15 weights of the map with those of your
# layer: where the line runs through the points, they agree.
#
# **Predict, then run.** There is no noise, and the layer can represent the map exactly. Is there a floor under this loss?
# What does a straight line on a logarithmic axis say about each epoch?

# %%
with attempt():
    seed, threshold = 0, 1e-3
    rng = np.random.default_rng(seed)
    true_weights, shift = rng.normal(size=(3, 5)), rng.normal(size=3)
    x = rng.normal(size=(200, 5))
    true = true_weights.ravel()
    layer = Linear(5, 3, rng=rng)
    compared = live.Fit(true, true, "weights", xlabel="of the map", ylabel="learned")
    board = live.Board(live.Curve("loss", log=True), compared, pace=0.05, budget=0.5)
    with board:
        history = train(
            layer,
            MSELoss(),
            x,
            x @ true_weights.T + shift,
            epochs=40,
            batch_size=32,
            learning_rate=0.1,
            rng=rng,
            on_epoch=watch(board, weights=lambda: (true, layer.weights.ravel())),
        )
    report(history, threshold)

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": false, "grade_id": "convergence_question", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ### Exercise 5.3 · Did it converge?
#
# **Do** look at the three trainings again, and answer in the cell below, in about 150 words. A person reads it.
#
# 1. Did the loss fall smoothly? Describe the curve of at least one problem, and say where its jitter and its floor come
#    from.
# 2. In how many epochs? Say what you call converged, and give the epoch for each problem.
# 3. Why use stochastic gradient descent here, and not the gradient over all samples?
# 4. How do you know that the gradients are right? Say which were checked, how, and how well they agreed.
#
# **Why** a number below a threshold convinces nobody. Whoever reads your result wants to know how you know.
#
# *15 minutes · difficulty 2 of 5 · 4 points*
# ### BEGIN MARK SCHEME
#
# **For whoever marks it.** One point for each of the four questions, half a point where only half of it is there:
#
# 1. *Smoothly?* A curve described (fast at first, slower later, flat with jitter), and why: the jitter comes from the
#    batches, the floor from the noise in `t` (0.04 and 0.01).
# 2. *How many epochs?* A criterion stated (such as: stays below the threshold), and numbers that fit it: about 10 for the
#    parabola and the map, 30 to 45 for the cubic.
# 3. *Why SGD?* Many steps for the arithmetic of one, and the gradient of a batch is right on average: its noise falls
#    only like one over the root of the batch size.
# 4. *Gradients?* Compared with finite differences, each layer and the loss or the whole network, with how well they
#    agreed. "The loss falls" earns nothing here.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"cell_type": "markdown", "grade": true, "grade_id": "convergence", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. On the whole, yes. The parabola's loss falls from 3.2 to 0.7 in one epoch, while the curve finds its height, then more
#    slowly while it bends, and is nearly flat from epoch 12. It is never quite still: each step follows the gradient of
#    16 samples, so the loss jitters. Its floor is the variance of the noise, 0.04; for the cubic that is 0.01. The linear
#    map has no noise, and its loss falls by the same factor in every epoch.
# 2. I call a training converged when its loss stays below the threshold. The parabola does so from epoch 7, the linear map
#    from epoch 10, the cubic from epoch 41, after a first visit in epoch 33.
# 3. An epoch costs the same arithmetic whatever the batch size, but 200 samples in batches of 16 give 13 steps instead of
#    one. After 40 epochs the gradient over all samples had got to 0.45, batches of 32 to 0.06. A batch's gradient is right
#    on average, and ten times as many samples make it only about three times as exact.
# 4. Each layer and the loss were compared with central differences in notebooks 01 to 04, in float64, to a relative error
#    below one in a million. The whole network 1-64-64-1 was compared along three random directions, and agreed to nine
#    decimals. A falling loss alone would not show it: a gradient that is only roughly right makes it fall too.
# ### END SOLUTION

# %% [markdown]
# ## Summary
#
# - A batch is a fair sample of the data. Its gradient is right on average, and its noise falls like one over the root
#   of the batch size.
# - An epoch uses every sample once, in a new order. Its loss is a mean over samples, so each batch counts with its size.
# - Too small a learning rate wastes time. Too large a one overshoots, and the loss may grow without bound.
# - With noise in the targets the loss has a floor, the variance of the noise: what lies below it is noise learned by
#   heart.
# - A falling loss shows that something is learned, not that the gradients are right. Nudging shows that.
#
# **Where this comes from.** Robbins and Monro, *A Stochastic Approximation Method*, Annals of Mathematical Statistics 22
# (1951). Bottou, Curtis and Nocedal, *Optimization Methods for Large-Scale Machine Learning*, SIAM Review 60 (2018).

# %%
summary()
