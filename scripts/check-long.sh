#!/usr/bin/env bash
# The checks that run once per release: they take minutes to hours, and most of them start real daemons.
# usage: scripts/check-long.sh [PART…]     without a part: all of them, one line of result a part, exit 1 if any fails
#   kills      300 kill -9 on the checkpoint                  faults     every call of a checkpoint spoiled in five ways
#   strangers  10,000 strangers at a real listening peer      daemons    31 daemons, each killed once; one paused
#   partition  31 daemons in network namespaces, 16 and 15    flood      2,200 half-open connections for a minute
#   soak       16 daemons for ten minutes, a kill every 20 s  fuzz       libFuzzer, FUZZ_SECONDS (60) a target
#   thread     the suite under ThreadSanitizer                address    the suite under AddressSanitizer
#   ledger     200 kill -9 of a private daemon                seeds      SEEDS (2,000) simulated networks of 31 with faults
#   coverage   lines of Sources that the suite of `address` ran; regions of handshake, records, checkpoints that it did not
# Each sanitizer builds in a folder of its own, some 2 GB. What a part found out stands in its log as `part: key=value …`;
# docs/reliability-figures.md is written from the logs of all parts that have run.
set -uo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS

parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(kills faults ledger strangers daemons partition flood soak seeds fuzz thread address coverage)
binary=.build/release/collabdict
# What a part ends with that cannot run on this machine; it says why.
skipped=77
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

program() { build && python3 "scripts/check-long/$1.py" "$binary"; }

# Builds the whole package with more flags, in a folder of its own: build_apart NAME FLAG…
build_apart() {
    swift build -c release -Xswiftc -enable-testing --build-tests --scratch-path ".build-$1" --sanitize="$1" "${@:2}"
}

# The whole suite under a sanitizer: sanitized NAME OPTIONS. The programs that tests start are instrumented too, and all write
# their reports into files, one a process. Left out are two tests of a process's memory, most of which is the sanitizer's
# own here: one measures it, one reads all of it.
sanitized() {
    local reports=$PWD/$logs/$1-reports found
    rm -rf "$reports" && mkdir -p "$reports"
    export "$2=log_path=$reports/report:suppressions=$PWD/scripts/check-long/$1.supp:$3"
    run_tests --scratch-path ".build-$1" --sanitize="$1" \
        --skip 'DemoVerbTests/.*leave nothing behind' --skip 'HardeningTests/.*the secret key is once in memory'
    local status=$?
    found=$(find "$reports" -type f | wc -l)
    printf '%s: processes-with-reports=%s\n' "$1" "$found"
    [ "$found" = 0 ] && [ "$status" = 0 ]
}

thread() {
    mkdir -p .build-thread
    clang -O1 -fPIC -c scripts/check-long/mutex-annotations.c -o .build-thread/mutex-annotations.o || return 1
    build_apart thread -Xlinker "$PWD/.build-thread/mutex-annotations.o" || return 1
    # A daemon with a report still leaves as it should, so that what its test asks for is seen too.
    sanitized thread TSAN_OPTIONS exitcode=0
}

# The tools of the compiler: another version's do not read its profiles.
llvm() { "$(dirname "$(readlink -f "$(command -v swift)")")/llvm-$1" "${@:2}"; }

# Adds up the profiles that processes have left, 4 MB each, while the suite goes on. One that was killed while it wrote its
# own leaves a part of one, which is left out. Profiles of the last minute may still be written: they wait, unless ALL is given.
gather() {
    local profiles=$1 list
    list=$(mktemp)
    find "$profiles" -name '*.profraw' ${2:--mmin +1} >"$list"
    [ ! -s "$list" ] || {
        [ ! -e "$profiles/sum.profdata" ] || printf '%s\n' "$profiles/sum.profdata" >>"$list"
        llvm profdata merge -sparse -failure-mode=all -f "$list" -o "$profiles/next.profdata" \
            && mv "$profiles/next.profdata" "$profiles/sum.profdata"
        grep 'profraw$' "$list" | xargs rm -f
    }
    rm -f "$list"
}

# Counts what was run as well, for the part `coverage`: every process writes that, but for those that are killed.
address() {
    local profiles=.build-address/profiles gathering status=0
    build_apart address --enable-code-coverage || return 1
    rm -rf "$profiles" && mkdir -p "$profiles"
    export LLVM_PROFILE_FILE=$PWD/$profiles/%p.profraw
    while sleep 30; do gather "$profiles"; done &
    gathering=$!
    # Messages are indirect enumerations, whose references carry tag bits: the leak detector takes those that live in
    # globals until the end for lost.
    sanitized address ASAN_OPTIONS detect_leaks=0 || status=1
    kill "$gathering"
    wait "$gathering"
    gather "$profiles" -true
    # What ran was run, whether or not all of it passed.
    git rev-parse HEAD >"$profiles/commit"
    return "$status"
}

# Lines and regions of Sources that the suite of the part `address` ran.
coverage() {
    local profiles=.build-address/profiles bin=.build-address/release
    git diff --quiet "$(cat "$profiles/commit" 2>/dev/null || echo none)" -- Package.swift Sources Tests 2>/dev/null \
        || address || return 1
    llvm cov export "$bin/CollabDictPackageTests.xctest" -object "$bin/collabdict" -object "$bin/StorageVictim" \
        -instr-profile "$profiles/sum.profdata" >"$profiles/all.json" || return 1
    python3 scripts/check-long/coverage.py "$profiles/all.json"
}

run() {
    case $1 in
        kills) suite 'DiskFaultTests/.*killed' COLLABDICT_KILLS=300 && echo 'kills: kills=300 acknowledged-rounds-lost=0 corrupt=0' ;;
        faults) suite 'DiskFaultTests' COLLABDICT_FAULT_STRIDE=1 \
            && echo 'faults: calls-spoiled=every ways=5 acknowledged-rounds-lost=0 damaged-records-believed=0' ;;
        ledger) suite LedgerKillTests COLLABDICT_KILLS=200 && echo 'ledger: kills=200 rounds-not-counted=0' ;;
        strangers) suite StrangerTests COLLABDICT_STRANGERS=10000 && echo 'strangers: strangers=10000 bytes-returned=0' ;;
        daemons | partition | flood | soak | seeds) program "$1" ;;
        fuzz) scripts/fuzz.sh "${FUZZ_SECONDS:-60}" ;;
        address | thread | coverage) "$1" ;;
        *) printf 'no part is called %s\n' "$1" >&2; return 2 ;;
    esac
}

failed=0
for part in "${parts[@]}"; do
    began=$SECONDS
    # In a shell of its own: what a part exports is no business of the next.
    (run "$part") >"$logs/$part.log" 2>&1
    case $? in
        0) verdict=passed ;;
        "$skipped") verdict=skipped ;;
        *) verdict=FAILED failed=1 ;;
    esac
    printf '%s: verdict=%s seconds=%d commit=%s load-at-end=%s\n' "$part" "$verdict" "$((SECONDS - began))" \
        "$(git rev-parse --short HEAD)" "$(cut -d ' ' -f 1 /proc/loadavg)" >>"$logs/$part.log"
    grep -E "^$part: " "$logs/$part.log"
    [ "$verdict" != FAILED ] || printf '%s\n' "$logs/$part.log"
done
python3 scripts/check-long/figures.py "$logs" >docs/reliability-figures.md
exit "$failed"
