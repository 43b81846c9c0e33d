"""The contract's films: what a case names, made with PyAV."""

import os
import re
import struct
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container import OutputContainer
from av.stream import Disposition, Stream
from clips import MS, filtered, frame_of, luma_codes
from contract import Case
from marked_films import captions_message, triplets, with_content, with_user_data

os.environ["SVT_LOG"] = "1"  # only errors of SVT-AV1

FRAMES = 8
_SIZE, _ODD_SIZE, _SMALL_SIZE = (48, 32), (47, 31), (32, 16)
_TICKS = {
    "25": (range(FRAMES), Fraction(1, 25)),
    "24000/1001": (range(0, 1001 * FRAMES, 1001), Fraction(1, 24000)),
    "variable": ((0, 17, 33, 34, 100, 140, 180, 280), MS),
    "reordered": (range(FRAMES), Fraction(1, 25)),
    "late": (range(90013, 90013 + 3600 * FRAMES, 3600), Fraction(1, 90000)),
    "edit list": (range(-2, FRAMES), Fraction(1, 25)),
}
_RANGES = {"untagged": 0, "limited": 1, "full": 2}
_FIELDS = {"tff": 4, "bff": 5}
MIXED_SCANS = ("prog", "tff", "tff", "bff")
_QUICK = {
    "libx264": {"preset": "ultrafast", "qp": "0"},
    "libx265": {"preset": "ultrafast", "x265-params": "lossless=1:log-level=none:pools=none"},
    "libvpx": {"cpu-used": "8"},
    "libvpx-vp9": {"cpu-used": "8", "lossless": "1"},
    "libsvtav1": {"preset": "13"},
}
_SOUND = {
    "aac": ("aac",),
    "opus": ("libopus",),
    "mp3 ac3 aac": ("libmp3lame", "ac3", "aac"),
    "flac": ("flac",),
    "pcm_s16le": ("pcm_s16le",),
}
_MARKS = {
    "Spanish": ("spa", Disposition.default),
    "Maori, forced": ("mao", Disposition.forced | Disposition.hearing_impaired),
    "Brazilian, original": ("pt-BR", Disposition.original | Disposition.default),
}
_CAPTIONS = [(40, 120, "one"), (160, 280, "<i>two</i>")]
_CHAPTERS = [(0, 160, "A"), (160, 320, "B")]
_ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,16

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def make(case: Case, path: Path) -> None:
    """Write the film that `case` names to `path`."""
    ticks, base = _TICKS[case.timing]
    options = {"movflags": "use_metadata_tags"} if case.container in ("mp4", "mov") else {}
    with av.open(str(path), "w", container_options=options) as film:
        film.metadata.update(title="Waves", comment="by hand", grading="none")
        video = _add_picture(film, case)
        beside = list(_add_beside(film, case.beside))
        if case.beside == "chapters":
            film.set_chapters(
                [
                    {"id": i, "start": a, "end": b, "time_base": MS, "metadata": {"title": title}}
                    for i, (a, b, title) in enumerate(_CHAPTERS)
                ]
            )
        if case.beside == "timecode":
            film.metadata["timecode"] = "01:00:00:00"
        for stream in (video, *beside):
            language, said = _MARKS[case.marks]
            stream.metadata.update(language=language, title="A title", reel="4")
            stream.disposition |= said
        film.start_encoding()
        frames = [_frame(case, index, pts, base) for index, pts in enumerate(ticks)]
        for frame in (*frames, None):
            film.mux(_captioned(case, packet) for packet in video.encode(frame))
        for stream in beside:
            film.mux(_packets(stream, case.beside, max(ticks[0], 0) * base))


def _captioned(case: Case, packet: av.Packet) -> av.Packet:
    """A packet of the picture, with captions of its own if the film has any."""
    if case.beside != "captions":
        return packet
    index = [*_TICKS[case.timing][0]].index(packet.pts)
    said = [(4, captions_message(triplets(index, 10)))]
    return with_content(packet, with_user_data(bytes(packet), case.codec, said))


def _add_picture(film: OutputContainer, case: Case) -> av.VideoStream:
    ticks, base = _TICKS[case.timing]
    rate = Fraction(25) if case.timing == "variable" else 1 / ((ticks[1] - ticks[0]) * base)
    width, height = _ODD_SIZE if case.geometry == "odd size" else _SIZE
    video = film.add_stream(case.codec, rate=rate, width=width, height=height)
    assert isinstance(video, av.VideoStream)
    context = video.codec_context
    context.pix_fmt = case.pixels
    context.options = dict(_QUICK.get(case.codec, {}))
    context.color_range = _RANGES[case.range]
    context.gop_size = 4
    context.time_base = video.time_base = base
    if case.timing == "reordered":
        context.max_b_frames = 2
    if case.geometry == "pixel aspect":
        context.sample_aspect_ratio = Fraction(16, 11)
    if case.geometry in _FIELDS:
        context.flags |= Flags.interlaced_dct
        context.field_order = _FIELDS[case.geometry]
    if case.geometry == "container's tff":
        context.field_order = _FIELDS["tff"]
    if case.geometry in ("rotated", "mirrored"):
        mirrored = case.geometry == "mirrored"
        video.set_display_rotation(0 if mirrored else 90, hflip=mirrored)
    return video


