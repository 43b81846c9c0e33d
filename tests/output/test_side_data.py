"""Side data of copied packets: codec headers that come again, and what stands beside packets."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner
from copying import copy
from flash_video import with_second_header
from matroska_parts import element

from vidcolor.cli.main import cli

QUICK = ["--device", "cpu", "--working-size", "64"]


def _write(path: Path) -> None:
    """Write 2 s of Flash Video with AAC."""
    with av.open(str(path), "w", format="flv") as film:
        video, sound = film.add_stream("flv1", 25), film.add_stream("aac", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        for index in range(50):
            gray = np.full((96, 96), 128, np.uint8)
            gray[:64] = np.arange(96) + index
            frame = av.VideoFrame.from_ndarray(gray, "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            film.mux(video.encode(frame))
            tone = np.sin(np.arange(1920) / 9).astype(np.float32)[None]
            beep = av.AudioFrame.from_ndarray(tone, "fltp", layout="mono")
            beep.sample_rate, beep.pts = 48000, index * 1920
            film.mux(sound.encode(beep))
        film.mux(sound.encode(None))
        film.mux(video.encode(None))


def _sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.concatenate([frame.to_ndarray()[0] for frame in film.decode(audio=0)])


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("changed", [False, True])
def test_a_header_that_comes_again_spoils_no_file(
    tmp_path: Path, suffix: str, changed: bool
) -> None:
    source, output = tmp_path / "film.flv", tmp_path / f"out{suffix}"
    _write(source)
    with av.open(str(source)) as film:
        header = film.streams.audio[0].codec_context.extradata
    source.write_bytes(with_second_header(source.read_bytes(), 25, changed))
    run = CliRunner().invoke(cli, ["colorize", str(source), "-o", str(output), *QUICK, "--verify"])
    assert run.exit_code == 0, run.output
    assert ("its codec's header changes at 1.0 s" in run.stderr) is changed
    with av.open(str(output)) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert film.streams.audio[0].codec_context.extradata == header
    before, after = _sound(source), _sound(output)
    assert np.array_equal(after[: len(before)], before)


def _write_matroska(path: Path, beside: bytes) -> None:
    """Write a film with PCM, of which the last packet, at 0.4 s, has something beside it."""
    with av.open(str(path), "w", format="matroska", container_options={"live": "1"}) as film:
        video, sound = film.add_stream("mpeg4", 25), film.add_stream("pcm_s16le", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        film.start_encoding()
        for index in range(10):
            frame = av.VideoFrame(96, 64, "yuv420p")
            frame.pts = index
            film.mux(video.encode(frame))
            packet = av.Packet(bytes(3840))
            packet.stream, packet.pts, packet.dts = sound, index * 1920, index * 1920
            packet.duration, packet.time_base = 1920, Fraction(1, 48000)
            film.mux(packet)
        film.mux(video.encode(None))
    added = element(0x75A1, element(0xA6, element(0xEE, 1), element(0xA5, beside)))
    block = element(0xA0, element(0xA1, b"\x82\x00\x00\x00" + bytes(3840)), added)
    cluster = element(0x1F43B675, element(0xE7, 400), block)
    path.write_bytes(path.read_bytes() + cluster)


def _beside(path: Path) -> list[bytes]:
    """Return what Matroska keeps beside the packets of sound, without its identifier."""
    with av.open(str(path)) as film:
        return [
            bytes(packet.get_sidedata("matroska_block_additional"))[8:]
            for packet in film.demux(audio=0)
            if packet.has_sidedata("matroska_block_additional")
        ]


def test_what_matroska_keeps_beside_packets_is_kept_or_named(tmp_path: Path) -> None:
    _write_matroska(tmp_path / "a.mkv", b"more")
    assert _beside(tmp_path / "a.mkv") == [b"more"]
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mkv").losses == []
    assert _beside(tmp_path / "b.mkv") == [b"more"]
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").losses == [
        "audio stream 1 (pcm_s16le): what Matroska keeps beside a packet at 0.4 s: lost, "
        ".mp4 has no word for it"
    ]


def test_names_and_positions_of_captions_stay_in_matroska(tmp_path: Path) -> None:
    (tmp_path / "a.vtt").write_text(
        "WEBVTT\n\nfirst\n00:00.100 --> 00:00.300 line:10% align:left\nHello\n"
    )
    with (
        av.open(str(tmp_path / "a.vtt")) as captions,
        av.open(str(tmp_path / "a.mkv"), "w") as film,
    ):
        video = film.add_stream("mpeg4", 25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        track = film.add_stream_from_template(captions.streams[0], opaque=True)
        frame = av.VideoFrame(96, 64, "yuv420p")
        frame.pts = 0
        film.mux([*video.encode(frame), *video.encode(None)])
        for packet in captions.demux():
            if packet.size:
                packet.stream = track
                film.mux(packet)
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mkv").losses == []
    with av.open(str(tmp_path / "b.mkv")) as film:
        (packet,) = (packet for packet in film.demux(subtitles=0) if packet.size)
        assert bytes(packet.get_sidedata("webvtt_identifier")) == b"first"
        assert bytes(packet.get_sidedata("webvtt_settings")) == b"line:10% align:left"
    assert copy(tmp_path / "a.mkv", tmp_path / "b.mp4").losses == [
        "subtitle stream 1 (webvtt): lost in the conversion: names, positions and unknown tags"
    ]


def _write_edited(path: Path, samples: int) -> None:
    """Write an .mp4 of 1 s with AAC, of whose sound an edit list hides the first `samples`."""
    with av.open(str(path), "w") as film:
        video, sound = film.add_stream("mpeg4", 25), film.add_stream("aac", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        for index in range(25):
            frame = av.VideoFrame(96, 64, "yuv420p")
            frame.pts = index
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        for start in range(0, 72000, 1024):
            tone = np.sin(np.arange(start, start + 1024) / 9).astype(np.float32)[None]
            beep = av.AudioFrame.from_ndarray(tone, "fltp", layout="mono")
            beep.sample_rate, beep.pts = 48000, start
            film.mux(sound.encode(beep))
        film.mux(sound.encode(None))
    content = bytearray(path.read_bytes())
    begin = content.rindex(b"elst") + 16  # ISO/IEC 14496-12, 8.6.6: the time in the sound
    hidden = int.from_bytes(content[begin : begin + 4]) + samples
    content[begin : begin + 4] = hidden.to_bytes(4)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("samples", "suffix", "losses"),
    [
        (24000, ".mkv", ["audio stream 1 (aac): 0.5 s that the file's edit list hides: left out"]),
        (24000, ".mp4", []),
        (24000, ".mov", []),
        (2112 - 1024, ".mkv", []),  # what QuickTime's encoder needs in all
    ],
)
def test_what_an_edit_list_hides_of_the_sound_stays_hidden(
    tmp_path: Path, samples: int, suffix: str, losses: list[str]
) -> None:
    _write_edited(tmp_path / "a.mp4", samples)
    output = tmp_path / f"b{suffix}"
    assert copy(tmp_path / "a.mp4", output).losses == losses
    before, after = _sound(tmp_path / "a.mp4"), _sound(output)
    lead_in = len(after) - len(before)
    assert 0 <= lead_in <= 2 * 1024  # one packet, and what is hidden of the next
    assert np.allclose(after[lead_in:], before, atol=1e-3)
    with av.open(str(output)) as film:
        sound = next(film.decode(audio=0)).time
    with av.open(str(output)) as film:
        assert abs(next(film.decode(video=0)).time - sound - lead_in / 48000) < 0.002


def test_the_filler_of_an_encoder_is_no_loss(tmp_path: Path) -> None:
    """Matroska does not know it of AAC, and plays one packet of it before the film."""
    with av.open(str(tmp_path / "a.mp4"), "w") as film:
        video, sound = film.add_stream("mpeg4", 25), film.add_stream("aac", 48000)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound.layout = "mono"
        frame = av.VideoFrame(96, 64, "yuv420p")
        frame.pts = 0
        film.mux([*video.encode(frame), *video.encode(None)])
        tone = np.sin(np.arange(10240) / 9).astype(np.float32)[None]
        beep = av.AudioFrame.from_ndarray(tone, "fltp", layout="mono")
        beep.sample_rate, beep.pts = 48000, 0
        film.mux([*sound.encode(beep), *sound.encode(None)])
    assert copy(tmp_path / "a.mp4", tmp_path / "b.mkv").losses == []
    before, after = _sound(tmp_path / "a.mp4"), _sound(tmp_path / "b.mkv")
    assert np.array_equal(after[1024:], before)
