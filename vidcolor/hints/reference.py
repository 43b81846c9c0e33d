"""Reads reference pictures, and tells a frame's own picture from others."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vidcolor.color.tint import is_grey
from vidcolor.color.yuv import CodeRange, rgb_to_yuv
from vidcolor.colorize.bars import active_picture
from vidcolor.errors import InputError
from vidcolor.hints.placement import Placement
from vidcolor.input.photographs import Photograph
from vidcolor.text import parse_time

LONG_SIDE = 1024
"""Reference pictures are reduced to this long side, in pixels: more than hints are spread over."""

OWN = 0.9
"""A picture whose luma is correlated with a frame's by more than this is that frame in color."""

_FULL = CodeRange(depth=8, full=True)

_TIME = re.compile(r"(?<!\d)(\d{1,4})-(\d\d)-(\d\d\.\d{3})(?!\d)")


def time_of_name(path: Path) -> Fraction | None:
    """Return the time that a still's name holds, as in film.0-01-12.480.png; None without one."""
    found = _TIME.findall(path.name)
    return parse_time(":".join(found[-1])) if found else None


@dataclass(frozen=True, eq=False)
class ColorPicture:
    """A picture as planes: luma (H, W) float32 in [0, 1], chroma (2, H, W), UV of BT.709.

    opaque: (H, W) float32 in [0, 1]; what is transparent tells no color.
    """

    luma: np.ndarray
    chroma: np.ndarray
    opaque: np.ndarray

    @property
    def is_grey(self) -> bool:
        """True if it has no color."""
        return is_grey(*self.chroma * self.opaque)

    def resized(self, shape: tuple[int, int]) -> "ColorPicture":
        """Return it in another shape (h, w), averaged over areas where it shrinks."""

        def plane(values: np.ndarray) -> np.ndarray:
            return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_AREA)

        chroma = np.stack([plane(each) for each in self.chroma])
        return ColorPicture(plane(self.luma), chroma, plane(self.opaque))

    def mirrored(self) -> "ColorPicture":
        """Return it with left and right exchanged."""
        return self._part(slice(None), slice(None, None, -1))

    def without_bars(self) -> "ColorPicture":
        """Return what lies within black bars that it has on opposite sides, about equally wide."""
        codes = (255 * self.luma).round().astype(np.uint8)
        return self._part(*active_picture([codes], codes.shape, _FULL).inside)

    def within(self, placement: Placement) -> "ColorPicture":
        """Return the part that a film's picture has of its frames, of which this shows a whole."""
        height, width = self.luma.shape
        top, left = round(placement.top * height), round(placement.left * width)
        bottom = max(top + 1, round((placement.top + placement.height) * height))
        right = max(left + 1, round((placement.left + placement.width) * width))
        return self._part(slice(top, bottom), slice(left, right))

    def _part(self, rows: slice, columns: slice) -> "ColorPicture":
        return ColorPicture(
            np.ascontiguousarray(self.luma[rows, columns]),
            np.ascontiguousarray(self.chroma[:, rows, columns]),
            np.ascontiguousarray(self.opaque[rows, columns]),
        )


def read_reference(path: Path, long_side: int = LONG_SIDE) -> ColorPicture:
    """Read a picture, upright, reduced to a long side of so many pixels. Raises InputError."""
    page = Photograph(path).page()
    rgb = page.shown()
    scale = min(1, long_side / max(rgb.shape[:2]))
    size = [max(1, round(side * scale)) for side in rgb.shape[1::-1]]
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    y, u, v = rgb_to_yuv(*(small / np.float32(page.codes.peak)).transpose(2, 0, 1))
    opaque = np.ones_like(y)
    if page.alpha is not None:
        alpha = cv2.resize(page.alpha, size, interpolation=cv2.INTER_AREA)
        opaque = alpha.astype(np.float32) / np.float32(page.codes.peak)
    if not opaque.any():
        raise InputError(f"{path}: all of it is transparent; save it without transparency")
    return ColorPicture(y, np.stack([u, v]), opaque)


def read_labels(path: Path) -> np.ndarray:
    """Read a picture of regions: (H, W) int64, a number for each color, 0 for black.

    Raises InputError.
    """
    rgb = Photograph(path).page().shown()
    scale = (np.iinfo(rgb.dtype).max + 1) // 256
    red, green, blue = (rgb // scale).astype(np.int64).transpose(2, 0, 1)
    return red << 16 | green << 8 | blue


def grey_note(name: str, picture: Path) -> str:
    """Return the line that tells of a reference, called `name`, that has no color."""
    return f"{name}: {picture.name} has no colour; it is not used"


def fit_to_frame(
    picture: ColorPicture, luma: np.ndarray, placement: Placement
) -> tuple[ColorPicture, float]:
    """Return a picture in the shape of a frame's active picture, and how alike their lumas are.

    The picture may show the frame with its black bars, without them or with others; the likeliest
    counts. It has the frame's orientation before players mirror it. How alike they are is the
    correlation of the two lumas, which levels don't matter to, where the picture is opaque; 0 where
    one of them is flat.

    luma: (h, w) float32, the active picture. placement: its own.
    """
    if placement.mirrored:
        picture = picture.mirrored()
    shown = picture, picture.within(placement), picture.without_bars()
    fits = [each.resized(luma.shape) for each in shown]
    alike = [_correlation(each.luma, luma, each.opaque) for each in fits]
    best = int(np.argmax(alike))
    return fits[best], alike[best]


def _correlation(one: np.ndarray, other: np.ndarray, weight: np.ndarray) -> float:
    """Return Pearson's correlation of two planes of one shape, weighted; 0 where one is flat."""
    total = max(float(weight.sum()), 1e-6)
    one, other = (each - (weight * each).sum() / total for each in (one, other))
    spread = float(np.sqrt((weight * one**2).sum() * (weight * other**2).sum()))
    return float((weight * one * other).sum()) / spread if spread > 1e-6 else 0.0
