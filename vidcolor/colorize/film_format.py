"""Values: how a film stores its picture, and which part of that is picture."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from vidcolor.color.yuv import BT709, CodeRange, Matrix


@dataclass(frozen=True)
class Rectangle:
    """Rows `top` up to `bottom` and columns `left` up to `right` of a plane, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def inside(self) -> tuple[slice, slice]:
        """The slices that pick it out of a plane."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def scaled(self, down: int, across: int) -> "Rectangle":
        """Return the same part of a plane with one sample where this one has `down` x `across`."""
        return Rectangle(
            self.top // down,
            -(-self.bottom // down),
            self.left // across,
            -(-self.right // across),
        )

    def widened(self, multiples: tuple[int, int], shape: tuple[int, int]) -> "Rectangle":
        """Return it with edges on multiples of rows and columns, or on those of the plane.

        multiples: of (rows, columns). shape: (height, width) of the plane.
        """
        (down, across), (height, width) = multiples, shape
        return Rectangle(
            self.top // down * down,
            min(height, -(-self.bottom // down) * down),
            self.left // across * across,
            min(width, -(-self.right // across) * across),
        )

    def field(self, parity: int) -> "Rectangle":
        """Return the same part of the plane's even (0) or odd (1) lines."""
        top, bottom = (len(range(parity, row, 2)) for row in (self.top, self.bottom))
        return Rectangle(top, bottom, self.left, self.right)


@dataclass(frozen=True)
class FilmFormat:
    """Says how a film stores its picture.

    codes: of luma and chroma alike. shape: (height, width) of the luma plane. chroma_shape: of a
    chroma plane; each side is the luma's own or half of it. pixel_aspect: width of a pixel over its
    height. rotation: degrees by which a player turns the picture counterclockwise; the network sees
    it upright. interlaced: even and odd lines are pictures of their own, at least in some frames.
    matrix: in which chroma is written. active: the part of the luma plane that the network sees and
    colors, the rest stays grey; its edges do not cut through a chroma sample; None for all of it.
    woven: of a field, the format of progressive frames of the same film.
    """

    codes: CodeRange
    shape: tuple[int, int]
    chroma_shape: tuple[int, int]
    pixel_aspect: Fraction = Fraction(1)
    rotation: int = 0
    interlaced: bool = False
    matrix: Matrix = BT709
    active: Rectangle | None = None
    woven: "FilmFormat | None" = None

    def of(self, plane: np.ndarray) -> "FilmFormat":
        """Return the format of a plane of luma: this one, or that of a whole progressive frame."""
        return self.woven if self.woven and plane.shape == self.woven.shape else self

    @property
    def quarter_turns(self) -> int:
        """Quarters by which a player turns the picture counterclockwise."""
        return round(self.rotation / 90)

    @property
    def sampling(self) -> tuple[int, int]:
        """Rows and columns of luma that share a chroma sample."""
        (height, width), (rows, columns) = self.shape, self.chroma_shape
        return -(-height // rows), -(-width // columns)

    @property
    def active_luma(self) -> Rectangle:
        """The active part of the luma plane."""
        return self.active or Rectangle(0, self.shape[0], 0, self.shape[1])

    @property
    def active_chroma(self) -> Rectangle:
        """The active part of a chroma plane."""
        return self.active_luma.scaled(*self.sampling)

    def field(self, parity: int) -> "FilmFormat":
        """Return the format of the picture in the even (0) or odd (1) lines of each plane."""
        shape, chroma_shape = (
            (len(range(parity, height, 2)), width)
            for height, width in (self.shape, self.chroma_shape)
        )
        return replace(
            self,
            shape=shape,
            chroma_shape=chroma_shape,
            pixel_aspect=self.pixel_aspect / 2,
            interlaced=False,
            active=self.active and self.active.field(parity),
            woven=replace(self, interlaced=False),
        )
