"""Films with sound of any codec: encoded, built by hand, or called by another's name."""

import io
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from aes3_films import SAMPLES, make_aes3
from av.bitstream import BitStreamFilterContext
from av.container import OutputContainer
from av.stream import Stream
from clips import frame_of, luma_codes

FORMATS = {
    "mkv": "matroska", "webm": "webm", "mp4": "mp4", "mov": "mov", "3gp": "3gp", "avi": "avi",
    "wmv": "asf", "ts": "mpegts", "m2ts": "mpegts", "mpg": "mpeg", "vob": "vob", "flv": "flv",
    "nut": "nut", "mxf": "mxf", "ogv": "ogg",
}  # fmt: skip
_VIDEO = {
    "webm": "libvpx", "ts": "mpeg2video", "m2ts": "mpeg2video", "mpg": "mpeg2video",
    "vob": "mpeg2video", "flv": "flv1", "mxf": "mpeg2video", "ogv": "libvpx",
}  # fmt: skip
_RATES = {
    "amr_nb": 8000, "amr_wb": 16000, "g722": 16000, "g723_1": 8000, "g726": 8000,
    "nellymoser": 8000, "real_144": 8000, "adpcm_swf": 44100,
}  # fmt: skip
_MONO = ("amr_nb", "g722", "g723_1", "g726", "nellymoser", "real_144")
_ENCODERS = {"mp3": "libmp3lame", "opus": "libopus", "amr_nb": "libopencore_amrnb"}
# Formats of samples, where an encoder's first is not the usual one; bits a second where it asks.
_SAMPLES = {"tta": "s16", "wavpack": "s16p"}
_BIT_RATES = {"g726": 32000, "g723_1": 6300, "amr_nb": 12200, "wmav1": 64000, "wmav2": 64000}

# Speex's header: mode, version of it, channels, frames and samples in a packet; RFC 5574.
_SPEEX = struct.pack(
    "<8s20s13i", b"Speex   ", b"speex-1.2", 1, 80, 16000, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0
)
WAVES = {
    "gsm_ms": (0x31, 8000, 65, 320, struct.pack("<H", 320)),
    "truespeech": (0x22, 8000, 32, 240, bytes(32)),
    "wmapro": (0x162, 48000, 2048, 2048, bytes(18)),
    "wmalossless": (0x163, 48000, 2048, 2048, bytes(18)),
    "wmavoice": (0xA, 8000, 200, 1600, bytes(46)),
    "speex": (0xA109, 16000, 60, 320, _SPEEX),
}
"""Codecs known by the header of a WAV file: their number, rate, bytes and samples of a packet, and
what stands behind the header. Nobody decodes these packets."""
RENAMED = {
    "dts": ("ac3", b"A_AC3", b"A_DTS"),
    "cook": ("real_144", b"A_REAL/14_4", b"A_REAL/COOK"),
    "sipr": ("real_144", b"A_REAL/14_4", b"A_REAL/SIPR"),
    "ra_288": ("real_144", b"A_REAL/14_4", b"A_REAL/28_8"),
}
"""Codecs whose name stands in a Matroska file in place of one that has an encoder."""
_PACKETS = 16
_DISC_SOUND = ("pcm_bluray", "pcm_dvd")


def make_with_sound(path: Path, codec: str) -> None:
    """Write a film of 12 frames with sound of `codec` to `path`; the suffix names the container."""
    suffix = path.suffix[1:]
    if codec == "s302m":
        codes = np.random.default_rng(0).integers(-1 << 23, 1 << 23, (12 * SAMPLES, 2))
        make_aes3(path, np.split(codes, 12), 24)
    elif codec == "amr_wb":
        frames = io.BytesIO(b"#!AMR-WB\n" + (b"\x44" + bytes(range(60))) * _PACKETS)
        _make_from(path, frames, 61, 320, 16000)
    elif codec == "speex" and suffix == "flv":
        _make_encoded(path, "nellymoser")
        path.write_bytes(_named_speex(path.read_bytes()))
    elif codec in WAVES:
        _, rate, size, samples, _ = WAVES[codec]
        _make_from(path, io.BytesIO(_wave_file(codec)), size, samples, rate)
    elif codec in RENAMED:
        encoder, old, new = RENAMED[codec]
        _make_encoded(path, encoder)
        content = path.read_bytes()
        assert content.count(old) == 1
        path.write_bytes(content.replace(old, new))
    else:
        _make_encoded(path, codec)


def add_sound(
    path: Path,
    codec: str,
    *,
    layout: str = "mono",
    samples: str = "",
    container: str,
    rate: int = 16000,
    bit_rate: int = 64000,
) -> None:
    """Write a film of 12 frames with sound of `codec` to `path`."""
    options = {"mpegts_m2ts_mode": "1"} if codec == "pcm_bluray" else {}
    with av.open(str(path), "w", format=container, container_options=options) as film:
        video = film.add_stream(
            "mpeg2video" if container in ("mpegts", "vob") else "mpeg4",
            rate=25,
            width=32,
            height=16,
        )
        sound = film.add_stream(codec, rate=48000 if codec in _DISC_SOUND else rate)
        assert isinstance(video, av.VideoStream)
        assert isinstance(sound, av.AudioStream)
        sound.layout = layout
        sound.bit_rate = bit_rate
        if samples:
            sound.format = samples
        film.start_encoding()
        write_picture(film, video)
        resampler = av.AudioResampler(sound.format, layout, sound.rate, sound.frame_size or 1024)
        count = sound.rate // 2
        channels = len(sound.layout.channels)
        wave = np.sin(np.arange(count) * 0.05) * 20000 + np.arange(channels)[:, None] * 100
        wide = samples == "s32"
        codes = (wave * 65536).astype(np.int32) if wide else wave.astype(np.int16)
        block = av.AudioFrame.from_ndarray(
            codes.T.reshape(1, -1), format="s32" if wide else "s16", layout=layout
        )
        block.sample_rate, block.pts = sound.rate, 0
        block.time_base = Fraction(1, sound.rate)
        for made in [*resampler.resample(block), *resampler.resample(None), None]:
            film.mux(sound.encode(made))


