"""Writes blocks.json: random blocks of each type and their weights, by the `gguf` package (0.19).

Scales are halves of ordinary size, one block of each type has a subnormal scale. Weights are given
as the bits of float32.
"""
import json
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize

# Places of half floats in a block.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0],
          "Q4_K": [0, 2], "Q6_K": [208], "F16": [0], "BF16": []}
random = np.random.default_rng(1)
cases = []
for name, places in HALVES.items():
    count, size = GGML_QUANT_SIZES[T[name]]
    copies = 2 if count > 1 else 32
    blocks = random.integers(0, 256, (copies, size), dtype=np.uint8)
    for place in places:
        scales = random.normal(0, 0.05, copies).astype(np.float16)
        scales[1] = np.float16(3e-6)
        blocks[:, place:place + 2] = scales[:, None].view(np.uint8)
    if name == "BF16":
        blocks = (random.normal(0, 1, copies).astype(np.float32).view(np.uint32) >> 16).astype(
            np.uint16)[:, None].view(np.uint8)
    weights = dequantize(blocks.reshape(1, -1), T[name]).astype(np.float32)
    cases.append({"type": name, "blocks": blocks.tobytes().hex(),
                  "weights": weights.view(np.uint32).reshape(-1).tolist()})
json.dump(cases, open("blocks.json", "w"))
