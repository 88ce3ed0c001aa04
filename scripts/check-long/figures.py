#!/usr/bin/env python3
"""Writes docs/reliability-figures.md of the logs of scripts/check-long.sh: what each part that has run found out.

A log is PART.log; what counts in it are its lines `PART: key=value …`, the last value of a key.

usage: scripts/check-long/figures.py FOLDER of logs
"""
import pathlib
import re
import sys

PARTS = {
    "seeds": "simulated networks with faults drawn from a seed, invariants checked at every step",
    "kills": "kill -9 on a process that writes checkpoints",
    "faults": "every call of two rounds' checkpoints fails in each way; bits flipped in every page",
    "ledger": "kill -9 on a daemon in a private run; what it sent against what its ledger counts",
    "strangers": "connections of ten kinds of strangers",
    "daemons": "real daemons, each killed with -9 once, one of them stopped by SIGSTOP later",
    "partition": "real daemons in network namespaces, parted in the middle of learning and joined again",
    "flood": "sockets that say nothing or a byte a second, at one of eight daemons",
    "soak": "real daemons, one killed every 20 s",
    "fuzz": "libFuzzer with AddressSanitizer on every reader of other people's bytes",
    "thread": "the test suite, and the daemons it starts, under ThreadSanitizer",
    "address": "the test suite, and the daemons it starts, under AddressSanitizer",
    "coverage": "lines of Sources under the suite; regions of handshake, records and checkpoints",
}
LAST = ("verdict", "seconds", "commit", "load-at-end")
LINE = re.compile(r"^[a-z-]+=\S+( [a-z-]+=\S+)*$")


def figures(log, part):
    found = {}
    for line in log.read_text(errors="replace").splitlines():
        text = line.removeprefix(f"{part}: ")
        if text != line and LINE.match(text):
            found.update(pair.split("=", 1) for pair in text.split(" "))
    return found


def main():
    folder = pathlib.Path(sys.argv[1])
    print("# Reliability: figures\n")
    print("Written by `scripts/check-long.sh` from the logs of its parts; do not edit. [reliability.md](reliability.md) says what is")
    print("promised, [measurements.md](measurements.md) on which machine. `commit`: the state of the repository that was checked.\n")
    print("| part | what | found | verdict | time, load | commit |")
    print("|---|---|---|---|---|---|")
    for part, what in PARTS.items():
        log = folder / f"{part}.log"
        found = figures(log, part) if log.exists() else {}
        if "verdict" not in found:
            print(f"| `{part}` | {what} | | not run | | |")
            continue
        own = ", ".join(f"{key.replace('-', ' ')} {value}" for key, value in found.items() if key not in LAST)
        print(f"| `{part}` | {what} | {own} | {found['verdict']} | {found['seconds']} s, {found['load-at-end']} | {found['commit']} |")


if __name__ == "__main__":
    main()
