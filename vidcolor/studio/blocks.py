"""The text of a file of hints as its tables, which are edited one by one, so that all else stays.

tomlkit keeps comments and layout within a table; it doesn't keep the order of tables of different
names (`[[point]]`, `[[region]]`, `[[point]]`), so the text is cut up before each header.
"""

import re
import secrets
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import tomlkit

from vidcolor.hints.settings_table import SETTINGS

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z][\w-]*)\s*\]\]?\s*(#.*)?")
_BEGIN = "version = 1\n"
"""What a new file begins with."""


def new_id() -> str:
    """Return a name for a table that no other one has."""
    return secrets.token_hex(6)


@dataclass(frozen=True, eq=False)
class Block:
    """A table: its name, and its text from its header up to the next one.

    kind: "" for what stands before the first header. id: stays the same while the table is edited.
    """

    kind: str
    text: str
    id: str = field(default_factory=new_id)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The keys and values that it says."""
        found: Any = tomllib.loads(self.text)
        if self.kind:
            found = found[self.kind]
        return dict(found[0] if isinstance(found, list) else found)

    def changed(self, fields: Mapping[str, Any]) -> "Block":
        """Return it with other values of some keys; None removes a key."""
        own, tail = self.parts
        document = tomlkit.parse(own)
        table: Any = document[self.kind] if self.kind else document
        if isinstance(table, list):
            table = table[0]
        for key, value in fields.items():
            if value is None:
                table.pop(key, None)
            elif self.fields.get(key) != value:
                table[key] = value
        own = tomlkit.dumps(document)
        return replace(self, text=own + ("" if own.endswith("\n") else "\n") + tail)

    @classmethod
    def made(cls, kind: str, fields: Mapping[str, Any]) -> "Block":
        """Return a new table."""
        document, table = tomlkit.document(), tomlkit.table()
        for key, value in fields.items():
            if value is not None:
                table[key] = value
        if kind == SETTINGS:
            document[kind] = table
        else:
            array = tomlkit.aot()
            array.append(table)
            document[kind] = array
        return cls(kind, tomlkit.dumps(document).rstrip("\n") + "\n")

    @property
    def parts(self) -> tuple[str, str]:
        """Its own text, and the blank lines and comments behind, which may belong to the next."""
        lines = self.text.splitlines(keepends=True)
        end = len(lines)
        while end > bool(self.kind) and (not lines[end - 1].strip() or _is_comment(lines[end - 1])):
            end -= 1
        return "".join(lines[:end]), "".join(lines[end:])


Blocks = tuple[Block, ...]
"""Those of a file; what they say is the text of all in a row."""


def split(text: str, known: Sequence[Block] = ()) -> Blocks:
    """Cut the text of a file, which is valid TOML, up before each header.

    known: earlier tables, whose ids go to tables of the same text.
    """
    blocks: list[Block] = []
    kind, part = "", ""
    for line in text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line.rstrip("\r\n"))
        if header is not None and _is_whole(part):  # else it stands in a text or a list
            blocks.append(Block(kind, part))
            kind, part = header[2], ""
        part += line
    blocks.append(Block(kind, part))
    return tuple(_named_as(blocks, known))


def joined(blocks: Sequence[Block]) -> str:
    """Return the text of a file."""
    return "".join(block.text for block in blocks)


def content(blocks: Sequence[Block]) -> dict[str, Any]:
    """Return what a file says, as tomllib would read it."""
    found: dict[str, Any] = dict(blocks[0].fields) if blocks else {}
    for block in blocks[1:]:
        if block.kind == SETTINGS:
            found[SETTINGS] = block.fields
        else:
            found.setdefault(block.kind, []).append(block.fields)
    return found


def with_added(blocks: Blocks, block: Block) -> Blocks:
    """Return them with one more, behind the last of its kind, else at the end."""
    if not joined(blocks).strip():
        blocks = (Block("", _BEGIN),)
    alike = [index for index, each in enumerate(blocks) if each.kind == block.kind]
    index = alike[-1] if alike else len(blocks) - 1
    before = blocks[index]
    own, tail = before.parts
    own = own if not own or own.endswith("\n") else own + "\n"
    if index == len(blocks) - 1 or not tail.strip():
        behind = tail if tail.endswith("\n") or not tail else tail + "\n"
        separate = "" if behind else "\n"
        before = replace(before, text=own + (behind or separate))
        after = "\n" if index < len(blocks) - 1 else ""
        added = replace(block, text=block.text + after)
    else:  # what stands behind belongs to the next table
        before = replace(before, text=own + "\n")
        added = replace(block, text=block.text + tail)
    return (*blocks[:index], before, added, *blocks[index + 1 :])


def without(blocks: Blocks, identity: str) -> Blocks:
    """Return them without one; comments behind it stay."""
    index = next(i for i, each in enumerate(blocks) if each.id == identity)
    _, tail = blocks[index].parts
    kept = list(blocks)
    if tail.strip():
        kept[index - 1] = replace(kept[index - 1], text=kept[index - 1].text + tail.lstrip("\r\n"))
    del kept[index]
    return tuple(kept)


def with_changed(blocks: Blocks, identity: str, fields: Mapping[str, Any]) -> Blocks:
    """Return them with other values of some keys of one."""
    return tuple(each.changed(fields) if each.id == identity else each for each in blocks)


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _named_as(blocks: Sequence[Block], known: Sequence[Block]) -> Iterator[Block]:
    """Yield blocks with the ids of known ones that say the same."""
    ids: dict[tuple[str, str], list[str]] = {}
    for block in known:
        ids.setdefault((block.kind, block.text.strip()), []).append(block.id)
    for block in blocks:
        same = ids.get((block.kind, block.text.strip()))
        yield replace(block, id=same.pop(0)) if same else block
