# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
# The dashboard's, for `make run`; its own default where it is not given.
PORT ?=
VENV := .venv
BIN := $(VENV)/bin
ROOMS := alerts api assess collectors composition core dashboard health reports sandbox storage worker
SOURCES := app.py cli.py $(shell find $(ROOMS) -name '*.py')

.DEFAULT_GOAL := help
.PHONY: help run test check bench fmt lock clean

help:  ## What there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

# A stamp per lock file: setting up again costs nothing until a lock changes.
$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Integration Monitor needs Python 3.11 or newer: make PYTHON=python3.12 …") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

# Byte code of our own, also where PYTHONDONTWRITEBYTECODE keeps Python from writing it: a start is a fifth quicker.
# It holds the hash of its source, so none is ever used for another one, whatever the files' times say.
$(VENV)/.compiled: $(VENV)/.run $(SOURCES)
	@$(BIN)/python -m compileall -q --invalidation-mode checked-hash app.py cli.py $(ROOMS)
	@touch $@

run: $(VENV)/.compiled  ## Set up, then run the sandbox, the collectors and the dashboard
	@exec $(BIN)/integration-monitor demo $(if $(PORT),--port $(PORT))

test: $(VENV)/.dev check  ## Set up, then check the code and pass the whole suite
	$(BIN)/python -m pytest

check: $(VENV)/.dev  ## Formatting, lint, types and the arrows between the rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## Measure the budgets and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

fmt: $(VENV)/.dev  ## Format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.dev  ## Resolve the dependencies anew, with hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:  ## Forget the virtual environment and the sandbox's data
	rm -rf $(VENV) data
