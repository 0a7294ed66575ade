# Two commands do everything on a fresh machine: `make run` and `make test`.
# the first Python that is there, works and is new enough
PYTHON ?= $(or $(shell for python in python3.11 python3 python3.12 python3.13 python; do \
    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done),python3)
CORES ?= all
CONFIG ?= config/default.yaml
# what `make run` and `make resume` make: everything, or such as TARGETS=scan
TARGETS ?=
# `make docs-check FULL=1` leaves the default scan as it is
FULL ?=
# `make bundle SAMPLES=off` leaves out configurations, which are most of the bytes of a large scan
SAMPLES ?= on
ifeq ($(filter on off,$(SAMPLES)),)
$(error SAMPLES: '$(SAMPLES)' is neither on nor off)
endif
BUNDLE := bundle$(if $(filter off,$(SAMPLES)),_without_samples)
# the benchmarks that `make bench` measures: all, or such as ONLY="worm density"
ONLY ?=
VENV := .venv
BIN := $(VENV)/bin
# the folder that the environment was made in: one that was copied or moved with it runs the code of another folder
READY := $(VENV)/.ready
# What a shell may hold and a run must not: other packages, another place to install to, a backend for notebooks.
unexport PYTHONPATH PYTHONHOME MPLBACKEND MATPLOTLIBRC PIP_TARGET PIP_PREFIX
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
# the packages of the documentation and the notebooks, beside the others
DOCS_READY := $(VENV)/.docs-ready
# `make run PROFILE=slurm` submits the jobs to a cluster; docs/cluster.md.
PROFILE ?=
ifneq ($(PROFILE),)
ifeq ($(wildcard workflow/profiles/$(PROFILE)/config.yaml),)
$(error PROFILE: there is no file workflow/profiles/$(PROFILE)/config.yaml. Name one, such as PROFILE=slurm)
endif
endif
SNAKEMAKE := $(BIN)/snakemake $(if $(PROFILE),--profile workflow/profiles/$(PROFILE),--cores $(CORES))
# one word for the shell, whatever stands in the name
CONFIG_FILE := '$(subst ','\'',$(CONFIG))'
ifneq ($(shell test -f $(CONFIG_FILE) && echo found),found)
$(error CONFIG: there is no file $(CONFIG). Name one, such as CONFIG=config/paper.yaml)
endif
# `make run CONFIG=config/paper.yaml` merges that file over the default one.
OVERLAY := $(if $(filter-out config/default.yaml,$(CONFIG)),--configfile $(CONFIG_FILE))
# after Ctrl-C the last word is that of the run
RUN := $(BIN)/python -m pomflow.terminal $(SNAKEMAKE) $(TARGETS) $(OVERLAY)

.PHONY: help env run resume report bundle test test-slow test-kill test-slurm test-gpu docs slides docs-check docs-links notebooks lint format audit bench bench-gpu gallery config-docs docs-figures lock clean-results

help:  ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

env: $(READY)  ## create .venv from the hash-pinned lock file

ifneq ($(shell cat $(READY) 2>/dev/null),$(CURDIR))
.PHONY: $(READY)
endif
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "env: '$(PYTHON)' is no \
	working Python 3.11 or newer. Install one, or name it: make env PYTHON=/path/to/python3.11" >&2; exit 1; }
	@for record in results/*/.running; do \
	    grep -qsF "\"folder\": \"$(CURDIR)/$$(dirname "$$record")\"" "$$record" || continue; \
	    process=$$(sed -n "s/.*\"host\": \"$$(uname -n)\", \"process\": \([0-9]*\).*/\1/p" "$$record"); \
	    if test -n "$$process" && kill -0 "$$process" 2>/dev/null; then echo "env: $(VENV) must be made anew, but process \
	$$process runs $$(dirname "$$record") with it. Wait for its end, or end it with 'kill $$process'; if it is no run, delete \
	$$record" >&2; exit 1; fi; done
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	echo '$(CURDIR)' > $@

$(DOCS_READY): $(READY) docs/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r docs/requirements.lock
	touch $@

run: env  ## the main job: the scan of $(CONFIG) with every figure
	$(BIN)/python -m pomflow validate $(CONFIG_FILE)
	$(RUN)

resume: env  ## continue a run that was killed
	$(BIN)/python -m pomflow validate $(CONFIG_FILE)
	$(BIN)/python -m pomflow unlock $(CONFIG_FILE)
	$(RUN)

report: env  ## results/NAME/report.html: figures, tables and warnings of a finished scan in one file
	folder=$$($(BIN)/python -m pomflow validate $(CONFIG_FILE) | sed -n 's/^scan .*, to //p') && test -n "$$folder" && \
	    $(BIN)/snakemake report --cores $(CORES) $(OVERLAY) --report "$$folder/.report.html" --report-after-run && \
	    mv "$$folder/.report.html" "$$folder/report.html" && echo "$$folder/report.html"

