"""What an encoder must hold for a film whose own colour stays in some shots."""

from pathlib import Path

from vidcolor.color.yuv import Matrix
from vidcolor.errors import UnsupportedError
from vidcolor.input.color_tags import source_matrix
from vidcolor.input.frames import Picture
from vidcolor.input.pixel_formats import chroma_sampling


def kept_color(picture: Picture, source: Path) -> tuple[Matrix, str | None]:
    """Return the matrix and chroma sampling of a film whose color stays."""
    try:
        return (
            source_matrix(picture.matrix, picture.primaries, picture.width, picture.height),
            chroma_sampling(picture.pixel_format, picture.width, picture.height),
        )
    except UnsupportedError as error:
        raise UnsupportedError(
            f"{source}: {error}; convert the film to BT.709 in yuv420p, or leave --only-gray out"
        ) from None
