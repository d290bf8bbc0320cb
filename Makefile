# Cartera's few commands. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV   := .venv
PYTHON := $(VENV)/bin/python
STAMP  := $(VENV)/.stamp
ARGS   ?=
DAY    ?=
VERSION ?= $(error make home VERSION=0.2.0)

.PHONY: help setup demo test test-all prove dbt-test lint format bench screenshots home lock clean \
	editor compiled

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(STAMP) editor ## Make .venv with everything pinned in requirements.lock
	@echo 'Ready: $(VENV)/bin/cartera --help'

demo: $(STAMP) editor compiled ## Sample company, pipeline and both apps on this machine; prints the addresses
	@$(VENV)/bin/cartera demo $(ARGS)

test: $(STAMP) editor compiled ## The quick tests, in minutes (ARGS="-k links"; DAY=leap-day)
	@$(PYTHON) -m $(if $(DAY),tests.days --day $(DAY) --,pytest) --tier quick $(ARGS)

test-all: $(STAMP) editor compiled ## All tests, as CI has them
	@$(PYTHON) -m pytest --tier all $(ARGS)

prove: $(STAMP) editor compiled ## What takes hours, before a release (ARGS="--list"; docs/proof.md)
	@$(PYTHON) -m tests.prove $(ARGS)

dbt-test: $(STAMP) compiled ## The models: they parse, build and pass their own tests
	@$(PYTHON) -m pytest tests/dbt -q $(ARGS)

lint: $(STAMP) ## ruff, formatting, types, and who may import whom
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(STAMP) ## Put imports and layout in order
	@$(VENV)/bin/ruff check --select I --fix .
	@$(VENV)/bin/ruff format .

bench: $(STAMP) ## Measure speed (needs a few minutes and some disk)
	@$(PYTHON) -m benchmarks $(ARGS)

screenshots: $(STAMP) editor ## Take a picture of every page into docs/images (needs Chromium)
	@$(PYTHON) -m docs.screenshots

home: $(STAMP) ## A release's home for tests/homes (VERSION=0.2.0; docs/releasing.md)
	@$(PYTHON) -m tests.homes.make --name "$(VERSION)" $(ARGS)

lock: $(STAMP) ## Pin dependencies again from pyproject.toml (ARGS="--upgrade" for newer ones)
	@$(VENV)/bin/uv pip compile pyproject.toml --extra dev --generate-hashes \
		--python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
		--quiet $(ARGS) --output-file requirements.lock >/dev/null

clean: ## Remove .venv, caches and build products; data in CARTERA_HOME stays
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache dbt_project/target dbt_project/logs \
		streamlit_app/staff/editor/built/editor-*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The same of our own code, which changes: half a second of each of hundreds of processes.
compiled: $(STAMP)
	@if [ -n "$${PYTHONDONTWRITEBYTECODE:-}" ]; then \
		$(PYTHON) -m compileall -q -j 0 cartera pipelines streamlit_app tests; \
	fi

# The editor of mail texts: bundled once, and again when its sources change.
editor: $(STAMP)
	@$(PYTHON) streamlit_app/staff/editor/build.py

# The lock lists every package with its hash, so there is nothing to resolve: --no-deps.
# uv takes seconds where pip takes a minute and a half; where it cannot reach what pip is
# configured for (a private index in pip's own settings), pip does the same.
$(STAMP): requirements.lock pyproject.toml
	@python= ; \
	for candidate in python3.13 python3.12 python3.11 python3; do \
		if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
			2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Cartera needs Python 3.11, 3.12 or 3.13, and none was found on the PATH.' >&2; \
		exit 1; \
	fi; \
	if [ ! -x $(PYTHON) ]; then \
		echo "Making $(VENV) with $$($$python --version)"; \
		$$python -m venv $(VENV) || { \
			rm -rf $(VENV); echo 'On Debian: apt-get install python3-venv' >&2; exit 1; }; \
	fi
	@echo 'Installing what requirements.lock pins'
	@awk '/^uv==/ { on = 1 } /^[^ ]/ && !/^uv==/ { on = 0 } on' requirements.lock \
		> $(VENV)/uv.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		-r $(VENV)/uv.lock
	@VIRTUAL_ENV=$(VENV) $(VENV)/bin/uv pip install --quiet --no-deps --require-hashes \
		-r requirements.lock \
	|| { echo 'uv could not; pip does it, in about two minutes'; \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes -r requirements.lock; }
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
# Where Python may not keep what it compiles (images of containers say so), each of our processes
# would compile every library again, for seconds.
	@if [ -n "$${PYTHONDONTWRITEBYTECODE:-}" ]; then \
		echo 'Compiling the libraries once'; \
		$(PYTHON) -m compileall -q -j 0 -x '/tests?/' $(VENV)/lib >/dev/null || true; \
	fi
	@touch $@
