"""A picture that the network sees, and those behind it that take their color from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, TypeVar

import torch

from vidcolor.colorize.grade import Grade
from vidcolor.colorize.predict import Decoded, Prediction, Shown
from vidcolor.temporal.motion import Step
from vidcolor.temporal.sparse import Gap

Picture = TypeVar("Picture", bound=Shown)

Ends: TypeAlias = dict[tuple[Prediction, Grade | None], Prediction]
"""Pictures that the network saw as they are to be decoded, by themselves and by grade."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a shot, from a picture that the network sees up to the next one that it sees.

    seen: that picture. begins_shot: whether a shot begins with it. since: the motion since the one
    seen before; None where a shot begins, and where nobody looks for motion. between: the pictures
    behind it, which the network does not see. gap: their ways. following: the next one seen, if
    there are some between, which is the next stretch's; None where the shot ends.
    """

    seen: Prediction
    begins_shot: bool
    since: Step | None
    between: Sequence[Shown] = ()
    gap: Gap = field(default_factory=Gap)
    following: Prediction | None = None

    @property
    def ends(self) -> tuple[Prediction, ...]:
        """The pictures that the network saw from which those between take."""
        return (self.seen,) if self.following is None else (self.seen, self.following)

    @property
    def pictures(self) -> list[Shown]:
        """All its pictures, the oldest first."""
        return [self.seen, *self.between]

    def hinted(self) -> list[Prediction | None]:
        """Return what the network makes of each picture, carried to those between.

        None stands for a picture without hints that spread: nobody asks what the network makes of
        that alone.
        """
        carried = [self.seen.probabilities] * (1 + len(self.between))
        if any(picture.has_spreading_hints for picture in self.between):
            carried[1:] = self.gap.carried(*(end.probabilities for end in self.ends))
        return [
            picture.with_probabilities(each) if picture.has_spreading_hints else None
            for picture, each in zip(self.pictures, carried, strict=True)
        ]


class Renew(Protocol):
    """Makes of a picture another one of its kind."""

    def __call__(self, picture: Picture, /) -> Picture:
        """Return the other picture."""


def renewed(stretches: Sequence[Stretch], renew: Renew) -> list[Stretch]:
    """Return stretches with other pictures, which `renew` makes of theirs, of each once."""
    ends = {end: renew(end) for stretch in stretches for end in stretch.ends}
    return [
        replace(
            stretch,
            seen=ends[stretch.seen],
            between=[renew(picture) for picture in stretch.between],
            following=stretch.following and ends[stretch.following],
        )
        for stretch in stretches
    ]


def ends_to_decode(stretches: Sequence[Stretch]) -> Ends:
    """Return the pictures from which those that have a plane take, each with each grade of these.

    A picture is graded as its own shot and time want, though what is graded is what the network
    makes of its neighbours.
    """
    ends: Ends = {}
    for stretch in stretches:
        if stretch.seen.plane is not None:
            ends.setdefault((stretch.seen, stretch.seen.grade), stretch.seen)
        for picture in stretch.between:
            if picture.plane is not None:
                for end in stretch.ends:
                    key = end, picture.grade
                    ends.setdefault(key, replace(end, grade=picture.grade))
    return ends


def carried(stretches: Sequence[Stretch], ends: Ends, decoded: Sequence[Decoded]) -> list[Decoded]:
    """Return the pictures that have a plane, the oldest first.

    ends: as `ends_to_decode` gives them. decoded: of each.
    """
    made = dict(zip(ends, decoded, strict=True))
    pictures: list[Decoded] = []
    for stretch in stretches:
        if stretch.seen.plane is not None:
            pictures.append(made[stretch.seen, stretch.seen.grade])
        graded: dict[Grade | None, list[torch.Tensor]] = {}
        for index, picture in enumerate(stretch.between):
            if picture.plane is None:
                continue
            own = [made[end, picture.grade] for end in stretch.ends]
            if picture.grade not in graded:
                graded[picture.grade] = stretch.gap.carried(*(each.planes for each in own))
            pictures.append(own[0].carried_to(picture, graded[picture.grade][index]))
    return pictures
