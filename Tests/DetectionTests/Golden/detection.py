#!/usr/bin/env python3
"""Prints the golden figures of DetectionGoldenTests.swift.

Needs numpy and scikit-learn (numbers of the test: scikit-learn 1.9.1).
The inputs are made by integer arithmetic, so that the test makes the same ones: a linear congruential generator,
scores rounded to a grid of `levels` values, so that many of them tie.
"""
import numpy as np
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score, precision_score
from sklearn.metrics import recall_score, roc_auc_score


def inputs(rows, levels, seed):
    scores, labels, state = [], [], seed
    for _ in range(rows):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        anomaly = (state >> 40) % 5 == 0
        scores.append(((state >> 33) % levels + (levels // 4 if anomaly else 0)) / 8)
        labels.append(anomaly)
    return np.array(scores), np.array(labels)


for rows, levels, seed in ((40, 7, 1), (200, 50, 2), (1000, 1 << 20, 3), (1000, 3, 4)):
    s, y = inputs(rows, levels, seed)
    t = np.percentile(s[: rows // 2], 55)
    p = s >= t
    tn, fp, fn, tp = confusion_matrix(y, p).ravel()
    print(f"    Case(rows: {rows}, levels: {levels}, seed: {seed}, rocAUC: {roc_auc_score(y, s)!r},")
    print(f"        averagePrecision: {average_precision_score(y, s)!r}, percentile55: {float(t)!r},")
    print(f"        precision: {precision_score(y, p)!r}, recall: {recall_score(y, p)!r}, f1: {f1_score(y, p)!r},")
    print(f"        counts: [{tp}, {fp}, {tn}, {fn}]),")
