"""What a photograph says beside its pixels: EXIF, XMP, IPTC, resolution, texts."""

import re
import struct
import warnings
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

from PIL import Image
from PIL.ExifTags import IFD, Base

if TYPE_CHECKING:
    import tifffile

_FAULTS = (struct.error, ValueError, TypeError, KeyError, AttributeError, SyntaxError, OSError)
"""What Pillow raises on EXIF that is broken."""

STRUCTURE = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281),
    *(284, 288, 289, 290, 291, 297, 301, 317, 320, 321, 322, 323, 324, 325, 330, 332, 333, 334),
    *(336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521),
}
"""Tags of TIFF that say how samples are stored: those of the output are its own."""
_OF_TIFF_COLOR = {529, 530, 532}
_RESOLUTION = {282, 283, 296}
_NOT_COPIED = {int(Base.Orientation), 256, 257, int(IFD.Exif), int(IFD.GPSInfo)}
_DAMAGED_EXIF = "EXIF, which is damaged"
_ELSEWHERE = {700, 33723, 34377, 34675}
"""Tags of TIFF for XMP, IPTC, Photoshop's resources and the ICC profile."""
_XMP_ORIENTATION = re.compile(
    rb"""\s?tiff:Orientation=(["'])\d\1|<tiff:Orientation>\s*\d\s*</tiff:Orientation>"""
)
_IPTC = 0x0404
_STALE = {0x0409, 0x040C, 0x0425}
"""Photoshop's resources that show or check the picture as it was: thumbnails, a digest."""
_PHOTOSHOP = b"Photoshop 3.0\0"


@dataclass(frozen=True)
class Metadata:
    """What a photograph, or a page of one, says beside its pixels.

    exif: "Exif", two zeros, then a small TIFF file, little-endian; without orientation and
    thumbnail. xmp: the XML. photoshop: resources as Photoshop stores them, by number; 0x0404 is the
    IPTC record. dpi: across and down, in pixels an inch. comment: as JPEG has it. texts: as PNG has
    them, by keyword. lost: what can't be read, a line each.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: Mapping[int, bytes] = field(default_factory=dict)
    dpi: tuple[float, float] | None = None
    comment: bytes | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()

    @property
    def iptc(self) -> bytes | None:
        """The IPTC record."""
        return self.photoshop.get(_IPTC)

    @property
    def photoshop_block(self) -> bytes:
        """Photoshop's resources in one block, as JPEG and TIFF store them."""
        return b"".join(
            b"8BIM" + struct.pack(">H2xI", number, len(data)) + data + b"\0" * (len(data) % 2)
            for number, data in self.photoshop.items()
        )


def of_picture(picture: Image.Image) -> tuple[Metadata, int]:
    """Return what an opened file says of the upright picture, and its orientation, 1 to 8."""
    info = picture.info
    exif = Image.Exif()
    with _patient():
        if content := info.get("exif"):
            exif.load(content)
        elif picture.format == "PNG":
            exif = picture.getexif()  # as ImageMagick has it, in a text
    orientation = _orientation(exif)
    app13 = b"".join(
        content.removeprefix(_PHOTOSHOP)
        for name, content in getattr(picture, "applist", [])
        if name == "APP13" and content.startswith(_PHOTOSHOP)
    )
    texts = _texts(picture)
    comment = info.get("comment") or texts.pop("Comment", "")  # a keyword of PNG
    if isinstance(comment, str):
        comment = comment.encode()
    if comment.startswith(b"Created by OpenJPEG"):
        comment = b""
    kept, lost = _portable(exif, _upright(picture.size, orientation), frozenset())
    further = sum(name == "COM" for name, _ in getattr(picture, "applist", [])) - 1
    if further > 0:
        lost = (*lost, f"{further} further comment{'s' * (further != 1)}")
    return Metadata(
        exif=kept,
        xmp=_upright_xmp(info.get("xmp") or None),
        photoshop=photoshop_resources(app13),
        dpi=_dpi(picture, exif),
        comment=comment or None,
        texts=texts,
        lost=lost,
    ), orientation


def of_tiff_page(page: "tifffile.TiffPage") -> tuple[Metadata, int]:
    """Return what a page of an open TIFF file says of the upright picture, and its orientation."""
    tiff = page.parent
    exif = Image.Exif()
    exif.endian, exif.bigtiff = tiff.byteorder, tiff.is_bigtiff
    with _patient():
        try:
            exif.load_from_fp(cast(IO[bytes], tiff.filehandle), page.offset)
        except _FAULTS:
            return Metadata(lost=(_DAMAGED_EXIF,)), 1
    orientation, dpi = _orientation(exif), _resolution(exif)
    photoshop = photoshop_resources(_raw(page, 34377))
    if iptc := _raw(page, 33723):
        photoshop.setdefault(_IPTC, iptc)
    size = _upright((page.imagewidth, page.imagelength), orientation)
    kept, lost = _portable(exif, size, STRUCTURE | _OF_TIFF_COLOR | _ELSEWHERE)
    xmp = _upright_xmp(_raw(page, 700) or None)
    return Metadata(kept, xmp, photoshop, dpi, lost=lost), orientation


