"""Timecodes later in a film, against the list of all labels of a day; spans of films."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import make_clip
from copying import copy

from vidcolor.input.reader import Reader
from vidcolor.input.timecode import advance_timecodes

PAL, NTSC, FILM = Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)


def labels_of_a_day(base: int, dropped: int) -> list[str]:
    """All timecodes in order; the first `dropped` of a minute are skipped but in every tenth."""
    return [
        f"{minute // 60:02}:{minute % 60:02}:{second:02}{';' if dropped else ':'}{number:02}"
        for minute in range(24 * 60)
        for second in range(60)
        for number in range(base)
        if minute % 10 == 0 or second > 0 or number >= dropped
    ]


def later(timecode: str, seconds: Fraction, rate: Fraction | None) -> str | None:
    tags = {"TIMECODE": timecode, "title": "kept"}
    removed = advance_timecodes([tags], seconds, rate)
    assert tags["title"] == "kept"
    assert removed == ([] if "TIMECODE" in tags else [timecode])
    return tags.get("TIMECODE")


@pytest.mark.parametrize(
    ("rate", "base", "dropped"),
    [(FILM, 24, 0), (PAL, 25, 0), (NTSC, 30, 0), (NTSC, 30, 2), (2 * NTSC, 60, 4)],
)
def test_every_label_of_a_day_and_beyond_midnight(rate, base, dropped):
    labels = labels_of_a_day(base, dropped)
    if dropped == 2:
        assert len(labels) == 2_589_408  # SMPTE ST 12-1
    rng = np.random.default_rng(0)
    near_a_minute = np.arange(60 * base - 5, 60 * base + 5)
    for first, count in [
        *((0, int(n)) for n in near_a_minute),
        *((int(n), 1) for n in near_a_minute),
        (len(labels) - 1, 1),
        *rng.integers(0, len(labels), (300, 2)).tolist(),
    ]:
        wanted = labels[(first + count) % len(labels)]
        assert later(labels[first], count / rate, rate) == wanted


@pytest.mark.parametrize(
    ("timecode", "seconds", "rate"),
    [
        ("01:00:00:00", Fraction(1), None),
        ("01:00:00:00", Fraction(1, 50), PAL),
        ("01:00:00;00", Fraction(1), PAL),
        ("01:00:00:25", Fraction(1), PAL),
        ("24:00:00:00", Fraction(1), PAL),
        ("an hour", Fraction(1), PAL),
    ],
)
def test_what_cannot_be_told_is_removed(timecode, seconds, rate):
    assert later(timecode, seconds, rate) is None


def test_times_that_a_container_has_rounded():
    assert later("00:00:59;29", Fraction(33, 1000), NTSC) == "00:01:00;02"


def test_a_span_has_the_timecode_of_its_first_frame(tmp_path):
    make_clip(tmp_path / "film.mkv", metadata={"timecode": "10:00:00:24"})
    with Reader(tmp_path / "film.mkv", start=Fraction(1, 10)) as reader:  # begins at frame 3
        assert [v for k, v in reader.metadata.items() if k.lower() == "timecode"] == ["10:00:01:02"]
        assert reader.left_out == []
    with Reader(tmp_path / "film.mkv") as reader:
        assert "10:00:00:24" in reader.metadata.values()


def test_a_rate_that_varies_leaves_the_timecode_out(tmp_path):
    times = (0, 40, 80, 500, 520, 1700, 1740, 1900)
    make_clip(tmp_path / "film.mkv", times=times, metadata={"timecode": "10:00:00:00"})
    with Reader(tmp_path / "film.mkv", start=Fraction(1, 2)) as reader:
        assert "10:00:00:00" not in reader.metadata.values()
        assert reader.left_out == ["timecode 10:00:00:00: of a part it can't be told"]


@pytest.mark.parametrize(
    ("suffix", "losses"),
    [
        (".mkv", []),
        (".mov", []),
        (".mp4", ["video stream 0 (mpeg4, 64x48): tag reel_name: lost, .mp4 has no word for it"]),
    ],
)
def test_the_reel_of_a_timecode_is_kept_or_named(
    tmp_path: Path, suffix: str, losses: list[str]
) -> None:
    with av.open(str(tmp_path / "a.mov"), "w") as film:
        video = film.add_stream("mpeg4", 25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.metadata.update({"timecode": "01:00:00:00", "reel_name": "A001"})
        for index in range(12):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = index
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    with av.open(str(tmp_path / "a.mov")) as film:
        assert film.streams.data[0].metadata["reel_name"] == "A001"
        assert "reel_name" not in film.streams.video[0].metadata
    writer = copy(tmp_path / "a.mov", tmp_path / f"b{suffix}")
    assert (writer.left_out, writer.losses) == ([], losses)
    with av.open(str(tmp_path / f"b{suffix}")) as film:
        tags = {n.lower(): t for s in film.streams for n, t in s.metadata.items()}
        assert tags.get("reel_name") == (None if losses else "A001")
