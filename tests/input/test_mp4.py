"""Chapters and tags of MP4 and QuickTime that FFmpeg does not carry are named, nothing else is."""

import random
import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest
from clips import MS, make_clip, tags_of
from copying import copy
from mp4_parts import add, box, items, keyed, language, strings, value

from vidcolor.errors import InputError
from vidcolor.input.mp4 import Beyond
from vidcolor.input.reader import Reader

TITLE, ARTIST, KEY = b"\xa9nam", b"\xa9ART", "com.apple.quicktime.title"
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def _freeform(name: str, *values: bytes) -> bytes:
    mean = box(b"mean", bytes(4), b"com.apple.iTunes")
    return box(b"----", mean, box(b"name", bytes(4), name.encode()), *values)


def _of_3gpp(kind: str, spoken: str, text: str) -> bytes:
    return box(kind.encode(), bytes(4), language(spoken), text.encode() + b"\0")


def _losses(path: Path) -> list[str]:
    with Reader(path) as reader:
        return reader.losses


@pytest.mark.parametrize(
    ("parts", "losses"),
    [
        (box(b"udta", strings(TITLE, ("eng", "A"))), []),
        (box(b"udta", strings(TITLE, ("mac", "Löß"))), []),
        (box(b"udta", strings(TITLE, ("eng", "A")), strings(TITLE, ("deu", "B"))), []),
        (box(b"udta", strings(TITLE, ("eng", "A"), ("deu", "B"))), ["tag title: 1 of 2 lost"]),
        (box(b"udta", strings(TITLE, ("eng", "A"), ("eng", "A"))), []),
        (
            box(b"udta", strings(b"\xa9cmt", ("eng", "A")), strings(b"\xa9inf", ("eng", "B"))),
            ["tag comment: 1 of 2 lost"],
        ),
        (box(b"udta", strings(b"\xa9des", ("eng", "A"))), ["tag ©des: lost"]),
        (box(b"udta", strings(b"\xa9swr", ("eng", "A"), ("deu", "B"))), []),
        (box(b"udta", box(b"CNCV", b"camera")), ["user data CNCV: lost"]),
        (box(b"udta", box(b"CNCV", bytes(9)), box(b"WLOC", b"shown"), bytes(4)), []),
        (box(b"udta", _of_3gpp("titl", "deu", "A")), []),
        (box(b"udta", _of_3gpp("titl", "deu", "A"), _of_3gpp("titl", "eng", "B")), [
            "tag title: 1 of 2 lost",
        ]),
        (box(b"udta", _of_3gpp("yrrc", "eng", "A")), ["user data yrrc: lost"]),
        (box(b"udta", items(box(ARTIST, value("A")))), []),
        (box(b"udta", items(box(ARTIST, value("A")), box(ARTIST, value("B")))), [
            "tag artist: 1 of 2 lost",
        ]),
        (box(b"udta", items(box(ARTIST, value("A"), value("B")))), ["tag artist: 1 of 2 lost"]),
        (box(b"udta", items(box(ARTIST, value("A", 2)))), ["tag artist: lost"]),
        (
            box(b"udta", items(box(b"trkn", value(bytes((0, 0, 0, 4, 0, 9, 0, 0)), 0)),
                box(b"tmpo", value(b"\0\x40", 21)))),
            ["tag tmpo: lost"],
        ),
        (box(b"udta", items(_freeform("MOOD", value("calm")))), []),
        (box(b"udta", items(_freeform("MOOD", value("calm"), value("sad")))), [
            "tag MOOD: 1 of 2 lost",
        ]),
        (box(b"udta", items(box(b"covr", value(b"BM", 0)))), ["cover art of type 0: lost"]),
        (keyed((KEY, value("A"))), []),
        (keyed((KEY, value("A")), (KEY, value("B"))), [f"tag {KEY}: 1 of 2 lost"]),
        (keyed((KEY, value("A") + value("B", 1, 7))), [f"tag {KEY}: 1 of 2 lost"]),
        (keyed(("rating", value(b"\0\5", 21)), ("logo", value(b"\x89PNG", 14))), [
            "tag logo: lost",
        ]),
        (box(b"udta", box(b"XMP_", b"<x/>")), ["XMP metadata: lost"]),
        (box(b"uuid", XMP, b"<x/>"), ["XMP metadata: lost"]),
        (
            box(b"meta", box(b"hdlr", bytes(8), b"nrtm", bytes(13)), box(b"xml ", b"<x/>")),
            ["metadata of kind nrtm: lost"],
        ),
    ],
)  # fmt: skip
def test_lost_tags(tmp_path: Path, parts: bytes, losses: list[str]) -> None:
    make_clip(tmp_path / "a.mov", codec="mpeg4")
    add(tmp_path / "a.mov", parts)
    assert _losses(tmp_path / "a.mov") == losses


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".3gp"])
def test_what_ffmpeg_writes_is_no_loss(tmp_path: Path, suffix: str) -> None:
    """Its chapters stand in Nero's list too."""
    tags = {name: f"its {name}" for name in ("title", "artist", "comment", "date", "genre")}
    make_clip(
        tmp_path / f"a{suffix}", codec="mpeg4", metadata=tags,
        chapters=[(0, 200, "eins"), (200, 480, "zwei")],
    )  # fmt: skip
    assert _losses(tmp_path / f"a{suffix}") == []


