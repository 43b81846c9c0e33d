"""Frames in batches, marked where shots begin, without those that no frame wanted depends on.

torch is not loaded for it: shots can be looked for before the network is there.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Protocol

import av

from vidcolor.color.yuv import CodeRange
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.input.source import Item
from vidcolor.temporal.cuts import CutDetector, thumbnail

BATCH_SIZE = 8
"""Frames that are taken together where a film is read beforehand."""


@dataclass
class Batch:
    """Consecutive frames, and packets that may be written before what follows."""

    frames: list[Frame] = field(default_factory=list)
    packets: list[av.Packet] = field(default_factory=list)


class Temporal(Protocol):
    """What makes frames whose color depends on so many frames before and after them."""

    @property
    def lookback(self) -> int:
        """How many frames before the present one."""

    @property
    def lookahead(self) -> int:
        """How many frames after the present one."""


def reach(temporal: Temporal, cuts: Sequence[Fraction] | None) -> tuple[int, int]:
    """Return how many frames before and behind a span its color depends on.

    cuts: as for `mark_shots`.
    """
    if cuts is not None:
        return temporal.lookback, temporal.lookahead
    return temporal.lookback + CutDetector.lookback, temporal.lookahead + CutDetector.lookahead


def batches(items: Iterable[Item], size: int) -> Iterator[Batch]:
    """Group frames by `size`, the last group smaller; packets leave with the group they are in."""
    batch = Batch()
    for item in items:
        if isinstance(item, av.Packet):
            batch.packets.append(item)
            continue
        if len(batch.frames) == size:
            yield batch
            batch = Batch()
        batch.frames.append(item)
    yield batch


def mark_shots(
    batches: Iterable[Batch], reader: Reader, cuts: Sequence[Fraction] | None
) -> Iterator[Batch]:
    """Mark the frames of `reader` with which a shot begins.

    cuts: it begins at the frames nearest to these times, in `Reader.seconds`; None: where
    `CutDetector` finds it.
    """
    if cuts is None:
        return _found_shots(batches, reader.picture.codes)
    return _listed_shots(batches, reader, cuts)


def drop_unneeded(batches: Iterable[Batch], temporal: Temporal) -> Iterator[Batch]:
    """Drop frames outside the span unless the color of a frame inside depends on them.

    Those are of its shot. The first frame that is left is marked as beginning one.
    """
    # One at least, so that the first frame within is not taken for the first of its shot.
    before: deque[Frame] = deque(maxlen=max(temporal.lookback, 1))
    behind = 0
    within = False
    for batch in batches:
        frames: list[Frame] = []
        for frame in batch.frames:
            if frame.begins_shot:
                before.clear()
                behind = 0
            if not frame.outside:
                first, *others = *before, frame
                frames += [first if within else replace(first, begins_shot=True), *others]
                before.clear()
                behind = temporal.lookahead
                within = True
            elif behind:
                frames.append(frame)
                behind -= 1
            else:
                before.append(frame)
        yield Batch(frames, batch.packets)


def _found_shots(batches: Iterable[Batch], codes: CodeRange) -> Iterator[Batch]:
    detector = CutDetector()
    waiting: deque[Frame] = deque()

    def marked(decisions: list[bool]) -> list[Frame]:
        return [replace(waiting.popleft(), begins_shot=begins) for begins in decisions]

    for batch in batches:
        waiting.extend(batch.frames)
        thumbnails = (thumbnail(frame.luma) / codes.peak for frame in batch.frames)
        yield Batch(marked(detector(thumbnails)), batch.packets)
    yield Batch(marked(detector.finish()))


def _listed_shots(
    batches: Iterable[Batch], reader: Reader, cuts: Sequence[Fraction]
) -> Iterator[Batch]:
    to_come = deque(sorted(cuts))
    for batch in batches:
        frames = []
        for frame in batch.frames:
            middle = reader.seconds(frame) + frame.duration * reader.picture.time_base / 2
            begins = bool(to_come) and to_come[0] <= middle
            while to_come and to_come[0] <= middle:
                to_come.popleft()
            frames.append(replace(frame, begins_shot=begins))
        yield Batch(frames, batch.packets)
