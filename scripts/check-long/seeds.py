#!/usr/bin/env python3
"""Many simulated networks of 31 with faults drawn from seeds, half of them with exact sums, half by averaging. The first
broken invariant ends it, with the seed that repeats it.

usage: scripts/check-long/seeds.py BINARY      SEEDS (2,000) in the environment
"""
import collections
import json
import os
import subprocess
import sys

TOPOLOGY = "topologies/sweep-31.yaml"


def main():
    count = max(1, int(os.environ.get("SEEDS", "2000")) // 2)
    hours, back, faults = 0.0, 0, collections.Counter()
    for method in ("exact", "dynamical"):
        run = subprocess.run(
            [sys.argv[1], "simulate", TOPOLOGY, "--set", f"consensus.method={method}", "--seeds", f"0..{count - 1}",
             "--threads", str(os.cpu_count()), "--json"], stdout=subprocess.PIPE, text=True, check=False)
        if run.returncode != 0:
            print(run.stdout)
            sys.exit(1)
        data = json.loads(run.stdout)["data"]
        if data["seeds"] != count or data["violations"] != 0:
            sys.exit(f"{method}: {data['violations']} violations in {data['seeds']} of {count} seeds")
        print(f"{method}: largest relative error {data['relativeError']:.2g}, history {data['history']}")
        hours += data["virtualSeconds"] / 3600
        back = max([back] + [int(rounds) for rounds in data["returns"]])
        faults.update(data["faults"])
    drawn = " ".join(f"{kind}={number}" for kind, number in sorted(faults.items()))
    print(f"seeds: seeds={2 * count} violations=0 simulated-hours={hours:.1f} rounds-until-back={back} {drawn}")


if __name__ == "__main__":
    main()
