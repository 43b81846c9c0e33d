"""Where photographs come from: folders, tars and lists of paths."""

import lzma
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NoReturn

from vidcolor.errors import TrainingError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
"""What photographs in folders and tars are known by; a list may name any file."""

LIST_SUFFIX = ".txt"

Read = Callable[[], bytes]


def files(sources: Iterable[Path]) -> Iterator[tuple[str, Read]]:
    """(name, a function that reads the content) of every image file, in an order that stays.

    The name is a path from the source on: a folder's own name comes first in it, a tar's members
    have the names they were stored by, and a list's lines are taken as if the folder that the list
    lies in were the source, unless they are absolute. The function serves until the next file is
    asked for; it raises OSError where the file can't be read. Raises TrainingError for a source
    that is none of the three, or damaged.
    """
    for source in sources:
        if source.is_dir():
            yield from _in_folder(source.absolute())
        elif source.suffix.lower() == LIST_SUFFIX:
            yield from _in_list(source.absolute())
        else:
            yield from _in_tar(source)


def _in_folder(folder: Path) -> Iterator[tuple[str, Read]]:
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders.sort()
        for path in (Path(place, name) for name in sorted(names)):
            if path.suffix.lower() in SUFFIXES:
                yield path.relative_to(folder.parent).as_posix(), path.read_bytes


def _in_list(listing: Path) -> Iterator[tuple[str, Read]]:
    folder = listing.parent
    with _opened(listing), listing.open(encoding="utf-8", errors="surrogateescape") as lines:
        for line in filter(None, map(str.strip, lines)):
            yield (folder.name / Path(line)).as_posix(), (folder / line).read_bytes


def _in_tar(source: Path) -> Iterator[tuple[str, Read]]:
    def content(member: tarfile.TarInfo) -> bytes:
        with _opened(source):
            file = tar.extractfile(member)
            assert file is not None
            return file.read()

    with _opened(source):
        tar = tarfile.open(source)  # noqa: SIM115
    with tar:
        while True:
            with _opened(source):
                member = tar.next()
            if member is None:
                return
            if member.isfile() and Path(member.name).suffix.lower() in SUFFIXES:
                yield member.name, partial(content, member)
            tar.members.clear()  # type: ignore[attr-defined]  # else all stay in memory


@contextmanager
def _opened(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        raise TrainingError(
            f"{source}: neither a folder, a list ({LIST_SUFFIX}) nor a sound tar ({error})"
        ) from error


def _refuse(error: OSError) -> NoReturn:
    raise TrainingError(f"{error.filename}: can't be listed: {error.strerror}") from error
