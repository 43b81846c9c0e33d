"""Tags of the container that come or change midway: named, whatever else the film says."""

from fractions import Fraction
from pathlib import Path

import pytest
from clips import make_clip
from flash_video import with_later_tags
from situation_films import PART, broadcast_part

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


@pytest.mark.parametrize("name", ["One", "Two"])
def test_a_service_that_changes_its_name(tmp_path: Path, name: str) -> None:
    first = broadcast_part(tmp_path / "1.ts", 0, service_name="One", service_provider="P")
    second = broadcast_part(tmp_path / "2.ts", PART, service_name=name, service_provider="P")
    (tmp_path / "a.ts").write_bytes(first + second)
    changed = [] if name == "One" else ["tag service_name, which changes midway: Two"]
    assert later(tmp_path / "a.ts") == changed
    assert later(tmp_path / "a.ts", duration=Fraction(1)) == []
