"""What can go wrong in a course, each as one clear line.

CourseError
├── CourseNotFound       no course folder here
├── UnknownAssignment    no such assignment
├── UnreadableNotebook   a file that should be a notebook is none
├── BrokenSource         a source notebook that must not be released
├── UnknownPart          no such part of an assignment
├── ReleaseFailed        a release that nbgrader refused to generate
├── BrokenCatalogue      an entry of the catalogue of mistakes does not fit
├── CheckFellShort       a check that the catalogue proves wrong
├── NotReleased          the student version is missing
├── TwinsDiffer          a notebook and its text were both changed
├── GradingFailed        an assignment that could not be graded
└── GradingStopped       Ctrl-C while grading

A message says what is wrong, what was expected and what to do. The `course`
command prints it and ends with exit code 1; there is never a traceback.
"""


class CourseError(Exception):
    """The base of all errors that a person can put right.

    Parameters
    ----------
    *lines : str
        What is wrong, one problem a line.
    """

    def __init__(self, *lines):
        super().__init__("\n".join(lines))
        self.lines = lines


class CourseNotFound(CourseError):
    """There is no course in the folder, nor in one of those around it."""


class UnknownAssignment(CourseError):
    """The course has no assignment of that name."""


class UnreadableNotebook(CourseError):
    """A file that should be a notebook is missing, no JSON, or no notebook."""


class BrokenSource(CourseError):
    """A source notebook breaks a rule that a release relies on."""


class UnknownPart(CourseError):
    """The configuration names a part of an assignment that does not exist."""


class ReleaseFailed(CourseError):
    """A release could not be generated; the one before it is still in place."""


class BrokenCatalogue(CourseError):
    """An entry of the catalogue of mistakes is no entry, or fits no solution."""


class CheckFellShort(CourseError):
    """A check lets a wrong solution pass, refuses a right one, or misnames it."""


class NotReleased(CourseError):
    """Something needs the student version of an assignment and there is none."""


class GradingFailed(CourseError):
    """An assignment could not be graded; earlier grades are kept."""


class GradingStopped(CourseError):
    """Grading was interrupted; what was graded until then is recorded."""


class TwinsDiffer(CourseError):
    """A notebook and its text were both changed; neither was written."""
