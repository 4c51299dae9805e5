# Everything on a fresh machine with Python 3.11 or newer:
#   make web     install, build the index, open the page
#   make test    install, build, run every test, then the evaluation against its baselines
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: web setup index test gate check format evaluate wheel clean

web: setup
	$(BIN)/peer-support web

setup: $(VENV)/installed
	$(BIN)/peer-support index build

index: setup

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed. Run: make PYTHON=/path/to/python3.11 web" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest
	$(MAKE) gate

# Every stage of the evaluation on dev; the index of the tests is used, and built where there is none.
gate: $(VENV)/installed-dev
	PEER_SUPPORT_HOME=.test-home $(BIN)/peer-support index build
	PEER_SUPPORT_HOME=.test-home $(BIN)/peer-support evaluate --split dev

check: $(VENV)/installed-dev
	$(BIN)/ruff format assistant evals tests
	$(BIN)/ruff check assistant evals tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/peer-support library check

evaluate: setup
	$(BIN)/peer-support evaluate

wheel: $(VENV)/installed-dev
	$(BIN)/python -m build --wheel

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .test-home
