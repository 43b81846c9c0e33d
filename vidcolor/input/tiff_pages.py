"""The pages of a TIFF file, read as its tags say."""

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC, SAMPLEFORMAT

from vidcolor.errors import InputError, UnsupportedError, is_out_of_memory
from vidcolor.input.samples import Samples, spread, unmultiplied

_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType."""
_COLORS: dict[int, int] = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.PALETTE: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.YCBCR: 3,
    PHOTOMETRIC.CIELAB: 3,
    PHOTOMETRIC.ICCLAB: 3,
    PHOTOMETRIC.SEPARATED: 4,
}
"""How many samples of a pixel are its color, by what they mean."""
_LAB = (PHOTOMETRIC.CIELAB, PHOTOMETRIC.ICCLAB)
_JPEG = (COMPRESSION.OJPEG, COMPRESSION.JPEG)
_ALPHA = (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA)
_UNSIGNED = (SAMPLEFORMAT.UINT, SAMPLEFORMAT.VOID)
"""Samples of undefined format are integers too, as some programs leave it open."""
_CMYK_INKS = 1
_OF_RAW_FILES = (330, 50706)
"""Tags of cameras' raw files, which hold only thumbnails among their pages: SubIFDs, DNGVersion."""

# A file's oddities are told by what is raised.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@contextmanager
def open_tiff(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF file; errors of tifffile in this context become InputError."""
    try:
        with tifffile.TiffFile(path, is_ome=False) as tiff:
            yield tiff
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror or error}") from error
    except NotImplementedError as error:
        raise UnsupportedError(
            f"{path}: a TIFF file of a kind that can't be read; convert it to RGB of 8 or 16 bits"
        ) from error
    except (ValueError, RuntimeError, LookupError, TypeError, ArithmeticError) as error:
        if is_out_of_memory(error):
            raise
        raise InputError(f"{path}: not a readable photograph; is the file complete?") from error


def full_pages(tiff: tifffile.TiffFile, path: Path) -> tuple[list[int], list[str]]:
    """Return the numbers of the pages that are pictures in full size, and what else is left out.

    Copies in reduced size, which show a page as it was, are neither. Raises UnsupportedError if
    there are no pictures.
    """
    if not tiff.pages or _follows(tiff, page_of(tiff, len(tiff.pages) - 1)):
        raise ValueError("the chain of pages is broken")
    numbers, lines = [], []
    for number in range(len(tiff.pages)):
        page = page_of(tiff, number)
        if page.subfiletype & _MASK:
            lines.append(f"page {number + 1}, a mask")
        elif not page.subfiletype & _REDUCED:
            numbers.append(number)
    if not numbers and not any(code in page_of(tiff, 0).tags for code in _OF_RAW_FILES):
        return [0], lines  # marked as a copy in reduced size, though of no other picture
    if not numbers:
        raise UnsupportedError(
            f"{path}: holds no picture in full size; if it is a camera's raw file, "
            "develop it into a TIFF of 16 bits"
        )
    return numbers, lines


def page_of(tiff: tifffile.TiffFile, number: int) -> tifffile.TiffPage:
    """Return a page by its number, counted from 0."""
    page = tiff.pages[number]
    assert isinstance(page, tifffile.TiffPage)  # frames come only to who asks for them
    return page


def read_page(page: tifffile.TiffPage, path: Path) -> Samples:
    """Return the samples of a page. Raises UnsupportedError, and what `open_tiff` turns."""
    _refuse(page, path)
    profile = page.iccprofile
    if _is_plain_ycbcr(page):
        return Samples(_rgb_of_ycbcr(page), profile=profile)
    stored = page.asarray()
    if stored.ndim == 3 and page.axes == "SYX":
        stored = stored.transpose(1, 2, 0)
    if stored.ndim not in (2, 3) or page.axes not in ("YX", "YXS", "SYX"):
        raise UnsupportedError(f"{path}: holds a volume, not a picture; save it as pages")
    samples = stored if stored.ndim == 3 else stored[..., None]
    colors = _COLORS[page.photometric]
    values, alpha, left_out = samples[..., :colors], None, []
    meanings = dict(enumerate(page.extrasamples, colors))
    for place in range(colors, samples.shape[2]):
        further = spread(samples[..., place], page.bitspersample)
        if meanings.get(place) in _ALPHA and alpha is None:
            alpha = further
        elif (further != np.iinfo(further.dtype).max).any():  # all full, it could only be opaque
            left_out.append(f"channel {place + 1}, whose meaning is not told")
    if page.photometric in _LAB:
        values = _lab(values, page.photometric)
    elif page.photometric == PHOTOMETRIC.PALETTE:
        values = _painted(values[..., 0], page.colormap)
        if alpha is not None and alpha.dtype != values.dtype:
            alpha = alpha.astype(np.uint16) * 257
    else:
        values = spread(values, page.bitspersample)
        if page.photometric == PHOTOMETRIC.MINISWHITE:
            values = np.iinfo(values.dtype).max - values
        if colors == 1:
            values = values[..., 0]
        if alpha is not None and EXTRASAMPLE.ASSOCALPHA in page.extrasamples:
            values = unmultiplied(values, alpha)
    lab_bits = page.bitspersample if page.photometric in _LAB else 0
    return Samples(values, alpha, lab_bits, profile, tuple(left_out))


def _follows(tiff: tifffile.TiffFile, page: tifffile.TiffPage) -> int:
    """Return where a page says that the next one lies; 0 if it is the last."""
    layout, file = tiff.tiff, tiff.filehandle
    file.seek(page.offset)
    (count,) = struct.unpack(layout.tagnoformat, file.read(layout.tagnosize))
    file.seek(count * layout.tagsize, 1)
    (place,) = struct.unpack(layout.offsetformat, file.read(layout.offsetsize))
    return int(place)


def _refuse(page: tifffile.TiffPage, path: Path) -> None:
    """Raise UnsupportedError for a page whose samples have another meaning than those known."""
    where = f"{path}: page {page.index + 1}" if page.index else str(path)
    if page.photometric not in _COLORS:
        what = getattr(PHOTOMETRIC(page.photometric), "name", page.photometric)
        raise UnsupportedError(
            f"{where}: holds {what} samples; convert it to RGB of 8 or 16 bits, or develop the raw "
            "file"
        )
    is_lab = page.photometric in _LAB
    if page.sampleformat not in (_UNSIGNED if not is_lab else (*_UNSIGNED, SAMPLEFORMAT.INT)):
        dtype = page.dtype or "several kinds of"
        raise UnsupportedError(f"{where}: has {dtype} samples; convert it to 8 or 16 bits")
    bits = page.bitspersample
    if not isinstance(bits, int) or not 1 <= bits <= (8 if _is_plain_ycbcr(page) else 16):
        told = bits if isinstance(bits, int) else " and ".join(map(str, bits))
        raise UnsupportedError(f"{where}: has {told} bits a sample; convert it to 8 or 16 bits")
    inks = page.tags.valueof(332, _CMYK_INKS)
    if page.photometric == PHOTOMETRIC.SEPARATED and (
        inks != _CMYK_INKS or page.samplesperpixel < 4
    ):
        raise UnsupportedError(f"{where}: is printed with other inks than CMYK; convert it to RGB")


def _lab(values: np.ndarray, photometric: int) -> np.ndarray:
    """Return codes of CIELab, (H, W, 3) of 8 or 16 bits, as numbers.

    TIFF 6.0, section 23: L* is 0 to 100 over the whole range, a* and b* are signed. ICCLAB (Adobe's
    TIFF technical notes for Photoshop 6, as ICC.1:2001, annex A) has a* and b* from -128 instead,
    and in 16 bits an L* of 100 at 0xFF00, so that the higher bytes alone are those of 8 bits.
    """
    if values.dtype.itemsize not in (1, 2):
        raise NotImplementedError
    codes = values.astype(np.float64)
    byte = 256 if values.dtype.itemsize == 2 else 1
    is_icc = photometric == PHOTOMETRIC.ICCLAB
    white = 255 * byte if is_icc else 256 * byte - 1
    codes[..., 0] = (codes[..., 0] % (256 * byte) * (100 / white)).clip(max=100)
    offsets = codes[..., 1:] / byte
    codes[..., 1:] = offsets - 128 if is_icc else (offsets + 128) % 256 - 128
    return codes


def _is_plain_ycbcr(page: tifffile.TiffPage) -> bool:
    """Tell whether a page holds YCbCr that is not JPEG's: chroma samples lie between the luma's."""
    return page.photometric == PHOTOMETRIC.YCBCR and page.compression not in _JPEG


def _rgb_of_ycbcr(page: tifffile.TiffPage) -> np.ndarray:
    """Return a page of plain YCbCr of 8 bits as RGB, (H, W, 3), not turned."""
    if page.samplesperpixel != 3:
        raise NotImplementedError
    file = page.parent.filehandle
    file.seek(0)
    content = bytearray(file.read())
    if turned := page.tags.get(274):  # libtiff would carry out one half of it
        struct.pack_into(page.parent.byteorder + "H", content, turned.valueoffset, 1)
    rgba: np.ndarray = imagecodecs.tiff_decode(bytes(content), index=page.index, asrgb=True)
    return np.ascontiguousarray(rgba[..., :3])


def _painted(indices: np.ndarray, colormap: np.ndarray | None) -> np.ndarray:
    """Return the colours of a palette, (H, W, 3); 8 bits where all its colours are of 8 bits.

    colormap: (3, n) uint16.
    """
    if colormap is None:
        raise ValueError("a palette picture without a palette")
    if (colormap % 257 == 0).all():
        colormap = (colormap // 257).astype(np.uint8)
    elif (colormap % 256 == 0).all():  # as some programs write 8 bits
        colormap = (colormap // 256).astype(np.uint8)
    return np.ascontiguousarray(colormap.T[indices.astype(np.uint16)])
