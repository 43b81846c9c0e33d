"""Pictures that are dropped on the page: copied beside the file of hints, and shown again."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from vidcolor.draw.sheet import png
from vidcolor.errors import OutputError, VidcolorError
from vidcolor.files import Target, write_failure
from vidcolor.hints.file import Hints, file_sha256
from vidcolor.input.photographs import Photograph
from vidcolor.serve.answers import Content, RefusedError
from vidcolor.studio.drawing import reduced

MOST = 256 << 20
"""The most bytes of a picture."""
_SHOWN = 1024
"""The long side of pictures on the page, in pixels."""
_FROZEN = ".frozen"


class Pictures:
    """The folder of a file of hints: `film.hints/` beside `film.hints.toml`."""

    def __init__(self, hints_file: Path) -> None:
        self._beside = hints_file.parent
        self._folder = self._beside / hints_file.stem

    def keep(self, name: str, content: bytes) -> str:
        """Keep a picture; return how the file of hints names it.

        name: what it is called; another picture of that name stays, and this one gets a number.
        Raises RefusedError for what is no picture, and OutputError.
        """
        stem, suffix = Path(_plain(name)).stem, Path(_plain(name)).suffix.lower()
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._folder}: {write_failure(error)}") from None
        for number in range(1, 10_000):
            path = self._folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
            if not path.exists():
                break
            if path.read_bytes() == content:
                return self._named(path)
        target = Target(path, self._beside, overwrite=False)
        try:
            target.temporary.write_bytes(content)
            Photograph(target.temporary).page()
        except OSError as error:
            target.discard()
            raise OutputError(f"{path}: {write_failure(error)}") from None
        except VidcolorError as error:
            target.discard()
            reason = str(error).removeprefix(f"{target.temporary}: ")
            raise RefusedError(f"{_plain(name)}: {reason}", 415) from None
        target.commit()
        return self._named(path)

    def show(self, name: str) -> Content:
        """Return a picture of the folder, or beside it, as PNG, reduced.

        Raises RefusedError for a name that leads elsewhere, and InputError.
        """
        path = (self._beside / name).resolve() if "\0" not in name else self._beside
        if not path.is_relative_to(self._beside.resolve()) or not path.is_file():
            raise RefusedError("there is no such picture", 404)
        page = Photograph(path).page()
        pixels = reduced(page.shown(), _SHOWN).astype(np.float32) * (255 / page.codes.peak)
        return Content(png(pixels.round().clip(0, 255).astype(np.uint8)), "image/png")

    def frozen(self, hints: Hints) -> Hints:
        """Return hints that name copies of their pictures, which nobody changes.

        Raises InputError, OutputError.
        """

        def copy(path: Path) -> Path:
            digest = file_sha256(path)[:16]
            place = self._folder / _FROZEN / digest / path.name
            if not place.exists():
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    Target(place, path, overwrite=True).fill(path.read_bytes())
                except OSError as error:
                    raise OutputError(f"{place}: {write_failure(error)}") from None
            return place

        def frozen(each: object, key: str) -> object:
            path = getattr(each, key)
            return each if path is None else replace(each, **{key: copy(path)})  # type: ignore

        changes = {
            "regions": tuple(frozen(each, "mask") for each in hints.regions),
            "palettes": tuple(frozen(each, "like") for each in hints.palettes),
            "references": tuple(frozen(each, "picture") for each in hints.references),
            "like": hints.like and frozen(hints.like, "like"),
        }
        return replace(hints, **changes)  # type: ignore[arg-type]

    def thaw(self) -> None:
        """Remove the copies: nothing needs them any more."""
        for path in sorted((self._folder / _FROZEN).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        if (self._folder / _FROZEN).is_dir():
            (self._folder / _FROZEN).rmdir()

    def _named(self, path: Path) -> str:
        return path.relative_to(self._beside).as_posix()


def _plain(name: str) -> str:
    """Return a name without what leads elsewhere or hides a file."""
    plain = re.sub(r"[^\w.() +-]", "_", name.replace("\\", "/").rpartition("/")[2])
    return plain.lstrip(". ")[-100:] or "picture"
