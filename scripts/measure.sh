#!/usr/bin/env bash
# Takes the figures of docs/measurements.md that need only this repository: operation counts first, seconds last.
# usage: scripts/measure.sh [path of the collabdict binary]
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-.build/release/collabdict}
command -v python3 >/dev/null || { printf 'measure: python3 is needed to read the reports\n' >&2; exit 1; }

report() {
    python3 -c '
import json, sys
name, data = sys.argv[1], json.load(sys.stdin)["data"]
c = data["consensus"]
# Real peers do not know the exact sum, nor what others have sent.
shown = lambda form, value: form % value if value is not None else "-"
print("%-36s %6d rounds %6s steps %10s messages %14s bytes  error %7s  hashes %d  %6.1f s" % (
    name, data["rounds"], shown("%d", c["stepsPerSession"]), shown("%d", c["messages"]), shown("%d", c["bytes"]),
    shown("%.1e", c["relativeError"]), data["stateHashes"], data["wallSeconds"]))' "$1"
}

for file in topologies/*.yaml; do
    # A thousand participants take minutes of their own.
    case $file in topologies/scale-*) continue ;; esac
    "$binary" simulate "$file" --json | report "$(basename "$file" .yaml)"
done
"$binary" simulate topologies/cycle-inverse-chords-31.yaml --set consensus.protection.masks=false --set privacy.on-violation=warn --json |
    report "cycle-inverse-chords-31, no masks"
"$binary" demo --json | report "demo, real processes"
