"""Which of several wrong formulas gave a wrong result, if exactly one did."""

import builtins
import dis
import warnings

import numpy as np

# What any code that keeps something between two calls can get wrong; known if the
# check gives `before`, the right answer of the call before.
_STALE = {
    "This is the answer of the call before: which old value does your code keep?": (
        "before"
    ),
    "The answer of the call before is added to it: overwrite, do not add.": (
        "expected + before"
    ),
}


class Candidates:
    """The mistakes that one exercise invites.

    Calling it with the arrays of a check gives a `Case`, to be handed to `same`.

    Parameters
    ----------
    mistakes : dict of str to (str or tuple of str)
        A sentence for the student, which says what is wrong and where to look, and
        the formula of the values that the mistake gives, or several. A formula is a
        Python expression in `np`, `expected`, and the names that the check gives.

    Raises
    ------
    SyntaxError
        If a formula is no expression.
    """

    def __init__(self, mistakes):
        self.mistakes = _compile(mistakes)

    def __call__(self, **given):
        """Return the case of a check: arrays and sizes by name, as a `Case`.

        A formula whose arrays are not given is left out. Three names are special: one
        capital letter (``N=5``) is a size, by which a factor can be called; `before`
        is the right answer of the call before, from which values may be left over;
        and `right` is a function that gives the right answer for other arguments, so
        that a formula can say what is wrong with them and not show what is right.
        """
        return Case(self.mistakes | _ALWAYS, given)


class Case:
    """The mistakes that one comparison of a check can name.

    Parameters
    ----------
    mistakes : dict of str to list of (code, list of str)
        By sentence, its compiled formulas and the names that they use.
    given : dict of str to object
        What the formulas may use, apart from `expected`.
    """

    def __init__(self, mistakes, given):
        self.mistakes = mistakes
        self.given = given

    @property
    def sizes(self):
        """The sizes that the check gave, such as ``{"N": 5}``."""
        return {
            name: size
            for name, size in self.given.items()
            if isinstance(size, int) and len(name) == 1 and name.isupper()
        }

    def name_mistake(self, got, expected):
        """Return the one sentence whose formula gives these values, or None.

        Parameters
        ----------
        got, expected : ndarray
            Finite; the shapes may differ.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a wrong formula may overflow
            fitting = [
                sentence
                for sentence, formulas in self.mistakes.items()
                if any(self._fits(formula, got, expected) for formula in formulas)
            ]
        return fitting[0] if len(fitting) == 1 else None

    def _fits(self, formula, got, expected):
        values = self._evaluate(formula, expected)
        if values is None or values.shape != got.shape:
            return False
        # Where the mistake changes nothing, its formula tells nothing.
        changes = values.shape != expected.shape or not close(values, expected)
        return changes and close(got, values)

    def _evaluate(self, formula, expected):
        code, names = formula
        known = {"np": np, "expected": expected} | self.given
        if not all(name in known for name in names):
            return None  # made for what another comparison gives
        try:
            values = np.asarray(eval(code, known))
        except Exception:  # student code, too, may run in here
            return None  # the formula does not fit these shapes, so it was not used
        is_finite = values.dtype.kind in "iub" or (
            values.dtype.kind == "f" and np.isfinite(values).all()
        )
        return values if is_finite else None


def close(a, b):
    """Whether two arrays have one shape and agree, to the precision of the coarser one."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind not in "iubf" or b.dtype.kind not in "iubf":
        return False
    if a.shape != b.shape or a.size == 0:
        return a.shape == b.shape
    digits = 1e-4 if np.float32 in (a.dtype, b.dtype) else 1e-6
    a, b = a.astype(float), b.astype(float)
    # Operators, not functions of NumPy: student code may have replaced those.
    size = abs(b)
    return bool((abs(a - b) <= digits * size + 1e-3 * digits * (1 + size.max())).all())


def _compile(mistakes):
    compiled = {}
    for sentence, formulas in mistakes.items():
        each = [formulas] if isinstance(formulas, str) else formulas
        codes = [compile(formula, f"<{sentence}>", "eval") for formula in each]
        compiled[sentence] = [(code, _names(code)) for code in codes]
    return compiled


def _names(code):
    """The names that a formula looks up, without attributes such as `shape`."""
    return [
        instruction.argval
        for instruction in dis.get_instructions(code)
        if instruction.opname == "LOAD_NAME"
        and not hasattr(builtins, instruction.argval)
    ]


_ALWAYS = _compile(_STALE)
