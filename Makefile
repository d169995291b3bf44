# One machine, two commands: `make demo` and `make test`. They need Python 3.11 or newer; the rest they bring along.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help demo test coverage check check-contracts fuzz fuzz-api mutate bench bench-web bench-vitals bench-search bench-indexer bench-gateway chaos clients lock

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# exec: the command is make's own child, and so learns of make's end whatever kills it.
demo: ## Open the marketplace on this machine, until Ctrl-C; PORT and DEMO_DIR choose where
	@exec $(PYTHON) -m stack demo

test: ## Run every check and every test
	@exec $(PYTHON) -m stack test

coverage: ## Run every test and print what of the code they ran; fails below 95 %
	@exec $(PYTHON) -m stack coverage

check: ## Run the fast part: style, types, import rules, secrets, templates, migrations
	@exec $(PYTHON) -m stack check

check-contracts: ## Look for faults in the contracts with Slither; takes minutes
	@exec $(PYTHON) -m stack check-contracts

fuzz: ## Make two million calls of the contracts, and look after what has to hold; takes eight minutes on two idle cores
	@exec $(PYTHON) -m stack fuzz

fuzz-api: ## Ask each of both APIs 20,000 questions and more; FUZZ_CASES says how many, FUZZ_SEED which
	@exec $(PYTHON) -m stack fuzz-api

mutate: ## Change the contracts in one place at a time for an hour, and print which changes no test notices
	@exec $(PYTHON) -m stack mutate

bench: ## Run the benchmarks
	@exec $(PYTHON) -m stack bench

bench-web: ## Compare what pages cost with the least that could send the same bytes
	@exec $(PYTHON) -m stack bench-web

bench-vitals: ## Measure how soon pages of a running demo stand still on a slow phone; SITE is its address
	@exec $(PYTHON) -m stack bench-vitals

bench-search: ## Judge the search beside its peers; needs a database with vectors (benchmarks/search/README.md)
	@exec $(PYTHON) -m stack bench-search

bench-indexer: ## Compare the indexer with Ponder and with the floor, and a long history with a short one
	@exec $(PYTHON) -m stack bench-indexer

bench-gateway: ## Compare what the API adds to a stream with a bare relay
	@exec $(PYTHON) -m stack bench-gateway

chaos: ## Put the indexer through 200 reorganisations and 100 kills, and 1,000 paid streams through ten
	@exec $(PYTHON) -m stack chaos

clients: ## Run the newest openai, litellm and LangChain against the API, from an environment of their own
	@exec $(PYTHON) -m stack clients

lock: ## Write the lock files in requirements/ anew
	@exec $(PYTHON) -m stack lock
