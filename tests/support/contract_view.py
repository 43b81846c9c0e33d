"""The contract's view of a film: what PyAV shows of it, without vidcolor's own reader."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition, Stream
from clips import display_matrix_of
from marked_films import aspect_of, scans_of, side_data_of

# Bytes before the first sample of luma, and from one to the next, where they share a plane.
_PACKED = {"uyvy422": (1, 2), "rgb24": (0, 3), "bgr24": (0, 3)}


_SAY_NO_SCAN = ("ffv1", "mjpeg")
"""Codecs whose frames need not say that they are interlaced."""


@dataclass(frozen=True)
class Track:
    """A stream; times and durations are in seconds and in the order of showing."""

    name: str
    """As vidcolor's notes call it."""
    kind: str
    """Its type, or "cover art"."""
    codec: str
    tags: dict[str, str]
    disposition: Disposition
    tick: Fraction
    times: list[Fraction]
    durations: list[Fraction]
    packets: list[bytes]


@dataclass(frozen=True)
class Film:
    """A film; times are in seconds."""

    pixels: str
    full_range: bool
    color: tuple[int, int, int]
    """Matrix, primaries and transfer, in FFmpeg's numbers."""
    lumas: list[np.ndarray]
    times: list[Fraction]
    end: Fraction
    """When the container says that the film is over."""
    scans: list[str]
    """Of each frame "tff", "bff" or "prog"; by the container's word where it says nothing."""
    captions: list[list[bytes]]
    """What is attached to each frame."""
    matrix: list[int]
    aspect: Fraction
    picture: Track
    beside: list[Track]
    attachments: list[bytes]
    chapters: list[tuple[Fraction, Fraction, str]]
    tags: dict[str, str]


def view(path: Path) -> Film:
    """The film at `path`."""
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
    with av.open(str(path)) as film:
        picture, *beside = _tracks(film)
        stream, first = film.streams.video[0], frames[0]
        context = stream.codec_context
        said = {2: "tff", 3: "bff", 4: "tff", 5: "bff"}.get(context.field_order, "prog")
        timed = [frame.pts * frame.time_base for frame in frames if frame.pts is not None]
        chapters = [
            (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"]["title"])
            for c in film.chapters()
        ]
        return Film(
            pixels=first.format.name,
            full_range=_full_range(first),
            color=(context.colorspace, context.color_primaries, context.color_trc),
            lumas=[_luma(frame) for frame in frames],
            times=picture.times if film.format.name == "avi" else timed,  # it stores none
            end=_end(film),
            scans=[
                said if scan == "prog" and context.name in _SAY_NO_SCAN else scan
                for scan in scans_of(path)
            ],
            captions=side_data_of(path, "A53_CC"),
            matrix=display_matrix_of(path),
            # FFV1 says it in its frames, where the container says nothing.
            aspect=stream.sample_aspect_ratio or aspect_of(first),
            picture=picture,
            beside=beside,
            attachments=[bytes(attachment.data) for attachment in film.streams.attachments],
            chapters=chapters,
            tags={name.lower(): text for name, text in film.metadata.items()}
            | _service(film)
            | (_texts_of_3gpp(path) if path.suffix == ".3gp" else {}),
        )


def _service(film: InputContainer) -> dict[str, str]:
    """What a transport stream calls its service, unless it is what FFmpeg calls all."""
    with av.logging.Capture(local=False):
        av.logging.set_level(av.logging.INFO)
        described = film.dumps_format()
        av.logging.set_level(None)
    return {
        name: text
        for name, text in re.findall(r"^ {6}(service_\w+) *: (.*)", described, re.MULTILINE)
        if text not in ("Service01", "FFmpeg")
    }


def _texts_of_3gpp(path: Path) -> dict[str, str]:
    """Title and comment, which FFmpeg writes there but does not read."""
    texts = re.findall(rb"(titl|dscp)\0{4}..(.+?)\0", path.read_bytes(), re.DOTALL)
    return {{b"titl": "title", b"dscp": "comment"}[kind]: text.decode() for kind, text in texts}


def _tracks(film: InputContainer) -> list[Track]:
    packets: dict[int, list[av.Packet]] = {stream.index: [] for stream in film.streams}
    for packet in film.demux():
        cut_off = packet.stream.type == "video" and packet.is_discard
        if packet.size and not cut_off:
            packets[packet.stream_index].append(packet)
    return [
        _track(stream, packets[stream.index])
        for stream in film.streams
        if stream.type != "attachment" and not _repeats_metadata(stream)
    ]


def _repeats_metadata(stream: Stream) -> bool:
    """MP4 and QuickTime have chapters and a timecode as data streams too."""
    lists_chapters = stream.metadata.get("handler_name") == "SubtitleHandler"
    return stream.type == "data" and (lists_chapters or "timecode" in stream.metadata)


def _track(stream: Stream, packets: list[av.Packet]) -> Track:
    is_cover = bool(stream.disposition & Disposition.attached_pic)
    kind = "cover art" if is_cover else stream.type
    context = getattr(stream, "codec_context", None)
    codec = context.codec.canonical_name if context else stream.name
    size = f", {stream.width}x{stream.height}" if isinstance(stream, av.VideoStream) else ""
    said = stream.disposition & ~Disposition.attached_pic
    if said & Disposition.hearing_impaired:
        said &= ~Disposition.captions  # MP4 has one mark for both
    shown = sorted(packets, key=_time)
    tags = {name.lower(): text for name, text in stream.metadata.items()}
    if "name" in tags:
        tags["title"] = tags["name"]  # as MP4 calls it
    return Track(
        name=f"{kind if is_cover else f'{kind} stream'} {stream.index} ({codec}{size})",
        kind=kind,
        codec=codec,
        tags=tags,
        disposition=said,
        tick=stream.time_base,
        times=[_time(packet) * packet.time_base for packet in shown],
        durations=[(packet.duration or 0) * packet.time_base for packet in shown],
        packets=[bytes(packet) for packet in packets],
    )


def _time(packet: av.Packet) -> int:
    return next((time for time in (packet.pts, packet.dts) if time is not None), 0)


def _end(film: InputContainer) -> Fraction:
    """Matroska counts its duration from 0, others from their first frame."""
    begin = None if "matroska" in film.format.name else film.start_time
    return Fraction((begin or 0) + (film.duration or 0), av.time_base)


def _luma(frame: av.VideoFrame) -> np.ndarray:
    """(H, W) codes; the films are grey, so of RGB any channel will do."""
    plane = frame.planes[0]
    codes = np.frombuffer(
        memoryview(plane), np.uint16 if frame.format.components[0].bits > 8 else np.uint8
    )
    codes = codes.reshape(-1, plane.line_size // codes.itemsize)
    first, step = _PACKED.get(frame.format.name, (0, 1))
    return codes[: frame.height, first : step * frame.width : step].copy()


def _full_range(frame: av.VideoFrame) -> bool:
    """As tagged; without a tag, RGB and greyscale are full, other films limited."""
    untagged = frame.format.name.startswith(("gray", "yuvj"))
    tagged = {1: False, 2: True}.get(frame.color_range, untagged)
    return bool(frame.format.is_rgb) or tagged
