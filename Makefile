# The commands of this repository. They share one profile and one target folder, so that nothing is compiled twice.

SHELL := bash
.DEFAULT_GOAL := help

# CI keeps what it compiled outside the clone; elsewhere cargo's own default holds.
ifeq ($(CI),true)
export CARGO_TARGET_DIR ?= $(HOME)/.cache/foliosync/target
endif

.PHONY: help demo test bench fmt lint tools

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: tools ## Build foliosync and show it at work on made-up data: no key, no account, no Docker
	@scripts/duckdb-lib.sh
	@scripts/web.sh
	@cargo build --locked
	@once=--once; [[ -t 1 ]] && once=; exec cargo run --locked --quiet -- demo $$once

test: tools ## Run everything that CI runs
	@scripts/duckdb-lib.sh
	@scripts/web.sh $(if $(filter true,$(CI)),must)
	@scripts/test.sh

bench: tools ## Run the benchmarks; each prints its work beside the same work done by another tool
	@scripts/duckdb-lib.sh
	@cargo bench --profile dev --locked --bench '*'

fmt: ## Format all Rust code
	@cargo fmt --all

lint: tools ## Check format and lints only
	@scripts/duckdb-lib.sh
	@scripts/test.sh lint

tools:
	@scripts/tools.sh
