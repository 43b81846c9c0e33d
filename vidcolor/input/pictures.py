"""Photographs of any format but TIFF, read in the depth that the file says."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

import av
import imagecodecs
import numpy as np
from PIL import Image, UnidentifiedImageError

from vidcolor.errors import InputError, UnsupportedError, is_out_of_memory
from vidcolor.input.color_profiles import gamma_profile
from vidcolor.input.color_tags import ContainerTags, sdr_transfer
from vidcolor.input.pixel_formats import has_alpha
from vidcolor.input.pyav_gaps import FrameProbe, converted
from vidcolor.input.rare_jpeg import decode_rare_jpeg, usual_jpeg
from vidcolor.input.samples import Samples, apart, spread, unmultiplied
from vidcolor.kinds import RARE_JPEGS

_CODESTREAM = b"\xff\x4f\xff\x51"
"""How the codestream of JPEG 2000 begins (ITU-T T.800, annex A.5)."""
_SGI_BYTES, _PSD_CHANNELS, _PSD_DEPTH, _PSD_MODE = 3, slice(12, 14), 23, 25
"""Where the headers tell how samples are stored."""
_PSD_GREY_AND_RGB = (1, 3)
_SRGB_GAMMA = 2.2
_SAME_GAMMA = 0.02
_HDR = {16: "PQ", 18: "HLG"}
"""Code points of transfers in H.273."""
_HEAD = 1 << 16
_Found: TypeAlias = tuple[np.ndarray, np.ndarray | None]
"""Values and alpha."""
_MULTIPLIED = ("La", "RGBa")
_FAULTS = (
    *(UnidentifiedImageError, OSError, ValueError, SyntaxError, RuntimeError, LookupError),
    *(TypeError, EOFError, av.error.FFmpegError),
)


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn what decoders raise in this context into InputError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from error
    except _FAULTS as error:
        if is_out_of_memory(error):
            raise
        raise InputError(f"{path}: not a readable photograph; is the file complete?") from error


@contextmanager
def open_picture(path: Path, form: str) -> Iterator[Image.Image]:
    """Open a file for Pillow to read, in a context that is `decoding`.

    form: the format, as `PictureFile` names it. Raises UnsupportedError for HEIC without the
    library that reads it, and for a Photoshop file of 32 bits.
    """
    if form == "heif":
        _register_heif(path)
    Image.MAX_IMAGE_PIXELS = None  # the limit is checked by whoever opens the file
    with decoding(path), Image.open(_for_pillow(path, form)) as picture:
        yield picture


def _for_pillow(path: Path, form: str) -> Path | IO[bytes]:
    """Return what Pillow opens of a file. Raises what `decoding` turns.

    Of files whose samples others decode, Pillow believes a header that tells 8 bits.
    """
    if form in RARE_JPEGS:
        return io.BytesIO(usual_jpeg(path))
    if form == "psd":
        content = bytearray(path.read_bytes())
        if len(content) <= _PSD_DEPTH:
            return path
        if content[_PSD_DEPTH] > 16:
            raise UnsupportedError(f"{path}: has samples of 32 bits; convert it to 8 or 16 bits")
        if content[_PSD_DEPTH] == 16:
            content[_PSD_DEPTH] = 8
            return io.BytesIO(content)
    return path


def read_picture(picture: Image.Image, path: Path, form: str) -> Samples:
    """Return the samples of an opened file. Raises UnsupportedError, and what `open_picture` turns.

    form: the format, as `PictureFile` names it.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
    _refuse_hdr(head, path)
    deep = _DEEP.get(form)
    found = deep(path, head) if deep else None
    if found is None and form == "heif":
        found = _deep_heif(picture, path)
    if found is None and form == "pnm" and picture.mode in ("RGB", "I"):
        return read_by_ffmpeg(path, path.read_bytes(), "ppm" if picture.mode == "RGB" else "pgm")
    values, alpha = found or _of_pillow(picture, path)
    left_out: list[str] = []
    if form == "psd":
        held = 1 if values.ndim == 2 else values.shape[2]
        further = int.from_bytes(head[_PSD_CHANNELS], "big") - held - (alpha is not None)
        left_out += [f"{further} further channel{'s' * (further != 1)}"] if further > 0 else []
    return Samples(values, alpha, profile=_profile(picture, values), left_out=tuple(left_out))


