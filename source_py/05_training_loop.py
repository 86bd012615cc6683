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

from helpers import candidates, gradcheck, live, plots
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
# - A batch is a pair of arrays, `(x_batch, t_batch)`. Every sample comes exactly once, its `t` with its `x`.
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
def take(n, size, rng):
    """Take n samples from your minibatches; return x, t, the pairs, and what to call it."""
    # Sample number k is the row [[k, k + 0.5]] of x, and its target is 10 k.
    x, t = np.arange(n)[:, None, None] + np.array([[0.0, 0.5]]), 10.0 * np.arange(n)
    name, pairs, before = f"minibatches(x, t, {size}, rng) with N={n}", [], []
    with unchanged(x=x, t=t):
        batches = minibatches(x, t, size, rng)
        expect(batches is not None, f"{name}: got None. Is a `return` missing?")
        hint = "Each batch needs both, side by side."
        if type(batches) is tuple and any(type(b) is np.ndarray for b in batches):
            hint = "Does a `return` in the loop end it at the first batch?"
        for pair in batches:
            is_pair = isinstance(pair, tuple | list) and len(pair) == 2
            came = f"{name}: expected pairs (x_batch, t_batch), one for each batch, got"
            expect(is_pair, f"{came} {type(pair).__name__}. {hint}")
            for rows in pair:
                is_array = isinstance(rows, np.ndarray) and rows.ndim
                expect(is_array, f"{came} {type(rows).__name__} in place of an array.")
            pairs.append(pair)
            before.append([rows.tobytes() for rows in pair])
    kept = before == [[rows.tobytes() for rows in pair] for pair in pairs]
    expect(kept, f"{name}: a batch changes when the next one comes. Copy it.")
    return x, t, pairs, name


