"""The durations of encoded packets, which not every encoder hands on."""

from collections.abc import Iterable

import av


class Durations:
    """Gives packets the durations of the frames they hold, which not every encoder hands on.

    MP4 and QuickTime count a film's length by decoding times. So the last packet, which is held
    back, gets the duration that ends the film with its last frame. by_decoding_time: the container
    counts in this way.
    """

    def __init__(self, by_decoding_time: bool) -> None:
        self._by_decoding_time = by_decoding_time
        self._expected: dict[int | None, int] = {}
        self._end = 0
        self._lead: int | None = None
        self._held: list[av.Packet] = []

    def expect(self, pts: int, duration: int) -> None:
        """Take note of a frame that goes to the encoder."""
        self._expected[pts] = duration
        self._end = max(self._end, pts + duration)

    def timed(self, packets: Iterable[av.Packet]) -> list[av.Packet]:
        """Return `packets` as they come from the encoder, one packet late."""
        for packet in packets:
            packet.duration = self._expected.pop(packet.pts, packet.duration)
            if self._lead is None:
                self._lead = (packet.pts or 0) - (packet.dts or 0)
            self._held.append(packet)
        complete, self._held = self._held[:-1], self._held[-1:]
        return complete

    def last(self) -> list[av.Packet]:
        """Return the packet still held back, if the film has any."""
        for packet in self._held:
            if self._by_decoding_time:
                packet.duration = max(self._end - (self._lead or 0) - (packet.dts or 0), 1)
        return self._held
