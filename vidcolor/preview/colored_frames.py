"""Frames from anywhere in a film, or a photograph, in exactly the colour that `colorize` gives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, repeat
from operator import itemgetter
from pathlib import Path

import numpy as np
import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat, Rectangle
from vidcolor.colorize.predict import Decoded
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.photographs import Photograph, luma_of
from vidcolor.input.reader import Reader
from vidcolor.input.source import Item
from vidcolor.net.hints import HintMap
from vidcolor.pipeline.batches import Batch, batches, drop_unneeded, mark_shots, reach
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.photograph_hints import color_photograph
from vidcolor.pipeline.prefetch import Prefetch
from vidcolor.pipeline.shots import Shots
from vidcolor.pipeline.stages import QUEUED_BATCHES, ColoredFrame, add_chroma
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.moments import moments
from vidcolor.preview.reaching import easily_reached, warn_if_slow
from vidcolor.preview.stored import chroma_shape, photograph_picture


@dataclass(frozen=True, eq=False)
class PreviewFrame:
    """A frame as the colorized film will have it."""

    time: Fraction
    """When it is shown, in seconds from the film's start."""
    luma: np.ndarray
    """(H, W) codes, as decoded."""
    chroma: np.ndarray
    """(2, h, w) codes of U and V, as they would go to an encoder that holds 4:2:0."""
    confidence: float
    """As in `FrameColor`."""
    probabilities: torch.Tensor | None
    """As in `FrameColor`."""
    decoded: tuple[Decoded, ...]
    """As in `FrameColor`."""
    interlaced: bool
    """Whether it holds two fields."""
    active: Rectangle
    """The part of the luma plane that has colour."""
    hints: HintMap | None = None
    """What is known of its colours."""


def preview_frames(
    path: Path,
    picture: Picture,
    times: Iterable[Fraction],
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None = None,
    probabilities: bool = False,
    hints: Hints | None = None,
    listener: Listener = SILENT,
    shots: Shots | None = None,
) -> Iterator[PreviewFrame]:
    """Yield the frames shown at `times`, or next after these, in colour.

    Each equals, bit for bit, that of the film that `colorize_file` makes in one pass with this
    colorizer, these cuts and hints.

    Args:
        path: the film.
        picture: what holds for its frames.
        times: in `Reader.seconds`.
        colorizer: colours the frames.
        cuts: as for `colorize_file`.
        probabilities: whether frames come with their bin probabilities.
        hints: as for `colorize_file`.
        listener: is told what `HintPass` tells.
        shots: as for `HintPass`.

    Raises:
        VidcolorError: as `Reader` and `HintPass`.
    """
    times = list(times)
    with Prefetch(_decode(path, times, colorizer, cuts), QUEUED_BATCHES) as decoded:
        survey = survey_film(path, picture)
        stored = survey.film(chroma_shape(survey.picture))
        hint_pass = None
        if hints:
            hint_pass = HintPass(path, hints, colorizer, stored, cuts, listener, shots)
        groups = groupby(decoded, itemgetter(0))
        hinted = hint_pass.of_frames(times) if hint_pass else repeat(None, len(times))
        for known, (reader, group) in zip(hinted, groups, strict=True):
            marked = (batch for _, batch in group)
            film = colorizer.film(stored, probabilities)
            for batch in add_chroma(marked, film, reader, hints=known):
                for made in batch.frames:
                    frame = preview_frame(made, reader, stored)
                    yield replace(frame, hints=known.map_at(frame.time)) if known else frame


def preview_frame(made: ColoredFrame, reader: Reader, film: FilmFormat) -> PreviewFrame:
    """Return a frame that `reader` delivered and that was then coloured. film: its format."""
    assert made.confidence is not None
    return PreviewFrame(
        reader.seconds(made.frame),
        made.frame.luma,
        made.chroma,
        made.confidence,
        made.probabilities,
        made.decoded,
        made.frame.marks.field_order is not None,
        film.active_luma,
    )


def choose_frames(
    path: Path,
    colorizer: Colorizer,
    count: int,
    cuts: Sequence[Fraction] | None,
    listener: Listener,
    probabilities: bool = False,
    hints: Hints | None = None,
) -> tuple[Picture, Iterator[PreviewFrame]]:
    """Choose the moments of a film that `preview` shows.

    Args:
        path: the film.
        colorizer: colours the frames.
        count: the most frames to choose.
        cuts: as for `colorize_file`.
        listener: is told if many frames must be decoded, and what there is to tell of hints.
        probabilities: whether frames come with their bin probabilities.
        hints: as for `colorize_file`.

    Returns:
        What holds for the film's frames, and the frames chosen, as `preview_frames` yields them.
    """
    with Reader(path) as reader:
        picture = reader.picture
        times = moments(reader, count)
    needed = reach(colorizer, cuts)
    times = easily_reached(path, picture, times, needed)
    warn_if_slow(path, picture, times, needed, listener)
    return picture, preview_frames(
        path, picture, times, colorizer, cuts, probabilities, hints, listener.once()
    )


def _decode(
    path: Path,
    times: Iterable[Fraction],
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
) -> Iterator[tuple[Reader, Batch]]:
    """Yield, for each of `times`, batches with all that the colour of the frame there depends on.

    Each batch comes with the reader that it came from; a time has a reader of its own. The
    arguments are those of `preview_frames`.
    """
    run_up, run_out = reach(colorizer, cuts)
    for time in times:
        with Reader(path, start=time, run_up=run_up) as reader:
            frames = batches(only_first(reader, run_out), colorizer.batch_size)
            for batch in drop_unneeded(mark_shots(frames, reader, cuts), colorizer):
                yield reader, batch


def only_first(reader: Reader, run_out: int) -> Iterator[Item]:
    """Yield the run-up of a span, its first frame, and `run_out` frames more, marked as outside."""
    left = run_out + 1
    for frame in reader:
        if isinstance(frame, Frame):
            yield replace(frame, outside=frame.outside or left <= run_out)
            left -= not frame.outside
            if not left:
                return


def preview_photograph(
    path: Path, colorizer: Colorizer, hints: Hints | None = None, listener: Listener = SILENT
) -> tuple[Picture, PreviewFrame]:
    """Colour a photograph as the only frame of a film, in the colours of `colorize_still`.

    Returns what holds for that film's frames, and the frame with its probabilities. The listener
    is told what there is to tell of hints. Raises VidcolorError.
    """
    codes, luma = luma_of(Photograph(path).page())
    stored = FilmFormat(codes, luma.shape, luma.shape)
    color = color_photograph(colorizer, stored, luma, hints, listener.note, probabilities=True)
    return photograph_picture(codes, luma.shape), PreviewFrame(
        Fraction(0),
        luma,
        color.chroma,
        color.confidence,
        color.probabilities,
        color.decoded,
        False,
        stored.active_luma,
    )