def test_tags_of_a_track_count_as_its_own(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mov", codec="mpeg4", metadata={"title": "film"})
    user_data = box(b"udta", strings(TITLE, ("eng", "reel"), ("deu", "Rolle")))
    add(tmp_path / "a.mov", user_data, keyed(("reel", value("4"))), into=(b"moov", b"trak"))
    assert _losses(tmp_path / "a.mov") == [
        "track 1: tag title: 1 of 2 lost",
        "track 1: tag reel: lost",
    ]


def test_what_is_not_named_is_in_the_output(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mov", codec="mpeg4")
    add(
        tmp_path / "a.mov",
        box(b"udta", strings(TITLE, ("eng", "A")), strings(TITLE, ("deu", "B"))),
        keyed((KEY, value("C"))),
    )
    writer = copy(tmp_path / "a.mov", tmp_path / "b.mkv")
    assert not writer.losses
    written = tags_of(tmp_path / "b.mkv")
    assert {written["title-eng"], written["title-ger"], written[KEY]} == {"A", "B", "C"}


@pytest.mark.parametrize("mark", [b"", "\ufeff".encode("utf-16-be")])
def test_texts_of_3gpp_which_ffmpeg_does_not_read_come_along(tmp_path: Path, mark: bytes) -> None:
    """Also a notice of copyright as MP4 has it, of which FFmpeg makes an empty text."""
    make_clip(tmp_path / "a.mp4", codec="mpeg4")
    encoding = "utf-16-be" if mark else "utf-8"
    said = {b"titl": "Schloß", b"perf": "Ufa", b"cprt": "1921", b"gnre": "drama"}
    data = (
        box(kind, bytes(4), language("deu"), mark, text.encode(encoding), bytes(2))
        for kind, text in said.items()
    )
    add(tmp_path / "a.mp4", box(b"udta", *data))
    assert _losses(tmp_path / "a.mp4") == []
    copy(tmp_path / "a.mp4", tmp_path / "b.mkv")
    written = tags_of(tmp_path / "b.mkv")
    assert [written[name] for name in ("title", "artist", "copyright", "genre")] == [*said.values()]


# Chapters


def _with_lists(path: Path, *lists: tuple[str, list[str]], nero: bytes = b"") -> None:
    """Write an MP4 film with a track of chapters for each language and its titles."""
    make_clip(path.with_name("plain.mp4"), codec="mpeg4")
    with av.open(str(path.with_name("plain.mp4"))) as plain, av.open(str(path), "w") as film:
        video = film.add_stream_from_template(plain.streams[0])
        tracks = [film.add_mux_stream("mov_text") for _ in lists]
        for track, (spoken, _) in zip(tracks, lists, strict=True):
            track.metadata["language"] = spoken
        film.start_encoding()
        for packet in plain.demux():
            if packet.size:
                packet.stream = video
                film.mux(packet)
        for track, (_, titles) in zip(tracks, lists, strict=True):
            for index, title in enumerate(titles):
                packet = av.Packet(struct.pack(">H", len(title.encode())) + title.encode())
                packet.stream, packet.time_base = track, MS
                packet.pts = packet.dts = 480 * index // len(titles)
                packet.duration = 480 // len(titles)
                film.mux(packet)
    ids = struct.pack(f">{len(lists)}I", *range(2, 2 + len(lists)))
    add(path, box(b"tref", box(b"chap", ids)), into=(b"moov", b"trak"))
    if nero:
        add(path, box(b"udta", nero))


def _nero(*titles: str) -> bytes:
    listed = (
        struct.pack(">QB", 10_000_000 * index // 10, len(title)) + title.encode()
        for index, title in enumerate(titles)
    )
    return box(b"chpl", b"\1\0\0\0", bytes(4), bytes((len(titles),)), *listed)


THREE, TWO = ("eng", ["one", "two", "three"]), ("fra", ["un", "deux"])
FRENCH = "language fra of chapter titles: lost"
LOST_NERO = "chapters in Nero's list, which differ from those in the track: lost"


@pytest.mark.parametrize(
    ("lists", "nero", "titles", "losses"),
    [
        ([THREE], b"", ["one", "two", "three"], []),
        ([TWO], b"", ["un", "deux"], [FRENCH]),
        ([THREE, TWO], b"", ["un", "deux"], ["chapters in track 1 (eng): lost", FRENCH]),
        ([TWO, THREE], b"", ["one", "two", "three"], ["chapters in track 1 (fra): lost"]),
        ([], _nero("a", "b"), ["a", "b"], []),
        ([THREE], _nero("one", "two", "three"), ["one", "two", "three"], []),
        ([THREE], _nero("a", "b", "c", "d"), ["one", "two", "three"], [LOST_NERO]),
    ],
)
def test_lists_of_chapters_do_not_mix(
    tmp_path: Path, lists: list, nero: bytes, titles: list[str], losses: list[str]
) -> None:
    _with_lists(tmp_path / "a.mp4", *lists, nero=nero)
    with Reader(tmp_path / "a.mp4") as reader:
        assert (reader.losses, reader.left_out) == (losses, [])
    copy(tmp_path / "a.mp4", tmp_path / "b.mkv")
    with av.open(str(tmp_path / "b.mkv")) as made:
        assert [chapter["metadata"]["title"] for chapter in made.chapters()] == titles
        ends = [
            chapter["end"] * (chapter["time_base"] or Fraction()) for chapter in made.chapters()
        ]
        assert ends == sorted(ends)


def test_chapters_of_another_program_are_no_data(tmp_path: Path) -> None:
    """Each names its tracks otherwise."""
    _with_lists(tmp_path / "a.mp4", THREE)
    film = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(film.replace(b"SubtitleHandler", b"Apple Text Medi"))
    with Reader(tmp_path / "a.mp4") as reader:
        assert (reader.losses, reader.left_out) == ([], [])


def test_pictures_of_chapters_are_no_cover_art(tmp_path: Path) -> None:
    make_clip(tmp_path / "plain.mp4", codec="mpeg4")
    path = tmp_path / "a.mp4"
    with av.open(str(tmp_path / "plain.mp4")) as plain, av.open(str(path), "w") as film:
        video = film.add_stream_from_template(plain.streams[0])
        shown = film.add_stream("mjpeg", rate=5, width=32, height=16)
        shown.pix_fmt = "yuvj420p"
        film.start_encoding()
        for packet in plain.demux():
            if packet.size:
                packet.stream = video
                film.mux(packet)
        for index in range(2):
            picture = av.VideoFrame(32, 16, "yuvj420p")
            picture.pts, picture.time_base = index, Fraction(1, 5)
            film.mux(shown.encode(picture))
        film.mux(shown.encode())
    add(path, box(b"tref", box(b"chap", struct.pack(">I", 2))), into=(b"moov", b"trak"))
    writer = copy(path, tmp_path / "b.mp4")
    with av.open(str(tmp_path / "b.mp4")) as made:
        assert len(made.streams) == 1
    assert not writer.losses
    with Reader(path) as reader:
        assert reader.left_out == ["pictures of chapters 1 (mjpeg, 32x16)"]
        assert not reader.covers


def _edit_list(*edits: tuple[int, int, float], wide: bool) -> bytes:
    """An edit list of (length, time in the track, speed); a time of -1 shows nothing."""
    form = ">QqI" if wide else ">IiI"
    entries = (struct.pack(form, length, time, int(speed * 65536)) for length, time, speed in edits)
    head = struct.pack(">B3xI", wide, len(edits))
    return box(b"edts", box(b"elst", head, *entries))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    ("edits", "lost"),
    [
        ([(400, 0, 1)], []),
        ([(100, -1, 1), (400, 0, 1)], []),
        ([(200, 0, 1), (200, 800, 1)], []),
        ([(100, -1, 1)], []),
        ([(200, 0, 1), (100, -1, 1), (200, 800, 1)], ["pauses"]),
        ([(400, 0, 0.5)], ["speeds"]),
        ([(200, 0, 1), (100, -1, 1), (100, 800, 0)], ["pauses", "speeds"]),
    ],
)
def test_what_ffmpeg_does_not_do_of_an_edit_list(
    tmp_path: Path, edits: list[tuple[int, int, float]], lost: list[str], wide: bool
) -> None:
    path = tmp_path / "a.mov"
    make_clip(path, codec="mjpeg", pixels="yuvj420p")
    path.write_bytes(path.read_bytes().replace(b"edts", b"free"))
    add(path, _edit_list(*edits, wide=wide), into=(b"moov", b"trak"))
    assert list(Beyond(path).edits()) == [f"track 1: {w} in its edit list: lost" for w in lost]
    if len(edits) == 1 and edits[0][1] == 0:
        assert _losses(path) == [f"track 1: {w} in its edit list: lost" for w in lost]


@pytest.mark.parametrize("seed", range(20))
def test_damage_is_no_riddle(tmp_path: Path, seed: int) -> None:
    """Sizes that lie: read or refused, never worse."""
    path = tmp_path / "a.mp4"
    _with_lists(path, THREE, TWO, nero=_nero("a", "b"))
    add(path, items(box(ARTIST, value("A"), value("B"))), keyed((KEY, value("C"))))
    dice, content = random.Random(seed), bytearray(path.read_bytes())
    begin = content.index(b"moov")
    for _ in range(20):
        content[dice.randrange(begin, len(content))] = dice.choice([0, 1, 255, dice.randrange(256)])
    path.write_bytes(content[: dice.randrange(begin, len(content))] if seed % 2 else content)
    try:
        losses = _losses(path)
    except InputError:
        return
    assert all(line and "\n" not in line for line in losses)
