#!/usr/bin/env python3
"""Losses and gradients of small networks by PyTorch's automatic differentiation, in double precision: gradients.json.

usage: gradients.py > gradients.json     (Debian's python3-torch 1.13)

Per case: flat parameters (per layer W by rows, shape (in, out), then b), rows, normals (draw j of row r at j*n + r),
mean loss and its flat gradients; `likelihood` with beta 0, `divergence` the KL term alone.
"""
import json
import math
import torch

torch.set_default_dtype(torch.float64)


def layers(widths):
    return list(zip(widths[:-1], widths[1:]))


def count(widths):
    return sum((a + 1) * b for a, b in layers(widths))


def apply(flat, widths, x, activation):
    offset = 0
    for number, (a, b) in enumerate(layers(widths)):
        w = flat[offset:offset + a * b].reshape(a, b)
        bias = flat[offset + a * b:offset + (a + 1) * b]
        offset += (a + 1) * b
        x = x @ w + bias
        if number < len(widths) - 2:
            x = torch.tanh(x) if activation == "tanh" else torch.relu(x)
    return x


def softplus(a):
    return torch.nn.functional.softplus(a, threshold=700)


def terms(case, encoder, decoder, x, v):
    d, m = case["latent"], case["columns"]
    heads = apply(encoder, case["encoderWidths"], x, case["activation"])
    if case["form"] == "deterministic":
        y = apply(decoder, case["decoderWidths"], heads, case["activation"])
        return 0.5 * ((x - y) ** 2).sum(1).mean(), torch.zeros(())
    mean, h = heads[:, :d], softplus(heads[:, d:]) + case["posteriorFloor"]
    kl = 0.5 * (h * h + mean * mean - 1 - 2 * torch.log(h)).sum(1).mean()
    z = mean.repeat(case["samples"], 1) + h.repeat(case["samples"], 1) * v
    out = apply(decoder, case["decoderWidths"], z, case["activation"])
    a = softplus(out[:, m:])
    if case["cap"] > 0:
        w = case["cap"] - case["floor"]
        sigma = case["floor"] + w * (1 - torch.exp(-a / w))
    else:
        sigma = a + case["floor"]
    t = (x.repeat(case["samples"], 1) - out[:, :m]) / sigma
    nll = (0.5 * t * t + torch.log(sigma)).sum(1) + 0.5 * m * math.log(2 * math.pi)
    return nll.mean(), kl


def make(name, seed, form, columns, hidden, latent, rows, samples, activation, floor=0.0, cap=0.0, posterior=0.0,
         scale=0.4):
    g = torch.Generator().manual_seed(seed)
    heads = 1 if form == "deterministic" else 2
    case = dict(name=name, form=form, columns=columns, hidden=hidden, latent=latent, rows=rows, samples=samples,
                activation=activation, floor=floor, cap=cap, posteriorFloor=posterior,
                encoderWidths=[columns] + hidden + [heads * latent],
                decoderWidths=[latent] + hidden[::-1] + [heads * columns])
    draw = lambda n, s: (torch.randn(n, generator=g) * s).float().double()
    encoder = draw(count(case["encoderWidths"]), scale).requires_grad_()
    decoder = draw(count(case["decoderWidths"]), scale).requires_grad_()
    x = draw(rows * columns, 1.0).reshape(rows, columns)
    v = draw(samples * rows * latent, 1.0).reshape(samples * rows, latent)
    case.update(encoder=encoder.tolist(), decoder=decoder.tolist(), x=x.flatten().tolist(),
                noise=v.flatten().tolist())
    for label, which in (("likelihood", 0), ("divergence", 1)):
        term = terms(case, encoder, decoder, x, v)[which]
        case[label] = term.item()
        for part, leaf in (("Encoder", encoder), ("Decoder", decoder)):
            if term.requires_grad:
                found = torch.autograd.grad(term, leaf, retain_graph=True, allow_unused=True)[0]
            else:
                found = None
            case[label + part] = (torch.zeros_like(leaf) if found is None else found).tolist()
    return case


cases = [
    make("recipe", 1, "variational", 5, [7], 3, 6, 1, "tanh", floor=0.1, cap=1.0, posterior=1e-3),
    make("paper", 2, "variational", 9, [11], 2, 5, 3, "relu", floor=1e-4, posterior=1e-4, scale=0.25),
    make("deep", 3, "variational", 12, [10, 6], 9, 7, 2, "tanh", floor=0.1, cap=1.0, posterior=1e-3),
    make("deterministic", 4, "deterministic", 6, [8], 2, 9, 1, "tanh"),
]
print(json.dumps(cases))
