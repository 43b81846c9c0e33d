"""Known patches through whole films: black, white and grey of every range, depth and matrix.

The codes are those of ITU-T H.273, 8.3, written out here.
"""

from pathlib import Path

import av
import numpy as np
import pytest
from clips import frame_of, make_clip, planes_of

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file

FFV1 = EncoderSettings("ffv1")
SIZE = (64, 48)
BAR = 9  # lines, an odd number: the last one shares its 4:2:0 chroma with the picture
UNTAGGED, LIMITED, FULL = range(3)

# Pixel format, depth, range tag, and whether full range is meant.
FORMATS = [
    ("yuv420p", 8, UNTAGGED, False), ("yuv420p", 8, LIMITED, False), ("yuv420p", 8, FULL, True),
    ("yuv422p", 8, FULL, True), ("nv12", 8, UNTAGGED, False), ("uyvy422", 8, UNTAGGED, False),
    ("yuv420p10le", 10, UNTAGGED, False), ("yuv422p10le", 10, LIMITED, False),
    ("yuv444p10le", 10, FULL, True), ("yuvj420p", 8, FULL, True),
    ("yuv420p12le", 12, LIMITED, False), ("yuv444p12le", 12, FULL, True),
    ("yuv420p16le", 16, LIMITED, False), ("yuv420p16le", 16, FULL, True),
    ("gray", 8, UNTAGGED, True), ("gray", 8, LIMITED, False), ("gray", 8, FULL, True),
    ("gray10le", 10, UNTAGGED, True), ("gray12le", 12, LIMITED, False),
    ("gray16le", 16, UNTAGGED, True), ("rgb24", 8, UNTAGGED, True),
    ("gbrp10le", 10, UNTAGGED, True), ("gbrp10le", 10, LIMITED, True),
    ("gbrp16le", 16, UNTAGGED, True),
]  # fmt: skip

# What holds those that ffv1 does not.
RAW = "rawvideo", ".nut"
CODECS = {"nv12": RAW, "uyvy422": RAW, "rgb24": RAW, "yuvj420p": ("libx264", ".mkv")}


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    """As vivid as the bins allow."""
    decoding = Decoding(temperature=0, rebalance=1, working_size=64)
    return Colorizer(checkpoint, decoding=decoding, device="cpu", precision="fp32", batch_size=2)


def code(level: float, depth: int, full: bool) -> int:
    """The luma of a grey level, 0 for black to 1 for white."""
    if full:
        return round(((1 << depth) - 1) * level)
    return round((219 * level + 16) * (1 << (depth - 8)))


def patches(depth: int, full: bool) -> np.ndarray:
    """Mid grey between a black and a white bar, the lowest code on its left, the highest right."""
    width, height = SIZE
    luma = np.full((height, width), code(0.5, depth, full), np.uint8 if depth == 8 else np.uint16)
    luma[:, :8], luma[:, -8:] = 0, (1 << depth) - 1
    luma[:BAR], luma[-BAR:] = code(0, depth, full), code(1, depth, full)
    return luma


def film_of(
    folder: Path, luma: np.ndarray, pixels: str, depth: int, color_range: int, matrix: int = 2
) -> Path:
    codec, suffix = CODECS.get(pixels, ("ffv1", ".mkv"))
    path = folder / f"a{suffix}"
    make_clip(
        path, codec=codec, options={"qp": "0"} if codec == "libx264" else None, pixels=pixels,
        depth=depth, times=(0, 40), color_range=color_range, matrix=matrix, pictures=[luma] * 2,
    )  # fmt: skip
    return path


def shown(path: Path) -> np.ndarray:
    """The last frame as FFmpeg shows it by its tags: (H, W, 3) RGB, 8 bits."""
    with av.open(str(path)) as film:
        return list(film.decode(video=0))[-1].to_ndarray(format="rgb24").astype(float)


