"""Graphical lassos from scikit-learn and from R's glasso, the diagonal penalised and free.

Usage: python3 lassos.py             writes lassos.json beside itself; needs Rscript with glasso
Made with numpy 2.4.6, scikit-learn 1.9.1, R 4.2.2 and glasso 1.11.
"""

import json
import pathlib
import subprocess
import tempfile

import numpy as np
from sklearn.covariance import graphical_lasso

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)
digits = lambda a: [float(f"{v:.13g}") for v in np.asarray(a).ravel()]


def covariance(d, rows):
    x = rng.normal(size=(rows, d))
    for j in range(1, d):
        x[:, j] = 0.7 * x[:, j - 1] + 0.7 * x[:, j]
    return np.round(x.T @ x / rows, 6)


def scikit_learn(S, rho, diagonal):
    # scikit-learn leaves the diagonal free; penalising it is the same as S + rho I.
    S = S + rho * np.eye(len(S)) if diagonal else S
    precision = graphical_lasso(S, rho, tol=1e-11, enet_tol=1e-13, max_iter=5000)[1]
    return (precision + precision.T) / 2


def r_glasso(S, rho, diagonal):
    with tempfile.TemporaryDirectory() as folder:
        source, result = f"{folder}/S.csv", f"{folder}/wi.csv"
        np.savetxt(source, S, fmt="%.17g", delimiter=",")
        command = ["Rscript", here / "lassos.R", source, str(rho), str(diagonal).upper(), result]
        subprocess.run(command, check=True)
        return np.loadtxt(result, delimiter=",")


cases = []
# More rows than variables, and fewer: S of (10, 6) and (20, 12) is singular.
for d, rows, rho in ((3, 9, 0.05), (6, 18, 0.1), (10, 30, 0.02), (10, 6, 0.2), (20, 60, 0.2), (20, 12, 0.3), (30, 90, 0.1)):
    S = covariance(d, rows)
    for diagonal in (True, False):
        ours, theirs = scikit_learn(S, rho, diagonal), r_glasso(S, rho, diagonal)
        difference = np.abs(ours - theirs).max() / np.abs(ours).max()
        print(d, rows, rho, diagonal, f"{difference:.1e}")
        cases.append(dict(
            dimension=d, penalty=rho, penalisesDiagonal=diagonal, covariance=digits(S),
            scikitLearn=digits(ours), glasso=digits(theirs)))
(here / "lassos.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
