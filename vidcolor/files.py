"""Files of films and photographs: names and containers, pipes, and the place of an output."""

import errno
import hashlib
import io
import os
import platform
import secrets
import shutil
import stat
import sys
import tempfile
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from vidcolor.errors import InputError, OutputError, UsageError
from vidcolor.kinds import SUFFIXES, picture_file
from vidcolor.text import bytes_text

if TYPE_CHECKING:
    from av.error import FFmpegError

CONTAINERS = {
    ".mkv": "matroska",
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".webm": "webm",
}
"""FFmpeg's name of the container, by the suffix of the file."""

PIPE = Path("-")
"""The name that stands for standard input as an input and for standard output as an output."""


def is_still(path: Path) -> bool:
    """Tell whether a file is a photograph, by what it holds; see `picture_file`."""
    found = picture_file(path)
    return found is not None and not found.animated


def default_output(source: Path, folder: Path | None, kind: str = "color") -> Path:
    """Name the output: film.color.mkv for film.mkv, or with another `kind` in place of "color".

    It lies beside the source or in `folder`. The suffix stays where vidcolor writes that kind of
    file; other films become .mkv, other photographs .png.
    """
    found, suffix = picture_file(source), source.suffix.lower()
    if found is None or found.animated:
        kept, otherwise = suffix in CONTAINERS, ".mkv"
    else:
        kept, otherwise = SUFFIXES.get(suffix) == found.format and not found.deep, found.suffix
    name = f"{source.stem}.{kind}{source.suffix if kept else otherwise}"
    return (folder or source.parent) / name


def container_format(path: Path) -> str:
    """Return FFmpeg's name of the container that the suffix of `path` asks for.

    Standard output gets Matroska.

    Raises:
        UsageError: the suffix is none of `CONTAINERS`.
    """
    if path == PIPE:
        return "matroska"
    try:
        return CONTAINERS[path.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"{path}: unknown kind of film {path.suffix or '(no suffix)'}; "
            f"name the output {', '.join(CONTAINERS)}"
        ) from None


_STDIN, _STDOUT = 0, 1
"""Their file descriptors."""


def standard_input() -> Path:
    """Return a name of standard input as a file that can be sought in and opened more than once.

    Whatever comes through a pipe is first copied, to its end, into a temporary file in the folder
    that TMPDIR names. That file has no name and vanishes with the process, however the process
    ends. It then takes the place of the pipe. So spans work, and films that can't be read front to
    back, like an MP4 with its index at the end, at the price of disk space for a copy.

    Raises:
        UsageError: standard input is closed or a terminal.
        InputError: there is no room for the copy.
    """
    if sys.stdin is None or os.isatty(_STDIN):
        raise UsageError("-: nothing is piped into standard input; pipe a film, or name one")
    path = Path("/dev/stdin")
    if not stat.S_ISREG(os.fstat(_STDIN).st_mode):
        try:
            with tempfile.TemporaryFile() as copy:
                with open(_STDIN, "rb", closefd=False) as pipe:
                    shutil.copyfileobj(pipe, copy, 1 << 20)
                copy.flush()
                os.dup2(copy.fileno(), _STDIN)
        except OSError as error:
            raise InputError(
                f"{path}: can't be copied into {tempfile.gettempdir()}: {error.strerror}; "
                "free some space, or set TMPDIR to another folder"
            ) from error
    return path


class StandardOutput:
    """Standard output as the place of a film, which is sent there while it is made.

    A film that fails can't be taken back: the output simply ends, and the exit code tells.

    Raises:
        UsageError: standard output is closed or a terminal.
    """

    file: io.BytesIO
    """What FFmpeg writes into it waits for `flush`, so that no signal comes while FFmpeg writes."""

    def __init__(self) -> None:
        if sys.stdout is None or os.isatty(_STDOUT):
            raise UsageError("-: standard output is no pipe or file; pipe it into a program")
        self.file = _Sink()

    def flush(self) -> None:
        """Send what has been written into `file`. Raises OSError."""
        waiting = memoryview(self.file.getvalue())
        self.file.seek(0)
        self.file.truncate()
        while waiting:
            waiting = waiting[os.write(_STDOUT, waiting) :]

    def commit(self) -> None:
        """Send the rest. Raises OSError."""
        self.flush()

    def shortage(self, written: int, share: Fraction) -> None:
        """Return None: nobody knows how much room there is behind a pipe."""

    def left(self) -> None:
        """Return None: no temporary file is left behind."""

    def discard(self) -> None:
        """Do nothing: the rest is simply not sent."""


class _Sink(io.BytesIO):
    """Memory that FFmpeg takes for a pipe: it never seeks back in it."""

    def seekable(self) -> bool:
        """Return False, as for a pipe."""
        return False


_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or write elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or write elsewhere",
    errno.EFBIG: "too large for its file system; write elsewhere",
    errno.ENOENT: "its folder or disk is gone; write elsewhere",
    errno.ENAMETOOLONG: "the name is too long; give a shorter one with --output",
    errno.EPIPE: "what it is piped into has ended; look at what that says",
    errno.EACCES: "no permission to write there; write elsewhere",
    errno.EROFS: "its disk is read-only; write elsewhere",
    errno.EEXIST: "came to exist meanwhile; --overwrite replaces it",
}


