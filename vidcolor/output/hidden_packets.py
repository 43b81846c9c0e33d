"""Packets that an edit list hides, for which Matroska has no word."""

from fractions import Fraction

import av

LONGEST_FILLER = Fraction(3, 20)
"""Encoders of sound need up to so many seconds before it, which edit lists hide too."""


class HiddenPackets:
    """Leaves the hidden packets of a track out.

    The last packet of sound before one that is heard comes too: the decoder starts with it.
    """

    length: Fraction
    """Seconds that are left out so far."""
    is_loss: bool
    """Whether more than an encoder's filler is left out so far."""

    def __init__(self) -> None:
        self._lead_in: av.Packet | None = None
        self.length, self.is_loss = Fraction(0), False

    def take(self, packet: av.Packet) -> list[av.Packet]:
        """Return the packets that come along, as far as `packet`, the next one, tells."""
        if not packet.is_discard:
            lead_in, self._lead_in = self._lead_in, None
            return [packet] if lead_in is None else [lead_in, packet]
        self.finish()
        if packet.stream.type == "audio":
            self._lead_in = packet
        else:
            self._hide(packet)
        return []

    def finish(self) -> None:
        """Leave out what has waited for a packet that is heard."""
        if self._lead_in is not None:
            self._hide(self._lead_in)
        self._lead_in = None

    def _hide(self, packet: av.Packet) -> None:
        self.length += (packet.duration or 0) * packet.time_base
        self.is_loss |= packet.stream.type != "audio" or self.length > LONGEST_FILLER
