"""Photographs in grey, for other programs to colour (`candidates.Outside` reads the results)."""

from collections.abc import Sequence
from pathlib import Path

from vidcolor.draw.sheet import png
from vidcolor.errors import OutputError
from vidcolor.files import Target, write_failure

from .candidates import Photograph
from .pictures import grey_picture, luma_of


def write_greys(photographs: Sequence[Photograph], folder: Path) -> int:
    """Write each photograph in grey as NAME.png, and return their number.

    Files that are there already are written anew. Raises OutputError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {write_failure(error)}") from error
    for photograph in photographs:
        grey = grey_picture(luma_of(photograph.pixels))
        path = folder / f"{photograph.name}.png"
        Target(path, folder, overwrite=True).fill(png(grey))
    return len(photographs)
