"""What colours the truths: folders of photographs, and settings that colour them on the spot."""

import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.colorizers import Colorizers
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.errors import InputError
from vidcolor.hints.file import Hints, file_sha256
from vidcolor.hints.film_wide import settled, with_wishes
from vidcolor.input.photographs import Page, Photograph, luma_of
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.listener import Note
from vidcolor.pipeline.photograph_hints import color_photograph
from vidcolor.sitting.absurd import absurd
from vidcolor.sitting.equal import fitted, yuv_of
from vidcolor.sitting.photographs import paired, paired_hints

_ANOTHER_PICTURE = 0.1
"""The mean difference of luma, of 1, from which on two photographs show different things."""


class Source(Protocol):
    """What colours truths."""

    name: str

    def identity(self, truth: str) -> str:
        """Return what, together with the truth's own file, decides the colours of a truth."""

    def chroma(self, truth: str, page: Page) -> np.ndarray:
        """Return the chroma of a truth, (2, H, W) in [-0.5, 0.5]; page: the truth itself.

        Raises VidcolorError.
        """


class Folder:
    """Photographs in a folder, one for each of the truths. Raises InputError."""

    def __init__(self, name: str, folder: Path, truths: Iterable[str]) -> None:
        self.name = name
        self._paths = paired(truths, folder)

    def identity(self, truth: str) -> str:
        """Return the digest of the photograph."""
        return file_sha256(self._paths[truth])

    def chroma(self, truth: str, page: Page) -> np.ndarray:
        """Return the chroma of the photograph. Raises InputError if it is none of the truth."""
        path = self._paths[truth]
        luma, chroma = yuv_of(Photograph(path).page())
        wanted, _ = yuv_of(page)
        if luma.shape != wanted.shape:
            sizes = ["{1}x{0}".format(*each.shape) for each in (luma, wanted)]
            raise InputError(
                f"{path}: is {sizes[0]}, but the truth {truth} {sizes[1]}; make both of one size"
            )
        if np.abs(fitted(luma) - fitted(wanted)).mean() > _ANOTHER_PICTURE:
            raise InputError(f"{path}: shows another picture than the truth {truth}; rename one")
        return chroma


class OnTheSpot:
    """Settings that colour the truths' luma, with hints if there are any.

    Args:
        name: of the source.
        settings: those of the command line.
        given: the names of those that it gives, which win over those of files of hints.
        colorizers: make the colorizers.
        truths: their names.
        hints: the folder that holds the truths' hints, None for none.
        note: is told what there is to tell of hints.

    Raises InputError for hints that are missing, UsageError for what they say wrong, and what
    making a colorizer does.
    """

    def __init__(
        self,
        name: str,
        settings: ColorSettings,
        given: Collection[str],
        *,
        colorizers: Colorizers,
        truths: Iterable[str],
        hints: Path | None,
        note: Note,
    ) -> None:
        self.name = name
        self._note = note
        files = {} if hints is None else paired_hints(truths, hints)
        self._ways: dict[str, tuple[Colorizer, Hints | None]] = {}
        for truth in truths:
            known = Hints.load(files[truth], timeless=True) if truth in files else None
            whole = settled(settings, known, given)
            self._ways[truth] = colorizers(whole), with_wishes(known, whole)

    def identity(self, truth: str) -> str:
        """Return the settings, with the digest of the hints."""
        colorizer, hints = self._ways[truth]
        return str(ColorSettings.of(colorizer, Cuts(), **hint_settings(hints)).as_options())

    def chroma(self, truth: str, page: Page) -> np.ndarray:
        """Return the chroma that the settings give to the truth's luma."""
        colorizer, hints = self._ways[truth]
        codes, luma = luma_of(page)
        color = color_photograph(
            colorizer,
            FilmFormat(codes, luma.shape, luma.shape),
            luma,
            hints,
            lambda line: self._note(f"{truth}: {line}"),
        )
        return (color.chroma.astype(np.float32) - codes.neutral) / codes.peak


@dataclass(eq=False)
class Itself:
    """The photograph as it was taken, or with its colours changed. change: of chroma (2, H, W)."""

    name: str
    change: Callable[[np.ndarray], np.ndarray] = lambda chroma: chroma

    def identity(self, truth: str) -> str:
        """Return the name."""
        return self.name

    def chroma(self, truth: str, page: Page) -> np.ndarray:
        """Return the chroma of the photograph itself."""
        return self.change(yuv_of(page)[1])


def absurd_source(coloring: str) -> Itself:
    """Return what gives photographs one of `absurd.COLORINGS`."""
    return Itself(coloring, lambda chroma: absurd(coloring, chroma))


def digest(*parts: str) -> str:
    """Return a short digest of texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
