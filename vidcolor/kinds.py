"""Tells photographs, animated pictures and films apart, by what their files hold."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SUFFIXES = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".bmp": "bmp",
    ".jp2": "jp2",
    ".avif": "avif",
}
"""The suffixes of the photographs that are written, and their formats."""

_READ_ONLY = {
    ".heic": "heif",
    ".heif": "heif",
    ".j2k": "j2k",
    ".pbm": "pnm",
    ".pgm": "pnm",
    ".ppm": "pnm",
    ".pnm": "pnm",
    ".pcx": "pcx",
    ".tga": "tga",
    ".psd": "psd",
    ".sgi": "sgi",
    ".qoi": "qoi",
    ".jls": "jpeg-ls",
    ".jxl": "jxl",
    ".dds": "dds",
    ".icns": "icns",
    ".xbm": "xbm",
    ".xpm": "xpm",
    ".ras": "sun",
    ".fits": "fits",
    ".fit": "fits",
    ".dpx": "dpx",
    ".exr": "exr",
    ".hdr": "hdr",
    ".pfm": "pfm",
}
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
    b"II+\0": "tiff",
    b"MM\0+": "tiff",
    b"\xff\x4f\xff\x51": "j2k",
    b"8BPS": "psd",
    b"qoif": "qoi",
    b"\xff\x0a": "jxl",
    b"\0\0\0\x0cJXL \r\n\x87\n": "jxl",
    b"SDPX": "dpx",
    b"XPDS": "dpx",
    b"\x76\x2f\x31\x01": "exr",
    b"#?RADIANCE": "hdr",
    b"#?RGBE": "hdr",
    b"PF\n": "pfm",
    b"Pf\n": "pfm",
}
BASELINE, JPEG_LS = 0xC0, 0xF7
"""Markers of the frames of usual JPEG files, and of JPEG-LS (ITU-T T.81 and T.87)."""
_JPEG_FRAMES = {*range(0xC0, 0xD0), JPEG_LS} - {0xC4, 0xC8, 0xCC}
_LOSSY_JPEG = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
RARE_JPEGS = ("jpeg-ls", "lossless-jpeg", "deep-jpeg")
"""The formats of JPEG files that few programs know."""
_JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
_AVIF_BRANDS, _HEIF_BRANDS = {b"avif"}, {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
_FILM_SUFFIXES = {".mjpg", ".mjpeg"}
"""Films that are nothing but photographs, one behind the other."""
_USUAL_FILMS = re.compile(
    r"\.(3g2|3gp|apng|asf|avi|dif|divx|dv|f4v|flv|gif|m1v|m2t|m2ts|m2v|m4v|mj2|mjpe?g|mkv|mov|mp4"
    r"|mpe?g|mts|mxf|nut|ogm|ogv|qt|rm|rmvb|ts|vob|webm|webp|wmv|y4m)"
)
_HEAD = 1 << 16


@dataclass(frozen=True)
class PictureFile:
    """What a file holds that is a picture, still or animated.

    format: a lower-case name. animated: whether it has several frames that are shown in turn.
    deep: whether an AVIF or an animated PNG has more than 8 bits a sample.
    """

    format: str
    animated: bool = False
    deep: bool = False

    @property
    def suffix(self) -> str:
        """The suffix under which a photograph is written that was one of these; .png if none is."""
        return next((s for s, f in SUFFIXES.items() if f == self.format and not self.deep), ".png")


def picture_file(path: Path) -> PictureFile | None:
    """Return what kind of picture the file holds; None if it is a film, or nothing known.

    Of a file that can't be read or begins as none of the formats, the suffix decides.
    """
    suffix = path.suffix.lower()
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                if (found := _by_content(file)) is not None:
                    return None if suffix in _FILM_SUFFIXES else found
                file.seek(0)
                if _is_iso_media(file.read(12)):
                    return None
    named = SUFFIXES.get(suffix) or _READ_ONLY.get(suffix)
    return PictureFile(named) if named else None


def is_named_as_film(path: Path) -> bool:
    """Tell whether the suffix of a file is usual for films, or for animated pictures."""
    return _USUAL_FILMS.fullmatch(path.suffix.lower()) is not None


def _by_content(file: BinaryIO) -> PictureFile | None:
    """Return the kind of picture by its first bytes, and by its blocks where frames may follow."""
    head = file.read(_HEAD)
    form = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    if form == "png":
        animated = _is_animated_png(file)
        return PictureFile(form, animated, deep=animated and head[24:25] == b"\x10")
    if form == "gif":
        return PictureFile(form, _images_of_gif(file) > 1)
    if form == "jpeg":
        return PictureFile(_form_of_jpeg(file))
    if form is not None:
        return PictureFile(form)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PictureFile("webp", sum(name == b"ANMF" for name in _riff_chunks(file)) > 1)
    if head.startswith(_JP2):
        return None if b"mjp2" in head[12:64] else PictureFile("jp2")
    if _is_iso_media(head):
        return _by_brands(head)
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return PictureFile("bmp")
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in b" \t\n\r#" and len(head) > 7:
        return PictureFile("pnm")
    return None


def jpeg_frame(file: BinaryIO) -> tuple[int, int, int] | None:
    """Return where the frame of a JPEG file has its marker, that marker, and the bits of a sample.

    None is returned of a file that is cut off before.
    """
    place = 2
    while True:
        file.seek(place)
        head = file.read(5)
        if len(head) < 5 or head[0] != 0xFF:
            return None
        marker = head[1]
        if marker in _JPEG_FRAMES:
            return place + 1, marker, head[4]
        if marker == 0xFF:
            place += 1
        else:
            place += 2 + (0 if marker in _WITHOUT_LENGTH else int.from_bytes(head[2:4], "big"))


def _form_of_jpeg(file: BinaryIO) -> str:
    """Return which kind of JPEG file it is; of a damaged one, the usual kind."""
    frame = jpeg_frame(file)
    if frame is None:
        return "jpeg"
    _, marker, bits = frame
    if marker == JPEG_LS:
        return "jpeg-ls"
    if marker not in _LOSSY_JPEG:
        return "lossless-jpeg"
    return "jpeg" if bits == 8 else "deep-jpeg"


def _is_iso_media(head: bytes) -> bool:
    """Tell whether a file is an MP4 or a relative of it."""
    return head[4:8] == b"ftyp"


def _by_brands(head: bytes) -> PictureFile | None:
    """Return what an ISO media file is if its brands say that it is a picture."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major, all_brands = head[8:12], {head[8:12], *(head[i : i + 4] for i in range(16, end, 4))}
    if major in (b"avis", b"msf1", b"hevc", b"hevx"):
        return None
    if all_brands & _AVIF_BRANDS:
        codec = head.find(b"av1C")
        return PictureFile("avif", deep=codec > 0 and bool(head[codec + 6] & 0x40))
    return PictureFile("heif") if all_brands & _HEIF_BRANDS else None


