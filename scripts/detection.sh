#!/usr/bin/env bash
# Prints the detection table of docs/measurements.md: mean ROC-AUC together, alone and in one alarm list.
# usage: scripts/detection.sh DATA [BINARY] [SIMULATE OPTION …]   DATA holds one folder a set; options go to every run
set -euo pipefail
data=${1:?usage: scripts/detection.sh DATA [BINARY] [SIMULATE OPTION …]}
binary=${2:-$(dirname "$0")/../.build/release/collabdict}
shift $(($# < 2 ? $# : 2))
topology=$(dirname "$0")/../topologies/clinics-7.yaml
command -v python3 >/dev/null || { printf 'detection: python3 is needed to read the reports\n' >&2; exit 1; }

printf '%-12s %6s %9s %7s %7s %8s %7s %9s\n' set rows together AP alone gain joint seconds
for folder in "$data"/*/; do
    name=$(basename "$folder")
    compgen -G "${folder}*_train.csv" >/dev/null || continue
    for limit in all 40 15; do
        options=()
        [ "$limit" = all ] || options=(--set "data.limit=$limit")
        "$binary" simulate "$topology" --data "$folder" --json ${options[@]+"${options[@]}"} "$@" |
            python3 -c '
import json, sys
data = json.load(sys.stdin)["data"]
d = data["detection"]
together, alone = d["meanRocAuc"], d["localOnlyMeanRocAuc"]
assert data["stateHashes"] == 1, "participants disagree"
print("%-12s %6s %9.3f %7.3f %7.3f %+8.3f %7.3f %9.1f" % (
    sys.argv[1], sys.argv[2], together, d["meanAveragePrecision"], alone, together - alone,
    d["jointRocAuc"], data["wallSeconds"]))' "$name" "$limit"
    done
done
