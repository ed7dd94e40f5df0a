VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT     := go tool -modfile=tools/go.mod golangci-lint
DOCLINT  := go tool -modfile=tools/vacuum/go.mod vacuum lint
FUZZTIME ?= 10s

# The folders that `make generate` writes to, and a checksum of all in them.
GENERATED := openapi clients/go
CHECKSUMS := find $(GENERATED) -type f -exec cksum {} + | sort -k 3

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build demo test test-examples vet lint fmt generate generate-check fuzz bench-report bench-prune bench-agent bench-ask bench-quality pictures

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/espalier, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/espalier ./cmd/espalier

demo: build ## tune a small classifier of real data, and prune it
	@scripts/demo.sh

test: generate-check vet lint ## check everything: generated code, vet, lint, tests with the race detector
	CGO_ENABLED=1 go test -race ./...

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

generate: ## generate the server's types and the Go client from openapi/openapi.yaml
	go generate $(GENERATED:%=./%/...)

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

bench-prune: ## measure what pruners save and risk on recorded curves (ESPALIER_CURVES), and what they cost
	go run ./bench prune

bench-report: ## measure durable reports against the same handler over a bare log
	go run ./bench report

pictures: ## draw docs/pictures from recorded curves (ESPALIER_CURVES)
	go run ./bench pictures
