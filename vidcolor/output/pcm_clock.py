"""PCM in containers that know its samples one after the other, but no gap between them."""

import re
from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext

_TOLERANCE = Fraction(1, 50)
"""By so many seconds may times and samples differ: containers round the times of packets."""
_BITS = re.compile(r"pcm_(?:[sf](\d+)(?:le|be)?|u8|alaw|mulaw)")
# A byte of silence where it is not 0: ITU-T G.711, and unsigned samples.
_SILENCE = {"pcm_alaw": 0xD5, "pcm_mulaw": 0xFF, "pcm_u8": 0x80}


def counts_samples(sound: AudioCodecContext) -> bool:
    """Tell whether a track of `sound` is PCM, whose samples MP4 and QuickTime only count."""
    return _BITS.fullmatch(sound.codec.canonical_name) is not None


class PcmClock:
    """Keeps a track of PCM in step with its times: fills gaps with silence.

    MP4 and QuickTime count samples; sound behind a gap would come too early.

    Args:
        sound: what the track is written with; `counts_samples` tells which fits.
    """

    def __init__(self, sound: AudioCodecContext) -> None:
        codec = sound.codec.canonical_name
        found = _BITS.fullmatch(codec)
        assert found
        size = sound.layout.nb_channels * int(found[1] or 8) // 8
        self._sample = bytes([_SILENCE.get(codec, 0)]) * size
        self._rate = sound.rate
        self._end: Fraction | None = None
        self._filled = self._first_gap = self._late = Fraction(0)

    def note(self, suffix: str) -> str | None:
        """Return a line on the silence that was put in so far; None if there is none.

        suffix: what messages call the container.
        """
        if not self._filled:
            return None
        return (
            f"{float(self._filled):.2f} s of gaps, the first at {float(self._first_gap):.1f} s, "
            f"filled with silence: {suffix} can't tell them"
        )

    def loss(self, suffix: str) -> str | None:
        """Return a line on sound that overlaps sound before it; None if none does.

        suffix: as for `note`.
        """
        if not self._late:
            return None
        late = f"is heard up to {float(self._late):.2f} s late"
        return f"overlaps itself, and {late}: {suffix} can't tell that"

    def before(self, packet: av.Packet) -> Iterator[av.Packet]:
        """Yield the silence, a second a packet, that belongs in front of `packet`, the next one."""
        begin = self._end if packet.pts is None else packet.pts * packet.time_base
        begin = begin or Fraction(0)
        end = begin if self._end is None else self._end
        if begin - end > _TOLERANCE:
            if not self._filled:
                self._first_gap = end
            missing = round((begin - end) * self._rate)
            self._filled += Fraction(missing, self._rate)
            while missing:
                count = min(missing, self._rate)
                yield self._silence(end, count, packet)
                end += Fraction(count, self._rate)
                missing -= count
        if end - begin > _TOLERANCE:
            self._late = max(self._late, end - begin)
        packet.pts = packet.dts = round(end / packet.time_base)  # else the last samples are cut off
        self._end = end + Fraction(packet.size // len(self._sample), self._rate)

    def _silence(self, begin: Fraction, count: int, like: av.Packet) -> av.Packet:
        made = av.Packet(self._sample * count)
        made.stream, made.time_base = like.stream, like.time_base
        made.pts = made.dts = round(begin / like.time_base)
        made.duration = round(Fraction(count, self._rate) / like.time_base)
        return made
