"""Samples of photographs mean what the file says, not what their number and width suggest."""

import io
import struct
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from bare_tiff import bare_tiff
from PIL import Image

from vidcolor.errors import UnsupportedError
from vidcolor.files import default_output
from vidcolor.input.photographs import Page, Photograph

SIZE = (64, 40)
GREY = (np.arange(40 * 64).reshape(40, 64) % 251).astype(np.uint8)
EMPTY, FULL = np.zeros_like(GREY), np.full_like(GREY, 255)


def page(path: Path, content: bytes, name: str = "a.tif") -> Page:
    (path / name).write_bytes(content)
    return Photograph(path / name).page()


def packed(codes: np.ndarray, bits: int) -> bytes:
    """Codes (H, W) or (H, W, n), the bits of each line one behind the other."""
    whole = np.unpackbits(codes.astype(">u2").view(np.uint8).reshape(*codes.shape, 2), axis=-1)
    return np.packbits(whole[..., -bits:].reshape(codes.shape[0], -1), axis=1).tobytes()


def grey(read: Page) -> np.ndarray:
    """The grey of a page that is grey."""
    assert np.ptp(read.rgb, axis=2).max() == 0
    return read.rgb[..., 0]


@pytest.mark.parametrize("bits", [1, 2, 4, 6, 8, 10, 12, 14, 16])
@pytest.mark.parametrize("white", [True, False], ids=["white is 0", "black is 0"])
def test_grey_of_every_depth(tmp_path: Path, bits: int, white: bool) -> None:
    peak, wide = (1 << bits) - 1, 255 if bits <= 8 else 65535
    codes = np.linspace(0, peak, 40 * 64).round().astype(np.uint16).reshape(40, 64)
    stored = peak - codes if white else codes
    # Whole bytes are in the order of the file, which is little-endian; packed bits are not.
    samples = stored.astype("<u2").tobytes() if bits == 16 else packed(stored, bits)
    read = grey(page(tmp_path, bare_tiff(samples, SIZE, [bits], 0 if white else 1)))
    assert read.dtype == (np.uint8 if bits <= 8 else np.uint16)
    assert np.array_equal(read, np.rint(codes * (wide / peak)))


