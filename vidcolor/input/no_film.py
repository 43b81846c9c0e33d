"""Files that FFmpeg opens as films though they are none."""

from pathlib import Path

from vidcolor.errors import InputError, UnsupportedError

_CHARACTER_ART = {"ansi", "bintext", "idf", "xbin"}
"""FFmpeg takes any text file for a film of character art."""
_ONE_PICTURE = "_pipe"
"""How FFmpeg's names of containers end that hold one picture; the others are in `_PICTURES`."""
_PICTURES = {"image2", "ico", "msp", "alias_pix", "brender_pix", "fits"}


def refuse_no_film(path: Path, container: str, codec: str) -> None:
    """Raise what is wrong with a file that is no film.

    container, codec: FFmpeg's names. Pictures that are read as photographs do not come here.

    Raises:
        InputError: it is a text.
        UnsupportedError: it is a picture.
    """
    if codec in _CHARACTER_ART:
        raise InputError(f"{path}: a text file, not a film; name a film")
    if container.endswith(_ONE_PICTURE) or container in _PICTURES:
        form = codec or container.removesuffix(_ONE_PICTURE)
        raise UnsupportedError(
            f"{path}: a picture of a format that is not read ({form}); convert it to PNG or TIFF"
        )
