"""Photographs: size, depth and luma are kept, and what is lost is said."""

import io
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import InputError, OutputError, UnsupportedError, UsageError
from vidcolor.input.color_profiles import gamma_profile, srgb
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.photograph import colorize_still


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, precision="fp32")


def grey(shape: tuple[int, int] = (45, 61), dtype: type = np.uint8) -> np.ndarray:
    """A smooth photograph without extremes, so that no colour is cut off."""
    height, width = shape
    ramp = np.linspace(0.35, 0.65, height)[:, None] + np.linspace(-0.1, 0.1, width)
    return (ramp * np.iinfo(dtype).max).astype(dtype)


def luma(bgr: np.ndarray) -> np.ndarray:
    return bgr.astype(np.float64) @ (0.0722, 0.7152, 0.2126)


def read(path: Path) -> np.ndarray:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    return picture


@pytest.mark.parametrize(
    ("suffix", "dtype", "off"),
    [
        (".png", np.uint8, 1),
        (".png", np.uint16, 1),
        (".tif", np.uint8, 1),
        (".tif", np.uint16, 1),
        (".tiff", np.uint8, 1),
        (".jpg", np.uint8, 8),
        (".jpeg", np.uint8, 8),
        (".webp", np.uint8, 8),
    ],
)
def test_a_photograph_gets_colour_and_keeps_size_depth_and_luma(
    tmp_path: Path, colorizer: Colorizer, suffix: str, dtype: type, off: float
) -> None:
    source, output = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    cv2.imwrite(str(source), grey(dtype=dtype))
    result = colorize_still(source, output, colorizer)
    shown, made = grey(dtype=dtype), read(output)
    assert made.shape == (*shown.shape, 3)
    assert made.dtype == dtype
    assert np.abs(luma(made) - shown).max() <= off
    assert np.ptp(made, axis=2).max() > 0.02 * np.iinfo(dtype).max
    assert (result.output, result.frames, result.notes) == (output, 1, ())
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"a{suffix}", f"b{suffix}"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (7, 1), (33, 17)])
def test_every_size_is_kept(tmp_path: Path, colorizer: Colorizer, shape: tuple[int, int]) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), grey(shape))
    colorize_still(tmp_path / "a.png", tmp_path / "b.png", colorizer)
    assert read(tmp_path / "b.png").shape == (*shape, 3)


def test_black_and_white_stay_exactly_neutral(tmp_path: Path, colorizer: Colorizer) -> None:
    shown = grey((40, 60))
    shown[:10], shown[-10:] = 0, 255
    cv2.imwrite(str(tmp_path / "a.png"), shown)
    colorize_still(tmp_path / "a.png", tmp_path / "b.png", colorizer)
    made = read(tmp_path / "b.png")
    assert (made[:10] == 0).all()
    assert (made[-10:] == 255).all()
    assert np.ptp(made[10:30], axis=2).any()


@pytest.mark.parametrize(
    ("suffix", "left_out"),
    [(".jpg", ["left out: the alpha channel"]), (".png", []), (".tif", []), (".webp", [])],
)
def test_colour_is_replaced_and_alpha_kept_where_it_can_be(
    tmp_path: Path, colorizer: Colorizer, suffix: str, left_out: list[str]
) -> None:
    output = tmp_path / f"b{suffix}"
    bgr = np.dstack([grey(), grey()[::-1], grey(), grey()])
    cv2.imwrite(str(tmp_path / "a.png"), bgr)
    told: list[str] = []
    result = colorize_still(
        tmp_path / "a.png", output, colorizer, listener=Listener(note=told.append)
    )
    color = "the source has colour: only its luma is used"
    assert told == [*left_out, color]
    assert result.notes == tuple(told)
    made = np.asarray(Image.open(output))  # OpenCV multiplies the colours of a TIFF by its alpha
    assert made.shape[2] == 4 - len(left_out)
    assert np.abs(luma(made[..., 2::-1]) - luma(bgr[..., :3])).max() <= (8 if left_out else 1.5)
    if not left_out:
        assert np.array_equal(made[..., 3], bgr[..., 3])


