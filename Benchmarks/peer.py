"""The same models in PyTorch, timed in turn with ours: `make bench-peer PEER_PYTHON=python`.

    python Benchmarks/peer.py PIPELINE [--rounds 2] [--model NAME ...]

Each round runs our `bench training` and `bench inference` for one model and then the same in
PyTorch, so that both meet the same state of the machine; the best of each side counts. PyTorch runs
eagerly with two threads, convolutions in channels_last, its faster layout. It is needed here only:
nothing in the program or its tests depends on it.
"""
import argparse
import json
import subprocess
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

THREADS, STEPS = 2, 4


class Block(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.first = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(out)
        self.shortcut = None
        if stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        shortcut = x if self.shortcut is None else self.shortcut(x)
        x = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(x)) + shortcut)


def resnet(width):
    layers = [nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage in range(4):
        for index in range(2):
            out = width << stage
            layers.append(Block(channels, out, 2 if stage > 0 and index == 0 else 1))
            channels = out
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


class Layer(nn.Module):
    """Pre-norm transformer block; rotary positions and causal attention for the decoder."""

    def __init__(self, width, heads, hidden, causal):
        super().__init__()
        norm = nn.RMSNorm if causal else nn.LayerNorm
        self.heads, self.causal = heads, causal
        self.norm1, self.norm2 = norm(width), norm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=not causal)
        self.out = nn.Linear(width, width, bias=not causal)
        self.up = nn.Linear(width, hidden * (2 if causal else 1), bias=not causal)
        self.down = nn.Linear(hidden, width, bias=not causal)

    def forward(self, x, rotation):
        n, t, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if rotation is not None:
            q, k = rotate(q, rotation), rotate(k, rotation)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        x = x + self.out(a.transpose(1, 2).reshape(n, t, width))
        h = self.up(self.norm2(x))
        if self.causal:
            gate, h = h.chunk(2, -1)
            return x + self.down(F.silu(gate) * h)
        return x + self.down(F.gelu(h, approximate="tanh"))


def rotate(x, rotation):
    cos, sin = rotation
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class ViT(nn.Module):
    """32x32 images in patches of 4x4 and a class token: 65 tokens."""

    def __init__(self, width=256, layers=6, heads=4):
        super().__init__()
        self.patch = nn.Linear(48, width)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(torch.randn(1, 65, width) * 0.02)
        self.layers = nn.ModuleList(Layer(width, heads, 4 * width, False) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        n = x.shape[0]
        x = x.view(n, 3, 8, 4, 8, 4).permute(0, 2, 4, 3, 5, 1).reshape(n, 64, 48)
        x = torch.cat((self.token.expand(n, -1, -1), self.patch(x)), 1) + self.position
        for layer in self.layers:
            x = layer(x, None)
        return self.head(self.norm(x[:, 0]))


class Decoder(nn.Module):
    def __init__(self, width=256, layers=6, heads=4, vocabulary=4096, tokens=256):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.layers = nn.ModuleList(
            Layer(width, heads, 8 * width // 3 // 16 * 16, True) for _ in range(layers))
        self.norm = nn.RMSNorm(width)
        half = width // heads // 2
        angles = torch.outer(torch.arange(tokens), 10_000.0 ** (-torch.arange(half) / half))
        self.rotation = angles.cos(), angles.sin()

    def forward(self, ids):
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, self.rotation)
        return F.linear(self.norm(x), self.embedding.weight).flatten(0, 1)


class ExplainedViT(nn.Module):
    """The image tower of ViT-B/16, with Grad-ECLIP maps of its last blocks."""

    def __init__(self, width=768, layers=12, heads=12, joint=512):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 16, 16, bias=False)
        self.token = nn.Parameter(torch.randn(1, 1, width) * width ** -0.5)
        self.position = nn.Parameter(torch.randn(1, 197, width) * width ** -0.5)
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.layers = nn.ModuleList(Layer(width, heads, 4 * width, False) for _ in range(layers))
        self.joint = nn.Linear(width, joint, bias=False)
        self.requires_grad_(False)

    def maps(self, x, texts, explained):
        n = x.shape[0]
        x = torch.cat((self.token.expand(n, -1, -1), self.patch(x).flatten(2).mT), 1)
        x = self.before(x + self.position)
        traces = []
        for index, layer in enumerate(self.layers):
            packed = layer.qkv(layer.norm1(x))
            q, k, v = packed.view(n, 197, 3, layer.heads, -1).permute(2, 0, 3, 1, 4)
            o = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, 197, -1)
            if index >= len(self.layers) - explained:
                o = o if o.requires_grad else o.requires_grad_()
                traces.append((o, *(part.detach() for part in packed.chunk(3, -1))))
            x = x + layer.out(o)
            h = layer.up(layer.norm2(x))
            x = x + layer.down(h * torch.sigmoid(1.702 * h))
        score = F.cosine_similarity(self.joint(self.after(x[:, 0])), texts).sum()
        gradients = torch.autograd.grad(score, [trace[0] for trace in traces])
        total = 0
        for g, (_, q, k, v) in zip(gradients, traces):
            r = F.cosine_similarity(q[:, :1], k[:, 1:], dim=-1)
            low, high = r.amin(1, keepdim=True), r.amax(1, keepdim=True)
            total = total + F.relu((r - low) / (high - low) * (g[:, :1] * v[:, 1:]).sum(-1))
        return total


