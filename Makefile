# Every chore by name. `make` alone lists them.
# Each target does its own set-up; tools/setup returns at once when there is nothing to do.

# Set on the command line (make run PORT=9000), not taken from the environment, where HOST often means something else.
HOST = 127.0.0.1
PORT = 8000
# Further arguments for pytest: make test ARGS='-k opted_out'
ARGS =

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Each worker starts a PostgreSQL of its own when a test asks for one; more than four of them only wait for the disk.
PARALLEL := --numprocesses=logical --maxprocesses=4

# What its makers say of a next major version is no warning about these pages.
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-run system-packages run test test-unit test-integration soak check docs cover bench dist fmt lock clean clean-data

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv with the product, its tests and its tools
	@tools/setup test

setup-run:
	@tools/setup run

system-packages: setup
	@tools/system-packages

run: setup-run ## serve on http://127.0.0.1:8000 with a demo company; data stays in ./var (HOST=, PORT=)
	@export LEADINTAKE_DATA_DIR="$${LEADINTAKE_DATA_DIR:-$(CURDIR)/var}" LEADINTAKE_HOST='$(HOST)' LEADINTAKE_PORT='$(PORT)'; \
	$(BIN)/leadintake init --demo && exec $(BIN)/leadintake serve

test: setup system-packages ## run every test, on real PostgreSQL and SQLite (ARGS= for pytest)
	$(PYTEST) $(PARALLEL) $(ARGS)

test-unit: setup ## run the tests that need no file, socket or database
	$(PYTEST) $(PARALLEL) tests/unit $(ARGS)

test-integration: setup system-packages ## run the tests that need databases or processes
	$(PYTEST) $(PARALLEL) tests/integration $(ARGS)

soak: setup system-packages ## break everything many more times than the tests do, and print what came of it (some ten minutes)
	LEADINTAKE_TEST_SOAK=1 $(PYTEST) --numprocesses=2 tests/integration/faults $(ARGS)

check: setup ## run ruff, mypy, the import contracts and the tests of the documents, and build their site
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy $(wildcard src tests benchmarks tools)
	$(BIN)/lint-imports --no-cache --no-logo
	$(PYTEST) --doctest-modules --doctest-glob='*.md' --ignore-glob='*/migrations/*' src/leadintake $(wildcard README.md docs tests/docs)
	@$(MKDOCS) --quiet

docs: setup ## build the documentation site into build/site, strictly
	@$(MKDOCS) && echo 'open build/site/index.html'

cover: setup system-packages ## run every test and show the branches none of them takes
	$(PYTEST) $(PARALLEL) --cov --cov-report=term-missing --cov-report=html $(ARGS)

bench: setup system-packages ## measure the product against the limits of this machine, in one run
	$(BIN)/python -m benchmarks $(ARGS)

dist: setup ## build the wheel and the sdist into dist/, the same bytes for the same commit
	@tools/dist

fmt: setup ## lay out the code, and mend what ruff can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

lock: ## compile the requirement files from pyproject.toml (needs uv; UPGRADE=1 takes the newest versions)
	@UPGRADE='$(UPGRADE)' tools/lock

clean: ## remove .venv and every cache; the data in ./var stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## remove the data of `make run` in ./var
	rm -rf var
