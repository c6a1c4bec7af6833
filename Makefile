# Every command a person needs; `make` alone lists them.

# The Python tools live here; the runner and the tests start the emulator from it.
export POSTRIDER_VENV ?= $(CURDIR)/.local/venv
PYTHON ?= python3

.PHONY: help run run-fresh test deployed lint build template openapi sdk bench cold deploy rollback configure clean cargo python

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# No --package: then cargo joins the features of all, and what it compiles here it need not compile anew for the tests.
run: $(POSTRIDER_VENV)/run.ready ## the whole system on this machine; Ctrl-C stops it, its state is kept
	@cargo run --bin local

run-fresh: $(POSTRIDER_VENV)/run.ready ## the same, from an empty state
	@cargo run --bin local -- --fresh

# What the scenarios did is written down, and asked at the end what is missing: tests/coverage.rs.
test: export POSTRIDER_COVERAGE = $(CURDIR)/.local/coverage
test: $(POSTRIDER_VENV)/run.ready $(POSTRIDER_VENV)/test.ready ## all tests; may run beside `make run`
	@rm -rf $(POSTRIDER_COVERAGE)
	cargo test
	cargo test --test coverage -- --ignored

PROGRAMS = $(basename $(notdir $(wildcard functions/*/src/bin/*.rs)))

deployed: $(POSTRIDER_VENV)/deployed.ready ## deploy the functions to an emulator by the templates, and run scenarios through them (ONLY=…: some of them)
	cargo build --workspace --bin deployed $(PROGRAMS:%=--bin %)
	$(or $(CARGO_TARGET_DIR),target)/debug/deployed

lint: $(POSTRIDER_VENV)/lint.ready ## formatting, clippy, the CloudFormation and SAM templates
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	$(POSTRIDER_VENV)/bin/cfn-lint template.yaml infra/*.yaml
	SAM_CLI_TELEMETRY=0 $(POSTRIDER_VENV)/bin/sam validate --lint --region us-east-1 --template template.yaml

# For another processor than this machine's, zig links. It does so for every deployment: Lambda's C library is older than most.
CROSS_arm64 = --arm64
CROSS_x86_64 = --x86-64
build: $(POSTRIDER_VENV)/build.ready $(if $(ARCH),$(POSTRIDER_VENV)/cross.ready) ## target/lambda/<program>/bootstrap, for this machine; ARCH=arm64 or ARCH=x86_64 for Lambda's
	PATH="$(POSTRIDER_VENV)/bin:$$PATH" cargo-lambda lambda build --release $(if $(ARCH),$(CROSS_$(ARCH)),--compiler cargo) --package lambdas --package printing --lambda-dir target/lambda

deploy: $(POSTRIDER_VENV)/lint.ready ## all stacks to AWS: STAGE=prod, and if need be ARCH=x86_64 (else as it is) PARAMETERS="Name=value …"; docs/deploying.md
	@infra/deploy.sh deploy

rollback: $(POSTRIDER_VENV)/lint.ready ## a former version to AWS: STAGE=prod lists them, TO=<version> deploys one
	@infra/deploy.sh rollback

configure: $(POSTRIDER_VENV)/lint.ready ## the version that runs, with other parameters: STAGE=prod PARAMETERS="Name=value …"
	@infra/deploy.sh configure

template: | cargo ## template.yaml, infra/queues.yaml, infra/alarms.yaml and the mains, from the catalogue
	cargo run --quiet --bin deployment

openapi: | cargo ## docs/openapi.json, docs/starter-templates.json and docs/providers.md, from the code
	cargo run --quiet --example openapi > docs/openapi.json.new
	mv docs/openapi.json.new docs/openapi.json
	cargo run --quiet --example starters > docs/starter-templates.json.new
	mv docs/starter-templates.json.new docs/starter-templates.json
	cargo run --quiet --example providers_table > docs/providers.md.new
	mv docs/providers.md.new docs/providers.md

sdk: $(POSTRIDER_VENV)/run.ready $(POSTRIDER_VENV)/sdk.ready ## a Python and a TypeScript client, from docs/openapi.json; each sends a message (BASE: by that system). Needs npm
	$(POSTRIDER_VENV)/bin/python infra/sdk/check.py

bench: $(POSTRIDER_VENV)/run.ready $(POSTRIDER_VENV)/bench.ready ## AWS calls per message; renders, beside Python's Jinja2, pages, messages and guard decisions per second
	cargo run --release --bin bench
	cargo run --release --quiet --example render_bench
	cargo run --release --quiet --example guard_bench

# What is measured is built as `make build` builds it, beside what measures it.
COLD := healthz authorizer communications dispatch webhooks
cold: $(POSTRIDER_VENV)/run.ready $(POSTRIDER_VENV)/bench.ready ## start and first answer of functions as Lambda runs them, beside Python's
	cargo build --release --package lambdas --package printing $(COLD:%=--bin %)
	cargo run --release --bin cold

clean: | cargo ## remove what was built, the Python tools and the local state
	cargo clean
	rm -rf .local target

# One environment filled as needed: `make run` waits for the emulator, not for the linters. A list fixes every
# version, dependencies too, hence --no-deps. The lock is for two first runs at once.
$(POSTRIDER_VENV)/%.ready: infra/requirements/%.txt infra/requirements/run.txt infra/requirements/deployed.txt | cargo python
	@mkdir -p $(@D)
	@exec 9> $(@D).lock && $(PYTHON) -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' && \
	echo "Installing $< into $(@D)" && \
	{ $(@D)/bin/pip --version > /dev/null 2>&1 || $(PYTHON) -m venv --clear $(@D); } && \
	$(@D)/bin/pip install --quiet --no-deps --disable-pip-version-check --requirement $< && \
	touch $@

cargo:
	@command -v cargo > /dev/null || { echo "No cargo found. Postrider is built with Rust: https://rustup.rs" >&2; exit 1; }

python:
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || \
	{ echo "No python3 of 3.11 or newer with venv found (Debian: apt install python3-venv)." >&2; exit 1; }