def write_picture(film: av.container.OutputContainer, video: av.VideoStream) -> None:
    """Write 12 frames."""
    for index in range(12):
        frame = av.VideoFrame(32, 16, "yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 25)
        film.mux(video.encode(frame))
    film.mux(video.encode())


def samples_of(path: Path) -> np.ndarray:
    """Return the sound of a film, (samples, channels)."""
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
    return np.concatenate(
        [
            f.to_ndarray().reshape(-1, f.layout.nb_channels)
            if f.format.is_packed
            else f.to_ndarray().T
            for f in frames
        ]
    )


def _make_encoded(path: Path, codec: str) -> None:
    rate = 48000 if path.suffix == ".mxf" else _RATES.get(codec, 48000)
    with _film(path) as film:
        pictures = _add_picture(film, path.suffix[1:])
        sound = film.add_stream(_ENCODERS.get(codec, codec), rate=rate)
        assert isinstance(sound, av.AudioStream)
        sound.layout = "mono" if codec in _MONO else "stereo"
        context = sound.codec_context
        context.options = {"strict": "-2"}
        formats = context.codec.audio_formats
        assert formats
        sound.format = _SAMPLES.get(codec, formats[0].name)
        context.bit_rate = _BIT_RATES.get(codec, 0)
        film.start_encoding()
        for packet in pictures:
            film.mux(packet)
        resampler = av.AudioResampler(sound.format, sound.layout, rate, sound.frame_size or 960)
        count = rate // 2
        wave = np.sin(np.arange(count) * 0.05) * 20000
        codes = np.repeat(wave.astype(np.int16), sound.layout.nb_channels)
        block = av.AudioFrame.from_ndarray(codes[None], format="s16", layout=sound.layout.name)
        block.sample_rate, block.pts, block.time_base = rate, 0, Fraction(1, rate)
        for made in [*resampler.resample(block), *resampler.resample(None), None]:
            film.mux(sound.encode(made))


def _make_from(path: Path, sound_file: io.BytesIO, size: int, samples: int, rate: int) -> None:
    """Write a film with the sound of a file that holds nothing else, `size` bytes a packet."""
    content = sound_file.getvalue()[-size * _PACKETS :]
    with av.open(sound_file) as source, _film(path) as film:
        pictures = _add_picture(film, path.suffix[1:])
        sound = add_whatever(film, source.streams.audio[0])
        film.start_encoding()
        for packet in pictures:
            film.mux(packet)
        for index in range(_PACKETS):
            packet = av.Packet(content[size * index : size * (index + 1)])
            packet.stream, packet.time_base = sound, Fraction(1, rate)
            packet.pts = packet.dts = index * samples
            packet.duration = samples
            film.mux(packet)


def add_whatever(film: OutputContainer, track: Stream) -> Stream:
    """Add a stream like `track`; whether the container has such a codec, its header tells.

    PyAV asks the container for its list of codecs first, but not for a filter's output.
    """
    stand_ins = {"webm": "opus", "ogg": "opus", "mp4": "aac", "mov": "aac", "3gp": "aac"}
    with av.open(io.BytesIO(), "w", format="null") as nowhere:
        plain = nowhere.add_stream_from_template(track, opaque=True)
        stream = film.add_mux_stream(stand_ins.get(film.format.name, "mp3"), rate=48000)
        BitStreamFilterContext("null", plain, stream)
    stream.time_base = track.time_base
    return stream


def _film(path: Path) -> OutputContainer:
    suffix = path.suffix[1:]
    options = {"mpegts_m2ts_mode": "1"} if suffix == "m2ts" else {}
    return av.open(str(path), "w", format=FORMATS[suffix], container_options=options)


def _add_picture(film: OutputContainer, suffix: str) -> Iterator[av.Packet]:
    video = film.add_stream(_VIDEO.get(suffix, "mpeg4"), rate=25, width=48, height=32)
    assert isinstance(video, av.VideoStream)

    def packets() -> Iterator[av.Packet]:
        for index in range(12):
            frame = frame_of(luma_codes(index, (48, 32)), "yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            yield from video.encode(frame)
        yield from video.encode()

    return packets()


def _wave_file(codec: str) -> bytes:
    number, rate, size, samples, more = WAVES[codec]
    second = rate * size // samples
    head = struct.pack("<HHIIHHH", number, 1, rate, second, size, 16, len(more)) + more
    content = bytes(index % 199 for index in range(size * _PACKETS))
    parts = b"WAVE" + _chunk(b"fmt ", head) + _chunk(b"data", content)
    return _chunk(b"RIFF", parts)


def _named_speex(content: bytes) -> bytes:
    """Flash Video whose sound has the number of Speex, 16 kHz, in each tag.

    Tags: type (1), size (3), time (4), stream (3), data, and the length of it all (4). Adobe,
    "Flash Video File Format Specification", version 10.1, annex E.4.
    """
    made, place = bytearray(content), 13
    while place < len(content):
        if content[place] == 8:
            made[place + 11] = 0xB6
        place += 15 + int.from_bytes(content[place + 1 : place + 4], "big")
    return bytes(made)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
