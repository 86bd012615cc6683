# nbgrader's configuration; `nbgrader` and `course` both read it.
import os
import sysconfig
from pathlib import Path

from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "neural_networks_by_hand"
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]

# Every release carries the parts that earlier notebooks built, and a source notebook
# that breaks a rule is refused. nbgrader's own steps follow, as names: the formgrader
# shows the configuration, and reads this file again at each click.
c.GenerateAssignment.pre_convert_hook = "grading.parts.refresh_for_release"
c.GenerateAssignment.preprocessors = [
    "grading.sources.check_source",
    *(
        f"{step.__module__}.{step.__name__}"
        for step in GenerateAssignment.preprocessors.default()
    ),
]
# A marking scheme stands in the locked question above the answer: a task cell, where
# nbgrader expects it, would leave untouched work waiting to be marked.
c.ClearMarkScheme.enforce_metadata = False
c.Execute.timeout = 120

# The feedback page: what each check said, without the hidden tests.
c.GenerateFeedback.exporter_class = "grading.feedback.FeedbackPage"

# nbgrader starts `alembic` by name, which fails where the environment is not activated.
scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
if scripts not in path.split(os.pathsep):
    os.environ["PATH"] = scripts + os.pathsep + path
