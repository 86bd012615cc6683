"""What an instructor runs: release notebooks, grade a class, write feedback.

The `course` command is in `grading.cli`. Behind it, in the order of a course:

- writing: `twins` (notebooks as text), `sources` (the rules they keep), `parts` (what
  earlier notebooks built)
- handing out: `release` (the student notebooks), `bundle` (one zip for students)
- grading: `grade` and `class_run` (a class), `submissions` with `handed_in` and
  `damaged` (what was handed in, mended), `assignment` (what grading brings along),
  `tasks` and `executor` (plain data to worker processes), `sealed` (one submission, run
  where it can harm nothing), `record` (the one writer), `gradebook`, `outcomes`;
  `autograde` (the same for nbgrader's own command), `doctor` (what the machine offers)
- showing it: `sanitise` with `harmless` and `pictures` (nothing that a student wrote
  can run), `feedback` and `feedback_page`, `report`
- proving the checks: `catalogue` (wrong and right solutions), `trial` and
  `graded_trial` (two ways to run them), `proof` (what fell short), `mutants`
  (machine-made mistakes), `proof_page`
- trying it: `sample_class` (made-up students), `demo`

`course` knows where everything lies, `notebooks` reads a notebook file, and `errors`
are what can go wrong. The students' package, `helpers`, never imports this one.
"""
