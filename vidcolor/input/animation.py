"""Animated GIF, WebP and PNG as films: the frames that a viewer shows, each at its time."""

import os
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import IO

import av
from av.codec.context import Flags
from PIL import Image

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.limits import FILM_PIXELS, PIXELS_VARIABLE, max_pixels
from vidcolor.input.photograph_metadata import of_picture
from vidcolor.input.pictures import open_picture
from vidcolor.kinds import picture_file

_TICKS = 90_000
"""Ticks a second; milliseconds and the usual frame rates are whole numbers of them."""
_UNTOLD = 100
"""How many milliseconds viewers show a frame whose duration is 0."""
_SHORTEST_OF_GIF = 20
"""Viewers, and FFmpeg, take shorter durations of a GIF for untold ones."""


@dataclass(frozen=True, eq=False)
class Animation:
    """An animated picture, as a film without loss in a temporary file.

    descriptor: of that file, which is closed with the object. left_out: what the film does not
    hold, a line each.
    """

    descriptor: int
    left_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """A name under which the file, which has none, can be opened as often as is needed."""
        return f"/dev/fd/{self.descriptor}"


def open_animation(path: Path) -> Animation | None:
    """Return the film of an animated picture; None if the file is none.

    It is made once, in the folder that TMPDIR names, and vanishes with the process. How often the
    animation repeats becomes the tag "loop".

    Raises:
        InputError: the file is damaged, or there is no room for the film.
        UnsupportedError: it is larger than the limits allow.
        UsageError: a variable of `limits` is set to nonsense.
    """
    found = picture_file(path)
    # Pillow would cut 16 bits to 8, FFmpeg does not.
    if found is None or not found.animated or found.deep:
        return None
    state = path.stat()
    return _as_film(path, found.format, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _as_film(path: Path, form: str, changed: int, size: int) -> Animation:
    """Make the film. changed, size: tell versions of the file apart."""
    with tempfile.TemporaryFile() as file, open_picture(path, form) as picture:
        limit = max_pixels(FILM_PIXELS)
        if picture.width * picture.height > limit:
            raise UnsupportedError(
                f"{path}: {picture.width}x{picture.height} are more than {limit} pixels "
                f"({PIXELS_VARIABLE} sets another limit)"
            )
        metadata, _ = of_picture(picture)
        left_out = [
            name
            for name, there in (
                ("EXIF", metadata.exif),
                ("XMP", metadata.xmp),
                ("ICC profile", picture.info.get("icc_profile")),
                ("alpha channel", any(_is_transparent(frame) for frame, _ in _frames(picture))),
                ("the picture for viewers without animation", picture.info.get("default_image")),
            )
            if there
        ]
        tags = dict(metadata.texts)
        if "loop" in picture.info:
            tags["loop"] = str(picture.info["loop"])
        if metadata.comment:
            tags["comment"] = metadata.comment.decode("utf-8", "replace")
        try:
            _write(picture, file, tags)
        except av.error.OSError as error:
            raise InputError(
                f"{path}: its frames can't be unpacked into {tempfile.gettempdir()}: "
                f"{error.strerror}; free some space, or set TMPDIR to another folder"
            ) from error
        file.flush()
        made = Animation(os.dup(file.fileno()), tuple(left_out))
    weakref.finalize(made, os.close, made.descriptor)
    return made


def _write(picture: Image.Image, file: IO[bytes], tags: dict[str, str]) -> None:
    """Write the frames of an animation, without alpha, into a film."""
    options = {"movflags": "+use_metadata_tags"}
    with av.open(file, "w", format="mov", container_options=options) as film:
        film.metadata.update(tags)
        stream = film.add_stream("png", width=picture.width, height=picture.height)
        assert isinstance(stream, av.VideoStream)
        stream.codec_context.pix_fmt = "rgb24"
        stream.codec_context.time_base = stream.time_base = Fraction(1, _TICKS)
        stream.codec_context.flags |= Flags.frame_duration
        stream.codec_context.options = {"compression_level": "1"}
        begin = Fraction(0)
        for shown, milliseconds in _frames(picture):
            frame = av.VideoFrame.from_image(shown.convert("RGBA").convert("RGB"))
            end = begin + milliseconds * _TICKS / 1000
            frame.pts, frame.duration = round(begin), round(end) - round(begin)
            frame.time_base = Fraction(1, _TICKS)
            film.mux(stream.encode(frame))
            begin = end
        film.mux(stream.encode(None))


def _frames(picture: Image.Image) -> Iterator[tuple[Image.Image, Fraction]]:
    """Yield the frames as a viewer shows them, and for how many milliseconds."""
    # A PNG may have a picture for viewers that know no animation, which is not part of it.
    first = 1 if picture.info.get("default_image") else 0
    for number in range(first, getattr(picture, "n_frames", 1)):
        picture.seek(number)
        picture.load()
        told = Fraction(picture.info.get("duration") or 0).limit_denominator(10_000)
        untold = told < (_SHORTEST_OF_GIF if picture.format == "GIF" else Fraction(1, 1000))
        yield picture, Fraction(_UNTOLD) if untold else told


def _is_transparent(frame: Image.Image) -> bool:
    """Tell whether anything of a frame is not opaque."""
    opaque = (255, 255)
    return (
        frame.has_transparency_data and frame.convert("RGBA").getchannel(3).getextrema() != opaque
    )