def test_grey_with_the_traces_of_lossy_coding_is_no_colour(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    picture = cv2.cvtColor(grey(), cv2.COLOR_GRAY2BGR)
    picture[::2, ::2, 0] += 1
    cv2.imwrite(str(tmp_path / "hill.png"), picture)
    assert not colorize_still(tmp_path / "hill.png", tmp_path / "out.png", colorizer).notes


def test_a_colour_photograph_gives_what_its_luma_gives(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    bgr = np.dstack([grey(), grey()[::-1], grey()])
    cv2.imwrite(str(tmp_path / "colour.png"), bgr)
    cv2.imwrite(str(tmp_path / "grey.png"), luma(bgr).round().astype(np.uint8))
    for name in ("colour", "grey"):
        colorize_still(tmp_path / f"{name}.png", tmp_path / f"{name}-out.png", colorizer)
    assert np.array_equal(read(tmp_path / "colour-out.png"), read(tmp_path / "grey-out.png"))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_a_file_cut_short_is_refused(tmp_path: Path, colorizer: Colorizer, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    noise = np.random.default_rng(1).integers(0, 255, (64, 64), np.uint8)
    cv2.imwrite(str(path), noise)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="is the file complete"):
        colorize_still(path, tmp_path / f"b{suffix}", colorizer)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "not a readable"), (b"no photograph\n", "not a readable"), (None, "No such file")],
)
def test_files_that_are_no_photographs(
    tmp_path: Path, colorizer: Colorizer, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=problem) as refusal:
        colorize_still(tmp_path / "a.png", tmp_path / "b.png", colorizer)
    assert str(refusal.value).startswith(f"{tmp_path / 'a.png'}: ")
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "b.png").exists()


def test_float_samples_are_refused_with_a_remedy(tmp_path: Path, colorizer: Colorizer) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), grey().astype(np.float32))
    with pytest.raises(UnsupportedError, match="float32 samples; convert it to 8 or 16 bits"):
        colorize_still(tmp_path / "a.tif", tmp_path / "b.tif", colorizer)


def test_depth_the_output_can_t_hold_is_refused(tmp_path: Path, colorizer: Colorizer) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), grey(dtype=np.uint16))
    with pytest.raises(UnsupportedError, match=r"can't hold 16 bits; name the output \.png"):
        colorize_still(tmp_path / "a.png", tmp_path / "b.jpg", colorizer)
    assert not (tmp_path / "b.jpg").exists()


def test_a_photograph_is_not_written_as_a_film(tmp_path: Path, colorizer: Colorizer) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), grey())
    with pytest.raises(UsageError, match=r"\.png \.jpg"):
        colorize_still(tmp_path / "a.png", tmp_path / "b.mkv", colorizer)


def test_an_existing_photograph_and_the_input_are_kept(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    source, other = tmp_path / "a.png", tmp_path / "b.png"
    cv2.imwrite(str(source), grey())
    before = source.read_bytes()
    other.write_text("precious")
    with pytest.raises(UsageError, match="--overwrite"):
        colorize_still(source, other, colorizer)
    assert other.read_text() == "precious"
    with pytest.raises(UsageError, match="input itself"):
        colorize_still(source, source, colorizer, overwrite=True)
    assert source.read_bytes() == before
    colorize_still(source, other, colorizer, overwrite=True)
    assert read(other).shape == (45, 61, 3)


def test_a_full_disk_leaves_nothing(tmp_path: Path, small_disk: Path, colorizer: Colorizer) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 400), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), noise)
    with pytest.raises(OutputError, match="the disk is full"):
        colorize_still(tmp_path / "a.png", small_disk / "b.png", colorizer)
    assert not list(small_disk.iterdir())


IPTC = b"\x1c\x02\x78\x00\x07Harbour"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="6"/></x:xmpmeta>'


def described(path: Path) -> None:
    """A JPEG of 600 dpi with EXIF, GPS, XMP, IPTC and a comment."""
    exif = Image.Exif()
    exif[270], exif[315] = "Harbour, negative 1234", "A. Archivist"
    exif[0x8769] = {0x9003: "1931:05:01 12:00:00", 0x829A: 0.25, 0xA002: 61, 0xA003: 45}
    exif[0x8825] = {1: "N", 2: (53.0, 33.0, 7.0)}
    resource = b"8BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
    app13 = b"Photoshop 3.0\0" + resource
    Image.fromarray(grey()).save(
        path,
        exif=exif,
        xmp=XMP,
        dpi=(600, 600),
        comment=b"a print",
        extra=b"\xff\xed" + (len(app13) + 2).to_bytes(2, "big") + app13,
    )


