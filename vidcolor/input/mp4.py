"""What FFmpeg does not tell of MP4 and QuickTime files: tags given twice, lists of chapters."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from av.stream import Disposition, Stream

from vidcolor.input.mp4_boxes import Box, Wanted, read_boxes
from vidcolor.input.tag_text import RAW, kept_tags, printable, readable
from vidcolor.text import as_utf8

if TYPE_CHECKING:
    from av.container.core import Chapter

_OF_TRACK: Wanted = {
    b"tkhd": {}, b"tref": {b"chap": {}}, b"edts": {b"elst": {}}, b"udta": {}, b"meta": {},
}  # fmt: skip
_OF_FILM: Wanted = {b"udta": {}, b"meta": {}, b"uuid": {}}
_WANTED: Wanted = {b"moov": {**_OF_FILM, b"trak": _OF_TRACK}, **_OF_FILM}
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
# The user data and items that FFmpeg reads, by its names of them.
_NAMES = {
    b"@PRM": "premiere_version", b"@PRQ": "quicktime_version", b"aART": "album_artist",
    b"akID": "account_type", b"apID": "account_id", b"catg": "category", b"cpil": "compilation",
    b"cprt": "copyright", b"desc": "description", b"disk": "disc", b"egid": "episode_uid",
    b"FIRM": "firmware", b"gnre": "genre", b"hdvd": "hd_video", b"keyw": "keywords",
    b"ldes": "synopsis", b"loci": "location", b"manu": "make", b"modl": "model",
    b"pcst": "podcast", b"pgap": "gapless_playback", b"purd": "purchase_date", b"rtng": "rating",
    b"soaa": "sort_album_artist", b"soal": "sort_album", b"soar": "sort_artist",
    b"soco": "sort_composer", b"sonm": "sort_name", b"sosn": "sort_show", b"stik": "media_type",
    b"trkn": "track", b"tven": "episode_id", b"tves": "episode_sort", b"tvnn": "network",
    b"tvsh": "show", b"tvsn": "season_number", b"\xa9ART": "artist", b"\xa9PRD": "producer",
    b"\xa9alb": "album", b"\xa9aut": "artist", b"\xa9chp": "chapter", b"\xa9cmt": "comment",
    b"\xa9com": "composer", b"\xa9cpy": "copyright", b"\xa9day": "date", b"\xa9dir": "director",
    b"\xa9dis": "disclaimer", b"\xa9ed1": "edit_date", b"\xa9enc": "encoder",
    b"\xa9fmt": "original_format", b"\xa9gen": "genre", b"\xa9grp": "grouping",
    b"\xa9hst": "host_computer", b"\xa9inf": "comment", b"\xa9lyr": "lyrics", b"\xa9mak": "make",
    b"\xa9mod": "model", b"\xa9nam": "title", b"\xa9ope": "original_artist",
    b"\xa9prd": "producer", b"\xa9prf": "performers", b"\xa9req": "playback_requirements",
    b"\xa9src": "original_source", b"\xa9st3": "subtitle", b"\xa9swr": "encoder",
    b"\xa9too": "encoder", b"\xa9trk": "track", b"\xa9url": "URL", b"\xa9wrn": "warning",
    b"\xa9wrt": "composer", b"\xa9xyz": "location",
}  # fmt: skip
# The texts of 3GPP (TS 26.244), which FFmpeg does not read: a language and a text each.
_OF_3GPP = {
    b"albm": "album", b"auth": "author", b"cprt": "copyright", b"dscp": "comment",
    b"gnre": "genre", b"perf": "artist", b"titl": "title",
}  # fmt: skip
# Items that hold a number, which FFmpeg reads whatever type it has.
_NUMBERS = {
    "account_type", "compilation", "disc", "episode_sort", "episode_uid", "gapless_playback",
    "genre", "hd_video", "media_type", "podcast", "rating", "season_number", "track",
}  # fmt: skip
# User data that is no text: chapters, how QuickTime's player shows the film, streaming, padding,
# and what FFmpeg reads in another way.
_NO_TEXT = {
    b"chpl", b"HMMT", b"WLOC", b"LOOP", b"SelO", b"AllF", b"ptv ", b"hnti", b"hinf", b"free",
    b"skip", b"kind", b"name", b"strk", b"tsel", b"loci", b"@PRM", b"@PRQ", b"FIRM",
}  # fmt: skip
_UTF_8, _UTF_16, _MAC = (1, 4), (2, 5), (0, 3)
"""Types of items that are text."""
_PICTURES = (13, 14, 27)
"""Types of cover art that FFmpeg reads."""
_UNSAID = (None, "eng", "und")
"""Languages that chapters have where nothing else is said."""


class _Tag(NamedTuple):
    """A tag: its name, its text, and how a message names it.

    text: None if it holds none. name: "" if FFmpeg has none for it.
    """

    name: str
    text: str | None
    what: str

    @classmethod
    def of(cls, name: str, text: str | None) -> "_Tag":
        """Return a tag that FFmpeg calls `name`."""
        return cls(name, text, f"tag {printable(name)}")


class Beyond:
    """What FFmpeg does not carry of the MP4 or QuickTime file at `path`: chapters and tags.

    Raises OSError.
    """

    chapter_tracks: list[int]
    """The ids of the tracks that hold chapters, in the order in which FFmpeg reads them."""

    def __init__(self, path: Path) -> None:
        boxes = read_boxes(path, _WANTED)
        inside = [box for film in boxes if film.kind == b"moov" for box in film.inside]
        tracks = [box for box in inside if box.kind == b"trak"]
        self._film = [tag for box in [*boxes, *inside] for tag in _tags(box)]
        self._unread = {
            _OF_3GPP[data.kind]: _3gpp_text(data.content)
            for box in inside
            if box.kind == b"udta"
            for data in reversed([*box.children()])
            if data.kind in _OF_3GPP and data.content[:4] == bytes(4)
        }
        self._tracks = [
            (_id(track), [tag for box in track.inside for tag in _tags(box)]) for track in tracks
        ]
        self._edits = [
            (_id(track), list(_edits(edits.content)))
            for track in tracks
            for box in track.inside
            if box.kind == b"edts"
            for edits in box.inside
        ]
        self._listed = [
            title
            for box in inside
            if box.kind == b"udta"
            for data in box.children()
            if data.kind == b"chpl"
            for title in _titles(data.content)
        ]
        self.chapter_tracks = list(
            dict.fromkeys(
                int.from_bytes(chapters.content[place : place + 4])
                for track in tracks
                for references in track.inside
                if references.kind == b"tref"
                for chapters in references.inside
                for place in range(0, len(chapters.content), 4)
            )
        )

    def with_unread(self, film: Mapping[str, str]) -> dict[str, str]:
        """Return the film's tags with 3GPP's texts, which FFmpeg passes over or takes for others.

        film: the tags that FFmpeg knows.
        """
        own = {(tag.name, tag.text) for tag in self._film if tag.text}
        passed_over = {
            name: text for name, text in self._unread.items() if (name, film.get(name)) not in own
        }
        return {**film, **passed_over}

    def of_one_list(self, chapters: list["Chapter"]) -> list["Chapter"]:
        """Return `chapters` without the rests of lists over which FFmpeg has laid another one.

        They begin before the list above has ended.
        """
        if bool(self._listed) + len(self.chapter_tracks) < 2:
            return chapters
        kept: list[Chapter] = []
        reached = Fraction(0)
        for chapter in chapters:
            base = chapter["time_base"] or Fraction(1)
            if not kept or chapter["start"] * base >= reached:
                kept.append(chapter)
                reached = chapter["end"] * base
        return kept

    def chapters(self, kept: list["Chapter"], streams: Iterable[Stream]) -> Iterator[str]:
        """Yield what is lost of the chapters, a line each.

        kept: those of which FFmpeg knows, of one list. streams: of the file.
        """
        ids = {stream.id: stream for stream in streams if stream.type == "data"}
        lists = [ids[id] for id in self.chapter_tracks if id in ids]
        languages = [stream.metadata.get("language") or "und" for stream in lists]
        for stream, language in zip(lists[:-1], languages, strict=False):
            yield f"chapters in track {stream.index} ({language}): lost"
        if languages and languages[-1] not in _UNSAID:
            yield f"language {languages[-1]} of chapter titles: lost"
        titles = {chapter["metadata"].get("title", "") for chapter in kept}
        if lists and not titles.issuperset(self._listed):
            yield "chapters in Nero's list, which differ from those in the track: lost"

    def edits(self) -> Iterator[str]:
        """Yield what FFmpeg does not do of the tracks' edit lists, a line each."""
        for id, edits in self._edits:
            times = [time for time, _ in edits]
            while times and times[0] is None:  # those before the beginning are done
                times.pop(0)
            if None in times:
                yield f"track {id}: pauses in its edit list: lost"
            if any(speed != 1 for time, speed in edits if time is not None):
                yield f"track {id}: speeds in its edit list: lost"

    def tags(
        self, film: Mapping[str, str], tracks: Mapping[int, Mapping[str, str]]
    ) -> Iterator[str]:
        """Yield what is lost of the tags, a line each.

        film, tracks: the tags that FFmpeg knows, those of tracks by their ids.
        """
        yield from _lost(self._film, film)
        for id, tags in self._tracks:
            for line in _lost(tags, tracks.get(id, {})):
                yield f"track {id}: {line}"


