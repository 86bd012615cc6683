"""What an instructor runs: release notebooks, grade a class, write feedback.

- `grading.cli`: the `course` command
- `grading.course`: where everything lies
- `grading.twins`: source notebooks as text, for review
- `grading.parts`: what earlier notebooks built, for the ones after them
- `grading.sources`: the rules that a source notebook keeps
- `grading.release`: the student notebooks
- `grading.bundle`: one zip for students
- `grading.errors`: what can go wrong

The students' package, `helpers`, never imports this one.
"""
