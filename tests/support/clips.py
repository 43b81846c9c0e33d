"""Tiny films for the tests, made with PyAV: known luma, times, sound, subtitles and tags."""

import contextlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.stream import Stream

MS = Fraction(1, 1000)
SIZE = (64, 48)
TIMES = tuple(range(0, 480, 40))

_PACKED = {"yuyv422": 0, "yvyu422": 0, "uyvy422": 1}
_RGB = {"rgb24": 3, "bgr24": 3, "bgr0": 4, "rgba": 4, "rgb48le": 3, "rgb48be": 3}


def make_clip(
    path: Path,
    *,
    codec: str = "ffv1",
    pixels: str = "yuv420p",
    depth: int = 8,
    size: tuple[int, int] = SIZE,
    times: Sequence[int] = TIMES,
    time_base: Fraction = MS,
    color_range: int = 0,
    transfer: int = 2,
    matrix: int = 2,
    colored: bool | range = False,
    rotation: int = 0,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    gop: int = 12,
    options: dict[str, str] | None = None,
    audio: str | None = None,
    audio_start: Fraction = Fraction(0),
    subtitles: Iterable[tuple[int, int, str]] = (),
    chapters: Iterable[tuple[int, int, str]] = (),
    attachment: bytes | None = None,
    metadata: dict[str, str] | None = None,
    second_video: bool = False,
    pictures: Sequence[np.ndarray] | None = None,
    fields: str | None = None,
) -> list[np.ndarray]:
    """Write a film to `path`; the luma codes of its frames, (H, W) each.

    Colour tags are H.273's numbers. `pictures` are those codes, None for the test picture;
    `times` are in `time_base`; subtitles and chapters are (start, end, text) in ms. A player
    turns the picture by `rotation` degrees counterclockwise, then swaps left and right if
    `mirrored`. `fields` is tff or bff for interlaced frames.
    """
    shown = list(pictures or (luma_codes(i, size, depth) for i in range(len(times))))
    with av.open(str(path), "w") as film:
        film.metadata.update(metadata or {})
        film.set_chapters(
            [
                {"id": i, "start": start, "end": end, "time_base": MS, "metadata": {"title": text}}
                for i, (start, end, text) in enumerate(chapters)
            ]
        )
        rate = (len(times) - 1) / ((times[-1] - times[0]) * time_base) if len(times) > 1 else 25
        video = film.add_stream(codec, rate=rate, width=size[0], height=size[1])
        assert isinstance(video, av.VideoStream)
        context = video.codec_context
        context.pix_fmt = pixels
        context.options = options or {}
        context.gop_size = gop
        context.color_range = color_range
        context.color_trc = transfer
        context.colorspace = matrix
        context.time_base = video.time_base = time_base
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        if fields:
            context.flags |= Flags.interlaced_dct
            context.field_order = {"tff": 4, "bff": 5}[fields]
        if rotation or mirrored:
            video.set_display_rotation(rotation, hflip=mirrored)
        sound = _add_sound(film, audio) if audio else None
        captions = film.add_mux_stream("subrip") if subtitles else None
        if attachment is not None:
            film.add_attachment("note.txt", "text/plain", attachment)
        small = film.add_stream("ffv1", rate=25, width=32, height=16) if second_video else None
        film.start_encoding()
        for index, (pts, luma) in enumerate(zip(times, shown, strict=True)):
            shows_color = colored if isinstance(colored, bool) else index in colored
            frame = frame_of(luma, pixels, depth, shows_color)
            if fields:
                (frame,) = filtered(frame, "setfield", fields)
            frame.pts, frame.time_base = pts, time_base
            film.mux(video.encode(frame))
            if small is not None:
                extra = av.VideoFrame(32, 16, "yuv420p")
                extra.pts, extra.time_base = pts, time_base
                film.mux(small.encode(extra))
        film.mux(video.encode())
        if sound is not None:
            _write_sound(film, sound, audio_start, (times[-1] - times[0]) * time_base)
        if captions is not None:
            _write_captions(film, captions, subtitles)
    return shown


def write_planes(
    path: Path,
    frames: Iterable[Sequence[np.ndarray]],
    *,
    pixels: str = "yuv444p",
    color_range: int = 2,
    matrix: int = 1,
    times: Sequence[int] | None = None,
) -> None:
    """Write a lossless film with these codes: (Y, U, V) of each frame, 40 ms apart or at `times`,
    in ms.
    """
    frames = list(frames)
    height, width = frames[0][0].shape
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=25, width=width, height=height)
        assert isinstance(video, av.VideoStream)
        video.pix_fmt = pixels
        video.codec_context.color_range = color_range
        video.codec_context.colorspace = matrix
        video.codec_context.time_base = video.time_base = MS
        for pts, planes in zip(times or range(0, 40 * len(frames), 40), frames, strict=True):
            frame = av.VideoFrame(width, height, pixels)
            for plane, codes in zip(frame.planes, planes, strict=True):
                samples = np.frombuffer(memoryview(plane), codes.dtype).reshape(plane.height, -1)
                samples[:, : plane.width] = codes
            frame.pts, frame.time_base = pts, MS
            film.mux(video.encode(frame))
        film.mux(video.encode())


