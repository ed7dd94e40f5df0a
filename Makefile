VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT     := go tool -modfile=tools/go.mod golangci-lint
DOCLINT  := go tool -modfile=tools/vacuum/go.mod vacuum lint
FUZZTIME ?= 10s

# The folders that `make generate` writes to, and a checksum of all in them.
GENERATED := openapi clients/go/api clients/python/src/espalier clients/typescript/src/generated
CHECKSUMS := find $(GENERATED) -type f ! -name '*.pyc' -exec cksum {} + | sort -k 3

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo dist test test-go test-python test-typescript test-contract test-generators test-integrations test-guides test-examples \
	vet lint fmt generate generate-check breaking fuzz bench-report bench-prune bench-agent bench-ask bench-quality bench-clients pictures

# A target that needs more than Go is left out where that is missing, and says so; in CI nothing is left out.
HAVE_PYTHON := python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || [ -n "$$CI" ]
HAVE_NODE := node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null || [ -n "$$CI" ]

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/espalier, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/espalier ./cmd/espalier

demo: build ## tune a small classifier of real data, and prune it
	@scripts/demo.sh

dist: ## build the Python wheels, which carry the program, and the npm tarball into dist/, and try them
	scripts/python.sh dist
	scripts/typescript.sh dist

test: generate-check vet lint breaking test-go test-python test-typescript test-contract ## check everything: generated code, lint, all tests

test-go: ## run the tests with the race detector, and without it what is a matter of numbers
	CGO_ENABLED=1 go test -race -short ./...
	go test ./api ./trials ./optimizer/replay ./optimizer/sampler ./optimizer/sampler/tpe

test-python: ## check the Python client against the real server (needs Python 3.11)
	@if $(HAVE_PYTHON); then scripts/python.sh test; else echo 'test-python: left out, needs Python 3.11'; fi

test-typescript: ## check the TypeScript client against the real server (needs Node 20)
	@if $(HAVE_NODE); then scripts/typescript.sh test; else echo 'test-typescript: left out, needs Node 20'; fi

test-contract: ## fuzz the server by its document for about a minute (needs Python 3.11)
	@if $(HAVE_PYTHON); then scripts/contract.sh; else echo 'test-contract: left out, needs Python 3.11'; fi

test-generators: ## generate Java and Rust clients, compile them and run them against the server; installs what they need
	@scripts/generators.sh

test-integrations: ## run the Python client with Ray, Optuna, scikit-learn and other libraries; installs them
	@scripts/test-integrations.sh

test-guides: ## run the guides in docs/clients and the notebook as they are printed
	@scripts/test-guides.sh

test-examples: ## run every example through espalier run; installs what they need
	@scripts/test-examples.sh

vet: ## run go vet, and build for other systems
	go vet ./...
	GOOS=darwin go build -o /dev/null ./cmd/espalier
	GOOS=windows go build -o /dev/null ./cmd/espalier

lint: ## lint the code and the document (the first run builds the linters: some minutes)
	$(LINT) run
	$(DOCLINT) -d -b --no-style -r openapi/vacuum.yaml --ignore-array-circle-ref --fail-severity warn openapi/openapi.yaml

fmt: ## format the code
	$(LINT) fmt

breaking: ## fail if the document breaks clients of the last release
	scripts/breaking.sh

generate: ## generate the server's types and the clients from openapi/openapi.yaml
	go generate ./openapi/... ./clients/go/...
	@if $(HAVE_PYTHON); then scripts/python.sh generate; else echo 'generate: the Python client is left as it is, needs Python 3.11'; fi
	@if $(HAVE_NODE); then scripts/typescript.sh generate; else echo 'generate: the TypeScript client is left as it is, needs Node 20'; fi

generate-check: ## fail if generated code differs from what the document gives
	@before=$$($(CHECKSUMS)) && $(MAKE) --no-print-directory generate && after=$$($(CHECKSUMS)) && \
	if [ "$$before" != "$$after" ]; then \
		printf '%s\n%s\n' "$$before" "$$after" | sort -k 3 | uniq -u | awk '{ print $$3 }' | uniq; \
		echo 'generate-check: these files were out of date and are now new: commit them'; exit 1; \
	fi

fuzz: ## fuzz every fuzz target for FUZZTIME (10s) each
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . | sed 's/:func /:/' | while IFS=: read -r file name; do \
		go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
	done

bench-agent: build ## measure what the agent sees, how it ends trees, and what it costs
	go run ./bench agent

bench-ask: ## measure what an ask costs beside Optuna's, and through the server
	ESPALIER_OPTUNA=$$(scripts/optuna.sh) go run ./bench ask

bench-quality: ## measure the samplers' regret against Optuna's recorded one (about half an hour)
	ESPALIER_OPTUNA=$$(scripts/optuna.sh) go run ./bench quality

bench-clients: ## measure the Python client beside Optuna's storages
	@scripts/bench-clients.sh

bench-prune: ## measure what pruners save and risk on recorded curves (ESPALIER_CURVES), and what they cost
	go run ./bench prune

bench-report: ## measure durable reports against the same handler over a bare log
	go run ./bench report

pictures: ## draw docs/pictures from recorded curves (ESPALIER_CURVES)
	go run ./bench pictures
