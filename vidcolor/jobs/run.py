"""`colorize_film`: a film from file to file, in segments if it is long."""

import shlex
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import OutputError, UsageError, VidcolorError
from vidcolor.files import PIPE
from vidcolor.input.reader import Reader
from vidcolor.jobs.journal import Journal, SegmentRecord, Work, work_folder
from vidcolor.jobs.order import Order
from vidcolor.jobs.plan import LENGTH, Plan, plan_film
from vidcolor.jobs.segment import INEXACT, IndivisibleError, SegmentMaker, Task
from vidcolor.jobs.workers import make_segments
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.join import join
from vidcolor.output.writer import WriterOptions
from vidcolor.pipeline.film import Result, colorize_file
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.listener import SILENT, Listener, Note
from vidcolor.pipeline.losses import left_out, refuse_losses
from vidcolor.pipeline.notes import MEMORY_NOTE, RunNotes
from vidcolor.pipeline.open_film import OpenFilm, Part, open_film, read_beforehand, read_hints
from vidcolor.pipeline.stages import reach
from vidcolor.pipeline.survey import Surveyor, survey_film


@dataclass(frozen=True)
class Means:
    """Says by what means a film is made; they make no difference to it.

    devices: of each process that makes segments; none: they are made in this process. work: the
    folder for what is half done; None: beside the output. length: of a segment, in seconds.
    survey: looks the film over.
    """

    devices: tuple[str, ...] = ()
    work: Path | None = None
    length: Fraction = LENGTH
    survey: Surveyor = survey_film


def colorize_film(
    order: Order,
    colorizer: Colorizer,
    means: Means = Means(),
    *,
    overwrite: bool = False,
    listener: Listener = SILENT,
) -> Result:
    """Colorize a film; what an earlier run of the same order has done is not done again.

    A long film is made in segments, which outlast any crash, and joined. A film of one segment is
    made in one go, and leaves nothing if it fails.

    Args:
        order: the film.
        colorizer: made by its settings on its device.
        means: how it is made.
        overwrite: replace an existing output, and what is done of it by another order.
        listener: is told how it goes on.

    Raises as `colorize_file`; UsageError where another order has begun this output, or another
    process is making it.
    """
    listener = replace(listener, note=_once(listener.note))
    journal = Journal(work_folder(order.output, means.work))
    is_begun = order.output != PIPE and journal.folder.exists()
    if not is_begun:
        plan = _plan(order, means)
        if len(plan.segments) == 1:
            return _in_one_go(order, colorizer, means, plan, overwrite, listener)
    with journal.locked():
        journal.remove_adopted()
        asked = order.asked(colorizer)
        work = journal.read()
        if work is not None and work.asked != asked:
            if not overwrite:
                raise _differs(order, journal, work.asked, asked)
            work = None
        plan = _plan(order, means) if work is None else work.plan
        try:
            try:
                if len(plan.segments) > 1:
                    film = _Film(order, colorizer, means, journal, plan, work, asked, listener)
                    result = film.make(overwrite)
                else:
                    result = _in_one_go(order, colorizer, means, plan, overwrite, listener)
            except IndivisibleError as error:
                journal.clear()
                plan = Plan((order.part,), str(error))
                result = _in_one_go(order, colorizer, means, plan, overwrite, listener)
        except BaseException as error:
            if journal.holds_segments:
                error.add_note(_what_is_done(journal, plan))
            else:
                journal.remove()
            raise
        journal.remove()
        return result


def _once(note: Note) -> Note:
    """Return what says each line only once, also if a film is begun twice."""
    said: set[str] = set()

    def say(line: str) -> None:
        if line not in said:
            said.add(line)
            note(line)

    return say


def _plan(order: Order, means: Means) -> Plan:
    if order.output == PIPE:
        return Plan((order.part,), "it goes into a pipe", is_long=False)
    return plan_film(order.source, order.part, means.length)