class Target:
    """The place of an output: the file that `path` leads to, and a temporary one beside it.

    Symbolic links are followed. Nothing appears under the final name before `commit`.

    Args:
        path: where the output shall appear.
        source: the input, which `path` must not be.
        overwrite: whether an existing file is replaced.

    Raises:
        UsageError: `path` exists without `overwrite`, or is the input.
        OutputError: `path` is a folder, or its folder can't be written to.
    """

    temporary: Path
    """A short, hidden, unused name in the same folder with the same suffix. What a run that was
    killed has left under such a name is removed by the next one that writes the same output."""
    file: str
    """The same name, for FFmpeg to write to."""

    def __init__(self, path: Path, source: Path, overwrite: bool) -> None:
        try:
            self._final = _check(path, source, overwrite)
        except OSError as error:
            raise OutputError(f"{path}: {write_failure(error)}") from error
        self._path = path
        self._overwrite = overwrite
        self.temporary = _temporary(self._final)
        remove_left_behind(self._final)
        self.file = str(self.temporary)

    def flush(self) -> None:
        """Do nothing: FFmpeg itself writes the file."""

    def shortage(self, written: int, share: Fraction) -> str | None:
        """Return a line that warns of a disk that will not hold the film; None if it will.

        written: bytes so far, for `share` of the film, in (0, 1]. The rest of the film is expected
        to take as many bytes a second as the part done, and so much must be free now. What the
        encoder still holds back is not counted, so the rule errs towards silence, less and less.
        """
        try:
            rest = written / share - self.temporary.stat().st_size
            free = shutil.disk_usage(self.temporary.parent).free
        except OSError:
            return None
        if rest <= free:
            return None
        return (
            f"the disk may fill up: about {bytes_text(rest)} more are needed and "
            f"{bytes_text(free)} are free; free some space, or stop and write elsewhere"
        )

    def commit(self) -> None:
        """Give the temporary file its final name. Raises OSError."""
        if not self._overwrite and self._final.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self.temporary.replace(self._final)

    def fill(self, content: bytes | memoryview) -> None:
        """Write the whole file and give it its final name.

        Raises:
            OutputError: it can't be written.
        """
        try:
            self.temporary.write_bytes(content)
            self.commit()
        except OSError as error:
            raise OutputError(f"{self._path}: {write_failure(error)}") from error
        finally:
            self.discard()

    def left(self) -> Path | None:
        """Return the temporary file, as one that no later run removes; None if there is none."""
        kept = self.temporary.with_name(f".{secrets.token_hex(6)}{self._final.suffix}")
        try:
            return self.temporary.replace(kept)
        except OSError:
            return self.temporary if self.temporary.exists() else None

    def discard(self) -> None:
        """Remove the temporary file if it exists."""
        with suppress(OSError):
            self.temporary.unlink()


def _temporary(final: Path) -> Path:
    """Return a name for the file that becomes `final`; it tells the process that writes it."""
    return final.with_name(f"{_mark(final)}{os.getpid():x}-{secrets.token_hex(2)}{final.suffix}")


def remove_left_behind(final: Path) -> None:
    """Remove what processes that were killed have left of a file that they wrote."""
    mark = _mark(final)
    for path in final.parent.glob(f"{mark}*"):
        process = path.name.removeprefix(mark).partition("-")[0]
        with suppress(OSError, ValueError):
            if not _is_alive(int(process, 16)):
                path.unlink()


def _mark(final: Path) -> str:
    """Return what temporary names of a file begin with that processes of this system choose."""
    system = [platform.node(), final.name]
    with suppress(OSError):  # containers may have the same name, but not the same processes
        system.append(str(Path("/proc/self/ns/pid").stat().st_ino))
    return f".{hashlib.sha256(os.fsencode('/'.join(system))).hexdigest()[:8]}-"


def _is_alive(process: int) -> bool:
    """Tell whether a process of this number runs; True where the system can't be asked."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def write_failure(error: "OSError | FFmpegError") -> str:
    """Say what keeps a file from being written, and what helps."""
    return _REMEDIES.get(error.errno or 0, f"can't be written: {error.strerror}")


def _check(path: Path, source: Path, overwrite: bool) -> Path:
    """Return the file that `path` leads to, behind symbolic links, if it may be written.

    Raises UsageError, OutputError, as `Target` does, and OSError.
    """
    final = Path(os.path.realpath(path))
    if final.is_symlink():
        raise OutputError(f"{path}: its symbolic links lead in a circle; choose another output")
    if final.is_dir():
        raise OutputError(f"{path}: is a folder; name a file in it")
    if final.exists():
        if source.exists() and final.samefile(source):
            raise UsageError(f"{path}: is the input itself; choose another output")
        if not final.is_file():
            raise OutputError(f"{path}: is not a regular file; choose another output")
        if not overwrite:
            raise UsageError(f"{path}: exists already; --overwrite replaces it")
    if not final.parent.is_dir():
        raise OutputError(f"{path}: its folder does not exist; create {path.parent}")
    if not os.access(final.parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"{path}: no permission to write into {path.parent}; choose another folder"
        )
    return final
