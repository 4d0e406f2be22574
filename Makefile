# Everything that a user or a machine runs goes through here; `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TORCH := torch==2.13.0
CORE_STAMP := $(VENV)/.installed-core
DEV_STAMP := $(VENV)/.installed-dev
REPORT ?= demo-report.html

.PHONY: help install install-dev check-python check-system system demo test lint format bundle \
	bench lock wheel clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  make demo DATA=folder   the same with a folder of your own'

install: $(CORE_STAMP) ## make .venv and install what the main job needs
	@echo 'unisono is installed: $(BIN)/unisono --help'

install-dev: $(DEV_STAMP) ## the same, and what the tests and checks need

check-python: ## is there a Python that is new enough?
	@command -v $(PYTHON) >/dev/null || { \
		echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one: make install PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	sys.exit(None if v >= (3, 11) else f"{sys.executable} is Python {v[0]}.{v[1]}; unisono needs 3.11 or newer. Name another: make install PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: on Debian or Ubuntu run apt-get install python3-venv" >&2; exit 1; }

# The check needs skia itself, so that it tells the truth on every system.
check-system: $(CORE_STAMP) ## are the system libraries and programs there?
	@$(BIN)/python requirements/system.py

system: ## install the system packages (Debian, Ubuntu; as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		$$($(PYTHON) requirements/system.py --packages) </dev/null

# torch goes first and alone: later packages then find it and do not draw in another build.
$(CORE_STAMP): pyproject.toml requirements/core.txt
	@$(MAKE) --no-print-directory check-python
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python requirements/in_range.py torch || $(PIP) install '$(TORCH)'
	$(PIP) install -q 'setuptools>=77' -r requirements/core.txt
	$(PIP) install -q --no-deps --no-build-isolation -e .
	@touch $@
	@$(BIN)/python requirements/system.py --needed

# torchvision without its dependencies: it would ask for a build of torch that may not be had.
$(DEV_STAMP): $(CORE_STAMP) requirements/dev.txt requirements/vision.txt
	$(PIP) install -q -r requirements/dev.txt
	$(PIP) install -q --no-deps -r requirements/vision.txt
	@touch $@

demo: $(CORE_STAMP) ## index the example collection, ask it five questions, write demo-report.html
	@$(BIN)/unisono demo $(if $(DATA),'$(DATA)') --report '$(REPORT)'

test: $(DEV_STAMP) ## run the tests and print the coverage
	$(BIN)/python -m pytest -q --cov --cov-report=term:skip-covered $(ARGS)

lint: $(DEV_STAMP) ## ruff, mypy and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEV_STAMP) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV_STAMP) ## measure speed and memory (minutes)
	@$(BIN)/python -m benchmarks.run $(ARGS)

# The recipe behind unisono/bundle, from folders laid out as docs/model_card.md says. Every step
# goes on where it stopped. MEASURE is a soundfont that training never hears.
BUNDLE_RUN ?= runs/default
SOUNDFONTS ?= fluidr3 timgm6mb fluidr3mono
MEASURE ?= /usr/share/sounds/sf3/MuseScore_General_Full.sf3
bundle: $(DEV_STAMP) ## train and measure the default bundle: make bundle DATA=folder (2.5 hours, 40 GB)
	@test -n '$(DATA)' || { echo 'name the folder of sources: make bundle DATA=folder' >&2; exit 1; }
	$(BIN)/unisono data build msmd --from '$(DATA)/msmd' --out $(BUNDLE_RUN)/pieces
	$(BIN)/unisono data build lieder --from '$(DATA)/lieder' --out $(BUNDLE_RUN)/pieces --exchanged-clefs 2
	$(BIN)/unisono data build chopin --from '$(DATA)/chopin' --out $(BUNDLE_RUN)/pieces
	$(BIN)/unisono data build quartets --from '$(DATA)/quartets' --out $(BUNDLE_RUN)/pieces
	$(BIN)/python -m unisono.data.prepare_banks $(BUNDLE_RUN)/banks $(SOUNDFONTS) builtin
	$(BIN)/unisono train configs/default.yaml --set 'data=$(DATA)' --set prepared=$(BUNDLE_RUN)/pieces --set banks=$(BUNDLE_RUN)/banks --out $(BUNDLE_RUN)/run
	$(BIN)/python -m unisono.eval.default_bundle $(BUNDLE_RUN)/run/bundle '$(DATA)' --soundfont $(MEASURE) --out $(BUNDLE_RUN)/bundle

lock: $(DEV_STAMP) ## write requirements/*.txt from what .venv holds
	$(BIN)/python requirements/lock.py

wheel: $(DEV_STAMP) ## build dist/*.whl and dist/*.tar.gz
	$(BIN)/python -m build --no-isolation

clean: ## remove what the tests, the build and the demo leave
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage demo-report*.html
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv
	rm -rf $(VENV) unisono.egg-info
