"""Chapters and tags of Matroska that FFmpeg does not carry are named, and nothing else is."""

import random
from pathlib import Path

import av
import pytest
from clips import make_clip, tags_of
from copying import copy
from matroska_parts import (
    atom,
    display,
    edition,
    element,
    simple_tag,
    tag,
    with_additions,
    with_parts,
)

from vidcolor.errors import InputError
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader

EDITION_HIDDEN, EDITION_ORDERED, HIDDEN, ENABLED = 0x45BD, 0x45DD, 0x98, 0x4598
LEVEL, LEVEL_NAME = 0x68CA, 0x63CA
TRACK, EDITION, CHAPTER, ATTACHMENT = 0x63C5, 0x63C9, 0x63C4, 0x63C6
OF_MOVIE = element(LEVEL, 50) + element(LEVEL_NAME, "MOVIE")
OF_COLLECTION = element(LEVEL, 70) + element(LEVEL_NAME, "COLLECTION")

HDR10_PLUS = bytes.fromhex("b5003c00010401") + b"\x40" + bytes(20)

TWO = atom(1, 0, title="one") + atom(2, 200, title="two")


@pytest.fixture
def film(tmp_path: Path) -> Path:
    make_clip(tmp_path / "plain.mkv", audio="aac", attachment=b"a note")
    return tmp_path / "plain.mkv"


def _made(film: Path, editions: bytes = b"", tags: bytes = b"", where: str = "before") -> Path:
    with_parts(film, film.with_name("a.mkv"), editions, tags, where)
    return film.with_name("a.mkv")


def _losses(
    film: Path, editions: bytes = b"", tags: bytes = b"", where: str = "before"
) -> list[str]:
    with Reader(_made(film, editions, tags, where)) as reader:
        return reader.losses


@pytest.mark.parametrize(
    ("editions", "losses"),
    [
        (edition(TWO), []),
        (
            edition(
                atom(1, 0, atom(3, 10, title="in"), atom(4, 20, atom(5, 21)), title="one"),
                atom(2, 200, title="two"),
            ),
            ["3 nested chapters: lost"],
        ),
        (
            edition(TWO) + edition(atom(3, 100)) + edition(atom(4, 5), atom(5, 6)),
            [
                "second edition of chapters (1 chapter): lost",
                "third edition of chapters (2 chapters): lost",
            ],
        ),
        (
            edition(atom(1, 0, element(HIDDEN, 1)), atom(2, 200, element(ENABLED, 0))),
            ["2 hidden chapters: no longer hidden"],
        ),
        (
            edition(element(EDITION_HIDDEN, 1), TWO),
            ["hidden edition of chapters: no longer hidden"],
        ),
        (
            edition(element(EDITION_ORDERED, 1), TWO),
            ["order in which the chapters are to be played: lost"],
        ),
        (
            edition(atom(1, 0, display("eins", "ger"), display("un", "fre"), title="one")),
            ["chapter titles, several each (eng, fre, ger): only one kept"],
        ),
        (
            edition(atom(1, 0, title="eins", language="ger")),
            ["language ger of chapter titles: lost"],
        ),
        (edition(atom(1, 0, title="one", language="und")), []),
        (
            edition(atom(1, 200, title="late"), atom(2, 0, title="early")),
            ["1 chapter out of order: lost"],
        ),
    ],
)
@pytest.mark.parametrize("where", ["before", "behind"])
def test_lost_chapters(film: Path, editions: bytes, losses: list[str], where: str) -> None:
    assert _losses(film, editions, where=where) == losses


def test_the_second_edition_does_not_mix_with_the_first(film: Path) -> None:
    editions = edition(TWO) + edition(atom(3, 100, title="other"), atom(4, 300, title="another"))
    copy(_made(film, editions), film.with_name("b.mkv"))
    with av.open(str(film.with_name("b.mkv"))) as made:
        assert [c["metadata"]["title"] for c in made.chapters()] == ["one", "two"]


