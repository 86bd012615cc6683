"""Draw `docs/learning.png`, the picture of a network learning in the README.

Run it from anywhere: `python docs/draw_learning.py`.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from grading.course import Course
from grading.parts import load_reference
from helpers import plots

HERE = Path(__file__).parent
EPOCHS = [0, 2, 10, 200]


def main():
    parts = load_reference(Course.find(HERE))
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, size=(300, 1))
    t = x**3 + 0.8 * rng.normal(size=x.shape)
    layers = [parts.Linear(a, b, rng=rng) for a, b in [(1, 64), (64, 64), (64, 1)]]
    model = parts.Sequential(
        [layers[0], parts.Tanh(), layers[1], parts.Tanh(), layers[2]]
    )
    grid = np.linspace(-2, 2, 200)[:, np.newaxis]
    figure = Figure(figsize=(16, 4), layout="constrained")
    trained = 0
    for axes, epochs in zip(figure.subplots(1, 4, sharey=True), EPOCHS, strict=True):
        parts.train(
            model,
            parts.MSELoss(),
            x,
            t,
            epochs=epochs - trained,
            batch_size=16,
            learning_rate=0.02,
            rng=rng,
        )
        trained = epochs
        plots.fit(x, t, grid, model.forward(grid), ax=axes)
        axes.set_title(f"after {epochs} epochs")
    for axes in figure.axes[1:]:
        axes.set_ylabel("")
    figure.savefig(HERE / "learning.png", dpi=60)


if __name__ == "__main__":
    main()
