"""What is measured of a frame: its size, its luma, and its chroma in BT.709."""

import numpy as np
import pytest
from clips import MS, make_clip, write_planes

from vidcolor.errors import UnsupportedError
from vidcolor.input.reader import Reader
from vidcolor.judge.measured_frames import measured_frames, measured_shape

FULL, LIMITED = 2, 1
BT709, SMPTE170M = 1, 6


def seen(path):
    with Reader(path) as reader:
        return list(measured_frames(reader, measured_shape(reader.picture)))


@pytest.mark.parametrize(
    ("size", "shape"), [((480, 360), (360, 480)), ((300, 1200), (480, 120)), ((962, 50), (25, 480))]
)
def test_the_long_side_is_480_pixels_at_most(tmp_path, size, shape):
    path = tmp_path / "film.mkv"
    make_clip(path, size=size, times=[0])
    (view,) = seen(path)
    assert view.luma.shape == shape
    assert view.chroma.shape == (*shape, 2)


def test_what_shrinks_is_averaged_over_areas(tmp_path):
    path = tmp_path / "film.mkv"
    (luma,) = make_clip(path, size=(960, 40), times=[0], color_range=FULL)
    (view,) = seen(path)
    blocks = luma.reshape(20, 2, 480, 2).mean((1, 3))
    np.testing.assert_allclose(view.luma, blocks / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("color_range", "depth", "codes", "unit"),
    [
        (FULL, 8, (51, 128, 255), (0.2, 0, 127 / 255)),
        (LIMITED, 8, (16 + 73, 128 + 56, 16), (1 / 3, 0.25, -0.5)),
        (LIMITED, 10, (64 + 292, 512 + 224, 64), (1 / 3, 0.25, -0.5)),
    ],
)
def test_codes_of_every_range_and_depth(tmp_path, color_range, depth, codes, unit):
    path = tmp_path / "film.mkv"
    planes = [np.full((16, 16), code, np.uint16 if depth > 8 else np.uint8) for code in codes]
    pixels = "yuv444p10le" if depth > 8 else "yuv444p"
    write_planes(path, [planes], pixels=pixels, color_range=color_range, matrix=BT709)
    (view,) = seen(path)
    np.testing.assert_allclose(view.luma, unit[0], atol=1e-3)
    np.testing.assert_allclose(view.chroma, np.broadcast_to(unit[1:], (16, 16, 2)), atol=1e-6)


def test_chroma_becomes_that_of_bt709_with_the_luma_kept(tmp_path):
    """U = 0.1 of BT.601: B - Y = 0.1772, G - Y = -0.0344145, R - Y = 0, and BT.709's luma of
    these is 0.0722 x 0.1772 - 0.7152 x 0.0344145 = -0.0118194."""
    path = tmp_path / "film.mkv"
    planes = [np.full((16, 16), code, np.uint16) for code in (300, 512 + 102, 512)]
    write_planes(path, [planes], pixels="yuv444p10le", color_range=FULL, matrix=SMPTE170M)
    (view,) = seen(path)
    scale = 102 / 1023 / 0.1
    u, v = scale * (0.1772 + 0.0118194) / 1.8556, scale * 0.0118194 / 1.5748
    np.testing.assert_allclose(view.chroma[8, 8], [u, v], atol=1e-6)
    np.testing.assert_allclose(view.luma, 300 / 1023, atol=1e-6)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p", "yuv440p", "yuv444p"])
def test_chroma_of_every_sampling_lies_where_its_luma_does(tmp_path, pixels):
    path = tmp_path / "film.mkv"
    make_clip(path, pixels=pixels, times=[0], colored=True)
    (view,) = seen(path)
    assert (view.chroma[:, :30] > 0.2).all()
    assert (abs(view.chroma[:, 34:]) < 1e-6).all()


def test_a_gray_film_has_no_chroma(tmp_path):
    path = tmp_path / "film.mkv"
    make_clip(path, pixels="gray", times=[0])
    (view,) = seen(path)
    assert view.chroma.shape == (48, 64, 2)
    assert not view.chroma.any()
    assert (np.ptp(view.rgb().astype(int), axis=2) == 0).all()


def test_times_count_from_the_first_frame(tmp_path):
    path = tmp_path / "film.mkv"
    make_clip(path, times=[500, 540, 600])
    assert [view.time for view in seen(path)] == [0, 40 * MS, 100 * MS]


def test_what_cannot_be_measured(tmp_path):
    path = tmp_path / "film.mkv"
    make_clip(path, pixels="bgr0", times=[0], colored=True)
    with pytest.raises(UnsupportedError, match=r"film\.mkv: its colour is stored as RGB.*yuv444p"):
        seen(path)
    make_clip(path, times=[0], matrix=8)
    with pytest.raises(UnsupportedError, match=r"film\.mkv: .*matrix 8.*convert"):
        seen(path)
