# %% [markdown]
# # 05 · The training loop
#
# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "minibatches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def minibatches(x, t, batch_size, rng):
    """Yield (x_batch, t_batch): every sample once, in an order drawn from rng.

    x (N, D) inputs and t (N, K) targets; all batches hold batch_size samples but
    the last, which holds the rest. A batch_size below 1 raises ValueError.
    """
    ### BEGIN SOLUTION
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
    order = rng.permutation(len(x))
    starts = range(0, len(x), batch_size)
    chosen = [order[start : start + batch_size] for start in starts]
    return [(x[rows], t[rows]) for rows in chosen]
    ### END SOLUTION


# %% nbgrader={"cell_type": "code", "grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(model, loss, x, t, *, epochs, batch_size, learning_rate, rng, on_epoch=None):
    """Train the model in place; return a list with the mean loss of each epoch.

    x (N, D) inputs, t (N, K) targets. After each epoch on_epoch(epoch, epoch_loss)
    is called, with epochs counted from 0.
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
