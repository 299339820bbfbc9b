# Everything runs from a bare checkout: each target first sets up what it needs in .venv.
# Needed beforehand: make, and Python 3.11 or newer (another one: make PYTHON=python3.12 ...).

PYTHON ?= python3
Q ?= Which leaders will Biden meet in New York?

# The question reaches the shell through the environment, unexpanded, so that quotes and dollars in it are harmless.
export QUESTION := $(value Q)

# Where Python is told to write no bytecode, every start would compile all that it imports, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE

# A set-up is named after what it was made from, and done again when that changes. Each contains the one below it.
KEY := $(shell cat requirements/*.txt requirements/install.sh pyproject.toml | cksum | cut -d ' ' -f 1)
FULL := .venv/full-$(KEY)
WEB := $(firstword $(wildcard $(FULL)) .venv/web-$(KEY))
CORE := $(firstword $(wildcard $(FULL)) $(wildcard $(WEB)) .venv/core-$(KEY))

# Set to 1 (as .ci/run does) to make a skipped test a failed one.
QA_TEST_REQUIRE_ALL ?=
PYTEST := PYTHONPATH=tests .venv/bin/python -m pytest $(if $(QA_TEST_REQUIRE_ALL),-p no_skips)

.DEFAULT_GOAL := help
.PHONY: help ask chat test test-fast lint bench train reader lock upgrade clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s%s\n", $$1, $$2 }' Makefile

ask: $(CORE) ## ask the articles in seeds/ a question: make ask Q="Who ...?"
	@.venv/bin/qa ask -- "$$QUESTION"

chat: $(WEB) ## chat about the articles in seeds/ in the browser; Ctrl-C ends it
	@exec .venv/bin/qa serve --open

test: lint ## linters, type checker and every test
	$(PYTEST)

test-fast: lint ## the same without the tests that take more than a few seconds
	$(PYTEST) -m "not slow"

lint: $(FULL) ## linters, type checker, and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy --strict
	.venv/bin/lint-imports --no-logo

bench: $(FULL) ## measure against the LlamaIndex starter; the results go to benchmarks/results/
	.venv/bin/python benchmarks/bench.py

train: $(FULL) ## train the reader, from its last checkpoint, until stopped; see training/MODEL_CARD.md
	.venv/bin/python -m training.prepare --missing
	.venv/bin/python -m training.train

reader: $(FULL) ## lower the rate over two million tokens, export the reader, measure it
	.venv/bin/python -m training.train --cool 2
	.venv/bin/python -m training.export
	.venv/bin/python -m training.measure

lock: $(CORE) ## compile requirements/*.txt anew after a change of pyproject.toml
	requirements/lock.sh

upgrade: $(CORE) ## the same, with the newest versions that fit
	requirements/lock.sh --upgrade

clean: ## remove .venv, the index and everything that was built
	rm -rf .venv .qa build dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(FULL):
	@PYTHON="$(PYTHON)" requirements/install.sh full
	@touch $@

.venv/web-$(KEY):
	@PYTHON="$(PYTHON)" requirements/install.sh web
	@touch $@

.venv/core-$(KEY):
	@PYTHON="$(PYTHON)" requirements/install.sh core
	@touch $@
