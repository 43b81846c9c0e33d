"""Luma reaches the caller as it was decoded, at its own depth and range."""

import av
import numpy as np
import pytest
from clips import frame_of, luma_codes

from vidcolor.color.tint import Look
from vidcolor.color.yuv import CodeRange
from vidcolor.errors import UnsupportedError
from vidcolor.input.pixel_formats import (
    chroma_planes,
    code_range,
    has_alpha,
    is_opaque,
    look_of,
    luma_plane,
)

YUV = [
    ("yuv420p", 8), ("yuv422p", 8), ("yuv444p", 8), ("yuv411p", 8), ("yuva420p", 8),
    ("yuvj420p", 8), ("nv12", 8), ("nv21", 8), ("nv16", 8), ("nv24", 8), ("gray", 8),
    ("yuyv422", 8), ("uyvy422", 8), ("yvyu422", 8), ("yuv420p9le", 9), ("yuv420p10le", 10),
    ("yuv422p10le", 10), ("yuv444p12le", 12), ("yuv420p10be", 10), ("yuv444p16le", 16),
    ("gray10le", 10), ("gray16be", 16), ("p010le", 10), ("p010be", 10), ("p016le", 16),
]  # fmt: skip
RGB = [
    ("rgb24", 8), ("bgr24", 8), ("bgr0", 8), ("rgba", 8), ("gbrp", 8), ("gbrap", 8),
    ("gbrp10le", 10), ("gbrap12le", 12), ("gbrp16le", 16), ("rgb48le", 16),
]  # fmt: skip
ZERO_COPY = {"yuv420p", "nv12", "gray", "yuyv422", "yuv420p10le", "yuv444p16le"}


@pytest.mark.parametrize(("pixels", "depth"), YUV + RGB)
@pytest.mark.parametrize("size", [(64, 48), (61, 41)])
def test_luma_is_what_was_stored(pixels, depth, size):
    if pixels in ("yuyv422", "uyvy422", "yvyu422") and size[0] % 2:
        pytest.skip("packed 4:2:2 comes in pairs of pixels")
    stored = luma_codes(3, size, depth)
    frame = frame_of(stored, pixels, depth)
    luma = luma_plane(frame)
    assert luma.dtype == (np.uint8 if depth == 8 else np.uint16)
    np.testing.assert_array_equal(luma, stored)
    assert code_range(frame).depth == depth


@pytest.mark.parametrize(
    ("pixels", "planar", "depth"),
    [
        ("v30xle", "yuv444p10le", 10), ("xv30le", "yuv444p10le", 10),
        ("y210le", "yuv422p10le", 10), ("y212le", "yuv422p12le", 12), ("y216le", "yuv422p16le", 16),
        ("xv36le", "yuv444p12le", 12), ("xv48le", "yuv444p16le", 16),
        ("ayuv64le", "yuva444p16le", 16), ("vyu444", "yuv444p", 8), ("vuyx", "yuv444p", 8),
        ("vuya", "yuva444p", 8), ("ayuv", "yuva444p", 8), ("uyva", "yuva444p", 8),
    ],
)  # fmt: skip
def test_packed_samples_are_those_of_planes(pixels, planar, depth):
    source = av.VideoFrame(64, 48, planar)
    random = np.random.default_rng(0)
    for plane in source.planes:
        samples = np.frombuffer(memoryview(plane), np.uint8 if depth == 8 else np.uint16)
        samples[:] = random.integers(0, 1 << depth, samples.size)
    frame = source.reformat(format=pixels)
    np.testing.assert_array_equal(luma_plane(frame), luma_plane(source))
    np.testing.assert_array_equal(chroma_planes(frame), chroma_planes(source))
    assert code_range(frame) == CodeRange(depth, full=False)
    assert has_alpha(pixels) == planar.startswith("yuva")