def _frame(case: Case, index: int, pts: int, base: Fraction) -> av.VideoFrame:
    size = _ODD_SIZE if case.geometry == "odd size" else _SIZE
    bits = re.search(r"1[0-6](?=le)", case.pixels)
    depth = int(bits[0]) if bits else 8
    frame = frame_of(luma_codes(index, size, depth), case.pixels, depth)
    if case.geometry in _FIELDS:
        (frame,) = filtered(frame, "setfield", case.geometry)
    if case.geometry == "mixed scans":
        shown = index + min(_TICKS[case.timing][0][0], 0)  # from where an edit list begins
        (frame,) = filtered(frame, "setfield", MIXED_SCANS[shown % len(MIXED_SCANS)])
    frame.pts, frame.time_base = pts, base
    frame.color_range = _RANGES[case.range]
    return frame


def _add_beside(film: OutputContainer, beside: str) -> Iterator[Stream]:
    """The streams that `beside` names, and what is no stream: attachments."""
    for codec in _SOUND.get(beside, ()):
        sound = film.add_stream(codec, rate=48000)
        assert isinstance(sound, av.AudioStream)
        sound.layout = "mono"
        yield sound
    match beside:
        case "subrip" | "webvtt" | "mov_text":
            yield film.add_mux_stream(beside)
        case "ass":
            subtitles = film.add_stream("ass")
            subtitles.codec_context.subtitle_header = _ASS_HEADER
            subtitles.codec_context.open()
            yield subtitles
        case "attachment":
            film.add_attachment("note.txt", "text/plain", b"a note")
        case "cover art" if film.format.name == "matroska":
            film.add_attachment("cover.jpg", "image/jpeg", _cover())
        case "cover art":
            width, height = _SMALL_SIZE
            cover = film.add_mux_stream("mjpeg", width=width, height=height)
            cover.disposition = Disposition.attached_pic
            yield cover
        case "data":
            yield film.add_data_stream("klv" if film.format.name == "mpegts" else "bin_data")
        case "second video" | "second video kept":
            width, height = _SMALL_SIZE
            video = film.add_stream("mpeg4", rate=25, width=width, height=height)
            video.codec_context.pix_fmt = "yuv420p"
            yield video


def _packets(stream: Stream, beside: str, start: Fraction) -> Iterable[av.Packet]:
    if isinstance(stream, av.AudioStream):
        frames: Iterable[av.AudioFrame | av.VideoFrame] = _sound(round(start * 48000))
    elif beside.startswith("second video"):
        frames = _small_pictures(round(start / MS))
    else:
        yield from _texts(stream, beside, round(start / MS))
        return
    for frame in (*frames, None):
        yield from stream.encode(frame)


def _sound(start: int) -> Iterator[av.AudioFrame]:
    """0.3 seconds from sample `start` on."""
    for block in range(5):
        wave = np.sin(np.arange(2880) * (0.01 + 0.001 * block)).astype(np.float32)
        sound = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        sound.sample_rate, sound.time_base = 48000, Fraction(1, 48000)
        sound.pts = start + block * 2880
        yield sound


def _small_pictures(start: int) -> Iterator[av.VideoFrame]:
    for index in range(FRAMES):
        frame = frame_of(luma_codes(index, _SMALL_SIZE), "yuv420p")
        frame.pts, frame.time_base = start + 40 * index, MS
        yield frame


def _texts(stream: Stream, beside: str, start: int) -> Iterator[av.Packet]:
    """Captions, data, or the one picture of a cover."""
    texts = {"data": [(40, 80, "data")], "cover art": [(0, 0, "")]}.get(beside, _CAPTIONS)
    for order, (begin, end, text) in enumerate(texts):
        content = text.encode()
        match beside:
            case "mov_text":
                plain = re.sub(r"<.*?>", "", text).encode()
                content = struct.pack(">H", len(plain)) + plain
            case "ass":
                content = f"{order},0,Default,,0,0,0,,{text}".encode()
            case "cover art":
                content = _cover()
        packet = av.Packet(content)
        packet.stream, packet.time_base = stream, MS
        packet.pts = packet.dts = start + begin
        packet.duration = end - begin
        yield packet


def _cover() -> bytes:
    """A JPEG."""
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height = _SMALL_SIZE
    context.pix_fmt, context.time_base = "yuvj420p", Fraction(1, 25)
    frame = frame_of(luma_codes(3, _SMALL_SIZE), "yuvj420p")
    frame.pts = 0
    return b"".join(map(bytes, context.encode(frame) + context.encode(None)))
