"""The text of captions in UTF-8, the one encoding that Matroska and FFmpeg's decoders know."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import av
from av.stream import Stream

from vidcolor.errors import InputError
from vidcolor.input.late_streams import packets
from vidcolor.input.opening import open_film
from vidcolor.input.streams import stream_codec, stream_name
from vidcolor.output.side_data import with_content
from vidcolor.text import as_utf8, decode

_TIMED_TEXT = "mov_text"
_STYLED = ("ass", "ssa")  # whose codec header is text


def is_text(track: Stream) -> bool:
    """Tell whether the packets of `track` are captions as text."""
    context = track.codec_context if track.type == "subtitle" else None
    return context is not None and context.codec.text_sub


class CaptionText:
    """Brings the captions of one track into UTF-8, by the encoding that all of them are in.

    A short caption alone would not tell it. What is in no encoding that can be told stays as it is.

    Args:
        path: the film, which is read once more if there is a caption that is not in UTF-8.
        track: of text.
        utf_16: whether captions in UTF-16, which a mark begins, may stay so.
    """

    def __init__(self, path: Path, track: Stream, *, utf_16: bool) -> None:
        self._path, self._index, self._utf_16 = path, track.index, utf_16
        self._name = stream_name(track)
        self._timed = stream_codec(track) == _TIMED_TEXT
        self._header = track.codec_context.extradata if stream_codec(track) in _STYLED else None
        self._met = False
        """Whether there has been text that is not in UTF-8."""

    @property
    def note(self) -> str | None:
        """What there is to tell of the captions so far; None if nothing."""
        if not self._met:
            return None
        if self._encoding is None:
            return f"{self._name}: in an unknown encoding, copied"
        return f"{self._name}: read as {self._encoding}, written in UTF-8"

    def header(self) -> bytes | None:
        """Return the codec header in UTF-8 if it is text and in another encoding, or None."""
        if self._header is None or _is_utf_8(self._header):
            return None
        return self._read(self._header)

    def __call__(self, packet: av.Packet) -> av.Packet:
        """Return `packet`, or one with its text in UTF-8."""
        content = bytes(packet)
        length, text, rest = self._parts(content)
        if self._utf_16 and text.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return packet
        with suppress(UnicodeError):
            unmarked = as_utf8(text)
            if not _is_utf_8(unmarked):
                unmarked = self._read(unmarked)
            if unmarked != text:
                length = len(unmarked).to_bytes(2) if length else b""
                return with_content(packet, length + unmarked + rest)
        return packet

    def _read(self, text: bytes) -> bytes:
        """Return `text`, which is not in UTF-8, in UTF-8 if it can be read."""
        self._met = True
        return text if self._encoding is None else text.decode(self._encoding).encode()

    @cached_property
    def _encoding(self) -> str | None:
        """What the track's captions are in that are not in UTF-8; None if nothing fits them all."""
        odd = [text for text in self._all_texts() if not _is_utf_8(text)]
        try:
            return decode(b"\n".join(odd))[1]
        except UnicodeError:
            return None

    def _all_texts(self) -> Iterator[bytes]:
        """Yield the text of each packet of the track, and of its header."""
        yield self._header or b""
        with (
            suppress(av.error.FFmpegError, InputError),
            open_film(self._path, thorough=True) as film,
        ):
            for packet in packets(film, film.streams[self._index]):
                text = self._parts(bytes(packet))[1]
                with suppress(UnicodeError):
                    yield as_utf8(text)

    def _parts(self, content: bytes) -> tuple[bytes, bytes, bytes]:
        """Return the length that MP4's timed text begins with, the text, and boxes behind it."""
        if not self._timed:
            return b"", content, b""
        end = 2 + int.from_bytes(content[:2])
        return content[:2], content[2:end], content[end:]


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