bundle: env  ## results/NAME/NAME_bundle.zip: a finished scan as one archive, an RO-Crate; smaller with SAMPLES=off
	folder=$$($(BIN)/python -m pomflow validate $(CONFIG_FILE) | sed -n 's/^scan .*, to //p') && test -n "$$folder" && \
	    $(BIN)/snakemake $(BUNDLE) --cores $(CORES) $(OVERLAY) && echo "$$folder/$$(basename "$$folder")_$(BUNDLE).zip"

test: env  ## all fast tests, in parallel
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile --no-loadscope-reorder

test-slow: env  ## the checks that take minutes
	$(BIN)/python -m pytest -m slow

test-gpu: env  ## the tests that compute on an NVIDIA GPU
	$(BIN)/python -m pytest -m gpu

test-kill: env  ## a scan that is killed fifteen times and resumed
	$(BIN)/python -m pytest -m kill

test-slurm: env  ## scans on a real Slurm of two nodes, one of which dies; needs the packages of Slurm
	$(BIN)/python -m pytest -m slurm -rs

docs-check:  ## every command of README.md and docs/ as it stands there, in a clean clone; FULL=1 with the whole default scan
	$(PYTHON) tests/docs_check.py $(if $(FULL),--full)

# warnings are errors; with -n a reference to an unknown name is a warning
SPHINX = $(BIN)/python -m sphinx -W --keep-going -n -q -c docs -d docs/_build/doctrees -D nb_execution_mode=$(NOTEBOOKS) .
# with NOTEBOOKS=off the site has the tutorials without their output
NOTEBOOKS ?= cache

docs: $(DOCS_READY)  ## the documentation, from docs/_build/html/index.html on
	$(SPHINX) docs/_build/html

slides: $(DOCS_READY)  ## the lecture in Japanese as slides, from docs/_build/slides/docs/ja/lecture/index.html on
	$(BIN)/python -m sphinx -W --keep-going -q -c docs/slides -d docs/_build/slides_doctrees \
	    -D nb_execution_mode=$(NOTEBOOKS) -b revealjs . docs/_build/slides

docs-links: $(DOCS_READY)  ## links and file names of all pages; those to other sites where there is a network
	$(BIN)/python -m pytest -q tests/test_docs_links.py tests/test_docs_site.py tests/test_slides.py
	@if $(BIN)/python -c 'import urllib.request as u; u.urlopen("https://www.python.org", timeout=10)' 2>/dev/null; \
	    then $(SPHINX) -b linkcheck docs/_build/linkcheck; \
	    else echo "docs-links: no network; links to other sites were not looked at"; fi

lint: env  ## style of Python and Snakemake files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow

format: env  ## rewrite the files as `make lint` wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

notebooks: $(DOCS_READY)  ## execute the tutorials and the lecture, and test the script that does
	$(BIN)/python docs/run_notebooks.py docs/_build/notebooks docs/tutorials/0*.md
	$(BIN)/python docs/run_notebooks.py docs/_build/notebooks/lecture docs/lecture/0*.md
	$(BIN)/python docs/run_notebooks.py docs/_build/notebooks/ja docs/ja/lecture/0*.md
	$(BIN)/python -m pytest -m notebooks tests/test_notebooks.py

audit:  ## known vulnerabilities of the locked packages, from the advisories of PyPI
	$(PYTHON) -m venv .audit-venv && .audit-venv/bin/pip install --quiet --disable-pip-version-check pip-audit
	.audit-venv/bin/pip-audit --strict --requirement requirements.lock --require-hashes --disable-pip; \
	    status=$$?; rm -rf .audit-venv; [ $$status = 0 ] || \
	    { echo "audit: a package has a known vulnerability or could not be looked up: see above" >&2; exit 1; }

bench: env  ## speed, as ratios measured in one run; some of it with such as ONLY="worm density"
	$(BIN)/python -m benchmarks $(ONLY)

bench-gpu: env  ## speed on an NVIDIA GPU
	$(BIN)/python -m benchmarks.gpu

gallery: env  ## the published figures, from scans that take hours
	for scan in paper volume large bose4d models; do $(MAKE) run CONFIG=config/$$scan.yaml || exit 1; done
	for scan in ising potts; do $(MAKE) run CONFIG=config/$$scan.yaml TARGETS=ising || exit 1; done
	$(BIN)/python docs/gallery/collect.py

config-docs: env  ## renew config/README.md and docs/reference/observables.md from the schema and the models
	$(BIN)/python -m pomflow.config.docs workflow/schemas/config.schema.yaml > config/README.md
	$(BIN)/python -m pomflow.config.observable_docs > docs/reference/observables.md

docs-figures: env  ## draw the figures of docs/physics.md, docs/reading_results.md and the lecture in Japanese anew
	$(BIN)/python docs/figures.py
	$(BIN)/python docs/lecture_figures.py

lock:  ## renew requirements.lock from pyproject.toml
	$(PYTHON) -m venv .lock-venv && .lock-venv/bin/pip install --quiet uv
	.lock-venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev \
	    --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	.lock-venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev --extra docs \
	    --constraint requirements.lock --custom-compile-command "make lock" \
	    --output-file docs/requirements.lock pyproject.toml
	rm -rf .lock-venv

clean-results:  ## delete every result
	find results/ -mindepth 1 ! -name README.md -delete
