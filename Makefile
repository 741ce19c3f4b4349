# make demo: install, run the whole job on the bundled demo newsroom, serve the site. make test: install, run the tests.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
DATA ?= data/demo
PYTEST_ARGS ?= -n 2 --dist worksteal

.PHONY: help demo test check format lock fuzz benchmarks clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/installed-main ## Install, crawl the demo newsroom, build its digests and report, serve the site
	$(BIN)/newscentre --data $(DATA) demo

test: $(VENV)/installed-dev ## Install, run the tests (what needs a server skips, saying so)
	$(BIN)/pytest $(PYTEST_ARGS)

check: $(VENV)/installed-dev ## Lint, formatting, types, layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -p no:randomly tests/newscentre/test_layering.py

fuzz: $(VENV)/installed-dev ## Throw 200,000 hostile inputs at what reads the web (FUZZ_ARGS="--cases 2000 --seed 7")
	$(BIN)/python -m tests.crawler.fuzz $(FUZZ_ARGS)

format: $(VENV)/installed-dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## Write the locks anew (needs uv)
	uv pip compile $(LOCK_FLAGS) requirements/build.in -o requirements/build.txt
	uv pip compile $(LOCK_FLAGS) pyproject.toml -c requirements/build.txt -o requirements/main.txt
	uv pip compile $(LOCK_FLAGS) pyproject.toml --extra dev -c requirements/main.txt -o requirements/dev.txt
	uv pip compile $(LOCK_FLAGS) pyproject.toml --extra javascript -c requirements/dev.txt -o requirements/javascript.txt
LOCK_FLAGS := --quiet --universal --fork-strategy fewest --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header

clean: ## Remove the environment and caches (the data folder stays)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/python:
	@test -n "$(PYTHON)" || { echo "Newscentre needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) lacks its venv module; on Debian and Ubuntu install it with: apt install python3-venv"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed-%: requirements/%.txt requirements/build.txt pyproject.toml | $(VENV)/python
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-build-isolation -r requirements/$*.txt
	@# setuptools warns of every editable installation; that is what is meant here
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@
	@if [ $* = dev ]; then touch $(VENV)/installed-main; fi