def test_packed_rgb(tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(0, 4096, (40, 64, 3)).astype(np.uint16)
    read = page(tmp_path, bare_tiff(packed(codes, 12), SIZE, [12] * 3, 2))
    assert np.array_equal(read.rgb, np.rint(codes * (65535 / 4095)))


# From sRGB to XYZ, adapted to D50 by Bradford's transform (Lindbloom).
TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
D50 = np.array([0.96422, 1, 0.82521])


def lab_of(rgb: np.ndarray) -> np.ndarray:
    """CIELab of sRGB in [0, 1], by the formulas of IEC 61966-2-1 and CIE 15."""
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    relative = light @ TO_XYZ.T / D50
    x, y, z = np.moveaxis(
        np.where(relative > 216 / 24389, np.cbrt(relative), (24389 / 27 * relative + 16) / 116),
        -1,
        0,
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


@pytest.mark.parametrize(
    ("photometric", "bits", "white", "offset"),
    [("cielab", 8, 255, 0), ("cielab", 16, 65535, 0), ("icclab", 8, 255, 128),
     ("icclab", 16, 65280, 128)],
)  # fmt: skip
def test_lab_by_the_formulas(
    tmp_path: Path, photometric: str, bits: int, white: int, offset: int
) -> None:
    shown = np.random.default_rng(0).uniform(0.2, 0.95, (20, 30, 3))
    shown[0], shown[1] = 1, np.linspace(0.1, 1, 30)[:, None]
    lab = lab_of(shown)
    unit = 1 if bits == 8 else 256
    codes = np.concatenate([lab[..., :1] * (white / 100), (lab[..., 1:] + offset) * unit], -1)
    stored = np.rint(codes).astype(np.int32).astype(f"u{bits // 8}")
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric=photometric)
    read = Photograph(tmp_path / "a.tif").page()
    peak = np.iinfo(read.rgb.dtype).max
    assert peak == (1 << bits) - 1
    off = np.abs(read.rgb / peak - shown)
    assert off.max() < (4 if bits == 8 else 0.2) / 255
    assert off[0].max() < 0.5 / 255  # white


@pytest.mark.parametrize("across, down", [(1, 1), (2, 1), (2, 2), (1, 2), (4, 1)])
@pytest.mark.parametrize("orientation", [1, 6])
def test_ycbcr_whose_chroma_is_subsampled(
    tmp_path: Path, across: int, down: int, orientation: int
) -> None:
    """Each block of luma is followed by its two chroma samples (TIFF 6.0, section 21)."""
    blocks = GREY.reshape(40 // down, down, 64 // across, across).swapaxes(1, 2)
    units = blocks.reshape(-1, down * across)
    data = np.concatenate([units, np.full((len(units), 2), 128, np.uint8)], 1).tobytes()
    tags = {530: [across, down], 274: [orientation]}
    read = grey(page(tmp_path, bare_tiff(data, SIZE, [8] * 3, 6, tags)))
    assert np.array_equal(read, GREY if orientation == 1 else np.rot90(GREY, -1))


def test_further_channels_are_named(tmp_path: Path) -> None:
    four = np.dstack([GREY] * 4).tobytes()
    untold = ("channel 4, whose meaning is not told",)
    assert page(tmp_path, bare_tiff(four, SIZE, [8] * 4, 2)).left_out == untold
    assert page(tmp_path, bare_tiff(four, SIZE, [8] * 4, 2, {338: [0]})).left_out == untold
    full = np.dstack([GREY] * 3 + [FULL]).tobytes()
    assert page(tmp_path, bare_tiff(full, SIZE, [8] * 4, 2)).left_out == ()
    five = np.dstack([GREY] * 4 + [FULL - GREY]).tobytes()
    read = page(tmp_path, bare_tiff(five, SIZE, [8] * 5, 2, {338: [0, 2]}))
    assert np.array_equal(read.alpha, FULL - GREY)
    assert read.left_out == untold


def test_palettes(tmp_path: Path) -> None:
    colors = np.random.default_rng(0).integers(0, 65536, (3, 256))
    both = np.dstack([GREY, GREY]).tobytes()
    tags = {320: colors.ravel().tolist(), 338: [2]}
    read = page(tmp_path, bare_tiff(both, SIZE, [8, 8], 3, tags))
    assert np.array_equal(read.rgb, colors.T[GREY])
    assert np.array_equal(read.alpha, GREY.astype(np.uint16) * 257)
    bits = np.packbits(GREY > 100, axis=1).tobytes()
    read = page(tmp_path, bare_tiff(bits, SIZE, [1], 3, {320: colors[:, :2].ravel().tolist()}))
    assert np.array_equal(read.rgb, colors.T[(GREY > 100).astype(int)])


@pytest.mark.parametrize(
    ("bits", "photometric", "tags", "line"),
    [
        ([5, 6, 5], 2, {}, "has 5 and 6 and 5 bits a sample; convert it to 8 or 16 bits"),
        ([16] * 3, 6, {}, "has 16 bits a sample; convert it to 8 or 16 bits"),
        ([8] * 4, 6, {338: [2]}, "of a kind that can't be read; convert it to RGB"),
        ([8] * 3, 10, {}, "holds ITULAB samples; convert it to RGB"),
    ],
)
def test_what_is_not_read_is_one_clear_line(
    tmp_path: Path, bits: list[int], photometric: int, tags: dict[int, list[int]], line: str
) -> None:
    with pytest.raises(UnsupportedError, match=line):
        page(tmp_path, bare_tiff(bytes(64 * 40 * 8), SIZE, bits, photometric, tags))


def test_integers_whose_format_is_left_open(tmp_path: Path) -> None:
    read = page(tmp_path, bare_tiff(GREY.tobytes(), SIZE, [8], 1, {339: [4]}))
    assert np.array_equal(grey(read), GREY)


def png(codes: np.ndarray, bits: int, kind: int, transparent: bytes) -> bytes:
    """A PNG file with a transparent colour (W3C PNG, 11.3.1.1)."""
    lines = codes if codes.ndim == 3 else codes[..., None]
    data = packed(lines, bits)
    step = len(data) // codes.shape[0]
    rows = b"".join(b"\0" + data[i : i + step] for i in range(0, len(data), step))
    header = b"".join(n.to_bytes(4, "big") for n in codes.shape[1::-1]) + bytes([bits, kind])
    chunks = {b"IHDR": header + bytes(3), b"tRNS": transparent, b"IDAT": zlib.compress(rows)}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")
        for name, body in [*chunks.items(), (b"IEND", b"")]
    )


@pytest.mark.parametrize(
    ("kind", "bits"), [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)]
)
def test_the_transparent_colour_of_a_png(tmp_path: Path, kind: int, bits: int) -> None:
    peak, wide = (1 << bits) - 1, 255 if bits <= 8 else 65535
    codes = (GREY.astype(np.uint16) * 257) >> (16 - bits)
    stored = np.dstack([codes] * 3) if kind else codes
    told = int(codes[20, 30]).to_bytes(2, "big") * (3 if kind else 1)
    read = page(tmp_path, png(stored, bits, kind, told), "a.png")
    assert np.array_equal(grey(read), np.rint(codes * (wide / peak)))
    assert np.array_equal(read.alpha, np.where(codes == codes[20, 30], 0, wide))


