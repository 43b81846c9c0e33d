"""A film's colour before the film: frames from all over it, grey above colour, on one sheet."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import ceil, floor, sqrt
from operator import itemgetter
from pathlib import Path

import av
import numpy as np
import torch

from vidcolor.bars import Rectangle
from vidcolor.color import CodeRange
from vidcolor.colorizer import Colorizer, FilmFormat
from vidcolor.encoders import pixel_format
from vidcolor.film import film_format
from vidcolor.frames import Frame, Picture
from vidcolor.in_colour import QUEUED_BATCHES
from vidcolor.moments import moments
from vidcolor.prefetch import Prefetch
from vidcolor.reader import Reader
from vidcolor.sheet import GROUND, Captioned, contact_sheet, png
from vidcolor.source import Item, Source
from vidcolor.stages import Batch, ColouredFrame, batches, coloured, in_shots, needed, reach
from vidcolor.view import View, resized

LONG_SIDE = 480
"""Of each picture on the sheet, in pixels; smaller ones are not enlarged."""

FONT_SIZE = 24

_BETWEEN = 4
"""Pixels between a grey picture and the coloured one."""

_SHEET_ASPECT = Fraction(16, 9)
_MANY = 200
"""Frames to decode for one picture, above which a word is due."""


@dataclass(frozen=True, eq=False)
class Previewed:
    """A frame of the film to be."""

    time: Fraction
    """When it is shown, in seconds from the film's start."""
    luma: np.ndarray
    """(H, W) codes, as decoded."""
    chroma: np.ndarray
    """(2, h, w) codes of U and V, as they would go to an encoder that holds 4:2:0."""
    confidence: float
    """As in `Colour`."""
    probabilities: torch.Tensor | None
    """As in `Colour`."""
    active: Rectangle
    """The part of the luma plane that has colour."""


def previewed(
    path: Path,
    picture: Picture,
    times: Iterable[Fraction],
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None = None,
    probabilities: bool = False,
) -> Iterator[Previewed]:
    """The frames shown at `times`, in `Reader.seconds`, or next after these.

    Each equals that of the film that `colorize_file` makes with this colorizer and these cuts in
    one pass, bit for bit. picture: of the film. probabilities: whether they come too. Raises as
    `Reader`.
    """
    with Prefetch(_decoded(path, times, colorizer, cuts), QUEUED_BATCHES) as decoded:
        stored = film_format(path, picture, chroma_shape(picture))
        for reader, group in groupby(decoded, itemgetter(0)):
            shots = (batch for _, batch in group)
            film = colorizer.film(stored, probabilities)
            for batch in coloured(shots, film, reader, (), None):
                for made in batch.frames:
                    yield as_previewed(made, reader, stored)


def as_previewed(made: ColouredFrame, reader: Reader, film: FilmFormat) -> Previewed:
    """A frame that `reader` delivered and that was then coloured."""
    assert made.confidence is not None
    return Previewed(
        reader.seconds(made.frame),
        made.frame.luma,
        made.chroma,
        made.confidence,
        made.probabilities,
        film.active_luma,
    )


def chroma_shape(picture: Picture) -> tuple[int, int]:
    """(height, width) of a film's chroma in an encoder that holds 4:2:0."""
    pixels = av.VideoFormat(
        pixel_format(
            "ffv1", picture.depth, picture.width, picture.height, picture.field_order is not None
        ),
        picture.width,
        picture.height,
    )
    return pixels.chroma_height(), pixels.chroma_width()


def preview(
    path: Path,
    colorizer: Colorizer,
    *,
    count: int = 8,
    cuts: Sequence[Fraction] | None = None,
    note: Callable[[str], None] = lambda line: None,
) -> bytes:
    """A sheet with up to `count` frames of a film, grey above colour, as a PNG file.

    They are upright and in the shape a player shows them, above their times, cut to milliseconds.
    cuts: as for `colorize_file`. note is given a line if it takes longer than usual, and why.
    Raises VidcolorError.
    """
    picture, frames = chosen(path, colorizer, count, cuts, note)
    return png(in_rows([(_pair(frame, picture), label(frame.time)) for frame in frames]))


def chosen(
    path: Path,
    colorizer: Colorizer,
    count: int,
    cuts: Sequence[Fraction] | None,
    note: Callable[[str], None],
    probabilities: bool = False,
) -> tuple[Picture, Iterator[Previewed]]:
    """The film's picture, and the frames that `preview` shows of it, as `previewed`."""
    with Reader(path) as reader:
        picture = reader.picture
        times = moments(reader, count)
    tell_of_many(path, picture, times, reach(colorizer.kernel, cuts), note)
    return picture, previewed(path, picture, times, colorizer, cuts, probabilities)


