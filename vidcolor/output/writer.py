"""Writing films: the source's luma with new chroma, and everything else as it was."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.stream import Stream

from vidcolor.color.yuv import Matrix
from vidcolor.errors import OutputError, UsageError
from vidcolor.files import PIPE, StandardOutput, Target, container_format, write_failure
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.reader import Reader
from vidcolor.input.tag_text import RAW, kept_tags
from vidcolor.output.encoded_part import EncodedPart
from vidcolor.output.encoders import EncoderSettings, for_sequence
from vidcolor.output.fixity import fixity_notes
from vidcolor.output.tags import copy_tags, unknown_tags, with_comment
from vidcolor.output.tracks import Tracks
from vidcolor.output.verify import Manifest, count_streams
from vidcolor.output.video import VideoEncoder
from vidcolor.signals import undivided

# MP4 and MOV delay a stream in units of the whole film's clock, 1/1000 s unless told otherwise.
_EXACT_EDITS = {"movie_timescale": "90000"}


@dataclass(frozen=True)
class WriterOptions:
    """Says what a writer is to do besides writing.

    overwrite: replace an existing file. verify: read the film again before it appears, and compare.
    keep_color: frames with the source's own chroma will come, as for `VideoEncoder`. keep: of a
    film that fails, leave what is done under its temporary name, ended so that players open it if
    the disk allows; a note on the exception says where. alive: is called while the film is read
    again.
    """

    overwrite: bool = False
    verify: bool = False
    keep_color: bool = False
    keep: bool = False
    alive: Callable[[], None] = lambda: None


class Writer:
    """A film that appears at `path` when the context ends without an exception.

    Until then it is written beside it under a temporary name, which no failure leaves behind unless
    it is asked to.

    Args:
        path: its suffix names the container: .mkv .mp4 .m4v .mov .webm; `PIPE`: Matroska, onto
            standard output, as it is made.
        reader: the film whose streams, chapters and metadata are taken over.
        settings: the encoder.
        comment: added to the film's comment tag.
        picture: what holds for the frames that will come; None: the reader's.
        options: what is asked for besides.

    Raises:
        UsageError: unknown container, encoder or encoder option; the output exists or is the
            input.
        UnsupportedError: the encoder can't hold the film's depth or size, or, if asked to keep it,
            its color.
        OutputError: the encoder does not start, or the file can't be written; also while
            writing and at the end.
    """

    chroma_shape: tuple[int, int]
    """(height, width) of each chroma plane."""
    matrix: Matrix
    """In which chroma is expected."""
    left_out: list[str]
    """Copied streams of the reader that the container can't hold, one line each."""
    copies: dict[int, Stream]
    """The stream that each copied one of the source goes to, by its index there."""
    converted: set[int]
    """The indices of those in `copies` that change their codec."""
    encoder: EncoderSettings
    """How the picture is encoded: as asked for, or as `for_sequence` chooses."""
    verified: str | None
    """What `verify` found, once the film is there."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        reader: Reader,
        settings: EncoderSettings,
        *,
        comment: str,
        picture: Picture | None = None,
        options: WriterOptions = WriterOptions(),
    ) -> None:
        self.path = Path(path)
        self._keep, self._alive = options.keep, options.alive
        self._source_size = reader.size
        if options.verify and self.path == PIPE:
            raise UsageError("-: standard output can't be read again; leave --verify out")
        picture = picture or reader.picture
        sequence = isinstance(reader.path, FrameSequence)
        self.encoder = for_sequence(settings, picture.depth, self.path) if sequence else settings
        self._manifest = Manifest(picture.time_base) if options.verify else None
        self.verified = None
        self._encoder = VideoEncoder(
            self.path, self.encoder, picture, reader.path, options.keep_color
        )
        self.matrix, self.chroma_shape = self._encoder.matrix, self._encoder.chroma_shape
        self._target = (
            StandardOutput()
            if self.path == PIPE
            else Target(self.path, reader.path, options.overwrite)
        )
        container = container_format(self.path)
        suffix = self.path.suffix or ".mkv"
        is_matroska = container in ("matroska", "webm")
        self._losses = list(reader.losses)
        self._container = av.open(
            self._target.file,
            "w",
            format=container,
            metadata_errors=RAW,
            container_options={} if is_matroska else _EXACT_EDITS,
        )
        try:
            with self._failures():
                self._video = self._encoder.open_stream(self._container)
                self._losses += copy_tags(self._video, reader.video, container, suffix)
                self._tracks = Tracks(self._container, container, suffix, reader)
                self._container.set_chapters(reader.chapters)
                if not is_matroska and any(
                    c["metadata"].keys() - {"title"} for c in reader.chapters
                ):
                    self._losses.append(f"tags of chapters: lost, {suffix} has no word for them")
                tags = kept_tags(reader.metadata)
                unknown = [] if is_matroska else unknown_tags(tags, container)
                if unknown:
                    names = ", ".join(f"tag {name}" for name in unknown)
                    self._losses.append(f"{names}: lost, {suffix} has no word for it")
                self._container.metadata.update(with_comment(tags, comment))
                self._container.start_encoding()
                self._container.mux(self._tracks.covers)
        except BaseException:
            self.discard()
            raise
        self.left_out, self.copies = self._tracks.left_out, self._tracks.streams
        self.converted = self._tracks.converted
        self._notes = [*reader.notes, *self._encoder.notes]
        if self.encoder != settings:
            self._notes.append(
                f"{picture.depth} bits: encoded with {self.encoder.name}, losslessly"
            )
        self._notes += fixity_notes(s for s in reader.copied if s.index in self.copies)
        self._written = 0
        self._begun = self._finished = False

    @property
    def temporary(self) -> Path | None:
        """The file that is written until the film has its name; None on standard output."""
        return self._target.temporary if isinstance(self._target, Target) else None

    def keep_aspects(self, reader: Reader) -> None:
        """Have frames of `reader`, a whole film, keep each its own pixel aspect, if the file can.

        Otherwise frames come scaled to the film's.
        """
        if self._encoder.carries_aspects:
            self._encoder.keeps_aspects = True
            reader.keep_aspects()

    @property
    def notes(self) -> list[str]:
        """What is known so far to be otherwise than in the source, though not lost, a line each."""
        return [*self._notes, *self._tracks.notes]

    @property
    def losses(self) -> list[str]:
        """Losses known so far, other than streams in `left_out`, one line each."""
        return [*self._encoder.losses, *self._losses, *self._tracks.losses]

    @property
    def carried(self) -> set[str]:
        """What the picture's stream can hold of `Marks.attached`, by its names."""
        return self._encoder.carried

    def look(self, frame: Frame, time: Fraction) -> None:
        """Take note of what would be lost of a frame that will come: `losses` tells it.

        time: when the frame is shown, in seconds.
        """
        self._encoder.look(frame, time)

    def write(self, frame: Frame, chroma: np.ndarray) -> None:
        """Encode one frame.

        Args:
            frame: its luma goes into the film untouched.
            chroma: (2, *chroma_shape) of the luma's dtype, U then V codes of the film's range.

        Raises:
            OutputError: encoding or writing failed.
        """
        self._begun = True
        with self._failures(), undivided():  # what came out of the encoder goes into the film
            self._mux_all(self._encoder.encode(frame, chroma))
        if self._manifest:
            self._manifest.add(frame)

    def expect(self, part: EncodedPart) -> None:
        """Take note of the frames of the picture's next part, instead of `write` for each of them.

        Its packets are to be given to `write_encoded`.

        Raises:
            OutputError: the part was not encoded as this film is.
        """
        if part.parameters != self._encoder.parameters.hex():
            raise OutputError(
                f"{self.path}: a part of the film was encoded otherwise than the rest would be; "
                "begin anew with --overwrite"
            )
        self._begun = True
        for (pts, duration), lost in zip(part.times, part.lost_of_each(), strict=True):
            self._encoder.expect(pts, duration, lost)
        if self._manifest:
            self._manifest.add_part([pts for pts, _ in part.times], part.luma)

    def write_encoded(self, packet: av.Packet) -> None:
        """Take over a packet of an expected part.

        Raises:
            OutputError: writing failed.
        """
        with self._failures(), undivided():
            self._mux_all(self._encoder.take(packet))

    def copy(self, packet: av.Packet) -> None:
        """Take over a packet of one of the reader's copied streams.

        Its payload is untouched, unless the stream is one of `converted`.

        Raises:
            OutputError: writing failed.
        """
        self._mux(self._tracks.take(packet))

    def end_tracks(self) -> None:
        """Write what is held back of the copied streams; `losses` then tells all of theirs.

        Raises:
            OutputError: writing failed.
        """
        self._mux(self._tracks.finish())

    def _mux(self, packets: Iterable[av.Packet]) -> None:
        with self._failures(), undivided():
            self._mux_all(packets)

    def _mux_all(self, packets: Iterable[av.Packet]) -> None:
        for packet in packets:
            self._written += packet.size
            self._container.mux(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
                with self._failures():
                    if self._manifest:
                        assert isinstance(self._target, Target)
                        self.verified = self._manifest.check(
                            self._target.temporary,
                            self._made,
                            self._encoder.is_lossless,
                            self.path,
                            self._alive,
                        )
                    self._target.commit()
        except BaseException as failure:
            error = failure
            raise
        finally:
            if error is not None and self._keep and self._begun:
                self._leave(error)
            else:
                self.discard()

    def _finish(self) -> None:
        """Write what is still held back, and the container's end."""
        self.end_tracks()
        with self._failures():
            self._container.mux(self._encoder.finish())
            self._made = count_streams([self._video, *self._tracks.kept()])
            self._container.close()
        self._finished = True

    def _leave(self, error: BaseException) -> None:
        """Keep what is done, and let `error` say where."""
        with contextlib.suppress(OutputError):
            if not self._finished:
                self._finish()
        with contextlib.suppress(av.error.FFmpegError):
            self._container.close()
        if place := self._target.left():
            error.add_note(f"kept{'' if self._finished else ', without its end'}: {place}")

    def shortage(self, share: Fraction) -> str | None:
        """Return a line that warns of a disk that will not hold the film; None if it will.

        share: of the film that is written. Before anything is, the film is taken to become as
        large as its source.
        """
        if not share:
            return self._target.shortage(self._source_size, Fraction(1))
        return self._target.shortage(self._written, share)

    def discard(self) -> None:
        """Give up: nothing is left of the film."""
        with contextlib.suppress(av.error.FFmpegError):
            self._container.close()
        self._target.discard()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what FFmpeg and the disk say into one line."""
        try:
            yield
            self._target.flush()
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self.path}: {write_failure(error)}") from error
