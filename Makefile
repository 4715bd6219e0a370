# `make demo` and `make test` need Python 3.11 to 3.13 with pip, and nothing else.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BIN = $(VENV)/bin

.PHONY: demo test bench lint clean

demo: $(VENV)/.installed
	@PORT=$(PORT) exec $(BIN)/python manage.py demo

test: $(VENV)/.installed-dev $(VENV)/.browser lint
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --target-version 5.2 --check $$(find templates -name '*.html')
	SECRET_KEY=lint $(BIN)/python -m mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: $(VENV)/.installed-dev
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.resync
	$(BIN)/python -m tests.benchmarks.dispatch

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

# A Chromium for the browser tests: the machine's own, or Debian's package where we may install it.
$(VENV)/.browser: | $(VENV)/.installed-dev
	$(BIN)/python -m tests.browser.install
	@touch $@

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