def repeats_metadata(stream: Stream) -> bool:
    """Tell whether `stream` only repeats chapters or a timecode, as data of MP4 and MOV does."""
    container = stream.container
    if stream.type != "data" or "mp4" not in container.format.name:
        return False
    if timecode := stream.metadata.get("timecode"):
        return any(video.metadata.get("timecode") == timecode for video in container.streams.video)
    return stream.metadata.get("handler_name") == "SubtitleHandler" and bool(container.chapters())


def shows_chapters(stream: Stream) -> bool:
    """Tell whether `stream` holds a picture for each chapter; FFmpeg takes it for cover art."""
    return bool(stream.disposition & Disposition.timed_thumbnails)


def _edits(content: bytes) -> Iterator[tuple[int | None, Fraction]]:
    """Yield from which time of a track an edit shows it, and how fast; None: it shows nothing.

    ISO/IEC 14496-12, section 8.6.6.
    """
    width = 8 if content[:1] == b"\1" else 4
    for place in range(8, len(content) - 2 * width - 3, 2 * width + 4):
        time = int.from_bytes(content[place + width : place + 2 * width], signed=True)
        speed = int.from_bytes(content[place + 2 * width : place + 2 * width + 4], signed=True)
        yield None if time == -1 else time, Fraction(speed, 1 << 16)


def _lost(tags: list[_Tag], known: Mapping[str, str]) -> Iterator[str]:
    """Yield what is lost of `tags`, of which FFmpeg knows those in `known`, a line each."""
    plain = {(name.lower(), text) for name, text in known.items()}
    plain |= {(name[:-4], text) for name, text in plain if name[-4:-3] == "-"}  # with a language
    names = {name for name, _ in plain}
    every: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for tag in dict.fromkeys(tags):
        if not kept_tags({tag.name: ""}):
            continue
        name = tag.name.lower()
        every[tag.what] += 1
        if tag.text is None:
            lost[tag.what] += name not in names
        elif name:
            lost[tag.what] += (name, tag.text) not in plain
        else:  # QuickTime keeps some texts twice
            lost[tag.what] += tag.text not in known.values()
    for what, count in lost.items():
        if count:
            yield f"{what}: {f'{count} of {every[what]} ' if every[what] > 1 else ''}lost"


def _tags(box: Box) -> Iterator[_Tag]:
    """Yield the tags in user data, in a `meta` box or in a `uuid` box."""
    if box.kind == b"meta":
        yield from _items(box)
    elif box.kind == b"uuid" and box.content.startswith(_XMP):
        yield _Tag("", None, "XMP metadata")
    elif box.kind == b"udta":
        for data in box.children():
            if data.kind == b"meta":
                yield from _items(data)
            elif data.kind not in _NO_TEXT:
                yield from _user_data(data)


def _user_data(box: Box) -> Iterator[_Tag]:
    """Yield the tags in one box of user data; it may be there in several languages."""
    content = box.content
    code = box.kind.decode("latin-1")
    if box.kind == b"XMP_":
        yield _Tag("", None, "XMP metadata")
    elif box.kind in _OF_3GPP and content[:4] == bytes(4):
        yield _Tag.of(_OF_3GPP[box.kind], _3gpp_text(content))
    elif box.kind in _NAMES:
        yield from (_Tag.of(_NAMES[box.kind], text) for text in _strings(content))
    elif box.kind.startswith(b"\xa9"):
        yield from (_Tag("", text, f"tag {code}") for text in _strings(content))
    elif content.strip(b"\0"):
        yield _Tag("", None, f"user data {printable(_utf_8(box.kind))}")


def _3gpp_text(content: bytes) -> str:
    """Return the text of 3GPP's user data: UTF-8, or UTF-16 with a mark."""
    try:
        return _utf_8(as_utf8(content[6:].rstrip(b"\0")))
    except UnicodeError:
        return _utf_8(content[6:])


def _strings(content: bytes) -> Iterator[str]:
    """Yield the texts of QuickTime's user data, each with its length and language before it."""
    place = 0
    while len(content) - place >= 4:
        size, language = (int.from_bytes(content[at : at + 2]) for at in (place, place + 2))
        if size > len(content) and not place:
            yield _utf_8(content)  # without length and language
            return
        text = content[place + 4 : place + 4 + size]
        if text:
            is_mac = language < 0x400 or language == 0x7FFF
            yield text.decode("mac_roman").partition("\0")[0] if is_mac else _utf_8(text)
        place += 4 + size


def _items(box: Box) -> Iterator[_Tag]:
    """Yield the tags in a `meta` box, which names them by four letters, in full or by keys."""
    skip = 0 if box.content[4:8] == b"hdlr" else 4
    parts = {part.kind: part for part in box.children(skip)}
    handler = parts[b"hdlr"].content[8:12] if b"hdlr" in parts else b""
    if handler == b"pict":
        return
    if handler not in (b"mdir", b"mdta") or b"ilst" not in parts:
        if handler not in (b"mdir", b"mdta"):
            yield _Tag("", None, f"metadata of kind {printable(_utf_8(handler))}")
        return
    keys = [_utf_8(key.content) for key in parts[b"keys"].children(8)] if b"keys" in parts else []
    for item in parts[b"ilst"].children():
        index = int.from_bytes(item.kind)
        values = [part.content for part in item.children() if part.kind == b"data"]
        own = [_utf_8(part.content[4:]) for part in item.children() if part.kind == b"name"]
        name = own[0] if own else _NAMES.get(item.kind) or item.kind.decode("latin-1")
        if handler == b"mdta" and 0 < index <= len(keys):
            name = keys[index - 1]
        for value in values:
            kind = int.from_bytes(value[1:4])
            if item.kind == b"covr" or name == "com.apple.quicktime.artwork":
                if kind not in _PICTURES:
                    yield _Tag("", None, f"cover art of type {kind}")
            else:
                yield _Tag.of(name, None if name in _NUMBERS else _item_text(kind, value[8:]))


def _item_text(kind: int, content: bytes) -> str | None:
    """Return the text of an item; None if its type is none of text."""
    if kind in _UTF_8:
        return _utf_8(content)
    if kind in _UTF_16:
        return content.decode("utf-16-be", "replace")
    return content.decode("mac_roman").partition("\0")[0] if kind in _MAC else None


def _utf_8(content: bytes) -> str:
    return readable(content.partition(b"\0")[0].decode("utf-8", RAW))


def _titles(content: bytes) -> Iterator[str]:
    """Yield the titles in Nero's list of chapters: each behind its time and length."""
    place = 9 if content[:1] == b"\1" else 5
    while len(content) - place > 9:
        end = place + 9 + content[place + 8]
        yield _utf_8(content[place + 9 : end])
        place = end


def _id(track: Box) -> int:
    """Return the id of a track; 0 if it has none."""
    for box in track.inside:
        if box.kind == b"tkhd":
            place = 20 if box.content[:1] == b"\1" else 12
            return int.from_bytes(box.content[place : place + 4])
    return 0
