# The way in: `make demo` shows the product, `make test` proves it, `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
export npm_config_loglevel := error

INSTALLED := node_modules/.installed
BUILT := dist/.built
SOURCES := $(shell find apps libs \( -name '*.ts' -o -path '*/console/page/*' \) -type f -not -path '*/node_modules/*' 2>/dev/null) nest-cli.json tsconfig.json package.json
STACK := npm run -s stack --
RUN := npm run -s

.PHONY: help install build demo up stop status logs stack-up stack-down run-local-processor stop-local-processor tunnel ngrok check test test-attacks test-faults test-notebook soak bench screenshots format

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): package.json package-lock.json
	@command -v npm >/dev/null || { echo 'npm is missing: install Node 20 or newer, it brings npm (Debian: apt-get install nodejs npm)' >&2; exit 1; }
	@echo 'Installing packages …'
	@npm ci
	@touch $@

$(BUILT): $(INSTALLED) $(SOURCES)
	@echo 'Building both apps …'
	@$(RUN) build
	@touch $@

install: $(INSTALLED) ## packages, Node 24 among them

build: $(BUILT) ## both apps into dist/

demo: $(BUILT) ## everything on a fresh machine: start, send real records, show them stored
	@$(STACK) up
	@$(RUN) demo

up: $(BUILT) ## stack and both apps in the background
	@$(STACK) up

stop: $(INSTALLED) ## end what `make up` started, keep the data
	@$(STACK) stop

status: $(INSTALLED) ## what runs
	@$(STACK) status

logs: $(INSTALLED) ## follow the logs of all parts
	@$(STACK) logs

stack-up: $(INSTALLED) ## Kafka, the document database and S3 alone
	@$(STACK) stack-up

stack-down: $(INSTALLED) ## end the stack's own parts, keep the data
	@$(STACK) stack-down

run-local-processor: $(BUILT) ## the API alone, against the stack, a tunnel that runs or KAFKA_BROKERS
	@$(STACK) run-local-processor

stop-local-processor: $(INSTALLED) ## end the API alone
	@$(STACK) stop-local-processor

tunnel: $(INSTALLED) ## Kafka, the K3s API and Grafana through the bastion, until Ctrl-C; docs/laptop.md
	@$(RUN) tunnel

ngrok: $(BUILT) ## how to give the local API a public URL; the URL and a key for the notebook
	@$(RUN) ngrok

check: $(INSTALLED) ## format, lint, types, boundaries, dead code, unit tests
	@$(RUN) suites -- check

test: $(BUILT) ## everything that must hold
	@$(RUN) suites -- check stack attacks faults notebook

test-attacks: $(BUILT) ## what hostile clients cost the API and the others
	@$(RUN) suites -- attacks

test-faults: $(BUILT) ## the pipeline under faults, held against a ledger
	@$(RUN) suites -- faults

test-notebook: $(BUILT) ## the notebook without a browser, its kernel killed in the middle
	@$(RUN) suites -- notebook

soak: export SOAK := 1
soak: $(BUILT) ## the same for hours: more records, longer outages
	@$(RUN) suites -- faults

bench: $(BUILT) ## side by side with Bento and Kafka Connect, built the first time; SCENARIO=sink for a part
	@$(RUN) bench -- $(addprefix --scenario ,$(SCENARIO))

screenshots: $(BUILT) ## take the pictures of the console in docs/images anew
	@$(RUN) browser
	@$(RUN) screenshots

format: $(INSTALLED) ## write the format that `make check` asks for
	@npx prettier --write --log-level warn .
	@$(RUN) python -- --write
