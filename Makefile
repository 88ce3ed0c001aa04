# One release build serves the tests, the demo and the end-to-end runs.

SWIFT ?= swift
BINARY := .build/release/collabdict
# The same flags for program and tests, or every package would be compiled twice.
FLAGS := -c release --explicit-target-dependency-import-check error -Xswiftc -enable-testing

.PHONY: demo test build lint format bench check-long dependencies

# Real peer processes on loopback learn from the clinics' data; ends with a table.
demo: build
	$(BINARY) demo

# Every test, against the same optimised build; one at a time, as many of them start real processes and sockets.
test: dependencies
	$(SWIFT) build $(FLAGS) --build-tests
	$(SWIFT) test -c release --skip-build --disable-xctest --no-parallel

build: dependencies
	$(SWIFT) build $(FLAGS)

lint:
	$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks Fuzz

format:
	$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks Fuzz

# The figures of docs/measurements.md that this machine can take in minutes; without network, and without Open MPI if need be.
bench: build
	scripts/measure-sessions.py $(BINARY)
	scripts/measure.sh $(BINARY)
	COLLABDICT_PURE=1 COLLABDICT_BENCHMARKS=1 $(SWIFT) run -c release --scratch-path .build-pure Benchmarks

# What runs once per release: crashes, floods, soak, fuzzing, sanitizers, coverage. PARTS="kills flood" chooses.
check-long:
	scripts/check-long.sh $(PARTS)

# Installs the system libraries that are missing; does nothing when they are all there.
dependencies:
	@scripts/install-dependencies.sh
