"""`Hints`: all that a person knows of a film's colors, read from a TOML file."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from reprlib import repr as short
from typing import Any

from vidcolor.errors import InputError, UsageError
from vidcolor.hints.marks import (
    Mark,
    Palette,
    Place,
    Point,
    Reach,
    ReferencePicture,
    Region,
    Stroke,
)
from vidcolor.hints.settings_table import SETTINGS, read_settings
from vidcolor.hints.values import as_file, as_number, as_text, check_keys
from vidcolor.text import as_utf8, parse_time

VERSION = 1
"""Of the file's form."""

MOST = 10_000
"""The most hints of a film."""

_SPAN = ".."


@dataclass(frozen=True)
class Hints:
    """The hints of a film, each kind in the order in which they were given.

    Where marks overlap, points lie over strokes, strokes over regions, and later ones over earlier
    ones. like: a palette for all the film, under every other. saturation: the mean of HSV's S that
    every shot is to have, 0 to 1; None for its own. sample: the seed by which every shot draws one
    of its likely answers; None for what they come to. lends_marks: whether frames that have marks
    are references for other shots. representative: whether of each shot the frame that shows most
    of it is its reference, where there is no other. path: the file that they were read from, None
    if there is none. settings: the table of settings that the file holds, by the names of the
    fields of `ColorSettings`. Raises UsageError for more than `MOST`, or another saturation.
    """

    points: tuple[Point, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    regions: tuple[Region, ...] = ()
    palettes: tuple[Palette, ...] = ()
    references: tuple[ReferencePicture, ...] = ()
    like: Palette | None = None
    saturation: float | None = None
    sample: int | None = None
    lends_marks: bool = False
    representative: bool = False
    path: Path | None = field(default=None, compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        for kind in _KINDS:
            object.__setattr__(self, f"{kind}s", tuple(getattr(self, f"{kind}s")))
        count = len(self.marks) + len(self.palettes) + len(self.references)
        if count > MOST:
            raise UsageError(f"{self.path or 'hints'}: {count} hints; at most {MOST} are allowed")
        if self.saturation is not None and not 0 <= self.saturation <= 1:
            raise UsageError(f"saturation: {short(self.saturation)} is not within 0..1")

    @classmethod
    def load(cls, path: Path, timeless: bool = False) -> "Hints":
        """Read a file.

        timeless: whether they are those of a photograph, where `at` is left out, and `for` too.
        An empty file has no hints. Raises UsageError for what the file says wrong, with the number
        of the entry, and InputError for a picture that it names and that is not there.
        """
        try:
            return cls.parse(path.read_bytes(), path, timeless)
        except OSError as error:
            raise UsageError(f"{path}: can't be read: {error.strerror}") from None

    @classmethod
    def parse(cls, content: bytes, path: Path, timeless: bool = False) -> "Hints":
        """Return the hints of the content of the file at `path`; as `load`."""
        return cls.of(_parse(content, path), path, timeless)

    @classmethod
    def of(cls, content: Mapping[str, Any], path: Path, timeless: bool = False) -> "Hints":
        """Return the hints of what the file at `path` says, or is about to say; as `load`."""
        content = dict(content)
        version = content.pop("version", None) if content else VERSION
        if version != VERSION or isinstance(version, bool):
            raise UsageError(f"{path}: begin it with 'version = {VERSION}'")
        settings = read_settings(content.pop(SETTINGS, {}), path)
        check_keys(content, {**_KINDS, SETTINGS: None}, str(path), "table")
        found: dict[str, list[Any]] = {}
        for kind, entries in content.items():
            if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
                raise UsageError(f"{path}: write each {kind} as a table [[{kind}]]")
            found[f"{kind}s"] = [
                _entry(kind, entry, path.parent, f"{path}: {kind} {number}", timeless)
                for number, entry in enumerate(entries, 1)
            ]
        return cls(**found, path=path, settings=settings)  # type: ignore[arg-type]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Regions, strokes and points, in the order in which they lie over each other."""
        return *self.regions, *self.strokes, *self.points

    def without_marks(self) -> "Hints":
        """Return the same but for points, strokes and regions."""
        return replace(self, points=(), strokes=(), regions=(), lends_marks=False)

    def for_all_shots(self) -> "Hints":
        """Return the same, but what is known of a shot also colors others that look like it."""
        references = tuple(
            replace(each, reach="film") if each.reach == "shot" else each
            for each in self.references
        )
        return replace(self, references=references, lends_marks=bool(self.marks))

    def named_marks(self) -> Iterator[tuple[str, Mark]]:
        """Yield `marks`, each with the name that errors call it by, such as "point 3"."""
        kinds: tuple[Sequence[Mark], ...] = (self.regions, self.strokes, self.points)
        for alike in kinds:
            yield from ((f"{mark.kind} {number}", mark) for number, mark in enumerate(alike, 1))

    def named_palettes(self) -> Iterator[tuple[str, Palette]]:
        """Yield `like`, if there is one, and the palettes, with their names."""
        if self.like is not None:
            yield "like", self.like
        yield from ((f"palette {number}", each) for number, each in enumerate(self.palettes, 1))

    def named_references(self) -> Iterator[tuple[str, ReferencePicture]]:
        """Yield the references, with their names."""
        yield from ((f"reference {number}", each) for number, each in enumerate(self.references, 1))

    @property
    def sha256(self) -> str:
        """The digest, in hexadecimal, of marks, palettes and references, pictures included.

        `like`, `saturation`, `sample`, `representative` and `settings` are left aside, which
        `ColorSettings` tell themselves.
        Comments and the form of the file make no difference. Raises InputError for a picture that
        can't be read.
        """

        def plain(value: Any) -> str:
            return file_sha256(value) if isinstance(value, Path) else str(value)

        given = replace(self, like=None, saturation=None, sample=None, path=None, settings={})
        # What nobody gave is left out, so that kinds added later leave older digests as they are.
        said = {name: value for name, value in asdict(given).items() if value is not None}
        del said["settings"], said["representative"]
        if not self.references:
            del said["references"]
        if not self.lends_marks:
            del said["lends_marks"]
        for each in (*said["points"], *said["strokes"], *said["regions"]):
            if each["spread"] is None:
                del each["spread"]
        for each in said.get("references", ()):
            for added in ("encoder_weights", "labels"):
                if each[added] is None:
                    del each[added]
        return hashlib.sha256(json.dumps(said, default=plain).encode()).hexdigest()

    def __bool__(self) -> bool:
        given = self.marks or self.palettes or self.references or self.like
        asked = self.saturation, self.sample, self.representative
        return bool(given) or asked != (None, None, False)


_KINDS: dict[str, Callable[..., Any]] = {
    each.kind: each for each in (Point, Stroke, Region, Palette, ReferencePicture)
}


_NEEDED = {"palette": (), "reference": ("picture",)}
"""The keys that kinds must have which are not marks."""


def _parse(content: bytes, path: Path) -> dict[str, Any]:
    """Return what a TOML file says. Raises UsageError."""
    try:
        text = as_utf8(content).decode().replace("\r\n", "\n").replace("\r", "\n")
        return tomllib.loads(text)
    except RecursionError:
        raise UsageError(f"{path}: not valid TOML: its tables or lists lie too deep") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: it is no text in UTF-8; save it as UTF-8") from None
    except ValueError as error:
        raise UsageError(f"{path}: not valid TOML: {error}") from None


def _entry(kind: str, entry: Mapping[str, Any], folder: Path, where: str, timeless: bool) -> Any:
    """Return a hint from what its table says.

    Args:
        kind: of the hint.
        entry: its keys and values.
        folder: of the file, in which pictures are found.
        where: the file and the number of the entry, for errors.
        timeless: as for `Hints.load`.
    """
    made = _KINDS[kind]
    if timeless:
        if found := entry.keys() & {"at", "for"}:
            raise UsageError(f"{where}: {min(found)}: a photograph has no times; leave it out")
        entry = {**entry, "at": "0"} if kind not in _NEEDED else entry
    elif "labels" in entry:
        raise UsageError(f"{where}: labels: are for photographs; in films mark a [[region]]")
    names = {each.name for each in fields(made)}  # type: ignore[arg-type]
    keys = {("for" if name == "reach" else name.replace("_", "-")): name for name in names}
    check_keys(entry, keys, where, "key")
    values = {}
    for key, value in entry.items():
        try:
            values[keys[key]] = _READERS[key](value)
        except ValueError as error:
            raise UsageError(f"{where}: {key}: {error}") from None
    for key in ("mask", "like", "picture", "encoder-weights"):
        if key in entry:
            values[keys[key]] = _there(folder / values[keys[key]], f"{where}: {key}")
    if "labels" in entry:
        values["labels"] = tuple(_there(folder / p, f"{where}: labels") for p in values["labels"])
    for key in _NEEDED.get(kind, ("at", "color", "xy", "path")):
        if key in names and key not in values:
            raise UsageError(f"{where}: '{key}' is missing")
    try:
        return made(**values)
    except UsageError as error:
        raise UsageError(f"{where}: {error}") from None


def _there(path: Path, where: str) -> Path:
    """Return a path. Raises InputError if there is no such file."""
    if not path.is_file():
        raise InputError(f"{where}: {path} is not there")
    return path


def _two_files(value: Any) -> tuple[Path, Path]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{short(value)} are no two files; write ['own.png', 'reference.png']")
    return as_file(value[0]), as_file(value[1])


def _time(value: Any) -> Fraction:
    text = as_text(value)
    try:
        return parse_time(text)
    except ValueError as error:
        raise ValueError(f"{short(value)} {error}") from None


def _place(value: Any) -> Place:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{short(value)} is no place; write [x, y]")
    return as_number(value[0]), as_number(value[1])


def _places(value: Any) -> tuple[Place, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{short(value)} are no places; write [[x, y], [x, y]]")
    return tuple(map(_place, value))


def _shares(value: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, list) or not all(isinstance(e, list) and len(e) == 2 for e in value):
        raise ValueError(f"{short(value)} are no colors; write [['#335577', 0.6], ['tan', 0.4]]")
    return tuple((as_text(color), as_number(share)) for color, share in value)


def _reach(value: Any) -> Reach:
    begin, separator, end = as_text(value).partition(_SPAN)
    return (_time(begin), _time(end)) if separator else begin


_READERS: dict[str, Callable[[Any], Any]] = {
    "at": _time,
    "xy": _place,
    "polygon": _places,
    "path": _places,
    "mask": as_file,
    "like": as_file,
    "picture": as_file,
    "encoder-weights": as_file,
    "labels": _two_files,
    "match": as_text,
    "colors": _shares,
    "color": as_text,
    "radius": as_number,
    "strength": as_number,
    "spread": as_number,
    "for": _reach,
}
"""By key of the file, what makes a field of its value; ValueError where it can't."""


def file_sha256(picture: Path) -> str:
    """Return the digest of a file, in hexadecimal. Raises InputError."""
    try:
        return hashlib.sha256(picture.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{picture}: can't be read: {error.strerror}") from None
