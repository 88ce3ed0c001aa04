#!/usr/bin/env bash
# Fuzzes every reader of other people's bytes with libFuzzer and AddressSanitizer.
# usage: scripts/fuzz.sh [SECONDS a target, 60] [TARGET…]
# New inputs stay in .build-fuzz/corpus, what stopped a target in .build-fuzz/found; exit 1 if anything did.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(record message agreement topology peer csv model control)

COLLABDICT_FUZZ=1 swift build -c release --product Fuzz --sanitize=fuzzer -Xswiftc -sanitize=fuzzer,address \
    -Xswiftc -enable-testing --scratch-path .build-fuzz

failed=0 total=0 most=0
mkdir -p .build-fuzz/found
for target in "${targets[@]}"; do
    corpus=.build-fuzz/corpus/$target log=.build-fuzz/$target.log
    mkdir -p "$corpus"
    status=0
    COLLABDICT_FUZZ_TARGET=$target .build-fuzz/release/Fuzz "$corpus" "Fuzz/Corpus/$target" \
        -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=512 -use_value_profile=1 \
        -print_final_stats=1 -artifact_prefix=".build-fuzz/found/$target-" >"$log" 2>&1 || status=$?
    # Other combinations of flags drop the coverage in silence, and then nothing is ever found.
    grep -q 'Loaded 1 modules' "$log" || { printf '%s: built without coverage, see %s\n' "$target" "$log"; exit 1; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    memory=$(sed -n 's/^stat::peak_rss_mb: *//p' "$log")
    covered=$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)
    total=$((total + ${runs:-0}))
    [ "${memory:-0}" -le "$most" ] || most=$memory
    if [ "$status" = 0 ]; then
        printf '%-10s passed  %10s inputs  %s  %s MiB\n' "$target" "$runs" "$covered" "$memory"
    else
        failed=1
        printf '%-10s FAILED with %s, see %s and .build-fuzz/found\n' "$target" "$status" "$log"
    fi
done
printf 'fuzz: targets=%s seconds-a-target=%s inputs=%s failed=%s most-mib=%s\n' "${#targets[@]}" "$seconds" "$total" "$failed" "$most"
exit "$failed"
