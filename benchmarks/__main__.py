"""Run the benchmarks that are named, or all of them."""

import importlib
import sys

NAMES = [
    "train_mnist",
    "train_epoch",
    "check_network",
    "live_browser",
    "live_controls",
    "live_headless",
    "release_course",
    "grade_class",
    "grade_thousand",
    "kill_grading",
]


def main(chosen):
    unknown = [name for name in chosen if name not in NAMES]
    if unknown:
        sys.exit(f"unknown benchmark {unknown[0]}; expected one of {', '.join(NAMES)}")
    for name in chosen or NAMES:
        importlib.import_module(f"benchmarks.{name}").measure()


if __name__ == "__main__":
    main(sys.argv[1:])
