"""`FilmHints`: what hints come to in each frame of a film, known before the film is colored."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from vidcolor.colorize.grade import Grade
from vidcolor.hints.packed import unpack
from vidcolor.net.hints import HintMap, Rank, combine

Maps: TypeAlias = Mapping[Fraction, Sequence[tuple[Rank, bytes]]]
"""The packed maps that frames have, with their ranks, by the frames' times in `Reader.seconds`.

Those of a few points take about 200 bytes a frame.
"""


@dataclass(frozen=True, eq=False)
class GradedPart:
    """A part of a film, from `begin` up to `end` in `Reader.seconds`, and its grade."""

    begin: Fraction
    end: Fraction
    grade: Grade


def grade_at(graded: Sequence[GradedPart], time: Fraction) -> Grade | None:
    """Return the grade of the part that a time lies in; None where there is none."""
    return next((part.grade for part in graded if part.begin <= time < part.end), None)


@dataclass(frozen=True)
class KnownFrame:
    """A frame of the film with its color, as others know it.

    time: when it is shown, and shot: when its shot begins, in `Reader.seconds`. luma: bytes of the
    shape (h, w), in 255ths, as the network is shown it. packed: the map of its cells (h', w'), all
    of whose colors are known.
    """

    time: Fraction
    shot: Fraction
    shape: tuple[int, int]
    luma: bytes
    cells: tuple[int, int]
    packed: bytes

    def as_list(self) -> list[Any]:
        """Return it as JSON has it."""
        content = [b64encode(each).decode() for each in (self.luma, self.packed)]
        return [str(self.time), str(self.shot), list(self.shape), list(self.cells), *content]

    @classmethod
    def from_list(cls, content: list[Any]) -> "KnownFrame":
        """Read what `as_list` gives."""
        time, shot, shape, cells, luma, packed = content
        return cls(
            Fraction(time),
            Fraction(shot),
            shape=(shape[0], shape[1]),
            luma=b64decode(luma),
            cells=(cells[0], cells[1]),
            packed=b64decode(packed),
        )


@dataclass(frozen=True)
class UsedReference:
    """A reference, and how far its colors count, 0 to 1.

    picture: its file, or a frame of the film.
    is_style: whether it lends its style, instead of being matched. encoder: the file of weights of
    what sees styles; None for the network that colors the film. labels: as in `ReferencePicture`;
    JSON leaves them out, for films have none.
    """

    picture: Path | KnownFrame
    strength: float
    is_style: bool = False
    encoder: Path | None = None
    labels: tuple[Path, Path] | None = None

    def as_list(self) -> list[Any]:
        """Return it as JSON has it."""
        own = self.picture
        picture = own.as_list() if isinstance(own, KnownFrame) else str(own)
        encoder = None if self.encoder is None else str(self.encoder)
        return [picture, self.strength, self.is_style, encoder]

    @classmethod
    def from_list(cls, content: list[Any]) -> "UsedReference":
        """Read what `as_list` gives."""
        given, strength, is_style, encoder = content
        picture = Path(given) if isinstance(given, str) else KnownFrame.from_list(given)
        return cls(picture, strength, is_style, Path(encoder) if encoder else None)


@dataclass(frozen=True)
class ReferencedPart:
    """A part of a film, from `begin` up to `end` in `Reader.seconds`, and what it is colored by."""

    begin: Fraction
    end: Fraction
    references: tuple[UsedReference, ...]


@dataclass(frozen=True, eq=False)
class FilmHints:
    """The hints of a film's frames, or of a span's, which are a value of the first pass.

    shape: (h, w) of the maps, as `FilmColorizer.hint_shape`. graded, referenced: parts that don't
    overlap, in order.
    """

    shape: tuple[int, int]
    maps: Maps
    graded: Sequence[GradedPart] = ()
    referenced: tuple[ReferencedPart, ...] = ()

    def map_at(self, time: Fraction) -> HintMap | None:
        """Return what is known of the frame shown at `time`; None where nothing is."""
        packed = self.maps.get(time, ())
        return combine([(rank, unpack(content, self.shape)) for rank, content in packed])

    def grade_at(self, time: Fraction) -> Grade | None:
        """Return what is asked of the colors at `time`; None where nothing is."""
        return grade_at(self.graded, time)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, exact."""
        return {
            "shape": list(self.shape),
            "maps": {
                str(time): [[int(rank), b64encode(content).decode()] for rank, content in packed]
                for time, packed in self.maps.items()
            },
            "graded": [
                [str(part.begin), str(part.end), part.grade.as_list()] for part in self.graded
            ],
            "referenced": [
                [
                    str(part.begin),
                    str(part.end),
                    [used.as_list() for used in part.references],
                ]
                for part in self.referenced
            ],
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "FilmHints":
        """Read what `as_dict` gives."""
        height, width = content["shape"]
        maps = {
            Fraction(time): [(Rank(rank), b64decode(text)) for rank, text in packed]
            for time, packed in content["maps"].items()
        }
        graded = [
            GradedPart(Fraction(begin), Fraction(end), Grade.from_list(grade))
            for begin, end, grade in content["graded"]
        ]
        referenced = tuple(
            ReferencedPart(
                Fraction(begin),
                Fraction(end),
                tuple(map(UsedReference.from_list, used)),
            )
            for begin, end, used in content["referenced"]
        )
        return cls((height, width), maps, graded, referenced)
