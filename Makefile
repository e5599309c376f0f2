PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# Only the very files that the lock names, and no code of a package runs to install it.
LOCKED := --require-hashes --only-binary :all:

.DEFAULT_GOAL := help
.PHONY: help run test check coverage unit bench clean venv install install-dev browser tools lock audit licences

help:
	@echo "make run       the dashboard on http://localhost:$(PORT), and the collector where a project is set (PORT=…, BLINDSPOT_HOME=…)"
	@echo "make test      every check, in a real browser too"
	@echo "make check     lint, types and the direction of imports"
	@echo "make unit      the tests without a browser"
	@echo "make coverage  the tests, and which lines they never reach (takes twice as long)"
	@echo "make bench     how fast it is on this machine"
	@echo "make lock      write the locks anew after a change of requirements*.txt"
	@echo "make audit     ask for known holes in what is locked"
	@echo "make licences  write docs/licences.md anew"
	@echo "make clean     remove what make made"

run: install
	@echo "Blindspot is on http://localhost:$(PORT) (Ctrl-C stops it; another port: make run PORT=8502)"
	@exec $(BIN)/python -m lib serve --port $(PORT)

# A failed check does not hide the ones after it. The tests come last, so that their closing line ends the output.
define RUNNER
failed=""; \
run() { printf '\n== %s ==\n' "$$1"; name="$$1"; shift; "$$@" || failed="$$failed, $$name"; }; \
finish() { [ -z "$$failed" ] || { printf '\nFailed: %s\n' "$${failed#, }"; exit 1; }; }
endef

define CHECKS
run "Lint" $(BIN)/python -m ruff check --output-format concise .; \
run "Format" $(BIN)/python -m ruff format --check --output-format concise .; \
run "Types" $(BIN)/python -m mypy; \
run "Direction of imports" $(BIN)/lint-imports
endef

# A file's tests stay together, on one core each: servers and browsers are made once a file.
SPREAD := -n auto --maxprocesses 4 --dist loadfile

test: install-dev browser
	@$(RUNNER); $(CHECKS); run "Tests" $(BIN)/python -m pytest $(SPREAD); finish

check: install-dev
	@$(RUNNER); $(CHECKS); finish

# Counting lines doubles the time of the tests: it is asked for, not part of every run.
coverage: install-dev browser
	@$(BIN)/python -m pytest --cov $(SPREAD)

unit: install-dev
	@$(BIN)/python -m pytest $(SPREAD) -m "not browser and not bench"

bench: install
	@$(BIN)/python -m tests.bench

clean:
	rm -rf .venv .venv-tools .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment whose Python went away (an upgrade, a moved folder) or whose making was interrupted is made anew.
venv:
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  command -v $(PYTHON) >/dev/null || { echo "Blindspot needs Python 3.11 or newer; '$(PYTHON)' was not found. Name another: make PYTHON=python3.12 …" >&2; exit 1; }; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Blindspot needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -c 'import platform; print(platform.python_version())'). Name another: make PYTHON=python3.12 …" >&2; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  echo "Making .venv with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear .venv; }

# The copy in .venv is the stamp: installed again only when the file's content changed.
install: venv
	@cmp -s requirements.lock .venv/requirements.lock || { \
	  echo "Installing requirements.lock (a minute or two)"; \
	  $(PIP) $(LOCKED) -r requirements.lock && cp requirements.lock .venv/requirements.lock; }

install-dev: install
	@cmp -s requirements-dev.lock .venv/requirements-dev.lock || { \
	  echo "Installing requirements-dev.lock"; \
	  $(PIP) $(LOCKED) -r requirements-dev.lock && cp requirements-dev.lock .venv/requirements-dev.lock; }

TOOLS := .venv-tools/bin
tools: venv
	@[ -x $(TOOLS)/uv ] || { $(BIN)/python -m venv --clear .venv-tools && \
	  $(TOOLS)/python -m pip --disable-pip-version-check install --quiet $(LOCKED) -r requirements-tools.lock; }

# One lock for Python 3.11 and newer on Linux and macOS, of the newest versions that the pins allow.
lock: tools
	@for name in requirements requirements-dev requirements-tools; do \
	  $(TOOLS)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	    --no-header --no-annotate --no-emit-index-url -o $$name.lock $$name.txt || exit 1; done

# pip-audit asks a service on the internet; that it could not be asked is another answer than that nothing was found.
audit: tools
	@for name in requirements requirements-dev requirements-tools; do \
	  echo "$$name.lock"; said=$$($(TOOLS)/pip-audit --require-hashes --disable-pip --progress-spinner off --timeout 15 -r $$name.lock 2>&1); code=$$?; \
	  case "$$said" in *onnection*|*imed\ out*|*esolve*|*etries*|*ServiceError*|*HTTPError*|*Traceback*) \
	    echo "The service that knows of holes could not be asked: nothing is known about $$name.lock." >&2; exit 2;; esac; \
	  echo "$$said"; [ $$code = 0 ] || exit $$code; done

licences: install
	@$(BIN)/python -m tests.licences

# A browser without any font measures every text as nothing, hence the font beside it.
APT_CHROMIUM := apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends chromium fonts-liberation >/dev/null

browser: install-dev
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then exit 0; fi >/dev/null; \
	echo "Installing Chromium for the browser tests"; \
	if command -v apt-get >/dev/null; then \
	  if [ "$$(id -u)" = 0 ]; then sh -c '$(APT_CHROMIUM)' && exit 0; \
	  elif sudo -n true 2>/dev/null; then sudo -n sh -c '$(APT_CHROMIUM)' && exit 0; fi; \
	fi; \
	$(BIN)/python -m playwright install chromium
