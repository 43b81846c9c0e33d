"""Writing photographs: each format with all that it can hold beside the pixels."""

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image
from PIL.ExifTags import IFD
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from vidcolor.errors import OutputError
from vidcolor.files import Target, write_failure
from vidcolor.input.photograph_metadata import STRUCTURE, Metadata, with_resolution
from vidcolor.input.photographs import Page
from vidcolor.kinds import SUFFIXES

_HOLDS = {
    "png": {"16 bits", "alpha", "profile", "exif", "xmp", "dpi", "texts", "comment"},
    "tiff": {"16 bits", "alpha", "profile", "exif", "xmp", "dpi", "photoshop", "pages"},
    "jpeg": {"profile", "exif", "xmp", "dpi", "photoshop", "comment"},
    "webp": {"alpha", "profile", "exif", "xmp", "dpi"},
    "avif": {"alpha", "profile", "exif", "xmp", "dpi"},
    "jp2": {"16 bits", "alpha"},
    "bmp": {"dpi"},
}
"""What a format can hold, of what not all can."""
_LONGEST_SEGMENT = 65533
"""The most bytes of EXIF, of XMP, of Photoshop's resources or of a comment in a JPEG file."""
_JPEG_QUALITY, _AVIF_QUALITY = 95, 90
_LARGEST_TIFF = 4_000_000_000
_ONE_OF_SEVERAL = 2
"""A bit of NewSubfileType."""
_Tag = tuple[int, int | str, int, object, bool]
"""A tag as tifffile takes it: code, type, count, value, and whether the first page alone has it."""
_DIRECTORIES = {int(IFD.Exif): 34664, int(IFD.GPSInfo): 34852}
"""Directories of EXIF, and unused tags right before theirs: tifffile writes no such directories,
so a placeholder is written that is then turned into them."""


def holds(path: Path, what: str) -> bool:
    """Tell whether the format that the suffix of `path` names can hold `what`, as `_HOLDS` says."""
    return what in _HOLDS[SUFFIXES[path.suffix.lower()]]


def lost(page: Page, path: Path) -> list[str]:
    """Return what of a page the format that the suffix of `path` names can't hold, a line each."""
    form, metadata = SUFFIXES[path.suffix.lower()], page.metadata
    lines = [name for what, name in _contents(page).items() if what not in _HOLDS[form]]
    if form != "jpeg":
        return lines
    segments = {
        "EXIF": metadata.exif,
        "XMP": metadata.xmp,
        "IPTC": metadata.photoshop_block,
        "the comment": metadata.comment,
    }
    return lines + [f"{name}, too long for JPEG" for name, d in segments.items() if too_long(d)]


def kept(page: Page, path: Path) -> list[str]:
    """Return what of a page, beside its luma, the format of `path` holds, a line each."""
    form = SUFFIXES[path.suffix.lower()]
    return [name for what, name in _contents(page).items() if what in _HOLDS[form]]


def _contents(page: Page) -> dict[str, str]:
    """Return the names of what a page has, by what `_HOLDS` calls it."""
    metadata = page.metadata
    photoshop = "IPTC" if metadata.iptc else "Photoshop's resources"
    present = {
        "alpha": ("the alpha channel", page.alpha is not None),
        "exif": ("EXIF", metadata.exif),
        "xmp": ("XMP", metadata.xmp),
        "photoshop": (photoshop, metadata.photoshop),
        "dpi": ("the resolution", metadata.dpi),
        "comment": ("the comment", metadata.comment),
        "texts": (f"the texts {', '.join(metadata.texts)}", metadata.texts),
    }
    return {what: name for what, (name, there) in present.items() if there}


def too_long(data: bytes | None) -> bool:
    """Tell whether a JPEG file can't hold so much of one kind of metadata."""
    return len(data or b"") > _LONGEST_SEGMENT - 100


