# Two commands for a newcomer: make site, make test. The rest is convenience.
PYTHON ?= python3
EDITION ?= bromley-sample
BIN := .venv/bin
READY := .venv/.ready
SBP := $(BIN)/python -m sbpanalysis

.PHONY: site test test-fast serve check docs map sample bench lock clean
.DEFAULT_GOAL := site

# .ready holds the folder that .venv was made in: a checkout that was moved is set up again, from
# what is there. The scripts of .venv find their Python beside them (relocatable).
ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up .venv (once)"
	@python="$$(test -x $(BIN)/python && echo $(BIN)/python || echo $(PYTHON))" && $$python -m venv .venv
	@grep -qs relocatable .venv/pyvenv.cfg || echo "relocatable = true" >> .venv/pyvenv.cfg
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	@echo "$(CURDIR)" > $@

site: $(READY)  ## build the site of EDITION (default: the synthetic sample)
	@$(SBP) build --edition $(EDITION)

test: $(READY)  ## run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: $(READY)  ## run the tests that build no site and read no large file
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow and not browser"

docs: $(READY)  ## build the project's own documentation; its code is run
	@$(BIN)/jupyter-book build docs --path-output build/docs --warningiserror --nitpick --quiet
	@echo "open build/docs/_build/html/index.html"

map: $(READY)  ## draw the map of the house anew
	@$(BIN)/python tools/map.py

serve: site  ## show the site on this machine
	@$(SBP) serve --edition $(EDITION)

check: $(READY)  ## formatting, lint, types
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

sample: $(READY)  ## write the synthetic files
	@$(SBP) sample

bench: $(READY)  ## print every measurement
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script --quick || exit 1; done

lock: $(READY)  ## resolve the versions anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
		--generate-hashes --extra dev --no-emit-index-url --no-emit-find-links --no-annotate \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock

clean:  ## remove what was built, never data that was added
	rm -rf build .venv .pytest_cache .ruff_cache .hypothesis