def test_v410_is_read_as_it_is_packed():
    """Cb, Y and Cr of 10 bits each lie above two unused bits (QuickTime's Ice Floe 19)."""
    y, cb, cr = np.random.default_rng(0).integers(0, 1024, (3, 48, 64)).astype(np.uint32)
    frame = av.VideoFrame(64, 48, "v30xle")
    words = np.frombuffer(memoryview(frame.planes[0]), "<u4").reshape(48, -1)
    words[:, :64] = cb << 2 | y << 12 | cr << 22
    np.testing.assert_array_equal(luma_plane(frame), y)
    np.testing.assert_array_equal(chroma_planes(frame), (cb, cr))


@pytest.mark.parametrize("pixels", sorted(ZERO_COPY))
def test_planar_luma_is_a_view(pixels):
    depth = 16 if "16" in pixels else 10 if "10" in pixels else 8
    frame = frame_of(luma_codes(0, depth=depth), pixels, depth)
    luma = luma_plane(frame)
    plane = np.frombuffer(memoryview(frame.planes[0]), luma.dtype)
    assert np.shares_memory(luma, plane)


def test_a_view_outlives_its_frame():
    luma = luma_plane(frame_of(luma_codes(5), "yuv420p"))
    for index in range(20):
        frame_of(luma_codes(index), "yuv420p")
    np.testing.assert_array_equal(luma, luma_codes(5))


@pytest.mark.parametrize(("pixels", "top"), [("rgb24", 255), ("gbrp10le", 1023)])
def test_luma_of_rgb_is_bt709(pixels, top):
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, top + 1, (3, 48, 64))
    frame = av.VideoFrame(64, 48, pixels)
    if pixels == "rgb24":
        line = np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(48, -1)
        line[:, : 3 * 64] = rgb.transpose(1, 2, 0).reshape(48, -1)
    else:
        for plane, channel in zip(frame.planes, (1, 2, 0), strict=True):
            line = np.frombuffer(memoryview(plane), np.uint16).reshape(48, -1)
            line[:, :64] = rgb[channel]
    exact = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]
    assert np.abs(luma_plane(frame) - exact).max() <= 0.501


def test_palette_colours_are_looked_up():
    frame = av.VideoFrame(64, 48, "pal8")
    palette = np.frombuffer(memoryview(frame.planes[1]), np.uint8).reshape(256, 4)
    palette[:] = np.arange(255, -1, -1)[:, None]
    indices = np.frombuffer(memoryview(frame.planes[0]), np.uint8)
    indices.reshape(48, -1)[:, :64] = luma_codes(0)
    np.testing.assert_array_equal(luma_plane(frame), 255 - luma_codes(0))


@pytest.mark.parametrize(
    ("pixels", "tag", "full"),
    [
        ("yuv420p", 0, False), ("yuv420p", 1, False), ("yuv420p", 2, True),
        ("yuvj420p", 0, True), ("gray", 0, True), ("gray", 1, False),
        ("rgb24", 0, True), ("gbrp", 0, True), ("p010le", 2, True),
    ],
)  # fmt: skip
def test_the_tag_decides_the_range(pixels, tag, full):
    frame = av.VideoFrame(64, 48, pixels)
    frame.color_range = tag
    assert code_range(frame).full is full


@pytest.mark.parametrize("pixels", ["xyz12le", "grayf32le", "bayer_bggr8", "gbrpf32le"])
def test_other_formats_are_named(pixels):
    with pytest.raises(UnsupportedError, match=pixels):
        luma_plane(av.VideoFrame(64, 48, pixels))


@pytest.mark.parametrize(
    ("pixels", "depth"),
    [("yuv420p", 8), ("yuv444p10le", 10), ("nv12", 8), ("p010le", 10), ("uyvy422", 8),
     ("rgb24", 8), ("rgba", 8)],
)  # fmt: skip
def test_colour_is_seen(pixels, depth):
    codes = luma_codes(0, depth=depth) | 1 << (depth - 1)
    assert look_of(frame_of(codes, pixels, depth, colored=True)) is Look.COLORED
    assert look_of(frame_of(codes, pixels, depth)) is Look.GREY