def _differs(
    order: Order, journal: Journal, before: dict[str, str], now: dict[str, str]
) -> UsageError:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    changes = ", ".join(
        "source" if name == "source" else f"{name} {before.get(name)}, now {now.get(name)}"
        for name in names
    )
    return UsageError(
        f"{order.output}: half done by another order ({changes}); go on as before, or begin anew "
        f"with --overwrite (what is done lies in {journal.folder})"
    )


def _what_is_done(journal: Journal, plan: Plan) -> str:
    count = len(plan.segments)
    done = sum(journal.record(index) is not None for index in range(count))
    return (
        f"{done} of {count} segments are done: the same command goes on; "
        f"'rm -r {shlex.quote(str(journal.folder))}' removes them ({journal.size / 1e6:.1f} MB)"
    )


def _in_one_go(
    order: Order,
    colorizer: Colorizer,
    means: Means,
    plan: Plan,
    overwrite: bool,
    listener: Listener,
) -> Result:
    if plan.reason is not None and (plan.is_long or means.devices):
        listener.note(f"made in one go: {plan.reason}")
    settings = order.settings
    return colorize_file(
        order.source,
        order.output,
        colorizer,
        encoder=order.encoder,
        start=order.part.start,
        duration=order.part.duration,
        overwrite=overwrite,
        keep_video=order.keep_video,
        strict=order.strict,
        verify=order.verify,
        only_gray=settings.only_gray,
        cuts=settings.cuts.times,
        two_pass=settings.two_pass,
        split_screen=settings.split_screen,
        hints=order.hints,
        keep=order.keep,
        survey=means.survey,
        progress=listener.progress,
        note=listener.note,
        reading=listener.reading,
    )


