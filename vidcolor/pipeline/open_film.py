"""A film that is about to be coloured: opened, looked over, and its output begun."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.metadata import version

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings
from vidcolor.hints.file import Hints
from vidcolor.input.reader import Reader
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.batches import reach
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.first_pass import FirstPass, first_pass
from vidcolor.pipeline.hint_pass import HintPass
from vidcolor.pipeline.listener import Listener, Progress
from vidcolor.pipeline.losses import left_out, refuse_losses
from vidcolor.pipeline.notes import RunNotes
from vidcolor.pipeline.order import Order, Part
from vidcolor.pipeline.shots import ROUNDED, Extent
from vidcolor.pipeline.survey import Surveyor, survey_film


@dataclass(frozen=True)
class OpenFilm:
    """A film and its output.

    order: the film. part: of it, with the frames around it that its color depends on. settings: how
    it is colored, in full. reader, writer: at their beginning. colorizer: what colors it. stored:
    how the film stores its picture, with the output's chroma. notes: what is known so far.
    """

    order: Order
    part: Part
    settings: ColorSettings
    reader: Reader
    writer: Writer
    colorizer: Colorizer
    stored: FilmFormat
    notes: RunNotes

    def read_beforehand(self, reading: Progress) -> FirstPass | None:
        """Read the film once, if its settings ask for what that tells; else return None.

        reading: is called while the film is read. Raises as `first_pass`.
        """
        settings, cuts = self.settings, self.settings.cuts.times
        if not (settings.only_gray or settings.two_pass):
            return None
        # Drift is one of the whole film; what has color shows in the span alone.
        part, threads = Part() if settings.two_pass else self.part, self.order.encoder.threads
        with part.read(self.order.source, threads=threads) as reader:
            film = self.colorizer.film(self.stored) if settings.two_pass else None
            return first_pass(reader, cuts, film, reading)

    def read_hints(self, first: FirstPass | None, reading: Progress) -> FilmHints | None:
        """Return what hints come to in the frames of the part; None where there are none.

        The notes tell of marks that don't do what they seem to.

        first: what `read_beforehand` told. reading: is called while the film is read. Raises as
        `HintPass`.
        """
        if not self.order.hints:
            return None
        extent = Extent.of(self.part.start, self.part.duration)
        if first and self.settings.only_gray:
            self.notes.tell(_in_color(self.order.hints, first, extent))
        hint_pass = HintPass(
            self.order.source,
            self.order.hints,
            self.colorizer,
            self.stored,
            self.settings.cuts.times,
            Listener(note=lambda line: self.notes.tell([line]), reading=reading),
        )
        return hint_pass.within(extent)


@contextmanager
def open_film(
    order: Order,
    colorizer: Colorizer,
    *,
    overwrite: bool,
    listener: Listener,
    survey: Surveyor = survey_film,
) -> Iterator[OpenFilm]:
    """Open a film and begin its output, which appears when the context ends.

    Args:
        order: the film.
        colorizer: made by its settings.
        overwrite: replace an existing output.
        listener: is told what is known beforehand, and warned if the disk will not hold the film.
        survey: looks the film over.

    Raises as `Reader` and `Writer`, and what `strict` refuses, as far as it is known.
    """
    settings = order.colored_by(colorizer)
    notes = RunNotes(listener.note, settings.only_gray)
    run_up, run_out = reach(colorizer, settings.cuts.times)
    part = replace(order.part, run_up=run_up, run_out=run_out)
    with ExitStack() as stack:
        reader = stack.enter_context(
            part.read(
                order.source,
                keep_video=order.keep_video,
                thorough=True,
                threads=order.encoder.threads,
            )
        )
        looked_over = survey(order.source, reader.picture)
        writer = stack.enter_context(
            Writer(
                order.output,
                reader,
                order.encoder,
                comment=settings.as_comment(version("vidcolor")),
                picture=looked_over.picture,
                options=WriterOptions(
                    overwrite, order.verify, settings.only_gray, order.keep, listener.alive
                ),
            )
        )
        if part.is_whole:
            writer.keep_aspects(reader)
        if order.strict:
            if part.is_whole:
                for sample in looked_over.samples:
                    writer.look(sample, reader.seconds(sample))
            refuse_losses(reader, writer)
        notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])
        stored = looked_over.film(writer.chroma_shape, writer.matrix)
        notes.tell(_black_bars(stored))
        if part.is_whole and (shortage := writer.shortage(Fraction(0))):
            listener.note(shortage)
        yield OpenFilm(order, part, settings, reader, writer, colorizer, stored, notes)


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