def luma_codes(index: int, size: tuple[int, int] = SIZE, depth: int = 8) -> np.ndarray:
    """Frame `index` of the test picture: a ramp that moves, (H, W), all codes of the depth."""
    width, height = size
    ramp = 3 * np.arange(width) + 7 * np.arange(height)[:, None] + 11 * index
    codes = ramp * (1 << (depth - 8)) + index
    return (codes % (1 << depth)).astype(np.uint8 if depth == 8 else np.uint16)


def frame_of(luma: np.ndarray, pixels: str, depth: int = 8, colored: bool = False) -> av.VideoFrame:
    """A frame of format `pixels` with this luma, or with these grey values if it is RGB.

    One that is `colored` is grey on its right half.
    """
    height, width = luma.shape
    frame = av.VideoFrame(width, height, pixels)
    neutral = 1 << (depth - 1)
    chroma = neutral + (neutral // 2 if colored else 0)
    wide = pixels.endswith("be"), luma.dtype.itemsize > 1
    dtype = np.dtype(">u2" if wide[0] else "<u2") if wide[1] else np.dtype(np.uint8)
    shift = 16 - depth if pixels.startswith("p0") else 0
    for index, plane in enumerate(frame.planes):
        samples = np.frombuffer(memoryview(plane), dtype)
        samples = samples.reshape(plane.height, plane.line_size // dtype.itemsize)
        if pixels in _PACKED:
            samples[:] = neutral
            samples[:, :width] = chroma
            samples[:, _PACKED[pixels] : 2 * width : 2] = luma
        elif pixels in _RGB:
            step = _RGB[pixels]
            for channel in range(step):
                samples[:, channel : step * width : step] = luma
            if colored:
                samples[:, 0 : step * width // 2 : step] = 0
        elif index == 0 or pixels.startswith("gbr"):
            samples[:, :width] = luma << shift
        else:
            samples[:] = neutral << shift
            samples[:, : plane.width // 2] = chroma << shift
    return frame


def filtered(frame: av.VideoFrame, name: str, arguments: str = "") -> list[av.VideoFrame]:
    """What FFmpeg's filter `name` makes of one frame."""
    graph = av.filter.Graph()
    entry = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=MS
    )
    between = graph.add(name, arguments)
    entry.link_to(between)
    between.link_to(graph.add("buffersink"))
    graph.configure()
    graph.push(frame)
    frames = []
    with contextlib.suppress(av.error.BlockingIOError):
        while True:
            frames.append(graph.pull())
    return frames


def planes_of(path: Path) -> list[list[np.ndarray]]:
    """[Y, U, V] of every frame of a planar film."""
    with av.open(str(path)) as film:
        return [_planes(frame) for frame in film.decode(video=0)]


def times_of(path: Path) -> list[Fraction]:
    """When each frame is shown, in seconds."""
    with av.open(str(path)) as film:
        return [Fraction(f.pts or 0) * (f.time_base or 0) for f in film.decode(video=0)]


def display_matrix_of(path: Path) -> list[int]:
    """How the first frame is turned and mirrored, in FFmpeg's nine numbers; [] if it is not."""
    with av.open(str(path)) as film:
        data = next(film.decode(video=0)).side_data.get("DISPLAYMATRIX")
        return [] if data is None else np.frombuffer(memoryview(data), np.int32).tolist()


def tags_of(path: Path) -> dict[str, str]:
    """The film's metadata, names in lower case."""
    with av.open(str(path)) as film:
        return {name.lower(): text for name, text in film.metadata.items()}


def packets_of(path: Path, kind: str) -> list[tuple[int, Fraction, bytes]]:
    """(stream index among its kind, time in seconds, payload) of every packet of a kind."""
    with av.open(str(path)) as film:
        streams = [s for s in film.streams if s.type == kind]
        return [
            (streams.index(p.stream), p.pts * p.time_base, bytes(p))
            for p in film.demux(streams)
            if p.size and p.pts is not None
        ]


def _planes(frame: av.VideoFrame) -> list[np.ndarray]:
    dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
    return [
        np.frombuffer(memoryview(p), dtype).reshape(p.height, -1)[:, : p.width].copy()
        for p in frame.planes
    ]


def _add_sound(film: av.container.OutputContainer, codec: str) -> av.AudioStream:
    sound = film.add_stream(codec, rate=48000)
    assert isinstance(sound, av.AudioStream)
    sound.layout = "mono"
    return sound


def _write_sound(
    film: av.container.OutputContainer,
    stream: av.AudioStream,
    start: Fraction,
    seconds: Fraction,
) -> None:
    rate = stream.rate
    first, count = round(start * rate), 960
    for block in range(max(1, round(seconds * rate / count))):
        ramp = np.sin(np.arange(count) * (0.01 + 0.001 * (block % 20))).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(ramp[None], format="fltp", layout="mono")
        sound.sample_rate = rate
        sound.time_base = Fraction(1, rate)
        sound.pts = first + block * count
        film.mux(stream.encode(sound))
    film.mux(stream.encode())


def _write_captions(
    film: av.container.OutputContainer,
    stream: Stream,
    captions: Iterable[tuple[int, int, str]],
) -> None:
    for start, end, text in captions:
        packet = av.Packet(text.encode())
        packet.stream = stream
        packet.time_base = MS
        packet.pts = packet.dts = start
        packet.duration = end - start
        film.mux(packet)
