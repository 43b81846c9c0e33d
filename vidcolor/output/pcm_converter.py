"""Uncompressed sound, as discs and broadcasts pack it, turned into plain PCM."""

from collections.abc import Iterator

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.container.output import OutputContainer
from av.stream import Stream

# Plain PCM by the format that FFmpeg decodes to. What discs and broadcasts pack into 20 or 24 bits
# is decoded to 32, of which the lowest 8 are zero.
_PLAIN = {"s16": "pcm_s16le", "s32": "pcm_s32le", "flt": "pcm_f32le", "dbl": "pcm_f64le"}
_AT_MOST_24_BITS = {"pcm_bluray", "pcm_dvd", "s302m"}


def plain_pcm(source: AudioCodecContext) -> str | None:
    """Return the plain PCM that holds all samples of `source`; None if it is compressed."""
    codec = source.codec.canonical_name
    if not codec.startswith("pcm_") and codec != "s302m":
        return None
    if source.format is None or not source.rate or not source.layout.nb_channels:
        return None
    if source.format.name == "s32" and codec in _AT_MOST_24_BITS:
        return "pcm_s24le"
    return _PLAIN.get(source.format.packed.name)


def add_pcm(file: OutputContainer, source: AudioCodecContext, target: str) -> Stream:
    """Add a stream of `target`, as `plain_pcm` returns it, for the sound of `source`.

    Raises ValueError if the container has no such sound.
    """
    stream = file.add_stream(target, rate=source.rate)
    assert isinstance(stream, av.AudioStream)
    stream.layout = source.layout
    return stream


class PcmConverter:
    """Converts the packets of a track into plain PCM; times and channels stay.

    Args:
        source: the decoder of the track's packets.
        target: the codec that `plain_pcm` returns for it.
    """

    lost: set[str]
    """What has not been kept of the sound so far."""

    def __init__(self, source: AudioCodecContext, target: str) -> None:
        self._source, self._target = source, target
        assert source.format is not None
        self._kind = source.format.name, source.rate, source.layout.nb_channels
        self.lost = set()

    def convert(self, packet: av.Packet) -> Iterator[av.Packet]:
        """Yield the packet of the samples in `packet`."""
        try:
            frames = self._source.decode(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError:
            frames = []
        if not frames:
            self.lost.add("packets that hold no samples that can be read")
            return
        if any((f.format.name, f.rate, f.layout.nb_channels) != self._kind for f in frames):
            self.lost.add("sound of another depth or rate, or with other channels, than the first")
            return
        made = av.Packet(b"".join(self._payload(frame) for frame in frames))
        made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
        made.time_base = packet.time_base
        yield made

    def finish(self) -> Iterator[av.Packet]:
        """Yield nothing: no packet waits."""
        return iter(())

    def _payload(self, frame: av.AudioFrame) -> bytes:
        """Return the samples of `frame` in the target's bytes, those of one time together."""
        samples = frame.to_ndarray()
        if frame.format.is_planar:
            samples = samples.T
        plain = np.ascontiguousarray(samples, samples.dtype.newbyteorder("<"))
        if self._target != "pcm_s24le":
            return plain.tobytes()
        return plain.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
