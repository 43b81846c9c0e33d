"""Tags that are not in UTF-8, from file to file."""

from pathlib import Path

import av
import pytest
from clips import make_clip, tags_of
from copying import copy

from vidcolor.input.reader import Reader

RAW = "surrogateescape"


def _raw(text: str, encoding: str) -> str:
    """`text` as PyAV takes bytes that are no UTF-8."""
    return text.encode(encoding).decode("utf-8", RAW)


def _retagged(
    source: Path, target: Path, encoding: str, film: dict[str, str], beside: dict[str, str]
) -> None:
    """Copy a film with these tags in `encoding`: of the film, of each track and each chapter."""
    raw = {name: _raw(text, encoding) for name, text in film.items()}
    own = {name: _raw(text, encoding) for name, text in beside.items()}
    with av.open(str(source)) as before, av.open(str(target), "w", metadata_errors=RAW) as after:
        tracks = {s.index: after.add_stream_from_template(s, opaque=True) for s in before.streams}
        for track in tracks.values():
            track.metadata.update(own)
        after.set_chapters([{**chapter, "metadata": own} for chapter in before.chapters()])
        after.metadata.update(raw)
        for packet in before.demux():
            if packet.size:
                packet.stream = tracks[packet.stream_index]
                after.mux(packet)


@pytest.mark.parametrize("output", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize(
    ("suffix", "codec"), [(".avi", "ffv1"), (".mkv", "ffv1"), (".mp4", "mpeg4")]
)
def test_tags_in_latin_1_arrive_in_utf_8(
    tmp_path: Path, suffix: str, codec: str, output: str
) -> None:
    make_clip(
        tmp_path / f"a{suffix}", codec=codec, times=range(12) if suffix == ".avi" else (0, 40, 80)
    )
    film = {"title": "Die Büchse der Pandora", "artist": "Valérie für 3 €", "comment": "Æ"}
    _retagged(tmp_path / f"a{suffix}", tmp_path / f"b{suffix}", "cp1252", film, {})
    writer = copy(tmp_path / f"b{suffix}", tmp_path / f"c{output}", comment="made here")
    written = tags_of(tmp_path / f"c{output}")
    assert written["title"] == film["title"]
    assert written["artist"] == film["artist"]
    assert written["comment"] == "Æ; made here"
    (note,) = (line for line in writer.notes if "Windows-1252" in line)
    assert {name.strip().lower() for name in note.partition(":")[2].split(",")} == set(film)
    assert not writer.losses


def test_tags_of_tracks_chapters_and_attachments_too(tmp_path: Path) -> None:
    make_clip(
        tmp_path / "a.mkv", audio="aac", subtitles=[(0, 200, "hello")], attachment=b"x",
        chapters=[(0, 200, ""), (200, 480, "")],
    )  # fmt: skip
    own = {"title": "Lösung", "filename": "Höhe.txt", "mimetype": "text/plain"}
    _retagged(tmp_path / "a.mkv", tmp_path / "b.mkv", "cp1252", {"title": "ascii"}, own)
    writer = copy(tmp_path / "b.mkv", tmp_path / "c.mkv")
    with av.open(str(tmp_path / "c.mkv")) as film:
        assert [s.metadata["title"] for s in film.streams] == ["Lösung"] * 4
        assert film.streams.attachments[0].metadata["filename"] == "Höhe.txt"
        assert [chapter["metadata"]["title"] for chapter in film.chapters()] == ["Lösung"] * 2
    (note,) = writer.notes
    assert note.startswith("tags read as Windows-1252: ")
    assert "title of stream 1, " in note
    assert ", title of chapters" in note


@pytest.mark.parametrize("output", [".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize(
    ("text", "encoding"), [("Зеркало Тарковского", "cp1251"), ("東京物語", "shift_jis")]
)
def test_what_can_not_be_read_keeps_its_bytes(
    tmp_path: Path, text: str, encoding: str, output: str
) -> None:
    make_clip(tmp_path / "a.mkv", chapters=[(0, 200, "")])
    _retagged(tmp_path / "a.mkv", tmp_path / "b.mkv", encoding, {"title": text}, {"title": text})
    writer = copy(tmp_path / "b.mkv", tmp_path / f"c{output}")
    assert "tags in an unknown encoding, copied: title, title of stream 0, title of chapters" in (
        writer.notes
    )
    with av.open(str(tmp_path / f"c{output}"), metadata_encoding=encoding) as film:
        assert film.metadata["title"] == text
        assert film.chapters()[0]["metadata"]["title"] == text
    with Reader(tmp_path / f"c{output}") as reader:
        assert reader.notes


def test_utf_8_stays(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", metadata={"title": "Зеркало, Žižkov, 東京"})
    writer = copy(tmp_path / "a.mkv", tmp_path / "b.mkv")
    assert tags_of(tmp_path / "b.mkv")["title"] == "Зеркало, Žižkov, 東京"
    assert not writer.notes