SMOOTH = np.linspace(10, 240, 40 * 64).reshape(40, 64)


def test_jpeg_of_twelve_bits(tmp_path: Path) -> None:
    codes = (SMOOTH * 16).astype(np.uint16)
    color = np.dstack([codes, codes + 200, codes])
    plain = imagecodecs.jpeg_encode(color, level=99, bitspersample=12)
    exif = Image.Exif()
    exif[274] = 3
    app1 = exif.tobytes()
    marked = plain[:2] + b"\xff\xe1" + (len(app1) + 2).to_bytes(2, "big") + app1 + plain[2:]
    read = page(tmp_path, marked, "a.jpg")
    assert read.rgb.dtype == np.uint16
    assert np.abs(read.rgb[::-1, ::-1].astype(int) - color * (65535 / 4095)).max() < 300
    assert default_output(tmp_path / "a.jpg", None).name == "a.color.png"


@pytest.mark.parametrize("codes", [GREY, GREY.astype(np.uint16) * 257, np.dstack([GREY] * 3)])
def test_jpeg_without_loss(tmp_path: Path, codes: np.ndarray) -> None:
    for content in (
        imagecodecs.jpegls_encode(codes),
        imagecodecs.jpeg_encode(codes, lossless=True, bitspersample=8 * codes.itemsize),
    ):
        read = page(tmp_path, content, "a.jpg")
        assert np.array_equal(read.rgb, codes if codes.ndim == 3 else np.dstack([codes] * 3))
        assert default_output(tmp_path / "a.jpg", None).name == "a.color.png"


@pytest.mark.parametrize("how", ["CMYK", "YCCK"])
def test_inks_of_a_jpeg_are_inverted_as_adobe_does(tmp_path: Path, how: str) -> None:
    ink = np.dstack([np.zeros((40, 64), np.uint8)] * 3 + [(255 - SMOOTH).astype(np.uint8)])
    if how == "CMYK":
        file = io.BytesIO()
        Image.fromarray(ink, "CMYK").save(file, "jpeg", quality=98)
        content = file.getvalue()
    else:
        content = imagecodecs.jpeg_encode(
            255 - ink, level=98, colorspace="cmyk", outcolorspace="ycck"
        )
    assert b"Adobe" in content
    read = page(tmp_path, content, "a.jpg")
    assert np.abs(read.rgb.astype(int) - SMOOTH[..., None]).max() <= 3


