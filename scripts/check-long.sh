#!/usr/bin/env bash
# The checks that run once per release: they take minutes to hours, and most of them start real daemons.
# usage: scripts/check-long.sh [PART…]     without a part: all of them, one line of result a part, exit 1 if any fails
#   kills      300 kill -9 on the checkpoint                 faults     every call of a checkpoint spoiled in five ways
#   strangers  10,000 strangers at a real listening peer     daemons    31 daemons, each killed once; one paused
#   flood      2,200 half-open connections for a minute      soak       16 daemons for ten minutes, a kill every 20 s
#   seeds      SEEDS (2,000) simulated networks of 31 with faults
#   fuzz       libFuzzer, FUZZ_SECONDS (60) a target         coverage   lines of Sources under the whole suite
#   address    the suite under AddressSanitizer              thread     the suite under ThreadSanitizer
# Each sanitizer has a build folder of its own, and SKIP (a regular expression) leaves tests out there.
set -uo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(kills faults strangers daemons flood soak seeds fuzz address thread coverage)
binary=.build/release/collabdict
logs=.build/check-long
mkdir -p "$logs"

built=0
build() {
    [ "$built" = 1 ] && return
    make --no-print-directory build >"$logs/build.log" 2>&1 || return 1
    swift build -c release --explicit-target-dependency-import-check error -Xswiftc -enable-testing --build-tests \
        >>"$logs/build.log" 2>&1 || return 1
    built=1
}

# A suite of the release build, with more of everything.
suite() { build && env "${@:2}" swift test -c release --skip-build --disable-xctest --no-parallel --filter "$1"; }

daemons() { build && python3 "scripts/check-long/$1.py" "$binary" "${@:2}"; }

# Half of them with exact sums, half by averaging; the first broken invariant ends it, with the seed that repeats it.
seeds() {
    build || return 1
    local last=$((${SEEDS:-2000} / 2 - 1)) method
    for method in exact dynamical; do
        "$binary" simulate topologies/sweep-31.yaml --set "consensus.method=$method" --seeds "0..$last" \
            --threads "$(nproc)" || return 1
    done
}

sanitize() {
    # The end-to-end tests run the instrumented program; a report ends a process, and so its test.
    local skip=${SKIP:-DemoVerbTests|StrangerTests}
    # Messages are indirect enumerations, whose references carry tag bits: the leak detector takes those that live in
    # globals until the end for lost.
    ASAN_OPTIONS=detect_leaks=0 swift test -c "${2:-debug}" --sanitize="$1" --scratch-path ".build-$1" --disable-xctest --no-parallel --skip "$skip"
}

coverage() {
    swift test -c debug --enable-code-coverage --scratch-path .build-coverage --disable-xctest --no-parallel \
        --skip "${SKIP:-DemoVerbTests}" || return 1
    local bin=.build-coverage/debug
    llvm-cov report "$bin/CollabDictPackageTests.xctest" -object "$bin/collabdict" \
        -instr-profile "$bin/codecov/default.profdata" \
        -ignore-filename-regex='Tests/|\.build|checkouts|Benchmarks|Fuzz' | tee "$logs/coverage.txt" | tail -n 1
}

run() {
    case $1 in
        kills) suite 'DiskFaultTests/.*killed' COLLABDICT_KILLS=300 ;;
        faults) suite 'DiskFaultTests' COLLABDICT_FAULT_STRIDE=1 ;;
        strangers) suite StrangerTests COLLABDICT_STRANGERS=10000 ;;
        daemons | flood | soak) daemons "$1" ;;
        seeds) seeds ;;
        fuzz) scripts/fuzz.sh "${FUZZ_SECONDS:-60}" ;;
        address | thread) sanitize "$1" ;;
        coverage) coverage ;;
        *) printf 'no part is called %s\n' "$1" >&2; return 2 ;;
    esac
}

failed=0
for part in "${parts[@]}"; do
    began=$SECONDS
    if run "$part" >"$logs/$part.log" 2>&1; then verdict=passed; else verdict=FAILED failed=1; fi
    printf '%-10s %s  %5d s  %s\n' "$part" "$verdict" "$((SECONDS - began))" "$logs/$part.log"
    grep -hE '^(daemons|flood|soak|fuzz):|^(seeds|faults|simulated|back) |^error: seed|Test run with|^TOTAL|WARNING: ThreadSanitizer|ERROR: AddressSanitizer' \
        "$logs/$part.log" | sort | uniq -c | sed 's/^ *1 /    /; s/^ *\([0-9]\)/    \1/' | head -n 12
done
exit "$failed"