def explained_speeds():
    """Heat maps per second: of the last block ("inference") and of all twelve ("training")."""
    model, x, texts = ExplainedViT(), torch.randn(8, 3, 224, 224), torch.randn(8, 512)
    best = {"training": float("inf"), "inference": float("inf")}
    for kind, explained in (("training", 12), ("inference", 1)):
        for _ in range(STEPS):
            start = time.perf_counter()
            model.maps(x, texts, explained)
            best[kind] = min(best[kind], time.perf_counter() - start)
    return {kind: 8 / seconds for kind, seconds in best.items()}


def images(batch):
    return torch.randn(batch, 3, 32, 32).to(memory_format=torch.channels_last)


# Name (as in `bench`), network, inputs, number of classes, items in a step.
MODELS = {
    "resnet18-w16": (lambda: resnet(16), lambda: images(128), 10, 128),
    "resnet18-w64": (lambda: resnet(64), lambda: images(128), 10, 128),
    "vit-w256": (ViT, lambda: torch.randn(64, 3, 32, 32), 10, 64),
    "decoder-w256": (Decoder, lambda: torch.randint(4096, (16, 256)), 4096, 16 * 256),
    # Heat maps of the last block, and of all: see HeatmapBenchmark.
    "eclip-vitb16": None,
}


def peer_speeds(name):
    """Items per second of training steps and of inference, best of STEPS each."""
    if name == "eclip-vitb16":
        return explained_speeds()
    make, inputs, classes, items = MODELS[name]
    model, x = make(), inputs()
    with torch.no_grad():
        rows = model(x).shape[0]
    y = torch.randint(classes, (rows,))
    if name.startswith("resnet"):
        optimiser = torch.optim.SGD(model.parameters(), 1e-3, momentum=0.9)
    else:
        optimiser = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    best = {"training": float("inf"), "inference": float("inf")}
    for _ in range(STEPS + 1):
        start = time.perf_counter()
        optimiser.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimiser.step()
        best["training"] = min(best["training"], time.perf_counter() - start)
    model.eval()
    with torch.inference_mode():
        for _ in range(STEPS + 1):
            start = time.perf_counter()
            model(x)
            best["inference"] = min(best["inference"], time.perf_counter() - start)
    return {kind: items / seconds for kind, seconds in best.items()}


def our_speed(pipeline, kind, name):
    """Our items per second; None for a model that `bench` does not have."""
    run = subprocess.run(
        [pipeline, "bench", kind, "--json", "--lanes", str(THREADS), "--model", name],
        capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stderr, file=sys.stderr, end="")
        return None
    return json.loads(run.stdout)[0]["items_per_second"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("pipeline", help="the program, .build/release/pipeline")
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--model", action="append", choices=MODELS)
    options = arguments.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, {THREADS} threads; items are images, or tokens of text\n")
    print("model          pass        ours items/s   PyTorch items/s   ratio")
    for name in options.model or MODELS:
        best = {}
        for _ in range(options.rounds):
            for kind in ("training", "inference"):
                speed = our_speed(options.pipeline, kind, name)
                if speed is not None:
                    best["ours", kind] = max(best.get(("ours", kind), 0), speed)
            if not best:
                break
            for kind, speed in peer_speeds(name).items():
                best["peer", kind] = max(best.get(("peer", kind), 0), speed)
        for kind in ("training", "inference"):
            if ("ours", kind) in best:
                ours, peer = best["ours", kind], best["peer", kind]
                print(f"{name:14} {kind:9} {ours:14.1f} {peer:17.1f} {ours / peer:7.2f}")


if __name__ == "__main__":
    main()
