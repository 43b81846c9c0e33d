"""Captions from one text format into another: texts, faces, and what no other format holds."""

import itertools
from fractions import Fraction

import av
import pytest
from av.codec.context import CodecContext
from av.subtitles.codeccontext import SubtitleCodecContext

from vidcolor.output.subtitle_converter import Converter

MILLISECOND = Fraction(1, 1000)
TIMED_TEXT = (
    b"\0\0\0\0\1\xff\0\0\0\xff"
    + bytes(12)
    + b"\0\1\0\x10\xff\xff\xff\xff\0\0\0\x12ftab\0\1\0\1\5Arial"
)
"""A description of a track as FFmpeg writes it."""


def converter(source: str, target: str) -> Converter:
    decoder = CodecContext.create(source, "r")
    encoder = CodecContext.create(target, "w")
    assert isinstance(decoder, SubtitleCodecContext)
    assert isinstance(encoder, SubtitleCodecContext)
    if source == "mov_text":
        decoder.extradata = TIMED_TEXT
    encoder.time_base = MILLISECOND
    return Converter(decoder, encoder)


def packet(payload: bytes, start: int = 0, end: int = 1) -> av.Packet:
    made = av.Packet(payload)
    made.time_base = MILLISECOND
    made.pts = made.dts = start
    made.duration = end - start
    return made


def converted(payload: bytes, source: str, target: str) -> tuple[bytes, set[str]]:
    """The one packet that comes of one, and what was lost."""
    working = converter(source, target)
    (made,) = [*working.convert(packet(payload)), *working.finish()]
    return bytes(made), working.lost


@pytest.mark.parametrize("target", ["webvtt", "mov_text"])
@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "two\nlines",
        "a <b>bold</b> word",
        "<i>é𝄞</i>i<u>j</u>",
        "a > b & c &amp; <3",
        "{x}",
        "5 < 6",
    ],
)
def test_text_and_faces_survive_there_and_back(target: str, text: str) -> None:
    there, lost = converted(text.encode(), "subrip", target)
    back, lost_again = converted(there, target, "subrip")
    assert back.decode() == text
    assert not lost | lost_again


def test_timed_text_is_what_the_standard_says() -> None:
    """Length, UTF-8, and a "styl" box with begin, end, font, face, size, colour (3GPP 26.245)."""
    made, _ = converted(b"a<b>b</b>", "subrip", "mov_text")
    assert made == b"\0\2ab\0\0\0\x16styl\0\1\0\1\0\2\0\1\1\x10\xff\xff\xff\xff"


@pytest.mark.parametrize(
    ("payload", "text", "lost"),
    [
        (b'<font color="red" size="9">a</font> <b>b</b>', "a <b>b</b>", "fonts, sizes"),
        (rb"{\an8}top", "top", "positions"),
        (b"<s>a</s>", "a", "fonts"),
    ],
)
def test_styling_that_is_lost_is_named(payload: bytes, text: str, lost: str) -> None:
    made, named = converted(payload, "subrip", "webvtt")
    assert made.decode() == text
    assert len(named) == 1
    assert lost in named.pop()


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("webvtt", b"<v Ann>a</v>"), ("webvtt", b"<i.loud>a</i>"), ("subrip", b"a<sigh>")],
)
def test_tags_that_are_lost_are_named(codec: str, payload: bytes) -> None:
    made, named = converted(payload, codec, "mov_text")
    assert made.startswith(b"\0\1a")
    assert named == {"names, positions and unknown tags"}


@pytest.mark.parametrize("payload", [b"caf\xe9 \x81\x8d", "Привет, друзья".encode("cp1251")])
def test_a_caption_that_is_no_text_is_named(payload: bytes) -> None:
    """What is plainly Latin-1 is read, but nothing else is guessed."""
    working = converter("subrip", "mov_text")
    assert [*working.convert(packet(payload)), *working.finish()] == []
    assert working.lost == {"captions that can't be read"}


def test_a_caption_too_long_for_mp4_is_named() -> None:
    working = converter("subrip", "mov_text")
    assert [*working.convert(packet("é".encode() * 40_000)), *working.finish()] == []
    assert working.lost == {"very long captions"}


def test_an_mp4_track_shows_at_every_moment_what_is_on_screen() -> None:
    """All ways in which three captions can lie to one another."""
    spans = [(start, end) for start in range(4) for end in range(start + 1, 5)]
    for captions in itertools.combinations_with_replacement(spans, 3):
        working = converter("subrip", "mov_text")
        samples = []
        for (start, end), text in zip(captions, (b"A", b"B", b"C"), strict=True):
            samples += working.convert(packet(text, start, end))
        samples += working.finish()
        made = [(s.pts, s.pts + s.duration, bytes(s)[2:].decode().split("\n")) for s in samples]
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(made))
        for moment in range(5):
            shown = [text for (start, end), text in zip(captions, "ABC", strict=True)
                     if start <= moment < end]  # fmt: skip
            seen = [texts for start, end, texts in made if start <= moment < end]
            assert seen == ([shown] if shown else [])
        assert not working.lost


def test_a_bold_caption_leaves_the_one_below_it_as_it_is() -> None:
    working = converter("subrip", "mov_text")
    samples = [*working.convert(packet(b"<b>A", 0, 2)), *working.convert(packet(b"B", 1, 2))]
    samples += working.finish()
    assert bytes(samples[-1]) == b"\0\3A\nB\0\0\0\x16styl\0\1\0\0\0\1\0\1\1\x10\xff\xff\xff\xff"
