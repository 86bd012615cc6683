"""What an instructor runs: release notebooks, grade a class, write feedback.

The `course` command is in `grading.cli`. Behind it, in the order of a course:

- writing: `twins` (notebooks as text), `sources` (the rules they keep), `parts` (what
  earlier notebooks built)
- handing out: `release` (the student notebooks), `bundle` (one zip for students)
- grading: `submissions` (what was handed in), `grade`, `outcomes`, `gradebook`,
  `feedback`, `report`
- proving the checks: `catalogue` (wrong and right solutions), `trial` and
  `graded_trial` (two ways to run them), `proof` (what fell short), `mutants`
  (machine-made mistakes), `proof_page`
- trying it: `sample_class` (made-up students), `demo`

`course` knows where everything lies, `notebooks` reads a notebook file, and `errors`
are what can go wrong. The students' package, `helpers`, never imports this one.
"""
