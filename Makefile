# Everything runs in .venv, which the targets make themselves.
PYTHON ?= python3
BIN := .venv/bin
SYSTEM_PACKAGES := qemu-utils qemu-system-x86 qemu-block-extra

.PHONY: demo test check static format bench clean install

demo: .venv/installed ## watch Forebay run storage for a zone, simulated and (where QEMU is) real
	$(BIN)/forebay demo

test: .venv/developing system-packages ## all tests, on the simulator and on real QEMU
	$(BIN)/python -m pytest

check: format static test ## what CI runs

static: .venv/developing ## lint, types, import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: .venv/developing
	$(BIN)/ruff format

bench: .venv/developing system-packages ## every figure of benchmarks/README.md
	$(BIN)/python -m benchmarks

install: .venv/installed

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Forebay needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/developing: .venv/installed
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

.PHONY: system-packages
system-packages: ## QEMU, when it is missing and we are root on Debian
	@if ! command -v qemu-img >/dev/null || ! command -v qemu-system-x86_64 >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get \
				-o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $(SYSTEM_PACKAGES); \
		else \
			echo "QEMU is missing: tests of the real drivers will be skipped."; \
			echo "To run them, install: $(SYSTEM_PACKAGES)"; \
		fi; \
	fi

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
