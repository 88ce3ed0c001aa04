#!/usr/bin/env python3
"""Lines of Sources that the suite ran, a room at a time, and every region of the rooms that keep secrets and checkpoints
that it did not.

usage: scripts/check-long/coverage.py EXPORT      of `llvm-cov export`; exit 1 below 92 %
"""
import collections
import json
import pathlib
import sys

LINES_MINIMUM = 92.0
# Handshake, records, checkpoints: every region that no test reaches is printed.
WATCHED = ("SecureChannel", "Storage")
SOURCES = pathlib.Path(__file__).resolve().parent.parent.parent / "Sources"
# The kind of a region of `llvm-cov export` that is code; others are gaps between them and expansions of macros.
CODE = 0


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        data = json.load(file)["data"][0]
    rooms, files = collections.defaultdict(lambda: [0, 0]), []
    for found in data["files"]:
        path = pathlib.Path(found["filename"])
        if not path.is_relative_to(SOURCES):
            continue
        lines = found["summary"]["lines"]
        for sums in (rooms[path.relative_to(SOURCES).parts[0]], rooms["all"]):
            sums[0] += lines["covered"]
            sums[1] += lines["count"]
        files.append((lines["count"] - lines["covered"], lines["count"], str(path.relative_to(SOURCES))))
    for room, (covered, count) in sorted(rooms.items()):
        print(f"{room:<18} {covered:>6} of {count:>6} lines  {100 * covered / count:6.2f} %")
    print("files with most lines that no test ran:")
    for missing, count, name in sorted(files, reverse=True)[:40]:
        print(f"  {missing:>5} of {count:>5}  {name}")
    # A generic function, or one in two programs, is there several times: ran once is ran.
    counts = collections.defaultdict(int)
    for function in data["functions"]:
        for first, start, last, end, count, file, _, kind in function["regions"]:
            path = pathlib.Path(function["filenames"][file])
            if kind == CODE and path.is_relative_to(SOURCES) and path.relative_to(SOURCES).parts[0] in WATCHED:
                place = (str(path.relative_to(SOURCES)), first, start, last, end)
                counts[place] = max(counts[place], count)
    missing = sorted(place for place, count in counts.items() if count == 0)
    print(f"regions of {' and '.join(WATCHED)} that no test ran:")
    for name, first, start, last, end in missing:
        text = (SOURCES / name).read_text().splitlines()[first - 1:last]
        text[-1] = text[-1][:end - 1]
        text[0] = text[0][start - 1:]
        print(f"  {name}:{first}: {' '.join(' '.join(text).split())[:160]}")
    covered, count = rooms["all"]
    percent = 100 * covered / count
    print(f"coverage: lines={count} run={covered} percent={percent:.2f} watched-regions={len(counts)} not-run={len(missing)}")
    sys.exit(0 if percent >= LINES_MINIMUM else 1)


if __name__ == "__main__":
    main()