@pytest.mark.parametrize(
    ("suffix", "lost"),
    [
        (".jpg", []),
        (".tif", ["the comment"]),
        (".png", ["IPTC"]),
        (".webp", ["IPTC", "the comment"]),
        (".avif", ["IPTC", "the comment"]),
        (".bmp", ["EXIF", "XMP", "IPTC", "the comment"]),
        (".jp2", ["EXIF", "XMP", "IPTC", "the resolution", "the comment"]),
    ],
)
def test_what_a_format_holds_is_kept_and_the_rest_named(
    tmp_path: Path, colorizer: Colorizer, suffix: str, lost: list[str]
) -> None:
    source, output = tmp_path / "a.jpg", tmp_path / f"b{suffix}"
    described(source)
    result = colorize_still(source, output, colorizer)
    assert list(result.notes) == [f"left out: {name}" for name in lost]
    with Image.open(output) as made:
        made.load()
        exif = made.getexif()
        if "EXIF" not in lost:
            assert (exif[270], exif[315]) == ("Harbour, negative 1234", "A. Archivist")
            details = exif.get_ifd(0x8769)
            assert (details[0x9003], details[0xA002]) == ("1931:05:01 12:00:00", 61)
            assert details[0x829A] == pytest.approx(0.25)
            assert [float(part) for part in exif.get_ifd(0x8825)[2]] == [53, 33, 7]
        if "XMP" not in lost:
            assert made.info["xmp"] == XMP.replace(b' tiff:Orientation="6"', b"")
        if "the resolution" not in lost:
            dpi = made.info.get("dpi") or (exif[282], exif[283])
            assert [float(value) for value in dpi] == pytest.approx([600, 600], rel=1e-3)
        if suffix == ".tif":
            assert made.tag_v2[33723].startswith(IPTC)
        if suffix == ".jpg":
            assert made.info["photoshop"][0x0404] == IPTC
        if "the comment" not in lost:
            comment = made.info.get("comment") or made.text["Comment"]
            assert comment in (b"a print", "a print")
    if lost:
        output.unlink()
        with pytest.raises(OutputError, match=f"left out: {lost[0]}.*leave --strict out"):
            colorize_still(source, output, colorizer, strict=True)
    else:
        colorize_still(source, output, colorizer, strict=True, overwrite=True)


@pytest.mark.parametrize(
    ("length", "lost"), [(9, []), (70_000, ["the comment, too long for JPEG"])]
)
def test_a_comment_of_png_is_one_of_jpeg(
    tmp_path: Path, colorizer: Colorizer, length: int, lost: list[str]
) -> None:
    texts = PngInfo()
    texts.add_itxt("Comment", "é" * length)
    Image.fromarray(grey()).save(tmp_path / "a.png", pnginfo=texts)
    result = colorize_still(tmp_path / "a.png", tmp_path / "b.jpg", colorizer)
    assert list(result.notes) == [f"left out: {line}" for line in lost]
    with Image.open(tmp_path / "b.jpg") as made:
        assert made.info.get("comment") == (None if lost else ("é" * length).encode())


def test_further_comments_of_jpeg_are_named(tmp_path: Path, colorizer: Colorizer) -> None:
    Image.fromarray(grey()).save(tmp_path / "a.jpg", comment=b"one")
    content = (tmp_path / "a.jpg").read_bytes()
    place = content.index(b"\xff\xfe")
    (tmp_path / "a.jpg").write_bytes(content[:place] + b"\xff\xfe\0\5two" + content[place:])
    (note,) = colorize_still(tmp_path / "a.jpg", tmp_path / "b.jpg", colorizer).notes
    assert note == "left out: 1 further comment"


