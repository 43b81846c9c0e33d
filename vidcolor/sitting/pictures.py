"""The pictures of a study, made before anybody sits down, and kept with its results."""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from vidcolor.color.tint import Look, look
from vidcolor.errors import InputError
from vidcolor.files import Target
from vidcolor.hints.file import file_sha256
from vidcolor.input.photographs import Page, Photograph
from vidcolor.sitting.absurd import COLORINGS, STANDARDS, standard
from vidcolor.sitting.equal import encoded, fitted, shown_picture, yuv_of
from vidcolor.sitting.results import make_folder
from vidcolor.sitting.sources import Itself, Source, absurd_source, digest
from vidcolor.sitting.study import SIZE, TRUTH

FOLDER = "pictures"
"""The folder of the pictures within that of the results."""

Pictures = Mapping[tuple[str, str], str]
"""The file in that folder, by the names of a photograph and of what coloured it."""


def make_pictures(
    truths: Mapping[str, Path],
    sources: Sequence[Source],
    results: Path,
    progress: Callable[[int, int], None],
) -> Pictures:
    """Make every picture that may be shown, and return their files.

    A file's name is a digest of all that decides the picture, so what an earlier run has made is
    used again.

    Args:
        truths: the photographs, by name.
        sources: what colours them.
        results: the folder of results.
        progress: is given how many pictures are there, and how many there will be.

    Raises VidcolorError, for a picture that can't be read, that is not of its truth, or can't be
    written.
    """
    itself = Itself(TRUTH)
    absurdities = [itself, *map(absurd_source, COLORINGS)]
    asked: list[tuple[str, Path, Sequence[Source]]]
    asked = [(name, path, [itself, *sources]) for name, path in truths.items()]
    asked += [(name, standard(name), absurdities) for name in STANDARDS]
    count = sum(len(each) for _, _, each in asked)
    made: dict[tuple[str, str], str] = {}
    folder = results / FOLDER
    make_folder(folder)
    for name, path, own_sources in asked:
        photograph = file_sha256(path)
        page = None
        for source in own_sources:
            key = digest(photograph, source.identity(name), version("vidcolor"), str(SIZE))
            made[name, source.name] = f"{key}.png"
            target = folder / f"{key}.png"
            if not target.exists():
                page = page or _colored(path)
                luma = fitted(yuv_of(page)[0])
                content = encoded(shown_picture(luma, source.chroma(name, page)))
                Target(target, path, overwrite=True).fill(content)
            progress(len(made), count)
    return made


def _colored(path: Path) -> Page:
    """Read a photograph in colour. Raises InputError for a grey one, and as `Photograph` does."""
    page = Photograph(path).page()
    luma, chroma = yuv_of(page)
    if look(*(plane.ravel() for plane in (luma, *chroma))) is Look.GREY:
        raise InputError(f"{path}: has no colour, so it is no truth; take it out")
    return page
