"""Opens film files; where that fails, one line tells what is wrong."""

import os
from pathlib import Path

import av
from av.container.input import InputContainer

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.animation import Animation
from vidcolor.input.limits import (
    FILM_PIXELS,
    STREAMS_VARIABLE,
    max_pixels,
    max_streams,
)
from vidcolor.input.tag_text import RAW

_DAMAGE = (av.error.InvalidDataError, av.error.EOFError)
# Containers that don't say at their beginning which streams they hold: FFmpeg finds those that it
# meets there. This is how far it looks if asked to be thorough, in bytes, which it keeps in memory
# until they are read, and in microseconds; and it heeds each change of a transport stream's tables.
_UNANNOUNCED = {"mpeg", "mpegts", "flv", "dv", "wtv"}
_THOROUGH = {"probesize": "50000000", "analyzeduration": "90000000", "scan_all_pmts": "1"}


def open_film(
    path: Path, animation: Animation | None = None, *, thorough: bool = False
) -> InputContainer:
    """Open a film, or that of an animated picture.

    thorough: look farther into films whose streams may begin late.

    Raises:
        InputError: the file is missing, unreadable or no film.
        UnsupportedError: it asks for more than `limits` allow.
        UsageError: a variable of `limits` is set to nonsense.
    """
    # An absolute name is never taken for a protocol such as "concat:".
    name = animation.name if animation else str(path.absolute())
    streams = max_streams()
    options = {"max_streams": str(streams + 1)}
    too_many = f"has more than {streams} streams ({STREAMS_VARIABLE} sets another limit)"
    try:
        _check(path)
        container = _open(name, options)
        if thorough and container.format.name in _UNANNOUNCED:
            container.close()
            container = _open(name, options | _THOROUGH)
    except _DAMAGE:
        raise InputError(
            f"{path}: not a film, or damaged or incomplete from its beginning; "
            "check that a player opens it"
        ) from None
    except av.error.MemoryError:
        raise UnsupportedError(f"{path}: {too_many}, or asks for too much memory") from None
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(
            f"{path}: can't be opened: {error.strerror}; check that a player opens it"
        ) from error
    if len(container.streams) > streams:
        container.close()
        raise UnsupportedError(f"{path}: {too_many}")
    return container


def pixel_cap() -> dict[str, str]:
    """Return the limit of pixels as an option of FFmpeg's decoders."""
    return {"max_pixels": str(max_pixels(FILM_PIXELS))}


def _open(name: str, options: dict[str, str]) -> InputContainer:
    """Open the file `name` with FFmpeg's `options` of containers."""
    return av.open(name, "r", metadata_errors=RAW, options=pixel_cap(), container_options=options)


def _check(path: Path) -> None:
    """Raise InputError where FFmpeg's own words would not tell what is wrong with the file."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name the film in it")
    if path.is_symlink() and not path.exists():
        raise InputError(f"{path}: a symbolic link that leads to no file; mend it")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the name")
    if not path.is_file():
        raise InputError(
            f"{path}: is not a regular file; save the film to disk first, or pipe it in as -"
        )
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: no permission to read it; change its permissions")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty; copy or download it again")
