#!/usr/bin/env bash
# Prints the detection table of docs/measurements.md: mean ROC-AUC together, alone and in one alarm list.
# usage: [SEEDS="1 2 3"] scripts/detection.sh DATA [BINARY] [SIMULATE OPTION …]   DATA holds one folder a set; options go to
# every run. With SEEDS each line is the mean over them (of model.seed), and `least` the least gain.
set -euo pipefail
data=${1:?usage: scripts/detection.sh DATA [BINARY] [SIMULATE OPTION …]}
binary=${2:-$(dirname "$0")/../.build/release/collabdict}
shift $(($# < 2 ? $# : 2))
topology=$(dirname "$0")/../topologies/clinics-7.yaml
command -v python3 >/dev/null || { printf 'detection: python3 is needed to read the reports\n' >&2; exit 1; }

printf '%-12s %6s %9s %7s %7s %8s %8s %7s %9s\n' set rows together AP alone gain least joint seconds
for folder in "$data"/*/; do
    name=$(basename "$folder")
    compgen -G "${folder}*_train.csv" >/dev/null || continue
    for limit in all 40 15; do
        options=()
        [ "$limit" = all ] || options=(--set "data.limit=$limit")
        for seed in ${SEEDS:-0}; do
            seeded=(${options[@]+"${options[@]}"})
            [ "$seed" = 0 ] || seeded+=(--set "model.seed=$seed")
            "$binary" simulate "$topology" --data "$folder" --json ${seeded[@]+"${seeded[@]}"} "$@"
        done | python3 -c '
import json, sys
runs = []
text = sys.stdin.read().strip()
while text:
    report, end = json.JSONDecoder().raw_decode(text)
    runs.append(report["data"])
    text = text[end:].strip()
assert all(run["stateHashes"] == 1 for run in runs), "participants disagree"
found = [run["detection"] for run in runs]
mean = lambda key: sum(one[key] for one in found) / len(found)
together, alone = mean("meanRocAuc"), mean("localOnlyMeanRocAuc")
least = min(one["meanRocAuc"] - one["localOnlyMeanRocAuc"] for one in found)
print("%-12s %6s %9.3f %7.3f %7.3f %+8.3f %+8.3f %7.3f %9.1f" % (
    sys.argv[1], sys.argv[2], together, mean("meanAveragePrecision"), alone, together - alone, least,
    mean("jointRocAuc"), sum(run["wallSeconds"] for run in runs)))' "$name" "$limit"
    done
done
