"""A film from file to file: reader -> colorizer -> writer, each in its own thread."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.hints.file import Hints
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer, WriterOptions
from vidcolor.pipeline.disk_space import Forecast
from vidcolor.pipeline.finish import Finish
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.listener import Note, Progress, ignore_note, ignore_progress
from vidcolor.pipeline.losses import refuse_losses
from vidcolor.pipeline.notes import MEMORY_NOTE, RunNotes
from vidcolor.pipeline.open_film import Part, open_film, read_beforehand, read_hints
from vidcolor.pipeline.stages import ColoredBatch, colorize_frames, keeps_none, reach
from vidcolor.pipeline.survey import Surveyor, survey_film
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
    survey: Surveyor = survey_film,
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
        survey: looks the film over; it makes no difference to it.
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
    part = Part(start, duration, *reach(colorizer, cuts))
    with open_film(
        source,
        output,
        settings,
        part,
        encoder or EncoderSettings(),
        notes,
        keep_video=keep_video,
        strict=strict,
        options=WriterOptions(overwrite, verify, only_gray, keep),
        survey=survey,
    ) as opened:
        reader, writer, stored = opened.reader, opened.writer, opened.stored
        if part.is_whole and (shortage := writer.shortage(Fraction(0))):
            note(shortage)
        film = colorizer.film(stored)
        first = read_beforehand(source, settings, part, film, reading)
        known = read_hints(source, hints, settings, part, colorizer, stored, first, notes, reading)
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
            finish = Finish(source, reader.picture, stored, split_screen)
            watch = _Watch(reader, writer, notes, strict, finish)
            write_film(writer, reader, watch.items(batches, colorizer), notes, written)
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


@dataclass(frozen=True)
class _Watch:
    """Watches over a film while its frames are finished."""

    reader: Reader
    writer: Writer
    notes: RunNotes
    strict: bool
    finish: Finish

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
                yield colored.frame, self.finish(colored)
                self.notes.add(colored)
