"""Hint maps as few bytes: those of all the frames of a film wait in memory until they are used."""

import zlib

import numpy as np
import torch

from vidcolor.net.hints import HintMap

_LEVEL = 1
"""Of zlib: most of a map is zeros, or one color, which even this makes small."""


def pack(hints: HintMap) -> bytes:
    """Return a map as bytes: weights in 255ths; of what has one, chroma and limit in 16-bit floats.

    Such a float is at most 0.03 8-bit codes off, or an eighth of a cell.
    """
    weights = (hints.weight * 255).round().to(torch.uint8).numpy()
    known = weights > 0
    chroma = hints.chroma.numpy()[:, known].astype("<f2")
    exact = np.packbits(hints.exact.numpy()[known])
    limit = b"" if hints.limit is None else hints.limit.numpy()[known].astype("<f2").tobytes()
    return zlib.compress(weights.tobytes() + chroma.tobytes() + exact.tobytes() + limit, _LEVEL)


def unpack(content: bytes, shape: tuple[int, int]) -> HintMap:
    """Return the map of a shape (h, w) that `pack` made these bytes of."""
    raw = zlib.decompress(content)
    size = shape[0] * shape[1]
    weights = np.frombuffer(raw, np.uint8, size).reshape(shape)
    known = weights > 0
    count = int(known.sum())
    chroma, exact = np.zeros((2, *shape), np.float32), np.zeros(shape, bool)
    chroma[:, known] = np.frombuffer(raw, "<f2", 2 * count, size).reshape(2, count)
    bits = np.frombuffer(raw, np.uint8, -(-count // 8), size + 4 * count)
    exact[known] = np.unpackbits(bits, count=count).astype(bool)
    limit, limits = None, raw[size + 4 * count + len(bits) :]
    if limits:
        limit = torch.full(shape, torch.inf)
        told = np.frombuffer(limits, "<f2").astype(np.float32)
        limit[torch.from_numpy(known)] = torch.from_numpy(told)
    return HintMap(
        torch.from_numpy(chroma),
        torch.from_numpy(weights.astype(np.float32) / 255),
        torch.from_numpy(exact),
        limit,
    )
