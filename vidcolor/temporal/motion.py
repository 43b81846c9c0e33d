"""Finding how things in the picture move from frame to frame, in luma alone."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.temporal.flow import FAST, SHORTEST_SIDE, find_flow, still, visible, warp

_ALIKE_THERE = 0.06
"""The flow is believed where 3 x 3 pixels differ, in the mean, by less luma from where it leads."""
_ASTRAY = 0.12
"""Where they differ by more, the flow leads to another thing; it isn't believed within 3 pixels."""
_PUMPING = 1.4
"""The contrast of a picture changes by this factor at most while it stays the same picture."""
_ALIKE_HERE = 0.09
"""Where a thing stays, the mean luma of 5 x 5 pixels changes by less than this."""


@dataclass(frozen=True, eq=False)
class Step:
    """What moved between two consecutive frames, for each cell of a grid.

    back: (3, h, w) float32. The first two planes tell how far away, in cells to the right and
        down, the thing in a cell of the later frame was in the earlier frame; the third is the
        share, in [0, 1], of the cell's pixels that the earlier frame shows too.
    forward: the same from the earlier frame to the later one.
    """

    back: torch.Tensor
    forward: torch.Tensor


def find_step(earlier: np.ndarray, later: np.ndarray, cell: int, preset: int = FAST) -> Step:
    """Return the step between two frames, in cells of `cell` x `cell` pixels.

    Args:
        earlier, later: luma, (H, W) float32 in [0, 1]; the sides are multiples of `cell`.
        cell: in pixels.
        preset: of the flow, as for `find_flow`.

    Still pixels stay where they are and count as seen, for flow would draw them along with what
    moves beside them. Other pixels go along the flow, and are seen if the flow back leads home and
    the luma there and around it is alike, apart from a change of the whole picture's brightness
    and contrast. Pixels that are not seen that way, but are alike at the same place, stay: water,
    leaves, and all of a picture that is too narrow for flow.
    """
    rests = still(earlier, later)
    # The earlier frame in the later one's brightness and contrast, so that pumping is no change.
    contrast = np.clip(later.std() / max(earlier.std(), 1e-3), 1 / _PUMPING, _PUMPING)
    matched = (earlier - earlier.mean()) * contrast + later.mean()
    stays = np.abs(cv2.blur(later - matched, (5, 5))) < _ALIKE_HERE
    if min(earlier.shape) < SHORTEST_SIDE:
        nowhere = np.zeros((*earlier.shape, 2), np.float32)
        return Step(*[_cells(nowhere, rests | stays, cell)] * 2)
    forward, back = (
        find_flow(begin, end, preset) for begin, end in ((earlier, later), (later, earlier))
    )
    ways = []
    for way, home, begin, end in (
        (back, forward, later, matched),
        (forward, back, matched, later),
    ):
        mismatch = cv2.blur(np.abs(begin - warp(end, way)), (3, 3))
        astray = ((mismatch > _ASTRAY) & ~rests).astype(np.uint8)
        beside = cv2.dilate(astray, np.ones((7, 7), np.uint8)) > 0
        goes = visible(way, home) & (mismatch < _ALIKE_THERE) & ~beside
        way = np.where((rests | stays & ~goes)[..., None], 0, way)
        ways.append(_cells(way, goes | rests | stays, cell))
    return Step(*ways)


def at_rest(height: int, width: int) -> torch.Tensor:
    """Return the way of each cell to itself, (3, height, width) float32; see `extend_back`."""
    x, y = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="xy")
    return torch.stack([x, y, torch.ones_like(x)]).float()


def extend_back(ways: torch.Tensor, step: Step) -> torch.Tensor:
    """Lengthen ways that begin in the earlier frame of a step, so that they begin in the later one.

    ways: (k, 3, h, w) float32. They tell where the thing in each cell of one frame is in k others,
        in cells from the left and the top, and how surely it is seen there and on the way, in
        [0, 1].
    """
    lengthened = warp_planes(ways.flatten(0, 1), step).reshape(ways.shape)
    lengthened[:, 2] *= step.back[2]
    return lengthened


def warp_planes(planes: torch.Tensor, step: Step) -> torch.Tensor:
    """Move planes (n, h, w) of a step's earlier frame to where its things are in the later one."""
    origins = at_rest(*planes.shape[1:])
    origins[:2] += step.back[:2]
    cells, shares = corners(origins[None])
    return gather(planes.flatten(1).T.contiguous(), cells[0], shares[0]).T.reshape(planes.shape)


def extend_forward(ways: torch.Tensor, step: Step) -> torch.Tensor:
    """Lengthen ways that end in the earlier frame of a step, so that they end in the later one.

    ways: (k, 3, h, w), from k frames to one; otherwise as for `extend_back`.
    """
    cells, shares = corners(ways)
    rows = step.forward.flatten(1).T.contiguous()
    moved = gather(rows, cells.flatten(0, 1), shares.flatten(0, 1))
    moved = moved.reshape(len(ways), -1, 3).transpose(1, 2).reshape(ways.shape)
    return torch.cat([ways[:, :2] + moved[:, :2], ways[:, 2:] * moved[:, 2:]], 1)


def corners(ways: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Prepare bilinear interpolation at the ends of `ways`, (k, 3, h, w), in a grid of h x w cells.

    Returns the four cells around each place, by their number in the grid, (k, h * w, 4) int64, and
    their shares, of the same shape in float32. A place outside is moved to the border.
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
    """Return Σ_j shares[i, j] rows[cells[i, j]] for each i, added in the order of j.

    rows: (m, n). cells, shares: (k, j). Returns (k, n).
    """
    return F.embedding_bag(cells, rows, per_sample_weights=shares, mode="sum")


def _cells(flow: np.ndarray, seen: np.ndarray, cell: int) -> torch.Tensor:
    """Average flow, in pixels, and what is seen over cells -> (3, h, w), as in `Step`."""
    pixels = np.concatenate([flow / cell, seen[..., None]], 2, dtype=np.float32)
    size = pixels.shape[1] // cell, pixels.shape[0] // cell
    cells = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return torch.from_numpy(cells.transpose(2, 0, 1).copy())
