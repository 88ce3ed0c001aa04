"""The paper's Algorithm 1 for the mixture of Gaussian graphical models, as corrected, in plain numpy.

Usage: python3 algorithm1.py            writes algorithm1-3.json and algorithm1-31.json beside itself
Needs numpy only. Ten rounds with exact sums over the participants. Nothing here comes from the Swift sources: the
start follows the documented generators (SplitMix64, xoshiro256++, FNV-1a, Box and Muller), the graphical lasso is ADMM.

Corrections to the paper: r uses mu_k (not m_k); N_k, m_k, C_k are sums; Eq. 16 is solved as a graphical lasso with
S' = N/(N+1) Sigma and rho' = rho/(N+1), diagonal penalised; rho = sparsity * (all rows) / K, fixed.
"""

import json
import pathlib

import numpy as np

COLUMNS, PATTERNS, ROUNDS = 5, 3, 10
SPARSITY, PRIOR_STRENGTH, SEED, BOX = 0.1, 1.0, 1, 8.0
# Data seeds for which no pattern runs out of rows.
DATA_SEEDS = {3: 8, 31: 4}
MASK = (1 << 64) - 1


# --- the common start -------------------------------------------------------------------------------------------


def splitmix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def words(seed, label):
    """xoshiro256++ of the labelled sub-stream."""
    fnv = 0xCBF29CE484222325
    for byte in label.encode():
        fnv = ((fnv ^ byte) * 0x100000001B3) & MASK
    _, mixed = splitmix(seed)
    state, s = mixed ^ fnv, []
    for _ in range(4):
        state, word = splitmix(state)
        s.append(word)
    rotate = lambda x, k: ((x << k) | (x >> (64 - k))) & MASK
    while True:
        yield (rotate((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotate(s[3], 45)


def normals(count, source):
    """Box and Muller in groups of sixteen words: eight radii, eight angles; eight cosines, eight sines."""
    values = []
    while len(values) < count:
        radius = [1.0 - (next(source) >> 12) * 2.0**-52 for _ in range(8)]
        angle = [(next(source) >> 12) * 2.0**-52 for _ in range(8)]
        length = np.sqrt(-2 * np.log(radius))
        turn = 2 * np.pi * np.array(angle)
        values += list(length * np.cos(turn)) + list(length * np.sin(turn))
    return np.array(values[:count])


# --- the model --------------------------------------------------------------------------------------------------


def graphical_lasso(S, rho):
    """argmin tr(S T) - ln|T| + rho ||T||_1, diagonal included: ADMM (Boyd et al. 2011, 6.5) to machine precision."""
    d = len(S)
    Z, U = np.eye(d), np.zeros((d, d))
    for _ in range(200_000):
        w, V = np.linalg.eigh(Z - U - S)
        X = (V * ((w + np.sqrt(w * w + 4)) / 2)) @ V.T
        before = Z
        Z = np.sign(X + U) * np.maximum(np.abs(X + U) - rho, 0)
        U = U + X - Z
        if np.abs(X - Z).max() < 1e-14 * np.abs(Z).max() and np.abs(Z - before).max() < 1e-14 * np.abs(Z).max():
            break
    else:
        assert np.abs(X - Z).max() < 1e-12 * np.abs(Z).max(), "ADMM stopped short"
    return (Z + Z.T) / 2


def log_densities(X, mu, precision):
    d = len(mu)
    sign, logdet = np.linalg.slogdet(precision)
    assert sign > 0
    D = X - mu
    return 0.5 * logdet - 0.5 * d * np.log(2 * np.pi) - 0.5 * np.einsum("ni,ij,nj->n", D, precision, D)


def local_update(X, pi, mu, precisions):
    """Eqs. 12 and 13; returns pi^s and (N, m, C) and the log-likelihood."""
    with np.errstate(divide="ignore"):
        L = np.log(pi) + np.stack([log_densities(X, m, P) for m, P in zip(mu, precisions)], axis=1)
    top = L.max(axis=1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(L - top).sum(axis=1))
    r = np.exp(L - total[:, None])
    N = r.sum(axis=0)
    return N / N.sum(), N, r.T @ X, np.einsum("nk,ni,nj->kij", r, X, X), total.sum()


def optimise(N, m, C, rho):
    """Eqs. 15 and 16 with m0 = 0."""
    mu, precisions = [], []
    for n, mk, Ck in zip(N, m, C):
        mbar, Cbar = mk / n, Ck / n
        mu.append(n * mbar / (PRIOR_STRENGTH + n))
        outer = np.outer(mbar, mbar)
        Sigma = Cbar - outer + PRIOR_STRENGTH / (PRIOR_STRENGTH + n) * outer
        precisions.append(graphical_lasso(n / (n + 1) * Sigma, rho / (n + 1)))
    return np.array(mu), np.array(precisions)


def prior(mu, precisions, rho):
    total = 0.0
    for m, P in zip(mu, precisions):
        total += log_densities(np.zeros((1, COLUMNS)), m, PRIOR_STRENGTH * P)[0] - rho / 2 * np.abs(P).sum()
    return total


# --- the run ----------------------------------------------------------------------------------------------------


def participants(count, rng):
    """Raw rows, four decimals: three patterns in the units of no one, mixed differently at every participant."""
    centres = rng.normal(0, 2.0, (PATTERNS, COLUMNS))
    mixings = [np.eye(COLUMNS) * 0.6 + 0.35 * rng.normal(size=(COLUMNS, COLUMNS)) for _ in range(PATTERNS)]
    offset = np.array([10.0, -3.0, 0.0, 250.0, 0.5])
    unit = np.array([2.0, 0.1, 1.0, 40.0, 7.0])
    parts = []
    for _ in range(count):
        n = int(rng.integers(25, 60)) if count > 3 else int(rng.integers(60, 120))
        z = rng.choice(PATTERNS, size=n, p=rng.dirichlet(np.full(PATTERNS, 0.5)))
        x = np.stack([centres[k] + mixings[k] @ rng.normal(size=COLUMNS) for k in z])
        parts.append(np.round(offset + unit * x, 4))
    return parts


def run(count):
    raw = participants(count, np.random.default_rng(DATA_SEEDS[count]))
    everything = np.concatenate(raw)
    total = len(everything)
    mean = everything.sum(axis=0) / total
    scale = np.sqrt(((everything - mean) ** 2).sum(axis=0) / total)
    data = [np.clip((x - mean) / scale, -BOX, BOX) for x in raw]
    rho = SPARSITY * total / PATTERNS
    start = normals(PATTERNS * COLUMNS, words(SEED, "graphical-mixture/start/0")).reshape(PATTERNS, COLUMNS)
    mu, precisions = start, np.array([np.eye(COLUMNS)] * PATTERNS)
    weights = [np.full(PATTERNS, 1 / PATTERNS)] * count
    objectives = []
    for _ in range(ROUNDS):
        updates = [local_update(x, pi, mu, precisions) for x, pi in zip(data, weights)]
        likelihood = sum(u[4] for u in updates)
        objectives.append((likelihood + prior(mu, precisions, rho)) / total)
        weights = [u[0] for u in updates]
        N, m, C = (sum(u[i] for u in updates) for i in (1, 2, 3))
        mu, precisions = optimise(N, m, C, rho)
    assert all(b >= a for a, b in zip(objectives, objectives[1:])), objectives
    assert N.min() > 5, N
    flat = lambda a: np.asarray(a).ravel().tolist()
    return dict(
        columnCount=COLUMNS, patternCount=PATTERNS, rounds=ROUNDS, sparsity=SPARSITY,
        priorStrength=PRIOR_STRENGTH, seed=SEED, valueLimit=BOX, rowCounts=[len(x) for x in raw],
        rows=[flat(x) for x in raw], mean=flat(mean), scale=flat(scale), startMeans=flat(start),
        objectives=objectives, counts=flat(N), means=flat(mu), precisions=flat(precisions),
        weights=[flat(w) for w in weights])


if __name__ == "__main__":
    for count in (3, 31):
        path = pathlib.Path(__file__).parent / f"algorithm1-{count}.json"
        path.write_text(json.dumps(run(count), separators=(",", ":")) + "\n")
        print(path.name, path.stat().st_size, "bytes")
