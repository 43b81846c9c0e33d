"""Colors the frames of a film in several settings at once."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import tee

import av
import numpy as np

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.variants import CutTimes, FilmVariants, Variant, longest
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.input.source import Item
from vidcolor.pipeline.batches import Batch, batches, drop_unneeded, mark_shots, reach
from vidcolor.pipeline.prefetch import Prefetch
from vidcolor.pipeline.stages import QUEUED_BATCHES, frame_number


@dataclass(frozen=True, eq=False)
class VariantFrame:
    """A frame of the films to be.

    chromas: of each variant, (2, h, w) codes of U and V as they would go to an encoder that holds
    4:2:0.
    """

    frame: Frame
    chromas: list[np.ndarray]


def colorize_variants(
    reader: Reader, items: Iterable[Item], film: FilmFormat, variants: Sequence[Variant]
) -> Generator[tuple[list[VariantFrame], list[av.Packet]], None, None]:
    """Yield the frames within a span, and packets that may be written before the next ones.

    Each frame has the very chroma, bit for bit, that `colorize_file` makes in one pass with a
    variant's colorizer and cuts. The generator is to be closed before the reader is.

    Args:
        reader: of the span.
        items: of the reader, from `reaches` before the span to as far behind it.
        film: its format.
        variants: the ways of coloring it.

    Raises as `Reader`.
    """
    in_color = FilmVariants(variants, film)
    waiting: deque[Frame] = deque()

    def finished(chromas: list[list[np.ndarray]]) -> list[VariantFrame]:
        return [VariantFrame(waiting.popleft(), each) for each in chromas]

    with Prefetch(_mark_shots(reader, items, variants), QUEUED_BATCHES) as decoded:
        for batch, begins_shot in decoded:
            lumas = [frame.luma for frame in batch.frames]
            wanted = [not frame.outside for frame in batch.frames]
            waiting.extend(frame for frame in batch.frames if not frame.outside)
            fields = [frame.marks.field_order is not None for frame in batch.frames]
            times = [reader.seconds(frame) for frame in batch.frames]
            numbers = [frame_number(reader, frame) for frame in batch.frames]
            done = in_color(lumas, begins_shot, wanted, fields, times, numbers) if lumas else []
            yield finished(done), batch.packets
    yield finished(in_color.finish()), []


def reaches(variants: Sequence[Variant]) -> tuple[int, int]:
    """Return how many frames before and behind a span its color depends on, in any variant."""
    kernel = longest(variants)
    run_ups, run_outs = zip(*(reach(kernel, variant.cuts) for variant in variants), strict=True)
    return max(run_ups), max(run_outs)


def _mark_shots(
    reader: Reader, items: Iterable[Item], variants: Sequence[Variant]
) -> Iterator[tuple[Batch, dict[CutTimes, list[bool]]]]:
    """Yield the frames that are needed and, by cuts, for each whether a shot begins with it."""
    kinds = list(dict.fromkeys(variant.cuts for variant in variants))
    size = variants[0].colorizer.batch_size
    packets: list[av.Packet] = []
    begins: dict[int, dict[CutTimes, bool]] = {}

    def frames() -> Iterator[Frame]:
        for item in items:
            if isinstance(item, Frame):
                yield item
            else:
                packets.append(item)

    def marked() -> Iterator[Frame]:
        shots = [
            (
                frame
                for batch in mark_shots(batches(copy, size), reader, cuts)
                for frame in batch.frames
            )
            for copy, cuts in zip(tee(frames(), len(kinds)), kinds, strict=True)
        ]
        for alike in zip(*shots, strict=True):
            marks = [frame.begins_shot for frame in alike]
            begins[alike[0].pts] = dict(zip(kinds, marks, strict=True))
            yield replace(alike[0], begins_shot=all(marks))

    for batch in drop_unneeded(batches(marked(), size), longest(variants)):
        begun = {cuts: [begins[frame.pts][cuts] for frame in batch.frames] for cuts in kinds}
        yield Batch(batch.frames, packets.copy()), begun
        packets.clear()