@pytest.mark.parametrize("bits", [4, 12])
def test_jpeg_2000_of_few_bits_spans_the_range(tmp_path: Path, bits: int) -> None:
    codes = (GREY.astype(np.uint16) * 257) >> (16 - bits)
    codes = codes.astype(np.uint8) if bits < 8 else codes
    content = imagecodecs.jpeg2k_encode(codes, level=0, codecformat="jp2", bitspersample=bits)
    read = grey(page(tmp_path, content, "a.jp2"))
    assert np.array_equal(read, np.rint(codes * ((255 if bits < 8 else 65535) / ((1 << bits) - 1))))


@pytest.mark.parametrize("peak", [100, 255, 1023, 65535])
@pytest.mark.parametrize("kind", [b"P2", b"P3", b"P5", b"P6"])
def test_netpbm_of_every_peak(tmp_path: Path, kind: bytes, peak: int) -> None:
    codes = np.linspace(0, peak, 40 * 64).astype(np.uint16).reshape(40, 64)
    stored = np.dstack([codes] * 3) if kind in (b"P3", b"P6") else codes
    if kind in (b"P2", b"P3"):
        data = " ".join(map(str, stored.ravel())).encode()
    else:
        data = stored.astype(">u2" if peak > 255 else "u1").tobytes()
    content = b"%s\n# scanned\n64 40\n%d\n%s" % (kind, peak, data)
    read = grey(page(tmp_path, content, "a.pnm"))
    wide = 255 if peak <= 255 else 65535
    assert read.dtype == (np.uint8 if peak <= 255 else np.uint16)
    assert np.abs(read - codes * (wide / peak)).max() <= 1


def psd(planes: list[np.ndarray], bits: int, mode: int) -> bytes:
    """A Photoshop file without resources and layers (Adobe Photoshop File Formats)."""
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, len(planes), 40, 64, bits, mode)
    return (
        header + bytes(14) + b"".join(plane.astype(f">u{bits // 8}").tobytes() for plane in planes)
    )


def sgi(planes: list[np.ndarray], size: int) -> bytes:
    """An SGI file: lines from the bottom up."""
    kind = 2 if len(planes) == 1 else 3
    header = struct.pack(">HBBHHHH", 474, 0, size, kind, 64, 40, len(planes)).ljust(512, b"\0")
    return header + b"".join(plane[::-1].astype(f">u{size}").tobytes() for plane in planes)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("colors", [1, 3])
def test_photoshop_and_sgi_keep_their_bits(tmp_path: Path, bits: int, colors: int) -> None:
    codes = GREY if bits == 8 else GREY.astype(np.uint16) * 257
    read = page(tmp_path, psd([codes] * colors, bits, colors), "a.psd")
    assert np.array_equal(grey(read), codes)
    assert read.left_out == ()
    further = page(tmp_path, psd([codes] * (colors + 2), bits, colors), "a.psd")
    assert np.array_equal(grey(further), codes)
    assert further.alpha is not None or "2 further channels" in further.left_out
    assert np.array_equal(grey(page(tmp_path, sgi([codes] * colors, bits // 8), "a.sgi")), codes)
    both = page(tmp_path, sgi([codes] * 3 + [codes[::-1]], bits // 8), "a.sgi")
    assert np.array_equal(both.alpha, codes[::-1])


def test_photoshop_files_that_are_not_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="samples of 32 bits; convert"):
        page(tmp_path, psd([GREY], 32, 1), "a.psd")
    with pytest.raises(UnsupportedError, match="16 bits of neither grey nor RGB; convert"):
        page(tmp_path, psd([GREY] * 4, 16, 4), "a.psd")
