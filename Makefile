# Two commands: `make demo` shows what Tocsin does, `make test` checks it. Both set themselves up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test proof bench mutate format lock

setup: .venv/ready

.venv/ready: pyproject.toml requirements/dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/ready

demo: setup
	$(BIN)/tocsin demo

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 -rs

proof: setup
	$(BIN)/pytest -q -m proof -rs tests

bench: setup
	$(BIN)/python -m bench

# Changes one line at a time where a wrong one would hurt someone; says which change no test saw.
mutate: setup
	$(BIN)/python tests/faults/mutate.py --most 60

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# For whoever changes a dependency: pins and hashes anew, without addresses. Needs uv.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock:
	$(LOCK) --extra postgres pyproject.toml -o requirements/runtime.txt
	$(LOCK) --extra postgres --extra dev pyproject.toml -o requirements/dev.txt