def further_pictures(picture: Image.Image) -> list[str]:
    """Return what an opened file holds beside its first picture, a line each."""
    count = getattr(picture, "n_frames", 1) - 1
    if count < 1 or picture.format == "GIF":
        return []
    what = "layer" if picture.format == "PSD" else "further picture"
    return [f"{count} {what}{'s' * (count != 1)}"]


def read_by_ffmpeg(path: Path, content: bytes, form: str) -> Samples:
    """Return the samples of the picture that the content of a file holds, as FFmpeg decodes it.

    form: "dpx", "pgm", "ppm", "psd" or "sgi".

    Raises:
        UnsupportedError: they are not gamma-coded integers of grey or RGB.
        InputError: there is no picture.
    """
    with av.open(io.BytesIO(content), "r", format=f"{form}_pipe") as file:
        stream = file.streams.video[0]
        frame = next(file.decode(stream))
        try:
            sdr_transfer(frame, ContainerTags.of(stream), FrameProbe().side_data(frame))
        except UnsupportedError as error:
            raise UnsupportedError(f"{path}: {error}") from None
    name, depth = frame.format.name, max(component.bits for component in frame.format.components)
    if "f" in name or depth > 16:
        raise UnsupportedError(f"{path}: has float samples; convert it to 8 or 16 bits")
    if name.startswith("gray"):
        codes = converted(frame, "gray" if depth <= 8 else f"gray{depth}le").to_ndarray()
    elif frame.format.is_rgb:
        narrow, deep = ("rgba", "gbrap") if has_alpha(name) else ("rgb24", "gbrp")
        codes = converted(frame, narrow if depth <= 8 else f"{deep}{depth}le").to_ndarray()
    else:
        raise UnsupportedError(f"{path}: is stored as YUV ({name}); convert it to RGB first")
    return Samples(*apart(spread(codes, max(depth, 8))))


def _of_pillow(picture: Image.Image, path: Path) -> _Found:
    """Return the values and the alpha of an opened picture of 8 bits, or of 16 bits of grey."""
    mode = picture.mode
    if mode in ("I", "F"):
        raise UnsupportedError(f"{path}: has samples of 32 bits; convert it to 8 or 16 bits")
    if mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16), None
    if mode in ("P", "PA", "RGB", "L", "1") and (mode == "PA" or "transparency" in picture.info):
        picture = picture.convert("LA" if mode in "L1" else "RGBA")
    elif mode == "1":
        picture = picture.convert("L")
    elif mode not in ("L", "LA", "La", "RGB", "RGBA", "RGBa", "CMYK"):
        picture = picture.convert("RGB")
    codes = np.asarray(picture)
    if picture.mode in ("LA", "La", "RGBA", "RGBa"):
        values, alpha = apart(codes)
        if alpha is not None and picture.mode in _MULTIPLIED:
            values = unmultiplied(values, alpha)
        return values, alpha
    return codes, None


def _deep_png(path: Path, head: bytes) -> _Found | None:
    """Return values and alpha of a PNG of 16 bits, or of less than 8 with a transparent grey.

    Pillow cuts the former, and widens the latter without the code that is transparent. None for
    others.
    """
    depth, is_grey = head[24], head[25] == 0
    if depth == 16 or (depth < 8 and is_grey and b"tRNS" in head):
        return apart(imagecodecs.png_decode(path.read_bytes()))
    return None


def _deep_jp2(path: Path, head: bytes) -> _Found | None:
    """Return values and alpha of a JPEG 2000 file; None if it has 8 bits.

    Raises UnsupportedError for samples that are signed or too wide.
    """
    begin = head.find(_CODESTREAM)
    size = head[begin + 42] if begin >= 0 and len(head) > begin + 42 else 7
    if size == 7:
        return None
    if size > 15:
        raise UnsupportedError(
            f"{path}: has samples that are signed or of more than 16 bits; "
            "convert it to 8 or 16 bits"
        )
    return apart(spread(imagecodecs.jpeg2k_decode(path.read_bytes()), size + 1))


