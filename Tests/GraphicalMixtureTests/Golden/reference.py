"""Log densities, responsibilities and scores from scipy.

Usage: python3 reference.py             writes densities.json beside itself
Made with numpy 2.4.6 and scipy 1.17.1.
"""

import json
import pathlib

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
flat = lambda a: np.asarray(a).ravel().tolist()


def write(name, value):
    (here / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


def densities(n=30, d=6, k=4):
    rows = np.round(rng.normal(0, 2, (n, d)), 3)
    rows[0] *= 1000  # far from every pattern: exp underflows, its logarithm must not
    weights = rng.dirichlet(np.ones(k))
    means = np.round(rng.normal(0, 1.5, (k, d)), 3)
    precisions = []
    for _ in range(k):
        a = rng.normal(size=(d, d))
        precisions.append(np.round(a @ a.T + 0.5 * np.eye(d), 3))
    logs = np.stack([multivariate_normal.logpdf(rows, m, np.linalg.inv(p)) for m, p in zip(means, precisions)], 1)
    joint = logs + np.log(weights)
    total = logsumexp(joint, axis=1)
    r = np.exp(joint - total[:, None])
    terms = np.where(r > 0, r * (joint - total[:, None]), 0)
    write("densities.json", dict(
        rowCount=n, columnCount=d, patternCount=k, rows=flat(rows), weights=flat(weights), means=flat(means),
        precisions=flat(precisions), density=flat(-total), paper=flat(-(r * logs).sum(axis=1)),
        counts=flat(r.sum(axis=0)), firstMoments=flat(r.T @ rows),
        secondMoments=flat(np.einsum("nk,ni,nj->kij", r, rows, rows)), squares=flat((r * r).sum(axis=0)),
        logWeighted=flat(terms.sum(axis=0)), largest=flat(r.max(axis=0)), logLikelihood=float(total.sum())))


densities()
