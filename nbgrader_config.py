# nbgrader's configuration; `nbgrader` and `course` both read it.
import os
import sysconfig
from pathlib import Path

c = get_config()  # noqa: F821  (nbgrader defines it)

c.CourseDirectory.course_id = "neural_networks_by_hand"
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__"]

# Every release carries the parts that earlier notebooks built, and a source notebook
# that breaks a rule is refused.
c.GenerateAssignment.pre_convert_hook = "grading.parts.refresh_for_release"
c.GenerateAssignment.preprocessors.insert(0, "grading.sources.check_source")
c.Execute.timeout = 120

# nbgrader starts `alembic` by name, which fails where the environment is not activated.
scripts = sysconfig.get_path("scripts")
if scripts not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = scripts + os.pathsep + os.environ["PATH"]

# The feedback page: what each check said, without the hidden tests.
c.GenerateFeedback.exporter_class = "grading.feedback.FeedbackPage"
