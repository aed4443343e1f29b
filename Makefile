# Every target does its own set-up. What a newcomer types is what CI runs.

PYTHON := .venv/bin/python
SPEC ?= examples/digits.yaml

.PHONY: help setup fmt check test test-slow chaos demo bench browser promtool helm s3-server docs

help:
	@echo 'make demo         serve, search, and prove one downloaded model (SPEC=examples/cifar10.yaml)'
	@echo 'make check test   lint, types, import contracts; then every test but the slow ones'
	@echo 'make test-slow    the slow tests alone'
	@echo 'make chaos        every fault many times over, each with its figures (an hour or two)'
	@echo 'make bench        what the machinery around a trial costs'
	@echo 'make docs         the documentation as a site, in build/site'
	@echo 'make fmt          format, and fix what a linter can'
	@echo 'make setup        .venv from constraints.txt; done by all of the above'

setup:
	@scripts/setup

browser:
	@scripts/ensure-chromium

promtool:
	@scripts/ensure-promtool

s3-server: setup
	@scripts/ensure-s3-server

helm: setup
	@scripts/ensure-helm

fmt: setup
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

check: setup
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	.venv/bin/lint-imports

# Tests that start a Ray cluster have the machine to themselves, the others share it. A browser has
# an event loop in the main thread, where others run theirs.
ALONE := tests/chaos tests/e2e tests/runner
BROWSER := tests/web

test: setup browser promtool s3-server
	$(PYTHON) -m pytest -n auto --dist loadfile $(ALONE:%=--ignore=%) $(BROWSER:%=--ignore=%)
	$(PYTHON) -m pytest -n auto --dist loadfile $(BROWSER)
	$(PYTHON) -m pytest $(ALONE)

test-slow: setup browser promtool helm s3-server
	$(PYTHON) -m pytest -m slow

chaos: setup s3-server
	TCLSEARCH_CHAOS=large $(PYTHON) -m pytest -m 'slow or not slow' tests/chaos

demo: setup
	@$(PYTHON) -m tclsearch.demo $(SPEC)

bench: setup
	$(PYTHON) -m benchmarks.overhead

docs: setup
	$(PYTHON) -m scripts.docs
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build
