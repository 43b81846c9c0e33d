"""An opened film file: its streams, and frames and packets from any place in it."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import av
from av.container.input import InputContainer
from av.stream import Stream

from vidcolor.errors import InputError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.animation import open_animation
from vidcolor.input.avi_clock import mended_time_bases
from vidcolor.input.cut_short import CHECKS
from vidcolor.input.decoder import FrameDecoder
from vidcolor.input.description import Programme, late_streams, programmes, told_tags
from vidcolor.input.flac_clock import FlacClock
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.late_streams import packets
from vidcolor.input.matroska import says_its_length
from vidcolor.input.mp4 import repeats_metadata, shows_chapters
from vidcolor.input.opening import open_film, pixel_cap
from vidcolor.input.sequence import SequenceContainer
from vidcolor.input.streams import (
    best_video,
    has_addition,
    is_cover,
    packet_end,
    stream_codec,
    stream_name,
)
from vidcolor.input.tag_text import TagText, kept_tags, printable
from vidcolor.input.timecode import adopt_reel_name

if TYPE_CHECKING:
    from av.container.core import Chapter

Item: TypeAlias = Frame | av.Packet
"""What a film is read as: decoded frames of the picture, and packets of the other streams."""

_COPIED_TYPES = ("audio", "subtitle", "attachment")
_MATROSKA = "matroska,webm"
# Containers that say how long they are, and by how many seconds a file must end earlier than it
# says to be taken for broken off.
_DECLARE_LENGTH = {_MATROSKA, "mov,mp4,m4a,3gp,3g2,mj2", "flv", "mxf", "rm"}
_SHORTEST_LOSS = Fraction(1, 2)


def in_order(waiting: deque[Item], rest: Iterable[Item]) -> Iterator[Item]:
    """Yield what waits and then the rest, and keep nothing that was yielded: frames are large."""
    while waiting:
        yield waiting.popleft()
    yield from rest


@dataclass(frozen=True)
class Cover:
    """Cover art: a still picture that players show for the film, in a stream of its own."""

    index: int
    """The index of its stream."""
    name: str
    """How a message names it."""
    codec: str
    """FFmpeg's name of it."""
    size: tuple[int, int]
    """Width and height."""
    content: bytes
    metadata: dict[str, str]


