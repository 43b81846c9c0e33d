"""Where photographs come from: folders, tars and lists of paths."""

import lzma
import os
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import NoReturn

from PIL import Image

from vidcolor.errors import TrainingError
from vidcolor.text import as_utf8, decode

LIST_SUFFIX = ".txt"

HEIF_SUFFIXES = frozenset({".heic", ".heics", ".heif", ".heifs", ".hif"})
"""Those of HEIC, which Pillow opens with pillow-heif. Without it `screening` leaves them out."""

Read = Callable[[], bytes]


@cache
def suffixes() -> frozenset[str]:
    """What photographs in folders and tars are known by: every suffix, in lower case, of a format
    that the Pillow at hand opens, and HEIC's. A list may name any file."""
    known = Image.registered_extensions()
    return HEIF_SUFFIXES | {suffix for suffix, name in known.items() if name in Image.OPEN}


def files(
    sources: Iterable[Path], pass_over: Callable[[str], None] = lambda name: None
) -> Iterator[tuple[str, Read]]:
    """(name, a function that reads the content) of every image file, in an order that stays.

    pass_over: is called with the name of every other file, and of every link in a tar.

    The name is a path from the source on: a folder's own name comes first in it, a tar's members
    have the names they were stored by, and a list's lines are taken as if the folder that the list
    lies in were the source, unless they are absolute. The function serves until the next file is
    asked for; it raises OSError where the file can't be read. Symbolic links are followed, but no
    folder is entered twice. Raises TrainingError for a source that is none of the three, or
    damaged.
    """
    for source in sources:
        if source.is_dir():
            yield from _in_folder(source.absolute(), pass_over)
        elif source.suffix.lower() == LIST_SUFFIX:
            yield from _in_list(source.absolute())
        else:
            yield from _in_tar(source, pass_over)


def _is_photograph(name: str) -> bool:
    return Path(name).suffix.lower() in suffixes()


def _in_folder(folder: Path, pass_over: Callable[[str], None]) -> Iterator[tuple[str, Read]]:
    entered = {os.path.realpath(folder)}

    def is_new(path: Path) -> bool:
        real = os.path.realpath(path)
        known = real in entered
        entered.add(real)
        return not known

    for place, folders, names in os.walk(folder, onerror=_refuse, followlinks=True):
        folders[:] = [name for name in sorted(folders) if is_new(Path(place, name))]
        for path in (Path(place, name) for name in sorted(names)):
            name = path.relative_to(folder.parent).as_posix()
            if _is_photograph(name):
                yield name, path.read_bytes
            else:
                pass_over(name)


def _in_list(listing: Path) -> Iterator[tuple[str, Read]]:
    folder = listing.parent
    not_a_list = TrainingError(f"{listing}: not a list of paths in UTF-8; save it as such")
    with _opened(listing):
        content = listing.read_bytes()
    try:
        lines = as_utf8(content).splitlines()
    except UnicodeDecodeError:
        raise not_a_list from None
    for line in filter(None, map(bytes.strip, lines)):
        if b"\0" in line:
            raise not_a_list
        name = _file_name(folder, line)
        yield (folder.name / Path(name)).as_posix(), (folder / name).read_bytes


def _file_name(folder: Path, line: bytes) -> str:
    """Return the name that a line of a list in `folder` means: its bytes are those of a name.

    If there is no such file, the list may have been written in another encoding.
    """
    name = line.decode("utf-8", "surrogateescape")
    with suppress(UnicodeError, OSError):
        if not (folder / name).exists():
            return decode(line)[0]
    return name


def _in_tar(source: Path, pass_over: Callable[[str], None]) -> Iterator[tuple[str, Read]]:
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
                with _opened(source):
                    _check_end(tar)
                return
            if member.isfile() and _is_photograph(member.name):
                yield member.name, partial(content, member)
            elif not member.isdir():
                pass_over(member.name)
            tar.members.clear()  # type: ignore[attr-defined]  # else all stay in memory


def _check_end(tar: tarfile.TarFile) -> None:
    """Raise tarfile.ReadError unless zeros end the archive, and nothing but zeros follows."""
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    rest = 0
    while block := tar.fileobj.read(tarfile.RECORDSIZE):
        rest += len(block)
        if any(block):
            raise tarfile.ReadError(f"damaged at byte {tar.offset}")
    if rest < tarfile.BLOCKSIZE:
        raise tarfile.ReadError("cut off")


@contextmanager
def _opened(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise TrainingError(
            f"{source}: neither a folder, a list ({LIST_SUFFIX}) nor a sound tar ({reason})"
        ) from error


def _refuse(error: OSError) -> NoReturn:
    raise TrainingError(f"{error.filename}: can't be listed: {error.strerror}") from error
