"""Chapters and tags of Matroska that FFmpeg can't write, put into films that it wrote."""

from pathlib import Path

import av

from vidcolor.input.ebml import Element

_SEGMENT, _SEEK_HEAD, _CLUSTER, _TAGS = 0x18538067, 0x114D9B74, 0x1F43B675, 0x1254C367
_TRACKS = 0x1654AE6B


def element(number: int, *content: "bytes | str | int") -> bytes:
    """An element: its number, and the elements, text or unsigned integer in it."""
    body = b"".join(
        part.encode() if isinstance(part, str) else _bytes(part) if isinstance(part, int) else part
        for part in content
    )
    return _bytes(number) + (len(body) | 1 << 56).to_bytes(8) + body


def edition(*atoms: bytes) -> bytes:
    """An edition of chapters."""
    return element(0x45B9, *atoms)


def atom(uid: int, start_ms: int, *more: bytes, title: str = "", language: str = "eng") -> bytes:
    """A chapter of 100 ms; `more` are further elements of it, as are chapters inside it."""
    shown = [display(title, language)] if title else []
    start = element(0x91, start_ms * 1_000_000)
    end = element(0x92, (start_ms + 100) * 1_000_000)
    return element(0xB6, element(0x73C4, uid), start, end, *shown, *more)


def display(title: str, language: str) -> bytes:
    """A title of a chapter."""
    return element(0x80, element(0x85, title), element(0x437C, language))


def tag(*simple: bytes, targets: bytes = b"") -> bytes:
    """Tags of the film, or of what the elements in `targets` name."""
    return element(0x7373, element(0x63C0, targets), *simple)


def simple_tag(name: str, text: str, *more: bytes, language: str = "und") -> bytes:
    """A tag; `more` are further elements of it, as are tags inside it."""
    return element(
        0x67C8, element(0x45A3, name), element(0x447A, language), element(0x4487, text), *more
    )


def with_parts(
    source: Path,
    target: Path,
    editions: bytes = b"",
    tags: bytes = b"",
    where: str = "before",
    attached: bytes = b"",
    title: str = "",
    info: bytes = b"",
) -> None:
    """Copy a Matroska film, which gets these editions of chapters and these tags besides.

    attached: attachments, if it is to have others; they stand before the clusters. title: of the
    segment. info: a further element that describes it.

    where: they stand "before" the clusters; "behind" them, as a list at the front says;
    "unlisted": behind them, and no list says so.
    """
    live = target.with_suffix(".live.mkv")
    options = {"live": "1", "fflags": "+bitexact"}  # tracks are 1, 2 and so on
    with (
        av.open(str(source)) as film,
        av.open(str(live), "w", format="matroska", container_options=options) as copy,
    ):
        streams = {s.index: copy.add_stream_from_template(s, opaque=True) for s in film.streams}
        for index, stream in streams.items():
            stream.metadata.update(film.streams[index].metadata)
        copy.metadata["title"] = title
        for packet in film.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                copy.mux(packet)
    content = live.read_bytes()
    live.unlink()
    begin = content.index(_bytes(_SEGMENT)) + 12
    first = content.index(_bytes(_CLUSTER))
    parts = element(0x1043A770, editions) * bool(editions)
    parts += element(_TAGS, tags) * bool(tags)
    parts += element(0x1941A469, attached) * bool(attached)
    parts += element(0x1549A966, info) * bool(info)
    head, front, clusters = content[:begin], content[begin:first], content[first:]
    if where == "before":
        target.write_bytes(head + front + parts + clusters)
        return
    size = len(_seek_head(0, 0))
    chapters_at = size + len(front) + len(clusters)
    tags_at = chapters_at + len(element(0x1043A770, editions) * bool(editions))
    void = element(0xEC, bytes(size - 9))
    listed = _seek_head(chapters_at, tags_at) if where == "behind" else void
    assert len(listed) == len(void)
    target.write_bytes(head + listed + front + clusters + parts)


def with_additions(
    source: Path, target: Path, additions: dict[int, bytes], kinds: dict[int, int], track: int = 1
) -> None:
    """Copy a film of Matroska's first clusters, with additions to each block of a track.

    additions: by their numbers. kinds: the types that the track's header tells for some of them.
    """
    content = source.read_bytes()
    begin = content.index(_bytes(_SEGMENT)) + 12
    more = element(
        0x75A1,
        *(element(0xA6, element(0xEE, which), element(0xA5, d)) for which, d in additions.items()),
    )
    announced = element(0x55EE, max(*additions, *kinds, 0)) + b"".join(
        element(0x41E4, element(0x41F0, which), element(0x41E7, kind))
        for which, kind in kinds.items()
    )

    def made(old: Element) -> bytes:
        if old.number in (_CLUSTER, _TRACKS):
            return element(old.number, *map(made, old.children()))
        body = bytes(old.content)
        if old.number == 0xAE and any(
            (c.number, c.integer()) == (0xD7, track) for c in old.children()
        ):
            return element(0xAE, body, announced)
        if old.number == 0xA3 and body[0] == 0x80 | track:
            return element(0xA0, element(0xA1, body), more)
        return element(old.number, body)

    parts = Element(_SEGMENT, memoryview(content[begin:])).children()
    wanted = (0x1549A966, _TRACKS, _CLUSTER)
    target.write_bytes(content[:begin] + b"".join(made(p) for p in parts if p.number in wanted))


def _seek_head(chapters_at: int, tags_at: int) -> bytes:
    entries = (
        element(0x4DBB, element(0x53AB, number), element(0x53AC, place.to_bytes(8)))
        for number, place in ((0x1043A770, chapters_at), (_TAGS, tags_at))
    )
    return element(_SEEK_HEAD, *entries)


def _bytes(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8))
