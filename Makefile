# Cognito Desk. `make` alone lists what there is; every target sets up what it needs by itself.
.POSIX:
.PHONY: help install setup sandbox test test-quick crash campaign fresh deployments sbom audit bench format derive picture lock clean

BIN = .venv/bin

help:
	@echo 'make sandbox      a Slack workspace and a Cognito pool on this machine, and the desk between them'
	@echo 'make install      the program at .venv/bin/desk for an operator, without the sandbox and what tests it'
	@echo 'make test         every check: format, lint, types, contracts, tests'
	@echo 'make test-quick   the same without PostgreSQL, the stories and the tests of the sandbox, with fewer random examples'
	@echo 'make crash        kill the desk hundreds of times on each database, and count what became of everything'
	@echo 'make campaign     play thousands of sequences of what people do and of states, and hostile input by the hundred thousand, a thousand commands across refreshes'
	@echo 'make fresh        both commands of the README on a bare Debian 12 (needs root and debootstrap)'
	@echo 'make deployments  docs/operating.md by its commands, the systemd unit and the image on a bare Debian 12 (the same)'
	@echo 'make sbom         build/sbom.json (CycloneDX) and docs/licences.md: what an operator installs, with versions and licences'
	@echo 'make audit        ask whether a library has a known flaw (needs the internet; ARGS=osv asks another service)'
	@echo 'make bench        how long people wait for the desk, beside a bare echo bot, and what it takes to run'
	@echo 'make format       put the code into shape'
	@echo 'make derive       rewrite what follows from the scenarios: manifest.yml, the IAM policy, the table of commands'
	@echo 'make picture      take the pictures of the README again, in docs/pictures'
	@echo 'make lock         rewrite the lock files from pyproject.toml'
	@echo 'make setup        .venv with everything that the targets here need, and the program at .venv/bin/desk'
	@echo 'make clean        remove what the targets above have made'

install:
	@sh scripts/setup install

setup:
	@sh scripts/setup

sandbox:
	@sh scripts/setup sandbox
	@exec $(BIN)/desk sandbox

test: setup
	@sh scripts/check

test-quick: setup
	@sh scripts/check quick

crash: setup
	@sh scripts/crash $(ARGS)

fresh:
	@sh scripts/fresh

deployments:
	@sh scripts/setup sandbox
	@sh scripts/deployments $(ARGS)

sbom:
	@sh scripts/setup install
	@sh scripts/sbom

audit:
	@sh scripts/setup install
	@sh scripts/audit $(ARGS)

campaign: setup
	@sh scripts/campaign $(ARGS)

bench: setup
	@sh -c '. scripts/scratch; $(BIN)/python -m tests.bench $(ARGS)'

format: setup
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format .

derive: setup
	@$(BIN)/python -m bot.operator.derive

picture: setup
	@DESK_BROWSER="$$(sh scripts/browser)" $(BIN)/python scripts/picture.py

lock: setup
	@sh scripts/lock

clean:
	rm -rf .venv *.egg-info build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
