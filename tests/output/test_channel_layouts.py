"""Tests of channel layouts: what of them other containers keep, and those that PyAV can't bear."""

import struct
from pathlib import Path

import av
import pytest
from copying import copy

from vidcolor.input.description import sound_layouts


def _write(path: Path, layout: str, codec: str = "pcm_s16le") -> None:
    """Write a film of 12 frames with PCM of this channel layout."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("mpeg4", 25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = film.add_stream(codec, 48000)
        sound.layout = layout
        film.start_encoding()
        size = 1920 * sound.layout.nb_channels * (4 if codec == "pcm_f32be" else 2)
        for index in range(12):
            picture = av.VideoFrame(96, 64, "yuv420p")
            picture.pts = index
            film.mux(video.encode(picture))
            packet = av.Packet(bytes(size))
            packet.stream, packet.duration = sound, 1920
            packet.pts = packet.dts = index * 1920
            film.mux(packet)
        film.mux(video.encode(None))


def _reorder(path: Path) -> None:
    """Let the channels of a .mov be right, then left (QuickTime File Format, "chan")."""
    content = bytearray(path.read_bytes())
    begin = content.index(b"chan") - 4
    length = int.from_bytes(content[begin : begin + 4])
    right, left = (struct.pack(">II3f", label, 0, 0, 0, 0) for label in (2, 1))
    made = struct.pack(">4sIIII", b"chan", 0, 0, 0, 2) + right + left
    made = (len(made) + 4).to_bytes(4) + made
    names = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    boxes = [content.rfind(name, 0, begin) - 4 for name in names]
    for place in (*boxes, boxes[-1] + 16):  # that of the track stands in the last
        size = int.from_bytes(content[place : place + 4]) + len(made) - length
        content[place : place + 4] = size.to_bytes(4)
    content[begin : begin + length] = made
    path.write_bytes(content)


def _layout(path: Path) -> str:
    with av.open(str(path)) as film:
        return sound_layouts(film)[1]


@pytest.mark.parametrize(
    ("layout", "suffix", "lost"),
    [
        ("mono", ".mkv", ""),
        ("stereo", ".mkv", ""),
        ("5.1", ".mkv", ""),
        ("5.1(side)", ".mkv", "5.1(side)"),
        ("5.1(side)", ".mov", ""),
        ("5.1(side)", ".mp4", ""),
        ("3.0", ".mkv", "3.0"),
        ("quad", ".mkv", "quad"),
        ("FL", ".mkv", "FL"),
        ("FL", ".mp4", "FL"),
        ("FL", ".mov", ""),
        ("FC+LFE", ".mkv", "FC+LFE"),
    ],
)
def test_a_channel_layout_is_kept_or_named(
    tmp_path: Path, layout: str, suffix: str, lost: str
) -> None:
    _write(tmp_path / "a.mov", layout)
    writer = copy(tmp_path / "a.mov", tmp_path / f"b{suffix}")
    assert writer.losses == [
        f"audio stream 1 (pcm_s16le): channel layout {name}: lost, {suffix} has no word for it"
        for name in [lost]
        if name
    ]
    if not lost and suffix != ".mkv":
        assert _layout(tmp_path / f"b{suffix}") == _layout(tmp_path / "a.mov")


def test_mp4_gets_a_layout_where_the_source_has_none(tmp_path: Path) -> None:
    _write(tmp_path / "a.mkv", "5.1")
    assert _layout(tmp_path / "a.mkv") == "6 channels"
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").losses == []
    assert _layout(tmp_path / "b.mp4") == "5.1"


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32be"])
def test_channels_in_an_order_of_their_own_end_no_process(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    """PyAV frees such a layout twice; Matroska has no such float, so that one is converted."""
    _write(tmp_path / "a.mov", "FC+LFE", codec)
    _reorder(tmp_path / "a.mov")
    assert _layout(tmp_path / "a.mov") == "2 channels (FR+FL)"
    writer = copy(tmp_path / "a.mov", tmp_path / f"b{suffix}")
    word = f"audio stream 1 ({codec}): channel layout FR+FL: lost, {suffix} has no word for it"
    assert writer.losses == ([word] if suffix == ".mkv" else [])
    assert writer.left_out == []
    with av.open(str(tmp_path / f"b{suffix}")) as film:
        assert sum(p.size for p in film.demux(audio=0)) >= 12 * 1920 * 2 * 2