def test_each_page_keeps_what_is_said_of_it(tmp_path: Path, colorizer: Colorizer) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for text in ("recto", "verso"):
            writer.write(
                grey(dtype=np.uint16),
                description=text,
                metadata=None,
                resolution=(1200, 1200),
                resolutionunit="inch",
            )
    result = colorize_still(tmp_path / "a.tif", tmp_path / "b.tif", colorizer, strict=True)
    assert (result.frames, result.notes) == (2, ())
    with tifffile.TiffFile(tmp_path / "b.tif") as made:
        assert [page.description for page in made.pages] == ["recto", "verso"]
        for page in made.pages:
            assert page.tags["XResolution"].value == (1200, 1)
            assert np.abs(luma(page.asarray()[..., ::-1]) - grey(dtype=np.uint16)).max() <= 1
    (only,) = colorize_still(tmp_path / "a.tif", tmp_path / "b.png", colorizer).notes
    assert only == "left out: 1 further page, which only .tif can hold"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
@pytest.mark.parametrize("gamma", [1.0, 1.8])
def test_a_profile_keeps_the_luma_and_the_brightness_shown(
    tmp_path: Path, colorizer: Colorizer, suffix: str, gamma: float
) -> None:
    profile = gamma_profile(gamma, None, gray=False)
    picture = Image.fromarray(np.dstack([grey()] * 3))
    picture.save(tmp_path / "a.png", icc_profile=profile)
    output = tmp_path / f"b{suffix}"
    assert not colorize_still(tmp_path / "a.png", output, colorizer, strict=True).notes
    with Image.open(output) as made:
        assert made.info["icc_profile"] == profile
        off = 1 if suffix in (".png", ".tif", ".webp") else 8
        assert np.abs(luma(np.asarray(made)[..., ::-1]) - grey()).max() <= off
        before, after = (lightness(shown, profile) for shown in (picture, made))
    assert abs(before.mean() - after.mean()) < 0.02 * 255


def lightness(picture: Image.Image, profile: bytes) -> np.ndarray:
    """L* of what is shown, over 0 to 255, by LittleCMS."""
    lab = ImageCms.createProfile("LAB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    shown = ImageCms.profileToProfile(picture, source, lab, outputMode="LAB")
    return np.asarray(shown)[..., 0].astype(float)


def _unusable_profiles() -> Iterator[tuple[str, bytes]]:
    """Yield profiles that can't be used with RGB, and in what way."""
    sound = srgb()
    yield "garbage", b"garbage" * 40
    yield "cut short", sound[:200]
    yield "without tags", sound[:128] + bytes(4) + sound[132:]
    yield "for CMYK", sound[:16] + b"CMYK" + sound[20:]
    yield "a link between devices", sound[:12] + b"link" + sound[16:]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
@pytest.mark.parametrize(
    "profile", [pytest.param(each, id=name) for name, each in _unusable_profiles()]
)
def test_a_profile_that_can_not_be_used_is_named(
    tmp_path: Path, colorizer: Colorizer, profile: bytes, suffix: str
) -> None:
    source = tmp_path / f"a{suffix}"
    Image.fromarray(np.dstack([grey()] * 3)).save(source, icc_profile=profile)
    result = colorize_still(source, tmp_path / f"b{suffix}", colorizer)
    line = "the ICC profile, which is damaged or meant for other samples"
    assert result.notes == (f"left out: {line}",)
    with Image.open(tmp_path / f"b{suffix}") as made:
        made.load()


def test_a_format_without_profiles_gets_what_is_shown(tmp_path: Path, colorizer: Colorizer) -> None:
    profile = gamma_profile(1.8, None, gray=False)
    Image.fromarray(np.dstack([grey()] * 3)).save(tmp_path / "a.png", icc_profile=profile)
    result = colorize_still(tmp_path / "a.png", tmp_path / "b.bmp", colorizer, strict=True)
    assert result.notes == ("ICC profile (RGB built-in): converted to sRGB",)
    expected = 255 * np.clip(1.055 * (grey() / 255) ** (1.8 / 2.4) - 0.055, 0, 1)
    assert np.abs(luma(read(tmp_path / "b.bmp")) - expected).max() < 2


def test_a_photograph_that_can_only_be_read_becomes_a_png_and_that_is_said(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    Image.fromarray(grey()).save(tmp_path / "a.pgm")
    result = colorize_still(tmp_path / "a.pgm", tmp_path / "b.png", colorizer)
    assert result.notes == ("written as .png: pnm photographs can only be read",)
