"""Where everything in a course lies: its folders, notebooks and configuration."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from grading.errors import CourseError, CourseNotFound, UnknownAssignment

CONFIG = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A course folder: it holds `nbgrader_config.py` and `source/`.

    Parameters
    ----------
    root : Path
        The folder, absolute. `Course.find` and `Course.at` look it up.
    """

    root: Path

    @classmethod
    def find(cls, start=None):
        """Return the course around the folder `start`, by default the current one.

        Raises
        ------
        CourseNotFound
            If neither `start` nor any folder above it is a course.
        """
        start = Path(start or ".").resolve()
        for folder in (start, *start.parents):
            if _is_course(folder):
                return cls(folder)
        raise CourseNotFound(
            f"no course in {start} or above it: expected a folder with {CONFIG} and "
            "source/; go there, or name it with `course --course DIR ...`"
        )

    @classmethod
    def at(cls, root):
        """Return the course in the folder `root`, and nowhere else.

        Raises
        ------
        CourseNotFound
            If `root` is no course.
        """
        root = Path(root).resolve()
        if not _is_course(root):
            raise CourseNotFound(
                f"{root} is no course: expected a folder with {CONFIG} and source/"
            )
        return cls(root)

    @property
    def source(self):
        """The instructor's notebooks, a folder for each assignment."""
        return self.root / "source"

    @property
    def texts(self):
        """The same notebooks as text, for review."""
        return self.root / "source_py"

    @property
    def release(self):
        """The student notebooks, generated."""
        return self.root / "release"

    @property
    def submitted(self):
        """What students handed in: submitted/STUDENT/ASSIGNMENT/."""
        return self.root / "submitted"

    @property
    def autograded(self):
        """The graded notebooks: autograded/STUDENT/ASSIGNMENT/."""
        return self.root / "autograded"

    @property
    def feedback(self):
        """The feedback pages: feedback/STUDENT/ASSIGNMENT/."""
        return self.root / "feedback"

    @property
    def lectures(self):
        """The lecture notebooks, which are not graded."""
        return self.root / "notebooks"

    @property
    def mistakes(self):
        """The catalogue of wrong and right solutions."""
        return self.root / "mistakes"

    @property
    def build(self):
        """What can be made again at any time: the bundle, reports."""
        return self.root / "build"

    @property
    def gradebook(self):
        """nbgrader's database."""
        return self.root / "gradebook.db"

    def source_notebook(self, name):
        """Return the path of an assignment's source notebook."""
        return self.source / name / f"{name}.ipynb"

    def text_twin(self, name):
        """Return the path of the source notebook's text twin."""
        return self.texts / f"{name}.py"

    def release_notebook(self, name):
        """Return the path of an assignment's student notebook."""
        return self.release / name / f"{name}.ipynb"

    def assignments(self):
        """Return the names of all assignments, in the order they are taught."""
        return sorted(
            folder.name
            for folder in self.source.iterdir()
            if (folder / f"{folder.name}.ipynb").is_file()
        )

    def assignment(self, name):
        """Return `name` if the course has such an assignment.

        Raises
        ------
        UnknownAssignment
            If it has not; the message suggests the nearest name.
        """
        known = self.assignments()
        if name not in known and name in {path.name for path in self.source.iterdir()}:
            missing = self.source_notebook(name).relative_to(self.root)
            raise UnknownAssignment(
                f"'{name}' is not ready: {missing} is missing; write it, or make it "
                f"from its text with `course sync --from-text {name}`"
            )
        return _known(name, known, self.source)

    def choose(self, names):
        """Return the assignments that `names` asks for: all if it is empty.

        Raises
        ------
        UnknownAssignment
            If one of the names is unknown, or there are none at all.
        """
        chosen = {self.assignment(name) for name in names or self.assignments()}
        if not chosen:
            raise UnknownAssignment(f"{self.source} holds no assignments yet")
        return sorted(chosen)

    def choose_texts(self, names):
        """Return the text twins that `names` asks for: all if it is empty.

        Raises
        ------
        UnknownAssignment
            If one of the names is unknown.
        """
        known = sorted(path.stem for path in self.texts.glob("*.py"))
        return sorted({_known(name, known, self.texts) for name in names or known})

    def nbgrader_config(self):
        """Return what `nbgrader_config.py` says, as a traitlets `Config`.

        It imports nbgrader, which takes seconds, and puts the scripts of this Python
        on the PATH, where nbgrader looks for `alembic` to make a gradebook.

        Raises
        ------
        CourseError
            If the file does not run.
        """
        from traitlets.config import PyFileConfigLoader

        loader = PyFileConfigLoader(CONFIG, path=str(self.root))
        try:
            return loader.load_config()
        except Exception as error:  # the file is a program: it may raise anything
            raise CourseError(
                f"{CONFIG} does not run: {type(error).__name__}: {error}; put it right"
            ) from error


def _is_course(folder):
    return (folder / CONFIG).is_file() and (folder / "source").is_dir()


def _known(name, known, folder):
    if name in known:
        return name
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    nearest = nearest or [other for other in known if name and name in other]
    if nearest:
        hint = f"did you mean '{nearest[0]}'?"
    else:
        hint = f"{folder} holds {', '.join(known) or 'no assignments'}"
    raise UnknownAssignment(f"no assignment named '{name}': {hint}")
