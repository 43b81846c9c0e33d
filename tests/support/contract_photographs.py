"""The contract's photographs: what stands beside the pixels, by format, into every other format."""

import io
import struct
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from contract_runs import colorizer
from contract_terms import KEPT, LEFT_OUT
from PIL import Image, IptcImagePlugin
from PIL.PngImagePlugin import PngInfo

from vidcolor.errors import OutputError, UnsupportedError
from vidcolor.input.color_profiles import gamma_profile
from vidcolor.pipeline.photograph import colorize_still

pillow_heif.register_heif_opener()

OUTPUTS = (".png", ".jpg", ".webp", ".tif", ".bmp", ".jp2", ".avif")
HAVE: dict[str, str] = {
    ".jpg": "EXIF|XMP|IPTC|ICC profile|resolution|comment",
    ".png": "EXIF|XMP|ICC profile|resolution|texts|comment|alpha|16 bits",
    ".tif": "EXIF|XMP|IPTC|ICC profile|resolution|alpha|16 bits|pages",
    ".webp": "EXIF|XMP|ICC profile|alpha",
    ".avif": "EXIF|XMP|ICC profile|alpha",
    ".heic": "EXIF|XMP|ICC profile|alpha",
    ".jp2": "alpha|16 bits",
    ".bmp": "resolution",
    ".gif": "comment|alpha",
}
"""What photographs of each format have in turn, beside their luma."""
CONVERTED, REFUSED = "converted to sRGB, said", "refused, with the remedy"

_SIZE = (48, 32)
_XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>Negative 1234</a></x:xmpmeta>'
_IPTC = b"\x1c\x02\x78\x00\x07Harbour"
_DPI = (300, 300)
_WORDS = {
    "EXIF": "EXIF",
    "XMP": "XMP",
    "IPTC": "IPTC",
    "resolution": "the resolution",
    "texts": "the texts Title",
    "comment": "the comment",
    "alpha": "the alpha channel",
    "pages": "1 further page, which only .tif can hold",
}
"""What a note calls each."""


