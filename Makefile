# Thin over `cargo xtask`: every task lives in crates/xtask.

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench sim fuzz

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:   ## Build and start Stentor on http://localhost:9093 (ARGS="--listen ADDR:PORT …")
	@cargo xtask run $(ARGS)

demo:  ## Play an outage through the API of a running server (ARGS="--url URL …")
	@cargo xtask demo $(ARGS)

test:  ## Install what the tests need and is missing, then run every test
	@cargo xtask test

check: ## Check format, lints, the rules of the house and licences
	@cargo xtask check

bench: ## Measure Stentor against Alertmanager (N=100000 alerts, WRITE=1 saves the table)
	@cargo xtask bench $(if $(N),--alerts $(N)) $(if $(WRITE),--write)

sim:   ## Simulate SEEDS=300 random worlds with crashes
	@cargo xtask sim $(if $(SEEDS),--seeds $(SEEDS))

fuzz:  ## Run each fuzz target for SECONDS=60
	@cargo xtask fuzz $(if $(SECONDS),--seconds $(SECONDS))
