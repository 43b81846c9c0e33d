"""Telling which photographs are fit for training, and which are near-duplicates."""

import io
from array import array
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vidcolor.color.yuv import rgb_to_yuv

with suppress(ImportError):  # of the extra "heif"
    from pillow_heif import register_heif_opener

    register_heif_opener()

LONG_SIDE = 256
"""Photographs with a longer long side are reduced to this one, in pixels (ColorUNet 2018)."""

MEASURABLE_SIDE = 11
"""Photographs with a shorter short side, in pixels, are never kept: `metrics.ssim` can't measure
them."""

SHORTEST_SIDE = 64
"""A photograph with a shorter short side, in pixels, once it is reduced, is tiny."""

LEAST_COLOR = 0.005
"""A photograph with less `color_beyond_luma` is grey, in units of U and V: 1.3 codes of 255.

Toned prints whose scans are noisier than that pass. Of 3,695 landscapes 14 were grey, most of them
toned, the others fog, ice and night with hardly a colour."""

HEIF = "HEIC without pillow-heif"
"""The reason for leaving out a HEIC picture where the package that reads it is missing."""

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1")
"""Of ISO/IEC 23008-12: the major brand, behind the length of the first box and "ftyp"."""

BANDS, BAND_BITS = 8, 16
LARGEST_DISTANCE = BANDS - 1
"""The largest number of bits in which the gradients of near-duplicates differ; at least one of the
bands, of 16 bits each, is then equal."""

_LINES = np.arange(8)
_SLANTED = (_LINES[:, None] + 3 * _LINES) % 8
"""The bits of a band lie scattered, because neighbours in the picture tend to be equal."""

LARGEST_DIFFERENCE = 32
"""The largest difference, of 255, between the coarse colours of near-duplicates in any place.

Among 21,118 landscapes, pairs within 7 bits were of one scene up to 29, and from 55 on of two."""


@dataclass(frozen=True)
class Unfit:
    """Why a file is left out: the reason in one word, and details if there are any."""

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Fingerprint:
    """What a photograph shares with its copies in other sizes and qualities.

    gradients: 128 bits, dHash (Krawetz 2013) along the rows and down the columns of 8 x 8 cells,
        arranged in bands that have a bit in every row and column of both.
    colors: the mean RGB of 4 x 4 cells, 48 bytes.
    """

    gradients: int
    colors: bytes

    @classmethod
    def of(cls, photograph: np.ndarray) -> "Fingerprint":
        """Take the fingerprint of a photograph, (H, W, 3) uint8 RGB."""
        image = Image.fromarray(photograph)
        luma = image.convert("L")
        across, down = (np.asarray(luma.resize(s, Image.Resampling.BOX)) for s in ((9, 8), (8, 9)))
        bits = np.stack([across[:, 1:] > across[:, :-1], down[1:] > down[:-1]])
        bands = bits[:, _LINES, _SLANTED].swapaxes(0, 1)
        colors = image.resize((4, 4), Image.Resampling.BOX).tobytes()
        return cls(int.from_bytes(np.packbits(bands).tobytes()), colors)

    def resembles(self, other: "Fingerprint") -> bool:
        """Tell whether these are fingerprints of near-duplicates."""
        if (self.gradients ^ other.gradients).bit_count() > LARGEST_DISTANCE:
            return False
        pairs = zip(self.colors, other.colors, strict=True)
        return max(abs(one - two) for one, two in pairs) <= LARGEST_DIFFERENCE


class Duplicates:
    """Remembers photographs by their fingerprints and finds every near-duplicate.

    A photograph takes about half a kilobyte. Fingerprints within 7 bits of each other have at
    least one of 8 bands in common (pigeonhole), so that only such ones need be compared.
    """

    def __init__(self) -> None:
        self._known: list[tuple[Fingerprint, str]] = []
        self._bands: defaultdict[int, array[int]] = defaultdict(lambda: array("I"))

    def add(self, fingerprint: Fingerprint, name: str) -> None:
        """Remember a photograph by its name."""
        for band in _bands(fingerprint.gradients):
            self._bands[band].append(len(self._known))
        self._known.append((fingerprint, name))

    def find(self, fingerprint: Fingerprint) -> str | None:
        """Return the name of a photograph that this one is a near-duplicate of, or None."""
        for band in _bands(fingerprint.gradients):
            for index in self._bands.get(band, ()):
                known, name = self._known[index]
                if fingerprint.resembles(known):
                    return name
        return None


def _bands(gradients: int) -> list[int]:
    """Return the bands of 16 bits, each with its number in the bits above."""
    ones = (1 << BAND_BITS) - 1
    return [band << BAND_BITS | gradients >> band * BAND_BITS & ones for band in range(BANDS)]


Screened = tuple[np.ndarray, Fingerprint] | Unfit


def screen_photograph(content: bytes, readable_only: bool = False) -> Screened:
    """Decode an image: return its pixels and fingerprint, or why it is unfit.

    The pixels are (H, W, 3) uint8 RGB, upright and reduced to `LONG_SIDE`. readable_only: whether
    all that can be read and measured is fit, also tiny and grey photographs.
    """
    try:
        photograph = _decode(content)
    except UnidentifiedImageError:
        if _is_heif(content):
            return Unfit(HEIF, "pip install -c constraints.txt -e '.[heif]' to read it")
        return Unfit("unreadable", "no image, or of an unknown format")
    except Exception as error:  # each of Pillow's decoders fails differently on damaged files
        return Unfit("unreadable", " ".join(str(error).split()))
    height, width = photograph.shape[:2]
    if min(height, width) < (MEASURABLE_SIDE if readable_only else SHORTEST_SIDE):
        return Unfit("tiny", f"{width} x {height}")
    if not readable_only and color_beyond_luma(photograph) < LEAST_COLOR:
        return Unfit("grey")
    return photograph, Fingerprint.of(photograph)


def _is_heif(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS


def _decode(content: bytes) -> np.ndarray:
    """Decode an image, (H, W, 3) uint8 RGB, upright and reduced to `LONG_SIDE`."""
    with Image.open(io.BytesIO(content)) as image:
        image.draft(None, (2 * LONG_SIDE, 2 * LONG_SIDE))  # decodes large JPEGs at a smaller size
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def color_beyond_luma(photograph: np.ndarray) -> float:
    """Return the root mean square distance of UV from its mean over the pixels of equal luma.

    photograph: (H, W, 3) uint8 RGB. It is sqrt(E |UV - E[UV | Y]|²) with Y in 8 bits: 0 for a grey
    picture, and for one that is toned throughout (sepia, cyanotype), whose colour is a function of
    its luma and so teaches nothing about the colours of things.
    """
    rgb = photograph.reshape(-1, 3).T / np.float32(255)
    luma, *chroma = rgb_to_yuv(*rgb)
    codes = (luma * 255).round().astype(np.int64)
    pixels = np.bincount(codes).clip(1)
    spread = [plane - (np.bincount(codes, plane) / pixels)[codes] for plane in chroma]
    return float(np.sqrt(np.square(spread).sum(0).mean()))
