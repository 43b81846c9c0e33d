"""Turns a film's hints into `FilmHints`, and reads no more of the film for it than it must."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidcolor.color.bins import ColorBins
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import UsageError
from vidcolor.hints.file import Hints, file_sha256
from vidcolor.hints.marks import Mark, Palette, ReferencePicture, told_name
from vidcolor.hints.palette import find_shares
from vidcolor.hints.placement import Placement
from vidcolor.input.reader import Reader
from vidcolor.pipeline.carried_marks import CarriedMarks
from vidcolor.pipeline.fading_stills import FadingStills
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.known_frames import KnownFrames
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.reference_pass import ReferencePass
from vidcolor.pipeline.shot_grades import ShotGrades, Wish
from vidcolor.pipeline.shots import ROUNDED, Extent, Shot, Shots
from vidcolor.pipeline.telling_frames import shot_sampler


def hint_settings(hints: Hints | None) -> dict[str, Any]:
    """Return what `ColorSettings` say of hints, by the names of its fields.

    Raises InputError for a picture that can't be read.
    """
    if not hints:
        return {}
    said: dict[str, Any] = {
        "hints": hints.sha256 if hints.marks or hints.palettes or hints.references else None,
        "saturation_like": hints.saturation,
        "sample": hints.sample,
        "representative": hints.representative,
    }
    if hints.like is not None and hints.like.like is not None:
        picture, strength = hints.like.like, hints.like.strength
        said |= {"like": str(picture), "like_sha256": file_sha256(picture)}
        said["like_strength"] = strength
    return said


class HintPass:
    """The part of the first pass that hints need, over any part of a film.

    What it gives of a frame does not depend on the part that is asked for. shots: the film's.

    Args:
        path: the film.
        hints: its hints.
        colorizer: what colors it.
        film_format: how the film stores its picture.
        cuts: as for `mark_shots`.
        listener: is told of the reading, and of marks that don't do what they seem to.
        shots: the film's, as far as they are known; None where nothing is.
    """

    def __init__(
        self,
        path: Path,
        hints: Hints,
        colorizer: Colorizer,
        film_format: FilmFormat,
        cuts: Sequence[Fraction] | None,
        listener: Listener = SILENT,
        shots: Shots | None = None,
    ) -> None:
        self._hints = hints
        self._film = colorizer.film(film_format, probabilities=True)
        sampler = shot_sampler(path, cuts, self._film, listener)
        wanted = sampler if hints.references else None
        self.shots = shots or Shots(path, cuts, sampler=wanted)
        with Reader(path) as reader:
            self._length, mirrored = reader.duration, reader.picture.mirrored
        placement = Placement.of(film_format, mirrored)
        reach = colorizer.lookback, colorizer.lookahead
        self._marks = CarriedMarks(path, self._film, placement, self.shots, reach, listener)
        known = KnownFrames(path, self._film, placement)
        fading = FadingStills(path, self._film, reach)
        self.references = ReferencePass(
            path, hints, self._film, known, fading, placement, self.shots, sampler, listener
        )
        wishes = list(self._wishes(colorizer.predictor.bins))
        asked = hints.saturation, hints.sample
        self._grades = ShotGrades(path, cuts, self._film, wishes, *asked, listener)
        self._is_graded = bool(wishes) or asked != (None, None)
        self._listener = listener

    def within(self, extent: Extent) -> FilmHints:
        """Return the hints of the frames within an extent.

        Raises:
            InputError: a picture can't be read.
            UsageError: a hint names a time outside the film, or a mask has another aspect.
        """
        if self._is_graded and extent != Extent():
            self._listener.note("palette: of the film, only the shots that are shown are read")
        hull = self._hull(extent)
        marks = []
        for name, mark in self._hints.named_marks():
            is_near = mark.at in hull
            self._check_times(name, mark, is_near or self._hints.lends_marks)
            if is_near:
                marks.append((name, mark))
        for name, reference in self._hints.named_references():
            self._check_times(name, reference, reference.reach == "shot")
        maps = self._marks.within(extent, marks)
        graded = self._grades.within(extent, self.shots)
        referenced, own = self.references.within(extent, graded)
        for time, rank, packed in own:
            maps[time].append((rank, packed))
        return FilmHints(self._film.hint_shape, maps, graded, tuple(referenced))

    def of_frames(self, times: Sequence[Fraction]) -> Iterator[FilmHints]:
        """Yield the hints of the first frame at or after each time. Raises as `within`.

        Those of frames of one shot are found together.
        """
        shown = [self.shots.first_from(time) for time in times]
        shots = [self.shots.at(time) for time in shown]
        known: dict[Shot, FilmHints] = {}
        for shot in shots:
            if shot not in known:
                there = [time for time, its in zip(shown, shots, strict=True) if its == shot]
                known[shot] = self.within(Extent(min(there), max(there)))
            yield known[shot]

    def _hull(self, extent: Extent) -> Extent:
        """Return the shots that reach into an extent, as one."""
        begin, end = extent.begin, extent.end
        if begin is not None:
            begin = self.shots.at(max(begin, Fraction(0))).times[0] - ROUNDED
        if end is not None:
            last = self.shots.find(end)
            end = None if last is None else last.end
        return Extent(begin, end)

    def _check_times(
        self, name: str, hint: Mark | Palette | ReferencePicture, is_near: bool
    ) -> None:
        """Raise UsageError if a hint's moment, or the beginning of its span, is outside the film.

        is_near: whether the hint matters to the part asked for. Of others, only those are looked
        for in the film that lie behind its end as far as the file says.
        """
        times = {"at": hint.at, "for": hint.reach[0] if isinstance(hint.reach, tuple) else None}
        for key, time in times.items():
            sure = not is_near and self._length is not None and time is not None
            if time is None or (sure and time < (self._length or 0)):
                continue
            try:
                self.shots.at(time)
            except UsageError as error:
                where = f"{self._hints.path}: " if self._hints.path else ""
                raise UsageError(f"{where}{told_name(name, hint)}: {key}: {error}") from None

    def _wishes(self, bins: ColorBins) -> Iterator[Wish]:
        """Yield what the palettes ask for: those for all the film first, the later ones last."""
        palettes = sorted(self._hints.named_palettes(), key=lambda each: each[1].reach != "film")
        for name, palette in palettes:
            self._check_times(name, palette, palette.reach == "shot")
            begin, end = None, None
            if isinstance(palette.reach, tuple):
                begin, end = palette.reach
                if not self.shots.any_within(begin, end):
                    self._listener.note(
                        f"{name}: is for a span in which no frame is shown; it is not used"
                    )
            elif palette.at is not None:
                shot = self.shots.at(palette.at)
                begin, end = shot.times[0], shot.end
            yield Wish(begin, end, find_shares(palette, bins), palette.strength)
