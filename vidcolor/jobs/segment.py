"""Makes segments of a film: colored, encoded, each in a file of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import IO, Self

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.errors import OutputError
from vidcolor.files import write_failure
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.frames import Picture
from vidcolor.jobs.journal import Journal, SegmentRecord
from vidcolor.jobs.row import Row
from vidcolor.jobs.task import INEXACT, IndivisibleError, Task
from vidcolor.output.encoded_part import EncodedPart, PartEncoder
from vidcolor.output.encoders import encoder_options, for_sequence
from vidcolor.output.video import VideoEncoder
from vidcolor.pipeline.finish import Finish
from vidcolor.pipeline.notes import FrameNotes
from vidcolor.pipeline.survey import Survey, survey_film

_BEHIND, _FRAMES_BEHIND = Fraction(1), 24
"""Seconds of film, and at most so many frames of these, that an encoder sees behind a segment where
that makes a difference: x264 spends on a frame what later ones take over from it. Without them the
segment's last frames would be coarser than those of a film encoded in one go; more take memory."""


class SegmentMaker:
    """Makes segments of one film, each as it is in the film that is made in one go.

    A context manager. task: the film. colorizer: None for a new one.
    """

    def __init__(self, task: Task, colorizer: Colorizer | None = None) -> None:
        self._task, self._order = task, task.order
        self._colorizer = colorizer or self._order.settings.make_colorizer(self._order.device)
        self._seen: Survey | None = None
        self._row: Row | None = None

    def make(
        self, index: int, last: int, file: Path, progress: Callable[[int, Fraction], None]
    ) -> SegmentRecord:
        """Make a segment, and return what there is to know of it.

        Args:
            index: which.
            last: up to which the next ones will be asked for, one after the other; they are read
                ahead.
            file: gets its picture, and has it safely on the disk.
            progress: is called after each frame with the frames and seconds done.

        Raises IndivisibleError, and as `colorize_file`.
        """
        began = time.monotonic()
        try:
            if self._row is None or self._row.next != index:
                self.close()
                self._row = Row(
                    self._task, self._colorizer, self._stored, index, last, self._behind
                )
            previous = self._row.previous
            encoded, notes = self._make(file, self._row, progress)
            if index == last:
                self.close()
        except BaseException:
            self.close()
            raise
        seconds = time.monotonic() - began
        return SegmentRecord(encoded, notes, previous, self._colorizer.batch_size, seconds)

    def close(self) -> None:
        """Stop reading ahead."""
        if self._row is not None:
            self._row.close()
            self._row = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _make(
        self, file: Path, row: Row, progress: Callable[[int, Fraction], None]
    ) -> tuple[EncodedPart, list[FrameNotes]]:
        order, picture = self._order, row.reader.picture
        video = self._video(picture)
        finish = Finish(order.source, picture, row.stored, order.settings.split_screen)
        notes: list[FrameNotes] = []
        begin: int | None = None
        with _write(file) as content:
            encoder = PartEncoder(content, video, order.output)
            for colored, frame in row.segment():
                begin = frame.pts if begin is None else begin
                encoder.write(frame, finish(colored))
                notes.append(FrameNotes.of(colored))
                progress(len(notes), (frame.pts + frame.duration - begin) * picture.time_base)
            if self._behind:
                behind = row.behind(self._behind, _FRAMES_BEHIND)
                encoder.look_ahead([(frame, finish(colored)) for colored, frame in behind])
            if row.reader.changes and video.carries_aspects:
                raise IndivisibleError("; ".join(row.reader.changes))
            return encoder.finish(), notes

    @property
    def _behind(self) -> Fraction:
        """How many seconds behind a segment its encoder should see."""
        order = self._order
        name, _ = encoder_options(order.encoder, order.output)
        return _BEHIND if name == "libx264" else Fraction(0)

    def _stored(self, picture: Picture) -> FilmFormat:
        video = self._video(picture)
        return self._survey(picture).film(video.chroma_shape, video.matrix)

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
