# Two targets are all a newcomer needs: `make demo` and `make test`.
SHELL := /bin/sh
GO ?= go
NEED := 1.26
VERSION := $(shell sed -n 's/^## \([0-9][^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)
BUILD := -trimpath -buildvcs=false -tags timetzdata
LDFLAGS := -s -w -buildid= -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
PKGS := ./...
export CGO_ENABLED = 0

.DEFAULT_GOAL := help
.PHONY: help need-go build demo test lint race fuzz bench soak figures interop tui-test vm-test fixtures clean

help: need-go
	@echo 'make demo      build, make the sample case, answer its three questions, open the screen'
	@echo 'make test      every test that needs nothing but Go and make'
	@echo 'make build     bin/saksi (the desk) and bin/saksi-collect (the suspect host)'
	@echo 'make lint      gofmt, vet, staticcheck, cross-builds'
	@echo 'make race | fuzz | interop | tui-test | vm-test | bench | soak | figures    heavier targets'

need-go:
	@found=$$($(GO) env GOVERSION 2>/dev/null | sed 's/^go//'); \
	if [ -z "$$found" ]; then \
	  echo "Saksi needs Go $(NEED) or newer; no '$(GO)' was found on PATH."; \
	  echo "Get it from https://go.dev/dl/ and unpack it to /usr/local/go, then: export PATH=\$$PATH:/usr/local/go/bin"; exit 1; fi; \
	low=$$(printf '%s\n%s\n' "$(NEED)" "$$found" | sort -V | head -n 1); \
	if [ "$$low" != "$(NEED)" ]; then \
	  echo "Saksi needs Go $(NEED) or newer; found Go $$found at $$(command -v $(GO))."; \
	  echo "Get it from https://go.dev/dl/ and unpack it to /usr/local/go, then: export PATH=/usr/local/go/bin:\$$PATH"; exit 1; fi

build: need-go
	@mkdir -p bin
	$(GO) build $(BUILD) -ldflags '$(LDFLAGS)' -o bin/saksi ./cmd/saksi
	$(GO) build $(BUILD) -ldflags '$(LDFLAGS)' -o bin/saksi-collect ./cmd/saksi-collect

demo: build
	@bin/saksi demo demo-case

test: need-go
	@sh .ci/test $(PKGS)

lint: need-go
	@bad=$$(gofmt -l cmd collect parse timeline tui samples); if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	GOOS=darwin GOARCH=arm64 $(GO) build $(BUILD) -o /dev/null ./cmd/saksi
	GOOS=linux GOARCH=arm64 $(GO) build $(BUILD) -ldflags '$(LDFLAGS)' -o /dev/null ./cmd/saksi-collect
	@echo lint ok

race: need-go
	CGO_ENABLED=1 $(GO) test -race -short -timeout 7m $(PKGS)

fuzz: need-go
	@sh .ci/fuzz 10s

interop: build
	@sh .ci/interop

tui-test: build
	@sh .ci/tui-test

vm-test: build
	@sh .ci/vm-test

bench: need-go
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m $(PKGS)

soak: need-go
	@d=$$(mktemp -d); trap 'rm -rf "$$d"' EXIT; trap 'exit 130' HUP INT TERM; \
	export SAKSI_BENCH_STORE="$$d/store" SAKSI_BENCH_ROWS=$${SAKSI_BENCH_ROWS:-100000000}; \
	echo "$$SAKSI_BENCH_ROWS rows: up to $$((SAKSI_BENCH_ROWS / 6000000 + 1)) GB of disk are needed below $$d:"; df -h "$$d" | tail -n 1; \
	$(GO) test -run '^$$' -bench 'Ingest$$' -benchtime 1x -timeout 180m ./timeline/store && \
	$(GO) test -run '^$$' -bench 'Queries' -timeout 60m ./timeline/store

figures: build
	@sh .ci/figures

fixtures: need-go
	@k=$$(ls -d $${SAKSI_VM_CACHE:-$(CURDIR)/.cache/vm}/vmlinuz-* 2>/dev/null | head -n 1); for s in $$(find parse samples -name make.sh | sort); do echo "== $$s"; (cd $$(dirname $$s) && sh ./make.sh "$$k") || exit 1; done
	$(GO) test -count=1 ./parse/parser

clean:
	rm -rf bin demo-case
