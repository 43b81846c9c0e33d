"""Shots that have colour keep it, and the others are coloured in the film's own matrix."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from clips import make_clip, planes_of
from skimage import data
from skimage.color import rgb2ycbcr

from vidcolor.color.yuv import BT709, Matrix, chroma_in, chroma_offsets, fit_to_luma, rgb_to_yuv
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError, UnsupportedError
from vidcolor.input.color_tags import source_matrix
from vidcolor.input.reader import Reader
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import colorize_file
from vidcolor.pipeline.first_pass import first_pass

FFV1 = EncoderSettings("ffv1")
BT601 = Matrix(0.299, 0.114)


@pytest.fixture
def colorizer(checkpoint: Checkpoint) -> Colorizer:
    return Colorizer(checkpoint, precision="fp32", batch_size=4)


def at_frames(*indices: int) -> tuple[Fraction, ...]:
    """When a clip's frames are shown, in seconds."""
    return tuple(index * Fraction(40, 1000) for index in indices)


@pytest.mark.parametrize(
    ("pixels", "depth"), [("yuv420p", 8), ("yuv422p10le", 10), ("yuv444p", 8), ("yuv440p", 8)]
)
def test_coloured_frames_stay_to_the_code(
    tmp_path: Path, colorizer: Colorizer, pixels: str, depth: int
) -> None:
    make_clip(tmp_path / "a.mkv", pixels=pixels, depth=depth, colored=range(3, 9))
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
        encoder=FFV1, only_gray=True, cuts=at_frames(3, 9),
    )  # fmt: skip
    assert result.notes == ("6 frames had colour: kept as it was",)
    with av.open(str(tmp_path / "a.mkv")) as before, av.open(str(tmp_path / "b.mkv")) as after:
        frames = zip(before.decode(video=0), after.decode(video=0), strict=True)
        for index, (a, b) in enumerate(frames):
            assert b.format.name == pixels
            equal = [bytes(x) == bytes(y) for x, y in zip(a.planes, b.planes, strict=True)]
            assert equal == ([True] * 3 if 3 <= index < 9 else [True, False, False])


@pytest.mark.parametrize(("count", "kept"), [(0, False), (3, False), (4, True), (12, True)])
def test_a_shot_has_colour_if_more_than_a_quarter_of_its_frames_have(
    tmp_path: Path, count: int, kept: bool
) -> None:
    """A dissolve brings some into a grey shot; a single hue may pass for a tint in others."""
    make_clip(tmp_path / "a.mkv", colored=range(5, 5 + count))
    with Reader(tmp_path / "a.mkv") as reader:
        first = first_pass(reader, ())
    assert first.shots == (0,)
    assert first.colored == (kept,)


def test_the_shots_of_a_film_are_found(tmp_path: Path, colorizer: Colorizer) -> None:
    """Photographs in grey, in colour, in grey."""
    shots = [data.coffee(), data.astronaut(), data.rocket()]
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        stream = film.add_stream("ffv1", 25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv444p"
        for shot, rgb in enumerate(shots):
            small = cv2.resize(rgb, (128, 96), interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(small, "rgb24").reformat(format="yuv444p")
            if shot != 1:
                for plane in frame.planes[1:]:
                    plane.update(bytes([128]) * plane.buffer_size)
            for _ in range(10):
                frame.pts = None
                film.mux(stream.encode(frame))
        film.mux(stream.encode())
    result = colorize_file(
        tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1, only_gray=True
    )
    assert result.notes == ("10 frames had colour: kept as it was",)
    before, after = (planes_of(tmp_path / name) for name in ("a.mkv", "b.mkv"))
    same = [np.array_equal(a[1], b[1]) for a, b in zip(before, after, strict=True)]
    assert same == [10 <= index < 20 for index in range(30)]


@pytest.mark.parametrize("matrix", [1, 5, 6, 9])
@pytest.mark.parametrize("output", ["b.mkv", "b.mp4"])
def test_the_matrix_stays(tmp_path: Path, colorizer: Colorizer, matrix: int, output: str) -> None:
    lossless = EncoderSettings(preset="ultrafast", options=(("qp", "0"),))
    make_clip(tmp_path / "a.mkv", matrix=matrix, colored=range(3))
    colorize_file(
        tmp_path / "a.mkv", tmp_path / output, colorizer, encoder=lossless, only_gray=True
    )
    with av.open(str(tmp_path / output)) as film:
        assert {frame.colorspace for frame in film.decode(video=0)} == {matrix}


def test_smoothing_begins_anew_behind_a_coloured_shot(
    tmp_path: Path, checkpoint: Checkpoint
) -> None:
    """The frames behind it are those of a film that begins there, where every frame is seen."""
    colorizer = Colorizer(checkpoint, every=1, precision="fp32", batch_size=4)
    make_clip(tmp_path / "a.mkv", matrix=1, colored=range(3, 8))
    grey = make_clip(tmp_path / "b.mkv", matrix=1)
    make_clip(tmp_path / "c.mkv", matrix=1, times=range(0, 160, 40), pictures=grey[8:])
    for name, cuts in (("a", at_frames(3, 8)), ("c", ())):
        colorize_file(
            tmp_path / f"{name}.mkv", tmp_path / f"{name}2.mkv", colorizer,
            encoder=FFV1, only_gray=True, cuts=cuts,
        )  # fmt: skip
    made, expected = planes_of(tmp_path / "a2.mkv")[8:], planes_of(tmp_path / "c2.mkv")
    assert len(made) == len(expected) == 4
    assert all(np.array_equal(x, y) for a, b in zip(made, expected, strict=True)
               for x, y in zip(a, b, strict=True))  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pixels": "gbrp10le", "depth": 10}, "gbrp10le"),
        ({"pixels": "yuv411p"}, "yuv411p"),
        ({"size": (63, 47)}, "63x47"),
        ({"matrix": 8}, "matrix 8"),
    ],
)
def test_colour_that_can_t_be_kept_is_refused(
    tmp_path: Path, colorizer: Colorizer, changes: dict[str, object], words: str
) -> None:
    make_clip(tmp_path / "a.mkv", **changes)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match=f"a.mkv: .*{words}.*leave --only-gray out"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer, encoder=FFV1, only_gray=True
        )
    assert not (tmp_path / "b.mkv").exists()


