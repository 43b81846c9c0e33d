"""Tags of AVI files that FFmpeg does not carry: those behind the picture, given twice, or XMP."""

from collections import Counter
from collections.abc import Iterator, Mapping
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from vidcolor.input.tag_text import RAW, kept_tags, printable, readable

# What a file may claim: bytes of a chunk that is read, and chunks side by side.
_MOST_BYTES, _MOST_CHUNKS = 1 << 20, 10_000
# FFmpeg's names of the tags; others it calls as they are.
_NAMES = {
    b"IART": "artist", b"ICMT": "comment", b"ICOP": "copyright", b"ICRD": "date",
    b"IGNR": "genre", b"ILNG": "language", b"INAM": "title", b"IPRD": "album", b"IPRT": "track",
    b"ITRK": "track", b"ISFT": "encoder", b"ISMP": "timecode", b"ITCH": "encoded_by",
}  # fmt: skip


class Beyond:
    """What FFmpeg does not carry of the AVI file at `path`. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._tags: list[tuple[str, str]] = []
        self._has_xmp = False
        with path.open("rb") as file:
            self._read(file, 0, file.seek(0, SEEK_END), within=b"")

    def with_unread(self, film: Mapping[str, str]) -> dict[str, str]:
        """Return the film's tags with those behind the picture, which FFmpeg passes over.

        film: the tags that FFmpeg knows.
        """
        known = {name.lower() for name in film}
        return {**{n: text for n, text in self._tags if n.lower() not in known}, **film}

    def losses(self, film: Mapping[str, str]) -> Iterator[str]:
        """Yield what is lost, a line each. film: the tags as `with_unread` returns them."""
        kept = {(name.lower(), text) for name, text in film.items()}
        meant = [tag for tag in dict.fromkeys(self._tags) if kept_tags({tag[0]: ""})]
        every = Counter(name for name, _ in meant)
        lost = Counter(name for name, text in meant if (name.lower(), text) not in kept)
        for name, count in lost.items():
            several = f"{count} of {every[name]} " if every[name] > 1 else ""
            yield f"tag {printable(name)}: {several}lost"
        if self._has_xmp:
            yield "XMP metadata: lost"

    def _read(self, file: BinaryIO, place: int, end: int, within: bytes) -> None:
        """Gather what stands between two places of the file. within: the list that it is in."""
        for _ in range(_MOST_CHUNKS):
            file.seek(place)
            head = file.read(12)
            if place + 8 > end or len(head) < 8:
                return
            kind, size, form = head[:4], int.from_bytes(head[4:8], "little"), head[8:]
            until = min(place + 8 + size, end)
            if kind == b"RIFF" or (kind == b"LIST" and form in (b"hdrl", b"INFO")):
                self._read(file, place + 12, until, form)
            elif kind == b"_PMX":
                self._has_xmp = True
            elif within == b"INFO":
                file.seek(place + 8)
                text = file.read(min(size, _MOST_BYTES)).partition(b"\0")[0]
                name = _NAMES.get(kind) or kind.decode("latin-1")
                self._tags.append((name, readable(text.decode("utf-8", RAW))))
            place += 8 + size + size % 2
