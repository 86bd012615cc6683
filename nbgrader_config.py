# nbgrader's configuration; `nbgrader` and `course` both read it.
import os
import sysconfig
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import Execute

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "neural_networks_by_hand"
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]

# What a notebook writes and students hand in beside it: it never comes from the course,
# even where an author has run the notebook. (`ignore` above is no place for it: what
# stands there, nbgrader's exchange neither hands in nor collects.)
c.HandedIn.files = {"12_fashion_mnist": ["predictions.csv", "report.npz"]}
c.Autograde.exclude_overwriting = c.HandedIn.files


def names(steps, leave_out=None):
    """Return the names of nbgrader's own steps."""
    steps = [step for step in steps.default() if step is not leave_out]
    return [f"{step.__module__}.{step.__name__}" for step in steps]


# Every release carries the parts that earlier notebooks built, and a source notebook
# that breaks a rule is refused. Of a notebook in parts only some may be handed out, as
# with c.SelectParts.parts = {"11_zoo": ["activations", "losses"]}. nbgrader's own steps
# follow, as names: the formgrader shows the configuration, and reads this file again at
# each click.
c.GenerateAssignment.pre_convert_hook = "grading.parts.refresh_for_release"
c.GenerateAssignment.post_convert_hook = "grading.release.take_out_handed_in"
c.GenerateAssignment.preprocessors = [
    "grading.sources.check_source",
    "grading.selection.SelectParts",
    *names(GenerateAssignment.preprocessors),
]

# Submissions are mended, and run where they can harm nothing, also by nbgrader's own
# command and the formgrader's button.
c.Autograde.sanitize_preprocessors = [
    "grading.autograde.MendSubmission",
    *names(Autograde.sanitize_preprocessors),
]
c.Autograde.autograde_preprocessors = [
    "grading.autograde.SealedExecute",
    *names(Autograde.autograde_preprocessors, leave_out=Execute),
    "grading.sanitise.Sanitise",
]
# A marking scheme stands in the locked question above the answer: a task cell, where
# nbgrader expects it, would leave untouched work waiting to be marked.
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = 120  # seconds for a cell
c.SealedExecute.total_timeout = 600

# Kernels that are still started, by `nbgrader validate`, talk through files: two that
# start at once can collide on a port. The system refuses long names for such files.
sockets = os.path.join(jupyter_runtime_dir(), f"nbgrader-{os.getpid()}")
if os.name == "posix" and len(sockets) < 80:
    c.KernelManager.transport, c.KernelManager.ip = "ipc", sockets

# The feedback page: what each check said, without the hidden tests.
c.GenerateFeedback.exporter_class = "grading.feedback.FeedbackPage"

# The formgrader filters nothing, so graded notebooks are cleaned when they are written,
# and here once more, for those that something else wrote.
c.HTMLExporter.preprocessors = ["grading.sanitise.Sanitise"]

# nbgrader starts `alembic` by name, which fails where the environment is not activated.
scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
if scripts not in path.split(os.pathsep):
    os.environ["PATH"] = scripts + os.pathsep + path