@pytest.mark.parametrize(
    ("pixels", "depth"),
    [(name, depth) for name, depth in YUV if not name.startswith(("gray", "yuvj"))],
)
@pytest.mark.parametrize("size", [(64, 48), (61, 45)])
def test_chroma_is_what_ffmpeg_takes_it_for(pixels, depth, size):
    """The same planes as FFmpeg's own unpacking makes, which changes no code."""
    packed = pixels in ("yuyv422", "uyvy422", "yvyu422")
    frame = frame_of(luma_codes(0, size, depth), pixels, depth)
    random = np.random.default_rng(0)
    for plane in frame.planes:
        codes = np.frombuffer(memoryview(plane), np.uint8)
        codes[:] = random.integers(0, 2 if depth % 8 else 256, codes.size)
    u, v = chroma_planes(frame)
    layout = {"nv12": "420", "nv21": "420", "nv16": "422", "nv24": "444", "p010": "420",
              "p016": "420"}  # fmt: skip
    kind = "422" if packed else layout.get(pixels.removesuffix("le").removesuffix("be"))
    kind = kind or pixels.removeprefix("yuva").removeprefix("yuv")[:3]
    planar = frame.reformat(format=f"yuv{kind}p{'' if depth == 8 else f'{depth}le'}")
    for ours, plane in zip((u, v), planar.planes[1:], strict=False):
        theirs = np.frombuffer(memoryview(plane), ours.dtype).reshape(plane.height, -1)
        assert (ours == theirs[:, : plane.width]).all()


def test_gray_and_rgb_have_no_chroma():
    assert chroma_planes(frame_of(luma_codes(0), "gray")) is None
    assert chroma_planes(frame_of(luma_codes(0), "rgb24")) is None
    assert look_of(frame_of(luma_codes(0), "gray")) is Look.GREY


def test_compression_noise_is_not_colour():
    frame = frame_of(luma_codes(0), "yuv420p")
    chroma = np.frombuffer(memoryview(frame.planes[1]), np.uint8)
    chroma[:] = 128 + 5
    assert look_of(frame) is Look.GREY
    chroma[:] = 128 + 8
    assert look_of(frame) is Look.TINTED


def test_alpha_is_seen():
    assert has_alpha("yuva420p")
    assert not has_alpha("yuv420p")


@pytest.mark.parametrize(
    "pixels",
    [
        "rgba", "bgra", "argb", "abgr", "rgba64le", "bgra64be", "ya8", "ya16be", "gbrap",
        "gbrap10le", "gbrap12be", "gbrap16le", "yuva420p", "yuva422p10le", "yuva444p12be",
        "ayuv64le", "vuya", "ayuv", "uyva", "pal8",
    ],
)  # fmt: skip
def test_alpha_is_opaque_where_all_of_it_is_greatest(pixels):
    frame = av.VideoFrame(20, 16, pixels)
    depth = max(8, max(component.bits for component in frame.format.components))
    for plane in frame.planes:
        peak = np.full(plane.buffer_size * 8 // (8 if depth == 8 else 16), (1 << depth) - 1)
        plane.update(peak.astype("u1" if depth == 8 else _order(frame)).tobytes())
    assert is_opaque(frame)
    plane = frame.planes[-1]
    samples = np.frombuffer(memoryview(plane), "u1" if depth == 8 else _order(frame)).copy()
    at = 3 * (plane.line_size // samples.itemsize) + 4 * 2  # every sample of a pixel
    samples[slice(None) if pixels == "pal8" else slice(at, at + 4)] -= 1
    plane.update(samples.tobytes())
    assert not is_opaque(frame)


def _order(frame):
    return ">u2" if frame.format.is_big_endian else "<u2"


def test_what_has_no_alpha_is_opaque():
    assert all(is_opaque(av.VideoFrame(20, 16, name)) for name in ("yuv420p", "gray", "vuyx"))


def test_no_sample_is_spoiled_however_often_frames_are_converted():
    random = np.random.default_rng(0)
    for _ in range(200):
        frame = av.VideoFrame(644, 36, "xv48le")  # U, Y, V and a sample that is not used
        plane = frame.planes[0]
        packed = random.integers(0, 1 << 16, (36, plane.line_size // 2), np.uint16)
        plane.update(packed.astype("<u2").tobytes())
        assert np.array_equal(luma_plane(frame), packed[:, 1 : 4 * 644 : 4])