@pytest.mark.parametrize(
    ("tags", "losses"),
    [
        (tag(simple_tag("ARTIST", "A"), simple_tag("LEAD_PERFORMER", "B")), []),
        (
            tag(simple_tag("ACTOR", "A"), simple_tag("ACTOR", "B"), simple_tag("ACTOR", "C")),
            ["tag ACTOR: 2 of 3 lost"],
        ),
        (tag(simple_tag("ACTOR", "A"), simple_tag("ACTOR", "A")), []),
        (tag(simple_tag("ACTOR", "A"), simple_tag("ACTOR", "B"), simple_tag("DIRECTOR", "A")), [
            "tag ACTOR: 1 of 2 lost",
        ]),
        (
            tag(
                simple_tag("TITLE", "M", language="ger"), simple_tag("TITLE", "V", language="fre"),
                simple_tag("TITLE", "W"),
            ),
            [],
        ),
        (
            tag(simple_tag("ACTOR", "A", simple_tag("CHARACTER", "Z"))),
            ["tag CHARACTER inside ACTOR: no longer inside it"],
        ),
        (tag(simple_tag("SUMMARY", "s"), targets=OF_MOVIE), []),
        (
            tag(simple_tag("TITLE", "film"))
            + tag(simple_tag("TITLE", "s"), targets=OF_COLLECTION),
            ["tag TITLE: its level COLLECTION is lost"],
        ),
        (
            tag(simple_tag("TITLE", "film"))
            + tag(simple_tag("TITLE", "s"), targets=element(LEVEL, 70)),
            ["tag TITLE: its level 70 is lost", "tag TITLE: 1 of 2 lost"],
        ),
        (tag(simple_tag("REEL", "4"), targets=element(TRACK, 1)), []),
        (tag(simple_tag("REEL", "4"), targets=element(TRACK, 1) + element(TRACK, 2)), [
            "tag REEL of 2: kept in 1",
        ]),
        (tag(simple_tag("REEL", "4"), targets=element(TRACK, 9)), ["tag REEL: lost"]),
        (tag(simple_tag("BPS", "4"), targets=element(TRACK, 9)), []),
        (tag(simple_tag("PLACE", "sea"), targets=element(CHAPTER, 2)), []),
        (tag(simple_tag("PLACE", "sea"), targets=element(CHAPTER, 9)), ["tag PLACE: lost"]),
        (tag(simple_tag("FONT", "x"), targets=element(ATTACHMENT, 9)), ["tag FONT: lost"]),
        (
            tag(simple_tag("CUT", "long"), targets=element(EDITION, 9)),
            ["tag CUT of an edition of chapters: becomes one of the film"],
        ),
        (
            tag(element(0x67C8, element(0x45A3, "SEAL"), element(0x4485, bytes(3)))),
            ["tag SEAL: lost"],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["before", "behind"])
def test_lost_tags(film: Path, tags: bytes, losses: list[str], where: str) -> None:
    assert _losses(film, edition(TWO), tags, where) == losses


def test_what_no_list_names_is_lost_whole(film: Path) -> None:
    """FFmpeg does not see what stands behind the clusters."""
    losses = _losses(film, edition(TWO), tag(simple_tag("ARTIST", "A")), "unlisted")
    assert losses == ["2 chapters out of order: lost", "tag ARTIST: lost"]


def test_what_is_not_named_is_in_the_output(film: Path) -> None:
    tags = (
        tag(simple_tag("ARTIST", "A"), simple_tag("GENRE", "x", language="ger"))
        + tag(simple_tag("SUMMARY", "s"), targets=OF_MOVIE)
        + tag(simple_tag("PLACE", "sea"), targets=element(CHAPTER, 2))
        + tag(simple_tag("REEL", "4"), targets=element(TRACK, 2))
    )
    source = _made(film, edition(TWO), tags)
    writer = copy(source, film.with_name("b.mkv"))
    assert not writer.losses
    assert _losses_of(film.with_name("b.mkv")) == []
    written = tags_of(film.with_name("b.mkv"))
    assert (written["artist"], written["genre-ger"], written["summary"]) == ("A", "x", "s")
    with av.open(str(film.with_name("b.mkv"))) as made:
        assert made.streams[1].metadata["REEL"] == "4"
        assert made.chapters()[1]["metadata"] == {"title": "two", "PLACE": "sea"}


def test_tags_of_chapters_are_lost_in_mp4(film: Path) -> None:
    tags = tag(simple_tag("PLACE", "sea"), targets=element(CHAPTER, 2))
    writer = copy(_made(film, edition(TWO), tags), film.with_name("b.mp4"))
    assert "tags of chapters: lost, .mp4 has no word for them" in writer.losses


def test_latin_1_is_no_loss(film: Path) -> None:
    tags = tag(simple_tag("ARTIST", "_"), simple_tag("SUBJECT", "x")).replace(b"_", b"\xe9")
    assert _losses(film, b"", tags) == []


@pytest.mark.parametrize(
    ("tags", "losses"),
    [
        (b"", []),
        (tag(simple_tag("TITLE", "segment")), []),
        (tag(simple_tag("TITLE", "other")), ["tag TITLE: 1 of 2 lost"]),
        (tag(simple_tag("TITLE", "anders", language="ger")), []),
        (tag(simple_tag("TITLE", "all of them"), targets=OF_COLLECTION), [
            "tag TITLE: its level COLLECTION is lost",
        ]),
    ],
)  # fmt: skip
def test_the_segment_s_title_is_a_tag_too(film: Path, tags: bytes, losses: list[str]) -> None:
    with_parts(film, film.with_name("a.mkv"), tags=tags, title="segment")
    assert _losses_of(film.with_name("a.mkv")) == losses
    copy(film.with_name("a.mkv"), film.with_name("b.mkv"))
    kept = tags_of(film.with_name("b.mkv"))
    assert bool(losses) or {"segment"} <= set(kept.values())


def test_links_to_other_films_are_named(film: Path) -> None:
    info = element(0x3EB923, bytes(range(16)))
    with_parts(film, film.with_name("a.mkv"), info=info)
    assert _losses_of(film.with_name("a.mkv")) == [
        "links to the films that come before and after: lost"
    ]


NAMED, TYPED, FILLED = (
    element(0x466E, "paper.txt"), element(0x4660, "text/plain"), element(0x465C, "x")
)  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "losses"),
    [
        ((NAMED, TYPED, FILLED), []),
        ((NAMED, FILLED), ["attachment paper.txt, without a media type: lost"]),
        ((TYPED, FILLED), ["attachment without a name: lost"]),
        ((NAMED, TYPED), ["attachment paper.txt, without content: lost"]),
    ],
)
def test_an_attachment_that_ffmpeg_passes_over_is_named(
    tmp_path: Path, parts: tuple[bytes, ...], losses: list[str]
) -> None:
    make_clip(tmp_path / "plain.mkv")
    font = element(0x61A7, element(0x466E, "a.ttf"), element(0x4660, "font/ttf"), FILLED)
    files = font + element(0x61A7, *parts, element(0x46AE, 7))
    with_parts(tmp_path / "plain.mkv", tmp_path / "a.mkv", attached=files)
    assert _losses_of(tmp_path / "a.mkv") == losses


