"""Sound that becomes plain PCM, and PCM in containers that only count its samples."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from aes3_films import SAMPLES, burst, make_aes3
from clips import packets_of, times_of
from copying import copy
from sound_films import add_sound, samples_of, write_picture

COUNTING = (".mp4", ".mov")


def add_pcm(
    path: Path,
    codec: str,
    starts: list[Fraction],
    channels: int = 1,
    samples: int = 1920,
) -> None:
    """Write a film with packets of PCM at these times, in seconds, at 48 kHz."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("mpeg4", rate=25, width=32, height=16)
        assert isinstance(video, av.VideoStream)
        sound = film.add_stream(codec, rate=48000)
        assert isinstance(sound, av.AudioStream)
        sound.layout = f"{channels} channels"
        write_picture(film, video)
        for index, start in enumerate(starts):
            count = samples * channels
            content = (np.arange(count) % 200 + 100 * index).astype("<i2").tobytes()
            packet = av.Packet(content[:count] if codec in ("pcm_alaw", "pcm_mulaw") else content)
            packet.stream, packet.time_base = sound, Fraction(1, 1000)
            packet.pts = packet.dts = round(start * 1000)
            film.mux(packet)


@pytest.mark.parametrize("suffix", [".mkv", *COUNTING])
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_channels_without_a_place_are_kept(tmp_path: Path, channels: int, suffix: str) -> None:
    """Matroska and AVI say how many channels their PCM has, not where they belong."""
    source, target = tmp_path / "a.mkv", tmp_path / f"b{suffix}"
    add_pcm(source, "pcm_s16le", [Fraction(n, 25) for n in range(12)], channels)
    writer = copy(source, target)
    assert np.array_equal(samples_of(target), samples_of(source))
    assert writer.left_out == writer.losses == []
    assert writer.notes == []


@pytest.mark.parametrize("suffix", [".mkv", *COUNTING])
@pytest.mark.parametrize(("codec", "quiet"), [("pcm_s16le", 0), ("pcm_alaw", 8), ("pcm_mulaw", 0)])
def test_sound_behind_a_gap_stays_in_step(
    tmp_path: Path, codec: str, quiet: int, suffix: str
) -> None:
    """`quiet` is what a decoder makes of silence: A-law has no 0."""
    source, target = tmp_path / "a.nut", tmp_path / f"b{suffix}"
    add_pcm(source, codec, [Fraction(n, 25) for n in (0, 1, 2, 8, 9)])
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    before, after = _heard(source), _heard(target)
    for time in before:
        assert np.array_equal(after[time], before[time]), time
    missing = sorted(after.keys() - before.keys())
    assert all(np.abs(after[time]).max() <= quiet for time in missing)
    *_, note = ["", *writer.notes]
    assert bool(missing) == ("of gaps, the first at 0.1 s, filled with silence" in note)
    assert bool(missing) == (suffix != ".mkv")


