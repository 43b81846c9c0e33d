"""Captions that are not in UTF-8, from file to file."""

from pathlib import Path

import av
import pytest
from av.stream import Stream
from clips import MS, make_clip, packets_of
from copying import copy

from vidcolor.output.encoders import EncoderSettings

CAPTIONS = ["Grüße <i>für</i> René", "Ja.", "à bientôt"]
READ = "read as Windows-1252, written in UTF-8"
STYLES = "[Script Info]\nTitle: Schloß\n\n[Events]\nFormat: Layer, Start, End, Text\n"


def _film(path: Path, codec: str, captions: list[bytes]) -> Path:
    """Write a film with these captions, of 100 ms each; styled ones get `STYLES`."""
    make_clip(path.with_name("plain.mp4"), codec="mpeg4")
    with av.open(str(path.with_name("plain.mp4"))) as plain, av.open(str(path), "w") as film:
        video = film.add_stream_from_template(plain.streams[0])
        if codec == "ass":
            track: Stream = film.add_stream(codec)
            track.codec_context.subtitle_header = STYLES.replace("ß", "_").encode()
            track.codec_context.time_base = MS
        else:
            track = film.add_mux_stream(codec)
        film.start_encoding()
        for packet in plain.demux():
            if packet.size:
                packet.stream = video
                film.mux(packet)
        for index, content in enumerate(captions):
            packet = av.Packet(content)
            packet.stream, packet.time_base = track, MS
            packet.pts = packet.dts = 100 * index
            packet.duration = 100
            film.mux(packet)
    path.write_bytes(path.read_bytes().replace(b"Schlo_", "Schloß".encode("cp1252")))
    return path


def _texts(path: Path) -> list[bytes]:
    return [content for _, _, content in packets_of(path, "subtitle")]


def _timed(text: bytes) -> bytes:
    return len(text).to_bytes(2) + text


@pytest.mark.parametrize("codec", ["subrip", "webvtt"])
@pytest.mark.parametrize("mark", [False, True])
def test_captions_of_matroska_arrive_in_utf_8(tmp_path: Path, codec: str, mark: bool) -> None:
    encoding = "utf-16" if mark else "cp1252"
    content = [text.encode(encoding) for text in CAPTIONS]
    writer = copy(_film(tmp_path / "a.mkv", codec, content), tmp_path / "b.mkv")
    assert _texts(tmp_path / "b.mkv") == [text.encode() for text in CAPTIONS]
    assert writer.notes == ([] if mark else [f"subtitle stream 1 ({codec}): {READ}"])
    assert not writer.losses


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_they_are_read_before_they_are_converted(tmp_path: Path, suffix: str) -> None:
    content = [text.encode("cp1252") for text in CAPTIONS]
    source = _film(tmp_path / "a.mkv", "subrip", content)
    writer = copy(source, tmp_path / f"b{suffix}", EncoderSettings())
    arrived = b"".join(_texts(tmp_path / f"b{suffix}")).decode(errors="replace")
    assert all(word in arrived for word in ("Grüße", "für", "René", "à bientôt"))
    assert f"subtitle stream 1 (subrip): {READ}" in writer.notes


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_timed_text_is_read_and_keeps_its_boxes(tmp_path: Path, suffix: str) -> None:
    """In MP4 it may be UTF-16 too, as long as a mark says so."""
    styles = bytes.fromhex("000000167374796c0001000000050001011000ff00ff")
    content = [_timed("Grüße".encode("cp1252")) + styles, _timed("Ça".encode("utf-16"))]
    source = _film(tmp_path / "a.mp4", "mov_text", content)
    writer = copy(source, tmp_path / f"b{suffix}")
    assert f"subtitle stream 1 (mov_text): {READ}" in writer.notes
    if suffix == ".mp4":
        kept = [text for text in _texts(tmp_path / "b.mp4") if text != bytes(2)]
        assert kept == [_timed("Grüße".encode()) + styles, content[1]]
    else:
        assert _texts(tmp_path / "b.mkv") == [b"<b>Gr\xc3\xbc\xc3\x9fe</b>", "Ça".encode()]


def test_the_header_of_styled_captions_is_text_too(tmp_path: Path) -> None:
    event = "0,0,Default,,0,0,0,,Grüße"
    source = _film(tmp_path / "a.mkv", "ass", [event.encode("cp1252")])
    writer = copy(source, tmp_path / "b.mkv")
    assert _texts(tmp_path / "b.mkv") == [event.encode()]
    with av.open(str(tmp_path / "b.mkv")) as film:
        assert film.streams[1].codec_context.extradata == STYLES.encode()
    assert writer.notes == [f"subtitle stream 1 (ass): {READ}"]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_short_caption_is_not_taken_for_what_the_track_is_not(
    tmp_path: Path, suffix: str
) -> None:
    """By itself "да" might be "äà"."""
    content = [text.encode("cp1251") for text in ("да", "Здравствуйте")]
    writer = copy(_film(tmp_path / "a.mkv", "subrip", content), tmp_path / f"b{suffix}")
    if suffix == ".mkv":
        assert _texts(tmp_path / "b.mkv") == content
        assert not writer.losses
    else:
        assert "äà" not in b"".join(_texts(tmp_path / "b.mp4")).decode()
        assert "captions that can't be read" in writer.losses[0]
    assert any("in an unknown encoding" in note for note in writer.notes)


def test_captions_in_utf_8_stay(tmp_path: Path) -> None:
    content = [text.encode() for text in (*CAPTIONS, "Здравствуйте")]
    writer = copy(_film(tmp_path / "a.mkv", "subrip", content), tmp_path / "b.mkv")
    assert _texts(tmp_path / "b.mkv") == content
    assert not writer.notes
