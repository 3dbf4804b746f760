# `make help` lists the targets. Everything is installed into .venv, uv included.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
UV := .venv/bin/uv
RUN := $(UV) run --frozen --no-sync
KEEP ?=
GROUPS :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types unit check-collector check-phoenix soak check-deploy bench format vendor clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready-dev ## Install everything, the development tools included, into .venv

# The demo needs the three distributions and what its own app is made of; tests need all groups.
.venv/.ready-demo: GROUPS := --no-default-groups --group demo
.venv/.ready-demo .venv/.ready-dev: uv.lock pyproject.toml instrumentation/pyproject.toml pricing/pyproject.toml processor/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Spantally needs Python 3.11 to 3.14; none was found. Name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(UV) || { $(PYTHON) -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'; } || \
		{ echo "Could not make a virtual environment with $(PYTHON). On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(UV) sync --frozen --all-packages --inexact --quiet $(GROUPS)
	@touch $@

demo: .venv/.ready-demo ## Run the main job: a demo app, priced, summed by trace (KEEP=1 leaves the processor up)
	@$(RUN) python demo/run.py $(if $(KEEP),--keep)

test: lint types unit ## Lint, types and all tests

lint: setup ## Style and likely mistakes
	@$(RUN) ruff check --quiet && $(RUN) ruff format --check --quiet && $(UV) lock --check --quiet && echo "lint: clean"

types: setup ## Static types, strict
	@$(RUN) pyright

unit: setup ## All tests
	@PYTHONDONTWRITEBYTECODE= $(RUN) pytest --numprocesses=2 --dist=loadfile # else each process compiles SDKs anew

check-collector: setup ## Our Collector configurations for real, where Go is: with a Collector, Jaeger, Kafka (a quarter of an hour)
	@$(RUN) python tests/collector/run.py

check-phoenix: setup ## The same chain with Arize Phoenix behind it, installed from PyPI into an environment of its own
	@$(RUN) python tests/collector/run.py phoenix

soak: setup ## The long form of the promises: 200 kills, a ten-minute outage, fuzzing (half an hour)
	@$(RUN) python tests/soak/run.py

check-deploy: setup ## Check deploy/ with tools that Go builds: overlays, Compose, operators' resources, images (minutes)
	@cd tests && ../$(RUN) python -m support.deploy_tools
	@SPANTALLY_CHECK_DEPLOY=1 $(RUN) pytest -q tests/deploy tests/docs/test_tutorial.py

bench: setup ## Measure: instrumentation, pricing engine, ingest, queries (ratios; compare on one machine only)
	@for script in tests/bench/*.py; do echo "== $$script"; $(RUN) python $$script || exit 1; done

format: setup ## Rewrite the sources in the project's style
	@$(RUN) ruff check --fix --quiet; $(RUN) ruff format --quiet

vendor: setup ## Copy the page's chart library from its npm package into the sources, and check it
	@$(RUN) python processor/vendor.py

clean: ## Remove what these targets made
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis
