"""What FFmpeg does not tell of a Matroska file (RFC 9559), among it chapters and tags."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vidcolor.input.ebml import (
    ATTACHMENTS,
    CHAPTERS,
    INFO,
    TAGS,
    TRACKS,
    Element,
    block_additions,
    top_elements,
)
from vidcolor.input.tag_text import kept_tags, printable

_EDITION, _EDITION_HIDDEN, _EDITION_ORDERED, _EDITION_NAME = 0x45B9, 0x45BD, 0x45DD, 0x4520
_ATOM, _UID, _HIDDEN, _ENABLED, _COMMANDS, _LINK = 0xB6, 0x73C4, 0x98, 0x4598, 0x6944, 0x6E67
_DISPLAY, _LANGUAGE, _LANGUAGE_BCP47 = 0x80, 0x437C, 0x437D
_TAG, _TARGETS, _LEVEL, _LEVEL_NAME = 0x7373, 0x63C0, 0x68CA, 0x63CA
_TRACK, _TAGGED_EDITION, _CHAPTER, _ATTACHMENT = 0x63C5, 0x63C9, 0x63C4, 0x63C6
_SIMPLE, _NAME, _TEXT, _BINARY = 0x67C8, 0x45A3, 0x4487, 0x4485
_DURATION, _TITLE = 0x4489, 0x7BA9
_NEIGHBOURS = {0x3CB923, 0x3C83AB, 0x3EB923, 0x3E83BB}  # their UIDs and their file names
_ATTACHED_FILE, _FILE_NAME, _MEDIA_TYPE, _FILE_DATA = 0x61A7, 0x466E, 0x4660, 0x465C
_ENTRY, _TRACK_NUMBER, _MOST_ADDITIONS = 0xAE, 0xD7, 0x55EE
_MAPPING, _MAPPED, _MAPPED_TYPE = 0x41E4, 0x41F0, 0x41E7
_ADDED = {4: "metadata of ITU-T T.35", 121: "SMPTE timecodes"}
"""What is beside blocks, by the types that are registered for it."""
_HDR10_PLUS = bytes.fromhex("b5003c000104")
"""How the only metadata of ITU-T T.35 begins that FFmpeg carries."""
_FILM_LEVEL = 50
_FILM_LEVEL_NAMES = ("MOVIE", "EPISODE", "ALBUM", "OPERA", "CONCERT")
_DEEPEST = 50
# What FFmpeg calls tags otherwise.
_RENAMED = {"lead_performer": "performer", "part_number": "track"}
_ORDINALS = {2: "second", 3: "third"}


@dataclass(frozen=True)
class _Tag:
    """A tag: the names of those that it is inside and its own, its text, and what it is of.

    text: None if it is binary. kind: the number of the element that names its target; None: the
    film. targets: how many it has. level: its name or number, "" if that of the film.
    """

    names: tuple[str, ...]
    text: str | None
    kind: int | None
    targets: int
    level: str


class Beyond:
    """What FFmpeg does not carry of the Matroska file at `path`: attachments, chapters and tags."""

    def __init__(self, path: Path) -> None:
        self._path = path
        elements = top_elements(path, {INFO, ATTACHMENTS, CHAPTERS, TAGS, TRACKS})
        self._entries = _in_all(elements, TRACKS, {_ENTRY})
        self._attached = [
            {child.number: child for child in file.children()}
            for file in _in_all(elements, ATTACHMENTS, {_ATTACHED_FILE})
        ]
        self._editions = _in_all(elements, CHAPTERS, {_EDITION})
        self._tags = [
            _Tag(("TITLE",), title.text(), None, 0, "")
            for title in _in_all(elements, INFO, {_TITLE})
            if title.text()
        ]
        self._tags += [tag for group in _in_all(elements, TAGS, {_TAG}) for tag in _tags(group)]
        self._is_linked = bool(_in_all(elements, INFO, _NEIGHBOURS))

    def is_of_first_edition(self, uid: int) -> bool:
        """Tell whether the chapter that FFmpeg knows by `uid` is of the first edition.

        FFmpeg makes one list of all editions.
        """
        if len(self._editions) < 2:
            return True
        return uid % (1 << 64) in map(_uid, _atoms(self._editions[0]))

    def attachments(self, carried: Iterable[str]) -> Iterator[str]:
        """Yield what is lost of the attachments, a line each.

        carried: the file names of those that FFmpeg knows. It passes over an attachment without a
        name, a media type or content.
        """
        known = Counter(carried)
        for file in self._attached:
            name, media_type = (
                file[part].text() if part in file else "" for part in (_FILE_NAME, _MEDIA_TYPE)
            )
            if known[name]:
                known[name] -= 1
            elif not name:
                yield "attachment without a name: lost"
            elif not media_type:
                yield f"attachment {printable(name)}, without a media type: lost"
            elif _FILE_DATA not in file or not file[_FILE_DATA].content:
                yield f"attachment {printable(name)}, without content: lost"
            else:
                yield f"attachment {printable(name)}: lost"

    def chapters(self, carried: Iterable[int]) -> Iterator[str]:
        """Yield what is lost of the chapters, a line each.

        carried: the uids of the chapters that FFmpeg knows.
        """
        known = {uid % (1 << 64) for uid in carried}
        for number, edition in enumerate(self._editions[1:], 2):
            count = len(list(_atoms(edition)))
            ordinal = _ORDINALS.get(number, f"{number}th")
            yield f"{ordinal} edition of chapters ({_counted(count, 'chapter')}): lost"
        for edition in self._editions[:1]:
            yield from _lost_of_edition(edition, known)

    def additions(self) -> Iterator[str]:
        """Yield what is lost of that which blocks have beside their frames, a line each.

        The blocks are looked at if a track announces more than a first addition, until one of each
        kind is found. Raises OSError.
        """
        kinds: dict[int, dict[int, int]] = {}
        """By the number of the track and of its addition, the type of this; 0 if none is told."""
        for entry in self._entries:
            kinds_of_one = {
                _value(each, _MAPPED) or 0: _value(each, _MAPPED_TYPE) or 0
                for each in entry.children()
                if each.number == _MAPPING
            }
            kinds_of_one = {which: kind for which, kind in kinds_of_one.items() if which > 1}
            if kinds_of_one or (_value(entry, _MOST_ADDITIONS) or 0) > 1:
                kinds[_value(entry, _TRACK_NUMBER) or 0] = kinds_of_one
        missing = {(track, which) for track, of_one in kinds.items() for which in of_one or {0}}
        found = set()
        for track, added in block_additions(self._path) if kinds else ():
            for which in _lost_additions(added, kinds.get(track, {})):
                if track in kinds and (track, which) not in found:
                    found.add((track, which))
                    what = _ADDED.get(kinds[track].get(which, 0), f"addition {which}")
                    yield f"track {track}: {what} beside its packets: lost"
                    missing -= {(track, which), (track, 0)}
            if not missing:
                return

    def tags(
        self,
        film: Mapping[str, str],
        tracks: Sequence[Mapping[str, str]],
        chapters: list[Mapping[str, str]],
    ) -> Iterator[str]:
        """Yield what is lost of the tags, a line each.

        film, tracks, chapters: the tags that FFmpeg knows, of each; attachments count as tracks.
        """
        known = {
            None: [_plain(film)],
            _TAGGED_EDITION: [_plain(film)],
            _TRACK: [_plain(tags) for tags in tracks],
            _ATTACHMENT: [_plain(tags) for tags in tracks],
            _CHAPTER: [_plain(tags) for tags in chapters],
        }
        meant = [tag for tag in dict.fromkeys(self._tags) if kept_tags({tag.names[-1]: ""})]
        every: Counter[tuple[str, int | None]] = Counter()
        lost: Counter[tuple[str, int | None]] = Counter()
        for tag in meant:
            name, key = printable(tag.names[-1]), (tag.names[-1].lower(), tag.kind)
            found = sum((key[0], tag.text) in tags for tags in known[tag.kind])
            every[key] += 1
            lost[key] += not found
            if 0 < found < tag.targets:
                yield f"tag {name} of {tag.targets}: kept in {found}"
            elif found and len(tag.names) > 1:
                yield f"tag {name} inside {printable(tag.names[-2])}: no longer inside it"
            elif found and tag.level:
                yield f"tag {name}: its level {printable(tag.level)} is lost"
            elif found and tag.kind == _TAGGED_EDITION:
                yield f"tag {name} of an edition of chapters: becomes one of the film"
        for (name, _), count in lost.items():
            if count:
                several = f"{count} of {every[name, _]} " if every[name, _] > 1 else ""
                yield f"tag {printable(name.upper())}: {several}lost"
        if self._is_linked:
            yield "links to the films that come before and after: lost"


def says_its_length(path: Path) -> bool:
    """Tell whether a file says how long it is: not where it was written to a pipe or never ended.

    FFmpeg then makes a guess from its size. Raises OSError.
    """
    infos = top_elements(path, {INFO})
    return bool(_in_all(infos, INFO, {_DURATION}))


def at_film_level(tags: Mapping[str, str]) -> dict[str, str]:
    """Return a film's `tags` without the names of the film's own level, which FFmpeg puts first."""
    prefixes = tuple(f"{name}/" for name in _FILM_LEVEL_NAMES)
    plain = {name for name in tags if not name.startswith(prefixes)}
    moved = {}
    for name, text in tags.items():
        short = name.partition("/")[2] if name.startswith(prefixes) else name
        moved[name if short in plain and short != name else short] = text
    return moved


def _in_all(elements: Iterable[Element], outer: int, wanted: Collection[int]) -> list[Element]:
    """Return the elements with the numbers `wanted` in all `elements` with the number `outer`."""
    return [
        child
        for element in elements
        if element.number == outer
        for child in element.children()
        if child.number in wanted
    ]


def _lost_of_edition(edition: Element, known: set[int]) -> Iterator[str]:
    """Yield what is lost of an edition of which FFmpeg knows the chapters `known`."""
    atoms = list(_atoms(edition))
    if nested := sum(_inside(atom) for atom in atoms):
        yield f"{_counted(nested, 'nested chapter')}: lost"
    if dropped := sum(_uid(atom) not in known for atom in atoms):
        yield f"{_counted(dropped, 'chapter')} out of order: lost"
    hidden = sum(_value(atom, _HIDDEN) == 1 or _value(atom, _ENABLED) == 0 for atom in atoms)
    if hidden or _value(edition, _EDITION_HIDDEN) == 1:
        what = _counted(hidden, "hidden chapter") if hidden else "hidden edition of chapters"
        yield f"{what}: no longer hidden"
    titles = [[c for c in atom.children() if c.number == _DISPLAY] for atom in atoms]
    languages = [{_language(title) for title in of_one} for of_one in titles]
    if any(len(of_one) > 1 for of_one in titles):
        said = ", ".join(sorted(set().union(*languages)))
        yield f"chapter titles, several each ({said}): only one kept"
    elif odd := sorted(set().union(*languages) - {"eng", "en", "und"}):
        yield f"language {', '.join(odd)} of chapter titles: lost"
    if _value(edition, _EDITION_ORDERED) == 1:
        yield "order in which the chapters are to be played: lost"
    if any(_value(atom, _LINK) is not None for atom in atoms):
        yield "chapters in other files: no longer linked"
    if any(_value(atom, _COMMANDS) is not None for atom in atoms):
        yield "menu commands of chapters: lost"
    if _value(edition, _EDITION_NAME) is not None:
        yield "name of the edition of chapters: lost"


def _lost_additions(added: Mapping[int, bytes], kinds: Mapping[int, int]) -> list[int]:
    """Return which additions of a block are lost: FFmpeg writes the first alone, besides HDR10+.

    It reads only the last one of those of which the track tells a type. kinds: these types.
    """
    lost = [
        which
        for which, content in added.items()
        if which != 1 and not (kinds.get(which) == 4 and content.startswith(_HDR10_PLUS))
    ]
    if 1 in added and any(which in kinds and kinds[which] != 4 for which in lost):
        lost.insert(0, 1)
    return lost


def _tags(group: Element) -> Iterator[_Tag]:
    """Yield the tags of a group, which is of one level and of the same targets."""
    level, level_name, targets = _FILM_LEVEL, "", []
    for element in group.children():
        for target in element.children() if element.number == _TARGETS else ():
            if target.number == _LEVEL:
                level = target.integer()
            elif target.number == _LEVEL_NAME:
                level_name = target.text()
            elif target.integer():  # 0 means all
                targets.append(target.number)
    kind = targets[-1] if targets else None
    if kind not in (None, _TRACK, _TAGGED_EDITION, _CHAPTER, _ATTACHMENT):
        kind = None
    is_film_s = kind is not None or (
        level == _FILM_LEVEL and level_name.upper() in ("", *_FILM_LEVEL_NAMES)
    )
    said = "" if is_film_s else level_name or str(level)

    def walk(element: Element, outer: tuple[str, ...]) -> Iterator[_Tag]:
        parts = {child.number: child for child in element.children()}
        if _NAME not in parts or len(outer) == _DEEPEST:
            return
        names = (*outer, parts[_NAME].text())
        if _TEXT in parts or _BINARY in parts:
            text = parts[_TEXT].text() if _TEXT in parts else None
            yield _Tag(names, text, kind, len(targets), said)
        for child in element.children():
            if child.number == _SIMPLE:
                yield from walk(child, names)

    for element in group.children():
        if element.number == _SIMPLE:
            yield from walk(element, ())


def _plain(tags: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return each of FFmpeg's `tags` as its own name, with and without a language, and its text."""
    own = [(name.rpartition("/")[2].lower(), text) for name, text in tags.items()]
    back = {new: old for old, new in _RENAMED.items()}
    own += [(back[name], text) for name, text in own if name in back]
    return {*own, *((name.rpartition("-")[0], text) for name, text in own)}


def _atoms(edition: Element) -> Iterator[Element]:
    return (child for child in edition.children() if child.number == _ATOM)


def _inside(atom: Element, depth: int = 0) -> int:
    """Return how many chapters are inside one, at any depth."""
    if depth == _DEEPEST:
        return 0
    return sum(1 + _inside(child, depth + 1) for child in _atoms(atom))


def _uid(atom: Element) -> int | None:
    return _value(atom, _UID)


def _value(element: Element, number: int) -> int | None:
    """Return the integer of the child with this number; None if there is none."""
    values = [child.integer() for child in element.children() if child.number == number]
    return values[-1] if values else None


def _language(title: Element) -> str:
    """Return the language of a chapter's title; English where none is said."""
    found = {child.number: child.text() for child in title.children()}
    return printable(found.get(_LANGUAGE_BCP47) or found.get(_LANGUAGE) or "eng")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
