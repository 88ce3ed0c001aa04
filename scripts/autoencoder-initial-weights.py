#!/usr/bin/env python3
"""Starts of the PyTorch loop (32-64-8, torch.manual_seed 0…4) as flat vectors, and the loop's own losses after ten epochs.

usage: autoencoder-initial-weights.py vae.csv > initial-weights.json     (losses go to stderr)

Then: Benchmarks autoencoder vae.csv initial-weights.json
"""
import json
import math
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

M, H, D, B, EPOCHS = 32, 64, 8, 256, 10
torch.set_num_threads(1)
X = torch.tensor(np.loadtxt(sys.argv[1], delimiter=",").astype(np.float32))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e, self.em, self.es = nn.Linear(M, H), nn.Linear(H, D), nn.Linear(H, D)
        self.d, self.dm, self.ds = nn.Linear(D, H), nn.Linear(H, M), nn.Linear(H, M)

    def loss(self, x):
        q = F.relu(self.e(x))
        m, h = self.em(q), F.softplus(self.es(q)) + 1e-4
        q = F.relu(self.d(m + h * torch.randn_like(m)))
        mu, sigma = self.dm(q), F.softplus(self.ds(q)) + 1e-4
        kl = 0.5 * (h * h + m * m - 1 - 2 * torch.log(h)).sum(1)
        nll = (0.5 * ((x - mu) / sigma) ** 2 + torch.log(sigma)).sum(1) + 0.5 * M * math.log(2 * math.pi)
        return (kl + nll).mean()


def flat(first, mean, deviation):
    """W by rows (in, out), b; both heads in one matrix."""
    heads = torch.cat([mean.weight, deviation.weight])
    biases = torch.cat([mean.bias, deviation.bias])
    parts = [first.weight.T, first.bias, heads.T, biases]
    return torch.cat([p.reshape(-1) for p in parts]).tolist()


starts, losses = [], []
for seed in range(5):
    torch.manual_seed(seed)
    net = Net()
    starts.append(dict(encoder=flat(net.e, net.em, net.es), decoder=flat(net.d, net.dm, net.ds)))
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(EPOCHS):
        order, total = torch.randperm(len(X)), 0.0
        for i in range(0, len(X), B):
            x = X[order[i:i + B]]
            optimiser.zero_grad()
            loss = net.loss(x)
            loss.backward()
            optimiser.step()
            total += loss.item() * len(x)
    losses.append(total / len(X))
print(json.dumps(starts))
print("negative ELBO", [round(v, 3) for v in losses], "mean", round(sum(losses) / 5, 3), file=sys.stderr)
