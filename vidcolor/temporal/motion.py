"""How the picture moves from frame to frame, found in luma alone."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.temporal.flow import FAST, SHORTEST_SIDE, flow, still, visible, warp

_ALIKE_THERE = 0.06
"""Luma by which 3 x 3 pixels may differ from where the flow leads them, in the mean of each."""
_ASTRAY = 0.12
"""From here on they are another thing, and within 3 pixels the flow is not believed."""
_PUMPING = 1.4
"""The most by which a picture's contrast changes at once while it stays the same picture."""
_ALIKE_HERE = 0.09
"""Luma by which the mean of 5 x 5 pixels may change in what stays."""


@dataclass(frozen=True, eq=False)
class Step:
    """What moved between two consecutive frames, for each cell of a grid.

    back: (3, h, w) float32: how far away, in cells to the right and down, the thing in a cell of
    the later frame was in the earlier one, and the share in [0, 1] of the cell's pixels that is to
    be seen there too. forward: the same from the earlier to the later.
    """

    back: torch.Tensor
    forward: torch.Tensor


def find_step(extend_back: np.ndarray, extend_forward: np.ndarray, cell: int) -> Step:
    """The step between two frames, (H, W) float32 luma in [0, 1], in cells of `cell` x `cell`.

    The sides are multiples of `cell`. What is still stays where it is and is seen: flow would draw
    it along with what moves beside it. The rest goes along the flow, and is seen if the flow back
    leads home and the luma there is alike, also around it, but for a change of the whole picture's
    brightness and contrast. What is not seen that way, but is alike where it was, stays: water,
    leaves, and all of a picture too narrow for flow.
    """
    rests = still(extend_back, extend_forward)
    contrast = np.clip(extend_forward.std() / max(extend_back.std(), 1e-3), 1 / _PUMPING, _PUMPING)
    warp_planes = (extend_back - extend_back.mean()) * contrast + extend_forward.mean()
    stays = np.abs(cv2.blur(extend_forward - warp_planes, (5, 5))) < _ALIKE_HERE
    if min(extend_back.shape) < SHORTEST_SIDE:
        nowhere = np.zeros((*extend_back.shape, 2), np.float32)
        return Step(*[_cells(nowhere, rests | stays, cell)] * 2)
    forward, back = flow(extend_back, extend_forward, FAST), flow(extend_forward, extend_back, FAST)
    ways = []
    for way, home, begin, end in (
        (back, forward, extend_forward, warp_planes),
        (forward, back, warp_planes, extend_forward),
    ):
        mismatch = cv2.blur(np.abs(begin - warp(end, way)), (3, 3))
        astray = ((mismatch > _ASTRAY) & ~rests).astype(np.uint8)
        beside = cv2.dilate(astray, np.ones((7, 7), np.uint8)) > 0
        goes = visible(way, home) & (mismatch < _ALIKE_THERE) & ~beside
        way = np.where((rests | stays & ~goes)[..., None], 0, way)
        ways.append(_cells(way, goes | rests | stays, cell))
    return Step(*ways)


def at_rest(height: int, width: int) -> torch.Tensor:
    """(3, height, width) float32: the way of each cell to itself; see `extend_back`."""
    x, y = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="xy")
    return torch.stack([x, y, torch.ones_like(x)]).float()


def extend_back(ways: torch.Tensor, find_step: Step) -> torch.Tensor:
    """Ways that begin in the earlier frame of a step, lengthened to begin in the later one.

    ways: (k, 3, h, w) float32, where the thing in each cell of one frame is in k others, in cells
    from the left and the top, and how surely it is seen there and on the way, in [0, 1].
    """
    lengthened = warp_planes(ways.flatten(0, 1), find_step).reshape(ways.shape)
    lengthened[:, 2] *= find_step.back[2]
    return lengthened


def warp_planes(planes: torch.Tensor, find_step: Step) -> torch.Tensor:
    """Planes of a step's earlier frame, (n, h, w), to where its things are in the later one."""
    origins = at_rest(*planes.shape[1:])
    origins[:2] += find_step.back[:2]
    cells, shares = corners(origins[None])
    return gather(planes.flatten(1).T.contiguous(), cells[0], shares[0]).T.reshape(planes.shape)


def extend_forward(ways: torch.Tensor, find_step: Step) -> torch.Tensor:
    """Ways that end in the earlier frame of a step, lengthened to end in the later one.

    ways: (k, 3, h, w), of k frames to one; else as for `extend_back`.
    """
    cells, shares = corners(ways)
    rows = find_step.forward.flatten(1).T.contiguous()
    moved = gather(rows, cells.flatten(0, 1), shares.flatten(0, 1))
    moved = moved.reshape(len(ways), -1, 3).transpose(1, 2).reshape(ways.shape)
    return torch.cat([ways[:, :2] + moved[:, :2], ways[:, 2:] * moved[:, 2:]], 1)


def corners(ways: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Bilinear interpolation at the ends of `ways`, (k, 3, h, w), in a grid of h x w cells.

    Returns (k, h * w, 4) int64, the cells around each place by their number in the grid, and
    float32, their shares. A place outside is moved to the border.
    """
    height, width = ways.shape[-2:]
    x = ways[:, 0].flatten(1).clamp(0, width - 1)
    y = ways[:, 1].flatten(1).clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    right, bottom = (left + 1).clamp_max(width - 1), (top + 1).clamp_max(height - 1)
    x, y = x - left, y - top
    cells = [top * width + left, top * width + right, bottom * width + left, bottom * width + right]
    shares = [(1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x]
    return torch.stack(cells, 2).long(), torch.stack(shares, 2)


def gather(rows: torch.Tensor, cells: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Σ_j shares[i, j] rows[cells[i, j]], in the order of j: (m, n), (k, j), (k, j) -> (k, n)."""
    return F.embedding_bag(cells, rows, per_sample_weights=shares, mode="sum")


def _cells(flow: np.ndarray, seen: np.ndarray, cell: int) -> torch.Tensor:
    """Means over cells: flow in pixels and what is seen -> (3, h, w), as in `Step`."""
    pixels = np.concatenate([flow / cell, seen[..., None]], 2, dtype=np.float32)
    size = pixels.shape[1] // cell, pixels.shape[0] // cell
    cells = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return torch.from_numpy(cells.transpose(2, 0, 1).copy())
