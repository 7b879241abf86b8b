# Two commands on a bare machine with Python 3.11 to 3.14 (with venv) and make:
#   make demo    a real survey in, demo/report.pdf, demo/report-zh.pdf, demo/results.json out
#   make test    every check and test
# The first run installs pinned packages into .venv; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LIBRARIES := $(VENV)/.system-libraries

# One BLAS thread: the same digits everywhere, and workers do not fight for cores.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check slow bench docs images constraints clean

help:
	@sed -n '2,4p' Makefile | sed 's/^# *//'
	@echo "also: make check | slow | bench | docs | images | constraints | clean"

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
	  || { echo "Python 3.11 to 3.14 is needed; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || $(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv is missing: run 'sudo apt-get install python3-venv' and repeat." >&2; exit 1; }
	@echo "Installing the pinned packages into $(VENV) (once) ..." >&2
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,demo]'
	@touch $@

$(LIBRARIES): .ci/system-libraries | $(INSTALLED)
	@PYTHON=$(BIN)/python sh .ci/system-libraries
	@touch $@

demo: $(INSTALLED) $(LIBRARIES)
	$(BIN)/survey-engine demo --out demo

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check $(LIBRARIES)
	$(BIN)/python -m pytest -n 2 -m "not slow"

slow: $(INSTALLED) $(LIBRARIES)
	$(BIN)/python -m pytest -n 2 -m slow
	SURVEY_ENGINE_SEARCH=1 $(BIN)/python -m pytest -n 2 -m "not slow" tests/document tests/spec \
	  tests/instrument tests/responses tests/readers tests/numerics tests/estimation

bench: $(INSTALLED) $(LIBRARIES)
	$(BIN)/python -m benchmarks.run

docs: $(INSTALLED)
	$(BIN)/python docs/write_diagnostics.py
	$(BIN)/python docs/write_cli.py

images: demo
	$(BIN)/python docs/write_images.py

# Names and versions only, from what is installed and tested now.
constraints: $(INSTALLED)
	@{ head -n 2 constraints.txt; \
	  $(BIN)/python -m pip freeze --exclude-editable | grep '==' | sort -f; } > constraints.new
	@mv constraints.new constraints.txt

clean:
	rm -rf build dist demo bench-out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