@dataclass(frozen=True)
class _Film:
    """A film of several segments; work: what an earlier run has begun, None for nothing."""

    order: Order
    colorizer: Colorizer
    means: Means
    journal: Journal
    plan: Plan
    work: Work | None
    asked: dict[str, str]
    listener: Listener

    def make(self, overwrite: bool) -> Result:
        """Make what is missing, and join it all."""
        began = time.monotonic()
        order, cuts = self.order, self.order.settings.cuts
        done: dict[int, _Done] = {}
        if self.work is not None:
            done = self._done()
            self.listener.note(f"going on: {len(done)} of {self._count} segments are done")
        settings = ColorSettings.of(
            self.colorizer,
            cuts,
            two_pass=order.settings.two_pass,
            only_gray=order.settings.only_gray,
            split_screen=order.settings.split_screen,
            **hint_settings(order.hints),
        )
        run_up, run_out = reach(self.colorizer, cuts.times)
        part = replace(order.part, run_up=run_up, run_out=run_out)
        notes = RunNotes(self.listener.note, settings.only_gray)
        with open_film(
            order.source,
            order.output,
            settings,
            part,
            order.encoder,
            notes,
            keep_video=order.keep_video,
            strict=order.strict,
            options=WriterOptions(overwrite, order.verify, settings.only_gray, order.keep),
            survey=self.means.survey,
        ) as opened:
            assert opened.writer.temporary is not None
            self.journal.adopt(opened.writer.temporary)
            if part.is_whole and (shortage := opened.writer.shortage(Fraction(0))):
                self.listener.note(shortage)
            work = self.work or self._begin(settings, part, opened, notes)
            notes.tell(work.notes)
            try:
                self._make_missing(done, work, opened.reader)
                self._check()
            except IndivisibleError:
                raise
            except BaseException:
                if order.keep:
                    self._keep(opened, notes)
                raise
            self._join(opened, notes, self._count)
            if order.strict:
                refuse_losses(opened.reader, opened.writer)
            notes.end()
        if opened.writer.verified:
            notes.tell([opened.writer.verified])
        return Result(
            order.output,
            frames=len(notes.confidence),
            seconds=time.monotonic() - began,
            device=str(self.colorizer.predictor.device),
            notes=tuple(notes.notes),
            shots=tuple(notes.shots),
            confidence=tuple(notes.confidence),
            settings=settings,
            encoder=opened.writer.encoder,
        )

    def _begin(
        self, settings: ColorSettings, part: Part, opened: OpenFilm, notes: RunNotes
    ) -> Work:
        """Read the film beforehand, if anything asks for that, and begin the journal."""
        source, stored, reading = self.order.source, opened.stored, self.listener.reading
        film = self.colorizer.film(stored)
        first = read_beforehand(source, settings, part, film, reading)
        said = RunNotes(lambda line: notes.tell([line]))
        hints = read_hints(
            source, self.order.hints, settings, part, self.colorizer, stored, first, said, reading
        )
        work = Work(self.asked, self.plan, first, hints, tuple(said.notes))
        self.journal.begin(work)
        return work

    @property
    def _count(self) -> int:
        return len(self.plan.segments)

    def _done(self) -> dict[int, "_Done"]:
        """Return what there is of each segment that is done, by its number."""
        records = ((index, self.journal.record(index)) for index in range(self._count))
        return {index: _Done.of(record) for index, record in records if record is not None}

    def _make_missing(self, done: dict[int, "_Done"], work: Work, reader: Reader) -> None:
        """Make the segments that are not done, here or in other processes."""
        time_base, length = reader.picture.time_base, reader.duration
        frames = {index: each.frames for index, each in done.items()}
        seconds = {index: each.ticks * time_base for index, each in done.items()}

        def advance(index: int, frames_done: int, seconds_done: Fraction) -> None:
            frames[index], seconds[index] = frames_done, seconds_done
            total = sum(seconds.values(), Fraction(0))
            self.listener.progress(sum(frames.values()), total, length)

        order, colorizer = self.order, self.colorizer
        missing = [index for index in range(self._count) if index not in done]
        smallest = min((each.batch_size for each in done.values()), default=colorizer.batch_size)
        sha256 = colorizer.weights_sha256
        settings = replace(order.settings, batch_size=smallest, weights_sha256=sha256)
        order = replace(order, settings=settings)
        begin = replace(reader.begin, luma=np.empty((0, 0)), chroma=None)
        task = Task(order, work, begin, reader.moved, self.journal.folder)
        if self.means.devices:
            make_segments(
                [replace(task, order=replace(order, device=d)) for d in self.means.devices],
                missing,
                advance,
            )
            return
        maker = SegmentMaker(task, colorizer if smallest == colorizer.batch_size else None)
        for index in missing:
            maker.make(index, partial(advance, index))

    def _check(self) -> None:
        """Raise IndivisibleError unless each segment follows upon the one before."""
        records = map(self._record, range(self._count))
        if not all(record.follows(before) for before, record in pairwise(records)):
            raise IndivisibleError(INEXACT)

    def _record(self, index: int) -> SegmentRecord:
        record = self.journal.record(index)
        if record is None:
            raise OutputError(
                f"{self.journal.folder}: segment {index} has vanished; the same command again "
                "makes it anew"
            )
        return record

    def _join(
        self, opened: OpenFilm, notes: RunNotes, count: int, until: Fraction | None = None
    ) -> None:
        """Join the first segments; until: as for `join`."""
        reader, writer = opened.reader, opened.writer

        def parts() -> Iterator[tuple[EncodedPart, Path]]:
            for index in range(count):
                record = self._record(index)
                if record.batch_size < self.order.settings.batch_size:
                    notes.tell([MEMORY_NOTE])
                for frame in record.notes:
                    notes.add_frame(frame)
                yield record.part, self.journal.part_file(index)

        join(writer, reader, parts(), until)
        notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])

    def _keep(self, opened: OpenFilm, notes: RunNotes) -> None:
        """Join the segments that are done from the beginning on."""
        done = self._done()
        in_row = next(index for index in range(self._count + 1) if index not in done)
        if in_row:
            with suppress(VidcolorError):
                last = self._record(in_row - 1).part.times[-1]
                end = sum(last) * opened.reader.picture.time_base
                self._join(opened, notes, in_row, end)


@dataclass(frozen=True)
class _Done:
    """What progress needs of a segment that is done."""

    frames: int
    ticks: int
    batch_size: int

    @classmethod
    def of(cls, record: SegmentRecord) -> "_Done":
        """Return it of a record."""
        times = record.part.times
        return cls(len(times), sum(times[-1]) - times[0][0], record.batch_size)
