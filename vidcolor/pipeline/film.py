"""A film from file to file: reader -> colorizer -> writer, each in its own thread."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.errors import UnsupportedError
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.disk_space import Forecast
from vidcolor.pipeline.film_hints import FilmHints
from vidcolor.pipeline.first_pass import FirstPass, first_pass
from vidcolor.pipeline.hint_pass import HintPass, hint_settings
from vidcolor.pipeline.listener import Listener, Note, Progress, ignore_note, ignore_progress
from vidcolor.pipeline.losses import left_out, refuse_losses
from vidcolor.pipeline.notes import MEMORY_NOTE, RunNotes
from vidcolor.pipeline.shots import ROUNDED, Extent
from vidcolor.pipeline.stages import ColoredBatch, colorize_frames, keeps_none, reach
from vidcolor.pipeline.survey import survey_film
from vidcolor.pipeline.write_film import write_film


@dataclass(frozen=True)
class Result:
    """Tells what `colorize_file` did.

    frames: written. seconds: of wall time. device: that computed. notes: what the viewer of the
    output will find otherwise than in the source, one line each. shots: numbers of the frames, from
    0, with which shots begin. confidence: as in `FrameColor`, of each frame; None where its color
    was kept. settings: how it was colored. encoder: how it was encoded; None for a photograph.
    """

    output: Path
    frames: int
    seconds: float
    device: str
    notes: tuple[str, ...]
    shots: tuple[int, ...]
    confidence: tuple[float | None, ...]
    settings: ColorSettings
    encoder: EncoderSettings | None = None

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


def colorize_file(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    encoder: EncoderSettings | None = None,
    start: Fraction | None = None,
    duration: Fraction | None = None,
    overwrite: bool = False,
    keep_video: bool = False,
    strict: bool = False,
    verify: bool = False,
    only_gray: bool = False,
    cuts: Sequence[Fraction] | None = None,
    two_pass: bool = False,
    split_screen: bool = False,
    hints: Hints | None = None,
    keep: bool = False,
    progress: Progress = ignore_progress,
    note: Note = ignore_note,
    reading: Progress = ignore_progress,
) -> Result:
    """Colorize a film; `output` appears when all of it is done. Its black bars stay grey.

    Args:
        source: the film.
        output: its suffix names the container, as for `Writer`.
        colorizer: makes the chroma.
        encoder: None for libx264, for .webm libvpx-vp9, at their default quality.
        start, duration: the span to colorize, in seconds; see `Reader`.
        overwrite: replace an existing file.
        keep_video: copy further video streams.
        strict: what would be left out or lost is an OutputError and damage an InputError, as soon
            as it is known.
        verify: read the film again before it appears, compare it with what was written, and note
            the outcome; a difference is an OutputError.
        only_gray: shots that have color, as a `FirstPass` tells, keep it, in the source's matrix.
        cuts: when shots begin, in seconds from the film's start; None: they are found.
        two_pass: hold down the drift that a `FirstPass` over the whole film finds.
        split_screen: the left half, as a player shows it, of what gets color stays grey.
        hints: what is known of the film's colors; a note tells of marks that don't do what they
            seem to. Without any the film is the very same.
        keep: of a film that fails, leave what is done; see `WriterOptions`.
        progress: is called after each frame with the frames done, the seconds of film done, and
            those to do in all, None if unknown.
        note: is called with each of the result's notes as soon as it is known, and with a warning
            if the disk will not hold the film.
        reading: as progress, while `only_gray`, `two_pass` or hints read the film beforehand.

    Raises VidcolorError.
    """
    began = time.monotonic()
    notes = RunNotes(note, only_gray)
    settings = ColorSettings.of(
        colorizer,
        Cuts(None if cuts is None else tuple(cuts)),
        two_pass=two_pass,
        only_gray=only_gray,
        split_screen=split_screen,
        **hint_settings(hints),
    )
    run_up, run_out = reach(colorizer, cuts)
    span: dict[str, Any] = {
        "start": start,
        "duration": duration,
        "run_up": run_up,
        "run_out": run_out,
    }
    with ExitStack() as stack:
        reader = stack.enter_context(Reader(source, **span, keep_video=keep_video, thorough=True))
        survey = survey_film(source, reader.picture)
        writer = stack.enter_context(
            Writer(
                output,
                reader,
                encoder or EncoderSettings(),
                comment=settings.as_comment(version("vidcolor")),
                picture=survey.picture,
                options=WriterOptions(overwrite, verify, only_gray, keep),
            )
        )
        if start is duration is None:
            writer.keep_aspects(reader)
        if strict:
            if start is duration is None:
                for sample in survey.samples:
                    writer.look(sample, reader.seconds(sample))
            refuse_losses(reader, writer)
        notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])
        stored = survey.film(writer.chroma_shape, writer.matrix)
        notes.tell(_black_bars(stored))
        if start is duration is None and (shortage := writer.shortage(Fraction(0))):
            note(shortage)
        film = colorizer.film(stored)
        hint_pass: HintPass | None = None
        if hints:  # before a pass that may be long: what is wrong with them shows here
            hint_pass = HintPass(
                source,
                hints,
                colorizer,
                stored,
                cuts,
                Listener(note=lambda line: notes.tell([line]), reading=reading),
            )
        first: FirstPass | None = None
        if only_gray or two_pass:
            # Drift is one of the whole film; what has color shows in the span alone.
            with Reader(source, **({} if two_pass else span)) as beforehand:
                first = first_pass(beforehand, cuts, film if two_pass else None, reading)
        known: FilmHints | None = None
        if hints and hint_pass:
            if first and only_gray:
                notes.tell(_in_color(hints, first, Extent.of(start, duration)))
            known = hint_pass.within(Extent.of(start, duration))
        forecast = Forecast(writer, reader.duration, note)

        def written(frames: int, done: Fraction, length: Fraction | None) -> None:
            progress(frames, done, length)
            forecast(done)

        with colorize_frames(
            reader,
            colorizer,
            film,
            cuts,
            keeps_color=first.has_color if first and only_gray else keeps_none,
            drift=first.drift if first else None,
            hints=known,
        ) as batches:
            finishing = _Finishing(reader, writer, notes, stored, strict, split_screen)
            write_film(writer, reader, finishing.items(batches, colorizer), notes, written)
        if strict:
            refuse_losses(reader, writer)
        notes.end()
    if writer.verified:
        notes.tell([writer.verified])
    return Result(
        output,
        frames=len(notes.confidence),
        seconds=time.monotonic() - began,
        device=str(colorizer.predictor.device),
        notes=tuple(notes.notes),
        shots=tuple(notes.shots),
        confidence=tuple(notes.confidence),
        settings=settings,
        encoder=writer.encoder,
    )


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


@dataclass(frozen=True)
class _Finishing:
    """The last touch on colored frames before they are written, and the watch over the film."""

    reader: Reader
    writer: Writer
    notes: RunNotes
    stored: FilmFormat
    strict: bool
    split_screen: bool

    def items(
        self, batches: Iterable[ColoredBatch], colorizer: Colorizer
    ) -> Iterator[tuple[Frame, np.ndarray] | av.Packet]:
        """Yield packets and frames with their chroma, as `write_film` takes them."""
        batch_size = colorizer.batch_size
        for batch in batches:
            if colorizer.batch_size < batch_size:
                self.notes.tell([MEMORY_NOTE])
            yield from batch.packets
            if self.strict:  # the packets just written may have shown what the container loses
                refuse_losses(self.reader, self.writer)
            for colored in batch.frames:
                self._check_shape(colored.chroma)
                if self.split_screen and not colored.is_kept:
                    shown = self.reader.picture.upright(colored.chroma)
                    shown[..., : shown.shape[-1] // 2] = self.stored.codes.neutral
                yield colored.frame, colored.chroma
                self.notes.add(colored)

    def _check_shape(self, chroma: np.ndarray) -> None:
        """Raise where a frame keeps chroma that is stored otherwise than the film's first."""
        if chroma.shape[1:] != self.writer.chroma_shape:
            raise UnsupportedError(
                f"{self.reader.path}: the film changes its pixel format midway; convert it to "
                "one format first, or leave --only-gray out"
            )