def test_an_encoder_without_the_sampling_is_named(tmp_path: Path, colorizer: Colorizer) -> None:
    make_clip(tmp_path / "a.mkv", pixels="yuv440p")
    with pytest.raises(UnsupportedError, match="libx265 can't hold 8 bits and 4:4:0 chroma"):
        colorize_file(
            tmp_path / "a.mkv", tmp_path / "b.mkv", colorizer,
            encoder=EncoderSettings("libx265"), only_gray=True,
        )  # fmt: skip


def test_chroma_in_another_matrix_against_scikit_image() -> None:
    rgb = np.random.default_rng(0).random((1, 500, 3))
    _, cb, cr = np.moveaxis(rgb2ycbcr(rgb), -1, 0)
    uv = torch.tensor(np.stack(rgb_to_yuv(*np.moveaxis(rgb, -1, 0))[1:]))
    expected = np.stack([(cb - 128) / 224, (cr - 128) / 224])
    np.testing.assert_allclose(chroma_in(BT601, uv), expected, atol=2e-5)
    assert torch.equal(chroma_in(BT709, uv), uv)


def test_chroma_fits_its_luma_in_another_matrix() -> None:
    random = torch.Generator().manual_seed(0)
    luma = torch.rand(1, 40, 50, generator=random)
    uv = fit_to_luma(torch.rand(2, 40, 50, generator=random) - 0.5, luma, luma, BT601)
    rgb = luma + torch.stack(chroma_offsets(uv[0], uv[1], BT601))
    assert rgb.min() > -1e-6
    assert rgb.max() < 1 + 1e-6


@pytest.mark.parametrize(
    ("size", "expected"), [((720, 576), BT601), ((640, 720), BT709), ((1280, 536), BT709)]
)
def test_without_a_tag_small_films_are_bt601(size: tuple[int, int], expected: Matrix) -> None:
    assert source_matrix(2, 2, *size) == expected


@pytest.mark.parametrize("primaries", [9, 11, 12])
def test_wide_gamuts_are_refused(primaries: int) -> None:
    with pytest.raises(UnsupportedError, match="primaries"):
        source_matrix(9, primaries, 1920, 1080)


def test_a_matrix_that_changes_midway_is_named_or_refused(
    tmp_path: Path, colorizer: Colorizer
) -> None:
    """Colour that is kept in it would be shown wrong; a range that changes is always refused."""
    for index, tags in enumerate([{"matrix": 5}, {"matrix": 1}, {"matrix": 5, "color_range": 2}]):
        make_clip(
            tmp_path / f"{index}.ts", codec="libx264", options={"preset": "ultrafast"}, gop=20,
            times=range(20 * index, 20 * index + 20), time_base=Fraction(1, 25), colored=True,
            **tags,
        )  # fmt: skip
    first, matrix, full = ((tmp_path / f"{index}.ts").read_bytes() for index in range(3))
    (tmp_path / "a.ts").write_bytes(first + matrix)
    result = colorize_file(tmp_path / "a.ts", tmp_path / "b.mkv", colorizer, only_gray=True)
    note = "matrix 1 of H.273 at 0.800 s: tagged 5, as before"
    assert note in result.notes
    with pytest.raises(OutputError, match=note):
        colorize_file(tmp_path / "a.ts", tmp_path / "c.mkv", colorizer, only_gray=True, strict=True)
    (tmp_path / "a.ts").write_bytes(first + full)
    with pytest.raises(UnsupportedError, match=r"changes its luma from .* limited .* to .* full"):
        colorize_file(tmp_path / "a.ts", tmp_path / "c.mkv", colorizer, only_gray=True)
    assert not (tmp_path / "c.mkv").exists()
