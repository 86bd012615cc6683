"""Tests run side by side, so each gets by with one thread for matrix products.

OpenBLAS waits actively: two of its threads on a core that is busy anyway make a
training ten times as slow.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
