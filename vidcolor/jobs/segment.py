"""Colours and encodes a segment of a film."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import IO

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import OutputError, UsageError
from vidcolor.files import write_failure
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.midway import Midway
from vidcolor.input.reader import Reader, constant_rate
from vidcolor.jobs.journal import Journal, SegmentRecord, Work
from vidcolor.output.encoded_part import EncodedPart, PartEncoder
from vidcolor.output.encoders import for_sequence
from vidcolor.output.video import VideoEncoder
from vidcolor.pipeline.finish import Finish
from vidcolor.pipeline.notes import FrameNotes
from vidcolor.pipeline.order import Order
from vidcolor.pipeline.stages import colorize_frames, keeps_none, reach
from vidcolor.pipeline.survey import Survey, survey_film

INEXACT = "seeking in it is not exact"
"""Why a film can't be divided, where times differ with the place from which it is read."""


class IndivisibleError(Exception):
    """A film turns out not to be the sum of its segments; the message says why."""


@dataclass(frozen=True)
class Task:
    """What a process must know to make segments of a film.

    order: the film. work: what its journal tells. begin: the first frame of the film, or of the
    span that is wanted of it; its planes are not needed. zero: the pts in the source that becomes 0
    in the output. picture: of the film.
    """

    order: Order
    work: Work
    begin: Frame
    zero: int
    picture: Picture


class SegmentMaker:
    """Makes segments of one film, each as it is in the film that is made in one go.

    task: the film. colorizer: None for a new one.
    """

    def __init__(self, task: Task, colorizer: Colorizer | None = None) -> None:
        self._task, self._order, self._zero = task, task.order, task.zero
        self._colorizer = colorizer or self._order.settings.make_colorizer(self._order.device)
        self._seen: Survey | None = None

    def make(
        self, index: int, file: Path, progress: Callable[[int, Fraction], None]
    ) -> SegmentRecord:
        """Make a segment, and return what there is to know of it.

        file: gets its picture, and has it safely on the disk. progress: is called after each frame
        with the frames and seconds done. Raises IndivisibleError, and as `colorize_file`.
        """
        began = time.monotonic()
        run_up, run_out = reach(self._colorizer, self._order.settings.cuts.times)
        # A frame in front at least: it shows that the segment is the one behind that before.
        part = replace(self._task.work.plan.segments[index], run_up=max(run_up, 1), run_out=run_out)
        try:
            with part.read(self._order.source, thorough=True) as reader:
                encoded, notes = self._make(file, reader, progress)
                if reader.warnings:
                    raise IndivisibleError("; ".join(reader.warnings))
                if reader.changes and self._video(reader.picture).carries_aspects:
                    raise IndivisibleError("; ".join(reader.changes))
                previous = None if reader.previous is None else reader.previous - self._zero
        except UsageError as error:
            raise IndivisibleError(str(error)) from error
        seconds = time.monotonic() - began
        return SegmentRecord(encoded, notes, previous, self._colorizer.batch_size, seconds)

    def _make(
        self, file: Path, reader: Reader, progress: Callable[[int, Fraction], None]
    ) -> tuple[EncodedPart, list[FrameNotes]]:
        order, first, settings = self._order, self._task.work.first, self._order.settings
        video = self._video(reader.picture)
        stored = self._survey(reader.picture).film(video.chroma_shape, video.matrix)
        finish = Finish(order.source, reader.picture, stored, settings.split_screen)
        shift = reader.moved - self._zero
        midway = Midway(constant_rate(reader.video))
        midway.see(self._task.begin, self._begin_time(reader), reader.picture)
        known = list(midway.lines)
        notes: list[FrameNotes] = []
        with (
            _write(file) as content,
            colorize_frames(
                reader,
                self._colorizer,
                self._colorizer.film(stored),
                settings.cuts.times,
                keeps_color=first.has_color if first and settings.only_gray else keeps_none,
                drift=first.drift if first else None,
                hints=self._task.work.hints,
            ) as batches,
        ):
            encoder = PartEncoder(content, video, order.output)
            for batch in batches:
                for colored in batch.frames:
                    frame, chroma = colored.frame, finish(colored)
                    midway.see(frame, reader.seconds(frame), reader.picture)
                    encoder.write(replace(frame, pts=frame.pts + shift), chroma)
                    notes.append(FrameNotes.of(colored))
                    done = (frame.pts + frame.duration) * reader.picture.time_base
                    progress(len(notes), done)
            if midway.lines != known:  # only who sees all frames can tell when
                raise IndivisibleError("; ".join(midway.lines))
            return encoder.finish(), notes

    def _begin_time(self, reader: Reader) -> Fraction:
        """Return when the film's first frame is shown, in `Reader.seconds`."""
        begin = self._task.begin
        return reader.seconds(replace(begin, pts=begin.pts + self._zero - reader.moved))

    def _video(self, picture: Picture) -> VideoEncoder:
        order = self._order
        only_gray = order.settings.only_gray
        seen, encoder = self._survey(picture).picture, order.encoder
        if isinstance(order.source, FrameSequence):
            encoder = for_sequence(encoder, seen.depth, order.output)
        return VideoEncoder(order.output, encoder, seen, order.source, only_gray)

    def _survey(self, picture: Picture) -> Survey:
        if self._seen is None:
            self._seen = survey_film(self._order.source, picture)
        return self._seen


def enter(journal: Journal, index: int, record: SegmentRecord) -> None:
    """Take note that a segment is done, whose picture lies in the journal's unfinished part.

    Raises IndivisibleError if neighbors that are done show that seeking is not exact.
    """
    before, behind = (journal.record(index + step) for step in (-1, 1))
    if (before and not record.follows(before)) or (behind and not behind.follows(record)):
        raise IndivisibleError(INEXACT)
    journal.finish(index, record)


@contextmanager
def _write(file: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing; it goes if the context fails.

    Raises OutputError, also when it is closed.
    """
    try:
        with file.open("wb") as content:
            yield content
    except BaseException as error:
        with suppress(OSError):
            file.unlink()
        if isinstance(error, OSError):
            raise OutputError(f"{file}: {write_failure(error)}") from error
        raise
