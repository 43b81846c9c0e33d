"""The file of hints while it is edited, against what tomllib and `Hints` read from the disk."""

import stat
import tomllib
from pathlib import Path

import pytest

from vidcolor.hints.file import Hints
from vidcolor.serve.answers import RefusedError
from vidcolor.studio.document import MOST_STEPS, Document, Edit

MIXED = """# Our film: what we know.
version = 1   # of the form

[[point]]   # the coat
at = "1"   # at the door
xy = [0.1,   0.2]
color = "red"

# The wall behind
[[region]]
at = "2"
polygon = [
    [0.1, 0.2],
    [0.3, 0.2],  # its corner
    [0.3, 0.4],
]
color = 'blue'
[[point]]
at = "3"
xy = [0.1, 0.2]
color = "green"
# what is still to do:
#   the hat

[settings]  # as Anna likes it
temperature = 0.4
"""
POINT = {"at": "4", "xy": [0.5, 0.5], "color": "#123456"}


def opened(path: Path, text: str | bytes | None = None) -> Document:
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Document(path, timeless=False, changed=lambda: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "film.hints.toml"


def test_a_new_file_appears_with_the_first_hint(path: Path) -> None:
    document = opened(path)
    assert not path.exists()
    (added,) = document.edit(document.revision, [Edit("add", "point", fields=POINT)])
    assert tomllib.loads(path.read_text()) == {"version": 1, "point": [POINT]}
    assert document.entries == [{**POINT, "id": added, "kind": "point"}]
    assert Hints.load(path) == document.hints


def test_all_else_stays_as_it_is(path: Path) -> None:
    document = opened(path, MIXED)
    coat, wall, tree = document.entries
    document.edit(document.revision, [Edit("change", id=coat["id"], fields={"color": "navy"})])
    expected = MIXED.replace('color = "red"', 'color = "navy"')
    assert path.read_text() == expected
    document.edit(document.revision, [Edit("change", id=tree["id"], fields={"strength": 0.5})])
    expected = expected.replace('color = "green"\n', 'color = "green"\nstrength = 0.5\n')
    assert path.read_text() == expected
    document.set_settings({"temperature": 0.3, "rebalance": 0.25})
    expected = expected.replace("temperature = 0.4\n", "temperature = 0.3\nrebalance = 0.25\n")
    assert path.read_text() == expected
    document.edit(document.revision, [Edit("add", "point", fields=POINT)])
    new = '\\n[[point]]\\nat = "4"\\nxy = [0.5, 0.5]\\ncolor = "#123456"\\n'.replace("\\n", "\n")
    assert path.read_text() == expected.replace("strength = 0.5\n", f"strength = 0.5\n{new}")
    document.edit(document.revision, [Edit("remove", id=wall["id"])])
    left = path.read_text()
    assert "polygon" not in left
    assert "# The wall behind" in left
    for _ in range(5):
        document.undo()
    assert path.read_text() == MIXED
    assert [each["id"] for each in document.entries] == [coat["id"], wall["id"], tree["id"]]
    for _ in range(5):
        document.redo()
    assert path.read_text() == left


@pytest.mark.parametrize("key", ["at", "color"])
def test_removing_every_table_keeps_every_comment_between(path: Path, key: str) -> None:
    document = opened(path, MIXED)
    for each in document.entries:
        document.edit(document.revision, [Edit("remove", id=each["id"])])
    text = path.read_text()
    for comment in ("# Our film", "# of the form", "# The wall", "# what is still", "#   the hat"):
        assert comment in text
    assert tomllib.loads(text) == {"version": 1, "settings": {"temperature": 0.4}}


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_of_other_systems_stay(path: Path, ending: str, mark: str) -> None:
    document = opened(path, (mark + MIXED.replace("\n", ending)).encode())
    assert document.problem is None
    document.edit(document.revision, [Edit("add", "region", fields={**POINT, "xy": None,
        "polygon": [[0, 0], [1, 0], [1, 1]]})])  # fmt: skip
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(ending.encode())
    assert len(Hints.load(path).regions) == 2


def test_what_would_not_be_valid_is_refused(path: Path) -> None:
    document = opened(path, MIXED)
    before, revision = path.read_bytes(), document.revision
    for fields in ({**POINT, "xy": [2, 0]}, {**POINT, "color": "mud-ish"}, {"at": "1"},
                   {**POINT, "wieght": 1}):  # fmt: skip
        with pytest.raises(RefusedError, match="point 3"):
            document.edit(revision, [Edit("add", "point", fields=fields)])
    with pytest.raises(RefusedError, match="temperature: 9 is not within"):
        document.set_settings({"temperature": 9})
    with pytest.raises(RefusedError, match="gone"):
        document.edit(revision, [Edit("remove", id="none")])
    assert path.read_bytes() == before
    assert document.revision == revision
    assert not document.can_undo


@pytest.mark.parametrize(
    "text",
    ["version = 1\n[[point]]\nat = 1", "version = 2\n", "version = 1\n[[", b"\xff\xfe\xfd",
     'version = 1\npoint = [{at = "1", xy = [0, 0], color = "red"}]\n'],
)  # fmt: skip
def test_a_refused_file_is_told_and_left_untouched(path: Path, text: str | bytes) -> None:
    document = opened(path, text)
    before = path.read_bytes()
    assert document.problem is not None
    assert str(path) in document.problem
    assert document.entries == []
    with pytest.raises(RefusedError):
        document.edit(document.revision, [Edit("add", "point", fields=POINT)])
    assert path.read_bytes() == before
    path.write_text(MIXED)
    assert document.look()
    assert document.problem is None
    assert len(document.entries) == 3


def test_changes_from_outside_are_taken_in_and_win(path: Path) -> None:
    document = opened(path, MIXED)
    revision, coat = document.revision, document.entries[0]
    document.edit(revision, [Edit("change", id=coat["id"], fields={"color": "navy"})])
    theirs = path.read_text().replace('"green"', '"olive"')
    path.write_text(theirs)
    with pytest.raises(RefusedError, match="was changed meanwhile") as refused:
        document.edit(document.revision, [Edit("remove", id=coat["id"])])
    assert refused.value.status == 409
    assert path.read_text() == theirs
    assert document.entries[2]["color"] == "olive"
    assert document.entries[0]["id"] == coat["id"]
    assert not document.can_undo
    with pytest.raises(RefusedError) as refused:
        document.edit(revision, [Edit("remove", id=coat["id"])])
    assert refused.value.status == 409


def test_the_file_keeps_its_rights_and_its_place(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(MIXED)
    elsewhere.chmod(0o640)
    path.symlink_to(elsewhere)
    document = opened(path)
    document.edit(document.revision, [Edit("add", "point", fields=POINT)])
    assert path.is_symlink()
    assert len(Hints.load(elsewhere).points) == 3
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o640
    assert {each.name for each in tmp_path.iterdir()} == {path.name, elsewhere.name}


def test_steps_are_kept_up_to_a_number(path: Path) -> None:
    document = opened(path, MIXED)
    identity = document.entries[0]["id"]
    for number in range(MOST_STEPS + 5):
        change = Edit("change", id=identity, fields={"strength": number / 1000})
        document.edit(document.revision, [change])
    undone = 0
    while document.can_undo:
        document.undo()
        undone += 1
    assert undone == MOST_STEPS
    with pytest.raises(RefusedError, match="nothing is left to undo"):
        document.undo()


def test_lists_whose_lines_look_like_headers_are_left_whole(path: Path) -> None:
    text = (
        'version = 1\n[[palette]]\ncolors = [\n["tan", 0.4],\n[ "navy" , 1 ] ]\n'
        '[[point]]\nat = "1"\nxy = [0, 0]\ncolor = """\\\n   red"""\n'
    )
    document = opened(path, text)
    assert document.problem is None
    assert [each["kind"] for each in document.entries] == ["palette", "point"]