def _losses_of(path: Path) -> list[str]:
    with Reader(path) as reader:
        return reader.losses


@pytest.mark.parametrize(
    ("additions", "kinds", "losses"),
    [
        ({1: b"first"}, {}, []),
        ({1: b"first"}, {2: 121}, []),  # announced alone
        ({1: b"first", 2: b"\1\2\3\4"}, {2: 121}, ["addition 1", "SMPTE timecodes"]),
        ({2: b"a", 7: b"b"}, {2: 121, 7: 0}, ["SMPTE timecodes", "addition 7"]),
        ({3: b"a"}, {}, ["addition 3"]),
        ({4: HDR10_PLUS}, {4: 4}, []),  # HDR10+, which FFmpeg carries
        ({4: b"\xb5\0\x3b\0\0"}, {4: 4}, ["metadata of ITU-T T.35"]),
    ],
)
def test_what_is_beside_blocks_is_named(
    film: Path, additions: dict[int, bytes], kinds: dict[int, int], losses: list[str]
) -> None:
    made = film.with_name("a.mkv")
    # A picture with HDR10+ is refused.
    for track in (2,) if HDR10_PLUS in additions.values() else (1, 2):
        with_additions(film, made, additions, kinds, track)
        with Reader(made) as reader:
            assert sum(isinstance(item, Frame) for item in reader) == 12
            lost = [f"track {track}: {what} beside its packets: lost" for what in losses]
            assert reader.losses == lost
            carried = track == 1 and 1 in additions and losses == []
            beside = ["what Matroska keeps beside the picture's packets"] if carried else []
            assert [line for line in reader.left_out if "beside" in line] == beside


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_no_riddle(film: Path, seed: int) -> None:
    """Sizes that lie, chapters inside chapters without end: read or refused, never worse."""
    deep = b""
    for number in range(300):
        deep = atom(number + 10, number, deep)
    source = _made(film, edition(deep) + edition(TWO), tag(simple_tag("ARTIST", "A")), "behind")
    dice, content = random.Random(seed), bytearray(source.read_bytes())
    begin = content.rindex(b"\x10\x43\xa7\x70")
    for _ in range(20):
        content[dice.randrange(begin, len(content))] = dice.choice(
            [0, 1, 0xFF, dice.randrange(256)]
        )
    source.write_bytes(content[: dice.randrange(begin, len(content))] if seed % 2 else content)
    try:
        losses = _losses_of(source)
    except InputError:
        return
    assert all(line and "\n" not in line for line in losses)
