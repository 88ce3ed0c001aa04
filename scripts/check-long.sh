#!/usr/bin/env bash
# The checks that run once per release: they take minutes to hours, and most of them start real daemons.
# usage: scripts/check-long.sh [PART…]     without a part: all of them, one line of result a part, exit 1 if any fails
#   kills      300 kill -9 on the checkpoint                  faults     every call of a checkpoint spoiled in five ways
#   strangers  10,000 strangers at a real listening peer      daemons    31 daemons, each killed once; one paused
#   partition  31 daemons in network namespaces, 16 and 15    flood      2,200 half-open connections for a minute
#   soak       16 daemons for ten minutes, a kill every 20 s  fuzz       libFuzzer, FUZZ_SECONDS (60) a target
#   thread     the suite under ThreadSanitizer                address    the suite under AddressSanitizer
#   coverage   lines of Sources under the whole suite, and all regions of handshake, records and checkpoints that it leaves out
# The last three build in a folder of their own each. What a part found out stands in its log as `part: key=value …`;
# docs/reliability-figures.md is written from the logs of all parts that have run.
set -uo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(kills faults strangers daemons partition flood soak fuzz thread address coverage)
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

# Runs tests that are built. Beyond a test that fails, a filter that fits none is a failure.
run_tests() {
    local log
    log=$(mktemp)
    swift test -c release --skip-build --disable-xctest --no-parallel "$@" 2>&1 | tee "$log"
    local status=$?
    grep -qE 'Test run with [1-9][0-9]* test' "$log" || status=1
    rm -f "$log"
    return "$status"
}

# A suite of the release build, with more of everything.
suite() {
    build || return 1
    export "${@:2}"
    run_tests --filter "$1"
}

daemons() { build && python3 "scripts/check-long/$1.py" "$binary"; }

# Builds the whole package anew with more flags, in .build-NAME.
build_apart() { swift build -c release -Xswiftc -enable-testing --build-tests --scratch-path ".build-$1" "${@:2}"; }

# The whole suite under a sanitizer. The daemons that tests start are instrumented too, so reports go to files, one a process.
sanitize() {
    local reports=$PWD/$logs/$1-reports
    rm -rf "$reports" && mkdir -p "$reports"
    build_apart "$1" --sanitize="$1" || return 1
    # They measure or search a process's memory, of which the sanitizer's own is by far the most; or they run programs that
    # preload a library before the sanitizer's runtime.
    local skip=$2
    local common="log_path=$reports/report:suppressions=$PWD/scripts/check-long/$1.supp"
    # Messages are indirect enumerations, whose references carry tag bits: the leak detector takes those that live in
    # globals until the end for lost.
    export TSAN_OPTIONS="$common" ASAN_OPTIONS="$common:detect_leaks=0"
    run_tests --scratch-path ".build-$1" --sanitize="$1" --skip "$skip"
    local status=$? found
    found=$(find "$reports" -type f | wc -l)
    printf '%s: processes-with-reports=%s\n' "$1" "$found"
    [ "$found" = 0 ] && [ "$status" = 0 ]
}

# Lines and regions of Sources. Every process writes what it ran, but for those that are killed; of processes of one program
# the runtime adds up in one of four files.
coverage() {
    local profiles=.build-coverage/profiles bin=.build-coverage/release
    build_apart coverage --enable-code-coverage || return 1
    rm -rf "$profiles" && mkdir -p "$profiles"
    export LLVM_PROFILE_FILE="$PWD/$profiles/%4m.profraw"
    run_tests --scratch-path .build-coverage
    local status=$?
    unset LLVM_PROFILE_FILE
    llvm-profdata merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata" || return 1
    llvm-cov export "$bin/CollabDictPackageTests.xctest" -object "$bin/collabdict" -object "$bin/StorageVictim" \
        -instr-profile "$profiles/all.profdata" >"$profiles/all.json" || return 1
    python3 scripts/check-long/coverage.py "$profiles/all.json" && [ "$status" = 0 ]
}

run() {
    case $1 in
        kills) suite 'DiskFaultTests/.*killed' COLLABDICT_KILLS=300 && echo 'kills: kills=300 acknowledged-rounds-lost=0 corrupt=0' ;;
        faults) suite 'DiskFaultTests' COLLABDICT_FAULT_STRIDE=1 \
            && echo 'faults: calls-spoiled=every ways=5 acknowledged-rounds-lost=0 damaged-records-believed=0' ;;
        strangers) suite StrangerTests COLLABDICT_STRANGERS=10000 && echo 'strangers: strangers=10000 bytes-returned=0' ;;
        daemons | partition | flood | soak) daemons "$1" ;;
        fuzz) scripts/fuzz.sh "${FUZZ_SECONDS:-60}" ;;
        address | thread) sanitize "$1" ;;
        coverage) coverage ;;
        *) printf 'no part is called %s\n' "$1" >&2; return 2 ;;
    esac
}

failed=0
for part in "${parts[@]}"; do
    began=$SECONDS
    # In a shell of its own: what a part exports is no business of the next.
    if (run "$part") >"$logs/$part.log" 2>&1; then verdict=passed; else verdict=FAILED failed=1; fi
    printf '%s: verdict=%s seconds=%d commit=%s load-at-end=%s\n' "$part" "$verdict" "$((SECONDS - began))" \
        "$(git rev-parse --short HEAD)" "$(cut -d ' ' -f 1 /proc/loadavg)" >>"$logs/$part.log"
    grep -E "^$part: " "$logs/$part.log"
    [ "$verdict" = passed ] || printf '%s\n' "$logs/$part.log"
done
python3 scripts/check-long/figures.py "$logs" >docs/reliability-figures.md
exit "$failed"