def assert_bars_are_neutral(path: Path, depth: int) -> None:
    """Those of `patches` are to the code, beside a picture that has colour."""
    neutral = 1 << (depth - 1)
    for y, *chroma in planes_of(path):
        for plane in chroma:
            across, down = y.shape[1] // plane.shape[1], y.shape[0] // plane.shape[0]
            bar, side = -(-BAR // down), 8 // across
            assert (plane[:bar] == neutral).all()
            assert (plane[-bar:] == neutral).all()
            assert (plane[:, :side] == neutral).all()
            assert (plane[:, -side:] == neutral).all()
        middle = np.stack(chroma)[:, plane.shape[0] // 2, plane.shape[1] // 2]
        assert np.abs(middle.astype(int) - neutral).max() > neutral // 8


def assert_shown_as_meant(path: Path) -> None:
    """Black is black, white is white, and the grey between has its luma, whatever its colour."""
    rgb = shown(path)
    assert not rgb[: BAR - 2].any()
    white = rgb[-BAR + 2 :]
    assert white.min() >= 253  # as FFmpeg rounds 10 bits and more
    assert not np.ptp(white, axis=2).any()
    luma = rgb[20:28, 16:48] @ (0.2126, 0.7152, 0.0722)
    assert np.abs(luma - 127.5).max() <= 2


@pytest.mark.parametrize(("pixels", "depth", "color_range", "full"), FORMATS)
def test_patches_of_every_format(
    tmp_path: Path, colorizer: Colorizer, pixels: str, depth: int, color_range: int, full: bool
) -> None:
    luma = patches(depth, full)
    source = film_of(tmp_path, luma, pixels, depth, color_range)
    colorize_file(source, tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert all(np.array_equal(y, luma) for y, *_ in planes_of(tmp_path / "b.mkv"))
    with Reader(tmp_path / "b.mkv") as reader:
        assert reader.picture.full_range is full
    assert_bars_are_neutral(tmp_path / "b.mkv", depth)
    assert_shown_as_meant(tmp_path / "b.mkv")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", [0, 2, 4, 5, 6, 7, 8, 9, 10])
def test_patches_of_every_matrix(
    tmp_path: Path, colorizer: Colorizer, matrix: int, full: bool
) -> None:
    """Grey has one luma in all of them, so its codes stay and the tag becomes BT.709."""
    luma = patches(8, full)
    source = film_of(tmp_path, luma, "yuv444p", 8, FULL if full else LIMITED, matrix)
    colorize_file(source, tmp_path / "b.mkv", colorizer, encoder=FFV1)
    assert_bars_are_neutral(tmp_path / "b.mkv", 8)
    assert_shown_as_meant(tmp_path / "b.mkv")


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
def test_untagged_films_are_alike_at_any_size(
    tmp_path: Path, colorizer: Colorizer, size: tuple[int, int]
) -> None:
    """A player may guess BT.601 from a small size; nothing is left to guess in the output."""
    luma = np.full((size[1], size[0]), 126, np.uint8)
    make_clip(tmp_path / "a.mkv", size=size, times=(0,), pictures=[luma])
    colorize_file(tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1)
    with av.open(str(tmp_path / "b.mkv")) as film:
        frame = next(film.decode(video=0))
        tags = frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range
        assert tags == (1, 1, 1, LIMITED)


@pytest.mark.parametrize(("pixels", "depth"), [("gray", 8), ("gray10le", 10), ("gray16le", 16)])
def test_untagged_gray_is_what_ffmpeg_takes_it_for(pixels: str, depth: int) -> None:
    """Full range: turned into limited range, it is squeezed."""
    luma = patches(depth, full=True)
    limited = frame_of(luma, pixels, depth).reformat(format=pixels.replace("gray", "yuv420p"))
    samples = np.frombuffer(memoryview(limited.planes[0]), luma.dtype).reshape(SIZE[1], -1)
    assert [samples[row, 32] for row in (0, 24, -1)] == [
        code(level, depth, full=False) for level in (0, 0.5, 1)
    ]
