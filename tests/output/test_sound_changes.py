"""Tests of sound that changes midway: its rate or its channels."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from clips import packets_of
from copying import copy

TONE = 500
PART = Fraction(3, 5)
Part = tuple[int, str]
"""The rate and channel layout of a part of a film."""


def _encoded(codec: str, rate: int, layout: str) -> list[bytes]:
    """Return `PART` seconds of a tone, as packets."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, AudioCodecContext)
    assert encoder.codec.audio_formats
    encoder.sample_rate, encoder.layout = rate, layout
    encoder.format, encoder.bit_rate = encoder.codec.audio_formats[0], 192000
    encoder.time_base = Fraction(1, rate)
    encoder.open()
    size = encoder.frame_size or 1024
    resampler = av.AudioResampler(encoder.format, layout, rate, size)
    phase = np.arange(int(PART * rate) // size * size) * 2 * np.pi * TONE / rate
    wave = np.repeat((np.sin(phase) * 9000).astype(np.int16), encoder.layout.nb_channels)
    frame = av.AudioFrame.from_ndarray(wave[None], "s16", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    frames = [*resampler.resample(frame), *resampler.resample(None), None]
    packets = [bytes(packet) for each in frames for packet in encoder.encode(each)]
    return [_adts(p, rate, layout) for p in packets] if codec == "aac" else packets


def _adts(packet: bytes, rate: int, layout: str) -> bytes:
    """Return an AAC packet with the header of broadcasts (ISO/IEC 13818-7, 6.2)."""
    index = {48000: 3, 44100: 4, 32000: 5}[rate]
    channels = av.AudioLayout(layout).nb_channels
    length = len(packet) + 7
    bits = f"{0xFFF:012b}{0b0001:04b}01{index:04b}0{channels:03b}0000{length:013b}{0x7FF:011b}00"
    return int(bits, 2).to_bytes(7) + packet


def _write(path: Path, codec: str, *parts: Part) -> None:
    """Write a film whose sound is of one kind after the other, `PART` seconds each."""
    ticks = 90000
    options = {"mpegts_m2ts_mode": "1"} if codec == "pcm_bluray" else {}
    with av.open(str(path), "w", format="mpegts", container_options=options) as film:
        video = film.add_stream("mpeg2video", 25)
        video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
        sound = film.add_stream(codec, parts[0][0])
        sound.layout = parts[0][1]
        film.start_encoding()
        for index in range(int(len(parts) * PART * 25)):
            picture = av.VideoFrame(96, 64, "yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, 25)
            film.mux(video.encode(picture))
        film.mux(video.encode(None))
        for index, (rate, layout) in enumerate(parts):
            packets = _encoded(codec, rate, layout)
            for place, content in enumerate(packets):
                packet = av.Packet(content)
                packet.stream, packet.time_base = sound, Fraction(1, ticks)
                packet.duration = int(PART * ticks / len(packets))
                packet.pts = packet.dts = int((index * PART) * ticks) + place * packet.duration
                film.mux(packet)


def _write_dv(path: Path, *rates: int) -> None:
    """Write DV with sound of one rate after the other, `PART` seconds each."""
    content = b""
    for rate in rates:
        with av.open(str(path), "w", format="dv") as film:
            video, sound = film.add_stream("dvvideo", 25), film.add_stream("pcm_s16le", rate)
            video.width, video.height, video.pix_fmt = 720, 576, "yuv420p"
            sound.layout = "stereo"
            for index in range(int(PART * 25)):
                picture = av.VideoFrame(720, 576, "yuv420p")
                picture.pts, picture.time_base = index, Fraction(1, 25)
                film.mux(video.encode(picture))
                time = np.arange(index * rate // 25, (index + 1) * rate // 25) / rate
                wave = np.repeat((np.sin(2 * np.pi * TONE * time) * 9000).astype(np.int16), 2)
                beep = av.AudioFrame.from_ndarray(wave[None], "s16", layout="stereo")
                beep.sample_rate, beep.pts = rate, index * rate // 25
                film.mux(sound.encode(beep))
        content += path.read_bytes()
    path.write_bytes(content)


def _pitches(path: Path) -> list[float]:
    """Return the frequency of the sound in each `PART` of a film, and check that it has no gap."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
    rate = frames[0].sample_rate
    assert {(f.sample_rate, f.layout.nb_channels) for f in frames} == {
        (rate, frames[0].layout.nb_channels)
    }
    wave = np.concatenate(
        [f.to_ndarray().reshape(-1, f.layout.nb_channels)[:, 0].astype(float) for f in frames]
    )
    length = Fraction(frames[-1].pts - frames[0].pts) * frames[-1].time_base
    assert abs(float(length) - (len(wave) - frames[-1].samples) / rate) < 0.002
    count = round(len(wave) / rate / PART)
    middles = [int((index + Fraction(1, 2)) * PART * rate) for index in range(count)]
    parts = [wave[middle - rate // 8 : middle + rate // 8] for middle in middles]
    return [np.count_nonzero(np.diff(np.signbit(part))) / 2 / 0.25 for part in parts]


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
def test_dv_whose_rate_changes_keeps_its_pitch_and_time(tmp_path: Path, suffix: str) -> None:
    _write_dv(tmp_path / "a.dv", 48000, 32000, 48000)
    writer = copy(tmp_path / "a.dv", tmp_path / f"b{suffix}")
    assert writer.losses == [
        "audio stream 1 (pcm_s16le): 48000 Hz becomes 32000 Hz at 0.600 s: converted to the first"
    ]
    assert _pitches(tmp_path / f"b{suffix}") == pytest.approx([TONE] * 3, abs=5)
    packets = [payload for *_, payload in packets_of(tmp_path / "a.dv", "audio")]
    if suffix == ".mkv":
        copied = [payload for *_, payload in packets_of(tmp_path / "b.mkv", "audio")]
        assert copied[:15] == packets[:15]
        assert copied[-15:] == packets[-15:]


def test_a_part_behind_the_change_has_the_rate_that_the_film_tells(tmp_path: Path) -> None:
    _write_dv(tmp_path / "a.dv", 48000, 32000)
    copy(tmp_path / "a.dv", tmp_path / "b.mkv", start=Fraction(3, 5))
    assert _pitches(tmp_path / "b.mkv") == pytest.approx([TONE], abs=5)


@pytest.mark.parametrize(
    ("parts", "change"),
    [
        ([(48000, "stereo"), (96000, "stereo")], "48000 Hz becomes 96000 Hz"),
        ([(48000, "stereo"), (48000, "5.1(side)")], "stereo becomes 5.1(side)"),
    ],
)
def test_sound_that_is_converted_becomes_like_the_first(
    tmp_path: Path, parts: list[Part], change: str
) -> None:
    _write(tmp_path / "a.ts", "pcm_bluray", *parts)
    writer = copy(tmp_path / "a.ts", tmp_path / "b.mkv")
    (line,) = writer.losses
    assert line.startswith(f"audio stream 1 (pcm_bluray): {change} at 0.6")
    assert line.endswith(" s: converted to the first")
    assert _pitches(tmp_path / "b.mkv") == pytest.approx([TONE] * 2, abs=5)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize(
    ("codec", "parts", "change"),
    [
        ("mp2", [(48000, "stereo"), (32000, "stereo")], "48000 Hz becomes 32000 Hz at 0.6"),
        (
            "libmp3lame",
            [(48000, "stereo"), (44100, "mono")],
            "48000 Hz, stereo becomes 44100 Hz, mono at 0.6",
        ),
        ("ac3", [(48000, "5.1(side)"), (48000, "stereo")], "5.1(side) becomes stereo at 0.6"),
        ("aac", [(48000, "mono"), (48000, "stereo")], "mono becomes stereo at 0.6"),
        ("aac", [(48000, "mono"), (32000, "mono")], "48000 Hz becomes 32000 Hz at 0.6"),
        ("aac", [(48000, "stereo"), (48000, "stereo")], ""),
    ],
)
def test_compressed_sound_is_copied_and_its_change_is_named(
    tmp_path: Path, codec: str, parts: list[Part], change: str, suffix: str
) -> None:
    _write(tmp_path / "a.ts", codec, *parts)
    writer = copy(tmp_path / "a.ts", tmp_path / f"b{suffix}")
    name = {"libmp3lame": "mp3"}.get(codec, codec)
    assert [line.startswith(f"audio stream 1 ({name}): {change}") for line in writer.losses] == (
        [True] if change else []
    )
    assert all(line.endswith(f" s: {suffix} has no word for it") for line in writer.losses)
    before, after = (
        [payload for *_, payload in packets_of(path, "audio")]
        for path in (tmp_path / "a.ts", tmp_path / f"b{suffix}")
    )
    assert after == ([payload[7:] for payload in before] if codec == "aac" else before)
