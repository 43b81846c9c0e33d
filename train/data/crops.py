"""Cutting parts out of packed photographs and resizing them into square frames.

That is done one by one on the CPU, or for a whole batch at once by index arithmetic on the device
that holds the pixels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F


@dataclass(frozen=True)
class Parts:
    """A rectangle of each photograph, and its size in the upper left of its frame.

    start: (B,) int64, the place of the photograph's first byte among the packed pixels.
    width: (B,) int64, the photograph's width.
    corner: (B, 2) int64, the rectangle's top and left.
    size: (B, 2) int64, the rectangle's height and width.
    fitted: (B, 2) int64, height and width that it gets in the frame.
    """

    start: np.ndarray
    width: np.ndarray
    corner: np.ndarray
    size: np.ndarray
    fitted: np.ndarray


def crop_each(pixels: torch.Tensor, parts: Parts, side: int) -> torch.Tensor:
    """Return frames (B, 3, side, side) uint8 RGB, made one after the other.

    pixels: flat uint8, on the CPU. Each rectangle is resized by a triangle filter as wide as the
    scale demands (bilinear, without aliasing), in fixed-point arithmetic. Beyond its fitted size a
    frame is 0.
    """
    frames = torch.zeros(len(parts.start), 3, side, side, dtype=torch.uint8)
    rectangles = np.column_stack(
        [parts.start, parts.width, parts.corner, parts.size, parts.fitted]
    ).tolist()
    for frame, (start, width, top, left, *size, height, across) in zip(
        frames, rectangles, strict=True
    ):
        first = start + 3 * (top * width + left)
        part = pixels.as_strided((1, 3, *size), (0, 1, 3 * width, 3), first)
        frame[:, :height, :across] = F.interpolate(
            part, size=(height, across), mode="bilinear", antialias=True
        )[0]
    return frames


def crop_at_once(pixels: torch.Tensor, parts: Parts, side: int) -> torch.Tensor:
    """Return the frames of `crop_each`, within one code, all at once on the device of `pixels`.

    The filter is the same; for a whole batch it is two matrix products in float32.
    """
    start, width, corner, size, fitted = (
        torch.from_numpy(values).to(pixels.device)
        for values in (parts.start, parts.width, parts.corner, parts.size, parts.fitted)
    )
    largest = parts.size.max(0)
    row, column = (
        corner[:, axis, None]
        + torch.arange(largest[axis], device=pixels.device).minimum(size[:, axis, None] - 1)
        for axis in (0, 1)
    )
    place = start[:, None, None] // 3 + row[:, :, None] * width[:, None, None] + column[:, None]
    sources = pixels.view(-1, 3)[place].float()
    down, across = (
        _triangles(size[:, axis], fitted[:, axis], int(largest[axis]), side) for axis in (0, 1)
    )
    frames = torch.einsum("bsy,byxc,btx->bcst", down, sources, across)
    return frames.round_().to(torch.uint8)


def _triangles(size: torch.Tensor, fitted: torch.Tensor, longest: int, side: int) -> torch.Tensor:
    """Return the matrix that resizes lines from `size` to `fitted` samples, (B, side, longest).

    It is float32. Samples nearer to a result than the reach have the weights
    1 - |distance| / reach, normalised; the reach is one sample or, where lines shrink, the distance
    between two results. Beyond both ends the weights are 0.

    Args:
        size, fitted: (B,), the samples that each line has and gets.
        longest, side: the largest number of samples in any line, before and after.
    """
    scale = (size / fitted)[:, None, None]
    results = torch.arange(side, device=size.device)[:, None]
    samples = torch.arange(longest, device=size.device)
    distance = (samples + 0.5) - (results + 0.5) * scale
    weights = (1 - distance.abs() / scale.clamp_min(1)).clamp_min(0)
    weights *= (results < fitted[:, None, None]) & (samples < size[:, None, None])
    return weights / weights.sum(-1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
