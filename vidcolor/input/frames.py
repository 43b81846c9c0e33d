"""Values: what holds for a film's picture, and one decoded frame."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vidcolor.color.tint import Look
from vidcolor.input.pyav_gaps import FieldOrder


@dataclass(frozen=True)
class Picture:
    """What holds for every frame of a film."""

    width: int
    height: int
    depth: int
    """Bits per luma sample, 8 to 16."""
    full_range: bool
    transfer: int
    """How samples stand for light, by H.273; an SDR one."""
    matrix: int
    """By which luma and chroma were made, by H.273; 2 if nothing says."""
    primaries: int
    """Which colours red, green and blue are, by H.273; 2 if nothing says."""
    pixel_format: str
    has_alpha: bool
    field_order: FieldOrder | None
    """The field shown first where a frame holds two, of different moments; None: progressive."""
    display_matrix: tuple[int, ...] | None
    """The nine numbers by which FFmpeg's players turn and mirror the picture; None if they do not.
    """
    rotation: int
    """Degrees by which they turn it counterclockwise, before they mirror left and right."""
    sample_aspect_ratio: Fraction | None
    """Width of a pixel over its height; None if the file does not say."""
    time_base: Fraction
    """Seconds in one unit of a frame's pts."""
    average_rate: Fraction | None
    """Frames a second, for estimates only: never a source of times."""

    @property
    def mirrored(self) -> bool:
        """Whether they mirror left and right, once they have turned it."""
        return self.display_matrix is not None and mirrors(self.display_matrix)

    def upright(self, plane: np.ndarray) -> np.ndarray:
        """(..., H, W) as they show it, turned in quarters and mirrored; a view."""
        turned = np.rot90(plane, round(self.rotation / 90), (-2, -1))
        return turned[..., ::-1] if self.mirrored else turned


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded frame."""

    pts: int
    """Presentation time in `Picture.time_base`."""
    duration: int
    """In `Picture.time_base`; 0 if unknown."""
    luma: np.ndarray
    """(height, width), uint8 at 8 bits, else uint16; a read-only view into the decoded frame."""
    chroma: tuple[np.ndarray, np.ndarray] | None
    """U and V codes as the source stores them, (h, w) each; None for gray and RGB."""
    look: Look
    outside: bool = False
    """Outside the span: decoded for temporal stages to look at, not to be written."""
    begins_shot: bool = False
    """Known once `stages` has marked it."""


def mirrors(matrix: tuple[int, ...]) -> bool:
    a, b, _, c, d, *_ = matrix
    return a * d < b * c
