"""Finds what there is to colour in a folder of films and photographs, and where it goes."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from vidcolor.files import default_output
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.sequence import SUFFIXES, is_series

_HINTS = ".hints.toml"


@dataclass(frozen=True)
class Item:
    """Something found in a folder.

    source: a file, or a `FrameSequence`. name: its path within the folder. output: what becomes of
    it. reason: why nothing does; None where it is to be colored. is_fault: whether that is a
    failure.
    """

    source: Path
    name: str
    output: Path
    reason: str | None = None
    is_fault: bool = False


def find_items(
    folder: Path, out: Path, rate: Fraction | None, folds_case: bool = False
) -> list[Item]:
    """Return what lies in a folder and its sub-folders, in the order of their names.

    Hidden files and folders are no part of it.

    Args:
        folder: is looked through.
        out: outputs go there, each into the sub-folder in which its source lies here. If it lies
            within `folder`, it is no part of that.
        rate: of frame sequences, in frames a second; None: there are to be none.
        folds_case: whether in `out` names that differ only in case are one.
    """

    def place(item: Item) -> str:
        return str(item.output).casefold() if folds_case else str(item.output)

    items = list(_walk(folder, out, rate))
    places = Counter(place(item) for item in items if item.reason is None)
    return [_refused(item) if places[place(item)] > 1 else item for item in items]


def _refused(item: Item) -> Item:
    """Return an item whose output would be another one's, too."""
    if item.reason is not None:
        return item
    reason = f"another file would become {item.output.name} too; rename one of them"
    return replace(item, reason=reason, is_fault=True)


def _walk(folder: Path, out: Path, rate: Fraction | None) -> Iterator[Item]:
    unreadable: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        here, target = Path(place), out / Path(place).relative_to(folder)
        yield from _unreadable(unreadable, folder, out)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in list(folders):
            if (here / name).is_symlink():
                folders.remove(name)
                yield _item(
                    here / name, folder, target, "a link to a folder, which is not followed"
                )
            elif _is_same(here / name, out):
                folders.remove(name)
        names = sorted(name for name in files if not name.startswith("."))
        frames = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
        if is_series(frames):
            names = [name for name in names if name not in set(frames)]
            yield _sequence(here, folder, target, rate, len(frames))
        for name in names:
            yield _item(here / name, folder, target)
    yield from _unreadable(unreadable, folder, out)


def _unreadable(errors: list[OSError], folder: Path, out: Path) -> Iterator[Item]:
    """Yield an item for each folder that can't be read, and forget the errors."""
    while errors:
        error = errors.pop()
        place = Path(os.fsdecode(error.filename))
        name = str(place.relative_to(folder))
        yield Item(place, name, out, f"can't be read: {error.strerror}", is_fault=True)


def _item(path: Path, folder: Path, target: Path, reason: str | None = None) -> Item:
    """Return a file as an item; target: the folder for what becomes of it."""
    is_fault = path.is_symlink() and not path.exists()
    if is_fault:
        reason = "a link that leads nowhere"
    elif reason is None and not path.is_file():
        reason = "no regular file"
    elif reason is None and path.name.endswith(_HINTS):
        reason = "hints"
    return Item(path, str(path.relative_to(folder)), _output(path, target), reason, is_fault)


def _output(path: Path, target: Path) -> Path:
    """Return a name that no other file of the same folder is given.

    Where the kind of file stays it is that of `default_output`, film.color.mkv; of others the old
    suffix stays too, as in film.avi.color.mkv.
    """
    output = default_output(path, target)
    if output.suffix == path.suffix:
        return output
    return target / f"{path.name}.color{output.suffix}"


def _sequence(here: Path, folder: Path, target: Path, rate: Fraction | None, count: int) -> Item:
    """Return a folder of numbered frames as an item.

    The film goes into the folder that stands for its own: beside that, another may have its name.
    """
    name = str(here.relative_to(folder))
    if rate is None:
        reason = f"{count} numbered frames: with --rate they are a film"
        return Item(here, name, target, reason)
    sequence = FrameSequence(here, rate)
    return Item(sequence, name, default_output(sequence, target))


def _is_same(path: Path, other: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)
