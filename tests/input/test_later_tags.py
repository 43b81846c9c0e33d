"""Tags of the container that come or change midway: named, whatever else the film says."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from clips import make_clip
from flash_video import with_later_tags

from vidcolor.input.reader import Reader


def later(path: Path, **span) -> list[str]:
    with Reader(path, **span) as reader:
        assert list(reader)
        return [line for line in reader.left_out if line.startswith("tag ")]


def test_a_second_header_of_flash_video(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain.flv", tmp_path / "a.flv"
    times = range(0, 12000, 40)
    make_clip(plain, codec="flv1", times=times, metadata={"title": "first", "genre": "news"})
    assert later(plain) == []
    tags = {"title": "second", "artist": "me", "genre": "news", "creationdate": "now"}
    path.write_bytes(with_later_tags(plain.read_bytes(), 8000, tags))
    assert sorted(later(path)) == [
        "tag artist, which comes midway: me",
        "tag creationdate, which comes midway: now",
        "tag title, which changes midway: second",
    ]
    assert later(path, duration=Fraction(2)) == []


def _part(path: Path, since: int, **service: str) -> bytes:
    """Write 10 s of a transport stream; its content."""
    with av.open(str(path), "w", format="mpegts") as film:
        film.metadata.update(service)
        video = film.add_stream("mpeg2video", rate=25, width=64, height=48)
        video.codec_context.pix_fmt = "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, 25)
        for number in range(250):
            codes = np.full((72, 64), number, np.uint8)
            frame = av.VideoFrame.from_ndarray(codes, format="yuv420p")
            frame.pts, frame.time_base = since + number, Fraction(1, 25)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["One", "Two"])
def test_a_service_that_changes_its_name(tmp_path: Path, name: str) -> None:
    first = _part(tmp_path / "1.ts", 0, service_name="One", service_provider="P")
    second = _part(tmp_path / "2.ts", 250, service_name=name, service_provider="P")
    (tmp_path / "a.ts").write_bytes(first + second)
    changed = [] if name == "One" else ["tag service_name, which changes midway: Two"]
    assert later(tmp_path / "a.ts") == changed
    assert later(tmp_path / "a.ts", duration=Fraction(1)) == []