def write_photograph(pages: Iterable[Page], count: int, target: Target, path: Path) -> None:
    """Write the pages, of which there are `count`, in the format that the suffix of `path` names.

    Formats other than TIFF take one. Raises OutputError.
    """
    try:
        if SUFFIXES[path.suffix.lower()] == "tiff":
            _write_tiff(pages, count, target.temporary)
            target.commit()
            return
        (page,) = pages
        try:
            content = _encoded(page, SUFFIXES[path.suffix.lower()])
        except (ValueError, RuntimeError, OSError) as error:
            raise OutputError(f"{path}: can't hold this picture; write a .png or .tif") from error
        target.fill(content)
    except OSError as error:
        raise OutputError(f"{path}: {write_failure(error)}") from error
    finally:
        target.discard()


def _encoded(page: Page, form: str) -> bytes:
    """Return the file of a page, of any format but TIFF."""
    pixels = _with_alpha(page) if "alpha" in _HOLDS[form] else page.rgb
    if form == "png":
        return _png(pixels, page)
    if form == "jp2":
        return bytes(imagecodecs.jpeg2k_encode(pixels, level=0, codecformat="jp2", reversible=True))
    metadata, content = page.metadata, io.BytesIO()
    options: dict[str, Any]
    if form == "bmp":
        options = {"dpi": metadata.dpi}
    elif form == "jpeg":
        options = _jpeg_options(metadata) | {"quality": _JPEG_QUALITY}
    else:
        options = {"exif": with_resolution(metadata), "xmp": metadata.xmp}
        options |= {"quality": _AVIF_QUALITY} if form == "avif" else {"lossless": True}
    if form != "bmp":
        options["icc_profile"] = page.profile
    told = {name: value for name, value in options.items() if value is not None}
    Image.fromarray(pixels).save(content, form, **told)
    return content.getvalue()


def _with_alpha(page: Page) -> np.ndarray:
    """Return RGB, or RGB and alpha, (H, W, 3 or 4), contiguous."""
    return page.rgb if page.alpha is None else np.dstack([page.rgb, page.alpha])


def _jpeg_options(metadata: Metadata) -> dict[str, object]:
    """Return Pillow's options that make a JPEG file hold the metadata."""
    whole = metadata.dpi is None or all(value.is_integer() for value in metadata.dpi)
    exif = metadata.exif if whole and metadata.exif is None else with_resolution(metadata)
    block = metadata.photoshop_block
    app13 = b"Photoshop 3.0\0" + block
    fits = block and not too_long(block)
    return {
        "dpi": metadata.dpi and tuple(map(round, metadata.dpi)),
        "exif": None if too_long(exif) else exif,
        "xmp": None if too_long(metadata.xmp) else metadata.xmp,
        "comment": None if too_long(metadata.comment) else metadata.comment,
        "extra": b"\xff\xed" + (len(app13) + 2).to_bytes(2, "big") + app13 if fits else None,
    }


def _png(pixels: np.ndarray, page: Page) -> bytes:
    """Return a PNG file (W3C PNG, third edition); all chunks but the pixels are made here."""
    plain, metadata = bytes(imagecodecs.png_encode(pixels)), page.metadata
    begin = 8 + 4 + 4 + 13 + 4  # behind the signature and IHDR
    chunks = b""
    if page.profile:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(page.profile))
    if metadata.dpi:
        across, down = (round(value / 0.0254) for value in metadata.dpi)
        chunks += _chunk(b"pHYs", across.to_bytes(4, "big") + down.to_bytes(4, "big") + b"\1")
    if metadata.exif:
        chunks += _chunk(b"eXIf", metadata.exif.removeprefix(b"Exif\0\0"))
    if metadata.xmp:
        chunks += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp)
    texts = dict(metadata.texts)
    if metadata.comment:
        texts.setdefault("Comment", metadata.comment.decode("utf-8", "replace"))
    for key, text in texts.items():
        name = key.encode("latin-1", "replace")
        chunks += _chunk(b"iTXt", name + b"\0\0\0\0\0" + text.encode())
    return plain[:begin] + chunks + plain[begin:]


