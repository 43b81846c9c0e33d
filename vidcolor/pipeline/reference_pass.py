"""Finds for each shot which reference pictures color it, before the film is colored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import torch

from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.hints.file import Hints
from vidcolor.hints.marks import ReferencePicture
from vidcolor.hints.packed import pack, unpack
from vidcolor.hints.placement import Placement
from vidcolor.hints.reference import OWN, ColorPicture, fit_to_frame, grey_note, read_reference
from vidcolor.net.hints import HintMap, Rank
from vidcolor.net.style_encoder import load_encoder
from vidcolor.pipeline.fading_stills import LEAST, FadingStills
from vidcolor.pipeline.film_hints import (
    GradedPart,
    KnownFrame,
    ReferencedPart,
    UsedReference,
    grade_at,
)
from vidcolor.pipeline.free_memory import give_back
from vidcolor.pipeline.known_frames import KnownFrames
from vidcolor.pipeline.listener import Listener
from vidcolor.pipeline.reference_shelf import ReferenceShelf
from vidcolor.pipeline.shot_samples import ShotSampler, ShotSamples
from vidcolor.pipeline.shots import ROUNDED, Extent, Shot, Shots, frame_at, merge_extents
from vidcolor.pipeline.telling_frames import Sample, most_telling

GATE = 0.1
"""How sure matches must be in the mean over samples of a shot for a reference to color it."""

MOST = 4
"""The most references that color a shot: its own frames and styles, and those that are surest."""

_COMPARED = 8
"""The most references that are compared with a shot: such, and those most alike in outline."""


@dataclass(frozen=True)
class Verdict:
    """Tells how a reference fits a shot, from `begin` up to `end` in `Reader.seconds`.

    sureness: as `colorize.references.sureness`, its mean over the shot. is_own: whether the picture
    is a frame of the shot. is_style: whether it lends its style. is_used: whether it colors the
    shot.
    """

    name: str
    begin: Fraction
    end: Fraction
    sureness: float
    is_own: bool
    is_style: bool
    is_used: bool


class ReferencePass:
    """The part of the first pass that reference pictures need, over any part of a film.

    What it gives of a shot does not depend on the part that is asked for.

    Args:
        path: the film.
        hints: the film's.
        film: the film's colorizer.
        known: colors frames that are references themselves.
        fading: brings stills to the frames around their own.
        placement: of its active picture.
        shots: its shots.
        sampler: takes samples of them.
        listener: is told of the reading, and of references that color nothing.
    """

    def __init__(
        self,
        path: Path,
        hints: Hints,
        film: FilmColorizer,
        known: KnownFrames,
        fading: FadingStills,
        placement: Placement,
        shots: Shots,
        sampler: ShotSampler[Sample],
        listener: Listener,
    ) -> None:
        self._path = path
        self._references = list(hints.named_references())
        self._hints = hints
        self._film = film
        self._known = known
        self._fading = fading
        self._marked: list[KnownFrame] | None = None
        self._placement = placement
        self._shots = shots
        self._listener = listener
        self._shelf = ReferenceShelf(film, placement.mirrored)
        self._sampler = sampler
        self.verdicts: list[Verdict] = []
        """Of all shots and references that were compared so far."""

    def within(
        self, extent: Extent, graded: Sequence[GradedPart] = ()
    ) -> tuple[list[ReferencedPart], list[tuple[Fraction, Rank, bytes]]]:
        """Return the parts of the shots that reach into an extent, and the maps of stills.

        The maps are packed, with the times of their frames and their ranks. graded: the graded
        parts of those shots. Raises InputError for a picture that can't be read, CheckpointError
        for weights of an encoder, as `KnownFrames.marked`, and as `Reader`.
        """
        self._drop_grey()
        for _, each in self._references:
            if each.encoder_weights is not None:
                load_encoder(each.encoder_weights)  # what can't be read is told before the work
        candidates = [
            *(self._candidate(name, each) for name, each in self._references),
            *(
                _Candidate(f"marks at {float(each.time):.3f} s", UsedReference(each, 1.0))
                for each in self._lent()
            ),
        ]
        asked = [common for each in candidates if (common := each.extent & extent)]
        if self._hints.representative:
            asked.append(extent)
        parts: list[ReferencedPart] = []
        for part in merge_extents(asked):
            first = None if part.begin is None else self._begin(part.begin)
            for shot in self._sampled(first, part.end):
                if all(shot.begin != each.begin for each in parts):
                    parts += self._parts(shot, candidates, graded)
        self._tell_unused()
        give_back()  # hundreds of pictures, read and let go, leave the heap full of holes
        return sorted(parts, key=lambda each: each.begin), [*self._maps(candidates, extent)]

    def _maps(
        self, candidates: Sequence["_Candidate"], extent: Extent
    ) -> Iterator[tuple[Fraction, Rank, bytes]]:
        """Yield the maps of stills, in their own frames and in those around, as `within`."""
        stills = {each.own.time: each.own for each in candidates if each.own is not None}
        for time, own in stills.items():
            yield time, Rank.MATCHED, own.packed
            number = own.shot.times.index(time)
            still = unpack(own.packed, self._film.hint_shape)
            for other, packed in self._fading(extent, own.shot, number, still):
                if other not in stills:
                    yield other, Rank.MATCHED, packed

    def _drop_grey(self) -> None:
        """Leave out the references that have no color, and note them."""
        colored = []
        for name, each in self._references:
            if self._shelf.is_grey(reference_in_use(each)):
                self._listener.note(grey_note(name, each.picture))
            else:
                colored.append((name, each))
        self._references = colored

    def _lent(self) -> list[KnownFrame]:
        """Return the frames with marks that are references for other shots."""
        if self._marked is None:
            marks = self._hints.marks if self._hints.lends_marks else ()
            self._marked = list(self._known.marked(marks, self._shots))
        return self._marked

    def _sampled(
        self, first: Fraction | None, last: Fraction | None
    ) -> Iterator[ShotSamples[Sample]]:
        """Yield the samples of shots, as `ShotSampler`; none is read again that was looked for."""
        begin = first
        while begin in self._shots.samples:
            known = self._shots.samples[begin]
            yield known
            begin = known.end
            if (last is not None and begin > last) or self._shots.is_over(begin):
                return
        yield from self._sampler(begin, last)

    def _begin(self, time: Fraction) -> Fraction:
        """Return when the shot on the screen at a time begins."""
        return self._shots.at(max(time, Fraction(0))).times[0]

    def _candidate(self, name: str, reference: ReferencePicture) -> "_Candidate":
        begin, end = None, None
        if isinstance(reference.reach, tuple):
            begin, end = reference.reach
            if not self._shots.any_within(begin, end):
                self._listener.note(
                    f"{name}: {reference.picture.name} is for a span in which no frame is shown; "
                    "it is not used"
                )
        elif reference.reach == "shot":
            assert reference.at is not None
            shot = self._shots.at(reference.at)
            begin, end = shot.times[0], shot.end
        return _Candidate(
            name, reference_in_use(reference), begin, end, own=self._own(name, reference)
        )

    def _own(self, name: str, reference: ReferencePicture) -> "_Own | None":
        """Return the frame that a picture is; None where it is none of the film's."""
        matched_alone = reference.match in ("matched", "style") or not reference.strength
        if reference.at is None or matched_alone:
            return None
        shot = self._shots.at(reference.at)
        time = shot.times[shot.on_screen(reference.at)]
        frame = frame_at(self._path, time)
        luma = self._film.hint_luma(frame.luma, frame.marks.field_order is not None)
        picture, alike = fit_to_frame(read_reference(reference.picture), luma, self._placement)
        if alike > OWN:
            return _Own(shot, time, pack(_exact(picture, reference.strength)))
        if reference.match == "own":
            self._listener.note(
                f"{name}: {reference.picture.name} is not the frame at {float(time):.3f} s; it is "
                "matched instead"
            )
        return None

    def _parts(
        self,
        shot: ShotSamples[Sample],
        candidates: Sequence["_Candidate"],
        graded: Sequence[GradedPart],
    ) -> Iterator[ReferencedPart]:
        """Yield the parts of a shot in which the same references are used."""
        features = [sample.features for sample in shot.samples]
        used: list[tuple[float, tuple[Fraction, Fraction], UsedReference]] = []
        for each, part in self._compared(shot, candidates):
            sure = self._shelf.sureness(each.used, features)
            is_own, is_style = each.is_own_of(shot), each.used.is_style
            if is_used := is_own or is_style or sure >= GATE:
                used.append((sure + (is_own or is_style), part, each.used))
            verdict = Verdict(each.name, shot.begin, shot.end, sure, is_own, is_style, is_used)
            self.verdicts.append(verdict)
        if self._hints.representative and not used:
            used.append((1.0, (shot.begin, shot.end), self._representative(shot, graded)))
        used = sorted(used, key=lambda each: -each[0])[:MOST]
        inside = sorted({edge for _, part, _ in used for edge in part} - {shot.begin, shot.end})
        for begin, end in zip([shot.begin, *inside], [*inside, shot.end], strict=True):
            here = [kept for _, part, kept in used if part[0] <= begin and end <= part[1]]
            if here:
                yield ReferencedPart(begin, end, tuple(here))

    def _representative(
        self, shot: ShotSamples[Sample], graded: Sequence[GradedPart]
    ) -> UsedReference:
        """Return the frame that shows most of a shot, as it is colored by itself."""
        (sample,) = most_telling(shot.samples, 1)
        grade = grade_at(graded, sample.time)
        return UsedReference(self._known(sample.time, shot.begin, grade=grade), 1.0)

    def _compared(
        self,
        shot: ShotSamples[Sample],
        candidates: Sequence["_Candidate"],
    ) -> list[tuple["_Candidate", tuple[Fraction, Fraction]]]:
        """Return the references that are compared with a shot, and from when to when in it."""
        there = [(each, part) for each in candidates if (part := each.part_of(shot))]
        if len(there) <= _COMPARED:
            return there
        middle = shot.samples[len(shot.samples) // 2].features
        likeness = {
            each.name: self._shelf.likeness(each.used, middle)
            + 2 * (each.used.is_style or each.is_own_of(shot))
            for each, _ in there
        }
        return sorted(there, key=lambda each: -likeness[each[0].name])[:_COMPARED]

    def _tell_unused(self) -> None:
        """Note the references that color none of the shots that they were compared with."""
        for name, reference in self._references:
            fits = [each for each in self.verdicts if each.name == name]
            if fits and not any(each.is_used for each in fits):
                self._listener.note(
                    f"{name}: {reference.picture.name} looks like none of the shots it is for; it "
                    "is not used"
                )


def reference_in_use(reference: ReferencePicture) -> UsedReference:
    """Return a reference as films and photographs use it."""
    return UsedReference(
        reference.picture,
        reference.strength,
        is_style=reference.match == "style",
        encoder=reference.encoder_weights,
        labels=reference.labels,
    )


@dataclass(frozen=True, eq=False)
class _Own:
    """A frame of the film that a picture shows in color: its shot, its time, and its packed map."""

    shot: Shot
    time: Fraction
    packed: bytes


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A reference that may color shots from `begin` up to `end`, None for the film's own.

    own: the frame of the film that it shows; None where it shows none.
    """

    name: str
    used: UsedReference
    begin: Fraction | None = None
    end: Fraction | None = None
    own: _Own | None = None

    @property
    def extent(self) -> Extent:
        """The part of the film whose shots it may color."""
        return Extent(self.begin, None if self.end is None else self.end - ROUNDED)

    def is_own_of(self, shot: ShotSamples[Sample]) -> bool:
        """Tell whether it is a frame of a shot."""
        return self.own is not None and self.own.shot.times[0] == shot.begin

    def part_of(self, shot: ShotSamples[Sample]) -> tuple[Fraction, Fraction] | None:
        """Return from when to when it may color a shot; None where it may not.

        Marks color their own shot themselves.
        """
        picture = self.used.picture
        if isinstance(picture, KnownFrame) and picture.shot == shot.begin:
            return None
        begin = shot.begin if self.begin is None else max(self.begin, shot.begin)
        end = shot.end if self.end is None else min(self.end, shot.end)
        return (begin, end) if begin < end else None


def _exact(picture: ColorPicture, strength: float) -> HintMap:
    """Return the map of a frame that is given in color, as good as free where it's transparent."""
    weight = (strength * torch.from_numpy(picture.opaque)).clamp_min(LEAST)
    return HintMap(torch.from_numpy(picture.chroma), weight, weight > 0)
