# Everything is reached from here. Needs Python 3.11 and make; each target brings what it needs (scripts/bootstrap.py).
PYTHON ?= $(shell command -v python3 || command -v python)
BIN := .venv/bin
BOOT := $(PYTHON) scripts/bootstrap.py
export PATH := $(CURDIR)/$(BIN):$(PATH)
export npm_config_cache ?= $(CURDIR)/.cache/npm
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check e2e bench light clients ui docs gen lock screenshot shape clean

help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## Python, the console, a browser and a PostgreSQL, each only when it changed
	@$(BOOT) python ui browser postgres

demo: ui  ## The server, the console and the drills; ARGS="--answer approve" answers for you
	@$(BIN)/holdfast demo $(ARGS)

test: setup light clients  ## Every test there is, and how many were skipped and why
	@$(BIN)/python scripts/test.py $(ARGS)

check: setup  ## Format, lint, types, import contracts, the console's linter, generated files
	@$(BIN)/python scripts/check.py

e2e: setup  ## Only what needs a browser or kills processes
	@$(BIN)/python scripts/test.py --only browser,chaos,console-e2e

bench:  ## The figures of bench/, beside what they are compared with
	@$(BOOT) python bench
	@$(BIN)/python scripts/bench.py $(ARGS)

light:
	@$(BOOT) light

clients:
	-@$(BIN)/python scripts/client_environments.py

ui:  ## Build the console into the server's package
	@$(BOOT) python ui

docs: setup  ## Check the documentation: links, parity, glossary, the blocks that run
	@$(BIN)/python -m pytest -n0 tests/tidy

gen: setup  ## Rebuild schemas, the console's API client and the reference pages from the code
	@$(BIN)/python scripts/gen.py

lock:  ## Resolve requirements.lock again; ARGS=--upgrade takes newer versions
	@$(BOOT) python
	@$(BIN)/python scripts/lock.py $(ARGS)

screenshot: setup  ## Take docs/img/*.png again: a real server, the drills, a real browser
	@$(BIN)/python scripts/screenshot.py

shape:  ## A mirror: sizes, cycles, types, documentation, tests a line
	@$(BOOT) python
	@$(BIN)/python scripts/shape.py

clean:  ## Remove what was made, the environment and the caches included
	rm -rf .venv .venv-light .cache build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf ui/node_modules ui/dist server/src/holdfast_server/console
