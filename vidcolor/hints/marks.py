"""What a person knows of a film's colors: points, strokes, regions, palettes and references.

Times are seconds from where players see the film begin. Places are fractions of the picture as a
player shows it, black bars included: x from the left, y from the top. Every value is checked when
it is made; what is wrong with it is raised as a UsageError that begins with the field's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from reprlib import repr as short
from typing import Any, ClassVar, TypeAlias

from vidcolor.errors import UsageError
from vidcolor.hints.named_colors import parse_color

MOST_CORNERS = 10_000
"""The most corners of a polygon, or places of a path."""

Place: TypeAlias = tuple[float, float]
"""(x, y)."""

MATCHES = "auto", "own", "matched", "style"
"""How a reference picture finds its places in the film; see `ReferencePicture`."""

Reach: TypeAlias = str | tuple[Fraction, Fraction]
"""When a hint holds: in its "shot", its "frame", all the "film", or from a time up to another."""


@dataclass(frozen=True)
class Point:
    """A round spot of one color.

    at: a moment while the frame is on the screen. xy: its middle. color: `#8c1c1c`, or a name of
    CSS; its chroma counts, for the film has its own luma. radius: in long sides of the picture, at
    most 1; the cell in its middle has the color however small it is. strength: how far the color
    goes from the automatic one, 0, to the one given, 1. reach: "shot", "frame" or a span. spread:
    how far it goes at most from the spot, in long sides; None for as far as things are alike.
    """

    kind: ClassVar = "point"
    at: Fraction
    xy: Place
    color: str
    radius: float = 0.008
    strength: float = 1.0
    reach: Reach = "shot"
    spread: float | None = None

    def __post_init__(self) -> None:
        _check_mark(self)
        _check_places("xy", [self.xy])
        _check_number("radius", self.radius)


@dataclass(frozen=True)
class Stroke:
    """A line of one color, as a round brush draws it.

    path: at least two places on the way of its middle. The rest is as for `Point`.
    """

    kind: ClassVar = "stroke"
    at: Fraction
    path: tuple[Place, ...]
    color: str
    radius: float = 0.005
    strength: float = 1.0
    reach: Reach = "shot"
    spread: float | None = None

    def __post_init__(self) -> None:
        _check_mark(self)
        _check_places("path", self.path, 2)
        _check_number("radius", self.radius)


@dataclass(frozen=True)
class Region:
    """An area of one color: a polygon, or what a picture shows bright.

    polygon: at least three corners. mask: a picture with the film's aspect; what is lighter than
    mid-grey belongs to the area. One of the two is given. The rest is as for `Point`.
    """

    kind: ClassVar = "region"
    at: Fraction
    color: str
    polygon: tuple[Place, ...] | None = None
    mask: Path | None = None
    strength: float = 1.0
    reach: Reach = "shot"
    spread: float | None = None

    def __post_init__(self) -> None:
        _check_mark(self)
        if (self.polygon is None) == (self.mask is None):
            raise UsageError("polygon: give either a polygon or a mask")
        if self.polygon is not None:
            _check_places("polygon", self.polygon, 3)


@dataclass(frozen=True)
class Palette:
    """How frequent colors are, in all the film or a part of it.

    like: a picture that shows them. colors: pairs of a color and its share, above 0, which are
    scaled to the sum of 1. One of the two is given. strength: how far frequencies go from the
    automatic ones, 0, to these, 1. reach: "film", a span, or the "shot" at a moment. at: that
    moment; None for the others.
    """

    kind: ClassVar = "palette"
    like: Path | None = None
    colors: tuple[tuple[str, float], ...] | None = None
    strength: float = 1.0
    reach: Reach = "film"
    at: Fraction | None = None

    def __post_init__(self) -> None:
        if (self.like is None) == (self.colors is None):
            raise UsageError("like: give either a picture or colors")
        if self.colors is not None:
            if not 0 < len(self.colors) <= MOST_CORNERS:
                raise UsageError(f"colors: give 1 to {MOST_CORNERS} pairs of a color and its share")
            for color, share in self.colors:
                _check_color("colors", color)
                if not (isfinite(share) and share > 0):
                    raise UsageError(f"colors: {short(share)} is no share; give more than 0")
        _check_number("strength", self.strength)
        _check_reach(self.reach, ("film", "shot"))
        if (self.reach == "shot") != (self.at is not None):
            raise UsageError("at: give the moment of the shot, and only with for = 'shot'")
        if self.at is not None:
            _check_time("at", self.at)


@dataclass(frozen=True)
class ReferencePicture:
    """A picture in color of what the film shows.

    at: a moment while its own frame is on the screen; None where it is none of the film's. match:
    "own", it is the frame at `at` in color; "matched", its colors go where the film looks alike;
    "auto", own if its luma is that frame's, else matched; "style", they go to all that the film
    shows, where they suit it best. encoder_weights: a file of weights of VGG19 or ResNet34, which
    tells what suits; None for the network that colors the film. labels: of a style for a
    photograph, a picture of the photograph's regions and one of the reference's, each region in a
    color of its own; those of one color belong together. strength: how far its colors count, from
    not at all, 0, to fully, 1. reach: "film", the "shot" at `at`, or a span; "" for the shot of a
    frame of the film, and the film for another picture.
    """

    kind: ClassVar = "reference"
    picture: Path
    at: Fraction | None = None
    match: str = "auto"
    strength: float = 1.0
    reach: Reach = ""
    encoder_weights: Path | None = None
    labels: tuple[Path, Path] | None = None

    def __post_init__(self) -> None:
        if not self.reach:
            object.__setattr__(self, "reach", "film" if self.at is None else "shot")
        if self.match not in MATCHES:
            ways = ", ".join(f"'{each}'" for each in MATCHES)
            raise UsageError(f"match: {short(self.match)} is none of {ways}")
        for key, given in (("encoder-weights", self.encoder_weights), ("labels", self.labels)):
            if given is not None and self.match != "style":
                raise UsageError(f"{key}: are for match = 'style' alone")
        _check_number("strength", self.strength)
        _check_reach(self.reach, ("film", "shot"))
        if self.at is not None:
            _check_time("at", self.at)
        elif self.match == "own" or self.reach == "shot":
            raise UsageError("at: give the moment of its frame")


Mark: TypeAlias = Point | Stroke | Region
"""What has a place in the picture."""


def _check_mark(mark: Mark) -> None:
    _check_time("at", mark.at)
    _check_color("color", mark.color)
    _check_number("strength", mark.strength)
    _check_reach(mark.reach, ("shot", "frame"))
    if mark.spread is not None:
        _check_number("spread", mark.spread)
    if isinstance(mark.reach, tuple) and not mark.reach[0] <= mark.at < mark.reach[1]:
        raise UsageError("for: the span does not hold the moment 'at'")


def _check_time(name: str, time: Fraction) -> None:
    if time < 0:
        raise UsageError(f"{name}: {short(time)} lies before the film")


def _check_color(name: str, color: str) -> None:
    try:
        parse_color(color)
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _check_number(name: str, value: float) -> None:
    """Raise UsageError unless it is in [0, 1]; a NaN is not."""
    if not 0 <= value <= 1:
        raise UsageError(f"{name}: {short(value)} is not within 0..1")


def _check_places(name: str, places: Sequence[Place], least: int = 1) -> None:
    if not least <= len(places) <= MOST_CORNERS:
        raise UsageError(f"{name}: has {len(places)} places; give {least} to {MOST_CORNERS}")
    for place in places:
        if not all(0 <= part <= 1 for part in place):
            raise UsageError(
                f"{name}: {short(list(place))} is not within 0..1; give fractions of the picture"
            )


def _check_reach(reach: Any, words: tuple[str, str]) -> None:
    if isinstance(reach, tuple):
        if not 0 <= reach[0] < reach[1]:
            raise UsageError("for: the span ends before it begins")
    elif reach not in words:
        raise UsageError(
            f"for: {short(reach)} is none of '{words[0]}', '{words[1]}' and a span '1:10..1:20'"
        )


def told_name(name: str, hint: Mark | Palette | ReferencePicture) -> str:
    """Return the name of a hint as lines about it begin: with its picture, if it has its own."""
    return f"{name}: {hint.picture.name}" if isinstance(hint, ReferencePicture) else name
