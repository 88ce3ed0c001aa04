#!/usr/bin/env python3
"""Removes cells of CSV files at random: usage remove-cells.py SHARE SEED FROM TO

Copies the CSV files of the folder FROM to the folder TO and empties every cell, the label column's excepted, with
probability SHARE. Which ones depends on SEED and the file's name alone.
"""
import csv
import pathlib
import random
import sys


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    share, seed = float(sys.argv[1]), int(sys.argv[2])
    source, target = pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
    target.mkdir(parents=True, exist_ok=True)
    removed = total = 0
    for path in sorted(source.glob("*.csv")):
        draw = random.Random(f"{seed} {path.name}")
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
        kept = {index for index, name in enumerate(rows[0]) if name == "label"}
        for row in rows[1:]:
            for index in range(len(row)):
                if index in kept:
                    continue
                total += 1
                if draw.random() < share:
                    row[index] = ""
                    removed += 1
        with open(target / path.name, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    print(f"{removed} of {total} cells removed")


if __name__ == "__main__":
    main()
