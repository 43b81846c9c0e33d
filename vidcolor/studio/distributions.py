"""What the network makes of the frames of a shot, smoothed over time, so that a click is quick."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.predict import Decoded
from vidcolor.hints.file import Hints
from vidcolor.hints.packed import unpack
from vidcolor.net.hints import HintMap, Rank
from vidcolor.pipeline.batches import batches, drop_unneeded, mark_shots, reach
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.order import Part
from vidcolor.pipeline.photograph_hints import color_photograph, photograph_hints
from vidcolor.pipeline.shots import MOMENT, Extent, Shot, Shots
from vidcolor.pipeline.stages import add_chroma
from vidcolor.studio.material import Material, Plane

Maps: TypeAlias = tuple[tuple[Rank, HintMap], ...]
"""What is known of a frame, by rank."""

FIRST_PIECE = 32
"""Frames from the playhead on that are made before the others of a shot."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """What the colour of a frame is made of, but for marks.

    decoded: as in `FrameColor`. confidence: as there. own: the maps of references that are the
    frame itself.
    """

    decoded: tuple[Decoded, ...]
    confidence: float
    own: Maps

    @property
    def nbytes(self) -> int:
        """The bytes that it takes."""
        tensors = [t for each in self.decoded for t in (each.uv, each.sure, each.probabilities)]
        held = sum(t.nbytes for t in tensors if t is not None)
        held += sum(each.luma.nbytes for each in self.decoded)
        return held + sum(each.chroma.nbytes + each.weight.nbytes for _, each in self.own)


def pieces(shot: Shot, playhead: int) -> list[range]:
    """Return the frames of a shot in the order in which they are made, by number."""
    count = len(shot.times)
    end = min(count, playhead + FIRST_PIECE)
    return [part for part in (range(playhead, end), range(end, count), range(playhead)) if part]


def distributions(
    material: Material,
    colorizer: Colorizer,
    hints: Hints,
    shots: Shots,
    cuts: Sequence[Fraction] | None,
    begin: Fraction,
    end: Fraction,
    paused: Callable[[], None],
    listener: Listener,
) -> Iterator[tuple[Fraction, Distribution]]:
    """Yield the distributions of frames of a shot, which follow each other; keep their luma too.

    Args:
        material: the film, or photograph.
        colorizer: what colours it.
        hints: marks are left out.
        shots: the film's.
        cuts: as for `mark_shots`.
        begin, end: when the first of the frames is shown, and when the last is over.
        paused: is called after each batch.
        listener: is told what there is to tell of hints.

    Raises as `Reader` and `HintPass`.
    """
    hints = hints.without_marks()
    if material.is_photograph:
        yield MOMENT, _of_photograph(material, colorizer, hints, listener)
        return
    film = colorizer.film(material.stored, probabilities=True)
    known = None
    if hints:
        hint_pass = HintPass(
            material.path, hints, colorizer, material.stored, cuts, listener, shots
        )
        known = hint_pass.within(Extent(begin, end))
    run_up, run_out = reach(colorizer, cuts)
    part = Part(begin, end - begin, run_up, run_out)
    with part.read(material.path) as reader:
        shown = mark_shots(batches(reader, colorizer.batch_size), reader, cuts)
        for batch in add_chroma(drop_unneeded(shown, colorizer), film, reader, hints=known):
            for made in batch.frames:
                time, frame = reader.seconds(made.frame), made.frame
                plane = Plane(frame.luma.copy(), frame.marks.field_order is not None)
                material.keep(time, plane)
                assert made.confidence is not None
                yield time, Distribution(made.decoded, made.confidence, _own(known, time))
            paused()


def _of_photograph(
    material: Material, colorizer: Colorizer, hints: Hints, listener: Listener
) -> Distribution:
    luma = material.plane(MOMENT).luma
    color = color_photograph(
        colorizer, material.stored, luma, hints, listener.note, probabilities=True
    )
    known = None
    if hints:
        known = photograph_hints(colorizer, material.stored, luma, hints, listener.note)
    return Distribution(color.decoded, color.confidence, _own(known, MOMENT))


def _own(known: FilmHints | None, time: Fraction) -> Maps:
    """Return the maps of references that are the frame itself, or one near it."""
    found = known.maps.get(time, ()) if known else ()
    return tuple((rank, unpack(packed, known.shape)) for rank, packed in found) if known else ()
