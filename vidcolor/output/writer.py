"""Writing films: the source's luma with new chroma, and everything else as it was."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.codec.context import Flags
from av.stream import Stream
from av.video.plane import VideoPlane
from av.video.reformatter import ColorPrimaries, Colorspace

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.files import PIPE, StandardOutput, Target, container_format, write_failure
from vidcolor.input.color_tags import source_matrix
from vidcolor.input.frames import Frame, Picture
from vidcolor.input.pixel_formats import FULL_RANGE, LIMITED_RANGE, chroma_sampling
from vidcolor.input.pyav_gaps import FieldMarker
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import (
    QUICKTIME_CODEC_TAGS,
    EncoderSettings,
    encoder_options,
    is_lossless,
    pixel_format,
)
from vidcolor.output.tags import copy_tags, kept_tags, unknown_tags, with_comment
from vidcolor.output.tracks import Tracks
from vidcolor.output.verify import Manifest, count_streams
from vidcolor.output.video import Durations
from vidcolor.signals import undivided

# Codecs that carry the pixel aspect themselves; Matroska's own field is out of PyAV's reach.
_CARRY_ASPECT = {"h264", "hevc", "mpeg4", "mpeg2video"}

# MP4 and MOV delay a stream in units of the whole film's clock, 1/1000 s unless told otherwise.
_EXACT_EDITS = {"movie_timescale": "90000"}


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
        overwrite: replace an existing file.
        verify: read the film again before it appears, and compare.
        keep_colour: frames with the source's own chroma will come: keep its sampling, matrix and
            primaries.
        keep: of a film that fails, leave what is done under its temporary name, ended so that
            players open it if the disk allows; a note on the exception says where.

    Raises:
        UsageError: unknown container, encoder or encoder option; the output exists or is the
            input.
        UnsupportedError: the encoder can't hold the film's depth or size, or, if asked to keep it,
            its colour.
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
    notes: list[str]
    """What is otherwise than in the source, though nothing of it is lost, one line each."""
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
        overwrite: bool = False,
        verify: bool = False,
        keep_color: bool = False,
        keep: bool = False,
    ) -> None:
        self._keep = keep
        self.path = Path(path)
        self._source_size = reader.path.stat().st_size
        if verify and self.path == PIPE:
            raise UsageError("-: standard output can't be read again; leave --verify out")
        self._suffix = self.path.suffix or ".mkv"
        self._picture = picture = picture or reader.picture
        self._record = Manifest(picture.time_base) if verify else None
        self.verified = None
        self._encoder, options = encoder_options(settings, self.path)
        self._lossless = is_lossless(self._encoder, options, picture.depth)
        self.matrix, sampling = _kept_color(picture, reader.path) if keep_color else (BT709, None)
        self._tagged_matrix = picture.matrix if keep_color else int(Colorspace.ITU709)
        self._primaries = picture.primaries if keep_color else int(ColorPrimaries.BT709)
        self._format = pixel_format(
            self._encoder,
            picture.depth,
            picture.width,
            picture.height,
            interlaced=picture.field_order is not None,
            sampling=sampling,
        )
        pixels = av.VideoFormat(self._format, picture.width, picture.height)
        self.chroma_shape = (pixels.chroma_height(), pixels.chroma_width())
        self._fields = picture.field_order and FieldMarker(
            picture.field_order, picture.width, picture.height, self._format, picture.time_base
        )
        self._target = (
            StandardOutput() if self.path == PIPE else Target(self.path, reader.path, overwrite)
        )
        container = container_format(self.path)
        self._is_matroska = container in ("matroska", "webm")
        self.notes, self._losses = self._differences()
        self._container = av.open(
            self._target.file,
            "w",
            format=container,
            container_options={} if self._is_matroska else _EXACT_EDITS,
        )
        try:
            with self._failures():
                self._video = self._add_video(reader, options)
                self._tracks = Tracks(self._container, container, self._suffix, reader)
                self._container.set_chapters(reader.chapters)
                self._container.metadata.update(self._film_tags(reader, comment))
                self._container.start_encoding()
                self._container.mux(self._tracks.covers)
        except BaseException:
            self.discard()
            raise
        self.left_out, self.copies = self._tracks.left_out, self._tracks.streams
        self.converted = self._tracks.converted
        self.notes += self._tracks.notes
        self._written = 0
        self._begun = self._finished = False
        self._durations = Durations(by_decoding_time=not self._is_matroska)

    @property
    def losses(self) -> list[str]:
        """What of the source the film so far does not keep, besides `left_out`, one line each."""
        return [*self._losses, *self._tracks.losses]

    def write(self, frame: Frame, chroma: np.ndarray) -> None:
        """Encode one frame.

        Args:
            frame: its luma goes into the film untouched.
            chroma: (2, *chroma_shape) of the luma's dtype, U then V codes of the film's range.

        Raises:
            OutputError: encoding or writing failed.
        """
        self._begun = True
        planes = (frame.luma, chroma[0], chroma[1])
        picture = self._blank()
        for plane, codes in zip(picture.planes, planes, strict=True):
            _fill(plane, codes)
        self._tag_color(picture)
        picture.pts = frame.pts
        picture.duration = frame.duration
        picture.time_base = self._picture.time_base
        self._durations.expect(frame.pts, frame.duration)
        with self._failures(), undivided():  # what came out of the encoder goes into the film
            packets = self._durations.timed(self._video.encode(picture))
            self._written += sum(packet.size for packet in packets)
            self._container.mux(packets)
        if self._record:
            self._record.add(frame)

    def _blank(self) -> av.VideoFrame:
        if self._fields is not None:
            return self._fields.frame()
        return av.VideoFrame(self._picture.width, self._picture.height, self._format)

    def copy(self, packet: av.Packet) -> None:
        """Take over a packet of one of the reader's copied streams.

        Its payload is untouched, unless the stream is one of `converted`.

        Raises:
            OutputError: writing failed.
        """
        self._mux(self._tracks.take(packet))

    def _mux(self, packets: Iterable[av.Packet]) -> None:
        with self._failures(), undivided():
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
                    if self._record:
                        assert isinstance(self._target, Target)
                        self.verified = self._record.check(
                            self._target.temporary, self._made, self._lossless, self.path
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
        self._mux(self._tracks.finish())
        with self._failures():
            self._container.mux(self._durations.timed(self._video.encode(None)))
            self._container.mux(self._durations.last())
            self._made = count_streams(self._container.streams)
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
        """A line that warns of a disk that will not hold the film, of which `share` is written.

        Before anything is, the film is taken to become as large as its source.
        """
        if not share:
            return self._target.shortage(self._source_size, Fraction(1))
        return self._target.shortage(self._written, share)

    def discard(self) -> None:
        """Give up: nothing is left of the film."""
        with contextlib.suppress(av.error.FFmpegError):
            self._container.close()
        self._target.discard()

    def _add_video(self, reader: Reader, options: dict[str, str]) -> av.VideoStream:
        picture = self._picture
        stream = self._container.add_stream(
            self._encoder, rate=picture.average_rate, width=picture.width, height=picture.height
        )
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        context.pix_fmt = self._format
        context.time_base = stream.time_base = picture.time_base
        context.flags |= Flags.frame_duration
        if picture.field_order is not None:
            context.flags |= Flags.interlaced_dct
            context.field_order = picture.field_order.value
        if picture.sample_aspect_ratio:
            context.sample_aspect_ratio = picture.sample_aspect_ratio
        self._tag_color(context)
        tag = QUICKTIME_CODEC_TAGS.get(context.codec.canonical_name)
        if tag and not self._is_matroska:
            context.codec_tag = tag
        context.options = options
        self._start(context, options)
        container = container_format(self.path)
        self._losses += copy_tags(stream, reader.video, container, self._suffix)
        stream.set_display_matrix(picture.display_matrix)
        return stream

    def _tag_color(self, tagged: av.VideoFrame | av.VideoCodecContext) -> None:
        tagged.colorspace = self._tagged_matrix
        tagged.color_primaries = self._primaries
        tagged.color_trc = self._picture.transfer
        tagged.color_range = FULL_RANGE if self._picture.full_range else LIMITED_RANGE

    def _start(self, context: av.VideoCodecContext, options: dict[str, str]) -> None:
        try:
            context.open()
        except av.error.FFmpegError as error:
            given = " ".join(f"{name}={value}" for name, value in options.items())
            raise OutputError(
                f"{self.path}: {self._encoder} does not start with {given or 'its defaults'} "
                f"({error.strerror}); check its options, or choose another --encoder: "
                "'vidcolor info' lists those that open here"
            ) from error
        if context.options:
            raise UsageError(
                f"{self._encoder} has no option {', '.join(context.options)}; "
                f"'ffmpeg -h encoder={self._encoder}' lists them"
            )

    def _differences(self) -> tuple[list[str], list[str]]:
        """What of the picture is otherwise than in the source: nothing lost, and lost."""
        picture, notes, losses = self._picture, [], []
        size = f"{picture.width}x{picture.height}"
        if picture.width % 2 or picture.height % 2:
            notes.append(f"odd size {size}: written as 4:4:4")
        elif picture.field_order is not None and picture.height % 4:
            notes.append(f"fields of odd height in {size}: written as 4:4:4")
        aspect = picture.sample_aspect_ratio
        codec = av.Codec(self._encoder, "w").canonical_name
        if aspect not in (None, 1) and self._is_matroska and codec not in _CARRY_ASPECT:
            losses.append(f"pixel aspect {aspect}: lost, {self._suffix} with {self._encoder}")
        return notes, losses

    def _film_tags(self, reader: Reader, comment: str) -> dict[str, str]:
        tags = kept_tags(reader.metadata)
        unknown = [] if self._is_matroska else unknown_tags(tags, container_format(self.path))
        if unknown:
            names = ", ".join(f"tag {name}" for name in unknown)
            self._losses.append(f"{names}: lost, {self._suffix} has no word for it")
        return with_comment(tags, comment)

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what FFmpeg and the disk say into one line."""
        try:
            yield
            self._target.flush()
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self.path}: {write_failure(error)}") from error


def _kept_color(picture: Picture, source: Path) -> tuple[Matrix, str | None]:
    """Matrix and chroma sampling of a film whose colour stays."""
    try:
        return (
            source_matrix(picture.matrix, picture.primaries, picture.width, picture.height),
            chroma_sampling(picture.pixel_format, picture.width, picture.height),
        )
    except UnsupportedError as error:
        raise UnsupportedError(
            f"{source}: {error}; convert the film to BT.709 in yuv420p, or leave --only-gray out"
        ) from None


def _fill(plane: VideoPlane, codes: np.ndarray) -> None:
    """Copy (H, W) codes into a plane of the same size."""
    if codes.shape != (plane.height, plane.width):
        raise ValueError(f"a plane of {codes.shape} does not fit {plane.height, plane.width}")
    lines = np.frombuffer(memoryview(plane), codes.dtype)
    lines = lines.reshape(plane.height, plane.line_size // codes.itemsize)
    lines[:, : plane.width] = codes
