"""Run the benchmarks that are named, or all but the longest of them."""

import importlib
import sys

NAMES = [
    "train_mnist",
    "fashion_mnist",
    "train_epoch",
    "samples_to_batches",
    "check_network",
    "live_browser",
    "live_controls",
    "live_headless",
    "release_course",
    "grade_class",
    "grade_thousand",
    "kill_grading",
]
#: Run only when they are named.
LONG = ["parity"]


def main(chosen):
    known = NAMES + LONG
    unknown = [name for name in chosen if name not in known]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]}; expected one of {', '.join(known)}")
    for name in chosen or NAMES:
        importlib.import_module(f"benchmarks.{name}").measure()


if __name__ == "__main__":
    main(sys.argv[1:])
