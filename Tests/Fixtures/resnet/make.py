"""Writes reference.safetensors: one training pass of ResNet-18 in float64, by PyTorch.

    python make.py        (PyTorch 2)

Weights, images and labels come from the generator below, which ResNetReferenceTests.swift runs
too, so only results are stored.
"""
import json
import math
import struct
import sys

import torch
import torch.nn.functional as F

WIDTH, IMAGES, SIZE, CLASSES, EPS = 8, 3, 16, 10, 1e-5
# Of the first sixty seeds that whose ReLUs stay farthest from their corner (`margin`): float32 then
# switches none of them, and gradients can be compared closely.
IMAGE_SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 20
MASK = (1 << 64) - 1


def values(count, seed):
    """SplitMix64 as float32 in [-1, 1): `Reference.values` of the tests."""
    state, out = seed, torch.empty(count, dtype=torch.float64)
    for i in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z = z ^ (z >> 31)
        out[i] = (z >> 11) * 2.0**-53 * 2 - 1
    return out.float()


parameters = {}


def parameter(name, shape, offset, factor):
    numbers = values(math.prod(shape), 100 + len(parameters))
    numbers = torch.tensor(offset).float() + torch.tensor(factor).float() * numbers
    tensor = numbers.double().reshape(shape).requires_grad_()
    parameters[name] = tensor
    return tensor


statistics = {}
margin = math.inf


def unit(name, kernel, channels, out, stride):
    """Parameters of a convolution (weights [R, S, C, K]) with its batch norm."""
    w = parameter(f"{name}.weight", (kernel, kernel, channels, out), 0,
                  2 / (kernel * kernel * channels) ** 0.5)
    gain = parameter(f"{name}.norm.scale", (out,), 1, 0.25)
    return name, w, gain, parameter(f"{name}.norm.shift", (out,), 0, 0.25), stride


def apply(layer, x, residual=None, relu=True):
    name, w, gain, offset, stride = layer
    y = F.conv2d(x, w.permute(3, 2, 0, 1), stride=stride, padding=w.shape[0] // 2)
    statistics[f"{name}.norm.mean"] = 0.1 * y.mean((0, 2, 3))
    statistics[f"{name}.norm.variance"] = 0.9 + 0.1 * y.var((0, 2, 3))
    y = F.batch_norm(y, None, None, gain, offset, training=True, eps=EPS)
    if residual is not None:
        y = y + residual
    if relu:
        global margin
        margin = min(margin, y.detach().abs().min().item())
    return F.relu(y) if relu else y


def network(x):
    x, channels = apply(unit("stem", 3, 3, WIDTH, 1), x), WIDTH
    for stage in range(4):
        for index in range(2):
            name, out = f"stage{stage + 1}.{index}", WIDTH << stage
            stride = 2 if stage > 0 and index == 0 else 1
            first = unit(f"{name}.first", 3, channels, out, stride)
            second = unit(f"{name}.second", 3, out, out, 1)
            shortcut = x
            if stride == 2:
                shortcut = apply(unit(f"{name}.shortcut", 1, channels, out, 2), x, relu=False)
            x, channels = apply(second, apply(first, x), residual=shortcut), out
    features = x.mean((2, 3))
    w = parameter("linear.weight", (8 * WIDTH, CLASSES), 0, 0.25)
    b = parameter("linear.bias", (CLASSES,), 0, 0.25)
    return features @ w + b, features


images = values(IMAGES * SIZE * SIZE * 3, IMAGE_SEED).double()
images = images.reshape(IMAGES, SIZE, SIZE, 3).permute(0, 3, 1, 2)
labels = torch.arange(IMAGES) * 3 % CLASSES
logits, features = network(images)
loss = F.cross_entropy(logits, labels)
loss.backward()

tensors = {"logits": logits, "features": features, "loss": loss.reshape(1)}
for name, value in statistics.items():
    tensors[f"statistics.{name}"] = value
for name, value in parameters.items():
    gradient = value.grad.flatten()
    step = max(1, gradient.numel() // 64)
    tensors[f"gradient.{name}"] = gradient[::step][:64]
    tensors[f"norm.{name}"] = gradient.norm().reshape(1)

header, data = {"__metadata__": {"made by": f"PyTorch {torch.__version__}, float64"}}, b""
for name in sorted(tensors):
    numbers = tensors[name].detach().flatten().tolist()
    part = struct.pack(f"<{len(numbers)}f", *numbers)
    header[name] = {"dtype": "F32", "shape": list(tensors[name].shape),
                    "data_offsets": [len(data), len(data) + len(part)]}
    data += part
text = json.dumps(header, separators=(",", ":")).encode()
text += b" " * (-len(text) % 8)
with open("reference.safetensors", "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
print(f"seed {IMAGE_SEED}, loss {loss.item():.9f}, margin {margin:.1e}, {len(tensors)} tensors, {8 + len(text) + len(data)} bytes")
