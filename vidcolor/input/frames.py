"""The values that reading a film gives: what all its frames share, and one decoded frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from vidcolor.color.tint import Look
from vidcolor.color.yuv import CodeRange
from vidcolor.input.picture_headers import PictureHeader
from vidcolor.input.pyav_gaps import FieldOrder


@dataclass(frozen=True)
class Picture:
    """The format of a film's picture: what holds for every frame."""

    width: int
    height: int
    depth: int
    """Bits per luma sample, 8 to 16."""
    full_range: bool
    """Whether codes use the full range, instead of the limited one."""
    transfer: int
    """The code point in H.273 of how samples stand for light; it is one of SDR."""
    matrix: int
    """The code point in H.273 of the matrix that made luma and chroma; 2 if nothing says."""
    primaries: int
    """The code point in H.273 of the colours that red, green and blue are; 2 if nothing says."""
    pixel_format: str
    """FFmpeg's name of it."""
    field_order: FieldOrder | None
    """Which field is shown first in frames that hold two, of different moments; None: none does."""
    display_matrix: tuple[int, ...] | None
    """The nine numbers by which FFmpeg's players turn and mirror the picture; None if they do not.
    """
    rotation: int
    """By how many degrees players turn it counterclockwise, before they mirror left and right."""
    sample_aspect_ratio: Fraction | None
    """The width of a pixel over its height; None if the file does not say."""
    time_base: Fraction
    """Seconds in one unit of a frame's pts."""
    average_rate: Fraction | None
    """Frames a second, for estimates only: times are never made from it."""
    scans_mix: bool = False
    """Whether frames known so far are partly interlaced, partly progressive."""
    attached: frozenset[str] = frozenset()
    """The kinds of `Marks.attached` that the first frame has."""

    @property
    def codes(self) -> CodeRange:
        """How the codes of luma and chroma stand for values."""
        return CodeRange(self.depth, self.full_range)

    @property
    def quarter_turns(self) -> int:
        """Quarters by which players turn the picture counterclockwise."""
        return round(self.rotation / 90)

    @property
    def mirrored(self) -> bool:
        """True if players mirror left and right, once they have turned the picture."""
        return self.display_matrix is not None and mirrors(self.display_matrix)

    def upright(self, plane: np.ndarray) -> np.ndarray:
        """Turn a plane (..., H, W) in quarters and mirror it, as players do; returns a view."""
        turned = np.rot90(plane, self.quarter_turns, (-2, -1))
        return turned[..., ::-1] if self.mirrored else turned


@dataclass(frozen=True)
class Marks:
    """What a frame says of itself besides its samples; it may change from frame to frame."""

    field_order: FieldOrder | None
    """Which of its two fields is shown first; None: it is progressive."""
    sample_aspect_ratio: Fraction | None
    """The pixel aspect that the file gives it; its planes are scaled to that of `Picture`."""
    display_matrix: tuple[int, ...] | None
    transfer: int
    matrix: int
    primaries: int
    """These four as in `Picture`."""
    attached: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    """What rides along in the picture's stream, such as captions, by PyAV's names of side data."""
    is_opaque: bool = True
    """Whether nothing shines through it."""
    header: PictureHeader | None = None
    """What its file says, if it is one of a frame sequence."""

    @classmethod
    def of(cls, picture: Picture, attached: Mapping[str, tuple[bytes, ...]]) -> "Marks":
        """Return the marks of an opaque frame that has nothing otherwise than its film."""
        return cls(
            picture.field_order,
            picture.sample_aspect_ratio,
            picture.display_matrix,
            picture.transfer,
            picture.matrix,
            picture.primaries,
            attached,
        )


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded frame."""

    pts: int
    """The presentation time in `Picture.time_base`."""
    duration: int
    """How long it is shown, in `Picture.time_base`; 0 if unknown."""
    luma: np.ndarray
    """Codes (height, width), uint8 at 8 bits, otherwise uint16; a read-only view into the decoded
    frame, unless that had to be scaled."""
    chroma: tuple[np.ndarray, np.ndarray] | None
    """U and V codes as the file stores them, (h, w) each; None for gray and RGB."""
    look: Look
    """What the chroma shows: grey, a tint or colour."""
    marks: Marks
    """What it says of itself."""
    outside: bool = False
    """Whether it lies outside the span: decoded for temporal stages to look at, never written."""
    begins_shot: bool = False
    """Whether a shot begins with it; known once `stages` has marked it."""

    def drawn(self, luma: np.ndarray, picture: Picture) -> "Frame":
        """Return a frame that shows other luma in its stead; what rides along with it stays.

        picture: what holds for the frames drawn.
        """
        return replace(self, luma=luma, marks=Marks.of(picture, self.marks.attached))

    def without_planes(self) -> "Frame":
        """Return all that it says of itself, which is kept without the memory of its samples."""
        return replace(self, luma=np.empty((0, 0), self.luma.dtype), chroma=None)


def mirrors(matrix: tuple[int, ...]) -> bool:
    """Tell whether a display matrix mirrors: its determinant is negative."""
    a, b, _, c, d, *_ = matrix
    return a * d < b * c
