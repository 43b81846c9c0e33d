"""The frames of a film as they are measured: at a moderate size, with the chroma of BT.709."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch

from vidcolor.color.yuv import Matrix, chroma_offsets, rgb_to_yuv
from vidcolor.draw.pixels import resize_plane, rgb_pixels
from vidcolor.errors import UnsupportedError
from vidcolor.input.color_tags import source_matrix
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.pixel_formats import is_gray
from vidcolor.input.reader import Reader

LONG_SIDE = 480
"""Films whose long side has more pixels than this are measured at this size."""


@dataclass(frozen=True, eq=False)
class MeasuredFrame:
    """One frame as it is measured."""

    time: Fraction
    """Seconds since the film's first frame."""
    duration: Fraction
    """Seconds; 0 if unknown."""
    luma: np.ndarray
    """(H, W) float32 Y in [0, 1]."""
    chroma: np.ndarray
    """(H, W, 2) float32, U and V in [-0.5, 0.5]; 0 where the film has none."""

    def rgb(self) -> np.ndarray:
        """Return the frame as RGB, (H, W, 3) uint8, clipped."""
        return rgb_pixels(self.luma, self.chroma)


def measured_shape(picture: Picture) -> tuple[int, int]:
    """Return the (height, width) of the film, reduced to a long side of `LONG_SIDE` at most."""
    scale = min(Fraction(1), Fraction(LONG_SIDE, max(picture.height, picture.width)))
    return max(1, round(picture.height * scale)), max(1, round(picture.width * scale))


def measured_frames(reader: Reader, shape: tuple[int, int]) -> Iterator[MeasuredFrame]:
    """Yield all frames of `reader` at `shape`, (height, width).

    Planes are averaged over areas where they shrink and interpolated where they grow. Chroma is
    converted to BT.709, and the luma is kept.

    Raises:
        InputError: as `Reader` while iterating.
        UnsupportedError: as `Reader` while iterating, or the film is stored as RGB, or its colours
            are by a matrix or for primaries that can't be converted.
    """
    picture = reader.picture
    codes = picture.codes
    matrix = _matrix(reader)
    first = None
    for item in reader:
        if not isinstance(item, Frame):
            continue
        if (item.chroma is None) != (matrix is None):
            raise UnsupportedError(
                f"{reader.path}: its colour is stored as RGB, or its pixel format changes midway; "
                "convert the film to yuv444p first"
            )
        first = item.pts if first is None else first
        chroma = np.zeros((*shape, 2), np.float32)
        if item.chroma is not None and matrix is not None:
            u, v = (
                resize_plane(codes.chroma_to_unit(_tensor(p)).numpy(), shape) for p in item.chroma
            )
            _, *bt709 = rgb_to_yuv(*chroma_offsets(u, v, matrix))
            chroma = np.stack(bt709, 2)
        luma = resize_plane(codes.luma_to_unit(_tensor(item.luma)).numpy(), shape)
        base = picture.time_base
        yield MeasuredFrame((item.pts - first) * base, item.duration * base, luma, chroma)


def _matrix(reader: Reader) -> Matrix | None:
    """Return the matrix that the film's chroma was made by; None if it has no chroma.

    Raises UnsupportedError if the chroma can't be converted to BT.709.
    """
    picture = reader.picture
    if is_gray(picture.pixel_format):
        return None
    try:
        return source_matrix(picture.matrix, picture.primaries, picture.width, picture.height)
    except UnsupportedError as error:
        raise UnsupportedError(f"{reader.path}: {error}; convert the film to BT.709") from None


def _tensor(plane: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(plane.astype(np.float32))
