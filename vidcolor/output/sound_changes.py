"""Sound that becomes other than it began: of another rate, with other channels, of more bits."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple, Self

import av
from av.audio.codeccontext import AudioCodecContext

from vidcolor.output.changes import Changes
from vidcolor.output.channel_layouts import as_heard


class Sound(NamedTuple):
    """What a decoder says of sound: samples a second, where channels are heard, bits a sample."""

    rate: int
    layout: str
    bits: int

    @classmethod
    def of(cls, frame: av.AudioFrame, decoder: AudioCodecContext) -> Self:
        """Return what holds for the frame that `decoder` has just decoded.

        Frames of MPEG sound tell the rate of the frame before, their decoder does not.
        """
        return cls(decoder.sample_rate, as_heard(frame.layout.name), frame.format.bits)

    def compared(self, first: "Sound") -> str | None:
        """Say in what it is other than the `first`; None where that holds all of it."""
        pairs = [(f"{first.rate} Hz", f"{self.rate} Hz"), (first.layout, self.layout)]
        if self.bits > first.bits:
            pairs.append((f"{first.bits} bits", f"{self.bits} bits"))
        others = [(was, now) for was, now in pairs if was != now]
        if not others:
            return None
        return " becomes ".join(", ".join(said) for said in zip(*others, strict=True))


class SoundChanges:
    """Finds where the sound of a track is other than at first.

    Args:
        first: what it is held against; None: its first frame.
        outcome: what becomes of it, as the end of a line.
    """

    def __init__(self, first: Sound | None, outcome: str) -> None:
        self._first, self._outcome = first, outcome
        self._changes = Changes()

    def see(
        self, frames: Iterable[av.AudioFrame], decoder: AudioCodecContext, time: Fraction
    ) -> bool:
        """Take what a packet holds, and tell whether any of it is other than at first.

        Args:
            frames: what `decoder` has made of the packet.
            decoder: has decoded nothing since.
            time: when the packet begins, in seconds.
        """
        differs = False
        for frame in frames:
            now = Sound.of(frame, decoder)
            self._first = self._first or now
            change = now.compared(self._first)
            line = f"{change} at {{at}}: {self._outcome}"
            self._changes.see(time, [line] if change else [])
            differs = differs or change is not None
        return differs

    @property
    def lines(self) -> list[str]:
        """What has changed so far, a line each."""
        return self._changes.lines
