"""Packets of a copied track, kept in the order of their decoding times."""

from fractions import Fraction

import av

_JITTER = Fraction(1, 10)
"""By so many seconds sound may be moved without a word."""


class PacketOrder:
    """Gives no packet of a track a decoding time before that of the last one, as muxers demand.

    equal_allowed: whether two packets may have the same.
    """

    last: int | None
    """The decoding time of the last packet, in ticks of the file; None before the first one."""

    def __init__(self, equal_allowed: bool) -> None:
        self._equal_allowed = equal_allowed
        self.last = None
        self._moved = 0
        self._first = self._most = Fraction(0)

    def keep(self, packet: av.Packet) -> None:
        """Move `packet`, whose times are those of the file, behind the last one.

        Sound without a duration gets one, because MP4 would lose the last packet.
        """
        dts = told = packet.pts if packet.dts is None else packet.dts
        if dts is None:
            dts = self.last or 0
        if self.last is not None:
            dts = max(dts, self.last if self._equal_allowed else self.last + 1)
            if packet.stream.type == "audio":
                packet.duration = packet.duration or dts - self.last
                self._note(packet, dts, told)
        packet.dts = dts
        packet.pts = dts if packet.pts is None else max(packet.pts, dts)
        self.last = dts

    def _note(self, packet: av.Packet, dts: int, told: int | None) -> None:
        """Take note of sound that is moved from `told` to `dts`, if that can be heard."""
        moved = (dts - told) * packet.time_base if told is not None else Fraction(0)
        if moved > _JITTER:
            self._first = self._first if self._moved else dts * packet.time_base
            self._most = max(self._most, moved)
            self._moved += 1

    @property
    def loss(self) -> str | None:
        """A line that says how far sound was moved; None if it was not."""
        if not self._moved:
            return None
        return (
            f"its times jump back by {float(self._most):.1f} s at {float(self._first):.1f} s: "
            f"{self._moved} packet{'s' * (self._moved != 1)} moved behind those before"
        )
