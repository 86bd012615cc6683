# Every target sets up what it needs; nothing has to be typed before it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Kernels and commands import the project again and again: what is compiled is kept,
# also where the environment says otherwise.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lab release grade check mutants screenshots bench lint sync clean

demo: $(READY)  ## release three notebooks, grade a sample class, write feedback and a report
	"$(BIN)/course" demo

test: $(READY)  ## run every test
	"$(BIN)/python" -m pytest -n 3 --dist loadgroup

lab: $(READY)  ## open JupyterLab on the course
	"$(BIN)/jupyter" lab

release: $(READY)  ## generate the student notebooks from the source notebooks
	"$(BIN)/course" release

grade: $(READY)  ## grade one assignment: make grade NAME=01_linear
	"$(BIN)/course" grade "$(NAME)"

check: $(READY)  ## prove the checks by the catalogue of mistakes
	"$(BIN)/course" check --page docs/checks.md

mutants: $(READY)  ## prove the graded checks by machine-made mistakes; takes minutes
	"$(BIN)/course" mutants --page docs/mutants.md

screenshots: $(READY)  ## take the pictures of the lectures that the documentation shows
	NN_SCREENSHOTS=docs/lectures "$(BIN)/python" -m pytest tests/browser/test_lectures.py

bench: $(READY)  ## measure, side by side, in one run
	"$(BIN)/python" -m benchmarks

sync: $(READY)  ## bring the text twins in source_py/ into step with the notebooks
	"$(BIN)/course" sync

lint: $(READY)  ## check style and formatting, notebooks too
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

clean:  ## remove what can be made again; the gradebook and submissions stay
	rm -rf "$(VENV)" build dist .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[grading,dev]"
	touch "$@"
