"""Who runs this notebook: a person, nbgrader's validator, or the grader."""

import os


def is_grading():
    """Whether the notebook is being graded: nothing is drawn, nothing fetched."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def is_validating():
    """Whether `nbgrader validate` (or its button in JupyterLab) runs the notebook."""
    return os.environ.get("NBGRADER_EXECUTION") == "validate"