def in_rows(cells: Sequence[Captioned]) -> np.ndarray:
    """A contact sheet of pictures of one size, in rows that make it about 16:9."""
    height, width, _ = cells[0][0].shape
    rows = max(1, round(sqrt(len(cells) * width / (height * _SHEET_ASPECT))))
    columns = ceil(len(cells) / rows)
    return contact_sheet([cells[i : i + columns] for i in range(0, len(cells), columns)], FONT_SIZE)


def _decoded(
    path: Path,
    times: Iterable[Fraction],
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
) -> Iterator[tuple[Reader, Batch]]:
    """For each of `times` what the frame there needs, with the reader it came from."""
    run_up, run_out = reach(colorizer.kernel, cuts)
    for time in times:
        with Reader(path, start=time, run_up=run_up) as reader:
            frames = batches(only_first(reader, run_out), colorizer.batch_size)
            for batch in needed(in_shots(frames, reader, cuts), colorizer.kernel):
                yield reader, batch


def only_first(reader: Reader, run_out: int) -> Iterator[Item]:
    """The run-up of `reader`'s span, its first frame, and `run_out` more, marked as outside."""
    left = run_out + 1
    for frame in reader:
        if isinstance(frame, Frame):
            yield replace(frame, outside=frame.outside or left <= run_out)
            left -= not frame.outside
            if not left:
                return


def tell_of_many(
    path: Path,
    picture: Picture,
    times: Sequence[Fraction],
    reach: tuple[int, int],
    note: Callable[[str], None],
) -> None:
    """Say so if many frames must be decoded for each of `times`, and why."""
    rate = picture.average_rate
    if rate is None:
        return
    run_up, run_out = reach
    decoded = []
    with closing(Source(path)) as source, suppress(av.error.FFmpegError):
        begin = Fraction(source.container.start_time or 0, av.time_base)
        length = source.container.duration
        for time in times:
            if length is not None and time * av.time_base >= length:
                continue
            source.seek(begin + time - run_up / rate)
            packets = source.container.demux(source.video)
            for entry in (p.pts * p.time_base for p in packets if p.pts is not None):
                decoded.append(floor((begin + time - entry) * rate) + 1 + run_out)
                break
    if (most := max(decoded, default=0)) > _MANY:
        note(
            f"takes longer: up to {most} frames are decoded for a picture, "
            f"{min(most, run_up + 1 + run_out)} to smooth over and find cuts, the others because "
            "films can be entered at key frames only"
        )


def pictures(frame: Previewed, picture: Picture) -> tuple[np.ndarray, np.ndarray]:
    """The grey picture and the coloured one, (H, W, 3) uint8 RGB, as a player shows them."""
    codes = CodeRange(picture.depth, picture.full_range)
    chromas = (np.full_like(frame.chroma, codes.neutral), frame.chroma)
    grey, coloured = rgb_of(frame.luma, chromas, codes, sheet_shape(picture))
    return upright(grey, picture), upright(coloured, picture)


def rgb_of(
    luma: np.ndarray, chromas: Sequence[np.ndarray], codes: CodeRange, shape: tuple[int, int]
) -> list[np.ndarray]:
    """(*shape, 3) uint8 RGB of a luma plane with each of the chromas."""

    def brought(plane: np.ndarray, unit: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
        return resized(unit(torch.from_numpy(plane.astype(np.float32))), shape)

    y = brought(luma, codes.luma_to_unit)
    pictures = []
    for chroma in chromas:
        uv = np.stack([brought(plane, codes.chroma_to_unit) for plane in chroma], 2)
        pictures.append(View(Fraction(0), Fraction(0), y, uv).rgb())
    return pictures


def sheet_shape(picture: Picture, long_side: int = LONG_SIDE) -> tuple[int, int]:
    """(height, width) of a film's pictures on a sheet, before they are turned upright."""
    sides = (Fraction(picture.height), picture.width * (picture.sample_aspect_ratio or 1))
    scale = min(1, long_side / max(sides))
    height, width = (max(1, round(side * scale)) for side in sides)
    return height, width


def upright(pixels: np.ndarray, picture: Picture) -> np.ndarray:
    """(H, W, 3) as the film stores it -> as a player shows it."""
    return np.moveaxis(picture.upright(np.moveaxis(pixels, -1, 0)), 0, -1)


def label(time: Fraction) -> str:
    """As `--start` takes it, for this very frame."""
    seconds, ms = divmod(floor(time * 1000), 1000)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}"


def _pair(frame: Previewed, picture: Picture) -> np.ndarray:
    """The grey picture above the coloured one."""
    grey, colour = pictures(frame, picture)
    between = np.full((_BETWEEN, grey.shape[1], 3), GROUND, np.uint8)
    return np.vstack([grey, between, colour])
