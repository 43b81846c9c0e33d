"""Films and segments in an object store, by addresses like s3://bucket/film.mkv."""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from vidcolor.errors import InputError, OutputError, VidcolorError

if sys.platform == "win32":
    from pathlib import WindowsPath as _SystemPath
else:
    from pathlib import PosixPath as _SystemPath

_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}
"""The package that fsspec reads a scheme with. In these stores a file appears whole or not at all,
and only there."""
_UNUSED = 3600
"""Seconds after which a copy that nobody uses may go."""


class StoredFile(_SystemPath):
    """The path of a file in a store, for names and messages; no local file has it.

    address: without a slash at its end.
    """

    address = ""
    """Empty in paths that are derived from one, which lie in no store."""

    def __new__(cls, address: str) -> "StoredFile":
        stored = super().__new__(cls, address)
        stored.address = address.rstrip("/")
        return stored

    if sys.version_info >= (3, 12):

        def __init__(self, address: str) -> None:
            super().__init__(address)

        def with_segments(self, *segments: str) -> Path:
            """Return a path derived from this one, which is none in a store."""
            return Path(*segments)

    def __str__(self) -> str:
        """Return the address; a path would swallow one of its slashes."""
        return self.address or super().__str__()

    @property
    def folder(self) -> str:
        """The address of what it lies in."""
        return self.address.rpartition("/")[0]


def scheme(address: str) -> str | None:
    """Return the scheme of an address in a store that can be used; None for anything else."""
    found, separator, _ = address.partition("://")
    return found if separator and found in _PACKAGES else None


def exists(address: str) -> bool:
    """Tell whether there is such a file. Raises InputError."""
    with _failures(address, InputError):
        return bool(_store(address).exists(address))


def fetch(address: str) -> Path:
    """Return a local copy of a film, which is brought here unless it is here already.

    It has the film's time of change, so that the copies on all machines are alike. It lies in the
    folder for temporary files; `holding` keeps it there. Copies that nobody has used for an hour
    make room for it. Raises InputError.
    """
    with _failures(address, InputError):
        store = _store(address)
        version = f"{address} {store.ukey(address)}"
        changed = int(store.modified(address).timestamp() * 1e9)
    folder = _cache("films") / hashlib.sha256(version.encode()).hexdigest()[:16]
    copy = folder / address.rpartition("/")[2]
    with _failures(address, InputError):
        folder.mkdir(exist_ok=True)
        with FileLock(folder / "lock"):  # others on this machine wait for the same copy
            if not copy.exists():
                _remove_unused(folder)
                unfinished = folder / "unfinished"
                store.get_file(address, str(unfinished))
                os.utime(unfinished, ns=(changed, changed))
                unfinished.replace(copy)
            os.utime(folder)
    return copy


@contextmanager
def holding(copy: Path) -> Iterator[None]:
    """Keep a copy that was fetched from being removed, in the context and for an hour behind it."""
    import fcntl

    with copy.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    with suppress(OSError):
        os.utime(copy.parent)


def send(file: Path, address: str) -> None:
    """Bring a local file to an address, where it replaces what is there. Raises OutputError."""
    with _failures(address, OutputError):
        _store(address).put_file(str(file), address)


def receive(address: str, file: Path) -> None:
    """Bring what is at an address into a local file, safely. Raises OutputError."""
    with _failures(address, OutputError):
        _store(address).get_file(address, str(file))
        with file.open("rb+") as content:
            os.fsync(content.fileno())


def remove(address: str) -> None:
    """Remove a file, or a folder and all in it; it need not exist."""
    with suppress(VidcolorError, FileNotFoundError), _failures(address, OutputError):
        _store(address).rm(address, recursive=True)


def local_place(address: str, folder: Path | None) -> Path:
    """Return where a film for an address is made before it is sent: in a folder of its own.

    folder: in which that is; None for the one for temporary files. Raises OutputError.
    """
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    return (folder or _cache("outputs")) / digest / address.rpartition("/")[2]


def write_once(content: bytes, name: str) -> Path:
    """Return a local file of this content, which its name stands for. Raises OutputError."""
    file = _cache("weights") / name
    with _failures(str(file), OutputError):
        if not file.exists():
            unfinished = file.with_name(f"{name}.{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(file)
    return file


def _cache(kind: str) -> Path:
    """Return the folder of copies of a kind, which is this user's alone. Raises OutputError."""
    user = os.getuid() if os.name == "posix" else ""
    folder = Path(tempfile.gettempdir()) / f"vidcolor-{user}"
    with _failures(str(folder), OutputError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix" and folder.stat().st_uid != user:
            raise OutputError(f"{folder}: belongs to another user; set TMPDIR to another folder")
        (folder / kind).mkdir(exist_ok=True)
    return folder / kind


def _remove_unused(new: Path) -> None:
    """Remove copies that nobody holds, nor has held within the last hour; but for `new`."""
    import fcntl

    for folder in new.parent.iterdir():
        if folder == new or folder.stat().st_mtime > time.time() - _UNUSED:
            continue
        for copy in folder.iterdir():
            with suppress(OSError), copy.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                copy.unlink()


def _store(address: str) -> Any:
    """Return fsspec's file system for an address. Raises InputError where a package is missing."""
    name = scheme(address) or "file"
    try:
        import fsspec

        return fsspec.filesystem(name, use_listings_cache=False, skip_instance_cache=True)
    except ImportError:
        package = _PACKAGES[name]
        raise InputError(
            f"{address}: {name}:// needs the package {package}; pip install {package}"
        ) from None


@contextmanager
def _failures(name: str, kind: type[VidcolorError]) -> Iterator[None]:
    """Turn what a store or disk says, in whatever form, into one line."""
    try:
        yield
    except VidcolorError:
        raise
    except FileNotFoundError as error:
        raise kind(f"{name}: not found") from error
    except Exception as error:  # each store has errors of its own
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise kind(f"{name}: {reason}") from error