def _rare_jpeg(path: Path, head: bytes) -> _Found:
    """Return the values of a JPEG file that Pillow does not decode. Raises UnsupportedError."""
    codes = decode_rare_jpeg(path)
    if codes.ndim == 3 and codes.shape[2] != 3:
        raise UnsupportedError(f"{path}: holds CMYK; convert it to RGB of 8 or 16 bits")
    return codes, None


def _deep_avif(path: Path, head: bytes) -> _Found | None:
    """Return values and alpha of an AVIF of more than 8 bits; None if it has 8."""
    codec = head.find(b"av1C")
    flags = head[codec + 6] if codec >= 0 else 0
    if not flags & 0x40:
        return None
    return apart(spread(imagecodecs.avif_decode(path.read_bytes()), 12 if flags & 0x20 else 10))


def _deep_heif(picture: Image.Image, path: Path) -> _Found | None:
    """Return values and alpha of a HEIC file of more than 8 bits; None if it has 8."""
    import pillow_heif

    if picture.info.get("bit_depth", 8) == 8:
        return None
    deep = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
    codes = np.asarray(deep)
    return apart(codes)


def _deep_sgi(path: Path, head: bytes) -> _Found | None:
    """Return values and alpha of an SGI file of 16 bits; None if it has 8."""
    return _by_ffmpeg(path, "sgi") if head[_SGI_BYTES] == 2 else None


def _deep_psd(path: Path, head: bytes) -> _Found | None:
    """Return values and alpha of a Photoshop file of 16 bits; None if it has 8.

    Raises UnsupportedError for samples of 16 bits that are neither grey nor RGB.
    """
    if head[_PSD_DEPTH] != 16:
        return None
    if head[_PSD_MODE] not in _PSD_GREY_AND_RGB:
        raise UnsupportedError(
            f"{path}: holds 16 bits of neither grey nor RGB; convert it to RGB, or save it as TIFF"
        )
    return _by_ffmpeg(path, "psd")


def _by_ffmpeg(path: Path, form: str) -> _Found:
    samples = read_by_ffmpeg(path, path.read_bytes(), form)
    return samples.values, samples.alpha


_DEEP: dict[str, Callable[[Path, bytes], _Found | None]] = {
    "png": _deep_png,
    "jp2": _deep_jp2,
    "j2k": _deep_jp2,
    "avif": _deep_avif,
    "sgi": _deep_sgi,
    "psd": _deep_psd,
    **dict.fromkeys(RARE_JPEGS, _rare_jpeg),
}
"""What decodes samples of some formats that Pillow would cut or does not know."""


def _profile(picture: Image.Image, values: np.ndarray) -> bytes | None:
    """Return the ICC profile, or one of the gamma and colours that a PNG tells instead."""
    info = picture.info
    if profile := info.get("icc_profile"):
        return bytes(profile)
    gamma = info.get("gamma")
    if not gamma or "srgb" in info or abs(1 / gamma - _SRGB_GAMMA) < _SAME_GAMMA:
        return None
    return gamma_profile(1 / gamma, info.get("chromaticity"), gray=values.ndim == 2)


def _refuse_hdr(head: bytes, path: Path) -> None:
    """Raise UnsupportedError if a PNG, AVIF or HEIC tells by H.273 that it is HDR."""
    for mark, transfer in ((b"cICP", 5), (b"colrnclx", 11)):
        place = head.find(mark)
        told = head[place + transfer] if 0 <= place < len(head) - transfer else 0
        if told in _HDR:
            raise UnsupportedError(f"{path}: is HDR ({_HDR[told]}); convert it to sRGB first")


def _register_heif(path: Path) -> None:
    """Have Pillow read HEIC. Raises UnsupportedError if the library for it is missing."""
    try:
        import pillow_heif
    except ImportError:
        raise UnsupportedError(
            f"{path}: reading HEIC needs pillow-heif; pip install 'vidcolor[heif]'"
        ) from None
    pillow_heif.register_heif_opener()
