"""Tests of `vidcolor.output.tracks`: what comes along of a film's further tracks."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import packets_of, times_of
from copying import FAST, chroma_codes, copy
from sound_films import add_sound, make_with_sound, samples_of, write_picture

from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline import info

SYNC_OF_AC3 = b"\x0b\x77"


@pytest.mark.parametrize(
    ("codec", "container"),
    [
        ("pcm_alaw", "avi"),
        ("pcm_mulaw", "mov"),
        ("adpcm_ms", "avi"),
        ("adpcm_ima_wav", "avi"),
        ("wmav2", "asf"),
        ("g722", "avi"),
    ],
)
def test_sound_that_matroska_names_as_windows_does_is_copied(
    tmp_path: Path, codec: str, container: str
) -> None:
    source, target = tmp_path / "a.film", tmp_path / "b.mkv"
    add_sound(source, codec, container=container)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == writer.notes == []
    assert packets_of(target, "audio")
    assert [p for *_, p in packets_of(target, "audio")] == [
        p for *_, p in packets_of(source, "audio")
    ]
    assert np.array_equal(samples_of(target), samples_of(source))


@pytest.mark.parametrize("suffix", [".mkv", ".mov"])
@pytest.mark.parametrize("bit_rate", [16000, 24000, 32000, 40000])
def test_every_rate_of_g726_is_kept(tmp_path: Path, bit_rate: int, suffix: str) -> None:
    """Its codes of 2 to 5 bits do not say themselves how long they are."""
    source, target = tmp_path / "a.film", tmp_path / f"b{suffix}"
    add_sound(source, "g726", container="asf", rate=8000, bit_rate=bit_rate)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    assert len(writer.notes) == (suffix == ".mov")
    assert np.array_equal(samples_of(target), samples_of(source))


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
@pytest.mark.parametrize("codec", ["vorbis", "opus"])
def test_the_last_packet_of_ogg_is_kept(tmp_path: Path, codec: str, suffix: str) -> None:
    """It is cut off at its end, and FFmpeg gives Vorbis's a negative duration without its sign."""
    make_with_sound(tmp_path / "a.ogv", codec)
    writer = copy(tmp_path / "a.ogv", tmp_path / f"b{suffix}")
    assert writer.left_out == writer.losses == []
    before, after = (packets_of(path, "audio") for path in (tmp_path / "a.ogv", writer.path))
    assert [payload for *_, payload in after] == [payload for *_, payload in before]


def test_sound_that_neither_copying_nor_windows_helps_is_named(tmp_path: Path) -> None:
    add_sound(tmp_path / "a.film", "wmav2", container="asf")
    writer = copy(tmp_path / "a.film", tmp_path / "b.mp4")
    assert writer.left_out == ["audio stream 1 (wmav2): .mp4 can't hold it"]
    assert writer.copies == {}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize(
    ("codec", "container", "layout", "samples", "plain"),
    [
        ("pcm_dvd", "vob", "stereo", "s16", "pcm_s16le"),
        ("pcm_dvd", "vob", "stereo", "s32", "pcm_s24le"),
        ("pcm_bluray", "mpegts", "stereo", "s16", "pcm_s16le"),
        ("pcm_bluray", "mpegts", "5.1(side)", "s32", "pcm_s24le"),
    ],
)
def test_sound_of_discs_becomes_plain_with_the_same_samples(
    tmp_path: Path,
    codec: str,
    container: str,
    layout: str,
    samples: str,
    plain: str,
    suffix: str,
) -> None:
    source, target = tmp_path / "a.film", tmp_path / f"b{suffix}"
    add_sound(source, codec, layout=layout, samples=samples, container=container)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    (note,) = writer.notes
    assert note == f"audio stream 1 ({codec}): converted to {plain}, samples unchanged"
    with av.open(str(target)) as film:
        assert film.streams.audio[0].codec_context.name == plain
    assert np.array_equal(samples_of(target), samples_of(source))
    assert np.ptp(samples_of(source)[:, -1].astype(float)) > 30000
    before, after = ([t for _, t, _ in packets_of(p, "audio")] for p in (source, target))
    begin = times_of(source)[0], times_of(target)[0]
    assert abs((before[0] - begin[0]) - (after[0] - begin[1])) < Fraction(1, 500)


def test_mu_law_becomes_plain_where_the_container_has_none(tmp_path: Path) -> None:
    add_sound(tmp_path / "a.film", "pcm_mulaw", container="mov")
    writer = copy(tmp_path / "a.film", tmp_path / "b.mp4")
    assert writer.notes == ["audio stream 1 (pcm_mulaw): converted to pcm_s16le, samples unchanged"]
    assert np.array_equal(samples_of(tmp_path / "b.mp4"), samples_of(tmp_path / "a.film"))


def test_sound_of_which_nothing_is_known_is_left_out_and_named(tmp_path: Path) -> None:
    """A transport stream announces sound that never comes."""
    with av.open(str(tmp_path / "a.ts"), "w") as film:
        video = film.add_stream("mpeg2video", rate=25, width=32, height=16)
        assert isinstance(video, av.VideoStream)
        film.add_mux_stream("ac3", rate=48000)
        write_picture(film, video)
    for suffix in (".mkv", ".mp4", ".mov"):
        writer = copy(tmp_path / "a.ts", tmp_path / f"b{suffix}")
        assert writer.left_out == [f"audio stream 1 (ac3): {suffix} can't hold it"]
        assert len(times_of(tmp_path / f"b{suffix}")) == 12
    told = list(info.film(tmp_path / "a.ts"))
    assert "audio stream 1 (ac3): .mkv can't hold it: left out" in told


