#!/usr/bin/env python3
"""Lines of Sources that the suite ran, a room at a time, and every region of the rooms that keep secrets and checkpoints
that it did not.

Every such region stands with its reason in docs/uncovered-regions.md.

usage: scripts/check-long/coverage.py EXPORT      of `llvm-cov export`; exit 1 below 92 %, or where a reason is missing
"""
import collections
import json
import pathlib
import re
import sys

LINES_MINIMUM = 92.0
# Handshake, records, checkpoints: every region that no test reaches is printed.
WATCHED = ("SecureChannel", "Storage")
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = REPOSITORY / "Sources"
REASONS = REPOSITORY / "docs" / "uncovered-regions.md"
# A row of that table: file, code with single spaces, reason.
ROW = re.compile(r"^\| (\S+) \| `(.*)` \| (.+) \|$")
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
    rows = [ROW.match(line) for line in REASONS.read_text(encoding="utf-8").splitlines()]
    reasons = {(row[1], row[2]) for row in rows if row}
    missing = [(*place[:2], code(place)) for place, count in sorted(counts.items()) if count == 0]
    # A brace alone is where a block ends that always leaves before.
    missing = [region for region in missing if region[2] != "}"]
    unexplained = [region for region in missing if (region[0], region[2]) not in reasons]
    print(f"regions of {' and '.join(WATCHED)} that no test ran, and that {REASONS.name} gives no reason for:")
    for name, line, text in unexplained:
        print(f"  {name}:{line}: {text}")
    print("reasons for regions that a test ran:")
    for name, text in sorted(reasons - {(name, text) for name, _, text in missing}):
        print(f"  {name}: {text}")
    covered, count = rooms["all"]
    percent = 100 * covered / count
    print(f"coverage: lines={count} run={covered} percent={percent:.2f} watched-regions={len(counts)} "
          f"not-run={len(missing)} without-a-reason={len(unexplained)}")
    sys.exit(0 if percent >= LINES_MINIMUM and not unexplained else 1)


def code(place):
    """The text of a region, its white space single spaces, comments left out."""
    name, first, start, last, end = place
    lines = (SOURCES / name).read_text(encoding="utf-8").splitlines()[first - 1:last]
    lines[-1] = lines[-1][:end - 1]
    lines[0] = lines[0][start - 1:]
    return " ".join(" ".join(line for line in lines if not line.lstrip().startswith("//")).split())


if __name__ == "__main__":
    main()
