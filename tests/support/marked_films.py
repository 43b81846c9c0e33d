"""Films whose frames say something of themselves: their scan, captions, and the like."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from clips import filtered, frame_of, luma_codes

SIZE = (64, 48)
RATE = Fraction(25)
_STEPS = 3600


def make_scans(path: Path, scans: Sequence[str], depth: int = 8) -> list[np.ndarray]:
    """Write a film whose frames are "tff", "bff" or "prog" each; return their luma."""
    pixels = "yuv420p" if depth == 8 else f"yuv422p{depth}le"
    lumas = [luma_codes(index, SIZE, depth) for index in range(len(scans))]
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=RATE, width=SIZE[0], height=SIZE[1])
        video.codec_context.pix_fmt = pixels
        for pts, (luma, scan) in enumerate(zip(lumas, scans, strict=True)):
            (frame,) = filtered(frame_of(luma, pixels, depth), "setfield", scan)
            frame.pts, frame.time_base = pts, 1 / RATE
            film.mux(video.encode(frame))
        film.mux(video.encode())
    return lumas


def make_aspects(path: Path, aspects: Sequence[Fraction]) -> list[np.ndarray]:
    """Write a film whose frames have these pixel aspects; return their luma."""
    lumas = [luma_codes(index, SIZE) for index in range(len(aspects))]
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=RATE, width=SIZE[0], height=SIZE[1])
        video.codec_context.pix_fmt = "yuv420p"
        for pts, (luma, aspect) in enumerate(zip(lumas, aspects, strict=True)):
            terms = f"{aspect.numerator}/{aspect.denominator}"
            (frame,) = filtered(frame_of(luma, "yuv420p"), "setsar", terms)
            frame.pts, frame.time_base = pts, 1 / RATE
            film.mux(video.encode(frame))
        film.mux(video.encode())
    return lumas


def scans_of(path: Path) -> list[str]:
    """Return the scan of every frame, told by which lines FFmpeg takes for the first field."""
    with av.open(str(path)) as film:
        return [_scan(frame) for frame in film.decode(video=0)]


def aspect_of(frame: av.VideoFrame) -> Fraction:
    """Return the pixel aspect that a frame is marked with, by a picture whose width is made so."""
    (told,) = filtered(frame, "scale", f"w='{_STEPS}*sar':h=16:eval=frame")
    return Fraction(told.width, _STEPS).limit_denominator(100)


def _scan(frame: av.VideoFrame) -> str:
    if not frame.interlaced_frame:
        return "prog"
    first = filtered(frame, "separatefields")[0]
    return "tff" if np.array_equal(_lines(first), _lines(frame)[::2]) else "bff"


def _lines(frame: av.VideoFrame) -> np.ndarray:
    """Return as many bytes of each line of the first plane as the frame is wide."""
    plane = frame.planes[0]
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return lines[: frame.height, : frame.width]


def make_unmarked(path: Path, codec: str, pixels: str, order: int) -> list[np.ndarray]:
    """Write a film whose container alone tells the field order, FFmpeg's `AVFieldOrder`."""
    depth = 10 if "10" in pixels else 8
    lumas = [luma_codes(index, SIZE, depth) for index in range(4)]
    with av.open(str(path), "w") as film:
        video = film.add_stream(codec, rate=RATE, width=SIZE[0], height=SIZE[1])
        video.codec_context.pix_fmt = pixels
        video.codec_context.field_order = order
        for pts, luma in enumerate(lumas):
            frame = frame_of(luma, pixels, depth)
            frame.pts, frame.time_base = pts, 1 / RATE
            film.mux(video.encode(frame))
        film.mux(video.encode())
    return lumas


def triplets(index: int, count: int) -> bytes:
    """Return `count` triplets of CEA-708 captions, of which those of each frame differ."""
    return b"".join(bytes([0xFC, 0x80 | index, 0x20 + n]) for n in range(count))


def captions_message(captions: bytes) -> bytes:
    """Return captions as ATSC's user data, without what a codec puts in front."""
    return b"GA94\x03" + bytes([0xC0 | len(captions) // 3, 0xFF]) + captions + b"\xff"


def afd_message(afd: int) -> bytes:
    """Return an active format as ATSC's user data."""
    return b"DTG1\x41" + bytes([0xF0 | afd])


def make_with_messages(
    path: Path, codec: str, said: Sequence[Sequence[tuple[int, bytes]]], **marks: int
) -> None:
    """Write a film of reordered frames with user data.

    said: for each frame, in the order of showing, (4, ATSC's user data) or (5, other). codec:
    "mpeg2video", "libx264" or "libx265". marks: attributes of the encoder.
    """
    options = {
        "libx264": {"bf": "2", "preset": "fast", "x264-params": "b-adapt=0:scenecut=0"},
        "libx265": {"x265-params": "log-level=none:bframes=2:b-adapt=0:scenecut=0:pools=none"},
    }
    with av.open(str(path), "w") as film:
        video = film.add_stream(codec, rate=RATE, width=SIZE[0], height=SIZE[1])
        context = video.codec_context
        context.pix_fmt, context.options = "yuv420p", options.get(codec, {})
        context.max_b_frames = 2
        for name, value in marks.items():
            setattr(context, name, value)
        packets = []
        for pts in range(len(said)):
            frame = frame_of(np.full(SIZE[::-1], 40 + 5 * pts, np.uint8), "yuv420p")
            frame.pts, frame.time_base = pts, 1 / RATE
            packets += video.encode(frame)
        packets += video.encode()
        for packet in packets:
            film.mux(with_content(packet, with_user_data(bytes(packet), codec, said[packet.pts])))
        assert any(packet.pts != packet.dts for packet in packets), "no frame is reordered"


def with_content(packet: av.Packet, content: bytes) -> av.Packet:
    """Return a packet with other content, else the same."""
    made = av.Packet(content)
    made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
    made.stream, made.is_keyframe, made.duration = (
        packet.stream,
        packet.is_keyframe,
        packet.duration,
    )
    return made


def with_user_data(packet: bytes, codec: str, said: Sequence[tuple[int, bytes]]) -> bytes:
    """Return an encoder's packet with user data in front of its picture."""
    if codec == "mpeg2video":
        units = b"".join(b"\0\0\1\xb2" + data for _, data in said)
        at = packet.index(b"\0\0\1\x01")  # the first slice
        return packet[:at] + units + packet[at:]
    units = b""
    for kind, data in said:
        payload = b"\xb5\0\x31" + data if kind == 4 else data
        header = b"\6" if codec == "libx264" else b"\x4e\1"
        units += b"\0\0\0\1" + header + bytes([kind, len(payload)]) + payload + b"\x80"
    at = 0
    while True:
        at = packet.index(b"\0\0\1", at) + 3
        is_slice = packet[at] & 31 in (1, 5) if codec == "libx264" else packet[at] >> 1 < 32
        if is_slice:
            return packet[: at - 3] + units[1:] + packet[at - 3 :]


def side_data_of(path: Path, kind: str) -> list[list[bytes]]:
    """Return what of a kind is attached to each frame, in the order of showing."""
    with av.open(str(path)) as film:
        return [
            [bytes(each) for each in SideDataContainer(frame) if each.type.name == kind]
            for frame in film.decode(video=0)
        ]
