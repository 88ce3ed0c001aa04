# One release build serves the tests, the demo and the end-to-end runs.

SWIFT ?= swift
BINARY := .build/release/collabdict

.PHONY: demo test build lint format bench dependencies

# Real peer processes on loopback learn from the clinics' data; ends with a table.
demo: build
	$(BINARY) demo

# Every test, against the same optimised build.
test: dependencies
	$(SWIFT) test -c release --explicit-target-dependency-import-check error

build: dependencies
	$(SWIFT) build -c release --explicit-target-dependency-import-check error

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests

# The figures of docs/measurements.md that this machine can take in minutes.
bench: build
	scripts/measure.sh $(BINARY)

# Installs the system libraries that are missing; does nothing when they are all there.
dependencies:
	@scripts/install-dependencies.sh
