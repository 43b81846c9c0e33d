"""Reading a film: frames to colorize, packets to copy, and what the file says about itself."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
from av.container.input import InputContainer
from av.stream import Stream

from vidcolor.errors import InputError, UsageError
from vidcolor.input import matroska, mp4, riff
from vidcolor.input.description import sound_layouts
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.limits import FILM_PIXELS, PIXELS_VARIABLE, max_pixels
from vidcolor.input.midway import Midway
from vidcolor.input.pixel_formats import is_rgb
from vidcolor.input.source import Cover, Item, Source, in_order
from vidcolor.input.span import Excerpt, Span
from vidcolor.input.streams import packet_time
from vidcolor.input.timecode import advance_timecodes
from vidcolor.input.untold_rate import untold_rate

if TYPE_CHECKING:
    from av.container.core import Chapter


_MICROSECOND = Fraction(1, av.time_base)


class Reader:
    """A film, opened for one pass; a context manager.

    Iterating yields, in the order of the file, a `Frame` for every frame of the best video
    stream, and the packets of the streams in `copied`. All times are the file's own. A packet
    of a closed reader must not be touched; a frame stays valid.

    With `start` or `duration`, only the frames shown from `start` up to `start + duration`
    seconds are delivered, and around them the `run_up` frames before and the `run_out` frames
    behind, which are marked as outside. `start` counts from where players and FFmpeg see the film
    begin: the start time of the container, which is that of its earliest stream. All times are
    then moved so that the span's first frame is at 0, and timecodes by as much. Packets outside
    the span are dropped; a subtitle already on screen and the chapters are shortened to the part
    within it.

    Args:
        path: a film on disk, or a `FrameSequence`.
        start, duration: the span, in seconds.
        run_up, run_out: how many frames to decode before and behind the span, as far as the film
            has them.
        keep_video: whether further video streams are copied too; not together with a span.
        thorough: whether to look farther for streams that begin late, which takes a moment.

    Raises:
        InputError: the file is missing, unreadable, no film or encrypted, or nothing of it can be
            decoded.
        UnsupportedError: the film is PQ or HLG, or its pixel format is unknown; while iterating,
            it changes its size, depth or range, or its times start over.
        UsageError: the span is negative or holds no frame, or comes with `keep_video`.
    """

    path: Path
    picture: Picture
    copied: list[Stream]
    """The audio, subtitle, attachment and kept video streams, in the order of the file."""
    covers: list[Cover]
    metadata: dict[str, str]
    chapters: list["Chapter"]
    notes: list[str]
    """What there is to tell of tags, a frame sequence or the rate, of which nothing is lost."""
    losses: list[str]
    """What of its attachments, chapters and tags is lost in reading, one line each."""
    duration: Fraction | None
    """How many seconds iterating will deliver, as far as the file says; None if it does not."""
    begin: Frame
    """The first frame within the span, or of the film, without its planes."""
    moved: int
    """By how many ticks the times of frames are moved, so that a span begins at 0."""
    previous: int | None
    """The pts that the frame before a span has in the file; None if there is no run-up to it."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        start: Fraction | None = None,
        duration: Fraction | None = None,
        run_up: int = 0,
        run_out: int = 0,
        keep_video: bool = False,
        thorough: bool = False,
        threads: int | None = None,
    ) -> None:
        self.path = path if isinstance(path, Path) else Path(path)
        if keep_video and not start is duration is None:
            raise UsageError(
                f"{path}: further video streams can't be cut; keep them or take a part, not both"
            )
        self._thorough, self._threads = thorough, threads
        self._source = Source(self.path, keep_video=keep_video, thorough=thorough, threads=threads)
        try:
            self._open(start, duration, run_up, run_out)
        except BaseException:
            self.close()
            raise

    def _open(
        self, start: Fraction | None, duration: Fraction | None, run_up: int, run_out: int
    ) -> None:
        """Read up to the first frame, which tells the format, and move to the span if asked."""
        source = self._source
        items = source.items()
        ahead = list(_to_first_frame(items))
        if not ahead or not isinstance(ahead[-1], Frame):
            raise InputError(
                f"{self.path}: no frame could be decoded; is the file complete, and its picture "
                f"within {max_pixels(FILM_PIXELS)} pixels ({PIXELS_VARIABLE} sets another limit)?"
            )
        assert source.decoder.picture is not None
        self.picture = source.decoder.picture
        self.metadata = {**source.service, **source.container.metadata}
        self.chapters = source.chapters()
        self.losses = []
        self.notes = list(source.tag_text.notes)
        if source.sequence is not None:
            self.notes += source.sequence.notes
            if is_rgb(self.picture.pixel_format):
                depth = self.picture.depth
                extent = "full" if self.picture.full_range else "limited"
                self.notes.append(
                    f"stored as RGB: becomes luma of {depth} bits, {extent} range (BT.709)"
                )
        self.notes += untold_rate(self.path, source.video)
        repeated = self._look_beyond_ffmpeg()
        self._left_out = source.left_out(repeated)
        self.covers = source.covers()
        self.duration = source.declared_length
        self._items: Iterator[Item] = in_order(deque(ahead), items)
        self._midway = Midway(constant_rate(source.video))
        first = source.time(ahead[-1])
        begin = source.container.start_time
        origin = first if begin is None else begin * _MICROSECOND
        self._start = origin
        self.moved, self.previous = 0, None
        self._is_whole = start is duration is None
        if start is not None or duration is not None:
            span = Span.of(origin, start, duration)
            source.close()  # the excerpt opens the file anew, as often as it must seek
            excerpt = Excerpt(
                self.path,
                span,
                first=first,
                film=self.picture,
                run_up=run_up,
                run_out=run_out,
                thorough=self._thorough,
                threads=self._threads,
            )
            self._source = excerpt.source
            assert excerpt.source.decoder.picture is not None
            self.picture = excerpt.source.decoder.picture  # another one where the size changed
            self._items = excerpt.items()
            tags = [self.metadata, *(s.metadata for s in (self.video, *self._source.copied))]
            if self._tells_timecode(excerpt.begin):
                self.metadata.pop("timecode", None)
            removed = advance_timecodes(tags, excerpt.zero - first, constant_rate(self.video))
            self._left_out += [f"timecode {each}: of a part it can't be told" for each in removed]
            self._start = origin - excerpt.zero
            self.moved, self.previous = excerpt.ticks, excerpt.previous
            self.chapters = excerpt.chapters(self.chapters)
            if self.duration is not None:
                rest = origin + self.duration - excerpt.zero
                self.duration = rest if duration is None else min(rest, duration)
            begins = replace(excerpt.begin, pts=excerpt.begin.pts - self.moved)
        else:
            begins = ahead[-1]
        self.begin = begins.without_planes()
        self._take_header(self.begin)
        self._midway.see(self.begin, self.seconds(self.begin), self.picture)
        self.copied = self._source.copied

    def _take_header(self, first: Frame) -> None:
        """Take over what the first frame that is delivered says of the film's timecode and date."""
        header = first.marks.header
        if header is None:
            return
        if header.timecode is not None and self._tells_timecode(first):
            self.metadata["timecode"] = header.timecode
        if header.recorded is not None:
            name = "DATE_RECORDED" if "date" in self.metadata else "date"
            self.metadata[name] = str(header.recorded)
        if self._source.sequence is None:
            self._left_out += header.left_out

    def _tells_timecode(self, frame: Frame) -> bool:
        """Whether a frame itself tells its timecode, and no track of the film does."""
        header = frame.marks.header
        return bool(header and header.timecode) and "timecode" not in self.video.metadata

    def _look_beyond_ffmpeg(self) -> list[int]:
        """Name what FFmpeg does not carry of the film, and undo what it confuses.

        Returns the ids of tracks that only repeat the chapters.
        """
        name = self._source.container.format.name
        try:
            if "matroska" in name:
                self._look_into_matroska(matroska.Beyond(self.path))
            elif "mp4" in name:
                beyond = mp4.Beyond(self.path)
                self._look_into_mp4(beyond)
                return beyond.chapter_tracks
            elif name == "avi":
                tags = riff.Beyond(self.path)
                self.metadata = tags.with_unread(self.metadata)
                self.losses += tags.losses(self.metadata)
        except OSError as error:
            raise InputError(f"{self.path}: reading failed: {error.strerror}") from error
        return []

    def _look_into_matroska(self, beyond: matroska.Beyond) -> None:
        streams = [stream.metadata for stream in self._source.container.streams]
        self.losses += beyond.attachments(
            tags["filename"] for tags in streams if "filename" in tags
        )
        self.losses += beyond.additions()
        self.losses += beyond.chapters(chapter["id"] for chapter in self.chapters)
        self.losses += beyond.tags(
            self.metadata,
            streams,
            [chapter["metadata"] for chapter in self.chapters],
        )
        self.metadata = matroska.at_film_level(self.metadata)
        self.chapters = [c for c in self.chapters if beyond.is_of_first_edition(c["id"])]

    def _look_into_mp4(self, beyond: mp4.Beyond) -> None:
        streams = list(self._source.container.streams)
        self.chapters = beyond.of_one_list(self.chapters)
        self.losses += beyond.chapters(self.chapters, streams)
        self.losses += beyond.edits()
        self.metadata = beyond.with_unread(self.metadata)
        self.losses += beyond.tags(self.metadata, {s.id: s.metadata for s in streams})

    @property
    def video(self) -> av.VideoStream:
        """The stream that is decoded, for its metadata and disposition."""
        return self._source.video

    def sound_layouts(self) -> dict[int, str]:
        """Return the channel layouts of sound tracks, by the indices of their streams.

        Those that FFmpeg does not know are missing.
        """
        container = self._source.container
        return sound_layouts(container) if isinstance(container, InputContainer) else {}

    def seconds(self, item: Item) -> Fraction:
        """Return when `item` is shown, in seconds from where players see the film begin.

        With a span too, this counts from the beginning of the film, not of the span.
        """
        if isinstance(item, Frame):
            return item.pts * self.picture.time_base - self._start
        return packet_time(item) - self._start

    @property
    def size(self) -> int:
        """How many bytes the film takes on disk; of a frame sequence an estimate."""
        return self._source.container.size

    @property
    def left_out(self) -> list[str]:
        """What is neither decoded nor delivered, as far as it is known, one line each: alpha
        channel, data, further video streams, streams that begin midway."""
        return [*self._midway.lines, *self._left_out, *self._source.found]

    def keep_aspects(self) -> None:
        """Deliver the frames from here on as they are stored, also with another pixel aspect."""
        self._source.decoder.keeps_aspects = True

    @property
    def changes(self) -> list[str]:
        """Where frames so far had another pixel aspect or turn than the film, one line each.

        They are delivered with the film's pixel aspect.
        """
        decoder, usual = self._source.decoder, self.picture.sample_aspect_ratio or 1
        scaled = [
            f"pixel aspect {aspect} at {float(pts * decoder.time_base - self._start):.3f} s: "
            f"scaled to {usual}"
            for aspect, pts in decoder.scaled.items()
        ]
        return [*scaled, *self._midway.turned]

    @property
    def warnings(self) -> list[str]:
        """What has gone wrong so far without stopping the work, one line each."""
        decoder, stopped = self._source.decoder, self._source.broken_off
        damage, times, late = (
            decoder.damage,
            decoder.times,
            "had a time that did not advance: moved on by a tick",
        )
        counts = (
            (damage.count, "damaged packet{s} could not be decoded", damage.first),
            (decoder.damaged_frames, "frame{s} came damaged out of the decoder", None),
            (times.mended, f"frame{{s}} {late}", times.first_mended),
        )
        lines = [
            f"{n} {line.format(s='s' * (n != 1))}"
            + ("" if first is None else f", the first at {float(first * decoder.time_base):.3f} s")
            for n, line, first in counts
            if n
        ]
        if self._source.sequence is not None:
            lines += self._source.sequence.warnings
        if stopped is not None:
            lines.append(f"the file is damaged at {float(stopped):.1f} s: reading ended there")
        return lines

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            if isinstance(item, Frame) and not item.outside:
                self._midway.see(item, self.seconds(item), self.picture)
            yield item

    def packets(self) -> Iterator[av.Packet]:
        """Yield the packets alone, instead of iterating; a whole film is then not decoded."""
        # Only its frames tell where a span ends in the file.
        self._source.decoding = not self._is_whole
        return (item for item in self._items if isinstance(item, av.Packet))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.copied = []
        self._source.close()


def _to_first_frame(items: Iterator[Item]) -> Iterator[Item]:
    """Yield items up to the first frame, which is the last of them."""
    for item in items:
        yield item
        if isinstance(item, Frame):
            return


def constant_rate(video: av.VideoStream) -> Fraction | None:
    """Return the frames a second of a film; None where they seem to vary."""
    rate, average = video.guessed_rate, video.average_rate
    if video.container.format.name == "dv":  # FFmpeg's average is none, and frames can't vary
        return rate or None
    if not rate or not average or abs(average - rate) > rate / 100:
        return None
    return rate
