"""The stages between reader and writer: batches of frames, marked by shots, get their colour."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import TypeAlias

import av
import numpy as np
import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.predict import Decoded
from vidcolor.colorize.to_chroma import FrameColor
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.reader import Reader
from vidcolor.input.source import Item
from vidcolor.net.device import compute_alone, opencv_alone
from vidcolor.pipeline.batches import Batch, batches, drop_unneeded, mark_shots
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.prefetch import Prefetch
from vidcolor.pipeline.reference_shelf import PartReferences, ReferenceShelf
from vidcolor.temporal.drift import Drift

_UNTOLD_RATE = Fraction(25)

QUEUED_BATCHES = 1
"""Batches that may wait between the reader and what gives them chroma."""
_HANDED_ON = 2
"""Frames that are handed on together once they have their chroma."""
_LEAST_DONE, _MOST_DONE = 3, 16
"""So many times these may wait for the writer. The least is as many as become done at once by a
usual batch of the network, else that stands still while they are taken."""
_DONE_BYTES = 20 << 20
"""What waits for the writer takes no more memory, unless that is the least: where frames are small,
each stage has work enough to go on with while another one takes its turn."""

KeepsColor: TypeAlias = Callable[[Fraction], bool]
"""Tells whether the frame shown at a time, in `Reader.seconds`, keeps the source's own color."""


def keeps_none(time: Fraction) -> bool:
    """Let every frame get new color."""
    return False


@dataclass(frozen=True, eq=False)
class ColoredFrame:
    """A frame with its chroma.

    chroma: (2, h, w) U and V codes. confidence, probabilities, decoded: as in `FrameColor`; None
    where the chroma is kept, the source's own.
    """

    frame: Frame
    chroma: np.ndarray
    confidence: float | None
    probabilities: torch.Tensor | None = None
    decoded: tuple[Decoded, ...] = ()

    @property
    def is_kept(self) -> bool:
        """True if the chroma is the source's own."""
        return self.confidence is None


@dataclass
class ColoredBatch:
    """A `Batch` whose frames have their chroma."""

    frames: list[ColoredFrame]
    packets: list[av.Packet]


def frame_number(reader: Reader, frame: Frame) -> int:
    """Return the number that a frame's time has at the mean rate of its film.

    It is the same wherever reading began. Of a film that tells no rate, 25 frames a second.
    """
    rate = reader.picture.average_rate or _UNTOLD_RATE
    return floor(reader.seconds(frame) * rate + Fraction(1, 2))


def add_chroma(
    batches: Iterable[Batch],
    film: FilmColorizer,
    reader: Reader,
    keeps_color: KeepsColor = keeps_none,
    drift: Drift | None = None,
    hints: FilmHints | None = None,
) -> Iterator[ColoredBatch]:
    """Add chroma to the frames of `reader`; drop those outside the span, keep the order.

    Args:
        batches: the frames.
        film: colors them.
        reader: tells their times.
        keeps_color: frames that keep their own; smoothing begins anew behind them.
        drift: what is held down; None for nothing.
        hints: what is known of the frames; None for nothing.
    """
    waiting: deque[Frame] = deque()
    shelf = ReferenceShelf(film, reader.picture.mirrored)
    references_at = PartReferences(hints.referenced if hints else (), shelf)

    def finished(colors: Sequence[FrameColor]) -> list[ColoredFrame]:
        return [
            ColoredFrame(waiting.popleft(), c.chroma, c.confidence, c.probabilities, c.decoded)
            for c in colors
        ]

    film.prepare()  # while the first frames are read
    for batch in batches:
        done: deque[ColoredFrame] = deque()
        for keep, run in groupby(batch.frames, lambda frame: keeps_color(reader.seconds(frame))):
            frames = list(run)
            within = [frame for frame in frames if not frame.outside]
            if keep:
                done += finished(film.finish())
                done += [ColoredFrame(f, np.stack(f.chroma), None) for f in within if f.chroma]
            else:
                waiting.extend(within)
                lumas = [frame.luma for frame in frames]
                begins = [frame.begins_shot for frame in frames]
                wanted = [not frame.outside for frame in frames]
                drifts = [drift.at(reader.seconds(frame)) for frame in frames] if drift else None
                fields = [frame.marks.field_order is not None for frame in frames]
                numbers = [frame_number(reader, frame) for frame in frames]
                maps, grades, references = None, None, None
                if hints is not None:
                    times = [reader.seconds(frame) for frame in frames]
                    maps = [hints.map_at(time) for time in times]
                    grades = [hints.grade_at(time) for time in times]
                    references = [references_at(time) for time in times]
                colors = film(
                    lumas, begins, drifts, wanted, fields, maps, grades, numbers, references
                )
                done += finished(colors)
        yield from _in_parts(done, batch.packets)
    yield from _in_parts(deque(finished(film.finish())), [])


def _in_parts(done: deque[ColoredFrame], packets: list[av.Packet]) -> Iterator[ColoredBatch]:
    """Yield packets and frames with their chroma, a few at a time, and let go of these."""
    while packets or done:
        part = [done.popleft() for _ in range(min(_HANDED_ON, len(done)))]
        yield ColoredBatch(part, packets)
        packets = []


@contextmanager
def colorize_frames(
    reader: Reader,
    colorizer: Colorizer,
    film: FilmColorizer,
    cuts: Sequence[Fraction] | None,
    *,
    keeps_color: KeepsColor = keeps_none,
    drift: Drift | None = None,
    hints: FilmHints | None = None,
) -> Iterator[Iterable[ColoredBatch]]:
    """Color the frames of `reader` in two threads; packets come along.

    The context must end before the reader is closed.

    Args:
        reader: the film, or a span with what it depends on.
        colorizer: decides the batches and what is needed.
        film: the colorizer's, of this film.
        cuts: as for `mark_shots`.
        keeps_color, drift, hints: as for `add_chroma`.
    """
    items = luma_alone(reader) if keeps_color is keeps_none else reader
    shots = mark_shots(batches(items, colorizer.batch_size), reader, cuts)
    parts = parts_that_wait(reader.picture)

    def colored() -> Iterator[ColoredBatch]:
        if colorizer.predictor.engine == "openvino":
            compute_alone()  # what is left to torch are small parts
        yield from add_chroma(decoded, film, reader, keeps_color, drift, hints)

    with (
        opencv_alone(),
        Prefetch(drop_unneeded(shots, colorizer), QUEUED_BATCHES * parts // _LEAST_DONE) as decoded,
        Prefetch(colored(), parts) as done,
    ):
        yield done


def luma_alone(items: Iterable[Item]) -> Iterator[Item]:
    """Yield frames without their chroma, in memory of their own.

    Some forty frames wait to be smoothed and written: a third of them would be chroma that is not
    looked at again, and which the decoder can't take back alone.
    """
    for item in items:
        if isinstance(item, Frame) and item.chroma is not None:
            yield replace(item, luma=item.luma.copy(), chroma=None)
        else:
            yield item


def parts_that_wait(picture: Picture) -> int:
    """Return how many times `_HANDED_ON` frames of a film may wait for the writer."""
    codes = picture.width * picture.height * 3 // 2  # of luma and, a quarter each, chroma
    size = _HANDED_ON * codes * np.dtype(picture.codes.dtype).itemsize
    return min(max(_DONE_BYTES // size, _LEAST_DONE), _MOST_DONE)
