# One machine, two commands: `make demo` and `make test`. They need Python 3.11 or newer; the rest they bring along.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help demo test check check-contracts fuzz bench lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# exec: the command is make's own child, and so learns of make's end whatever kills it.
demo: ## Open the marketplace on this machine, until Ctrl-C; PORT and DEMO_DIR choose where
	@exec $(PYTHON) -m stack demo

test: ## Run every check and every test
	@exec $(PYTHON) -m stack test

check: ## Run the fast part: style, types, import rules, secrets, templates, migrations
	@exec $(PYTHON) -m stack check

check-contracts: ## Look for faults in the contracts with Slither; takes minutes
	@exec $(PYTHON) -m stack check-contracts

fuzz: ## Make a million calls of the contracts, and look after what has to hold; takes an hour
	@exec $(PYTHON) -m stack fuzz

bench: ## Run the benchmarks
	@exec $(PYTHON) -m stack bench

lock: ## Write the lock files in requirements/ anew
	@exec $(PYTHON) -m stack lock
