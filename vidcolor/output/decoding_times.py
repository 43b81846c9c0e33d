"""Decoding times of reordered frames, where the source tells none at the beginning."""

import av


class DecodingTimes:
    """Gives the first packets of a track of reordered frames decoding times.

    Matroska stores none, and FFmpeg knows them only some frames later.
    """

    def __init__(self) -> None:
        self._waiting: list[av.Packet] = []
        self._known = False

    def take(self, packet: av.Packet) -> list[av.Packet]:
        """Return `packet`, behind earlier ones that waited for it; none if it must wait itself."""
        if packet.stream.type != "video" or self._known:
            return [packet]
        if packet.dts is None:
            self._waiting.append(packet)
            return []
        self._known = True
        return [*_count_back(self._waiting, packet.dts), packet]

    def finish(self) -> list[av.Packet]:
        """Return the packets that still wait when the film has ended."""
        if self._known or not self._waiting:
            return []
        return _count_back(self._waiting, min(p.pts or 0 for p in self._waiting))


def _count_back(packets: list[av.Packet], dts: int) -> list[av.Packet]:
    """Give `packets` decoding times that lead up to `dts`, and return them."""
    for packet in reversed(packets):
        dts -= packet.duration or 1
        packet.dts = dts
    return packets
