"""The sheet that `vidcolor confidence` makes: pictures above the maps of how sure they are."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.draw.sheet import GAP, GROUND, png
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Picture
from vidcolor.input.key_frames import samples
from vidcolor.input.reader import Reader
from vidcolor.pipeline.batches import reach
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.shots import Extent
from vidcolor.pipeline.stages import colorize_frames
from vidcolor.pipeline.survey import survey_film
from vidcolor.preview.colored_frames import (
    PreviewFrame,
    choose_frames,
    preview_frame,
    preview_frames,
    preview_photograph,
)
from vidcolor.preview.confidence import PROBABILITY, RATIO, bar, curve, maps, paint_map
from vidcolor.preview.sheet_pictures import (
    FONT_SIZE,
    in_rows,
    label,
    pictures,
    sheet_shape,
    stack,
    upright,
)
from vidcolor.preview.stored import chroma_shape

SAMPLES = 48
"""The number of frames that make up the curve of a film that is too long to colour all of it."""

_CURVE_HEIGHT = 10
"""The height of the curve, in font sizes."""

Progress = Callable[[int, Fraction, Fraction | None], None]


def confidence_of_film(
    path: Path,
    colorizer: Colorizer,
    *,
    count: int = 8,
    cuts: Sequence[Fraction] | None = None,
    hints: Hints | None = None,
    listener: Listener = SILENT,
) -> bytes:
    """Draw a sheet with up to `count` frames of a film, as `preview` chooses them, as a PNG file.

    Each frame stands in colour above its two maps, its time and its mean probability. Below them
    stand the mean over time and the colour bars.

    Args:
        path, colorizer, count, cuts, hints, listener: as for `preview`.

    Raises:
        VidcolorError: as `preview`.
    """
    listener = listener.once()
    picture, previews = choose_frames(
        path, colorizer, count, cuts, listener, probabilities=True, hints=hints
    )
    frames = list(previews)
    means, title = mean_over_time(path, colorizer, cuts, listener, hints)
    sheet = in_rows([(stack(panels(f, picture)), f"{label(f.time)}  {mean_of(f)}") for f in frames])
    width, font_size = sheet.shape[1], _font_size(sheet)
    chart = curve(
        means,
        [float(frame.time) for frame in frames],
        title,
        (_CURVE_HEIGHT * font_size, width),
        font_size,
    )
    return png(np.vstack([sheet, chart, _gap(width), _bars(width, font_size)]))


def confidence_of_photograph(
    path: Path, colorizer: Colorizer, hints: Hints | None = None, listener: Listener = SILENT
) -> bytes:
    """Draw a photograph in colour above its two maps, as a PNG file.

    Below them stand its mean probability and the colour bars. hints: those of the photograph, of
    which the listener is told. Raises VidcolorError.
    """
    picture, frame = preview_photograph(path, colorizer, hints, listener)
    sheet = in_rows([(stack(panels(frame, picture)), mean_of(frame))])
    return png(np.vstack([sheet, _bars(sheet.shape[1], _font_size(sheet))]))


def panels(frame: PreviewFrame, picture: Picture) -> list[np.ndarray]:
    """Return the coloured picture and its two maps, as a player shows them.

    They are (H, W, 3) uint8 RGB each. picture: what holds for the film's frames.
    """
    assert frame.probabilities is not None
    stored, size = (picture.height, picture.width), sheet_shape(picture)
    made = [
        paint_map(scale(figures), frame.active, stored, size)
        for scale, figures in maps(frame.probabilities).items()
    ]
    return [pictures(frame, picture)[1], *(upright(each, picture) for each in made)]


def mean_of(frame: PreviewFrame) -> str:
    """Say in words the mean probability of the likeliest colours of `frame`."""
    return f"mean {frame.confidence:.2f}"


def mean_over_time(
    path: Path,
    colorizer: Colorizer,
    cuts: Sequence[Fraction] | None,
    listener: Listener = SILENT,
    hints: Hints | None = None,
) -> tuple[dict[float, float], str]:
    """Measure the mean probability of the likeliest colour over time.

    It is measured on every frame if that is less work, otherwise on `SAMPLES` frames evenly
    spaced, each with the neighbourhood that its smoothing and the cuts depend on.

    Args:
        path, colorizer, cuts, hints: as for `preview`; marks make no difference.
        listener: is told of progress, and what there is to tell of hints.

    Returns:
        The means, by the seconds at which their frames are shown, and in words what they are of.
    """
    name = "mean probability of the likeliest colour"
    grades = hints.without_marks() if hints else None
    before, behind = reach(colorizer, cuts)
    with Reader(path) as reader:
        picture, length = reader.picture, reader.duration
        frames = (length or 0) * (picture.average_rate or 0)
        if length is None or frames <= SAMPLES * (before + 1 + behind):
            survey = survey_film(path, picture)
            film = survey.film(chroma_shape(survey.picture))
            means = {}
            known: FilmHints | None = None
            if grades:
                known = HintPass(path, grades, colorizer, film, cuts, listener).within(Extent())
            with colorize_frames(
                reader, colorizer, colorizer.film(film), cuts, hints=known
            ) as batches:
                for made in (made for batch in batches for made in batch.frames):
                    frame = preview_frame(made, reader, film)
                    means[float(frame.time)] = frame.confidence
                    listener.progress(len(means), frame.time, length)
            return means, f"{name}, each frame"
        last = max(reader.seconds(frame) for frame in samples(path, SAMPLES))
    times = [last * index / (SAMPLES - 1) for index in range(SAMPLES)]
    means = {}
    for frame in preview_frames(
        path, picture, times, colorizer, cuts, hints=grades, listener=listener
    ):
        means[float(frame.time)] = frame.confidence
        listener.progress(len(means), frame.time, length)
    return means, f"{name}, {len(means)} frames evenly spaced"


def _font_size(sheet: np.ndarray) -> int:
    """Return the font size, in pixels, of what stands below a sheet."""
    return min(FONT_SIZE, sheet.shape[1] // 36)


def _bars(width: int, font_size: int) -> np.ndarray:
    """Draw the two colour bars side by side."""
    half = width // 2
    return np.hstack([bar(PROBABILITY, half, font_size), bar(RATIO, width - half, font_size)])


def _gap(width: int) -> np.ndarray:
    """Return ground between what stands one below the other."""
    return np.full((GAP, width, 3), GROUND, np.uint8)
