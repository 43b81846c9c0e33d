"""The streams and packets of a film: which is its picture, their names in messages, and times."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container.input import InputContainer
from av.stream import Disposition, Stream

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.limits import FILM_PIXELS, PIXELS_VARIABLE, max_pixels
from vidcolor.input.mp4 import shows_chapters
from vidcolor.input.no_film import refuse_no_film
from vidcolor.input.sequence import SequenceContainer
from vidcolor.input.tag_text import printable

_FIRST = (1).to_bytes(8)
"""The number that the first addition begins with."""


def stream_codec(stream: Stream) -> str:
    """Return the name of the codec of `stream`, for messages."""
    context = getattr(stream, "codec_context", None)
    if context is not None:
        return str(context.codec.canonical_name)
    with suppress(AttributeError):  # PyAV finds not even a name where there is no decoder
        name = getattr(stream, "mimetype", None) or stream.name
        return printable(name) if name else "unknown codec"
    return "unknown codec"


def stream_name(stream: Stream) -> str:
    """Return how a message names `stream`: by its kind, index, codec and size."""
    kind = "cover art" if is_cover(stream) else f"{stream.type} stream"
    if shows_chapters(stream):
        kind = "pictures of chapters"
    size = ""
    if isinstance(stream, av.VideoStream) and stream.codec_context is not None:
        size = f", {stream.width}x{stream.height}"
    return f"{kind} {stream.index} ({stream_codec(stream)}{size})"


def packet_time(packet: av.Packet) -> Fraction:
    """Return when `packet` begins, in seconds on the film's clock; 0 if it has no time."""
    ticks = packet.dts if packet.pts is None else packet.pts
    return Fraction(0) if ticks is None else ticks * packet.time_base


def packet_end(packet: av.Packet) -> Fraction:
    """Return until when `packet` is shown, in seconds on the film's clock."""
    begin = packet_time(packet)
    return begin + packet.duration * packet.time_base if packet.duration else begin


def has_addition(packet: av.Packet) -> bool:
    """Tell whether Matroska keeps anything beside `packet`, as its first addition.

    FFmpeg carries no others, which `matroska` names.
    """
    kind: Final = "matroska_block_additional"
    return packet.has_sidedata(kind) and bytes(packet.get_sidedata(kind)).startswith(_FIRST)


def best_video(container: InputContainer | SequenceContainer, path: Path) -> av.VideoStream:
    """Return the video stream to decode: FFmpeg's choice, or the first if that is cover art.

    Raises:
        InputError: there is none, or the file is a text.
        UnsupportedError: it can't be decoded, or is larger than `limits` allow.
    """
    moving = [s for s in container.streams.video if not is_cover(s)]
    best = container.streams.best("video")
    stream = next((s for s in moving if s is best), moving[0] if moving else None)
    if stream is None:
        what = "only sound" if container.streams.audio else "no moving picture"
        raise InputError(f"{path}: holds {what}; name a film")
    context = getattr(stream, "codec_context", None)
    if isinstance(container, InputContainer):
        refuse_no_film(path, container.format.name, context.name if context else "")
    if context is None:
        raise UnsupportedError(
            f"{path}: there is no decoder for its picture ({stream_codec(stream)}); "
            "convert it to H.264 first"
        )
    limit = max_pixels(FILM_PIXELS)
    if stream.width * stream.height > limit:
        raise UnsupportedError(
            f"{path}: {stream.width}x{stream.height} are more than {limit} pixels "
            f"({PIXELS_VARIABLE} sets another limit)"
        )
    return stream


def is_cover(stream: Stream) -> bool:
    """Tell whether `stream` is cover art, a still picture that players show for the film."""
    return bool(stream.disposition & Disposition.attached_pic)
