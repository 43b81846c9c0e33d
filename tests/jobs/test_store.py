"""Copies of films in a store; a folder of this machine stands for one, as fsspec has it."""

import os
import tempfile
from pathlib import Path

import pytest

from vidcolor.errors import InputError, OutputError
from vidcolor.jobs import store

HOURS = 7200


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for a store, beside that for temporary files."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "films").mkdir()
    for name in ("a.mkv", "b.mkv", "c.mkv"):
        (tmp_path / "films" / name).write_bytes(name.encode())
        os.utime(tmp_path / "films" / name, (1e9, 1e9))
    return tmp_path / "films"


def age(copy: Path) -> None:
    """Let a copy be one that was used two hours ago."""
    then = copy.parent.stat().st_mtime - HOURS
    os.utime(copy.parent, (then, then))


def test_a_film_is_fetched_once_and_anew_when_it_has_changed(films: Path) -> None:
    address = str(films / "a.mkv")
    copy = store.fetch(address)
    assert (copy.name, copy.read_bytes(), copy.stat().st_mtime) == ("a.mkv", b"a.mkv", 1e9)
    inode = copy.stat().st_ino
    assert store.fetch(address).stat().st_ino == inode
    (films / "a.mkv").write_bytes(b"longer than it was")
    other = store.fetch(address)
    assert (other.read_bytes(), copy.read_bytes()) == (b"longer than it was", b"a.mkv")


def test_what_nobody_used_for_an_hour_makes_room_but_not_what_is_held(films: Path) -> None:
    old, held = (store.fetch(str(films / name)) for name in ("a.mkv", "b.mkv"))
    with store.holding(held):
        age(old)
        age(held)
        new = store.fetch(str(films / "c.mkv"))
        assert [copy.exists() for copy in (old, held, new)] == [False, True, True]
    assert store.fetch(str(films / "a.mkv")) == old
    assert held.exists()  # the hour begins when it was last held


def test_what_is_not_there_is_said_in_a_line(films: Path) -> None:
    with pytest.raises(InputError, match=r"none\.mkv: not found$"):
        store.fetch(str(films / "none.mkv"))
    with pytest.raises(OutputError, match=r"none\.mkv: not found$"):
        store.receive(str(films / "none.mkv"), films / "d.mkv")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_folder_of_another_user_is_not_trusted(films: Path) -> None:
    folder = store.fetch(str(films / "a.mkv")).parents[2]
    os.chown(folder, 12345, -1)
    with pytest.raises(OutputError, match="belongs to another user; set TMPDIR"):
        store.fetch(str(films / "b.mkv"))


def test_addresses() -> None:
    stored = store.StoredFile("s3://archive/reels/a.mkv")
    assert (str(stored), stored.name, stored.suffix) == (
        "s3://archive/reels/a.mkv", "a.mkv", ".mkv"
    )  # fmt: skip
    assert (stored.folder, stored.exists()) == ("s3://archive/reels", False)
    assert [store.scheme(a) for a in ("gs://a/b", "http://a/b", "s3:/a", "a.mkv")] == [
        "gs", None, None, None
    ]  # fmt: skip
