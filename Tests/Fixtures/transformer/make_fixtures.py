"""Writes vit.safetensors and decoder.safetensors: see README.md. Needs PyTorch, nothing else."""
import json
import struct

import torch
import torch.nn.functional as F

torch.manual_seed(7)


def attention(q, k, v, causal):
    """Plain attention; q [N, H, T, E], k and v [N, G, T, E]."""
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        length = scores.shape[-1]
        scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def heads(x, size):
    return x.unflatten(-1, (-1, size)).transpose(1, 2)


def rotate(x, base):
    length, size = x.shape[-2:]
    frequencies = base ** (-torch.arange(0, size, 2).double() / size)
    angles = torch.arange(length).double()[:, None] * frequencies
    cos, sin = angles.cos().float(), angles.sin().float()
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


def norm(p, name, x):
    if name + ".bias" in p:
        return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], 1e-5)
    return F.rms_norm(x, x.shape[-1:], p[name + ".weight"], 1e-5)


def linear(p, name, x):
    y = x @ p[name + ".weight"]
    return y + p[name + ".bias"] if name + ".bias" in p else y


def block(p, name, x, size, query_heads, key_heads, llama):
    qkv = linear(p, name + ".attention.qkv", norm(p, name + ".attention.norm", x))
    q, k, v = qkv.split([query_heads * size, key_heads * size, key_heads * size], -1)
    q, k, v = heads(q, size), heads(k, size), heads(v, size)
    if llama:
        q, k = rotate(q, 10000.0), rotate(k, 10000.0)
    x = x + linear(p, name + ".attention.output", attention(q, k, v, llama))
    h = linear(p, name + ".mlp.up", norm(p, name + ".mlp.norm", x))
    if llama:
        gate, up = h.chunk(2, -1)
        h = F.silu(gate) * up
    else:
        h = F.gelu(h)
    return x + linear(p, name + ".mlp.down", h)


def block_shapes(name, width, size, query_heads, key_heads, hidden, llama):
    columns = (query_heads + 2 * key_heads) * size
    shapes = {
        ".attention.norm.weight": [width], ".attention.qkv.weight": [width, columns],
        ".attention.output.weight": [query_heads * size, width], ".mlp.norm.weight": [width],
        ".mlp.up.weight": [width, 2 * hidden if llama else hidden],
        ".mlp.down.weight": [hidden, width],
    }
    if not llama:
        shapes |= {
            ".attention.norm.bias": [width], ".attention.qkv.bias": [columns],
            ".attention.output.bias": [width], ".mlp.norm.bias": [width],
            ".mlp.up.bias": [hidden], ".mlp.down.bias": [width],
        }
    return {name + key: shape for key, shape in shapes.items()}


def parameters(shapes):
    def draw(name, shape):
        if name.endswith("norm.weight"):
            return 1 + 0.2 * torch.randn(shape)
        return torch.randn(shape) * (0.2 if len(shape) == 1 else shape[0] ** -0.5)

    return {name: draw(name, shape).requires_grad_() for name, shape in sorted(shapes.items())}


def write(path, tensors):
    header, body = {}, b""
    for name, tensor in sorted(tensors.items()):
        values = tensor.detach().float().contiguous().flatten().tolist()
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {
            "dtype": "F32", "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def record(path, p, values, loss, x, first):
    loss.backward()
    tensors = dict(values, loss=loss, block_input=x, block_output=first)
    tensors["block_output_gradient"], tensors["block_input_gradient"] = first.grad, x.grad
    tensors |= {"parameter." + name: value for name, value in p.items()}
    tensors |= {"gradient." + name: value.grad for name, value in p.items()}
    write(path, tensors)


def vit():
    width, size, hidden, patch, image, classes = 24, 8, 40, 4, 8, 5
    shapes = {
        "embedding.weight": [patch * patch * 3, width], "embedding.bias": [width],
        "class_token": [width], "positions": [5, width], "norm.weight": [width],
        "norm.bias": [width], "head.weight": [width, classes], "head.bias": [classes],
    }
    for i in range(2):
        shapes |= block_shapes(f"blocks.{i}", width, size, 3, 3, hidden, False)
    p = parameters(shapes)
    images, labels = torch.randn(3, image, image, 3), torch.tensor([1, 4, 0])
    squares = images.unflatten(1, (2, patch)).unflatten(3, (2, patch)).transpose(2, 3)
    x = linear(p, "embedding", squares.reshape(3, 4, -1))
    x = torch.cat([p["class_token"].expand(3, 1, -1), x], 1) + p["positions"]
    x.retain_grad()
    first = block(p, "blocks.0", x, size, 3, 3, False)
    first.retain_grad()
    y = block(p, "blocks.1", first, size, 3, 3, False)
    features = norm(p, "norm", y[:, 0])
    logits = linear(p, "head", features)
    values = {"images": images, "labels": labels, "features": features, "logits": logits}
    record("vit.safetensors", p, values, F.cross_entropy(logits, labels), x, first)


def decoder():
    width, size, hidden, vocabulary = 24, 8, 32, 30
    shapes = {
        "embedding": [vocabulary, width], "norm.weight": [width],
        "head.weight": [width, vocabulary],
    }
    for i in range(2):
        shapes |= block_shapes(f"blocks.{i}", width, size, 4, 2, hidden, True)
    p = parameters(shapes)
    ids, labels = torch.randint(0, vocabulary, (2, 11)), torch.randint(0, vocabulary, (2, 11))
    labels[0, :3] = -100
    x = p["embedding"][ids]
    x.retain_grad()
    first = block(p, "blocks.0", x, size, 4, 2, True)
    first.retain_grad()
    hidden_rows = norm(p, "norm", block(p, "blocks.1", first, size, 4, 2, True))
    logits = linear(p, "head", hidden_rows)
    values = {"ids": ids, "labels": labels, "hidden": hidden_rows, "logits": logits}
    loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten())
    record("decoder.safetensors", p, values, loss, x, first)


vit()
decoder()
