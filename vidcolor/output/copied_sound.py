"""Sound that is copied, but watched: no container has a word for one that changes its rate."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext

from vidcolor.output.channel_layouts import is_reordered
from vidcolor.output.pcm_converter import PcmConverter, is_pcm
from vidcolor.output.sound_changes import SoundChanges


class CopiedSound:
    """Hands the packets of a track on as they are.

    PCM that changes its rate or channels would play at a wrong speed. It becomes like the first, in
    the same codec. Of compressed sound the packets tell the change; it is only named.

    Args:
        decoder: of the track.
        layout: the track's channel layout.
        suffix: what messages call the container.
    """

    def __init__(self, decoder: AudioCodecContext, layout: str, suffix: str) -> None:
        self._decoder, self._can_be_seen = decoder, not is_reordered(layout)
        self._changes = SoundChanges(None, f"{suffix} has no word for it")
        self._converter: PcmConverter | None = None
        self._converting = False
        if is_pcm(decoder.codec.canonical_name):
            with suppress(ValueError):  # there may be no encoder
                self._converter = PcmConverter(decoder, decoder.name, layout)

    @property
    def losses(self) -> list[str]:
        """What has changed so far, a line each."""
        return self._converter.losses if self._converter else self._changes.lines

    def take(self, packet: av.Packet, time: Fraction) -> Iterator[av.Packet]:
        """Yield `packet`, which begins at `time`, in seconds, or what stands for it."""
        if self._converter is None:
            self._changes.see(self._decoded(packet), self._decoder, time)
            yield packet
            return
        self._converting = self._converting or self._converter.differs(packet, time)
        if self._converting:
            yield from self._converter.take(packet, time)
        else:
            yield packet

    def finish(self) -> Iterator[av.Packet]:
        """Yield what is still held back of the sound."""
        if self._converter:
            yield from self._converter.finish()

    def _decoded(self, packet: av.Packet) -> list[av.AudioFrame]:
        """Return what `packet` holds, as far as it can be decoded."""
        if not self._can_be_seen:
            return []
        try:
            return self._decoder.decode(packet)
        except av.error.FFmpegError:
            return []
