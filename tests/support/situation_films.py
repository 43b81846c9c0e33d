"""Films that are awkward in one way each: what holds at their beginning does not hold to the end,
or they say what few containers can."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from clips import frame_of, luma_codes, make_clip
from flash_video import with_second_header

RATE = Fraction(25)
_NOISY, _SMALL = (96, 64), (48, 32)
PART = 100
"""Frames of each part of a film whose sound comes late: FFmpeg looks at both ends of a file."""


def make_late_sound(path: Path) -> None:
    """Write a transport stream with sound in its middle third only."""
    content = b""
    for number in range(3):
        since = number * (PART + 2)
        content += broadcast_part(path.with_name("part.ts"), since, with_sound=number == 1)
    path.write_bytes(content)


def broadcast_part(path: Path, since: int, *, with_sound: bool = False, **service: str) -> bytes:
    """Write `PART` frames of a transport stream that count from `since`; its content.

    service: tags of the service.
    """
    random = np.random.default_rng(since)
    with av.open(str(path), "w", format="mpegts") as film:
        film.metadata.update(service)
        video = film.add_stream("mpeg2video", rate=RATE, width=_NOISY[0], height=_NOISY[1])
        assert isinstance(video, av.VideoStream)
        video.codec_context.pix_fmt, video.bit_rate = "yuv420p", 2_000_000
        sound = film.add_stream("mp2", rate=48000) if with_sound else None
        for index in range(since, since + PART):
            codes = random.integers(16, 235, _NOISY[::-1]).astype(np.uint8)
            frame = frame_of(codes, "yuv420p")
            frame.pts, frame.time_base = index, 1 / RATE
            film.mux(video.encode(frame))
        if isinstance(sound, av.AudioStream):
            for start in range(0, PART * 1920, 1152):
                block = av.AudioFrame.from_ndarray(np.full((1, 2304), 99, np.int16), "s16")
                block.sample_rate, block.pts = 48000, since * 1920 + start
                film.mux(sound.encode(block))
            film.mux(sound.encode(None))
        film.mux(video.encode())
    return path.read_bytes()


def make_header_again(path: Path, changed: bool) -> None:
    """Write Flash Video whose AAC header comes again after 13 pictures; `changed`: another one."""
    _write_with_aac(path, "flv1", 25)
    path.write_bytes(with_second_header(path.read_bytes(), 13, changed))


def make_primed(path: Path) -> None:
    """Write a film whose first samples of sound are not to be heard, as every AAC has them."""
    _write_with_aac(path, "mpeg4", 25)


def _write_with_aac(path: Path, codec: str, count: int) -> None:
    with av.open(str(path), "w") as film:
        video = film.add_stream(codec, rate=RATE, width=_SMALL[0], height=_SMALL[1])
        sound = film.add_stream("aac", rate=48000)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        sound.layout = "mono"
        film.start_encoding()
        for index in range(count):
            frame = frame_of(luma_codes(index, _SMALL), "yuv420p")
            frame.pts, frame.time_base = index, 1 / RATE
            film.mux(video.encode(frame))
            tone = np.sin(np.arange(1920 * index, 1920 * (index + 1)) / 9).astype(np.float32)
            block = av.AudioFrame.from_ndarray(tone[None], "fltp", layout="mono")
            block.sample_rate, block.pts = 48000, index * 1920
            film.mux(sound.encode(block))
        film.mux(sound.encode(None))
        film.mux(video.encode())


def make_parts(path: Path, changes: Sequence[dict[str, object]], turn: int = 0) -> None:
    """Write a transport stream of parts of 8 frames, each with arguments of `make_clip` of its own.

    turn: by so many degrees the last part is to be turned.
    """
    content = b""
    for number, change in enumerate(changes):
        part = path.with_name(f"{number}.ts")
        make_clip(
            part,
            codec="libx264",
            options={"qp": "0", "preset": "ultrafast"},
            times=range(8 * number, 8 * number + 8),
            time_base=1 / RATE,
            **{"transfer": 1} | change,
        )
        content += _turned(part, turn if number == len(changes) - 1 else 0)
    path.write_bytes(content)


def _turned(film: Path, degrees: int) -> bytes:
    turned = film.with_name(f"turned-{film.name}")
    with av.open(str(film)) as source, av.open(str(turned), "w") as output:
        video = source.streams.video[0]
        copy = output.add_stream_from_template(video)
        order = f"h264_metadata=display_orientation=insert:rotate={degrees}"
        turning = BitStreamFilterContext(order if degrees else "null", video)
        for packet in (made for each in source.demux(video) for made in turning.filter(each)):
            packet.stream = copy
            output.mux(packet)
    return turned.read_bytes()
