"""Sources of photographs: names, order, and what is refused."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vidcolor.errors import TrainingError
from vidcolor.train.data.sources import files


def _names(*sources: Path) -> list[str]:
    return [name for name, _ in files(sources)]


@pytest.fixture
def holiday(tmp_path: Path) -> Path:
    """Files whose content is their name."""
    folder = tmp_path / "holiday"
    for name in ("sea/b.jpg", "sea/a.JPG", "sea/a.txt", "field/east/c.webp", "d.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


def test_a_folder_gives_its_images_from_its_own_name_on(holiday: Path) -> None:
    names = ["d.png", "field/east/c.webp", "sea/a.JPG", "sea/b.jpg"]
    found = list(files([holiday]))
    assert [name for name, _ in found] == [f"holiday/{name}" for name in names]
    assert [read().decode() for _, read in found] == names


def test_names_do_not_depend_on_where_one_stands(
    holiday: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _names(holiday)
    monkeypatch.chdir(holiday)
    assert _names(Path()) == expected


@pytest.mark.parametrize(
    "name", ["a.avif", "a.AVIF", "a.heic", "a.jfif", "a.jp2", "a.webp", "a.gif", "a.bmp"]
)
def test_every_format_that_pillow_reads_is_a_photograph(name: str, tmp_path: Path) -> None:
    for written in (name, "a.txt", "a.mp4", "a"):
        (tmp_path / written).touch()
    passed_over: list[str] = []
    found = [given for given, _ in files([tmp_path], passed_over.append)]
    assert found == [f"{tmp_path.name}/{name}"]
    assert passed_over == [f"{tmp_path.name}/{other}" for other in ("a", "a.mp4", "a.txt")]


@pytest.mark.parametrize("kind", ["w", "w:gz", "w:xz"])
def test_a_tar_gives_what_it_holds(holiday: Path, tmp_path: Path, kind: str) -> None:
    with tarfile.open(tmp_path / "holiday.tar", kind) as tar:
        tar.add(holiday, "holiday")
    read = {name: read() for name, read in files([tmp_path / "holiday.tar"])}
    assert read == {name: read() for name, read in files([holiday])}


def test_a_list_names_files_as_its_folder_would(holiday: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.jpg"
    elsewhere.write_text("far")
    listing = holiday / "chosen.txt"
    listing.write_text(f"sea/b.jpg\n\nd.png\n{elsewhere}\nsea/missing.jpg\n")
    found = list(files([listing]))
    assert [name for name, _ in found] == [
        "holiday/sea/b.jpg", "holiday/d.png", elsewhere.as_posix(), "holiday/sea/missing.jpg",
    ]  # fmt: skip
    assert [read() for _, read in found[:3]] == [b"sea/b.jpg", b"d.png", b"far"]
    with pytest.raises(FileNotFoundError):
        found[3][1]()


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.tar").write_text("no tar")
    for name in ("text.tar", "missing.tar", "missing.txt", "missing"):
        with pytest.raises(TrainingError, match=f"{name}: neither a folder, a list"):
            _names(tmp_path / name)


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_a_tar_cut_short_is_refused(tmp_path: Path, kind: str) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(bytes(range(256)) * 400)
    with tarfile.open(tmp_path / "whole.tar", kind) as tar:
        for number in range(3):
            tar.add(picture, f"{number}.png")
    content = (tmp_path / "whole.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(content[: len(content) // 2])
    with pytest.raises(TrainingError, match=r"cut\.tar: .* sound tar"):
        [read() for _, read in files([tmp_path / "cut.tar"])]


HEADER = 3 * (512 + 512)
"""Where the fourth header of a tar begins whose files have less than 512 bytes each."""


@pytest.mark.parametrize("kind", ["w", "w:gz"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda tar: tar[: HEADER + 100],
        lambda tar: tar[:HEADER],
        lambda tar: tar[:HEADER] + b"\xff" * 512 + tar[HEADER + 512 :],
        lambda tar: tar[:HEADER] + bytes(512) + tar[HEADER + 512 :],
    ],
    ids=["cut in a header", "cut before a header", "header overwritten", "header zeroed"],
)
def test_a_tar_damaged_at_a_header_is_refused(
    tmp_path: Path, kind: str, spoil: Callable[[bytes], bytes]
) -> None:
    """Where tarfile sees an end: what lies behind would be left out without a word."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(bytes(range(256)))
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for number in range(6):
            tar.add(picture, f"{number}.png")
    path = tmp_path / "spoilt.tar"
    content = spoil(whole.getvalue())
    path.write_bytes(gzip.compress(content) if kind == "w:gz" else content)
    with pytest.raises(TrainingError, match=r"spoilt\.tar: .* sound tar \((cut off|damaged)"):
        _names(path)


def test_linked_folders_are_entered_once(holiday: Path, tmp_path: Path) -> None:
    trip = tmp_path / "trip"
    trip.mkdir()
    (trip / "beach").symlink_to(holiday / "sea")
    (trip / "round").symlink_to(trip)
    (trip / "shore").symlink_to(holiday / "sea")
    assert _names(trip) == ["trip/beach/a.JPG", "trip/beach/b.jpg"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-mark", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lists_of_other_encodings(holiday: Path, encoding: str, end: str) -> None:
    (holiday / "café.png").write_text("drink")
    text = end.join(["café.png", "", "d.png", ""])
    mark = b"\xfe\xff" if encoding.endswith("mark") else b""
    content = mark + text.encode(encoding.removesuffix("-mark"))
    (holiday / "list.txt").write_bytes(content)
    found = {name: read() for name, read in files([holiday / "list.txt"])}
    assert found == {"holiday/café.png": b"drink", "holiday/d.png": b"d.png"}


def test_a_name_that_is_no_utf_8_is_a_name(holiday: Path) -> None:
    name = os.fsdecode(b"caf\xe9.png")
    (holiday / name).write_text("drink")
    (holiday / "list.txt").write_bytes(b"caf\xe9.png\n")
    assert _names(holiday / "list.txt") == [f"holiday/{name}"]


@pytest.mark.parametrize("content", ["d.png\n".encode("utf-16-le"), b"\xff\xfe\0"])
def test_what_is_no_text_is_no_list(holiday: Path, content: bytes) -> None:
    (holiday / "list.txt").write_bytes(content)
    with pytest.raises(TrainingError, match=r"list\.txt: not a list of paths in UTF-8"):
        _names(holiday / "list.txt")
