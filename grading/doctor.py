"""What this machine offers for grading, in words for an instructor."""

import platform
from importlib.metadata import PackageNotFoundError, version

from grading.sealed.isolation import SandboxUnavailable, choose, find_offer

#: What each level of isolation leaves open; docs/security.md says more.
_LEFT_OPEN = {
    "full": "faults of the kernel, and the memory of many processes together",
    "landlock": "faults of the kernel, the memory of many processes together, and "
    "disks that many files fill; if you are root, also processes without end",
}
_LIMITS = {
    "CPU": "processor time",
    "AS": "memory",
    "NPROC": "processes",
    "FSIZE": "size of a file",
    "NOFILE": "open files",
}


def examine(course=None):
    """Look at this machine.

    Parameters
    ----------
    course : Course, optional
        Whose gradebook to look for.

    Returns
    -------
    findings : list of (str, str)
        What was looked at, and what was found.
    ready : bool
        Whether `course grade` would run students' code here.
    """
    offer = find_offer()
    try:
        level, remark = choose(None, offer)
    except SandboxUnavailable as error:
        level, remark = None, str(error)
    return [
        ("Python", f"{platform.python_version()} on {platform.system()}"),
        ("nbgrader", _find_version("nbgrader")),
        ("gradebook", _find_gradebook(course)),
        ("bubblewrap", _describe_bubblewrap(offer)),
        ("Landlock", f"ABI {offer.landlock}" if offer.landlock else "none"),
        (
            "limits",
            ", ".join(_LIMITS[n] for n in offer.limits if n in _LIMITS) or "none",
        ),
        ("isolation", level or "none that protects: `course grade` refuses"),
        *([("remark", remark)] if remark else []),
        *([("left open", _LEFT_OPEN[level])] if level else []),
    ], level is not None


def _describe_bubblewrap(offer):
    if not offer.bubblewrap or offer.bounded_disk:
        return offer.bubblewrap or offer.problem
    return f"{offer.bubblewrap}, which cannot limit what is written to /tmp"


def _find_version(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return f"not installed: pip install {package}"


def _find_gradebook(course):
    if course is None:
        return "no course in this folder"
    if course.gradebook.exists():
        return str(course.gradebook)
    return "none yet: run `course release`"
