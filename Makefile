# Targets a person types. `make` alone lists them. Everything a target needs, it sets up itself.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
UV_VERSION := 0.13.8
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
export LIQUIDITY_TEST_DATA ?= $(abspath ../shared/data)
export UV_COMPILE_BYTECODE := 1
export UV_LINK_MODE := copy
# a shell that forbids it would have every process compile 370 files again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup dev demo up down dbt expectations test check bench prove lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { echo "make: Python >=3.11,<3.14 is needed; say PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) >&2

# Stamps, so that a second call costs nothing. Set-up talks on stderr: stdout belongs to the command.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/uv
	@echo "installing liquidity_platform into $(VENV) ..." >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . >&2
	@$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project >&2
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "installing what tests and checks need ..." >&2
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock >&2
	@touch $@

setup: $(VENV)/.runtime  ## make .venv with the `liquidity` command in it
	@echo "ready: $(BIN)/liquidity --help" >&2

dev: $(VENV)/.dev  ## set up what tests and checks need

demo: $(VENV)/.runtime  ## fill a warehouse and print the newest numbers (ARGS="--data DIR --format json")
	@$(BIN)/liquidity demo $(ARGS)

up: $(VENV)/.runtime  ## the platform on this machine: warehouse, Dagster UI on :3000, schedules
	@exec $(BIN)/liquidity up $(ARGS)

down: $(VENV)/.runtime  ## stop what `make up` started
	@$(BIN)/liquidity down

dbt: $(VENV)/.runtime  ## dbt in this home's warehouse (ARGS="docs generate --static")
	@$(BIN)/python -m liquidity_platform.automation.dbt_command $(ARGS)

expectations: $(VENV)/.runtime  ## Great Expectations over the marts: pages below <HOME>/reports/data_docs
	@$(BIN)/python -m liquidity_platform.automation.expecting

test: $(VENV)/.dev  ## all tests, with coverage (ARGS="-k net_liquidity" for some)
	@$(BIN)/python -m pytest $(ARGS)
	@[ -n "$(ARGS)" ] || { total=$$($(BIN)/coverage report --format=total); \
		echo "coverage of the package: $$total % (85 wanted; \`coverage report\` says where)"; [ "$$total" -ge 85 ]; }

check: $(VENV)/.dev  ## ruff, mypy, import contracts, dbt parse, generated files, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/dbt parse --quiet --project-dir dbt_project --profiles-dir dbt_project --target-path target/check
	@$(BIN)/python -m liquidity_platform.automation.dbt_sources --check
	@$(BIN)/python -m liquidity_platform.sources.sheets --check
	@$(BIN)/python -m liquidity_platform.derived.sheet --check

bench: $(VENV)/.dev  ## measured speed, as ratios within one run
	@$(BIN)/python -m liquidity_platform_tests.bench $(ARGS)

prove: $(VENV)/.dev  ## the long proofs: kill -9 at random moments and the like
	@$(BIN)/python -m liquidity_platform_tests.prove $(ARGS)

lock: | $(VENV)/bin/uv  ## resolve the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -q -o requirements.lock
	@$(BIN)/uv pip compile --group dev -c requirements.lock --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal -q -o requirements-dev.lock

clean:  ## remove the virtual environment (never your data)
	@rm -rf $(VENV)