@cache
def photograph_verdict(suffix: str, has: str, output: str) -> str:
    """What becomes of what a photograph has, if it goes from one format to another.

    Raises:
        AssertionError: the contract is broken.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, f"a{suffix}"), Path(folder, f"b{output}")
        make_photograph(source, has)
        assert _READERS[has](source), "the photograph lacks it"
        try:
            result = colorize_still(source, target, colorizer())
        except UnsupportedError as error:
            assert has == "16 bits"
            assert "can't hold 16 bits; name the output .png" in str(error)
            return REFUSED
        read_only = suffix in (".heic", ".gif")
        notes = [note for note in result.notes if not (read_only and "only be read" in note)]
        assert read_only == (len(notes) < len(result.notes))
        if not notes:
            assert _READERS[has](target), "lost, and nothing says so"
            colorize_still(source, target, colorizer(), strict=True, overwrite=True)
            return KEPT
        (note,) = notes
        if has == "ICC profile":
            assert note.endswith("converted to sRGB")
            return CONVERTED
        assert note == f"left out: {_WORDS[has]}"
        assert not _READERS[has](target), "named, but not lost"
        try:
            colorize_still(source, target, colorizer(), strict=True, overwrite=True)
        except OutputError as error:
            assert note in str(error)
            return LEFT_OUT
        raise AssertionError("--strict lets it pass")


def make_photograph(path: Path, has: str) -> None:
    """Write a photograph to `path` that has what `has` names."""
    grey = _grey()
    form = path.suffix
    if has == "16 bits" or form == ".jp2":
        _write_samples(path, has)
        return
    if form == ".tif":
        _write_tiff(path, has)
        return
    picture = Image.fromarray(np.dstack([grey] * 3 + [grey[::-1]] * (has == "alpha")))
    options: dict[str, object] = {}
    match has:
        case "EXIF":
            exif = Image.Exif()
            exif[315] = "A. Archivist"
            options["exif"] = exif.tobytes()
        case "XMP" if form == ".png":
            texts = PngInfo()
            texts.add_itxt("XML:com.adobe.xmp", _XMP.decode())
            options["pnginfo"] = texts
        case "XMP":
            options["xmp"] = _XMP
        case "IPTC":
            resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(_IPTC)) + _IPTC
            block = b"Photoshop 3.0\0" + resource
            options["extra"] = b"\xff\xed" + struct.pack(">H", len(block) + 2) + block
        case "ICC profile":
            options["icc_profile"] = _profile()
        case "resolution":
            options["dpi"] = _DPI
        case "texts" | "comment" if form == ".png":
            texts = PngInfo()
            texts.add_text("Title" if has == "texts" else "Comment", "a print")
            options["pnginfo"] = texts
        case "comment":
            options["comment"] = b"a print"
    if form == ".gif" and has == "alpha":
        picture = Image.fromarray(grey)
        options["transparency"] = int(grey[0, 0])
    picture.save(path, **options)


def _grey() -> np.ndarray:
    width, height = _SIZE
    return (np.linspace(90, 160, height)[:, None] + np.linspace(-20, 20, width)).astype(np.uint8)


def _write_samples(path: Path, has: str) -> None:
    """Write 16 bits, or JPEG 2000, which Pillow writes in part only."""
    grey = _grey()
    if has == "16 bits":
        deep = np.dstack([grey.astype(np.uint16) * 257 + 3] * 3)
        encode = {
            ".png": imagecodecs.png_encode,
            ".jp2": lambda samples: imagecodecs.jpeg2k_encode(samples, codecformat="jp2", level=0),
            ".tif": _tiff_of,
        }[path.suffix]
        path.write_bytes(encode(deep))
        return
    Image.fromarray(np.dstack([grey] * 3 + [grey[::-1]])).save(path)


def _tiff_of(samples: np.ndarray) -> bytes:
    written = io.BytesIO()
    tifffile.imwrite(written, samples, photometric="rgb", metadata=None, software=False)
    return written.getvalue()


def _write_tiff(path: Path, has: str) -> None:
    grey = _grey()
    samples = np.dstack([grey] * 3 + [grey[::-1]] * (has == "alpha"))
    options: dict[str, object] = {"photometric": "rgb", "metadata": None, "software": False}
    match has:
        case "EXIF":
            options["extratags"] = [(315, 2, 0, "A. Archivist", True)]
        case "XMP":
            options["extratags"] = [(700, 1, len(_XMP), _XMP, True)]
        case "IPTC":
            options["extratags"] = [(33723, 7, len(_IPTC), _IPTC, True)]
        case "ICC profile":
            options["iccprofile"] = _profile()
        case "resolution":
            options |= {"resolution": _DPI, "resolutionunit": "inch"}
        case "alpha":
            options["extrasamples"] = ["unassalpha"]
    with tifffile.TiffWriter(path) as writer:
        for _ in range(2 if has == "pages" else 1):
            writer.write(samples, **options)


def _profile() -> bytes:
    """An RGB profile of another gamma than that of sRGB."""
    return gamma_profile(1.8, None, gray=False)


def _has_exif(path: Path) -> bool:
    with Image.open(path) as picture:
        return picture.getexif().get(315) == "A. Archivist"


def _has_xmp(path: Path) -> bool:
    with Image.open(path) as picture:
        found = picture.info.get("xmp") or picture.info.get("XML:com.adobe.xmp", b"")
        return b"Negative 1234" in (found.encode() if isinstance(found, str) else found)


def _has_iptc(path: Path) -> bool:
    with Image.open(path) as picture:
        return (IptcImagePlugin.getiptcinfo(picture) or {}).get((2, 120)) == b"Harbour"


def _has_profile(path: Path) -> bool:
    with Image.open(path) as picture:
        found = picture.info.get("icc_profile")
        return bool(found) and bytes(found)[36:] == _profile()[36:]


def _has_resolution(path: Path) -> bool:
    with Image.open(path) as picture:
        exif = picture.getexif()
        said = picture.info.get("dpi") or (exif.get(282), exif.get(283))
        return all(value and abs(float(value) - 300) < 1 for value in said)


def _has_texts(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.load()
        return getattr(picture, "text", {}).get("Title") == "a print"


def _has_comment(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.load()
        found = picture.info.get("comment") or getattr(picture, "text", {}).get("Comment")
        return found in (b"a print", "a print")


def _has_alpha(path: Path) -> bool:
    with Image.open(path) as picture:
        shown = picture.convert("RGBA").getchannel("A")
        low, high = shown.getextrema()
        return low < 200 or high < 255


def _has_16_bits(path: Path) -> bool:
    read = {".png": imagecodecs.png_decode, ".jp2": imagecodecs.jpeg2k_decode}
    if path.suffix == ".tif":
        return tifffile.imread(path).dtype == np.uint16
    return bool(read[path.suffix](path.read_bytes()).dtype == np.uint16)


def _has_pages(path: Path) -> bool:
    with Image.open(path) as picture:
        return getattr(picture, "n_frames", 1) == 2


_READERS: dict[str, Callable[[Path], bool]] = {
    "EXIF": _has_exif,
    "XMP": _has_xmp,
    "IPTC": _has_iptc,
    "ICC profile": _has_profile,
    "resolution": _has_resolution,
    "texts": _has_texts,
    "comment": _has_comment,
    "alpha": _has_alpha,
    "16 bits": _has_16_bits,
    "pages": _has_pages,
}
CASES = [
    (suffix, has, output)
    for suffix, those in HAVE.items()
    for has in those.split("|")
    for output in OUTPUTS
]