# %% deletable=false editable=false
def deal(n, size, rng):
    """Look at what your minibatches gives; return the sample numbers of each batch."""

    def right(n, size):
        return [size] * (n // size) + [n % size] * (n % size > 0)

    x, t, pairs, name = take(n, size, rng)
    sizes, wanted = [len(x_batch) for x_batch, _ in pairs], right(n, size)
    case = candidates.training_loop.sizes(n=n, size=size, right=right)
    hint = case.name_mistake(np.array(sizes), np.array(wanted)) or "Count them."
    expect(
        sizes == wanted, f"{name}: expected batches of {wanted}, got {sizes}. {hint}"
    )
    dealt = []
    for x_batch, t_batch in pairs:
        first = np.nan_to_num([np.ravel(row)[0] for row in x_batch])
        numbers = first.astype(int) % n
        case = candidates.training_loop.batch(rows=x_batch, source=x, other=t)
        same(f"{name}: x_batch", x_batch, x[numbers], case)
        case = candidates.training_loop.batch(
            **{"rows": t_batch, "source": t, "own": t}, numbers=numbers
        )
        same(f"{name}: t_batch", t_batch, t[numbers], case)
        dealt.append(numbers.tolist())
    complete = sorted(np.concatenate(dealt).tolist()) == list(range(n))
    hint = "some samples come more than once, others never. Is one drawn again?"
    expect(complete, f"{name}: {hint}")
    return dealt


# %% deletable=false editable=false
@check
def check_minibatches():
    for n, size in ((10, 4), (6, 3), (4, 9), (1, 1)):
        deal(n, size, np.random.default_rng(1))
    generators = [np.random.default_rng(seed) for seed in (2, 2, 3)]
    one, same_seed, other_seed, later = (
        deal(50, 10, rng) for rng in (*generators, generators[0])
    )
    order = np.concatenate(one)
    in_order = np.array_equal(order, np.arange(50))
    expect(not in_order, "The samples come in the order of x: nothing is shuffled.")
    expect(
        one != other_seed,
        "Two seeds gave the same order: draw a new one from `rng` at each call.",
    )
    expect(
        one == same_seed,
        "One seed gave two orders: draw it from `rng`, the argument, and nothing else.",
    )
    expect(one != later, "Two calls with one generator gave the same order.")
    expect(
        np.sum(np.abs(np.diff(order)) == 1) < 30,
        "Neighbours in x stay neighbours: shuffle the samples, and each of them.",
    )
    expect(
        not set(map(frozenset, one)) & set(map(frozenset, later)),
        "A batch holds the same samples at every call: shuffle them all, then cut.",
    )
    x = np.ones((5, 1))
    for size in (0, -3):
        raises(
            f"batch_size={size}",
            ValueError,
            lambda size=size: list(minibatches(x, x, size, generators[0])),
        )


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_minibatches", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
ready("minibatches")  # test_minibatches, 5 points
### BEGIN HIDDEN TESTS
import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, layouts, raises, same, unchanged


@graded
def test_minibatches():

    def right(n, size):
        return [size] * (n // size) + [n % size] * (n % size > 0)

    def take(x, t, batch_size, rng):
        """Return what minibatches gives as a list of pairs."""
        name = f"minibatches(x, t, {batch_size}, rng) with N={len(x)}"
        pairs, before = [], []
        with unchanged(x=x, t=t):
            batches = minibatches(x, t, batch_size, rng)
            expect(batches is not None, f"{name}: got None. Is a `return` missing?")
            hint = "Each batch needs both, side by side."
            if type(batches) is tuple and any(type(b) is np.ndarray for b in batches):
                hint = "Does a `return` in the loop end it at the first batch?"
            for pair in batches:
                is_pair = isinstance(pair, tuple | list) and len(pair) == 2
                came = f"{name}: expected pairs (x_batch, t_batch), one for each batch"
                expect(is_pair, f"{came}, got {type(pair).__name__}. {hint}")
                for rows in pair:
                    is_array = isinstance(rows, np.ndarray) and rows.ndim
                    kind = type(rows).__name__
                    expect(is_array, f"{came}, got {kind} in place of an array.")
                pairs.append(pair)
                before.append([rows.tobytes() for rows in pair])
        kept = before == [[rows.tobytes() for rows in pair] for pair in pairs]
        expect(kept, f"{name}: a batch changes when the next one comes. Copy it.")
        return pairs, name

    def deal(x, t, batch_size, rng):
        """Return what minibatches gives as a list of pairs, and the sample numbers."""
        n = len(x)
        pairs, name = take(x, t, batch_size, rng)
        sizes, wanted = [len(x_batch) for x_batch, _ in pairs], right(n, batch_size)
        if sizes != wanted:
            case = candidates.training_loop.sizes(n=n, size=batch_size, right=right)
            hint = case.name_mistake(np.array(sizes), np.array(wanted)) or "Count them."
            expect(False, f"{name}: expected batches of {wanted}, got {sizes}. {hint}")
        known = {float(np.ravel(row)[0]): number for number, row in enumerate(x)}
        order = []
        for x_batch, t_batch in pairs:
            values = [float(np.ravel(row)[0]) for row in x_batch]
            numbers = np.array([known.get(value, 0) for value in values])
            case = candidates.training_loop.batch(rows=x_batch, source=x, other=t)
            same(f"{name}: x_batch", x_batch, x[numbers], case)
            case = candidates.training_loop.batch(
                **{"rows": t_batch, "source": t, "own": t}, numbers=numbers
            )
            same(f"{name}: t_batch", t_batch, t[numbers], case)
            order += numbers.tolist()
        hint = "some samples come more than once, others never. Is one drawn again?"
        expect(sorted(order) == list(range(n)), f"{name}: {hint}")
        return pairs, order

    rng = np.random.default_rng(501)
    for n, size in ((13, 5), (9, 3), (5, 8), (6, 1), (7, 7), (1, 1), (1, 3)):
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
    _, other = deal(x, t, 7, np.random.default_rng(503))
    in_order = first == list(range(60))
    expect(not in_order, "The samples come in the order of x: nothing is shuffled.")
    expect(
        first != other,
        "Two seeds gave the same order: draw a new one from `rng` at each call.",
    )
    expect(
        first == again,
        "One seed gave two orders: draw it from `rng`, the argument, and nothing else.",
    )
    rng = np.random.default_rng(504)
    for _ in range(3):
        (_, one), (_, two) = deal(x, t, 7, rng), deal(x, t, 7, rng)
        expect(one != two, "Two calls with one generator gave the same order.")
        neighbours = np.sum(np.abs(np.diff(one)) == 1)
        expect(
            neighbours < 30,
            "Neighbours in x stay neighbours: shuffle the samples, and each of them.",
        )
        shared = {frozenset(one[k : k + 7]) for k in range(0, 56, 7)}
        shared &= {frozenset(two[k : k + 7]) for k in range(0, 56, 7)}
        expect(
            not shared,
            "A batch holds the same samples at every call: shuffle them all, then cut.",
        )
    for (x_batch, t_batch), (x_before, t_before) in zip(kept, before, strict=True):
        same("x_batch, looked at again after later calls", x_batch, x_before)
        same("t_batch, looked at again after later calls", t_batch, t_before)
    for size in (0, -3):
        raises(
            f"batch_size={size}",
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
# **Check it.** The check hands your loop a model with one number in it, $y = \text{slope} \cdot x$, and data on the line
# $t = 3x$. The model and its loss are spies: they write down what your loop does with them. Then the check asks whether
# that, and the history, is what `train` promises. It uses your `minibatches`, so get that one right first.


# %% deletable=false editable=false
def spy_on_model(slope, note, last, steps):
    """Return a model y = slope x that writes down its steps."""

    class Model:
        def __init__(self):
            self.slope, self.gradient = slope, 0.0

        def forward(self, x):
            note("model.forward")
            last.update(x=np.array(x), y=self.slope * x)
            return last["y"].copy()

        def backward(self, grad_output):
            note("model.backward")
            case = candidates.training_loop.grad_output(**last)
            same("what model.backward is given", grad_output, last["gradient"], case)
            self.gradient = float((grad_output * last["x"]).sum())
            return grad_output * self.slope

        def update_params(self, learning_rate):
            note("model.update_params")
            before = self.slope
            self.slope = before - learning_rate * self.gradient
            steps.append((last["x"], learning_rate, before, self.slope))

    return Model()


# %% deletable=false editable=false
def mind_order():
    """Return a function that takes note of each call, and minds their order."""
    calls, done = ("model.forward", "loss.forward", "loss.backward"), []
    calls = (*calls, "model.backward", "model.update_params")

    def note(call):
        place = calls.index(call)
        missing = f"{call} is called with no new {calls[place - 1]} before it."
        expect(place <= len(done), missing)
        done[place:] = [call]
        if call == calls[-1]:
            done.clear()

    return note


def spy_on_loss(targets, note, last):
    """Return a mean squared error for t = 3 x that minds what it is given."""

    class Loss(MSELoss):
        def forward(self, y, t):
            note("loss.forward")
            case = candidates.training_loop.prediction(t=3 * last["x"], x=last["x"])
            same("the y that loss.forward is given", y, last["y"], case)
            known = np.isin(3 * last["x"], targets).all()
            expect(known, "model.forward is given numbers that are not in x.")
            case = candidates.training_loop.target(rows=t, whole=targets)
            same("the t that loss.forward is given", t, 3 * last["x"], case)
            last.update(t=np.array(t), value=super().forward(y, t))
            return last["value"]

        def backward(self):
            note("loss.backward")
            last["gradient"] = super().backward()
            return last["gradient"].copy()

    return Loss()


# %% deletable=false editable=false
def follow_train(slope, rate, seed, told=None):
    """Train y = slope x on 10 samples; return the history, the steps, the new slope."""
    x = np.random.default_rng(2).uniform(1, 2, size=(10, 1))
    t, steps, last, note = 3 * x, [], {}, mind_order()
    model, rng = spy_on_model(slope, note, last, steps), np.random.default_rng(seed)
    settings = {"epochs": 4, "batch_size": 4, "learning_rate": rate, "rng": rng}
    if told is not None:
        settings["on_epoch"] = lambda *given: told.append((len(steps), *given))
    with unchanged(x=x, t=t):
        history = train(model, spy_on_loss(t, note, last), x, t, **settings)
    expect(history is not None, "train(...): got None. Is a `return` missing?")
    came = f"train(...): expected a list of floats, got {type(history).__name__}."
    expect(isinstance(history, list), came)
    case = candidates.training_loop.entries(epochs=4, batches=3)
    hint = case.name_mistake(np.array(len(history)), np.array(4)) or "Count them."
    came = f"history: expected 4 entries for 4 epochs, got {len(history)}. {hint}"
    expect(len(history) == 4, came)
    kinds = {type(entry).__name__ for entry in history}
    kinds -= {"float", "float32", "float64", "ndarray"}
    expect(not kinds, f"history: expected floats, got {', '.join(kinds)}.")
    case = {"sizes": np.array([4, 4, 2]), "right": lambda n, size: [4, 4, 1]}
    case = candidates.training_loop.steps(n=10, size=4, epochs=4, **case)
    sizes = [len(x_batch) for x_batch, *_ in steps]
    hint = case.name_mistake(np.array(sizes), np.array(4 * [4, 4, 2])) or "Count them."
    came = f"4 epochs of 10 samples: expected steps with {4 * [4, 4, 2]} samples, got"
    expect(sizes == 4 * [4, 4, 2], f"{came} {sizes}. {hint}")
    return history, steps, model.slope


# %% deletable=false editable=false
def check_losses(history, steps):
    """Compare the history with the steps that were taken; return what may be mixed up."""

    def split(values):
        return [values[k : k + 3] for k in range(0, 12, 3)]

    met = split([((slope - 3) * x) ** 2 for x, _, slope, _ in steps])
    late = split([((slope - 3) * x) ** 2 for x, _, _, slope in steps])
    x = np.concatenate([x for x, *_ in steps[:3]])
    case = candidates.training_loop.history(
        losses=[[errors.mean() for errors in epoch] for epoch in met],
        late=[np.concatenate(epoch).mean() for epoch in late],
        after=[(((epoch[-1][-1] - 3) * x) ** 2).mean() for epoch in split(steps)],
        **{"n": 10, "size": 4},
    )
    expected = np.array([np.concatenate(epoch).mean() for epoch in met])
    same("history, for 4 epochs", np.array(history), expected, case)
    return case


# %% deletable=false editable=false
def check_on_epoch(told, history, mistakes):
    """Look at what on_epoch was given, and after how many steps."""
    case = candidates.training_loop.calls(epochs=4, batches=3)
    hint = case.name_mistake(np.array(len(told)), np.array(4)) or "Count them."
    came = f"on_epoch: expected 4 calls in 4 epochs, got {len(told)}. {hint}"
    expect(len(told) == 4, came)
    two = all(len(given) == 3 for given in told)
    expect(two, "on_epoch wants two: epoch, epoch_loss.")
    case = candidates.training_loop.told(losses=np.array(history))
    epochs = np.array([epoch for _, epoch, _ in told])
    same("the epochs that on_epoch is given", epochs, np.arange(4), case)
    losses = np.array([epoch_loss for *_, epoch_loss in told])
    same("the losses that on_epoch is given", losses, np.array(history), mistakes)
    in_time = [taken for taken, *_ in told] == [3, 6, 9, 12]
    expect(
        in_time, "on_epoch should be called when its epoch ends, not before or later."
    )


# %% deletable=false editable=false
def check_orders(first, again, other):
    """Look at the order of the samples: 4 epochs, the same once more, another seed."""
    every = np.random.default_rng(2).uniform(1, 2, size=10).tolist()
    complete = all(sorted(order) == sorted(every) for order in first)
    twice = "Some samples come more than once in an epoch, others never."
    expect(complete, f"{twice} Is one drawn again?")
    shuffled = every not in first
    expect(shuffled, "The samples come in the order of x: nothing is shuffled.")
    anew = all(order not in first[:k] for k, order in enumerate(first))
    expect(anew, "Two epochs have the same order: deal the samples out anew in each.")
    expect(first == again, "One seed gave two orders: use `rng`, the argument.")
    expect(first != other, "Two seeds gave the same order: use `rng`.")


# %% deletable=false editable=false
@check
def check_train():
    needs("minibatches")
    orders = []
    for slope, rate, seed in ((0.5, 0.03, 1), (0.5, 1.5, 1), (3.0, 0.03, 2)):
        follow_train(slope, rate, seed)  # on_epoch may be left out
        told = []
        history, steps, end = follow_train(slope, rate, seed, told)
        rates = np.array([used for _, used, _, _ in steps])
        case = {"sizes": np.array(4 * [4, 4, 2]), "batches": 3, "n": 10}
        case = candidates.training_loop.rates(**case)
        same("learning_rate in each step", rates, np.full(12, rate), case)
        before, after = [step[2] for step in steps], [step[3] for step in steps]
        moved = "A step does not begin where the one before it ended: what moves the"
        expect([slope, *after[:-1]] == before, f"{moved} model?")
        case = {"start": slope, "epochs_end": after[2::3], "best": np.argmin(history)}
        case = candidates.training_loop.parameter(**case)
        same_number("the model's parameter after training", end, after[-1], case)
        mistakes = check_losses(history, steps)
        check_on_epoch(told, history, mistakes)
        xs = np.concatenate([x.ravel() for x, *_ in steps])
        orders.append(xs.reshape(4, 10).tolist())
    check_orders(*orders)


# %% nbgrader={"cell_type": "code", "grade": true, "grade_id": "test_train", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
ready("train")  # test_train, 6 points
### BEGIN HIDDEN TESTS
import itertools

import numpy as np

from helpers import candidates
from helpers.checks import expect, graded, same, same_number


@graded
def test_train():
    CALLS = (
        *("model.forward", "loss.forward", "loss.backward", "model.backward"),
        "model.update_params",
    )
    EPOCHS, START = 3, 0.5

    def right(n, size):
        return [size] * (n // size) + [n % size] * (n % size > 0)

    def follow(x, t, batch_size, seed, rate, offset, told=True):
        """Train y = w x; return the history, all that happened, and w."""
        log = []

        class Slope:
            def __init__(self):
                self.w, self.grad_w, self.x = START, 0.0, np.zeros((1, 1))

            def forward(self, x):
                self.x = np.array(x)
                log.append(("model.forward", self.x, self.w * self.x))
                return self.w * self.x

            def backward(self, grad_output):
                log.append(("model.backward", np.array(grad_output)))
                fits = np.shape(grad_output) == self.x.shape
                self.grad_w = float((grad_output * self.x).sum()) if fits else 0.0
                return grad_output * self.w

            def update_params(self, learning_rate):
                log.append(("model.update_params", learning_rate))
                self.w = self.w - learning_rate * self.grad_w

        class Loss:
            def __init__(self):
                self.residuals = np.zeros((1, 1))

            def forward(self, y, t):
                fits = np.size(y) == np.size(t)
                self.residuals = y - np.reshape(t, y.shape) if fits else np.nan * y
                n = max(len(y), 1)
                value = 3 * float((self.residuals**2).sum()) / n + offset
                log.append(("loss.forward", np.array(y), np.array(t), value))
                return value

            def backward(self):
                gradient = 6 * self.residuals / max(len(self.residuals), 1)
                log.append(("loss.backward", gradient.copy()))
                return gradient

        model = Slope()
        history = train(
            model,
            Loss(),
            x,
            t,
            epochs=EPOCHS,
            batch_size=batch_size,
            learning_rate=rate,
            rng=np.random.default_rng(seed),
            **({"on_epoch": lambda *a: log.append(("epoch", *a))} if told else {}),
        )
        return history, log, model.w

    def read_steps(log, whole_x, whole_t):
        """Return the steps of all epochs: x, t, loss, w before it and after it."""
        steps, rates, done, last, w = [], [], [], {}, START
        target = dict(
            zip(*(a.ravel().tolist() for a in (whole_x, whole_t)), strict=True)
        )
        for call, *what in log:
            if call == "epoch":
                continue
            place = CALLS.index(call)
            expect(
                place <= len(done),
                f"{call} is called with no new {CALLS[place - 1]} before it.",
            )
            done[place:], last[call] = [call], what
            if call == "loss.forward":
                (x, y), (y_seen, t, _) = last["model.forward"], what
                belongs = [target.get(value, np.nan) for value in x.ravel().tolist()]
                case = {"x": x, "t": np.reshape(belongs, x.shape)}
                case = candidates.training_loop.prediction(**case)
                same("the y that loss.forward is given", y_seen, y, case)
                if t.size != y.size:
                    case = candidates.training_loop.target(rows=t, whole=whole_t)
                    same("the t that loss.forward is given", t, y, case)
            elif call == "model.backward":
                _, t, value = last["loss.forward"]
                case = {"value": value, "y": last["model.forward"][1], "t": t}
                case = candidates.training_loop.grad_output(**case)
                gradient = last["loss.backward"][0]
                same("what model.backward is given", what[0], gradient, case)
            elif call == "model.update_params":
                (x, y), (_, t, value) = last["model.forward"], last["loss.forward"]
                expect(
                    candidates.close(y, w * x),
                    "A step does not begin where the one before it ended: what moves the model?",
                )
                rates.append(what[0])
                slope = 6 * float(((y - t.reshape(y.shape)) * x).sum()) / len(x)
                steps.append((x, t, value, w, w - what[0] * slope))
                w = w - what[0] * slope
                done.clear()
        return steps, rates

    def find_faults(epochs, x, t, batch_size):
        """Return what is wrong with the batches of several epochs, and their orders."""
        wanted = right(len(x), batch_size)
        number_of_x = {value: number for number, value in enumerate(x.ravel().tolist())}
        number_of_t = {value: number for number, value in enumerate(t.ravel().tolist())}
        found, orders = {}, []
        for batches in epochs:
            sizes = [len(x_batch) for x_batch, _ in batches]
            xs = [value for x_batch, _ in batches for value in x_batch.ravel().tolist()]
            ts = [value for _, t_batch in batches for value in t_batch.ravel().tolist()]
            order = [number_of_x.get(value, -1) for value in xs]
            if sizes != wanted:
                found["sizes"] = "The batches have other sizes."
            if sorted(order) != list(range(len(x))):
                found["samples"] = "model.forward is given numbers that are not in x."
                if -1 not in order:
                    found["samples"] = (
                        "Some samples come more than once in an epoch, others never. "
                        "Is one drawn again?"
                    )
            order_of_t = [number_of_t.get(value, -2) for value in ts]
            if order != order_of_t:
                found["pairs"] = (
                    "These numbers are not in `t`: targets should go in as they are."
                )
                if -2 not in order_of_t:
                    found["pairs"] = (
                        "These are the targets of other samples: `x` and `t` need the "
                        "same order."
                    )
            if any(np.shape(a) != np.shape(b) for a, b in batches):
                found["shape"] = "t_batch has another shape than the one it came in."
            orders.append(order)
        if len(x) > 9 and list(range(len(x))) in orders:
            found["shuffle"] = (
                "The samples come in the order of x: nothing is shuffled."
            )
        if len(x) > 9 and any(a == b for a, b in itertools.combinations(orders, 2)):
            found["order"] = (
                "Two epochs have the same order: deal the samples out anew in each."
            )
        return found, orders

    def survey(run, x, t, batch_size):
        """Return what is wrong with what run(x, t, seed) gives, and the batches' sizes."""
        found, orders = {}, {}
        for name, seed in (("first", 511), ("same", 511), ("other", 512)):
            x_given, t_given = x.copy(), t.copy()
            epochs = run(x_given, t_given, seed)
            for label, before, given in (("x", x, x_given), ("t", t, t_given)):
                if before.tolist() != given.tolist() and "changed" not in found:
                    found["changed"] = (
                        f"Your code changes its argument `{label}` in place."
                    )
            faults, orders[name] = find_faults(epochs, x, t, batch_size)
            found |= faults
        if orders["first"] != orders["same"]:
            found["seed"] = "One seed gave two orders: use `rng`, the argument."
        if len(x) > 9 and orders["first"] == orders["other"]:
            found["rng"] = "Two seeds gave the same order: use `rng`."
        return found, [[len(x_batch) for x_batch, _ in batches] for batches in epochs]

    def survey_minibatches(x, t, batch_size, *_):
        """Survey minibatches itself; no sizes if it gives no pairs of numbers."""

        def from_minibatches(x, t, seed):
            rng = np.random.default_rng(seed)
            epochs = [list(minibatches(x, t, batch_size, rng)) for _ in range(EPOCHS)]
            epochs = [[(np.array(a), np.array(b)) for a, b in e] for e in epochs]
            given = [array for e in epochs for pair in e for array in pair]
            expect(all(np.isfinite(array).all() for array in given), "No numbers.")
            return epochs

        try:
            return survey(from_minibatches, x, t, batch_size)
        except Exception:  # student code may raise anything
            return {}, [[]]

    def judge(x, t, batch_size, rate, offset, sizes, excused):
        """Judge train by the faults that minibatches has not; return why it cannot."""
        wanted = right(len(x), batch_size)
        name = f"train(...) with N={len(x)}, batch_size={batch_size}, {EPOCHS} epochs"

        def from_train(x, t, seed):
            history, log, w = follow(x, t, batch_size, seed, rate, offset)
            expect(history is not None, "train(...): got None. Is a `return` missing?")
            kind = type(history).__name__
            expect(
                isinstance(history, list),
                f"train(...): expected a list of floats, got {kind}.",
            )
            lengths = {len(of_epoch) for of_epoch in sizes}
            case = {"epochs": EPOCHS, "batches": max(lengths)}
            case = candidates.training_loop.entries(**case)
            hint = (
                case.name_mistake(np.array(len(history)), np.array(EPOCHS))
                or "Count them."
            )
            expect(
                len(history) == EPOCHS,
                f"{name}: expected {EPOCHS} entries in the history, got {len(history)}. {hint}",
            )
            allowed = {"float", "float64", "float32", "ndarray"}
            kinds = {type(entry).__name__ for entry in history} - allowed
            expect(not kinds, f"history: expected floats, got {', '.join(kinds)}.")
            steps, rates = read_steps(log, x, t)
            epochs = split(steps, sizes)
            seen, all_wanted = [len(a) for a, *_ in steps], wanted * EPOCHS
            if epochs is None:
                epochs = split(steps, [wanted] * EPOCHS)
            if epochs is None or not ("sizes" in excused or seen == all_wanted):
                case = {"sizes": np.array(wanted), "epochs": EPOCHS, "right": right}
                case = candidates.training_loop.steps(n=len(x), size=batch_size, **case)
                hint = case.name_mistake(np.array(seen), np.array(all_wanted))
                came = f"expected steps with {all_wanted} samples, got {seen}."
                expect(False, f"{name}: {came} {hint or 'Count them.'}")
            case = {"sizes": np.array(seen), "batches": len(epochs[0]), "n": len(x)}
            case = candidates.training_loop.rates(**case)
            used, given = np.array(rates), np.full(len(rates), rate)
            same("learning_rate in each step", used, given, case)
            ends = [of_epoch[-1][-1] for of_epoch in epochs]
            case = {"start": START, "epochs_end": ends, "best": np.argmin(history)}
            case = candidates.training_loop.parameter(**case)
            same_number("the model's parameter after training", w, ends[-1], case)
            judge_losses(history, log, epochs, x, t, batch_size, offset)
            return [[(a, b) for a, b, *_ in of_epoch] for of_epoch in epochs]

        try:
            found, _ = survey(from_train, x, t, batch_size)
        except Exception as error:  # student code may raise anything
            if all(min(of_epoch, default=0) > 0 for of_epoch in sizes):
                raise
            return error
        for fault in found:
            expect(fault in excused, f"{name}: {found[fault]}")
        history, _, _ = follow(x, t, batch_size, 513, rate, offset, told=False)
        expect(len(history) == EPOCHS, "Without on_epoch the history is not complete.")
        return None

    def split(steps, sizes):
        """Return the steps of each epoch, if they are those that minibatches gives."""
        lengths = [len(of_epoch) for of_epoch in sizes]
        if len(steps) != sum(lengths) or 0 in lengths or len(lengths) != EPOCHS:
            return None
        ends = np.cumsum(lengths)
        return [
            steps[end - length : end] for end, length in zip(ends, lengths, strict=True)
        ]

    def judge_losses(history, log, epochs, x, t, size, offset):
        """Compare the history, and what on_epoch is told, with the steps taken."""

        def residual(y, t):
            return y - t.reshape(y.shape)

        def mean(errors):
            return 3 * float((np.concatenate(errors) ** 2).mean()) + offset

        expected = [mean([residual(w * a, b) for a, b, _, w, _ in e]) for e in epochs]
        expected = np.array(expected)
        late = [mean([residual(w * a, b) for a, b, _, _, w in e]) for e in epochs]
        after = [mean([e[-1][-1] * x - t]) for e in epochs]
        losses = [[value for _, _, value, _, _ in e] for e in epochs]
        given = {"losses": losses, "n": len(x), "size": size}
        case = candidates.training_loop.history(late=late, after=after, **given)
        short = np.array([sum(len(a) for a, *_ in e) for e in epochs]) / len(x)
        pairs = zip(history, expected * short, strict=True)
        # By the samples that came, or by N, where minibatches does not give them all.
        if not all(abs(one - other) <= 1e-9 * abs(other) for one, other in pairs):
            same(f"history, for {EPOCHS} epochs", np.array(history), expected, case)
        told = [event[1:] for event in log if event[0] == "epoch"]
        hint = candidates.training_loop.calls(epochs=EPOCHS, batches=len(epochs[0]))
        hint = hint.name_mistake(np.array(len(told)), np.array(EPOCHS)) or "Count them."
        expect(
            len(told) == EPOCHS,
            f"on_epoch: expected {EPOCHS} calls in {EPOCHS} epochs, got {len(told)}. "
            f"{hint}",
        )
        two = {len(pair) for pair in told} == {2}
        expect(two, "on_epoch wants two: epoch, epoch_loss.")
        case = candidates.training_loop.told(losses=np.array(history))
        numbers = np.array([number for number, _ in told])
        same("the epochs that on_epoch is given", numbers, np.arange(EPOCHS), case)
        case = candidates.training_loop.history(late=late, after=after, **given)
        got = np.array([epoch_loss for _, epoch_loss in told])
        same("the losses that on_epoch is given", got, np.array(history), case)
        calls = [call for call, *_ in log if call in ("epoch", CALLS[-1])]
        taken = [
            calls[:k].count(CALLS[-1]) for k, c in enumerate(calls) if c == "epoch"
        ]
        in_time = taken == np.cumsum([len(e) for e in epochs]).tolist()
        expect(
            in_time,
            "on_epoch should be called when its epoch ends, not before or later.",
        )

    rng = np.random.default_rng(510)
    data = []
    for n, size in ((13, 5), (6, 3), (7, 1), (3, 8), (1, 1)):
        x = rng.normal(size=(n, 1))
        data.append((x, rng.normal(size=(n, 1)), size, 0.02, 1.0))
        whole = np.arange(1, n + 1)[:, None]
        data.append((whole, np.arange(n)[:, None], size, 0.001, 1.0))
    # A rate that is too large: the loss grows. And one start that is already right.
    x = rng.uniform(1, 2, size=(11, 1))
    data.append((x, -x + 0.1 * rng.normal(size=x.shape), 4, 0.5, 1.0))
    data.append((x, START * x, 4, 0.02, 0.0))
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
        came = (
            f" ({failures[0]})" if type(failures[0]).__name__ != "CheckFailed" else ""
        )
        expect(
            False,
            f"train cannot be judged: minibatches gives it nothing to train on{came}.",
        )


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
