"""Showing a film or a photograph in several settings at once, on a sheet or in a short film."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import av
import numpy as np

from vidcolor.color.yuv import CodeRange
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.variants import FilmVariants, Variant
from vidcolor.draw.sheet import GROUND, INK, contact_sheet, png
from vidcolor.files import is_still
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.key_frames import samples
from vidcolor.input.photographs import Photograph, luma_of
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.drawn_frames import rgb_picture, rgb_to_yuv420
from vidcolor.pipeline.film_variants import VariantFrame, colorize_variants, reaches
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.photograph_hints import photograph_hints
from vidcolor.pipeline.shots import MOMENT, Extent
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.variant_hints import VariantHints
from vidcolor.pipeline.write_film import write_film
from vidcolor.preview.colored_frames import only_first
from vidcolor.preview.moments import moments
from vidcolor.preview.reaching import easily_reached, warn_if_slow
from vidcolor.preview.sheet_pictures import label, sheet_shape, stack, to_rgb, upright
from vidcolor.preview.stored import chroma_shape

LONG_SIDE = 320
"""The long side of each picture, in pixels; smaller pictures are not enlarged."""

_BORDER = 3
"""The width in pixels of the border around each picture, which marks the default."""

_LOOKED_AT = 8
"""The number of frames among which the most colourful moment is looked for."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A way of colouring to choose from, with its caption, and hints if there are any.

    is_default: whether it is that of the defaults.
    """

    variant: Variant
    caption: str
    is_default: bool = False
    hints: Hints | None = None


def tune(
    path: Path,
    rows: Sequence[Sequence[Choice]],
    *,
    times: Sequence[Fraction] = (),
    count: int | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """Draw a sheet with a film or photograph in each of the choices, as a PNG file.

    Args:
        path: the film or photograph.
        rows: the choices, in the rows of the sheet.
        times: the moments of a film that each choice shows, one below the other, in
            `Reader.seconds`. Without any, they are up to `count` moments that differ.
        count: how many moments to choose; None for the `most_colorful_moment` alone.
        listener: is told if it takes longer than usual, and why, and what there is to tell of
            hints.

    Raises:
        VidcolorError: the file can't be read or coloured.
    """
    listener = listener.once()
    choices = [choice for row in rows for choice in row]
    variants = [choice.variant for choice in choices]
    if is_still(path):
        heading, moments_shown = path.name, [_photograph(path, choices, listener)]
    else:
        with Reader(path) as reader:
            survey = survey_film(path, reader.picture)
            picture = survey.picture
            film = survey.film(chroma_shape(picture))
            if count is not None:
                chosen = moments(reader, count)
                times = easily_reached(path, picture, chosen, reaches(variants))
            times = times or [most_colorful_moment(reader, film, variants[0].colorizer)]
        warn_if_slow(path, picture, times, reaches(variants), listener)
        heading = f"{path.name} at {', '.join(map(label, times))}"
        hinted = VariantHints(path, film, [(c.variant, c.hints) for c in choices], listener)
        moments_shown = list(_moments(path, picture, film, times, hinted))
    return png(_sheet(rows, moments_shown, heading))


def tune_clip(
    path: Path,
    rows: Sequence[Sequence[Choice]],
    output: Path,
    duration: Fraction,
    *,
    start: Fraction | None = None,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> None:
    """Write a film that is such a sheet in motion: a part of a film, with its sound.

    Args:
        path: the film.
        rows: the choices, in the rows of the sheet.
        output: where the sheet goes.
        duration: of the part, in seconds.
        start: where the part begins, in `Reader.seconds`; None for the `most_colorful_moment`, or
            so much earlier that the film goes on for `duration`.
        overwrite: whether an existing output is replaced.
        listener: is told of progress.

    Raises:
        VidcolorError: the film can't be read or coloured, or the output can't be written.
    """
    listener = listener.once()
    choices = [choice for row in rows for choice in row]
    variants = [choice.variant for choice in choices]
    run_up, run_out = reaches(variants)
    with Reader(path) as reader:
        survey = survey_film(path, reader.picture)
        picture = survey.picture
        film = survey.film(chroma_shape(picture))
        if start is None:
            start = most_colorful_moment(reader, film, variants[0].colorizer)
            if reader.duration is not None:
                start = max(min(start, reader.duration - duration), Fraction(0))
    hinted = VariantHints(path, film, [(c.variant, c.hints) for c in choices], listener)
    variants = hinted.within(Extent.of(start, duration))
    blank = upright(np.zeros((*sheet_shape(picture, LONG_SIDE), 3), np.uint8), picture)
    heading = f"{path.name} from {label(start)}"
    drawn = rgb_picture(_sheet(rows, [[blank] * len(variants)], heading), picture)
    with (
        Reader(path, start=start, duration=duration, run_up=run_up, run_out=run_out) as reader,
        Writer(
            output,
            reader,
            EncoderSettings(),
            comment=f"vidcolor {version('vidcolor')} tune",
            picture=drawn,
            options=WriterOptions(overwrite=overwrite),
        ) as writer,
        closing(colorize_variants(reader, reader, film, variants)) as parts,
    ):

        def draw_frames() -> Iterator[tuple[Frame, np.ndarray] | av.Packet]:
            for made, packets in parts:
                yield from packets
                for each in made:
                    pictures = _pictures(each, film.codes, picture)
                    luma, chroma = rgb_to_yuv420(_sheet(rows, [pictures], heading))
                    yield each.frame.drawn(luma, drawn), chroma

        write_film(writer, reader, draw_frames(), RunNotes(listener.note), listener.progress)
        for line in reader.changes:
            listener.note(line)


def most_colorful_moment(reader: Reader, film: FilmFormat, colorizer: Colorizer) -> Fraction:
    """Return when the most colourful of a few frames all over the film is shown.

    It is in `Reader.seconds`. The colorizer colours each frame alone. So a title card is chosen
    only where there is nothing else.
    """
    alike = [f for f in samples(reader.path, _LOOKED_AT) if f.luma.shape == film.shape]
    begun = colorizer.film(film)
    colors = begun([frame.luma for frame in alike], [True] * len(alike)) + begun.finish()
    strengths = [np.abs(c.chroma.astype(np.int32) - film.codes.neutral).mean() for c in colors]
    return reader.seconds(alike[int(np.argmax(strengths))])


def _moments(
    path: Path,
    picture: Picture,
    film: FilmFormat,
    times: Sequence[Fraction],
    hinted: VariantHints,
) -> Iterator[list[np.ndarray]]:
    """Yield, for each of `times`, the pictures of the variants, (H, W, 3) uint8 RGB.

    Args:
        path: the film.
        picture: what holds for its frames.
        film: how it stores them.
        times: in `Reader.seconds`.
        hinted: the ways of colouring.
    """
    for time in times:
        variants = hinted.at(time)
        run_up, run_out = reaches(variants)
        with (
            Reader(path, start=time, run_up=run_up) as reader,
            closing(
                colorize_variants(reader, only_first(reader, run_out), film, variants)
            ) as parts,
        ):
            for frame in (frame for made, _ in parts for frame in made):
                yield _pictures(frame, film.codes, picture)


def _photograph(path: Path, choices: Sequence[Choice], listener: Listener) -> list[np.ndarray]:
    """Return a photograph in each of the choices, (H, W, 3) uint8 RGB."""
    codes, luma = luma_of(Photograph(path).page())
    stored = FilmFormat(codes, luma.shape, luma.shape)
    variants = [
        replace(
            choice.variant,
            known=photograph_hints(
                choice.variant.colorizer, stored, luma, choice.hints, listener.note
            ),
        )
        if choice.hints
        else choice.variant
        for choice in choices
    ]
    in_color = FilmVariants(variants, stored)
    unbroken = {variant.cuts: [False] for variant in variants}
    (chromas,) = in_color([luma], unbroken, [True], times=[MOMENT]) + in_color.finish()
    height, width = luma.shape
    scale = min(1, LONG_SIDE / max(height, width))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    return to_rgb(luma, chromas, codes, shape)


def _pictures(frame: VariantFrame, codes: CodeRange, picture: Picture) -> list[np.ndarray]:
    """Return a frame in each of the variants, (H, W, 3) uint8 RGB, as a player shows it."""
    shape = sheet_shape(picture, LONG_SIDE)
    return [upright(rgb, picture) for rgb in to_rgb(frame.frame.luma, frame.chromas, codes, shape)]


def _sheet(
    rows: Sequence[Sequence[Choice]], moments_shown: Sequence[Sequence[np.ndarray]], heading: str
) -> np.ndarray:
    """Draw the sheet, (H, W, 3) uint8 RGB. moments_shown: for each moment the choices' pictures."""
    columns = zip(*moments_shown, strict=True)
    return contact_sheet(
        [
            [(_bordered(next(columns), choice.is_default), _caption(choice)) for choice in row]
            for row in rows
        ],
        heading=heading,
    )


def _caption(choice: Choice) -> str:
    """Return what stands under a choice."""
    return f"{choice.caption} (default)" if choice.is_default else choice.caption


def _bordered(pictures: Sequence[np.ndarray], marked: bool) -> np.ndarray:
    """Stand pictures one above the other, in a border that is bright if they are marked."""
    column = stack(pictures, _BORDER)
    height, width, _ = column.shape
    color = INK if marked else GROUND
    bordered = np.full((height + 2 * _BORDER, width + 2 * _BORDER, 3), color, np.uint8)
    bordered[_BORDER:-_BORDER, _BORDER:-_BORDER] = column
    return bordered
