"""Sound of which each sample can be kept in another codec, turned into plain PCM."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal

import av
from av.audio.codeccontext import AudioCodecContext
from av.container.output import OutputContainer
from av.stream import Stream

from vidcolor.output.channel_layouts import as_heard, is_reordered, without_places
from vidcolor.output.sound_changes import Sound, SoundChanges

# Plain PCM that holds all samples, narrowest first, by the format that FFmpeg decodes to.
_PLAIN = {
    "u8": ("pcm_u8", "pcm_s16le"),
    "s16": ("pcm_s16le",),
    "s32": ("pcm_s32le",),
    "flt": ("pcm_f32le",),
    "dbl": ("pcm_f64le",),
}
# What is packed into 20 or 24 bits is decoded to 32, of which the lowest 8 are zero.
_AT_MOST_24_BITS = {"pcm_bluray", "pcm_dvd", "s302m", "pcm_s24le_planar", "pcm_u24be", "pcm_u24le"}
# Codecs beside PCM and ADPCM whose decoders all give the same samples.
_EXACT = {"flac", "alac", "tta", "wavpack"}


def is_pcm(codec: str) -> bool:
    """Tell whether `codec` holds the samples themselves."""
    return codec.startswith("pcm_") or codec == "s302m"


def plain_pcm(source: AudioCodecContext) -> tuple[str, ...]:
    """Return the kinds of plain PCM that hold all samples of `source`, the narrowest first.

    There are none if it is compressed with loss by a codec whose decoders differ.
    """
    codec = source.codec.canonical_name
    if not is_pcm(codec) and not codec.startswith("adpcm_") and codec not in _EXACT:
        return ()
    if source.format is None or not source.rate:
        return ()
    packed = source.format.packed.name
    if packed == "s32" and codec in _AT_MOST_24_BITS:
        return ("pcm_s24le",)
    return _PLAIN.get(packed, ())


def add_pcm(file: OutputContainer, rate: int, layout: str, target: str) -> Stream:
    """Add a stream of `target`, one of those that `plain_pcm` returns.

    Raises ValueError if the container has no such sound.
    """
    stream = file.add_stream(target, rate=rate)
    assert isinstance(stream, av.AudioStream)
    stream.layout = without_places(layout) if is_reordered(layout) else layout
    return stream


class PcmConverter:
    """Converts the packets of a track into PCM of one kind; times and samples stay.

    Sound of another rate, with other channels or of more bits than the header of the track says
    becomes as that says.

    Args:
        source: the decoder of the track's packets.
        target: the codec to convert to.
        layout: the track's channel layout.

    Raises ValueError if FFmpeg has no encoder for `target`.
    """

    def __init__(self, source: AudioCodecContext, target: str, layout: str) -> None:
        self._source = source
        if is_reordered(layout):
            layout = without_places(layout)
            self._source = _context(source.name, "r", source.sample_rate, layout)
        self._encoder = _context(target, "w", source.sample_rate, layout)
        formats = self._encoder.codec.audio_formats
        assert formats and source.format
        self._encoder.format = formats[0]
        self._encoder.time_base = Fraction(1, source.sample_rate)
        first = Sound(source.sample_rate, as_heard(layout), source.format.bits)
        self._changes = SoundChanges(first, "converted to the first")
        self._wanted = _kind(self._encoder)
        self._resampled: tuple[str, int, int] | None = None
        """What `_resampler` takes."""
        self._resampler: av.AudioResampler | None = None
        self._unreadable = False
        self._end = 0
        """When the sound so far ends, in samples."""

    @property
    def losses(self) -> list[str]:
        """What has not been kept of the sound so far, a line each."""
        unreadable = "lost in the conversion: packets that hold no samples that can be read"
        return [unreadable] * self._unreadable + self._changes.lines

    def differs(self, packet: av.Packet, time: Fraction) -> bool:
        """Tell whether the sound of `packet`, which begins at `time`, is other than at first."""
        return self._changes.see(self._decoded(packet), self._source, time)

    def take(self, packet: av.Packet, time: Fraction) -> Iterator[av.Packet]:
        """Yield packets of the samples in `packet`, which begins at `time`, in seconds."""
        frames = self._decoded(packet)
        if not frames:
            self._unreadable = self._unreadable or not packet.is_discard
            return
        self._changes.see(frames, self._source, time)
        for frame in frames:
            kind = _kind(frame)
            if kind != self._resampled:
                yield from self.finish()
                if kind != self._wanted:
                    encoder = self._encoder
                    self._resampled = kind
                    self._resampler = av.AudioResampler(
                        encoder.format, encoder.layout.name, encoder.sample_rate
                    )
            yield from self._encoded(
                self._resampler.resample(frame) if self._resampler else [frame]
            )

    def finish(self) -> Iterator[av.Packet]:
        """Yield what is still held back of the sound."""
        if self._resampler:
            yield from self._encoded(self._resampler.resample(None))
        self._resampler = self._resampled = None

    def _decoded(self, packet: av.Packet) -> list[av.AudioFrame]:
        """Return the samples in `packet`, none if they can't be read."""
        try:
            return self._source.decode(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            return []

    def _encoded(self, frames: Iterable[av.AudioFrame]) -> Iterator[av.Packet]:
        tick = Fraction(1, self._encoder.sample_rate)
        for frame in frames:
            if frame.pts is None or not frame.time_base:  # its packet had no time
                frame.pts, frame.time_base = self._end, tick
            self._end = round(frame.pts * frame.time_base / tick) + frame.samples
            yield from self._encoder.encode(frame)


def _kind(sound: av.AudioFrame | AudioCodecContext) -> tuple[str, int, int]:
    """Return what sound must have in common to be encoded alike."""
    assert sound.format is not None
    return sound.format.name, sound.sample_rate, sound.layout.nb_channels


def _context(codec: str, mode: Literal["r", "w"], rate: int, layout: str) -> AudioCodecContext:
    """Return a decoder or encoder. Raises ValueError if FFmpeg has none."""
    context = av.CodecContext.create(codec, mode)
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.layout = rate, layout
    return context
