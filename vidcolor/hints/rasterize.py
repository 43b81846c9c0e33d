"""Marks become a `HintMap`: which cells of the picture each of them covers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import UsageError
from vidcolor.hints.marks import Mark, Region, Stroke
from vidcolor.hints.named_colors import chroma_of
from vidcolor.hints.placement import Placement
from vidcolor.input.photographs import Photograph
from vidcolor.net.hints import HintMap, Limits

_ASPECT = 0.02
"""By how much of it the aspect of a mask may differ from the picture's: it may have been rounded
to whole pixels, or to a player's window."""


def rasterize(
    marks: Sequence[Mark], placement: Placement, shape: tuple[int, int]
) -> HintMap | None:
    """Return the hints of marks that lie in the active picture; None where none does.

    Args:
        marks: a later one lies over earlier ones.
        placement: of the active picture.
        shape: (h, w), its cells, which a player shows as squares.

    Raises:
        InputError: a mask can't be read.
        UsageError: a mask has another aspect than the picture.
    """
    covers = [(mark, cover(mark, placement, shape)) for mark in marks]
    hints = _painted(covers, shape)
    limited = [(mark.spread, covered) for mark, covered in covers if mark.spread is not None]
    if not hints.weight.any():
        return None
    if not limited:
        return hints
    far = np.full(shape, -1, np.float32)
    for spread, covered in limited:
        far[covered] = far[covered].clip(spread * placement.long_side(shape))
    free = _painted([each for each in covers if each[0].spread is None], shape)
    return replace(hints, limits=Limits(torch.from_numpy(far), free))


def _painted(covers: Sequence[tuple[Mark, np.ndarray]], shape: tuple[int, int]) -> HintMap:
    """Return the map of marks with the cells that they cover, a later one over earlier ones."""
    chroma, weight = np.zeros((2, *shape), np.float32), np.zeros(shape, np.float32)
    for mark, covered in covers:
        chroma[:, covered] = np.array(chroma_of(mark.color), np.float32)[:, None]
        weight[covered] = mark.strength
    planes = torch.from_numpy(chroma), torch.from_numpy(weight)
    return HintMap(*planes, exact=planes[1] > 0)


def cover(mark: Mark, placement: Placement, shape: tuple[int, int]) -> np.ndarray:
    """Return the cells whose middles a mark covers, (h, w) bool; none if it lies in black bars.

    A mark smaller than a cell covers those in which its middle, its path or its corners are.
    Raises as `rasterize`.
    """
    if isinstance(mark, Region) and mark.mask is not None:
        return _mask(mark.mask, placement, shape)
    covered = np.zeros(shape, bool)
    if isinstance(mark, Region):
        from skimage.draw import polygon as polygon_cells  # late: films without hints begin sooner

        assert mark.polygon is not None
        corners = placement.cells(mark.polygon, shape)
        covered[polygon_cells(corners[:, 1] - 0.5, corners[:, 0] - 0.5, shape)] = True
        if not covered.any():
            _brush(covered, [*corners, corners[0]], 0)
        return covered
    radius = mark.radius * placement.long_side(shape)
    path = mark.path if isinstance(mark, Stroke) else (mark.xy,)
    _brush(covered, list(placement.cells(path, shape)), radius)
    return covered


def _brush(covered: np.ndarray, path: Sequence[np.ndarray], radius: float) -> None:
    """Mark the cells whose middles are within `radius` of a path, and those that it goes through.

    path: (x, y) in cells, one or more.
    """
    height, width = covered.shape
    ends = path[1:] or path
    for begin, end in zip(path, ends, strict=False):
        limits = width, height
        first = np.floor(np.minimum(begin, end) - radius - 1).astype(int).clip(0, limits)
        last = np.ceil(np.maximum(begin, end) + radius + 1).astype(int).clip(0, limits)
        (left, top), (right, bottom) = first, last
        y, x = np.mgrid[top:bottom, left:right]
        along = end - begin
        from_begin = np.stack([x + 0.5, y + 0.5], -1) - begin
        share = (from_begin @ along / max(along @ along, 1e-12)).clip(0, 1)
        away = from_begin - share[..., None] * along
        within = np.hypot(*away.transpose(2, 0, 1)) <= radius
        covered[top:bottom, left:right] |= within
        # However thin it is: its steps are shorter than a cell.
        steps = int(np.abs(along).max()) * 2 + 2
        columns, rows = np.floor(np.linspace(begin, end, steps)).astype(int).T
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        covered[rows[inside], columns[inside]] = True


def _mask(path: Path, placement: Placement, shape: tuple[int, int]) -> np.ndarray:
    """Return the cells of which a mask shows more than half lighter than mid-grey.

    Where it has nothing as large, they are those of which it shows most.
    """
    page = Photograph(path).page()
    rgb = page.shown().astype(np.float32) / page.codes.peak
    luma = rgb_to_yuv(*rgb.transpose(2, 0, 1))[0]
    # The whole picture that is shown, in cells.
    width, height = shape[1] / placement.width, shape[0] / placement.height
    if abs(luma.shape[1] / luma.shape[0] / (width / height) - 1) > _ASPECT + 2 / min(luma.shape):
        raise UsageError(
            f"{path}: the mask is {luma.shape[1]}x{luma.shape[0]}, of another aspect than the "
            f"picture, which is {width / height:.3f} times as wide as high"
        )
    size = max(1, round(width)), max(1, round(height))
    bright = (luma > 0.5).astype(np.float32)
    whole = cv2.resize(bright, size, interpolation=cv2.INTER_AREA)
    x, y = placement.places(shape)
    columns = np.floor(x * size[0]).astype(int).clip(0, size[0] - 1)
    rows = np.floor(y * size[1]).astype(int).clip(0, size[1] - 1)
    shares = whole[rows][:, columns]
    most = shares.max()
    return shares > 0.5 if most > 0.5 else (shares == most) & (shares > 0)
