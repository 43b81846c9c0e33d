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
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.disk_space import Forecast
from vidcolor.pipeline.finish import Finish
from vidcolor.pipeline.listener import Listener, Note, Progress, ignore_note, ignore_progress
from vidcolor.pipeline.losses import refuse_losses
from vidcolor.pipeline.notes import MEMORY_NOTE
from vidcolor.pipeline.open_film import OpenFilm, open_film
from vidcolor.pipeline.order import Order, Part
from vidcolor.pipeline.stages import ColoredBatch, colorize_frames, keeps_none
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

    @classmethod
    def of(cls, opened: OpenFilm, seconds: float) -> "Result":
        """Return it of a film that is there, as is all that can be told of it."""
        notes, verified = opened.notes, opened.writer.verified
        notes.end()
        if verified:
            notes.tell([verified])
        return cls(
            opened.order.output,
            frames=len(notes.confidence),
            seconds=seconds,
            device=str(opened.colorizer.predictor.device),
            notes=tuple(notes.notes),
            shots=tuple(notes.shots),
            confidence=tuple(notes.confidence),
            settings=opened.settings,
            encoder=opened.writer.encoder,
        )

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
    settings = ColorSettings(
        cuts=Cuts(None if cuts is None else tuple(cuts)),
        two_pass=two_pass,
        only_gray=only_gray,
        split_screen=split_screen,
    )
    order = Order(
        source,
        output,
        settings,
        encoder=encoder or EncoderSettings(),
        part=Part(start, duration),
        keep_video=keep_video,
        strict=strict,
        verify=verify,
        keep=keep,
        hints=hints,
    )
    return colorize_in_one_go(
        order, colorizer, overwrite=overwrite, listener=Listener(progress, note, reading)
    )


def colorize_in_one_go(
    order: Order,
    colorizer: Colorizer,
    *,
    overwrite: bool,
    listener: Listener,
    survey: Surveyor = survey_film,
) -> Result:
    """Colorize a film from its beginning to its end, in this process.

    Args:
        order: the film.
        colorizer: made by its settings.
        overwrite: replace an existing output.
        listener: is told how it goes on.
        survey: looks the film over; it makes no difference to it.

    Raises VidcolorError.
    """
    began = time.monotonic()
    with open_film(
        order, colorizer, overwrite=overwrite, listener=listener, survey=survey
    ) as opened:
        reader, writer, settings = opened.reader, opened.writer, opened.settings
        first = opened.read_beforehand(listener.reading)
        hints = opened.read_hints(first, listener.reading)
        forecast = Forecast(writer, reader.duration, listener.note)

        def written(frames: int, done: Fraction, length: Fraction | None) -> None:
            listener.progress(frames, done, length)
            forecast(done)

        with colorize_frames(
            reader,
            colorizer,
            colorizer.film(opened.stored),
            settings.cuts.times,
            keeps_color=first.has_color if first and settings.only_gray else keeps_none,
            drift=first.drift if first else None,
            hints=hints,
        ) as batches:
            watch = _Watch(opened)
            write_film(writer, reader, watch.items(batches), opened.notes, written)
        if order.strict:
            refuse_losses(reader, writer)
    return Result.of(opened, time.monotonic() - began)


class _Watch:
    """Watches over a film while its frames are finished."""

    def __init__(self, opened: OpenFilm) -> None:
        self._opened = opened
        self._finish = Finish(
            opened.order.source,
            opened.reader.picture,
            opened.stored,
            opened.settings.split_screen,
        )

    def items(
        self, batches: Iterable[ColoredBatch]
    ) -> Iterator[tuple[Frame, np.ndarray] | av.Packet]:
        """Yield packets and frames with their chroma, as `write_film` takes them."""
        opened, colorizer = self._opened, self._opened.colorizer
        batch_size = colorizer.batch_size
        for batch in batches:
            if colorizer.batch_size < batch_size:
                opened.notes.tell([MEMORY_NOTE])
            yield from batch.packets
            if opened.order.strict:  # packets just written may have shown what the container loses
                refuse_losses(opened.reader, opened.writer)
            for colored in batch.frames:
                yield colored.frame, self._finish(colored)
                opened.notes.add(colored)
