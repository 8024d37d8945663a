# Everything lands inside this checkout: .venv/, frontend/node_modules/, static/dist/ and .local/.
# Needs Python 3.11 or newer with venv and pip, make, git, and Node 20 or newer with npm.

PYTHON ?= python3
ARGS ?=
PART ?=
SIZE ?=
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PACKAGES := $(wildcard kernel consensus workers qualification payouts marketplace migrations bench \
	demo)
SOURCES := $(PACKAGES) $(wildcard tests wsgi.py)

# Some tests need what not every machine has; naming it in the environment selects them.
WITHOUT := $(if $(QUORUM_DATASETS),, and not datasets)
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

PAGES := $(if $(wildcard frontend/package-lock.json),static/dist/manifest.json)
PAGE_SOURCES := $(shell find frontend/src -type f 2>/dev/null) \
	$(wildcard frontend/package.json frontend/vite.config.js)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup setup-dev demo run test test-long check bench chaos screens lock clean

help: ## Show what can be typed
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: .venv/base.stamp $(PAGES) ## Install what the service needs and build the pages

setup-dev: .venv/dev.stamp $(PAGES)

demo: setup ## Run the main job on real data and report (ARGS="--help" lists its options)
	$(BIN)/flask --app wsgi demo $(ARGS)

run: setup ## Serve on 127.0.0.1:8000 with sample jobs and printed sign-ins
	$(BIN)/flask --app wsgi serve $(ARGS)

test: setup-dev ## Run every test that takes seconds (ARGS="-k word" chooses some)
	$(PYTEST) -m "not long$(WITHOUT)" $(ARGS)

test-long: setup-dev ## Run every test, those that take minutes too
	$(PYTEST) -m "(long or not long)$(WITHOUT)" $(ARGS)

check: setup-dev ## Check format, lint, types, layers and architecture
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(PACKAGES) $(wildcard wsgi.py)
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest tests/architecture

bench: setup-dev ## Measure speed and quality (PART=name; SIZE=1M a large job, SEEDS=1 a quick look)
	$(BIN)/python -m bench $(PART) $(if $(SIZE),--size $(SIZE)) $(if $(SEEDS),--seeds $(SEEDS))

chaos: setup-dev ## Kill, pause and cut off everything while people work (ARGS="--seed 2 --runs 20")
	$(BIN)/python -m bench.chaos $(ARGS)

screens: setup-dev ## Take pictures of the pages at both widths into docs/screens
	$(BIN)/python -m tests.browser.screens

lock: setup-dev ## Pin every requirement again, with hashes
	$(LOCK) --output-file base.txt base.in
	$(LOCK) --output-file dev.txt dev.in
	$(LOCK) --output-file peers/crowdkit.txt peers/crowdkit.in

clean: ## Remove what was installed and built; the data below .local/ stays
	rm -rf .venv frontend/node_modules static/dist .local/mypy .local/pytest .ruff_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# Neither a local folder nor an index of this machine may reach the lock.
LOCK = cd requirements && env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null \
	../$(BIN)/pip-compile --no-config --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-index-url --no-emit-find-links

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Quorum needs Python 3.11 or newer; choose one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/base.stamp: requirements/base.txt | .venv/bin/python
	$(INSTALL) -r $<
	@touch $@

.venv/dev.stamp: requirements/dev.txt .venv/base.stamp
	$(INSTALL) -r $<
	@touch $@

frontend/node_modules/.stamp: frontend/package-lock.json
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

static/dist/manifest.json: frontend/node_modules/.stamp $(PAGE_SOURCES)
	cd frontend && npm run build
	@touch $@
