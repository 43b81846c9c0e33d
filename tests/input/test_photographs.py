"""What is read of photographs, against what other libraries wrote or read."""

import io
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps
from PIL.PngImagePlugin import PngInfo

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.color_profiles import gamma_profile, srgb, to_srgb
from vidcolor.input.photographs import Page, Photograph, luma_of

GREY = (np.arange(40 * 60).reshape(40, 60) % 251).astype(np.uint8)
DEEP = GREY.astype(np.uint16) * 257 + 3


def page(path: Path) -> Page:
    return Photograph(path).page()


def tiff(path: Path, samples: np.ndarray, **options: object) -> Page:
    tifffile.imwrite(path / "a.tif", samples, **options)
    return page(path / "a.tif")


@pytest.mark.parametrize("samples", [GREY, DEEP], ids=["8 bits", "16 bits"])
def test_white_is_zero(tmp_path: Path, samples: np.ndarray) -> None:
    read = tiff(tmp_path, np.iinfo(samples.dtype).max - samples, photometric="miniswhite")
    assert np.array_equal(read.rgb, np.dstack([samples] * 3))


@pytest.mark.parametrize("samples", [GREY, DEEP], ids=["8 bits", "16 bits"])
def test_grey_with_alpha(tmp_path: Path, samples: np.ndarray) -> None:
    both = np.dstack([samples, samples[::-1]])
    read = tiff(tmp_path, both, photometric="minisblack", extrasamples=["unassalpha"])
    assert np.array_equal(read.rgb, np.dstack([samples] * 3))
    assert np.array_equal(read.alpha, samples[::-1])


def test_colours_multiplied_by_alpha_are_divided_again(tmp_path: Path) -> None:
    alpha = np.full_like(GREY, 128)
    multiplied = np.dstack([np.full_like(GREY, 60)] * 3 + [alpha])
    read = tiff(tmp_path, multiplied, photometric="rgb", extrasamples=["assocalpha"])
    assert (read.rgb == 120).all()  # 60 / (128 / 255) = 119.5
    assert (read.alpha == 128).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF"])
def test_opaque_alpha_is_none(tmp_path: Path, kind: str) -> None:
    opaque = np.dstack([GREY] * 3 + [np.full_like(GREY, 255)])
    Image.fromarray(opaque).save(tmp_path / "a", kind)
    assert page(tmp_path / "a").alpha is None


def test_palettes_bits_and_planes(tmp_path: Path) -> None:
    colors = np.random.default_rng(1).integers(0, 256, (256, 3)).astype(np.uint16)
    read = tiff(tmp_path, GREY, photometric="palette", colormap=(colors * 257).T)
    assert np.array_equal(read.rgb, colors[GREY])
    read = tiff(tmp_path, GREY > 100, photometric="minisblack")
    assert np.array_equal(read.rgb[..., 0], np.where(GREY > 100, 255, 0))
    planes = np.stack([GREY, GREY[::-1], GREY])
    read = tiff(tmp_path, planes, photometric="rgb", planarconfig="separate")
    assert np.array_equal(read.rgb, planes.transpose(1, 2, 0))
    read = tiff(tmp_path, GREY.astype(np.uint16) * 16, bitspersample=12)
    assert np.abs(read.rgb[..., 0] / 65535 - GREY.astype(int) * 16 / 4095).max() < 1e-4


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_cielab_keeps_its_bits(tmp_path: Path, dtype: type) -> None:
    """L* = 50 is the grey 119 of sRGB; CIE Y = 18.42 %."""
    peak = np.iinfo(dtype).max
    lab = np.zeros((8, 8, 3), dtype)
    lab[..., 0] = round(peak / 2)
    read = tiff(tmp_path, lab, photometric="cielab")
    assert read.rgb.dtype == dtype
    assert np.abs(read.rgb / peak * 255 - 119).max() < 1
    assert read.notes == ("CIELab: converted to sRGB",)


def test_cmyk_is_no_alpha(tmp_path: Path) -> None:
    ink = np.dstack([np.zeros_like(GREY)] * 3 + [255 - GREY])
    read = tiff(tmp_path, ink, photometric="separated")
    assert read.alpha is None
    assert np.array_equal(read.rgb, np.dstack([GREY] * 3))
    assert read.notes == ("CMYK without a profile: converted plainly",)
    Image.fromarray(ink, "CMYK").save(tmp_path / "a.jpg", quality=100)
    assert np.abs(page(tmp_path / "a.jpg").rgb.astype(int) - GREY[..., None]).max() <= 4


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int16, np.uint32])
def test_samples_that_are_refused(tmp_path: Path, dtype: type) -> None:
    with pytest.raises(UnsupportedError, match="convert it to 8 or 16 bits"):
        tiff(tmp_path, GREY.astype(dtype))