class Source:
    """A film file, opened at its beginning, from which frames and packets are read.

    Args:
        path: a film on disk, or a `FrameSequence`.
        keep_video: whether further video streams count as `copied`, and so the streams of other
            programmes.
        thorough: whether to look farther for streams that begin late, as `open_film`.
        film: what holds for the film's frames, as far as it is known already.
        threads: as for `FrameDecoder`.

    Raises:
        InputError: the file is missing, unreadable or no film.
        UnsupportedError: FFmpeg knows the codec but can't decode it, or the file asks for more
            than `limits` allow.
        UsageError: a variable of `limits` is set to nonsense.
    """

    container: InputContainer | SequenceContainer
    sequence: SequenceContainer | None
    """The container, if it is a frame sequence."""
    copied: list[Stream]
    """The streams whose packets `items` delivers, and attachments."""

    def __init__(
        self,
        path: Path,
        *,
        keep_video: bool = False,
        thorough: bool = False,
        film: Picture | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = path
        self.sequence = None
        self._animation_left_out: Sequence[str] = ()
        if isinstance(path, FrameSequence):
            self.sequence = SequenceContainer(path, pixel_cap())
            self.container = self.sequence
        else:
            animation = open_animation(path) if path.is_file() else None
            if animation:
                self._animation_left_out = animation.left_out
            self.container = open_film(path, animation, thorough=thorough)
        try:
            self.video = best_video(self.container, path)
            self.video.codec_context.options = pixel_cap()
            rate = self.video.guessed_rate or self.video.average_rate
            headers = self.sequence.headers if self.sequence else None
            self.decoder = FrameDecoder(path, self.video, rate or None, film, headers, threads)
        except BaseException:
            self.container.close()
            raise
        self._programmes: list[Programme] = []
        self._told: dict[tuple[str, str], str] = {}
        if isinstance(self.container, InputContainer):
            self._programmes = programmes(self.container)
            self._told = told_tags(self.container)
        kinds = (*_COPIED_TYPES, "video") if keep_video else _COPIED_TYPES
        self.copied = [
            s
            for s in self.container.streams
            if s.type in kinds
            and s is not self.video
            and not is_cover(s)
            and (keep_video or not self._other_programmes(s))
        ]
        adopt_reel_name(self.video, self.container.streams.data)
        self.tag_text = TagText()
        """What is known of the encoding of the tags that were asked for."""
        self.tag_text.read(self.container.metadata)
        for stream in self.container.streams:
            self.tag_text.read(stream.metadata, f"stream {stream.index}")
        self._time_bases = (
            mended_time_bases(path, self.container.streams.audio)
            if self.container.format.name == "avi"
            else {}
        )
        """Of sound whose packets tell wrong times, by the index of its stream."""
        self._flac = {
            stream.index: FlacClock(stream)
            for stream in self.container.streams.audio
            if self.container.format.name == "asf" and stream_codec(stream) == "flac"
        }
        self._is_whole = True
        """Whether all is read, not only the end once more."""
        self._pictures: dict[int, bytes] = {}
        self.decoding = True
        """Whether the picture is decoded; set to False to skip the rest of it."""
        self.broken_off: Fraction | None = None
        """Where damage ended the reading, in seconds on the film's clock; None if none did."""
        self.found: list[str] = []
        """What was found midway and is not delivered, such as streams, one line each."""

    def close(self) -> None:
        """Let go of the file."""
        self.container.close()

    def items(self) -> Iterator[Item]:
        """Yield frames, and packets of `copied`, from where the file stands to its end.

        Raises:
            InputError: as `FrameDecoder.decode`, or the disk fails.
            UnsupportedError: as `FrameDecoder.decode`.
        """
        copied = {stream.index for stream in self.copied}
        last = reached = Fraction(0)
        amid_packet = False
        try:
            for packet in packets(self.container):
                if packet.size and packet.stream_index not in self._time_bases:
                    reached = max(reached, packet_end(packet))
                amid_packet = packet.is_corrupt if packet.size else amid_packet
                if packet.stream is self.video:
                    if has_addition(packet) and not self._alpha_is_beside:
                        self._find("what Matroska keeps beside the picture's packets")
                    if not self.decoding:
                        continue
                    self.decoder.pushing_out = self.sequence is not None and not packet.duration
                    for frame in self.decoder.decode(packet):
                        last = self.time(frame)
                        yield frame
                elif packet.size and packet.stream_index in copied:
                    if packet.stream_index in self._time_bases:
                        packet.time_base = self._time_bases[packet.stream_index]
                        packet.duration = 0
                    elif packet.stream_index in self._flac:
                        self._flac[packet.stream_index].set(packet)
                    yield packet
                elif packet.size and is_cover(packet.stream) and not shows_chapters(packet.stream):
                    self._pictures[packet.stream_index] = bytes(packet)
            if self.decoding:
                yield from self._rest(last)
            if self._ends_too_early(reached + _SHORTEST_LOSS, amid_packet):
                self.broken_off = last
        except (av.error.InvalidDataError, av.error.PatchWelcomeError):
            self.broken_off = last
            yield from self.decoder.decode(av.Packet())
            yield from self._rest(last)
        except (MemoryError, BlockingIOError):  # no room for a frame or thread
            raise
        except (av.error.FFmpegError, OSError) as error:
            raise InputError(f"{self.path}: reading failed: {error.strerror}") from error
        self.find_late()

    def _rest(self, last: Fraction) -> Iterator[Frame]:
        """Yield the frames behind the time `last` that damage near the end took along.

        The decoder's threads, when there is nothing more to come, drop what is behind it. So the
        end is decoded once more, without threads. Not so in a program stream: not every frame has
        a time there, and after a seek FFmpeg may guess another, so that a frame would come twice.
        """
        seekable = not self.sequence and self.container.format.name != "mpeg"
        if not (seekable and self._is_whole and self.decoder.damage.lacks_frames):
            self.decoder.damage.end()
            return
        try:
            reopened = Source(self.path, film=self.decoder.picture)
        except InputError:  # the file has changed since
            self.decoder.damage.end()
            return
        with closing(reopened) as again:
            again._is_whole = False
            again.copied = []
            again.video.codec_context.thread_count = 1
            again.seek(last)
            for frame in again.items():
                if not isinstance(frame, Frame):
                    continue
                if again.time(frame) > last:
                    if self.decoder.picture is None:  # no frame came before the damage
                        self.decoder.picture = again.decoder.picture
                    yield frame
                else:
                    again.decoder.damage.forget()
            self.decoder.damage.take_end(again.decoder.damage, again.broken_off is not None)

    def find_late(self) -> None:
        """Look for streams and tags that appeared while the file was read up to here."""
        if isinstance(self.container, InputContainer):
            for line in (*late_streams(self.container), *self._changed_tags(self.container)):
                self._find(line)

    def _changed_tags(self, container: InputContainer) -> Iterator[str]:
        """Yield a line for each tag of the film, picture or programme that is another one now.

        The tags of sound that change come with its packets. Of Matroska all tags are looked up.
        """
        if container.format.name == _MATROSKA:
            return
        own = [f"Program {p.number}" for p in self._programmes if self.video.index in p.streams]
        owners = {"Input #0", f"Stream #0:{self.video.index}", *own}
        for (owner, name), text in told_tags(container).items():
            before = self._told.get((owner, name))
            if owner in owners and text != before and kept_tags({name: text}):
                how = "comes" if before is None else "changes"
                yield f"tag {printable(name)}, which {how} midway: {printable(text)}"

    def _find(self, line: str) -> None:
        if line not in self.found:
            self.found.append(line)

    @property
    def _alpha_is_beside(self) -> bool:
        """Whether packets of the picture have an alpha channel beside them."""
        return self.video.metadata.get("alpha_mode") == "1"

    def seek(self, time: Fraction) -> None:
        """Go to a key frame at or before `time`, in seconds on the film's clock.

        Nothing promises that the place is one, for some formats only guess: look at what arrives.
        """
        try:
            self.container.seek(int(time / self.decoder.time_base), stream=self.video)
        except av.error.FFmpegError:
            return
        self.decoder.after_seek()

    def time(self, frame: Frame) -> Fraction:
        """Return when `frame` is shown, in seconds on the film's clock."""
        return frame.pts * self.decoder.time_base

    def covers(self) -> list[Cover]:
        """Return the cover art, which is known once a frame has been delivered."""
        streams = (self.container.streams[index] for index in sorted(self._pictures))
        return [
            Cover(
                s.index,
                stream_name(s),
                stream_codec(s),
                (s.width, s.height),
                self._pictures[s.index],
                dict(s.metadata),
            )
            for s in streams
            if isinstance(s, av.VideoStream)
        ]

    def chapters(self) -> list["Chapter"]:
        """Return the chapters."""
        chapters = self.container.chapters()
        for chapter in chapters:
            self.tag_text.read(chapter["metadata"], "chapters")
        return chapters

    def left_out(self, repeated: Collection[int] = ()) -> list[str]:
        """Return what the file holds besides the picture, `copied` and `covers`, one line each.

        What frames tell, as an alpha channel, is not among it.

        repeated: the ids of streams that only repeat what comes along in another way.
        """
        lines = [*self._animation_left_out]
        if self.sequence is not None:
            lines += self.sequence.header.left_out
        if self._alpha_is_beside:
            lines.append("alpha channel")
        if cropping := self.decoder.cropping:
            stored = self.video.width, self.video.height
            shown = cropping.shown(*stored)
            lines.append(
                f"what the file's cropping hides (it shows {shown[0]}x{shown[1]} at "
                f"{cropping.left},{cropping.top} of {stored[0]}x{stored[1]})"
            )
        for stream in self.container.streams:
            if stream is self.video or stream in self.copied or stream.index in self._pictures:
                continue
            if repeats_metadata(stream) or (stream.type == "data" and stream.id in repeated):
                continue
            others = " and ".join(map(str, self._other_programmes(stream)))
            lines.append(stream_name(stream) + (f", of {others}" if others else ""))
        if len(self._programmes) > 1 and any(map(self._other_programmes, self.copied)):
            lines.append("which programme each stream belongs to")
        return lines

    @property
    def service(self) -> dict[str, str]:
        """The names of the service that sends the picture, as tags."""
        own = [p.service for p in self._programmes if self.video.index in p.streams]
        return own[0] if own else {}

    def _other_programmes(self, stream: Stream) -> list[Programme]:
        """Return the programmes of `stream` if it is not of the picture's."""
        own = [p for p in self._programmes if self.video.index in p.streams]
        if not own or any(stream.index in p.streams for p in own):
            return []
        return [p for p in self._programmes if stream.index in p.streams]

    @cached_property
    def declared_length(self) -> Fraction | None:
        """How long the file says it is, in seconds; None where FFmpeg guesses it, or says nothing.

        Raises InputError if the disk fails.
        """
        if self.container.format.name == _MATROSKA:
            try:
                if not says_its_length(self.path):
                    return None
            except OSError as error:
                raise InputError(f"{self.path}: reading failed: {error.strerror}") from error
        if self.container.duration is not None:
            return Fraction(self.container.duration, av.time_base)
        if self.video.duration is not None:
            return self.video.duration * self.decoder.time_base
        return None

    def _ends_too_early(self, reached: Fraction, amid_packet: bool) -> bool:
        """Tell whether the file has lost its end.

        reached: up to where it was read, in seconds, and a tolerance. amid_packet: whether FFmpeg
        found the last packet incomplete. Raises OSError.
        """
        name = self.container.format.name
        if amid_packet and name != "mpegts":  # whose recordings begin and end anywhere
            return True
        if name == "avi" and self.video.time_base is not None:
            return self.video.frames * self.video.time_base > reached
        if name in CHECKS and CHECKS[name](self.path):
            return True
        return name in _DECLARE_LENGTH and (self.declared_length or 0) > reached
