"""The mistakes that each notebook invites, as formulas for the values they give.

A file for each notebook, a line for each mistake: the sentence for the student, and a
formula of what came of the check's own arrays (`x`, `weights`, ...) and of the
`expected` values. Every formula is wrong on purpose; the right one is never here. A
check hands its arrays over, and the mistake is named if one sentence, and only one,
fits all the values:

    same("forward(x)", y, expected, candidates.linear.forward(x=x, biases=biases))
"""

from helpers.candidates import (
    activations,
    adam,
    clinic,
    expressivity,
    fashion_mnist,
    functional,
    initialisation,
    linear,
    mlp,
    mnist,
    mse,
    samples_to_batches,
    training_loop,
    warmup,
    zoo,
)
from helpers.candidates._formulas import Candidates, Case, close

__all__ = [
    "Candidates",
    "Case",
    "activations",
    "adam",
    "clinic",
    "close",
    "expressivity",
    "fashion_mnist",
    "functional",
    "initialisation",
    "linear",
    "mlp",
    "mnist",
    "mse",
    "samples_to_batches",
    "training_loop",
    "warmup",
    "zoo",
]