@pytest.mark.parametrize("suffix", [".png", ".jp2", ".ppm", ".avif"])
def test_sixteen_bits_stay(tmp_path: Path, suffix: str) -> None:
    smooth = np.linspace(0, 65535, 40 * 60).reshape(40, 60).astype(np.uint16)
    color = np.dstack([smooth, smooth[::-1], smooth])
    depth = [cv2.IMWRITE_AVIF_DEPTH, 10, cv2.IMWRITE_AVIF_QUALITY, 100] if suffix == ".avif" else []
    stored = color >> 6 if depth else color
    assert cv2.imwrite(str(tmp_path / f"a{suffix}"), stored[..., ::-1], depth)
    read = page(tmp_path / f"a{suffix}")
    assert read.rgb.dtype == np.uint16
    off = 600 if depth else 0
    assert np.abs(read.rgb.astype(int) - color).max() <= off
    assert len(np.unique(read.rgb)) > 500


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "tiff", "png", "webp", "avif"])
def test_photographs_are_turned_upright_once(tmp_path: Path, kind: str, orientation: int) -> None:
    quarters = np.kron([[40, 90, 200], [140, 240, 20]], np.ones((16, 16))).astype(np.uint8)
    upright = Image.fromarray(quarters)
    undone = {5: 5, 6: 8, 8: 6}.get(orientation, orientation)
    turned = ImageOps.exif_transpose(_with(upright, undone))
    exif = Image.Exif()
    exif[274] = orientation
    turned.save(tmp_path / "a", kind, exif=exif)
    read = page(tmp_path / "a")
    assert read.rgb.shape == (32, 48, 3)
    assert np.abs(read.rgb[8::16, 8::16, 0].astype(int) - quarters[8::16, 8::16]).max() < 12
    assert read.metadata.exif is None or 274 not in _exif(read.metadata.exif)


def _with(picture: Image.Image, orientation: int) -> Image.Image:
    content = io.BytesIO()
    exif = Image.Exif()
    exif[274] = orientation
    picture.save(content, "png", exif=exif)
    return Image.open(content)


def _exif(content: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(content)
    return exif


@pytest.mark.parametrize("samples", [GREY, DEEP], ids=["8 bits", "16 bits"])
def test_a_grey_profile_is_converted(tmp_path: Path, samples: np.ndarray) -> None:
    """Light is the 1.8th power of the codes; sRGB's curve is that of IEC 61966-2-1."""
    profile = gamma_profile(1.8, None, gray=True)
    read = tiff(tmp_path, samples, iccprofile=profile)
    peak = np.iinfo(samples.dtype).max
    light = (samples / peak) ** 1.8
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(read.rgb[..., 0] / peak - coded).max() < 1.5 / 255
    assert read.profile == srgb()
    assert read.notes == ("grey ICC profile (gray built-in): converted to sRGB",)


def test_an_rgb_profile_stays_and_tells_the_luma_that_is_shown(tmp_path: Path) -> None:
    profile = gamma_profile(1.8, None, gray=False)
    color = np.dstack([GREY] * 3)
    read = tiff(tmp_path, color, photometric="rgb", iccprofile=profile)
    assert read.profile == profile
    assert np.array_equal(read.rgb, color)
    own, other = (ImageCms.ImageCmsProfile(io.BytesIO(p)) for p in (profile, srgb()))
    shown = ImageCms.profileToProfile(Image.fromarray(color), own, other)
    assert np.abs(luma_of(read)[1].astype(int) - np.asarray(shown)[..., 0]).max() <= 1
    assert np.abs(to_srgb(color, profile).astype(int) - np.asarray(shown)).max() <= 1


def test_the_gamma_of_a_png_is_its_profile(tmp_path: Path) -> None:
    info = PngInfo()
    info.add(b"gAMA", (100_000).to_bytes(4, "big"))  # linear light
    Image.fromarray(np.full((8, 8), 128, np.uint8)).save(tmp_path / "a.png", pnginfo=info)
    assert np.abs(page(tmp_path / "a.png").rgb.astype(int) - 188).max() <= 1  # 50 % of light


def test_pages(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY)
        writer.write(GREY[::4, ::4], subfiletype=1)
        writer.write(255 - GREY, photometric="miniswhite")
    pages = Photograph(tmp_path / "a.tif")
    assert len(pages) == 2
    assert all(np.array_equal(pages.page(i).rgb[..., 0], GREY) for i in range(2))


def test_pages_cut_off_are_no_short_file(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for _ in range(3):
            writer.write(GREY)
    content = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(content[: len(content) * 2 // 3])
    with pytest.raises(InputError, match="is the file complete"):
        Photograph(tmp_path / "a.tif").page()


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff", "bmp", "jpeg2000", "ppm", "gif"])
def test_too_many_pixels(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(GREY).save(tmp_path / "a", kind)
    monkeypatch.setenv("VIDCOLOR_MAX_PIXELS", str(40 * 60 - 1))
    with pytest.raises(UnsupportedError, match="60x40 are more than 2399 pixels"):
        page(tmp_path / "a")


def test_heic_without_its_library_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(Image.fromarray(np.dstack([GREY] * 3))).save(tmp_path / "a.heic")
    assert np.abs(page(tmp_path / "a.heic").rgb[..., 1].astype(int) - GREY).mean() < 12
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnsupportedError, match=r"pip install 'vidcolor\[heif\]'"):
        page(tmp_path / "a.heic")
