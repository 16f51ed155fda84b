# The exchange, from a bare clone: python3 >= 3.11, make and git are all it needs.  make help  lists the commands.
PYTHON ?= python3
PORT ?= 8000
PARTS ?= 2
VENV_PYTHON := .venv/bin/python
export PORT
# Every command here is several Python processes of the same modules; without bytecode each would compile them all anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev test test-fast check bench doctor reset stop lock screenshots docs

help: ## what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: setup ## open the exchange with a living demo market on http://127.0.0.1:8000 (PORT= moves it)
	@exec $(VENV_PYTHON) manage.py serve --port $(PORT)

setup: ## .venv, browser assets, translations; nothing else
	@$(PYTHON) exchange/house_setup.py

setup-dev:
	@$(PYTHON) exchange/house_setup.py --dev

test: setup-dev ## all tests, on real PostgreSQL, Valkey, worker and browser (FULL=1: published counts; PG=15: the machine's server; PARTS=1: one process)
	@$(VENV_PYTHON) exchange/browser.py
	@failed=0; half="not browser and not fault"; $(VENV_PYTHON) -m pytest -n $(PARTS) --dist worksteal -m "$$half" || $(ALONE) || failed=1; \
	half="browser or fault"; $(VENV_PYTHON) -m pytest -n $(PARTS) --dist loadfile -m "$$half" || $(ALONE) || failed=1; exit $$failed

# Many of these tests break and time real servers; beside another process on a small machine one may starve.  The files in which something failed
# are asked once more, whole, alone and in plain view; what fails alone is wrong.  The second half is asked whatever the first answered.
ALONE = { echo "== the files with a failure, once more and alone =="; again=$$($(VENV_PYTHON) -m tests.last_failed); [ -n "$$again" ] && $(VENV_PYTHON) -m pytest $$again -m "$$half"; }

test-fast: setup-dev ## without browser and fault tests
	@$(VENV_PYTHON) -m pytest -m "not browser and not fault"

check: setup-dev ## ruff, mypy, layers, migrations, translations, tidy, coverage of requirements
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m mypy .
	@.venv/bin/lint-imports
	@$(VENV_PYTHON) exchange/translations.py --missing
	@$(VENV_PYTHON) -m pytest tests/architecture
	@$(VENV_PYTHON) exchange/coverage_page.py --check
	@$(VENV_PYTHON) manage.py write_docs --check

bench: setup-dev ## benchmarks as ratios to floors measured in the same run (ONLY=bids, WRITE_BUDGET=1, PEERS=1)
	@$(VENV_PYTHON) -m benchmarks $(if $(WRITE_BUDGET),--write-budget) $(ONLY)

doctor: setup ## deploy checks, invariants, evidence verification on the running installation
	@$(VENV_PYTHON) manage.py doctor

reset: ## forget the private data
	@$(VENV_PYTHON) manage.py reset --yes

stop: ## stop leftovers
	@$(VENV_PYTHON) manage.py stop

docs: setup-dev ## write the generated pages of docs/ anew
	@$(VENV_PYTHON) exchange/coverage_page.py
	@$(VENV_PYTHON) manage.py write_docs

screenshots: setup-dev ## take the pictures of the README anew
	@$(VENV_PYTHON) docs/screenshots.py

lock: ## resolve requirements/*.in into locks with hashes (needs uv)
	@for one in base dev node uv; do uv pip compile --universal --generate-hashes --python-version 3.11 --no-header \
		--no-emit-index-url --no-emit-find-links -q requirements/$$one.in -o requirements/$$one.lock; done
	@uv pip compile -c requirements/base.lock --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links -q requirements/s3.in -o requirements/s3.lock
	@uv pip compile --no-deps --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links \
		-q requirements/demo.in -o requirements/demo.lock