def _is_animated_png(file: BinaryIO) -> bool:
    """Tell whether a PNG has an animation of several frames: its acTL chunk comes before IDAT."""
    file.seek(8)
    while len(chunk := file.read(8)) == 8 and chunk[4:] not in (b"IDAT", b"IEND"):
        if chunk[4:] == b"acTL":
            return int.from_bytes(file.read(4), "big") > 1
        file.seek(int.from_bytes(chunk[:4], "big") + 4, 1)
    return False


def _images_of_gif(file: BinaryIO) -> int:
    """Count the images of a GIF, up to 2, block by block (GIF89a, sections 18 to 27)."""
    file.seek(10)
    _skip_gif_palette(file, 2)
    images = 0
    while images < 2 and (block := file.read(1)) in (b"!", b","):
        if block == b",":
            images += 1
            file.seek(8, 1)
            _skip_gif_palette(file, 0)
        file.seek(1, 1)  # the label of an extension, or the code size of an image
        while size := file.read(1)[:1]:
            if size == b"\0":
                break
            file.seek(size[0], 1)
    return images


def _skip_gif_palette(file: BinaryIO, behind_flags: int) -> None:
    """Skip a palette whose flags come next, followed by so many bytes."""
    flags = file.read(1) or b"\0"
    file.seek(behind_flags, 1)
    if flags[0] & 0x80:
        file.seek(3 << (flags[0] & 7) + 1, 1)


def _riff_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield the names of the chunks of a RIFF file."""
    file.seek(12)
    while len(chunk := file.read(8)) == 8:
        size = int.from_bytes(chunk[4:], "little")
        file.seek(size + size % 2, 1)
        yield chunk[:4]
