"""Reads shots in which marks were given, and carries these to all frames that they hold for."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.carry import Carrier
from vidcolor.hints.checks import check_marks
from vidcolor.hints.marks import Mark, Reach
from vidcolor.hints.packed import pack
from vidcolor.hints.placement import Placement
from vidcolor.hints.rasterize import rasterize
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.net.hints import HintMap, Rank
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.shots import ROUNDED, Extent, Shot, Shots

_CHUNK = 32
"""Frames that are read at once to be gone through in reverse."""


COMPARED = 4
"""Frames of a shot from one whose features are looked at to the next."""


class CarriedMarks:
    """Carries the marks of a film to all frames that they hold for.

    A mark holds in the frame that it was given in, and is carried from there, both ways, through
    its shot, as far as it reaches. What comes to a frame does not depend on what else is asked for.

    Args:
        path: the film.
        film: the film's colorizer.
        placement: of its active picture.
        shots: its shots.
        reach: how many frames before and behind a frame its color depends on.
        listener: is told of the reading, and of marks that don't do what they seem to.
    """

    def __init__(
        self,
        path: Path,
        film: FilmColorizer,
        placement: Placement,
        shots: Shots,
        reach: tuple[int, int],
        listener: Listener,
    ) -> None:
        self._path = path
        self._reach = reach
        self._film = film
        self._placement = placement
        self._shots = shots
        self._listener = listener

    def within(
        self, extent: Extent, marks: Sequence[tuple[str, Mark]]
    ) -> dict[Fraction, list[tuple[Rank, bytes]]]:
        """Return the packed maps of the frames within an extent, and of those that these depend on.

        marks: those that matter to it, with their names; each lies over the one before. Raises as
        `rasterize` and `Reader`.
        """
        by_shot: dict[Shot, dict[int, list[tuple[str, Mark]]]]
        by_shot = defaultdict(lambda: defaultdict(list))
        for name, mark in marks:
            shot = self._shots.at(mark.at)
            by_shot[shot][shot.on_screen(mark.at)].append((name, mark))
        length = sum((shot.end - shot.times[0] for shot in by_shot), Fraction(0))
        done, frames = Fraction(0), 0
        maps: dict[Fraction, list[tuple[Rank, bytes]]] = defaultdict(list)
        for shot, given in by_shot.items():
            reading = ShotReading(self._path, shot, self._film)
            for number, frame in reading.read(min(given), max(given)):
                if number in given:
                    luma = self._film.hint_luma(frame.luma, frame.marks.field_order is not None)
                    for line in check_marks(given[number], self._placement, luma):
                        self._listener.note(line)
            for name, mark in (named for there in given.values() for named in there):
                if isinstance(mark.reach, tuple) and self._goes_beyond(mark.reach, shot):
                    self._listener.note(
                        f"{name}: its span goes beyond its shot, which lasts from "
                        f"{float(shot.times[0]):.3f} to {float(shot.end):.3f} s; it ends there"
                    )
            for number, packed in self._in_shot(
                reading, shot, given, depended_on(extent, shot, self._reach)
            ):
                maps[shot.times[number]].append(packed)
            done, frames = done + shot.end - shot.times[0], frames + len(shot.times)
            self._listener.reading(frames, done, length)
        return maps

    def _goes_beyond(self, span: tuple[Fraction, Fraction], shot: Shot) -> bool:
        """Tell whether other shots of the film have a part in a span."""
        before = span[0] + ROUNDED < shot.times[0]
        return before or (span[1] > shot.end + ROUNDED and self._shots.find(shot.end) is not None)

    def _in_shot(
        self,
        reading: "ShotReading",
        shot: Shot,
        given: Mapping[int, Sequence[tuple[str, Mark]]],
        extent: Extent,
    ) -> Iterator[tuple[int, tuple[Rank, bytes]]]:
        """Yield the packed maps of a shot's frames, with the frames' numbers.

        given: the marks, by the number of the frame that they are given in.
        """
        groups = {}
        for number, named in given.items():
            marks = [mark for _, mark in named]
            made = rasterize(marks, self._placement, self._film.hint_shape)
            if made is not None and shot.times[number] in extent:
                yield number, (Rank.GIVEN, pack(made))
            groups[number] = list(
                mark_groups(marks, number, shot, self._placement, self._film.hint_shape)
            )
        for number, carried in (*reading.forth(groups, extent), *reading.back(groups, extent)):
            yield number, (Rank.CARRIED, carried)


def depended_on(extent: Extent, shot: Shot, reach: tuple[int, int]) -> Extent:
    """Return an extent with the frames of a shot that the color of those in it depends on.

    reach: how many frames before and behind a frame these are.
    """
    within = [number for number, time in enumerate(shot.times) if time in extent]
    if not within:
        return extent
    first = max(0, within[0] - reach[0])
    last = min(len(shot.times) - 1, within[-1] + reach[1])
    return Extent(shot.times[first], shot.times[last])


@dataclass(frozen=True, eq=False)
class MarkGroup:
    """The map of marks of one frame that reach to the same frames: `first` to `last`, by number."""

    hints: HintMap
    first: int
    last: int


def mark_groups(
    marks: Sequence[Mark], number: int, shot: Shot, placement: Placement, shape: tuple[int, int]
) -> Iterator[MarkGroup]:
    """Yield the maps of marks of one frame, by their reach, if that is beyond the frame.

    Args:
        marks: each lies over the one before.
        number: of the frame in its shot.
        shot: that shot.
        placement: of the active picture.
        shape: (h, w) of the maps.

    Raises as `rasterize`.
    """
    by_reach: dict[Reach, list[Mark]] = defaultdict(list)
    for mark in marks:
        by_reach[mark.reach].append(mark)
    for reach, alike in by_reach.items():
        hints = rasterize(alike, placement, shape)
        if hints is None or reach == "frame":
            continue
        first, last = 0, len(shot.times) - 1
        if isinstance(reach, tuple):
            first = min(number, bisect_left(shot.times, reach[0]))
            last = max(number, bisect_left(shot.times, reach[1]) - 1)
        yield MarkGroup(hints, first, last)


class ShotReading:
    """Reads a shot forth and back, and carries hints through it."""

    def __init__(self, path: Path, shot: Shot, film: FilmColorizer) -> None:
        self._path = path
        self._shot = shot
        self._film = film

    def forth(
        self, groups: Mapping[int, Sequence[MarkGroup]], extent: Extent
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the maps brought to later frames within the extent, with the frames' numbers.

        groups: by the number of the frame that they were given in.
        """
        first = min(groups)
        last = max((group.last for there in groups.values() for group in there), default=first)
        wanted = [n for n in range(first, last + 1) if self._shot.times[n] in extent]
        if wanted and wanted[-1] > first:
            given = {
                number: [(group.hints, group.last - number) for group in there]
                for number, there in groups.items()
            }
            yield from self._carried(self.read(first, wanted[-1]), given, extent)

    def back(
        self, groups: Mapping[int, Sequence[MarkGroup]], extent: Extent
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the maps brought to earlier frames, as `forth` does."""
        last = max(groups)
        first = min((group.first for there in groups.values() for group in there), default=last)
        wanted = [n for n in range(first, last + 1) if self._shot.times[n] in extent]
        if wanted and wanted[0] < last:
            given = {
                number: [(group.hints, number - group.first) for group in there]
                for number, there in groups.items()
            }
            yield from self._carried(self._read_back(wanted[0], last), given, extent)

    def _carried(
        self,
        frames: Iterator[tuple[int, Frame]],
        given: Mapping[int, Sequence[tuple[HintMap, int]]],
        extent: Extent,
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the maps that earlier ones of `frames` bring to the rest of them."""
        carrier = Carrier()
        to_come = set(given)
        for number, frame in frames:
            to_come.discard(number)
            if carrier.is_idle and number not in given:
                continue
            interlaced = frame.marks.field_order is not None
            luma, features = self._film.hint_luma(frame.luma, interlaced), None
            if number in given or number % COMPARED == 0:
                features = self._film.features(frame.luma, interlaced)
            for hints in carrier(luma, features, given.get(number, ())):
                if self._shot.times[number] in extent:
                    yield number, pack(hints)
            if carrier.is_idle and not to_come:
                return

    def read(self, first: int, last: int) -> Iterator[tuple[int, Frame]]:
        """Yield the shot's frames from one number to another."""
        numbers = {time: number for number, time in enumerate(self._shot.times)}
        with Reader(self._path, start=max(Fraction(0), self._shot.times[first])) as reader:
            for frame in reader:
                if not isinstance(frame, Frame):
                    continue
                time = reader.seconds(frame)
                if time > self._shot.times[last]:
                    return
                if time in numbers:  # films that don't seek exactly may give others
                    yield numbers[time], frame

    def _read_back(self, first: int, last: int) -> Iterator[tuple[int, Frame]]:
        """Yield the shot's frames from the last number to the first."""
        while last >= first:
            begin = max(first, last - _CHUNK + 1)
            yield from reversed(list(self.read(begin, last)))
            last = begin - 1
