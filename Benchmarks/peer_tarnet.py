"""TARNet in PyTorch, timed in turn with ours on one core: python Benchmarks/peer_tarnet.py PIPELINE

The same network, batches and update as `bench training --model tarnet-w64` (25 covariates, 747
units, batches of 100 with the untreated first, ELU, rows of the representation at unit length, Adam,
weight decay on the heads). PyTorch runs eagerly with one thread and its fused Adam; its time is that
of the process's cores, ours that of the thread. The best of each side counts.
"""
import argparse
import json
import subprocess
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

UNITS, TREATED, COLUMNS, BATCH, STEPS = 747, 139, 25, 100, 200
MODELS = {"tarnet-w64": ((64, 64), (32, 32)), "tarnet-w200": ((200,) * 3, (100,) * 3)}


def chain(inputs, widths):
    layers = []
    for width in widths:
        layers += [nn.Linear(inputs, width), nn.ELU()]
        inputs = width
    return nn.Sequential(*layers), inputs


class TARNet(nn.Module):
    def __init__(self, representation, head):
        super().__init__()
        self.shared, width = chain(COLUMNS, representation)
        self.heads = nn.ModuleList()
        for _ in range(2):
            hidden, last = chain(width, head)
            self.heads.append(nn.Sequential(hidden, nn.Linear(last, 1)))
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.normal_(layer.weight, std=0.1 / layer.in_features ** 0.5)
                nn.init.zeros_(layer.bias)

    def forward(self, x, boundary):
        phi = F.normalize(self.shared(x))
        return torch.cat((self.heads[0](phi[:boundary]), self.heads[1](phi[boundary:])))


def peer_seconds(name):
    """Seconds of a step: drawing a batch, forward, backward, Adam; best of five rounds."""
    model = TARNet(*MODELS[name])
    x, y = torch.randn(UNITS, COLUMNS), torch.randn(UNITS)
    treated = round(BATCH * TREATED / UNITS)
    boundary = BATCH - treated
    weights = torch.full((BATCH, 1), UNITS / (2 * (UNITS - TREATED) * BATCH))
    weights[boundary:] = UNITS / (2 * TREATED * BATCH)
    heads = [p for n, p in model.named_parameters() if "heads" in n and n.endswith("weight")]
    others = [p for p in model.parameters() if all(p is not h for h in heads)]
    optimiser = torch.optim.Adam(
        [{"params": heads, "weight_decay": 1e-4}, {"params": others}], 1e-3, fused=True)
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(STEPS):
            rows = torch.cat((
                TREATED + torch.randperm(UNITS - TREATED)[:boundary],
                torch.randperm(TREATED)[:treated]))
            optimiser.zero_grad()
            loss = (weights * (model(x[rows], boundary) - y[rows, None]) ** 2).sum()
            loss.backward()
            optimiser.step()
        best = min(best, (time.process_time() - start) / STEPS)
    return best


def our_seconds(pipeline, name):
    run = subprocess.run(
        [pipeline, "bench", "training", "--json", "--lanes", "1", "--model", name],
        capture_output=True, text=True, check=True)
    return BATCH / json.loads(run.stdout)[0]["items_per_second"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("pipeline", help="the program, .build/release/pipeline")
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, one thread\n")
    print("model          ours us/step   PyTorch us/step   ratio")
    for name in MODELS:
        ours = peer = float("inf")
        for _ in range(options.rounds):
            ours = min(ours, our_seconds(options.pipeline, name))
            peer = min(peer, peer_seconds(name))
        print(f"{name:14} {1e6 * ours:12.1f} {1e6 * peer:17.1f} {peer / ours:7.2f}")


if __name__ == "__main__":
    main()
