"""The folder in which the shots of a film and their thumbnails are kept for the next time."""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from vidcolor.pipeline.shots import Shot

_FORMAT = 1


def cache_home() -> Path:
    """Return the folder of all caches of the studio: in `XDG_CACHE_HOME`, else `~/.cache`."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "vidcolor/studio"


class FilmCache:
    """Keeps what is known of a film; a film that has changed since is another one.

    Nothing is lost with it, so what can't be read or written is passed over.

    path: the film. cuts: as text, how its shots are found.
    """

    def __init__(self, path: Path, cuts: str) -> None:
        self.folder: Path | None = None
        with suppress(OSError):  # a frame sequence is no file
            found = path.stat()
            told = f"{_FORMAT} {path.resolve()} {found.st_size} {found.st_mtime_ns} {cuts}"
            digest = hashlib.sha256(os.fsencode(told)).hexdigest()[:24]
            self.folder = cache_home() / digest

    def read_shots(self) -> list[Shot] | None:
        """Return all shots of the film; None where they are not known."""
        with suppress(ValueError, KeyError, TypeError):
            content = json.loads(self._read("shots.json") or b"")
            return [
                Shot(tuple(map(Fraction, times)), Fraction(end)) for times, end in content["shots"]
            ]
        return None

    def write_shots(self, shots: Sequence[Shot]) -> None:
        """Keep all shots of the film."""
        content = {"shots": [[list(map(str, shot.times)), str(shot.end)] for shot in shots]}
        self._write("shots.json", json.dumps(content).encode())

    def read_thumbnail(self, begin: Fraction) -> bytes | None:
        """Return the thumbnail of the shot that begins then; None where there is none."""
        return self._read(_thumbnail(begin))

    def write_thumbnail(self, begin: Fraction, content: bytes) -> None:
        """Keep it."""
        self._write(_thumbnail(begin), content)

    def _read(self, name: str) -> bytes | None:
        if self.folder is not None:
            with suppress(OSError):
                return (self.folder / name).read_bytes()
        return None

    def _write(self, name: str, content: bytes) -> None:
        if self.folder is None:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self.folder / f".{os.getpid()}-{name}"
            temporary.write_bytes(content)
            temporary.replace(self.folder / name)


def _thumbnail(begin: Fraction) -> str:
    return f"{begin.numerator}-{begin.denominator}.jpg"
