"""Films in a common form: as players show them, upright and in square pixels, in BT.709."""

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
"""Pixels by which a picture may be stretched to fill a place of nearly its proportions."""


def displayed_shape(picture: Picture) -> tuple[int, int]:
    """(height, width) of a film upright and in square pixels, with all the lines it has.

    Where its pixels are not square, the other side is made even.
    """
    height, width, aspect = picture.height, picture.width, picture.sample_aspect_ratio
    if aspect not in (None, 1):
        width = max(2, 2 * round(width * aspect / 2))
    return (width, height) if round(picture.rotation / 90) % 2 else (height, width)


def fitted_shape(shape: tuple[int, int], place: tuple[int, int]) -> tuple[int, int]:
    """The largest (height, width) in the proportions of `shape` within `place`.

    It is all of the place, or its sides are even.
    """
    scale = min(place[0] / shape[0], place[1] / shape[1])
    height, width = shape[0] * scale, shape[1] * scale
    if max(place[0] - height, place[1] - width) <= _STRETCH:
        return place
    return (
        min(place[0], max(2, 2 * round(height / 2))),
        min(place[1], max(2, 2 * round(width / 2))),
    )


def centred(plane: np.ndarray, shape: tuple[int, int], fitted: tuple[int, int]) -> np.ndarray:
    """The middle of `plane`, of a picture of `shape`, where one of the `fitted` shape goes."""
    down, across = shape[0] // plane.shape[0], shape[1] // plane.shape[1]
    top, left = ((room - side) // 4 * 2 for room, side in zip(shape, fitted, strict=True))
    bottom, right = top + fitted[0], left + fitted[1]
    return plane[top // down : bottom // down, left // across : right // across]


def scaling(name: str, shape: tuple[int, int], place: tuple[int, int]) -> str:
    """A line that tells of a picture of `shape` in a place of another one."""
    own, fitted, room = (f"{s[1]}x{s[0]}" for s in (shape, fitted_shape(shape, place), place))
    return f"{name} is {own}: shown at {fitted}" + (f" within {room}" if fitted != room else "")


class FitToFilm:
    """Gives the frames of a film the form of another film.

    reader: the film. shape: (height, width) of luma wanted; what the film's proportions leave free
    is black. sampling: (rows, columns) of luma that share a chroma sample. codes: of the planes.
    by_fields: the two fields of each frame are resized apart.
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
        self._stored = CodeRange(self._picture.depth, self._picture.full_range)
        self._shape, self._sampling, self._codes = shape, sampling, codes
        self._by_fields = by_fields
        self._fitted = fitted_shape(displayed_shape(self._picture), shape)

    def black(self) -> Planes:
        """Y, U and V of nothing."""
        codes = self._codes
        dtype = np.uint8 if codes.depth == 8 else np.uint16
        chroma = self._shape[0] // self._sampling[0], self._shape[1] // self._sampling[1]
        return [
            np.full(self._shape, codes.black, dtype),
            np.full(chroma, codes.neutral, dtype),
            np.full(chroma, codes.neutral, dtype),
        ]

    def __call__(self, frame: Frame) -> Planes:
        """Y, U and V of `frame`.

        Raises:
            UnsupportedError: it is not grey, and its colours are in RGB, or by a matrix or for
                primaries that can't be converted.
        """
        planes = self.black()
        luma, *chroma = (centred(plane, self._shape, self._fitted) for plane in planes)
        y = self._resized(self._stored.luma_to_unit(self._upright(frame.luma)), luma.shape)
        try:
            shift, *uv = self._in_bt709(frame.chroma)
        except UnsupportedError:
            if frame.look is not Look.GREY:
                raise
        else:
            y += self._resized(shift, luma.shape)
            for place, plane in zip(chroma, uv, strict=True):
                place[:] = self._codes.chroma_to_codes(self._resized(plane, place.shape))
        luma[:] = self._codes.luma_to_codes(y)
        return planes

    def _in_bt709(
        self, chroma: tuple[np.ndarray, np.ndarray] | None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the luma gains, and U and V."""
        if chroma is None:
            raise UnsupportedError(
                f"{self._path}: its colour is stored as RGB; convert the film to yuv444p first"
            )
        picture = self._picture
        try:
            matrix = source_matrix(picture.matrix, picture.primaries, picture.width, picture.height)
        except UnsupportedError as error:
            raise UnsupportedError(f"{self._path}: {error}; convert the film to BT.709") from None
        blueness, redness = (self._stored.chroma_to_unit(self._upright(p)) for p in chroma)
        return rgb_to_yuv(*chroma_offsets(blueness, redness, matrix))

    def _upright(self, plane: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(self._picture.upright(plane).astype(np.float32, order="C"))

    def _resized(self, plane: torch.Tensor, shape: tuple[int, int]) -> torch.Tensor:
        if not self._by_fields:
            return torch.from_numpy(resize_plane(plane, shape))
        woven = np.empty(shape, np.float32)
        for line in (0, 1):
            woven[line::2] = resize_plane(plane[line::2], woven[line::2].shape)
        return torch.from_numpy(woven)