def of_blocks(exif: bytes | None, xmp: bytes | None, size: tuple[int, int]) -> Metadata:
    """Return what EXIF, a TIFF file, and XMP say of an upright picture of this size."""
    found = Image.Exif()
    with _patient():
        if exif:
            found.load(exif)
    kept, lost = _portable(found, size, frozenset())
    return Metadata(exif=kept, xmp=_upright_xmp(xmp), dpi=_resolution(found), lost=lost)


def _raw(page: "tifffile.TiffPage", code: int) -> bytes:
    """Return the bytes of a tag as they lie in the file, none if it is not there."""
    tag = page.tags.get(code)
    if tag is None:
        return b""
    file = page.parent.filehandle
    file.seek(tag.valueoffset)
    return bytes(file.read(tag.valuebytecount))


def _portable(
    exif: Image.Exif, size: tuple[int, int], dropped: Set[int]
) -> tuple[bytes | None, tuple[str, ...]]:
    """Return EXIF as in `Metadata`, and what of it is lost.

    It tells the `size`, width and height, of the upright picture; the resolution and the tags in
    `dropped` are taken out.
    """
    kept = Image.Exif()
    kept.endian = "<"
    gone = dropped | _RESOLUTION | _NOT_COPIED
    with _patient():
        try:
            for tag in set(exif) - gone:
                kept[tag] = exif[tag]
            details = dict(exif.get_ifd(IFD.Exif))
            if IFD.Interop in details:
                details[IFD.Interop] = dict(exif.get_ifd(IFD.Interop))
            for tag, length in zip((Base.ExifImageWidth, Base.ExifImageHeight), size, strict=True):
                if tag in details:
                    details[tag] = length
            for tag, directory in ((IFD.Exif, details), (IFD.GPSInfo, exif.get_ifd(IFD.GPSInfo))):
                if directory:
                    kept[tag] = dict(directory)
            return (kept.tobytes() if kept else None), ()
        except _FAULTS:
            return None, (_DAMAGED_EXIF,)


def with_resolution(metadata: Metadata) -> bytes | None:
    """Return EXIF that also tells the resolution, for formats that have no other place for it."""
    if metadata.dpi is None:
        return metadata.exif
    exif = Image.Exif()
    exif.endian = "<"
    with _patient():
        if metadata.exif:
            exif.load(metadata.exif)
        exif[Base.XResolution], exif[Base.YResolution] = metadata.dpi
        exif[Base.ResolutionUnit] = 2
        return exif.tobytes()


def photoshop_resources(block: bytes) -> dict[int, bytes]:
    """Return Photoshop's resources by number, without those that show the picture as it was."""
    found: dict[int, bytes] = {}
    place = 0
    while block[place : place + 4] == b"8BIM" and place + 12 <= len(block):
        number = int.from_bytes(block[place + 4 : place + 6], "big")
        name = block[place + 6] + 1
        start = place + 6 + name + name % 2
        size = int.from_bytes(block[start : start + 4], "big")
        found[number] = block[start + 4 : start + 4 + size]
        place = start + 4 + size + size % 2
    return {number: data for number, data in found.items() if number not in _STALE}


def _orientation(exif: Image.Exif) -> int:
    """Return the orientation that EXIF tells, 1 to 8; 1 where it tells none that exists."""
    with _patient():
        try:
            told = exif.get(Base.Orientation, 1)
        except _FAULTS:
            return 1
    return told if told in range(1, 9) else 1


def _upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return the width and height of a picture once it is turned upright."""
    return size if orientation < 5 else (size[1], size[0])


def _upright_xmp(xmp: bytes | str | None) -> bytes | None:
    """Return XMP that no longer tells an orientation."""
    if xmp is None:
        return None
    return _XMP_ORIENTATION.sub(b"", xmp.encode() if isinstance(xmp, str) else xmp)


def _dpi(picture: Image.Image, exif: Image.Exif) -> tuple[float, float] | None:
    """Return the resolution of an opened file; None where only Pillow's guess would tell one."""
    if picture.format in ("JPEG", "MPO"):
        if picture.info.get("jfif_unit") in (1, 2) and "dpi" in picture.info:
            x, y = picture.info["dpi"]
            return float(x), float(y)
        return None
    dpi = picture.info.get("dpi")
    return (float(dpi[0]), float(dpi[1])) if dpi and min(dpi) > 0 else _resolution(exif)


def _resolution(exif: Image.Exif) -> tuple[float, float] | None:
    """Return the resolution that EXIF or the tags of TIFF tell, in pixels an inch."""
    try:
        x, y = float(exif[Base.XResolution]), float(exif[Base.YResolution])
        unit = {2: 1.0, 3: 2.54}[exif.get(Base.ResolutionUnit, 2)]
    except (*_FAULTS, ZeroDivisionError):
        return None
    return (x * unit, y * unit) if x > 0 and y > 0 else None


def _texts(picture: Image.Image) -> dict[str, str]:
    """Return the texts of a PNG by keyword, but for XMP and EXIF."""
    texts = getattr(picture, "text", None) if picture.format == "PNG" else None
    told_elsewhere = ("XML:com.adobe.xmp", "Raw profile type exif", "Raw profile type APP1")
    return {key: str(text) for key, text in (texts or {}).items() if key not in told_elsewhere}


@contextmanager
def _patient() -> Iterator[None]:
    """Keep Pillow's warnings about damaged tags to itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