def test_a_packet_that_the_container_refuses_is_named_and_the_rest_kept(tmp_path: Path) -> None:
    add_sound(tmp_path / "a.mkv", "ac3", container="matroska", rate=48000)
    with av.open(str(tmp_path / "a.mkv")) as whole, av.open(str(tmp_path / "b.mkv"), "w") as film:
        streams = [film.add_stream_from_template(s, opaque=True) for s in whole.streams]
        count = 0
        for packet in (p for p in whole.demux() if p.size):
            count += packet.stream_index
            damaged = packet.stream_index == 1 and count == 6
            made = av.Packet(b"no sound" if damaged else bytes(packet))
            made.pts = made.dts = packet.pts
            made.time_base, made.stream = packet.time_base, streams[packet.stream_index]
            film.mux(made)
    writer = copy(tmp_path / "b.mkv", tmp_path / "c.mp4")
    (line,) = writer.losses
    assert line.startswith(
        "audio stream 1 (ac3): 1 packet lost that .mp4 can't hold, the first at 0.2 s: "
    )
    heard = [payload for _, _, payload in packets_of(tmp_path / "b.mkv", "audio")]
    heard.remove(b"no sound")
    assert [payload for _, _, payload in packets_of(tmp_path / "c.mp4", "audio")] == heard
    assert len(times_of(tmp_path / "c.mp4")) == 12


@pytest.mark.parametrize("codec", ["g722", "g726", "dfpwm"])
def test_sound_of_avi_is_heard_when_its_bytes_are(tmp_path: Path, codec: str) -> None:
    """FFmpeg's AVI says of them that the last packet begins after minutes."""
    make_with_sound(tmp_path / "a.avi", codec)
    copy(tmp_path / "a.avi", tmp_path / "b.mkv")
    packets = packets_of(tmp_path / "b.mkv", "audio")
    sizes = [len(payload) for _, _, payload in packets]
    for number, (_, time, _) in enumerate(packets):
        share = Fraction(sum(sizes[:number]), sum(sizes))
        assert abs(time - share * Fraction(1, 2)) < Fraction(1, 50)
    copy(tmp_path / "a.avi", tmp_path / "c.mkv", start=Fraction(1, 4), duration=Fraction(1, 5))
    cut = packets_of(tmp_path / "c.mkv", "audio")
    assert {payload for _, _, payload in cut} <= {payload for _, _, payload in packets}
    assert all(-Fraction(1, 4) < time < Fraction(1, 4) for _, time, _ in cut)


def test_flac_of_windows_media_lies_as_its_frames_count(tmp_path: Path) -> None:
    make_with_sound(tmp_path / "a.wmv", "flac")
    writer = copy(tmp_path / "a.wmv", tmp_path / "b.mov")
    assert writer.losses == []
    assert [note.partition(": ")[2] for note in writer.notes] == [
        "converted to pcm_s16le, samples unchanged"
    ]
    assert np.array_equal(samples_of(tmp_path / "b.mov"), samples_of(tmp_path / "a.wmv"))
    copy(tmp_path / "a.wmv", tmp_path / "c.mkv")
    times = [time for _, time, _ in packets_of(tmp_path / "c.mkv", "audio")]
    assert len(times) > 4
    block = Fraction(4608, 48000)
    assert all(abs(time - n * block) <= Fraction(1, 500) for n, time in enumerate(times))


@pytest.mark.parametrize("codec", ["ac3", "eac3"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_what_the_container_drops_at_its_start_is_named(
    tmp_path: Path, codec: str, suffix: str
) -> None:
    add_sound(tmp_path / "a.mkv", codec, container="matroska", rate=48000)
    content = (tmp_path / "a.mkv").read_bytes()
    count = content.count(SYNC_OF_AC3)
    name = f"audio stream 1 ({codec})"
    why = f"that {suffix} can't hold, the first at 0.0 s: Dropping invalid packet"
    (tmp_path / "first.mkv").write_bytes(content.replace(SYNC_OF_AC3, b"\0\0", 1))
    (line,) = copy(tmp_path / "first.mkv", tmp_path / f"first{suffix}").losses
    assert line.startswith(f"{name}: 1 packet lost {why}")
    assert len(packets_of(tmp_path / f"first{suffix}", "audio")) == count - 1
    (tmp_path / "all.mkv").write_bytes(content.replace(SYNC_OF_AC3, b"\0\0"))
    refused, lost = copy(tmp_path / "all.mkv", tmp_path / f"all{suffix}").losses
    assert refused.startswith(f"{name}: {count} packets lost {why}")
    assert lost == f"{name}: lost, {suffix} keeps no track without content"
    assert len(times_of(tmp_path / f"all{suffix}")) == 12


@pytest.mark.parametrize(
    ("suffix", "losses"),
    [
        (".mkv", []),
        (".mp4", ["audio stream 1 (aac): lost, .mp4 keeps no track without content"]),
        (".mov", ["audio stream 1 (aac): lost, .mov keeps no track without content"]),
    ],
)
def test_an_empty_track_is_kept_or_named(tmp_path: Path, suffix: str, losses: list[str]) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as film:
        video = film.add_stream("mpeg4", rate=25, width=32, height=16)
        assert isinstance(video, av.VideoStream)
        film.add_mux_stream("aac", rate=48000)
        write_picture(film, video)
    with (
        Reader(tmp_path / "a.mkv") as reader,
        Writer(
            tmp_path / f"b{suffix}", reader, FAST, comment="", options=WriterOptions(verify=True)
        ) as writer,
    ):
        for frame in reader:
            assert isinstance(frame, Frame)
            writer.write(frame, chroma_codes(0, writer.chroma_shape, 8))
        writer.end_tracks()
        assert writer.losses == losses
    assert writer.verified
    with av.open(str(tmp_path / f"b{suffix}")) as film:
        assert len(film.streams) == 2 - len(losses)
