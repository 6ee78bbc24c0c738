# SPDX-License-Identifier: GPL-2.0-or-later
# Loongvisor: one make for everything. Each room has its own fragment, read into this one make (nothing is recursive but
# the two-step targets below); everything built lands in build/, everything downloaded or expensive in $(CACHE).
#
# A fragment adds what `make all` must build to ALL and describes its own targets with a `##` comment: `make help` shows them.

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# What takes long says so itself; V=1 shows every command.
ifndef V
.SILENT:
endif
.SUFFIXES:
.DEFAULT_GOAL := all

B := build
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/loongvisor
STEP := scripts/step
ALL :=

include hypervisor/hypervisor.mk
include tools/tools.mk
include guests/guests.mk
include images/images.mk
include driver/driver.mk
include emulator/emulator.mk
include bench/bench.mk
include tests/tests.mk

# The two-step targets install packages first and only then let make look at the rest; they build on all CPUs unless told -j.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all deps run debug test check size docs clean help

all: $(ALL) ## Build everything (the packages must be there: see deps)

deps: ## Install the packages that are missing (apt; sudo when not root)
	@scripts/install-deps

run: deps ## Install what is missing, build, boot to the root zone's shell on this terminal (Ctrl-a x leaves)
	@$(MAKE) $(PARALLEL) all
	@exec scripts/run

debug: deps ## Like run, but the machine waits for gdb on loopback; prints the line to type
	@$(MAKE) $(PARALLEL) all
	@exec scripts/run --debug

# One emulated machine at a time: each has as many threads as the host has CPUs, and more.
test: deps ## All tests: unit (host, sanitizers), emulator conformance, system, load
	@$(STEP) "build everything" $(MAKE) $(PARALLEL) all
	@$(STEP) "unit tests" $(MAKE) $(PARALLEL) test-unit
	@$(STEP) "mutants" $(MAKE) -j1 test-mutants-short
	@$(STEP) "fuzz configurations for a minute" $(MAKE) $(PARALLEL) test-fuzz
	@$(STEP) "emulator tests" $(MAKE) -j1 test-emulator
	@$(STEP) "system tests" $(MAKE) -j1 test-system
	@$(STEP) "system tests at another address" $(MAKE) -j1 test-moved
	@$(STEP) "zone tests" $(MAKE) -j1 test-zones
	@$(STEP) "load tests" $(MAKE) -j1 test-load-short

check: ## Format, static analysis, licence lines
	@scripts/check

size: $(B)/hypervisor/loongvisor.elf ## Budgets of the hypervisor: image, core, hot text, lines (fails above one)
	@scripts/size $< "$(filter $(HV_FAST),$(call hv_sources,0))" $(shell find hypervisor -name "*.[chS]" -not -path "hypervisor/checked/*" | sort)

docs: $(B)/tools/loongvisor-pack ## Write the tables of docs/ and docs/zone.schema.json from the tables of the sources
	@scripts/field-tables

clean: ## Remove build/ (the cache stays: rm -r $(CACHE) for that too)
	rm -rf $(B)

help: ## This list
	@echo "Targets:"
	@awk -F ':.*## ' '/^[a-zA-Z0-9_.-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST) | sed 's|$$(CACHE)|$(CACHE)|g'
	@echo "Downloads and expensive builds are kept in $(CACHE)."
