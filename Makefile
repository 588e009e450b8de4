# The verbs of this project. `make help` lists them.
SHELL := /bin/bash
MEMBERS := libs/common services/auth services/scheduler services/collector services/exporter services/restorer services/gateway simulator standalone
BIN := .venv/bin
STAMP := .venv/.installed
DATA ?= data
PORT ?= 8080
# Python may keep what it compiled, whatever the environment says: else each start of a process compiles 1,500 files.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install lock columns portal browser demo screenshots smoke test check format lint types imports size bench servers stack clean

help: ## list the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml $(MEMBERS:%=%/pyproject.toml)
	@test -x $(BIN)/python || python3 -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"
	@echo "installing packages (once)"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet -r requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps $(MEMBERS:%=-e %)
	@touch $(STAMP)

install: $(STAMP) ## put everything the project needs into .venv
	@$(BIN)/python libs/columns/build.py --or-go-on

columns: $(STAMP) ## native code for the columns of segments, where cargo is (else Python does it)
	@$(BIN)/python libs/columns/build.py

lock: ## resolve dependencies anew into requirements.lock (names and versions, no index host)
	@$(BIN)/uv pip compile --quiet --upgrade --no-emit-index-url --no-annotate --no-header --group dev \
	  pyproject.toml $(MEMBERS:%=%/pyproject.toml) | grep -v '^-e ' > requirements.lock.new && mv requirements.lock.new requirements.lock

portal: install ## build the portal into the gateway (nothing to do when nothing changed)
	@$(BIN)/python portal/build.py

browser: ## Debian's Chromium for the browser tests, where it may be installed
	@command -v chromium >/dev/null || tests/e2e/portal/get_chromium.sh

demo: install ## start Reentra with a simulated Microsoft cloud, connect a tenant and back it up (Ctrl-C stops; PORT=9000 if 8080 is taken)
	@$(BIN)/python portal/build.py --or-go-on
	@$(BIN)/reentra demo --data $(DATA)/demo --port $(PORT)

screenshots: portal browser ## the README's pictures, from a demo of its own
	@$(BIN)/python -m tests.e2e.portal.screenshots

smoke: install ## the whole road without a person: connect, back up, break, back up, download, restore, prove
	@$(BIN)/python -m tests.e2e.smoke

test: install browser ## every test, one more at once than there are cores (up to 4): much of a test is waiting
	@$(BIN)/python portal/build.py --or-go-on --test
	@rm -f .pytest_cache/v/cache/lastfailed
	@$(BIN)/pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --maxprocesses 4 --dist loadfile --no-loadscope-reorder || $(BIN)/python -m tests.again

check: install format lint types imports size ## what must be quiet before a commit

format:
	@$(BIN)/ruff format --check .

lint:
	@$(BIN)/ruff check .
	@$(BIN)/python portal/build.py --lint

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports

size:
	@$(BIN)/python portal/build.py --size

bench: install ## requests, resource units, speed, memory and bytes, side by side
	@$(BIN)/python -m bench

servers: install ## real Kafka, MongoDB wire and S3, and Helm for tests, into the cache folder, once (REENTRA_CACHE chooses another)
	@$(BIN)/python -m deploy.servers

stack: install servers ## the distributed profile on this machine: real servers, each service a process (Ctrl-C stops; PORT=9000 if 8080 is taken)
	@$(BIN)/python -m deploy.stack --folder $(DATA)/stack --port $(PORT)

clean: ## remove what was built (keeps data)
	@rm -rf portal/node_modules services/gateway/src/reentra/gateway/portal
	@rm -rf libs/columns/target libs/common/src/reentra/common/snapshot/columns/{,.}libcolumns*
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
