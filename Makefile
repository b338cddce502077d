# SPDX-License-Identifier: Apache-2.0
# `make help` lists what there is.

SWIFT ?= swift
BINARY = .build/release/waypost
RELEASE = -c release --static-swift-stdlib

.DEFAULT_GOAL := help
.PHONY: help run test build release setup format lint check fuzz-smoke fuzz-coverage benchmark image image-test clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## install what is missing, build a release binary, start the example
	@scripts/setup build
	@$(MAKE) --no-print-directory release
	@exec scripts/run-example $(BINARY)

test: ## install what tests need, run every test
	@scripts/setup test
	@scripts/test

build: ## a debug build with the import check
	@$(SWIFT) build --explicit-target-dependency-import-check error

release: ## the release binary, .build/release/waypost
	@$(SWIFT) build --product waypost $(RELEASE)

format: ## rewrite the sources in the project's format
	@$(SWIFT) format format -i -r -p Sources Tests fuzz/Sources Benchmarks/Sources Package.swift

lint: ## fail on any finding of swift-format
	@$(SWIFT) format lint --strict -r -p Sources Tests fuzz/Sources Benchmarks/Sources Package.swift

fuzz-smoke: ## every fuzz target for 20 s, the canary must fail
	@fuzz/run.sh smoke 20

fuzz-coverage: ## region coverage of the code under test over the corpora
	@fuzz/run.sh coverage

benchmark: ## instructions and forbidden calls of the DNS fast line (callgrind)
	@Benchmarks/run

benchmark-dns: release ## Waypost beside Knot, NSD, unbound, dnsmasq and an echo (20 min; needs two quiet cores)
	@scripts/setup bench
	@Benchmarks/dns/benchmark.py --report docs/performance.md

benchmark-http: release ## the HTTP API beside a bare route, nginx and etcd; waiters and checks (10 min; needs two quiet cores)
	@scripts/setup bench
	@$(SWIFT) build --package-path Benchmarks --product bench-route $(RELEASE)
	@Benchmarks/http/benchmark.py --report docs/performance.md

image: ## the container image, waypost:latest (needs a container engine)
	@docker build -t waypost:latest .

image-test: ## build both base images locally, build and run the unchanged Dockerfile, ask it
	@scripts/image-test

clean: ## remove what was built
	@rm -rf .build fuzz/.build Benchmarks/.build .venv .clients .engine .peers
