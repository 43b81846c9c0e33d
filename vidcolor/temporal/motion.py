"""Finding how things in the picture move from frame to frame, in luma alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.temporal.flow import FAST, SHORTEST_SIDE, find_flows, still, visible, warp

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


def find_step(
    earlier: np.ndarray, later: np.ndarray, cell: int, preset: int = FAST, grain: int = 1
) -> Step:
    """Return the step between two frames, in cells of `cell` x `cell` pixels.

    Args:
        earlier, later: luma, (H, W) float32 in [0, 1]; the sides are multiples of `cell`.
        cell: in pixels.
        preset: of the flow, as for `find_flows`.
        grain: of whether the flow leads home, as for `visible`.

    Still pixels stay where they are and count as seen, for flow would draw them along with what
    moves beside them. Other pixels go along the flow, and are seen if the flow back leads home and
    the luma there and around it is alike, apart from a change of the whole picture's brightness
    and contrast. Pixels that are not seen that way, but are alike at the same place, stay: water,
    leaves, and all of a picture that is too narrow for flow.
    """
    rests = still(earlier, later)
    # The earlier frame in the later one's brightness and contrast, so that pumping is no change.
    (mean, spread), (later_mean, later_spread) = map(_mean_and_spread, (earlier, later))
    contrast = np.float32(np.clip(later_spread / max(spread, 1e-3), 1 / _PUMPING, _PUMPING))
    matched = (earlier - np.float32(mean)) * contrast + np.float32(later_mean)
    stays = np.abs(cv2.blur(later - matched, (5, 5))) < _ALIKE_HERE
    if min(earlier.shape) < SHORTEST_SIDE:
        nowhere = np.zeros((*earlier.shape, 2), np.float32)
        return Step(*[_cells(nowhere, rests | stays, cell)] * 2)
    forward, back = find_flows(earlier, later, preset)
    ways = []
    for way, home, begin, end in (
        (back, forward, later, matched),
        (forward, back, matched, later),
    ):
        mismatch = cv2.blur(np.abs(begin - warp(end, way)), (3, 3))
        astray = ((mismatch > _ASTRAY) & ~rests).astype(np.uint8)
        beside = cv2.dilate(astray, np.ones((7, 7), np.uint8)) > 0
        goes = visible(way, home, grain) & (mismatch < _ALIKE_THERE) & ~beside
        moves = ~rests & (goes | ~stays)
        # Zero elsewhere.
        way = cv2.copyTo(way, moves.view(np.uint8))
        ways.append(_cells(way, goes | rests | stays, cell))
    return Step(*ways)


@lru_cache(4)
def at_rest(height: int, width: int) -> torch.Tensor:
    """Return the way of each cell to itself, (3, height, width) float32; see `extend_back`.

    It is the same tensor each time, not to be written to.
    """
    x, y = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="xy")
    return torch.stack([x, y, torch.ones_like(x)]).float()


def no_step(height: int, width: int) -> Step:
    """Return the step between two frames in which nothing moves, of height x width cells."""
    rests = torch.stack([torch.zeros(height, width)] * 2 + [torch.ones(height, width)])
    return Step(rests, rests)


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
    shape = planes.shape[1:]
    x, y = (at_rest(*shape)[:2] + step.back[:2]).flatten(1)
    cells, shares = corners(x, y, shape)
    return gather(planes.flatten(1).T.contiguous(), cells, shares).T.reshape(planes.shape)


def corners(
    x: torch.Tensor,
    y: torch.Tensor,
    shape: Sequence[int],
    weights: torch.Tensor | None = None,
    begins: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Prepare bilinear interpolation at places in a grid.

    Returns the four cells around each place, by their number in the grid, (..., 4) int32, and
    their shares, of the same shape in float32. A place outside is moved to the border.

    Args:
        x, y: (...) float32, in cells from the left and the top.
        shape: (h, w) of the grid.
        weights: what the shares sum up to, (...); by default 1.
        begins: the number of each grid's first cell, int32 that broadcasts to (...); by default 0.
    """
    height, width = shape
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    # The last cell but one at most, so that there is always a next one.
    left, top = x.floor().clamp_(max=max(0, width - 2)), y.floor().clamp_(max=max(0, height - 2))
    x, y = x.sub_(left), y.sub_(top)
    cell = top.mul_(width).add_(left).int()
    if begins is not None:
        cell += begins
    lower = y if weights is None else y * weights
    upper = (1 if weights is None else weights) - lower
    upper_right, lower_right = upper * x, lower * x
    cells = cell.new_empty(*cell.shape, 4)
    shares = x.new_empty(cells.shape)
    across, down = min(1, width - 1), width * min(1, height - 1)
    # Written one by one: stacking along so short an axis takes twice as long.
    for corner, offset in enumerate((0, across, down, across + down)):
        torch.add(cell, offset, out=cells[..., corner])
    torch.sub(upper, upper_right, out=shares[..., 0])
    shares[..., 1] = upper_right
    torch.sub(lower, lower_right, out=shares[..., 2])
    shares[..., 3] = lower_right
    return cells, shares


def gather(rows: torch.Tensor, cells: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Return Σ_j shares[i, j] rows[cells[i, j]] for each i, added in the order of j.

    rows: (m, n). cells, shares: (k, j). Returns (k, n).
    """
    return F.embedding_bag(cells, rows, per_sample_weights=shares, mode="sum")


def _cells(flow: np.ndarray, seen: np.ndarray, cell: int) -> torch.Tensor:
    """Average flow, in pixels, and what is seen over cells -> (3, h, w), as in `Step`."""
    size = flow.shape[1] // cell, flow.shape[0] // cell
    x, y = cv2.split(cv2.resize(flow, size, interpolation=cv2.INTER_AREA) / cell)
    share = cv2.resize(seen.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return torch.from_numpy(np.stack([x, y, share], dtype=np.float32))


def _mean_and_spread(luma: np.ndarray) -> tuple[float, float]:
    """Return the mean and the standard deviation of luma."""
    mean, spread = cv2.meanStdDev(luma)
    return mean.item(), spread.item()