def _chunk(name: bytes, data: bytes) -> bytes:
    """Return a chunk of PNG."""
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def _write_tiff(pages: Iterable[Page], count: int, path: Path) -> None:
    """Write a TIFF file with a page for each of `pages`, of which there are `count`."""
    directories = []
    pages = iter(pages)
    first = next(pages)
    big = count * (first.rgb.nbytes + first.rgb.nbytes // 3) > _LARGEST_TIFF
    with tifffile.TiffWriter(path, bigtiff=big) as writer:
        for page in chain([first], pages):
            tags, found = _tags(page.metadata, "Q" if big else "I")
            directories.append(found)
            dpi = page.metadata.dpi
            writer.write(
                _with_alpha(page),
                photometric="rgb",
                extrasamples=[] if page.alpha is None else ["unassalpha"],
                compression="lzw",
                predictor=True,
                subfiletype=_ONE_OF_SEVERAL if count > 1 else 0,
                iccprofile=page.profile,
                resolution=dpi or (1, 1),
                resolutionunit="inch" if dpi else "none",
                extratags=tags,
                metadata=None,
                software=False,
            )
    _add_directories(path, directories)


def _tags(metadata: Metadata, offset: str) -> tuple[list[_Tag], dict[int, dict[int, object]]]:
    """Return metadata as tags of a TIFF page, and the directories of its EXIF, by their tags.

    offset: the type of a place in the file.
    """
    tags: list[_Tag] = []
    directories = {}
    if metadata.exif:
        exif = Image.Exif()
        exif.load(metadata.exif)
        with tifffile.TiffFile(io.BytesIO(metadata.exif.removeprefix(b"Exif\0\0"))) as small:
            for tag in small.pages[0].tags:  # type: ignore[union-attr]
                if tag.code in _DIRECTORIES:
                    directory = dict(exif.get_ifd(tag.code))
                    if IFD.Interop in directory:
                        directory[IFD.Interop] = exif.get_ifd(IFD.Interop)
                    directories[tag.code] = directory
                    tags.append((_DIRECTORIES[tag.code], offset, 1, 0, True))
                elif tag.code not in STRUCTURE:
                    small.filehandle.seek(tag.valueoffset)
                    raw = small.filehandle.read(tag.valuebytecount)
                    tags.append((tag.code, int(tag.dtype), tag.count, raw, True))
    for code, data in (
        (700, metadata.xmp),
        (33723, metadata.iptc),
        (34377, metadata.photoshop_block),
    ):
        if data:
            padded = data + bytes(-len(data) % 4) if code == 33723 else data
            tags.append((code, "B", len(padded), padded, True))
    return tags, directories


def _add_directories(path: Path, directories: Sequence[dict[int, dict[int, object]]]) -> None:
    """Append the directories of EXIF to a TIFF file, and turn the placeholders into their tags.

    directories: for each page those that it has, by their tags.
    """
    if not any(directories):
        return
    with tifffile.TiffFile(path) as tiff, path.open("r+b") as file:
        head = b"II+\0\x08\0\0\0" + bytes(8) if tiff.is_bigtiff else b"II*\0" + bytes(4)
        for page, found in zip(tiff.pages, directories, strict=True):
            for code, values in found.items():
                directory = ImageFileDirectory_v2(head, group=code)
                for name, value in values.items():
                    directory[name] = value
                place = file.seek(0, io.SEEK_END)
                place += file.write(bytes(place % 2))  # directories begin at even places
                file.write(directory.tobytes(place))
                tag = page.tags[_DIRECTORIES[code]]  # type: ignore[union-attr]
                file.seek(tag.offset)
                file.write(struct.pack("<H", code))
                file.seek(tag.valueoffset)
                file.write(struct.pack("<Q" if tiff.is_bigtiff else "<I", place))
