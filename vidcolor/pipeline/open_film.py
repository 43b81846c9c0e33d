"""A film that is about to be coloured: opened, looked over, and its output begun."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

from vidcolor.colorize.colorizer import Colorizer, FilmColorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings
from vidcolor.hints.file import Hints
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.first_pass import FirstPass, first_pass
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import Listener, Progress
from vidcolor.pipeline.losses import left_out, refuse_losses
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.shots import ROUNDED, Extent
from vidcolor.pipeline.survey import Surveyor, survey_film


@dataclass(frozen=True)
class Part:
    """Says which part of a film is meant.

    start, duration: the span, in seconds, as for `Reader`; both None for all of it. run_up,
    run_out: the frames around it that its color depends on.
    """

    start: Fraction | None = None
    duration: Fraction | None = None
    run_up: int = 0
    run_out: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the film."""
        return self.start is self.duration is None

    def read(self, source: Path, keep_video: bool = False, thorough: bool = False) -> Reader:
        """Open the part of a film; as `Reader`."""
        return Reader(
            source,
            start=self.start,
            duration=self.duration,
            run_up=self.run_up,
            run_out=self.run_out,
            keep_video=keep_video,
            thorough=thorough,
        )


@dataclass(frozen=True)
class OpenFilm:
    """A film and its output; stored: how the film stores its picture, with the output's chroma."""

    reader: Reader
    writer: Writer
    stored: FilmFormat


@contextmanager
def open_film(
    source: Path,
    output: Path,
    settings: ColorSettings,
    part: Part,
    encoder: EncoderSettings,
    notes: RunNotes,
    *,
    keep_video: bool,
    strict: bool,
    options: WriterOptions,
    survey: Surveyor = survey_film,
) -> Iterator[OpenFilm]:
    """Open a film and begin its output, which appears when the context ends.

    Args:
        source, output: the film, and what becomes of it.
        settings: are written into the output.
        part: what is written.
        encoder: as for `Writer`.
        notes: is told what is known beforehand.
        keep_video: copy further video streams.
        strict: raise what would be left out or lost, as far as it is known.
        options: of the writer.
        survey: looks the film over.

    Raises as `Reader` and `Writer`.
    """
    with ExitStack() as stack:
        reader = stack.enter_context(part.read(source, keep_video, thorough=True))
        looked_over = survey(source, reader.picture)
        writer = stack.enter_context(
            Writer(
                output,
                reader,
                encoder,
                comment=settings.as_comment(version("vidcolor")),
                picture=looked_over.picture,
                options=options,
            )
        )
        if part.is_whole:
            writer.keep_aspects(reader)
        if strict:
            if part.is_whole:
                for sample in looked_over.samples:
                    writer.look(sample, reader.seconds(sample))
            refuse_losses(reader, writer)
        notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])
        stored = looked_over.film(writer.chroma_shape, writer.matrix)
        notes.tell(_black_bars(stored))
        yield OpenFilm(reader, writer, stored)


def read_beforehand(
    source: Path, settings: ColorSettings, part: Part, film: FilmColorizer, reading: Progress
) -> FirstPass | None:
    """Read a film once, if its settings ask for what that tells; else return None.

    Args:
        source: the film.
        settings: ask for it.
        part: what is to be colored.
        film: the colorizer's, of this film.
        reading: is called while the film is read.

    Raises as `first_pass`.
    """
    if not (settings.only_gray or settings.two_pass):
        return None
    # Drift is one of the whole film; what has color shows in the span alone.
    with (Part() if settings.two_pass else part).read(source) as reader:
        return first_pass(reader, settings.cuts.times, film if settings.two_pass else None, reading)


def read_hints(
    source: Path,
    hints: Hints | None,
    settings: ColorSettings,
    part: Part,
    colorizer: Colorizer,
    stored: FilmFormat,
    first: FirstPass | None,
    notes: RunNotes,
    reading: Progress,
) -> FilmHints | None:
    """Return what hints come to in the frames of a part of a film; None where there are none.

    Args:
        source: the film.
        hints: what is known of its colors.
        settings, part: how the film is colored, and which part of it.
        colorizer, stored: what colors it, and how it stores its picture.
        first: what `read_beforehand` told.
        notes: is told of marks that don't do what they seem to.
        reading: is called while the film is read.

    Raises as `HintPass`.
    """
    if not hints:
        return None
    extent = Extent.of(part.start, part.duration)
    if first and settings.only_gray:
        notes.tell(_in_color(hints, first, extent))
    listener = Listener(note=lambda line: notes.tell([line]), reading=reading)
    hint_pass = HintPass(source, hints, colorizer, stored, settings.cuts.times, listener)
    return hint_pass.within(extent)


def _in_color(hints: Hints, first: FirstPass, extent: Extent) -> list[str]:
    """Return a line for each mark within an extent that lies in a shot that keeps its color."""
    return [
        f"{name} lies in a shot that keeps its own colour, and does nothing"
        for name, mark in hints.named_marks()
        if mark.at in extent and first.has_color(mark.at + ROUNDED)
    ]


def _black_bars(stored: FilmFormat) -> list[str]:
    """Return a line that says which part of the film is picture; none if all of it is."""
    active = stored.active_luma
    if active.shape == stored.shape:
        return []
    height, width = active.shape
    return [f"black bars: the picture is {width}x{height} at {active.left},{active.top}"]
