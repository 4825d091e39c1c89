# `make` alone lists the targets. Everything is installed into .venv and var, nothing elsewhere.
PYTHON = .venv/bin/python

.PHONY: help demo run test check bench chaos lock

help: ## List these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: ## Show the whole path with a local Slack; ONCE=1 runs it unattended and judges it
	@.ci/bootstrap demo && exec $(PYTHON) -m slackhub.demo $(if $(ONCE),--once) $(ARGS)

run: ## Run a hub at a public address with the settings of .env
	@.ci/bootstrap demo && exec $(PYTHON) -m slackhub.run

test: ## Run the tests; ARGS="-k name" goes to pytest, ARGS="-n 0" runs them in one process
	@.ci/bootstrap dev && exec $(PYTHON) -m pytest -n 4 --dist worksteal $(ARGS)

check: ## Check style, types, imports, migrations and settings
	@.ci/bootstrap dev && exec .ci/check

bench: ## Measure the figures; ARGS="--only cost" chooses
	@.ci/bootstrap dev && exec $(PYTHON) -m bench $(ARGS)

chaos: ## Break everything while messages go out; SECONDS=60 is short, SEED=1 repeats a plan
	@.ci/bootstrap dev && exec $(PYTHON) -m bench.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

lock: ## Compile pyproject.toml into requirements; ARGS=--upgrade takes newer releases
	@exec .ci/lock $(ARGS)
