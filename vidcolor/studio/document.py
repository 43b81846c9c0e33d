"""The file of hints while it is edited: saved at once, undone, and watched for others' changes."""

import threading
import tomllib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tomlkit.exceptions import ConvertError

from vidcolor.errors import OutputError, VidcolorError
from vidcolor.files import Target, write_failure
from vidcolor.hints.file import Hints
from vidcolor.hints.settings_table import SETTINGS
from vidcolor.serve.answers import RefusedError
from vidcolor.studio.blocks import (
    Block,
    Blocks,
    content,
    joined,
    split,
    with_added,
    with_changed,
    without,
)
from vidcolor.text import as_utf8

MOST_STEPS = 200
"""Steps that can be undone. They share the tables that they have in common."""


@dataclass(frozen=True)
class Edit:
    """A change of one table.

    op: "add", "change" or "remove". kind: of a table that is added. id: of one that is there.
    fields: keys and values, as in the file; None removes a key.
    """

    op: str
    kind: str = ""
    id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def on(self, blocks: Blocks) -> Blocks:
        """Return tables as they then are.

        Raises RefusedError for an id that is gone, and for fields that no file can hold.
        """
        if self.op != "add" and all(each.id != self.id for each in blocks[1:]):
            raise RefusedError("this hint is gone; look again", 409)
        try:
            if self.op == "add":
                return with_added(blocks, Block.made(self.kind, self.fields))
            if self.op == "change":
                return with_changed(blocks, self.id, self.fields)
        except ConvertError:
            raise RefusedError("an edit's fields hold what no file of hints can") from None
        return without(blocks, self.id)


class Document:
    """A file of hints that is open; it need not be there yet.

    What the file says wrong is `problem`, and then nothing is written into it.

    Args:
        path: of the file.
        timeless: whether they are those of a photograph.
        changed: is called after each change, in the thread that made or found it.
    """

    problem: str | None = None
    """Why the file can't be used, in one line."""

    def __init__(self, path: Path, timeless: bool, changed: Callable[[], None]) -> None:
        self.path = path
        self.revision = 0
        self.hints = Hints(path=path)
        self._timeless = timeless
        self._changed = changed
        self._lock = threading.RLock()
        self._blocks: Blocks = ()
        self._undone: deque[Blocks] = deque(maxlen=MOST_STEPS)
        self._done: deque[Blocks] = deque(maxlen=MOST_STEPS)
        self._on_disk: bytes | None = None
        self._take_in(self._read())

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return bool(self._undone)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The hints in the order of the file: their keys and values, with `id` and `kind`."""
        return [
            {**block.fields, "id": block.id, "kind": block.kind}
            for block in self._blocks[1:]
            if block.kind != SETTINGS
        ]

    def look(self) -> bool:
        """Take in what others have changed in the file; return whether they have."""
        with self._lock:
            found = self._read()
            if found == self._on_disk:
                return False
            self._take_in(found)
        self._changed()
        return True

    def edit(self, revision: int, edits: Sequence[Edit]) -> list[str]:
        """Make changes as one step, and save the file; return the ids of tables that were added.

        revision: of what they were made of. Raises RefusedError where that is old, or the hints
        would not be valid; the file is then left as it is. Raises OutputError.
        """
        with self._lock:
            if self.look() or revision != self.revision:
                raise RefusedError(f"{self.path.name}: was changed meanwhile; look again", 409)
            if self.problem is not None:
                raise RefusedError(self.problem)
            blocks = self._blocks
            for each in edits:
                blocks = each.on(blocks)
            self._save(blocks)
            known = {block.id for block in self._blocks}
            self._done.append(self._blocks)
            self._undone.clear()
            self._blocks = blocks
        self._changed()
        return [block.id for block in blocks[1:] if block.id not in known]

    def set_settings(self, values: Mapping[str, Any]) -> None:
        """Change settings as one step, and save them; None leaves one to its default.

        Raises as `edit`.
        """
        with self._lock:
            self.look()
            table = next((each for each in self._blocks[1:] if each.kind == SETTINGS), None)
            edits = [Edit("change", id=table.id, fields=values)] if table else []
            if table is None:
                edits = [Edit("add", kind=SETTINGS, fields=values)]
            self.edit(self.revision, edits)

    def copy(self, ids: Sequence[str], at: str) -> list[str]:
        """Add tables once more, for the shot at a time `at`; return their ids. Raises as `edit`."""
        known = {entry["id"]: entry for entry in self.entries}
        edits = []
        for each in ids:
            if each not in known:
                raise RefusedError("this hint is gone; look again", 409)
            fields = {n: value for n, value in known[each].items() if n not in ("id", "kind")}
            if isinstance(fields.get("for"), str) and ".." in fields["for"]:
                del fields["for"]
            if "at" in fields:
                fields["at"] = at
            edits.append(Edit("add", known[each]["kind"], fields=fields))
        return self.edit(self.revision, edits)

    def undo(self) -> None:
        """Undo the latest step, and save the file. Raises as `edit`."""
        self._step(self._done, self._undone, "nothing is left to undo")

    def redo(self) -> None:
        """Do again what was undone last, and save the file. Raises as `edit`."""
        self._step(self._undone, self._done, "nothing is left to do again")

    def _step(self, source: deque[Blocks], target: deque[Blocks], nothing: str) -> None:
        with self._lock:
            self.look()
            if not source:
                raise RefusedError(nothing, 409)
            self._save(source[-1])
            target.append(self._blocks)
            self._blocks = source.pop()
        self._changed()

    def _read(self) -> bytes | None:
        """Return what the file holds; None where it is not there."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem = f"{self.path}: can't be read: {error.strerror}"
            return self._on_disk

    def _take_in(self, found: bytes | None) -> None:
        """Let the file's content be what is edited; steps before can't be undone."""
        self._on_disk, self.problem = found, None
        self._done.clear()
        self._undone.clear()
        self.revision += 1
        try:
            self.hints, self._blocks = self._parsed(found or b"")
        except VidcolorError as error:
            self.problem, self._blocks = str(error), ()
            self.hints = Hints(path=self.path)

    def _parsed(self, found: bytes) -> tuple[Hints, Blocks]:
        """Return what a file says, and its tables. Raises UsageError, InputError."""
        hints = Hints.parse(found, self.path, self._timeless)
        text = as_utf8(found).decode()
        said = tomllib.loads(text.replace("\r\n", "\n"))
        blocks = split(text, self._blocks)
        if content(blocks) != said or blocks[0].fields.keys() - {"version"}:
            raise RefusedError(
                f"{self.path}: its hints are not written as tables [[point]], which the studio "
                "edits; rewrite them so"
            )
        return hints, blocks

    def _save(self, blocks: Blocks) -> None:
        """Write the file, unless what it would say is wrong. Raises RefusedError, OutputError."""
        try:
            hints = Hints.of(content(blocks), self.path, self._timeless)
        except VidcolorError as error:
            raise RefusedError(str(error)) from None
        text = joined(blocks)
        if b"\r\n" in (self._on_disk or b""):
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        written = text.encode()
        _write(self.path, written)
        self._on_disk, self.hints = written, hints
        self.revision += 1


def _write(path: Path, written: bytes) -> None:
    """Write a file whole or not at all, with the rights that it had. Raises OutputError."""
    target = Target(path, path.parent, overwrite=True)
    try:
        target.temporary.write_bytes(written)
        if path.exists():
            target.temporary.chmod(path.stat().st_mode & 0o777)
        target.commit()
    except OSError as error:
        raise OutputError(f"{path}: {write_failure(error)}") from error
    finally:
        target.discard()
