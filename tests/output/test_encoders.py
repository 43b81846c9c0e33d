"""What the user asks of an encoder reaches it in its own words, or is refused by name."""

from pathlib import Path

import pytest

from vidcolor.errors import UnsupportedError, UsageError
from vidcolor.files import CONTAINERS, container_format
from vidcolor.output.encoders import (
    EncoderSettings,
    available_encoders,
    containers_of,
    encoder_options,
    holds_full_range,
    pixel_format,
)


@pytest.mark.parametrize(
    ("settings", "name", "encoder", "options"),
    [
        (EncoderSettings(), "a.mkv", "libx264", {"crf": "18", "preset": "medium"}),
        (EncoderSettings(), "a.MP4", "libx264", {"crf": "18", "preset": "medium"}),
        (EncoderSettings(), "a.webm", "libvpx-vp9", {"crf": "24", "cpu-used": "4", "row-mt": "1"}),
        (EncoderSettings(crf=30, preset="slow"), "a.mkv", "libx264",
         {"crf": "30", "preset": "slow"}),
        (EncoderSettings("libvpx-vp9", 40, "6"), "a.webm", "libvpx-vp9",
         {"crf": "40", "cpu-used": "6", "row-mt": "1"}),
        (EncoderSettings("hevc_nvenc", 25, "p7"), "a.mkv", "hevc_nvenc",
         {"cq": "25", "rc": "vbr", "preset": "p7"}),
        (EncoderSettings("libsvtav1", 30), "a.mp4", "libsvtav1", {"crf": "30", "preset": "6"}),
        (EncoderSettings("ffv1"), "a.mkv", "ffv1", {}),
        (EncoderSettings(options=(("qp", "0"),)), "a.mkv", "libx264",
         {"qp": "0", "preset": "medium"}),
        (EncoderSettings(crf=20, options=(("crf", "30"),)), "a.mkv", "libx264",
         {"crf": "30", "preset": "medium"}),
        (EncoderSettings("libx265", options=(("x265-params", "lossless=1"),)), "a.mkv", "libx265",
         {"crf": "20", "preset": "medium", "x265-params": "log-level=none:lossless=1"}),
    ],
)  # fmt: skip
def test_settings_become_the_encoder_s_own_options(settings, name, encoder, options):
    assert encoder_options(settings, Path(name)) == (encoder, options)


@pytest.mark.parametrize(
    ("settings", "name", "words"),
    [
        (EncoderSettings(), "a.avi", [".avi", ".mkv", ".webm"]),
        (EncoderSettings(), "a", ["no suffix"]),
        (EncoderSettings("nothing"), "a.mkv", ["nothing", "libx264"]),
        (EncoderSettings("aac"), "a.mkv", ["aac"]),
        (EncoderSettings("ffv1", crf=3), "a.mkv", ["ffv1", "--crf"]),
        (EncoderSettings("ffv1", preset="fast"), "a.mkv", ["ffv1", "--preset"]),
        (EncoderSettings("prores_ks", crf=3), "a.mov", ["prores_ks", "--crf"]),
        (EncoderSettings(crf=52), "a.mkv", ["52", "51", "libx264"]),
        (EncoderSettings(crf=-1), "a.mkv", ["-1"]),
        (EncoderSettings(crf=64), "a.webm", ["63", "libvpx-vp9"]),
        (EncoderSettings(preset="p4"), "a.mkv", ["p4", "ultrafast"]),
        (EncoderSettings("ffv1"), "a.webm", [".webm", "ffv1", ".mkv"]),
        (EncoderSettings("libvpx-vp9"), "a.mov", [".mov", "libvpx-vp9", ".webm"]),
    ],
)
def test_what_can_t_be_is_refused_in_one_line(settings, name, words):
    with pytest.raises(UsageError) as refusal:
        encoder_options(settings, Path(name))
    assert all(word in str(refusal.value) for word in words)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("encoder", "depth", "size", "pixels"),
    [
        ("libx264", 8, (64, 48), "yuv420p"),
        ("libx264", 10, (64, 48), "yuv420p10le"),
        ("libx264", 8, (63, 48), "yuv444p"),
        ("libx264", 10, (64, 47), "yuv444p10le"),
        ("ffv1", 12, (64, 48), "yuv420p12le"),
        ("ffv1", 14, (64, 48), "yuv420p14le"),
        ("ffv1", 16, (63, 47), "yuv444p16le"),
        ("prores_ks", 10, (64, 48), "yuv422p10le"),
    ],
)
def test_the_pixel_format_holds_depth_and_size(encoder, depth, size, pixels):
    assert pixel_format(encoder, depth, *size) == pixels


@pytest.mark.parametrize(
    ("encoder", "depth", "size"),
    [("libx264", 12, (64, 48)), ("libsvtav1", 8, (63, 48)), ("prores_ks", 8, (64, 48))],
)
def test_too_deep_or_odd_for_the_encoder(encoder, depth, size):
    with pytest.raises(UnsupportedError, match=rf"{encoder}.*--encoder .*ffv1.*\.mkv"):
        pixel_format(encoder, depth, *size)


def test_what_an_encoder_holds_is_told():
    held = r"it holds 10 bits in 4:2:2 or 4:4:4"
    with pytest.raises(UnsupportedError, match=rf"prores_ks can't hold 8 bits \({held}\); use"):
        pixel_format("prores_ks", 8, 64, 48)
    with pytest.raises(UnsupportedError, match=r"png can't hold 8 bits \(it holds no YUV\); use"):
        pixel_format("png", 8, 64, 48)


@pytest.mark.parametrize(
    ("encoder", "depth", "pixels"),
    [("prores_ks", 8, "yuv422p10le"), ("prores_ks", 9, "yuv422p10le"), ("v410", 8, "yuv444p10le"),
     ("libx264", 8, "yuv420p"), ("libx265", 9, "yuv420p10le"), ("libx265", 11, "yuv420p12le")],
)  # fmt: skip
def test_more_bits_hold_fewer(encoder, depth, pixels):
    assert pixel_format(encoder, depth, 64, 48, may_widen=True) == pixels


def test_less_bits_never_do():
    with pytest.raises(UnsupportedError, match="libx264 can't hold 12 bits"):
        pixel_format("libx264", 12, 64, 48, may_widen=True)


@pytest.mark.parametrize(
    ("encoder", "pixels", "name", "held"),
    [
        ("libx264", "yuv420p", "a.mp4", True), ("ffv1", "yuv420p", "a.mp4", True),
        ("mpeg4", "yuv420p", "a.mkv", True), ("mjpeg", "yuv420p", "a.mov", True),
        ("prores_ks", "yuv422p10le", "a.mov", False), ("v410", "yuv444p10le", "a.mov", False),
        ("mpeg2video", "yuv420p", "a.mp4", False),
    ],
)  # fmt: skip
def test_who_can_say_that_codes_have_full_range(encoder, pixels, name, held):
    assert holds_full_range(encoder, pixels, Path(name)) is held


def test_containers():
    assert containers_of("libx264") == [".mkv", ".mp4", ".m4v", ".mov"]
    assert containers_of("libvpx-vp9") == [".mkv", ".mp4", ".m4v", ".webm"]
    assert [container_format(Path(f"a{suffix}")) for suffix in CONTAINERS] == [
        "matroska", "mp4", "mp4", "mov", "webm",
    ]  # fmt: skip


def test_software_encoders_are_available():
    assert {"libx264", "libx265", "libvpx-vp9", "ffv1"} <= set(available_encoders())
