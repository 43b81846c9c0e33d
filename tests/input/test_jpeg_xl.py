"""JPEG XL: the samples and the metadata of files in sRGB, and one clear line for others."""

import io
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.files import default_output, is_still
from vidcolor.input.color_profiles import gamma_profile
from vidcolor.input.photographs import Page, Photograph

GREY = (np.arange(40 * 64).reshape(40, 64) % 251).astype(np.uint8)
RGB = np.dstack([GREY, GREY[::-1], GREY[:, ::-1]])


def page(path: Path, content: bytes) -> Page:
    (path / "a.jxl").write_bytes(content)
    return Photograph(path / "a.jxl").page()


def encoded(codes: np.ndarray, **options: object) -> bytes:
    return bytes(imagecodecs.jpegxl_encode(codes, lossless=True, **options))


def as_srgb(linear: bytes) -> bytes:
    """The same file with the curve of sRGB in place of the linear one, which the encoder gives 16
    bits: 2 and 8 + 5 in the bits of an "enum" instead of 2 and 8 - 2."""
    bits = int.from_bytes(linear, "little")
    begin = 8 * linear.index(b"\xff\x0a")
    for place in range(begin + 24, begin + 200):
        changed = bits & ~(63 << place) | (2 | (13 - 2) << 2) << place
        if bits >> place & 63 == 2 | (8 - 2) << 2:
            return changed.to_bytes(len(linear), "little")
    raise AssertionError


@pytest.mark.parametrize("boxed", [False, True], ids=["codestream", "boxes"])
@pytest.mark.parametrize("codes", [GREY, RGB, np.dstack([RGB, GREY]), np.dstack([GREY, GREY])])
def test_samples(tmp_path: Path, codes: np.ndarray, boxed: bool) -> None:
    read = page(tmp_path, encoded(codes, usecontainer=boxed))
    color = codes if codes.ndim == 3 and codes.shape[2] > 2 else np.dstack([GREY] * 3)
    assert np.array_equal(read.rgb, color[..., :3])
    assert np.array_equal(read.alpha, GREY) if codes.ndim == 3 and codes.shape[2] % 2 == 0 else True
    assert is_still(tmp_path / "a.jxl")
    assert default_output(tmp_path / "a.jxl", None).name == "a.color.png"


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_more_bits(tmp_path: Path, bits: int) -> None:
    codes = (GREY.astype(np.uint16) * 257) >> (16 - bits)
    linear = encoded(codes, bitspersample=bits)
    with pytest.raises(UnsupportedError, match="this JPEG XL file is linear; convert it to PNG"):
        page(tmp_path, linear)
    read = page(tmp_path, as_srgb(linear))
    assert np.array_equal(read.rgb[..., 0], np.rint(codes * (65535 / ((1 << bits) - 1))))


def test_what_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="file has float samples; convert"):
        page(tmp_path, encoded(GREY / np.float32(255)))
    with pytest.raises(UnsupportedError, match="file is an animation; convert"):
        page(tmp_path, encoded(np.stack([RGB] * 3)))
    with pytest.raises(InputError, match="not a readable photograph"):
        page(tmp_path, encoded(RGB)[:60])


def test_a_jpeg_within_is_read_with_all_that_it_has(tmp_path: Path) -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[274], exif[270] = 6, "a hill"
    profile = gamma_profile(1.8, None, gray=False)
    smooth = np.dstack([np.linspace(0, 250, 40 * 64).reshape(40, 64).astype(np.uint8)] * 3)
    Image.fromarray(smooth).save(file, "jpeg", quality=95, exif=exif, icc_profile=profile)
    jpeg = tmp_path / "a.jpg"
    jpeg.write_bytes(file.getvalue())
    within = page(tmp_path, imagecodecs.jpegxl_encode_jpeg(file.getvalue(), numthreads=1))
    alone = Photograph(jpeg).page()
    assert within.rgb.shape == (64, 40, 3)
    assert np.array_equal(within.rgb, alone.rgb)
    assert (within.profile, within.metadata) == (alone.profile, alone.metadata)
    assert within.profile == profile


def test_exif_and_xmp(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[270], exif[282], exif[283], exif[296] = "a hill", 300, 300, 2
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    content = encoded(RGB, usecontainer=True)
    for kind, body in ((b"Exif", bytes(4) + tiff), (b"xml ", xmp)):
        content += (len(body) + 8).to_bytes(4, "big") + kind + body
    read = page(tmp_path, content)
    assert np.array_equal(read.rgb, RGB)
    assert read.metadata.xmp == xmp
    assert read.metadata.dpi == (300, 300)
    assert read.metadata.exif is not None
    assert b"a hill" in read.metadata.exif


def test_too_many_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIDCOLOR_MAX_PIXELS", str(40 * 64 - 1))
    with pytest.raises(UnsupportedError, match="64x40 are more than 2559 pixels"):
        page(tmp_path, encoded(RGB))
