"""Bringing films into a common form: upright, in square pixels, in BT.709."""

import numpy as np
import torch

from vidcolor.color.tint import Look
from vidcolor.color.yuv import CodeRange, chroma_offsets, rgb_to_yuv
from vidcolor.draw.pixels import Planes, resize_plane
from vidcolor.errors import UnsupportedError
from vidcolor.input.color_tags import source_matrix
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.reader import Reader

_STRETCH = 2
"""By how many pixels a picture may be stretched to fill a place of nearly its proportions."""


def displayed_shape(picture: Picture) -> tuple[int, int]:
    """Return the (height, width) of a film upright and in square pixels, with all its lines.

    If its pixels are not square, its stored width is resized, to an even number of pixels.
    """
    height, width, aspect = picture.height, picture.width, picture.sample_aspect_ratio
    if aspect not in (None, 1):
        width = max(2, 2 * round(width * aspect / 2))
    return (width, height) if picture.quarter_turns % 2 else (height, width)


def fitted_shape(shape: tuple[int, int], place: tuple[int, int]) -> tuple[int, int]:
    """Return the largest (height, width) in the proportions of `shape` that fits into `place`.

    It is all of the place, up to a stretch of two pixels, or its sides are even.
    """
    scale = min(place[0] / shape[0], place[1] / shape[1])
    height, width = shape[0] * scale, shape[1] * scale
    if max(place[0] - height, place[1] - width) <= _STRETCH:
        return place
    return (
        min(place[0], max(2, 2 * round(height / 2))),
        min(place[1], max(2, 2 * round(width / 2))),
    )


def central_part(plane: np.ndarray, shape: tuple[int, int], fitted: tuple[int, int]) -> np.ndarray:
    """Return the part of `plane`, as a view, where a picture of shape `fitted` is centred.

    shape: (height, width) of the whole picture; the plane may have fewer samples.
    """
    down, across = shape[0] // plane.shape[0], shape[1] // plane.shape[1]
    top, left = ((room - side) // 4 * 2 for room, side in zip(shape, fitted, strict=True))
    bottom, right = top + fitted[0], left + fitted[1]
    return plane[top // down : bottom // down, left // across : right // across]


def scaling_note(name: str, shape: tuple[int, int], place: tuple[int, int]) -> str:
    """Return a line that tells that a picture of `shape` is resized into `place`."""
    own, fitted, room = (f"{s[1]}x{s[0]}" for s in (shape, fitted_shape(shape, place), place))
    return f"{name} is {own}: shown at {fitted}" + (f" within {room}" if fitted != room else "")


class FitToFilm:
    """Gives the frames of a film the form of another film.

    Args:
        reader: the film.
        shape: (height, width) of luma to make; what the film's proportions leave free is black.
        sampling: (rows, columns) of luma that share a chroma sample.
        codes: how the codes of the planes made stand for values.
        by_fields: whether the two fields of each frame are resized apart.
    """

    def __init__(
        self,
        reader: Reader,
        shape: tuple[int, int],
        sampling: tuple[int, int],
        codes: CodeRange,
        by_fields: bool,
    ) -> None:
        self._path, self._picture = reader.path, reader.picture
        self._stored = self._picture.codes
        self._shape, self._sampling, self._codes = shape, sampling, codes
        self._by_fields = by_fields
        self._fitted = fitted_shape(displayed_shape(self._picture), shape)

    def black(self) -> Planes:
        """Return Y, U and V of a black picture."""
        codes = self._codes
        chroma = self._shape[0] // self._sampling[0], self._shape[1] // self._sampling[1]
        return [
            np.full(self._shape, codes.black, codes.dtype),
            np.full(chroma, codes.neutral, codes.dtype),
            np.full(chroma, codes.neutral, codes.dtype),
        ]

    def __call__(self, frame: Frame) -> Planes:
        """Return Y, U and V of `frame` in the other film's form.

        Raises:
            UnsupportedError: the frame is not grey, and its colours are in RGB, or by a matrix or
                for primaries that can't be converted.
        """
        planes = self.black()
        luma, *chroma = (central_part(plane, self._shape, self._fitted) for plane in planes)
        y = self._resize(self._stored.luma_to_unit(self._turn_upright(frame.luma)), luma.shape)
        try:
            shift, *uv = self._in_bt709(frame.chroma)
        except UnsupportedError:
            if frame.look is not Look.GREY:
                raise
        else:
            y += self._resize(shift, luma.shape)
            for place, plane in zip(chroma, uv, strict=True):
                place[:] = self._codes.chroma_to_codes(self._resize(plane, place.shape))
        luma[:] = self._codes.luma_to_codes(y)
        return planes

    def _in_bt709(
        self, chroma: tuple[np.ndarray, np.ndarray] | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Convert chroma to BT.709: return what is to be added to the luma, and U and V.

        Raises UnsupportedError if the chroma can't be converted.
        """
        if chroma is None:
            raise UnsupportedError(
                f"{self._path}: its colour is stored as RGB; convert the film to yuv444p first"
            )
        picture = self._picture
        try:
            matrix = source_matrix(picture.matrix, picture.primaries, picture.width, picture.height)
        except UnsupportedError as error:
            raise UnsupportedError(f"{self._path}: {error}; convert the film to BT.709") from None
        blueness, redness = (self._stored.chroma_to_unit(self._turn_upright(p)) for p in chroma)
        return rgb_to_yuv(*chroma_offsets(blueness, redness, matrix))

    def _turn_upright(self, plane: np.ndarray) -> torch.Tensor:
        """Return a plane as players turn and mirror it, float32."""
        return torch.from_numpy(self._picture.upright(plane).astype(np.float32, order="C"))

    def _resize(self, plane: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
        """Resize a plane, or each of its two fields, to `shape`."""
        if not self._by_fields:
            return torch.from_numpy(resize_plane(plane.numpy(), shape))
        woven = np.empty(shape, np.float32)
        for line in (0, 1):
            woven[line::2] = resize_plane(plane[line::2].numpy(), woven[line::2].shape)
        return torch.from_numpy(woven)
