"""Run a submission so that its code can neither do harm nor forge a score.

Two processes work on one submission, and talk over a socket:

- the **student** process runs the student's cells. It is forked from a warm parent
  inside a sandbox, and sees the submission, Python, and nothing else.
- the **judge** runs the graded cells with the course's own code. What the student
  defines reaches it as plain data, or as stand-ins for objects that stay where they
  are.

`execute` is all that the rest of the project calls: plain data in, plain data out.

- from the outside in: `execute` (one submission), `warm` (the warm parent), `student`
  and `judge` (the two sides), `shell` (runs cells, keeps outputs), `compiling`,
  `outputs`
- the channel: `messages` (all that can be said), `channel` (whole messages, in time),
  `peer` (asks and answers), `packing` (objects to values and back), `buffers` and
  `containers` (what both sides keep alike), `standins`, `crossing` (exceptions)
- what the judge knows of the notebook without running it: `reading`, `given` (which
  statements and names a graded cell needs), `outline` (whose work a function is)
- the sandbox: `isolation` (which level, and how it is entered), `bubblewrap`,
  `landlock`, `call_filter`, `limits`, `privileges`, `installation`, `remains`,
  `scratch`, `system_calls`

Imports go down these lists, and never to the rest of `grading`: the student's side sees
this package, `helpers` and Python's installation alone.
"""
