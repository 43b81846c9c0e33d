"""Hint maps as few bytes: those of all the frames of a film wait in memory until they are used."""

import zlib
from dataclasses import replace

import numpy as np
import torch

from vidcolor.net.hints import HintMap, Limits

_LEVEL = 1
"""Of zlib: most of a map is zeros, or one color, which even this makes small."""


def pack(hints: HintMap) -> bytes:
    """Return a map as bytes: weights in 255ths, and of what has one the chroma in 16-bit floats.

    Such a float is at most 0.03 8-bit codes off. Limits are such, too: at most an eighth of a cell.
    """
    content = _packed(hints)
    if hints.limits is not None:
        content += hints.limits.far.numpy().astype("<f2").tobytes() + _packed(hints.limits.free)
    return zlib.compress(content, _LEVEL)


def _packed(hints: HintMap) -> bytes:
    weights = (hints.weight * 255).round().to(torch.uint8).numpy()
    known = weights > 0
    chroma = hints.chroma.numpy()[:, known].astype("<f2")
    exact = np.packbits(hints.exact.numpy()[known])
    return weights.tobytes() + chroma.tobytes() + exact.tobytes()


def unpack(content: bytes, shape: tuple[int, int]) -> HintMap:
    """Return the map of a shape (h, w) that `pack` made these bytes of."""
    hints, rest = _unpacked(zlib.decompress(content), shape)
    if not rest:
        return hints
    far = np.frombuffer(rest, "<f2", shape[0] * shape[1]).astype(np.float32).reshape(shape)
    free, _ = _unpacked(rest[2 * far.size :], shape)
    return replace(hints, limits=Limits(torch.from_numpy(far), free))


def _unpacked(raw: bytes, shape: tuple[int, int]) -> tuple[HintMap, bytes]:
    """Return the map that bytes begin with, without limits, and the bytes behind it."""
    size = shape[0] * shape[1]
    weights = np.frombuffer(raw, np.uint8, size).reshape(shape)
    known = weights > 0
    count = int(known.sum())
    chroma, exact = np.zeros((2, *shape), np.float32), np.zeros(shape, bool)
    chroma[:, known] = np.frombuffer(raw, "<f2", 2 * count, size).reshape(2, count)
    bits = np.frombuffer(raw, np.uint8, -(-count // 8), size + 4 * count)
    exact[known] = np.unpackbits(bits, count=count).astype(bool)
    hints = HintMap(
        torch.from_numpy(chroma),
        torch.from_numpy(weights.astype(np.float32) / 255),
        torch.from_numpy(exact),
    )
    return hints, raw[size + 4 * count + len(bits) :]
