"""Frames made one by one and all at once, against a slow resize of each photograph alone."""

from collections.abc import Callable
from math import floor
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data as samples
from torch.nn import functional as F

from vidcolor.train.data.crops import Parts, crop_at_once, crop_each

PHOTOGRAPHS = [samples.coffee()[:171, :256], samples.chelsea()[:150, :150], samples.rocket()[:90]]
PIXELS = torch.from_numpy(np.concatenate([photograph.reshape(-1) for photograph in PHOTOGRAPHS]))

Make = Callable[[torch.Tensor, Parts, int], torch.Tensor]


def _parts(side: int, count: int = 24) -> tuple[Parts, list[np.ndarray]]:
    """Random rectangles at random scales, and what each shows."""
    random = np.random.default_rng(side)
    chosen = random.integers(len(PHOTOGRAPHS), size=count)
    starts = np.cumsum([0, *(photograph.size for photograph in PHOTOGRAPHS)])
    shapes = np.array([photograph.shape[:2] for photograph in PHOTOGRAPHS])[chosen]
    size = random.integers(20, shapes, endpoint=True)
    corner = random.integers(shapes - size, endpoint=True)
    fitted = random.integers(side // 2, side, (count, 2), endpoint=True)
    fitted[: count // 2] = side
    parts = Parts(starts[chosen], shapes[:, 1], corner, size, fitted)
    rectangles = zip(chosen, corner, size, strict=True)
    return parts, [
        PHOTOGRAPHS[n][top : top + height, left : left + width]
        for n, (top, left), (height, width) in rectangles
    ]


@pytest.mark.parametrize("make", [crop_each, crop_at_once])
@pytest.mark.parametrize("side", [32, 96, 200])
def test_frames_are_within_a_code_of_each_photograph_resized_alone(make: Make, side: int) -> None:
    parts, shown = _parts(side)
    frames = make(PIXELS, parts, side)
    assert frames.shape == (24, 3, side, side)
    assert frames.dtype == torch.uint8
    for frame, picture, (height, width) in zip(frames, shown, parts.fitted, strict=True):
        rgb = torch.from_numpy(picture.transpose(2, 0, 1).copy()).float()
        size = (int(height), int(width))
        alone = F.interpolate(rgb[None], size=size, mode="bilinear", antialias=True)[0]
        assert (frame[:, :height, :width] - alone).abs().max() < 1.01
        assert not frame[:, height:].any()
        assert not frame[:, :, width:].any()


@pytest.mark.parametrize("make", [crop_each, crop_at_once])
def test_nothing_changes_at_the_own_size(make: Make) -> None:
    parts, shown = _parts(64)
    square = Parts(parts.start, parts.width, parts.corner, *[np.full((24, 2), 20)] * 2)
    for frame, picture in zip(make(PIXELS, square, 64), shown, strict=True):
        assert np.array_equal(frame[:, :20, :20].permute(1, 2, 0), picture[:20, :20])


@pytest.mark.parametrize("make", [crop_each, crop_at_once])
def test_the_filter_is_a_triangle_as_wide_as_the_scale(make: Make) -> None:
    """Each result by the definition, sample by sample, along one axis."""
    line = PHOTOGRAPHS[0][:1, :100]
    pixels = torch.from_numpy(np.tile(line, (40, 1, 1)).reshape(-1))
    for fitted in (37, 64):
        parts = Parts(*(np.array([v]) for v in (0, 100, (0, 0), (40, 90), (fitted, fitted))))
        frame = make(pixels, parts, 64)[0, :, 0, :fitted].T.numpy()
        scale = 90 / fitted
        for result in range(fitted):
            centre = (result + 0.5) * scale
            first, last = max(0, floor(centre - scale)), min(90, floor(centre + scale) + 1)
            weights = [max(0, 1 - abs(n + 0.5 - centre) / scale) for n in range(first, last)]
            expected = np.average(line[0, first:last], 0, weights)
            assert np.abs(frame[result] - expected).max() < 1.01


def test_offsets_beyond_32_bits_are_reached(tmp_path: Path) -> None:
    """A million photographs take more bytes than an int32 counts; a file of holes takes few."""
    far = 3 * 2**31
    row = torch.arange(12, dtype=torch.uint8)
    pixels = torch.from_numpy(np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=far + 12))
    pixels[far:] = row
    parts = Parts(*(np.array([v]) for v in (far, 2, (0, 0), (2, 2), (2, 2))))
    for make in (crop_each, crop_at_once):
        assert torch.equal(make(pixels, parts, 2)[0].permute(1, 2, 0).reshape(-1), row)
