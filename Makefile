# pixsim: make run boots a PIX with a mail server behind it; make test runs the tests.
GO      ?= go
ARGS    ?=
FUZZTIME ?= 10s
BENCHTIME ?= 1s
SOAKTIME ?= 2m
ROUNDS  ?= 5

.PHONY: run build test race lint check bench bench-net soak fuzz docs image clean help

run: build ## boot the appliance and its lab; this terminal is the serial console
	@exec ./pixsim run $(ARGS)

build: ## build ./pixsim
	$(GO) build -trimpath -o pixsim ./cmd/pixsim

test: ## every test that needs no privilege
	$(GO) test ./...

race: ## the same under the race detector
	$(GO) test -race -timeout 40m ./...

lint: ## gofmt, vet, staticcheck
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt -w needed: $$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

check: ## lint, race tests, a short fuzz of every target
	$(MAKE) lint
	$(MAKE) race
	$(MAKE) fuzz

bench: ## benchmarks, with the load of the machine beside them
	@echo "load: $$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)  cpus: $$(getconf _NPROCESSORS_ONLN)"
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...
	@echo "load: $$(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)"

bench-net: ## the program between network namespaces beside nftables, HAProxy and nginx, ROUNDS times in turn; needs root
	PIXSIM_BENCHNET=$(ROUNDS) $(GO) test -count=1 -v -timeout 0 -run '^TestBenchNet$$' ./cmd/pixsim

soak: ## 200 SSH sessions that wait and ten of Netmiko that work, for SOAKTIME, with the memory that they take
	PIXSIM_CLIENTS=1 PIXSIM_SOAK=$(SOAKTIME) $(GO) test -count=1 -v -timeout 0 -parallel 11 -run '^TestSoak$$' ./cmd/pixsim

fuzz: ## fuzz every target for FUZZTIME each
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$pkg; \
	  done; done

docs: ## write the generated parts of README.md and docs/ again
	$(GO) test ./appliance ./lab -run 'TestDocs$$' -update-docs
	$(GO) test ./cmd/pixsim -run TestInspectDocs -update-inspect
	$(GO) test ./lab -run TestProbePage -update-probe

image: ## build the container image pixsim from nothing but the program (DOCKER=buildah builds it without a daemon)
	rm -rf dist/image && mkdir -p dist/image/flash
	CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -ldflags '-s -w' -o dist/image/pixsim ./cmd/pixsim
	$(DOCKER) build -t pixsim -f deploy/Dockerfile dist/image

clean: ## remove what build made
	rm -f pixsim

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile
