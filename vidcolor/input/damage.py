"""Packets of a picture that gave no frame: how many, and when the first was to be shown."""

from collections import deque

# Codecs with a frame in each packet, in the order in which they are shown, beside those of which
# FFmpeg says so.
_FRAME_EACH = {"ffv1", "png"}
# Codecs of such packets that may also hold a field each.
_FIELD_EACH = {"jpeg2000", "mjpeg", "mjpegb"}


class Damage:
    """Counts the packets of a picture that gave no frame though they should have.

    Where each packet holds one frame, those are known by their times, whatever the decoder says: it
    passes over some in silence. Of other codecs only the decoder's word is known.

    Args:
        codec: FFmpeg's name of it.
        intra_only: whether FFmpeg says that each of its frames stands alone.
    """

    count: int
    """How many there are so far."""
    first: int | None
    """When the first was to be shown, in ticks; None if there is none, or its time is unknown."""

    def __init__(self, codec: str, intra_only: bool) -> None:
        self._known_by_time = intra_only or codec in _FRAME_EACH
        self._may_be_fields = codec in _FIELD_EACH
        self._at_start = True
        self._begin()

    def restart(self) -> None:
        """Forget all: packets will come from another place, where the first may give no frame."""
        self._at_start = False
        self._begin()

    def _begin(self) -> None:
        self.forget()
        self._waiting: deque[int] = deque()
        self._packets = self._frames = self._errors = self._errors_at_end = 0

    def forget(self) -> None:
        """Forget what was found so far, but not what came."""
        self.count, self.first = 0, None

    def packet(self, time: int | None) -> None:
        """Take a packet that goes to the decoder. time: in ticks, None if it has none."""
        self._packets += 1
        self._known_by_time &= time is not None
        if time is not None and self._known_by_time:
            self._waiting.append(time)

    def error(self, time: int | None, at_end: bool) -> None:
        """Take an error of the decoder.

        time: when the next frame was to be shown, in ticks. at_end: there are no more packets.
        """
        if at_end:
            self._errors_at_end += 1
        elif not self._known_by_time:
            self._errors += 1
            self._add(time)

    def frame(self, time: int | None, interlaced: bool) -> None:
        """Take a frame from the decoder. time: that of its packet, in ticks."""
        if time is None or (interlaced and self._may_be_fields):
            self._known_by_time = False
        while self._known_by_time and self._waiting and time is not None:
            if self._waiting[0] > time:
                break
            passed = self._waiting.popleft()
            if passed < time and (self._frames or self._at_start):
                self._add(passed)
        self._frames += 1

    def end(self) -> None:
        """Take the end of the film: what has given no frame yet gives none."""
        while self._known_by_time and self._waiting:
            self._add(self._waiting.popleft())
        if not self._known_by_time:
            self.count += self._errors_at_end

    def take_end(self, end: "Damage", broken_off: bool) -> None:
        """Take what was found in the end of the film, in the place of what was known of it.

        broken_off: the file ends within a packet, which is told in another way.
        """
        count = end.count - broken_off
        if count > 0:
            self.count += count
            self.first = end.first if self.first is None else self.first
        self._waiting.clear()

    @property
    def lacks_frames(self) -> bool:
        """Whether frames may be missing at the end, as all packets have gone to the decoder.

        There, its threads drop the frames behind a damaged one, and often say nothing.
        """
        if self._known_by_time:
            return bool(self._waiting)
        return bool(self._errors_at_end) or self._packets > self._frames + self._errors

    def _add(self, time: int | None) -> None:
        self.count += 1
        self.first = time if self.first is None else self.first
