# The two commands: `make demo` and `make test`. Both set up everything they need.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Where this is set, every program compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE
SPEED ?= 4
SEED ?= 1
COMPILE := .venv/bin/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

help: ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s '	'

setup: ## Debian packages, virtual environment, locked dependencies
	@config/setup/set-up.sh test

demo: ## a whole window on this PC makes one card; ONCE=1 ends after it; MODEL= PROVINCE= CARDS= TEMPLATE= choose another
	@config/setup/set-up.sh demo
	@$(PY) -m simulators demo --speed $(SPEED) --seed $(SEED) $(if $(ONCE),--once) $(if $(MODEL),--model $(MODEL)) $(if $(PROVINCE),--province $(PROVINCE)) $(if $(CARDS),--cards $(CARDS)) $(if $(TEMPLATE),--template $(TEMPLATE))

hall: ## three windows, central on PostgreSQL and NATS, and a batch of nine people; ONCE=1 ends after it
	@config/setup/set-up.sh hall
	@$(PY) -m simulators hall --speed $(SPEED) --seed $(SEED) $(if $(ONCE),--once)

test: setup ## every test, over the real stacks
	$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-alone: setup ## what fills the processor or runs whole suites again: the press storm, the how-tos followed
	$(PY) -m pytest -m alone

check: setup ## lint, format, types, layers, gates, generated documents
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m tests.gates
	$(PY) -m docs.generate --check

docs: setup ## write the generated documents again
	$(PY) -m docs.generate

site: setup ## the documents as a site in build/site, without network
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build -f config/site.yml

bench: bench-station bench-chip bench-face bench-printer bench-journal bench-queue bench-batch bench-api bench-listeners ## every benchmark

bench-station: setup ## the station's own time per card, start, memory, idle
	@$(PY) -m tests.bench.station

bench-chip: setup ## the chip session beside its lower bound and a raw replay
	@$(PY) -m tests.bench.chip

bench-face: setup ## both sides of a face beside Pillow alone
	@$(PY) -m tests.bench.face

bench-printer: setup ## panels to a printer against the bare link
	@$(PY) -m tests.bench.printer

bench-journal: setup ## durable transitions beside SQLite and DBOS; a million orders
	@$(PY) -m tests.bench.journal

bench-batch: setup ## lists of 1, 200 and 5,000 people with pictures and every kind of fault: four minutes, bounded memory; the printed list
	@$(PY) -m tests.bench.batch

bench-queue: setup ## twelve cards approved in advance at a province of 50 ms and of 2 s, over the best possible time
	@$(PY) -m tests.bench.queue

soak: setup ## 500 cards at the highest speed (CARDS=500): memory, descriptors, threads, bytes per card
	@$(PY) -m tests.bench.soak --cards $(or $(CARDS),500)

soak-batch: setup ## a batch of 200 cards (CARDS=200) at the highest speed with twelve faults: a card or a reason for each, lists that balance
	@BATCH_CARDS=$(or $(CARDS),200) $(PY) -m pytest -q -m alone tests/scenario/test_batch_with_faults.py

bench-api: setup ## create, detail, search, list with a million orders and 20 clients, beside a bare route
	@$(PY) -m tests.bench.api

bench-listeners: setup ## a card while a thousand listeners flood the station
	@$(PY) -m tests.bench.listeners

fuzz-api: setup ## schemathesis against the running daemon as every role, all checks, 20,000 requests
	@$(PY) -m tests.fuzz

report-names: setup ## 20,000 invented names, each set or refused by its character: build/names.tsv
	@$(PY) -m tests.reports.names --count 20000

screenshots: setup ## a picture of every page in its main states, in docs/pictures/pages; look at them before a commit
	@$(PY) -m docs.screenshots

golden: setup ## draw the golden pictures of cards again; look at them before a commit
	@$(PY) -m tests.golden.make

torture: setup ## the rules under faults, kills and power loss: every boundary, SEEDS=200 schedules
	@$(PY) -m tests.torture --seeds $(or $(SEEDS),200)

torture-kill: setup ## SIGKILL for the real daemon before and after every commit of a card
	@$(PY) -m tests.torture --kill-daemon

fleet: setup ## 500 windows (STATIONS=500) on a real NATS and PostgreSQL under every fault of the list, SEED=1; one JSON line
	@$(PY) -m tests.fleet --stations $(or $(STATIONS),500) --seed $(SEED)

fleet-growth: setup ## the cost of an event at 50, 100, 200 and 500 windows; how fast central takes events in
	@$(PY) -m tests.fleet growth --seed $(SEED)

fleet-mutations: setup ## each broken rule of a fleet is found by a small run
	@$(PY) -m tests.fleet mutations --seed $(SEED)

explore: setup ## every state of one order and its card, checked; TOGETHER=3 lets more go wrong on one path
	@$(PY) -m tests.explore $(if $(TOGETHER),--together $(TOGETHER))

explore-mutations: setup ## each deliberate break of a rule is found by the search, with its story
	@$(PY) -m tests.explore --mutations

chaos: setup ## the real daemon frozen, killed, on bad disks and clocks, from outside: CARDS=30 KILLS=60 SEED=...
	@$(PY) -m tests.chaos --cards $(or $(CARDS),30) --kills $(or $(KILLS),60) $(if $(filter command line environment,$(origin SEED)),--seed $(SEED))

test-browser: setup ## every test in Chromium 20 times (RUNS=20) with the CPU fully loaded; fails on any failure
	@$(PY) -m tests.reports.pages --runs $(or $(RUNS),20) --all

test-pages-50: setup ## the operator page's tests 50 times (RUNS=50) with the CPU fully loaded; fails on any failure
	@$(PY) -m tests.reports.pages --runs $(or $(RUNS),50)

doctor: setup ## is everything there that a card needs?
	@.venv/bin/station doctor

setup-package:
	@config/setup/set-up.sh package

package: setup-package ## a wheel and the .deb of each architecture (ARCH=amd64 only that one) in build/packages
	@$(PY) -m config.deployment.package --out build/packages $(if $(ARCH),--arch $(ARCH) --without-sources)

test-install: setup-package ## the package of this architecture in a bare Debian 12: one card, then a technician's hour with systemd; one JSON line
	@$(PY) -m config.deployment.package --out build/packages --arch $(shell dpkg --print-architecture) --without-sources >&2
	@$(PY) -m tests.install

lock: setup ## resolve the dependencies again
	.venv/bin/pip install --quiet pip-tools
	$(COMPILE) --extra simulators --output-file requirements.lock pyproject.toml
	$(COMPILE) --all-extras --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## remove what was made here
	rm -rf .venv var build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.PHONY: help setup setup-package demo hall test test-alone check docs site bench bench-station bench-chip bench-face bench-printer bench-journal bench-queue bench-batch bench-api bench-listeners soak soak-batch fuzz-api report-names screenshots golden torture torture-kill fleet fleet-growth fleet-mutations explore explore-mutations chaos test-browser test-pages-50 doctor package test-install lock clean
