# Two commands do it all: `make demo` and `make test`. `make help` explains each target.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
SONG ?=
HOME_OF_DEMO ?= $(CURDIR)/var

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo serve listen test test-neural lint types mutants bench lock clean

help: ## Explain each target
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Set up what running needs (virtual environment, the studio's page bundle)
	@$(PYTHON) tools/setup.py run

setup-test: ## Set up what the tests need as well (test tools, PostgreSQL, Chromium)
	@$(PYTHON) tools/setup.py test

demo: setup ## Do the main job, from consent to statement, in about a minute (SONG=path/to/any.wav for your own recording)
	@RITORNELLO_HOME="$(HOME_OF_DEMO)" $(BIN)/ritornello demo $(if $(SONG),--song "$(SONG)")

serve: setup ## Open the web application on loopback with the demo's data; prints a sign-in link
	@RITORNELLO_HOME="$(HOME_OF_DEMO)" $(BIN)/ritornello serve

test: setup-test ## Set up and run every check: style, types, architecture, docs and all tests
	@$(BIN)/python tools/check.py

test-neural: setup-test ## Set up the optional neural providers in an environment of their own, and run their tests
	@$(BIN)/python tools/neural.py test

listen: setup ## Render a page with derivatives of the demo song, their measured cards and a blind part into listen/ (minutes; goes on where it stopped)
	@$(BIN)/python -m tools.listen --out listen

lint: setup-test ## Style only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: setup-test ## Types only
	@$(BIN)/mypy

mutants: setup-test ## Break one line at a time and say which test notices; a break that nothing catches is an error
	@$(BIN)/python tools/mutants.py

bench: setup-test ## Print each room's table (figure, peer, ratio); ROOM=money for one
	@$(BIN)/python -m bench $(ROOM)

lock: ## Renew the locks (hashes, no registry address)
	@$(BIN)/python tools/lock.py

clean: ## Remove the demo's data (the virtual environment stays)
	@rm -rf "$(HOME_OF_DEMO)"
