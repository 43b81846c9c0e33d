"""Photographs in folders, by name: truths, and what belongs to each of them."""

from collections.abc import Iterable
from pathlib import Path

from vidcolor.errors import InputError
from vidcolor.files import is_still

HINTS = ".hints.toml"
"""What a photograph's file of hints is called behind its name."""

_MADE = ".color"
"""What `vidcolor colorize` adds to a name."""

_MOST_NAMED = 3


def truths_in(folder: Path) -> dict[str, Path]:
    """Return the photographs of a folder and its folders, by name, in alphabetical order.

    A name is the path within the folder without its suffix, with / between its parts. Its first
    part is its kind, if there is more than one. Raises InputError.
    """
    found: dict[str, Path] = {}
    for path in _files(folder):
        if not is_still(path):
            continue
        name = _name(path, folder)
        if name in found:
            raise InputError(f"{path}: has the name of {found[name].name}; keep one of them")
        found[name] = path
    if not found:
        raise InputError(f"{folder}: holds no photographs; name a folder of photographs in colour")
    return found


def kind_of(name: str) -> str:
    """Return the kind of a truth, the folder that it lies in; "" for none."""
    return name.partition("/")[0] if "/" in name else ""


def paired(truths: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return a folder's photographs by the truths' names.

    `a.color.jpg`, as `vidcolor colorize` names it, belongs to the truth `a` too, unless there is
    one of that very name. Raises InputError, which names what has no partner.
    """
    names = set(truths)
    made = truths_in(folder)
    return _complete(
        {name if name in names else name.removesuffix(_MADE): made[name] for name in made},
        len(made),
        names,
        folder,
    )


def paired_hints(truths: Iterable[str], folder: Path) -> dict[str, Path]:
    """Return a folder's files of hints, NAME.hints.toml, by the truths' names.

    Raises InputError.
    """
    files = [path for path in _files(folder) if path.name.endswith(HINTS)]
    found = {path.relative_to(folder).as_posix().removesuffix(HINTS): path for path in files}
    return _complete(found, len(files), set(truths), folder)


def _complete(found: dict[str, Path], count: int, names: set[str], folder: Path) -> dict[str, Path]:
    """Return what was found if it is one for each of the names. Raises InputError.

    count: how many there were before they were named.
    """
    if lacking := sorted(names - found.keys()):
        raise InputError(
            f"{folder}: has nothing for {_listed(lacking)}; add it, or leave its truth out"
        )
    if foreign := sorted(found.keys() - names):
        raise InputError(f"{folder}: {_listed(foreign)} belongs to no truth; take it out")
    if len(found) < count:
        raise InputError(
            f"{folder}: has two pictures of one name, with and without {_MADE}; keep one"
        )
    return found


def _listed(names: list[str]) -> str:
    """Return a few of the names, and how many more there are."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _files(folder: Path) -> list[Path]:
    """Return the files in a folder that are not hidden, nor in a hidden one, in order.

    Raises InputError.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; name one that holds the photographs")
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()
