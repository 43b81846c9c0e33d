"""A film joined from parts of its picture is the film that is written in one go."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import make_clip, packets_of, planes_of, tags_of, times_of
from copying import FFV1, copy
from parts import encode_parts, join_parts

from vidcolor.errors import OutputError
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.encoders import EncoderSettings

LOSSLESS = EncoderSettings("libx264", preset="veryfast", options=(("qp", "0"),))
CUTS = (Fraction("0.7"), Fraction(1), Fraction("1.04"), Fraction("1.9"))
EVEN = tuple(range(0, 2400, 40))
UNEVEN = tuple(t + (0, 1, 7, 30)[t // 40 % 4] for t in EVEN)


def structure(path: Path) -> list[object]:
    """All of a film but its picture's payload: streams, chapters, times, durations."""
    with av.open(str(path)) as film:
        streams = [
            (s.type, s.time_base, s.start_time, s.duration, s.frames, dict(s.metadata))
            for s in film.streams
        ]
        video = film.streams.video[0]
        codec = video.codec_context
        packets = [p for p in film.demux(video) if p.size]
        times = [sorted(p.pts for p in packets), [(p.dts, p.duration) for p in packets]]
        chapters = [(c["start"], c["end"], c["metadata"]) for c in film.chapters()]
        return [
            streams, chapters, film.duration, film.start_time, times, codec.extradata,
            codec.codec_tag, video.average_rate, video.sample_aspect_ratio, codec.profile,
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("b.mkv", FFV1),
        ("b.mkv", LOSSLESS),
        ("b.mp4", LOSSLESS),
        ("b.mov", LOSSLESS),
        ("b.webm", EncoderSettings(preset="8", options=(("lossless", "1"),))),
        pytest.param(
            "b.mp4",
            EncoderSettings(
                "libx265", preset="ultrafast", options=(("x265-params", "lossless=1"),)
            ),
            marks=pytest.mark.long,
        ),
        pytest.param("b.mov", EncoderSettings("prores_ks"), marks=pytest.mark.long),
        pytest.param("b.mkv", EncoderSettings("libsvtav1", preset="12"), marks=pytest.mark.long),
    ],
)
@pytest.mark.parametrize("times", [EVEN, UNEVEN])
def test_it_is_the_film_written_in_one_go(
    tmp_path: Path, target: str, settings: EncoderSettings, times: tuple[int, ...]
) -> None:
    source = tmp_path / "a.mkv"
    make_clip(
        source, codec="libx264", times=times, audio="aac", aspect=Fraction(4, 3),
        subtitles=[(40, 900, "hello"), (1240, 2300, "again")], metadata={"title": "Waves"},
        chapters=[(0, 800, "one"), (800, 2400, "two")], attachment=b"a note",
    )  # fmt: skip
    whole, joined = tmp_path / target, tmp_path / "joined" / target
    joined.parent.mkdir()
    one = copy(source, whole, settings)
    # x265 counts the times of decoding of a single frame otherwise than of many.
    cuts = [CUTS[0], CUTS[3]] if times == EVEN else CUTS
    parts = encode_parts(source, joined, settings, cuts)
    two = join_parts(source, joined, settings, parts, verify=True)
    assert two.verified and two.verified.startswith("verified: 60 frames")
    assert times_of(joined) == times_of(whole)
    for kind in ("subtitle",) if target == "b.webm" else ("audio", "subtitle"):
        assert packets_of(joined, kind) == packets_of(whole, kind)
    assert tags_of(joined) == tags_of(whole)
    assert (two.losses, two.notes, two.left_out) == (one.losses, one.notes, one.left_out)
    if one._encoder.is_lossless:
        for made, expected in zip(planes_of(joined), planes_of(whole), strict=True):
            for plane, other in zip(made, expected, strict=True):
                np.testing.assert_array_equal(plane, other)
    if times == EVEN:
        assert structure(joined) == structure(whole)


def test_a_part_begins_with_a_key_frame_and_comes_back_from_json(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", times=EVEN)
    parts = encode_parts(tmp_path / "a.mkv", tmp_path / "b.mkv", LOSSLESS, CUTS)
    for part, file in parts:
        assert part.packets[0][3]
        assert part.size == file.stat().st_size
        assert EncodedPart.from_dict(json.loads(json.dumps(part.as_dict()))) == part
    assert [len(part.times) for part, _ in parts] == [18, 7, 1, 22, 12]


def test_what_is_lost_midway_is_told_as_of_a_film_written_in_one_go(tmp_path: Path) -> None:
    source = tmp_path / "a.mkv"
    make_clip(source, times=EVEN[:30])
    one = copy(source, tmp_path / "whole.mkv", LOSSLESS)
    parts = encode_parts(source, tmp_path / "b.mkv", LOSSLESS, CUTS[:1])
    lost = (
        [(10, []), (8, ["it {at}"])],
        [(4, ["it {at}"]), (5, []), (3, ["it {at}", "more {at}"])],
    )
    marked = [
        (replace(part, lost=lines), file) for (part, file), lines in zip(parts, lost, strict=True)
    ]
    two = join_parts(source, tmp_path / "b.mkv", LOSSLESS, marked)
    assert two.losses == [*one.losses, "it 0.400 s, 1.080 s", "more 1.080 s"]


def test_parts_that_were_encoded_otherwise_are_refused(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv")
    other = EncoderSettings("libx264", preset="ultrafast", options=(("qp", "0"),))
    parts = encode_parts(tmp_path / "a.mkv", tmp_path / "b.mkv", other, [Fraction("0.2")])
    with pytest.raises(OutputError, match="encoded otherwise"):
        join_parts(tmp_path / "a.mkv", tmp_path / "b.mkv", LOSSLESS, parts)
    assert not (tmp_path / "b.mkv").exists()
