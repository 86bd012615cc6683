"""What the one who looks at the pictures may ask for: larger text, less motion.

>>> from helpers import appearance
>>> appearance.projector()  # every picture after this line can be read from far away

Both switches can also be set before Jupyter starts, by the environment variables
``NN_PROJECTOR=1`` and ``NN_REDUCED_MOTION=1``.
"""

import os

_chosen = {}


def projector(on=True):
    """Draw every later picture, live or still, larger and with larger text."""
    _chosen["NN_PROJECTOR"] = bool(on)


def reduced_motion(on=True):
    """Let every later live picture change once in two seconds only, without a glide.

    A browser that is set to reduce motion does so by itself.
    """
    _chosen["NN_REDUCED_MOTION"] = bool(on)


def is_projector():
    """Whether text is to be larger."""
    return _is_on("NN_PROJECTOR")


def is_motion_reduced():
    """Whether live pictures are to change rarely."""
    return _is_on("NN_REDUCED_MOTION")


def _is_on(name):
    return _chosen.get(name, os.environ.get(name, "") not in ("", "0"))