def _heard(path: Path) -> dict[int, np.ndarray]:
    """Return the sound of a film, one block of 10 ms for each 1/100 s since its first frame."""
    begin = times_of(path)[0]
    with av.open(str(path)) as film:
        rate = film.streams.audio[0].rate
        blocks: dict[int, list[np.ndarray]] = {}
        for frame in film.decode(audio=0):
            start = round((frame.pts * frame.time_base - begin) * rate)
            samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
            for offset, sample in enumerate(samples.astype(np.int32)):
                blocks.setdefault((start + offset) * 100 // rate, []).append(sample)
    return {n: np.array(block) for n, block in blocks.items() if len(block) == rate // 100}


@pytest.mark.parametrize("suffix", COUNTING)
def test_sound_that_overlaps_itself_is_named(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "a.mkv", tmp_path / f"b{suffix}"
    add_pcm(source, "pcm_s16le", [Fraction(n, 100) for n in (0, 4, 8, 9, 10)])
    writer = copy(source, target)
    assert writer.losses == [
        "audio stream 1 (pcm_s16le): overlaps itself, and is heard up to 0.06 s late: "
        f"{suffix} can't tell that"
    ]
    assert np.array_equal(samples_of(target), samples_of(source))


@pytest.mark.parametrize(
    ("codec", "container", "samples", "suffix", "plain"),
    [
        ("flac", "matroska", "s16", ".mov", "pcm_s16le"),
        ("flac", "matroska", "s32", ".mov", "pcm_s32le"),
        ("tta", "matroska", "s16", ".mp4", "pcm_s16le"),
        ("tta", "matroska", "u8", ".mp4", "pcm_s16le"),
        ("tta", "matroska", "u8", ".mov", "pcm_u8"),
        ("wavpack", "matroska", "s16p", ".mov", "pcm_s16le"),
        ("adpcm_ms", "avi", "", ".mp4", "pcm_s16le"),
        ("adpcm_ima_wav", "avi", "", ".mov", "pcm_s16le"),
        ("adpcm_ima_qt", "mov", "", ".mkv", "pcm_s16le"),
        ("g722", "asf", "", ".mp4", "pcm_s16le"),
        ("g726", "asf", "", ".mov", "pcm_s16le"),
        ("pcm_u8", "avi", "", ".mp4", "pcm_s16le"),
        ("pcm_s8", "mov", "", ".mkv", "pcm_u8"),
        ("pcm_f32be", "mov", "", ".mkv", "pcm_f32le"),
    ],
)
def test_sound_whose_samples_are_certain_becomes_pcm(
    tmp_path: Path, codec: str, container: str, samples: str, suffix: str, plain: str
) -> None:
    source, target = tmp_path / "a.film", tmp_path / f"b{suffix}"
    rate = 16000 if codec == "g722" else 8000
    add_sound(source, codec, samples=samples, container=container, rate=rate)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    (note,) = writer.notes
    assert note.endswith(f": converted to {plain}, samples unchanged")
    before, after = samples_of(source), samples_of(target)
    assert np.ptp(before.astype(float)) > 0
    if before.dtype == np.uint8 and plain == "pcm_s16le":
        before = (before.astype(np.int16) - 128) * 256
    assert np.array_equal(after, before)


def test_a_track_that_the_container_refuses_at_its_end_harms_no_film(tmp_path: Path) -> None:
    """NUT calls E-AC-3 by the name of AC-3; MP4 finds out when it describes the track."""
    source, target = tmp_path / "a.nut", tmp_path / "b.mp4"
    add_sound(source, "eac3", container="nut", rate=48000)
    writer = copy(source, target)
    assert writer.left_out == []
    assert writer.losses == [
        "audio stream 1 (ac3): lost, .mp4 can't hold it (Invalid argument)",
    ]
    assert len(times_of(target)) == 12
    with av.open(str(target)) as film:
        assert [stream.type for stream in film.streams] == ["video"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize(
    ("bits", "channels", "plain"),
    [(16, 2, "pcm_s16le"), (20, 4, "pcm_s24le"), (24, 8, "pcm_s24le")],
)
def test_sound_of_broadcasts_becomes_plain(
    tmp_path: Path, bits: int, channels: int, plain: str, suffix: str
) -> None:
    source, target = tmp_path / "a.ts", tmp_path / f"b{suffix}"
    codes = np.random.default_rng(0).integers(-1 << 15, 1 << 15, (12 * SAMPLES, channels))
    make_aes3(source, np.split(codes << (bits - 16), 12), bits)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    assert writer.notes == [f"audio stream 1 (s302m): converted to {plain}, samples unchanged"]
    assert np.array_equal(samples_of(target) >> (0 if bits == 16 else 16), codes)


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("bits", [16, 20, 24])
@pytest.mark.parametrize(("kind", "name"), [(1, "AC-3"), (28, "Dolby E"), (30, "data of type 30")])
def test_bursts_of_broadcasts_are_kept_word_for_word_and_named(
    tmp_path: Path, kind: int, name: str, bits: int, suffix: str
) -> None:
    source, target = tmp_path / "a.ts", tmp_path / f"b{suffix}"
    bursts = [burst(kind, bits, seed) for seed in range(12)]
    make_aes3(source, bursts, bits)
    writer = copy(source, target)
    assert writer.left_out == writer.losses == []
    plain = "pcm_s16le" if bits == 16 else "pcm_s24le"
    assert writer.notes == [
        f"audio stream 1 (s302m): converted to {plain}, samples unchanged; they carry {name}, no "
        "PCM (SMPTE 337): players that don't know it make noise of it"
    ]
    words = samples_of(target).astype(np.int64) >> (0 if bits == 16 else 32 - bits)
    assert np.array_equal(words & (1 << bits) - 1, np.concatenate(bursts))


def test_silence_before_bursts_does_not_hide_them(tmp_path: Path) -> None:
    source, target = tmp_path / "a.ts", tmp_path / "b.mkv"
    still = [np.zeros((SAMPLES, 2), np.int64)] * 6
    make_aes3(source, [*still, *(burst(28, 20, seed) for seed in range(6))], 20)
    writer = copy(source, target)
    assert writer.losses == []
    (note,) = writer.notes
    assert "they carry Dolby E" in note
    assert len(packets_of(target, "audio")) == 12
