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

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import InputError, OutputError, UsageError, VidcolorError
from vidcolor.files import PIPE
from vidcolor.input.reader import Reader
from vidcolor.jobs.asked import asked, fingerprint
from vidcolor.jobs.cluster import Cluster
from vidcolor.jobs.cluster import make_segments as make_on_cluster
from vidcolor.jobs.journal import Journal, SegmentRecord, Work, work_folder
from vidcolor.jobs.plan import LENGTH, Plan, plan_film
from vidcolor.jobs.row import row_end
from vidcolor.jobs.segment import SegmentMaker, enter
from vidcolor.jobs.task import INEXACT, IndivisibleError, Task
from vidcolor.jobs.workers import make_segments
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.join import join
from vidcolor.pipeline.film import Result, colorize_in_one_go
from vidcolor.pipeline.listener import SILENT, Listener, Note
from vidcolor.pipeline.losses import left_out, refuse_losses
from vidcolor.pipeline.notes import MEMORY_NOTE
from vidcolor.pipeline.open_film import OpenFilm, open_film
from vidcolor.pipeline.order import Order
from vidcolor.pipeline.survey import Surveyor, survey_film


@dataclass(frozen=True)
class Means:
    """Says by what means a film is made; they make no difference to it.

    devices: of each process that makes segments; none: they are made in this process. work: the
    folder for what is half done; None: beside the output. length: of a segment, in seconds.
    cluster: makes the segments instead. survey: looks the film over.
    """

    devices: tuple[str, ...] = ()
    work: Path | None = None
    length: Fraction = LENGTH
    cluster: Cluster | None = None
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
        journal.expect(None)
        now = asked(order, colorizer)
        work = journal.read()
        if work is not None and work.asked != now:
            if not overwrite:
                raise _differs(order, journal, work.asked, now)
            work = None
        plan = _plan(order, means) if work is None else work.plan
        try:
            try:
                if len(plan.segments) > 1:
                    film = _Film(order, colorizer, means, journal, plan, work, now, listener)
                    result = film.make(overwrite)
                else:
                    result = _in_one_go(order, colorizer, means, plan, overwrite, listener)
            except IndivisibleError as error:
                journal.clear()
                plan = Plan((order.part,), str(error))
                result = _in_one_go(order, colorizer, means, plan, overwrite, listener)
        except BaseException as error:
            journal.expect(None)
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
    if plan.reason is not None and (plan.is_long or means.devices or means.cluster):
        listener.note(f"made in one go: {plan.reason}")
    return colorize_in_one_go(
        order, colorizer, overwrite=overwrite, listener=listener, survey=means.survey
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
        done: dict[int, _Done] = {}
        if self.work is not None:
            done = self._done()
            self.listener.note(f"going on: {len(done)} of {self._count} segments are done")
        with open_film(
            self.order,
            self.colorizer,
            overwrite=overwrite,
            listener=self.listener,
            survey=self.means.survey,
        ) as opened:
            work = self.work or self._begin(opened)
            opened.notes.tell(work.notes)
            try:
                self._make_missing(done, work, opened.reader)
                self._check()
            except IndivisibleError:
                raise
            except BaseException:
                if self.order.keep:
                    self._keep(opened)
                raise
            self._join(opened, self._count)
            if self.order.strict:
                refuse_losses(opened.reader, opened.writer)
            assert opened.writer.temporary is not None
            self.journal.expect(opened.writer.temporary)
        return Result.of(opened, time.monotonic() - began)

    def _begin(self, opened: OpenFilm) -> Work:
        """Read the film beforehand, if anything asks for that, and begin the journal."""
        known = len(opened.notes.notes)
        first = opened.read_beforehand(self.listener.reading)
        hints = opened.read_hints(first, self.listener.reading)
        work = Work(self.asked, self.plan, first, hints, tuple(opened.notes.notes[known:]))
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
        task = Task(order, work, reader.begin, reader.moved, reader.picture)
        journal = self.journal
        if self.means.cluster is not None:
            cluster, listener = self.means.cluster, self.listener
            make_on_cluster(task, colorizer, journal, cluster, missing, advance, listener)
            return
        if self.means.devices:
            tasks = [replace(task, order=replace(order, device=d)) for d in self.means.devices]
            make_segments(tasks, journal, missing, advance)
            return
        with SegmentMaker(task, colorizer if smallest == colorizer.batch_size else None) as maker:
            for index in missing:
                file, last = journal.unfinished_part(index), row_end(index, set(missing))
                enter(journal, index, maker.make(index, last, file, partial(advance, index)))

    def _check(self) -> None:
        """Raise IndivisibleError unless each segment follows upon the one before.

        Raises InputError, and forgets all that is done, where the source has changed meanwhile:
        each process opens it on its own, so that nobody knows which segments are of which film.
        """
        if fingerprint(self.order.source) != self.asked["source"]:
            self.journal.clear()
            raise InputError(
                f"{self.order.source}: has changed while it was being read; nothing made of it "
                "counts: begin anew when it is finished"
            )
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

    def _join(self, opened: OpenFilm, count: int, until: Fraction | None = None) -> None:
        """Join the first segments; until: as for `join`."""
        reader, writer, notes = opened.reader, opened.writer, opened.notes

        asked = opened.settings.batch_size
        assert asked is not None

        def parts() -> Iterator[tuple[EncodedPart, Path]]:
            for index in range(count):
                record = self._record(index)
                if record.batch_size < asked:
                    notes.tell([MEMORY_NOTE])
                for frame in record.notes:
                    notes.add_frame(frame)
                yield record.part, self.journal.part_file(index)

        join(writer, reader, parts(), until, self.listener.alive)
        notes.tell([*left_out(reader, writer), *writer.notes, *writer.losses])

    def _keep(self, opened: OpenFilm) -> None:
        """Join the segments that are done from the beginning on."""
        done = self._done()
        in_row = next(index for index in range(self._count + 1) if index not in done)
        if in_row:
            with suppress(VidcolorError):
                last = self._record(in_row - 1).part.times[-1]
                end = sum(last) * opened.reader.picture.time_base
                self._join(opened, in_row, end)


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
