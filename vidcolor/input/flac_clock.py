"""Times of FLAC, by its own count: in Windows Media, FFmpeg tells those of other packets."""

from fractions import Fraction

import av

_SYNC, _VARIABLE = 0xFFF8, 0xFFF9
"""How frames begin whose blocks are of one size, and how others do (RFC 9639, section 9.1)."""
_HEADER_LENGTH = 34


class FlacClock:
    """Gives the packets of a track, a frame each, the times that their frames count.

    stream: of FLAC. The first packet that is seen keeps its time.
    """

    def __init__(self, stream: av.AudioStream) -> None:
        self._rate = stream.codec_context.sample_rate
        header = (stream.codec_context.extradata or b"")[-_HEADER_LENGTH:]
        self._block = int.from_bytes(header[:2])
        self._origin: Fraction | None = None
        """When the count is at 0, in seconds."""

    def set(self, packet: av.Packet) -> None:
        """Set the time of the next packet, unless it is damaged."""
        since = self._counted(bytes(packet)[:12])
        if since is None or packet.pts is None:
            return
        if self._origin is None:
            self._origin = packet.pts * packet.time_base - since
        packet.pts = packet.dts = round((self._origin + since) / packet.time_base)

    def _counted(self, begin: bytes) -> Fraction | None:
        """Return how many seconds are before a frame, by its first bytes; None if damaged.

        The count is coded as UTF-8 codes characters, in up to seven bytes.
        """
        kind = int.from_bytes(begin[:2])
        if len(begin) < 12 or kind not in (_SYNC, _VARIABLE) or not self._block:
            return None
        ones = 8 - (begin[4] ^ 0xFF).bit_length()
        if ones in (1, 8):
            return None
        number = begin[4] & 0x7F >> ones
        for byte in begin[5 : 4 + max(ones, 1)]:
            number = number << 6 | byte & 0x3F
        return Fraction(number * (self._block if kind == _SYNC else 1), self._rate)
