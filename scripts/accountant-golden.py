#!/usr/bin/env python3
"""Golden numbers for the accountant: epsilon of 100 random settings by Google's dp-accounting.

usage: accountant-golden.py > Tests/PrivacyTests/Golden/accountant.csv      (pip install dp-accounting)

Columns: sampling rate, noise multiplier, steps, delta, epsilon. The orders are those of Sources/Privacy/RenyiCurve.swift;
with a rate below 1 only the whole ones, as ours says nothing at the others.
"""
import random
from importlib.metadata import version

import dp_accounting as dp
from dp_accounting.rdp import RdpAccountant

WHOLE = [float(a) for a in range(2, 65)] + [128.0, 256.0, 512.0]
ALL = [1.25, 1.5, 1.75] + WHOLE

random.seed(20261126)
print(f"# dp-accounting {version('dp-accounting')}, numpy {version('numpy')}, scipy {version('scipy')}")
print("rate,multiplier,steps,delta,epsilon")
for number in range(100):
    rate = 1.0 if number % 4 == 0 else 10 ** random.uniform(-3.5, -0.05)
    multiplier = 10 ** random.uniform(-0.25, 1.3)
    steps = int(10 ** random.uniform(0, 4 if rate < 0.1 else 2))
    delta = 10 ** random.uniform(-9, -2)
    accountant = RdpAccountant(ALL if rate == 1 else WHOLE, dp.NeighboringRelation.ADD_OR_REMOVE_ONE)
    event = dp.GaussianDpEvent(multiplier)
    if rate < 1:
        event = dp.PoissonSampledDpEvent(rate, event)
    accountant.compose(event, steps)
    print(f"{rate!r},{multiplier!r},{steps},{delta!r},{float(accountant.get_epsilon(delta))!r}")
