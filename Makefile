# Everything starts here: `make help`. Needs Python 3.11 or newer and make, nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench growth docs clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTEST_ARGS ?= -q -n auto --dist loadfile

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

demo: .venv/.demo ## Train a model on an emulated SageMaker with the arazzo command
	@$(BIN)/python -m demo.run

test: .venv/.dev ## Run all tests (PYTEST_ARGS= for others)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: .venv/.dev ## Check style, types and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev ## Measure against peers and floors
	@$(BIN)/python -m bench $(BENCH_ARGS)

growth: .venv/.dev ## Measure how time and memory grow, and draw docs/pictures/growth.svg
	@$(PIP) install --group plots
	@$(BIN)/python -m bench.plot docs/pictures/growth.svg

docs: .venv/.docs ## Build the documentation into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "build/site/index.html (the search works on a server: python3 -m http.server -d build/site)"

clean: ## Remove everything that was made
	rm -rf .venv build dist htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written when its step has ended well, so a broken step is done again.

.venv/.made:
	@found=; \
	for each in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3 python; do \
	  if "$$each" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
	    2>/dev/null; then found="$$each"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 or newer (with its venv module) is needed and was not found." >&2; \
	  echo "Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; \
	fi; \
	echo "Setting up .venv with $$found ..."; "$$found" -m venv --clear .venv
	@$(PIP) install --upgrade 'pip>=25.1'  # the first one that knows dependency groups
	@touch $@

.venv/.demo: .venv/.made pyproject.toml
	@echo "Installing the package and what the demo needs ..."
	@$(PIP) install --editable . --group demo
	@touch $@

.venv/.dev: .venv/.made pyproject.toml
	@echo "Installing the package and what its development needs ..."
	@$(PIP) install --editable '.[xml,otel]' --group dev
	@touch $@ .venv/.demo

.venv/.docs: .venv/.made pyproject.toml
	@echo "Installing the package and what its documentation needs ..."
	@$(PIP) install --editable . --group docs
	@touch $@
