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
from av.rational import AVRational
from av.stream import Disposition, Stream
from av.subtitles.codeccontext import SubtitleCodecContext
from av.video.plane import VideoPlane
from av.video.reformatter import ColorPrimaries, Colorspace

from vidcolor.color import BT709, Matrix
from vidcolor.colour_tags import source_matrix
from vidcolor.durations import Durations
from vidcolor.encoders import (
    REFUSED_LATE,
    EncoderSettings,
    container_format,
    encoder_options,
    is_lossless,
    pixel_format,
)
from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.fields import FieldMarker
from vidcolor.frames import Frame
from vidcolor.languages import mp4_language, quicktime_language
from vidcolor.pipes import PIPE, StandardOutput
from vidcolor.planes import FULL_RANGE, LIMITED_RANGE, chroma_sampling
from vidcolor.reader import Reader
from vidcolor.signals import undivided
from vidcolor.source import Cover, stream_codec, stream_name
from vidcolor.subtitles import TEXT_CODECS, Converter
from vidcolor.tags import kept_tags, unknown_tags, with_comment
from vidcolor.target import Target, write_failure
from vidcolor.verify import Record, kinds

# Codecs that carry the pixel aspect themselves; Matroska's own field is out of PyAV's reach.
_CARRY_ASPECT = {"h264", "hevc", "mpeg4", "mpeg2video"}

# What a track can say of itself; players take captions and descriptions for the two before them.
_SAID_IN_MP4 = (
    Disposition.default
    | Disposition.dub
    | Disposition.comment
    | Disposition.forced
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.captions
    | Disposition.descriptions
)
_SAID = {
    "mp4": _SAID_IN_MP4,
    "mov": Disposition.default,
    "matroska": _SAID_IN_MP4 | Disposition.original,
    "webm": Disposition.default
    | Disposition.forced
    | Disposition.captions
    | Disposition.descriptions,
}
# What the tracks of MP4 and QuickTime say in words.
_TRACK_TAGS_OF_MP4 = {"title", "language", "handler_name", "creation_time", "timecode"}

# Cover art by codec: what a Matroska file calls it.
_COVERS = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}

# By codec, the only tags that QuickTime plays, or takes for subtitles.
_QUICKTIME_TAGS = {"hevc": "hvc1", "mov_text": "tx3g"}

# MP4 and MOV delay a stream in units of the whole film's clock, 1/1000 s unless told otherwise.
_EXACT_EDITS = {"movie_timescale": "90000"}


class Writer:
    """A film that appears at `path` when the context ends without an exception.

    Until then it is written beside it under a temporary name, which no failure leaves behind unless
    it is asked to.

    Args:
        path: its suffix names the container: .mkv .mp4 .m4v .mov .webm; `PIPE`: Matroska, onto
            standard output, as it is made.
        reader: the film whose picture, streams, chapters and metadata are taken over.
        settings: the encoder.
        comment: added to the film's comment tag.
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
        overwrite: bool = False,
        verify: bool = False,
        keep_colour: bool = False,
        keep: bool = False,
    ) -> None:
        self._keep = keep
        self.path = Path(path)
        if verify and self.path == PIPE:
            raise UsageError("-: standard output can't be read again; leave --verify out")
        self._suffix = self.path.suffix or ".mkv"
        self._picture = picture = reader.picture
        self._record = Record(picture.time_base) if verify else None
        self.verified = None
        self._encoder, options = encoder_options(settings, self.path)
        self._lossless = is_lossless(self._encoder, options, picture.depth)
        self.matrix, sampling = _kept_colour(reader) if keep_colour else (BT709, None)
        self._tagged_matrix = picture.matrix if keep_colour else int(Colorspace.ITU709)
        self._primaries = picture.primaries if keep_colour else int(ColorPrimaries.BT709)
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
        self.left_out = []
        self._conversions: dict[int, tuple[str, Converter]] = {}
        self._target = (
            StandardOutput() if self.path == PIPE else Target(self.path, reader.path, overwrite)
        )
        container = container_format(self.path)
        self._is_matroska = container in ("matroska", "webm")
        self._tags = {} if self._is_matroska else _QUICKTIME_TAGS
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
                self.copies = dict(self._add_copies(reader))
                covers = list(self._add_covers(reader.covers))
                self.converted = set(self._conversions)
                self._container.set_chapters(reader.chapters)
                self._container.metadata.update(self._film_tags(reader, comment))
                self._container.start_encoding()
                self._container.mux(covers)
        except BaseException:
            self.discard()
            raise
        self._written = 0
        self._begun = self._finished = False
        self._durations = Durations(by_decoding_time=not self._is_matroska)
        self._last_dts: dict[int, int] = {}
        self._waiting: dict[int, list[av.Packet]] = {}

    @property
    def losses(self) -> list[str]:
        """What of the source the film so far does not keep, besides `left_out`, one line each."""
        conversions = [
            f"{name}: lost in the conversion: {', '.join(sorted(converter.lost))}"
            for name, converter in self._conversions.values()
            if converter.lost
        ]
        return [*self._losses, *conversions]

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
        self._tag_colour(picture)
        picture.pts = frame.pts
        picture.duration = frame.duration
        picture.time_base = self._picture.time_base
        self._durations.expect(frame.pts, frame.duration)
        with self._failures():
            with undivided():  # packets that came out of the encoder go into the film
                packets = self._durations.timed(self._video.encode(picture))
                self._container.mux(packets)
            self._written += sum(packet.size for packet in packets)
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
        index = packet.stream.index
        if index not in self.copies:
            return
        if index not in self._conversions:
            for timed in self._with_decoding_times(packet, index):
                self._mux(timed, index)
            return
        for converted in self._conversions[index][1].convert(packet):
            self._mux(converted, index)

    def _mux(self, packet: av.Packet, index: int) -> None:
        stream = self.copies[index]
        packet.stream = stream
        assert stream.time_base is not None
        packet.rescale_ts(AVRational(stream.time_base.numerator, stream.time_base.denominator))
        self._keep_order(packet, index)
        self._written += packet.size
        with self._failures():
            self._container.mux(packet)

    def _with_decoding_times(self, packet: av.Packet, index: int) -> list[av.Packet]:
        """`packet`, behind the first ones of a film with reordered frames, which waited for it.

        Matroska stores no decoding times, and FFmpeg knows them only some frames later.
        """
        if packet.stream.type != "video" or index in self._last_dts:
            return [packet]
        if packet.dts is None:
            self._waiting.setdefault(index, []).append(packet)
            return []
        return [*_counted_back(self._waiting.pop(index, []), packet.dts), packet]

    def _keep_order(self, packet: av.Packet, index: int) -> None:
        """Give `packet` a decoding time not before that of the last packet, as muxers demand.

        And a duration, if it is sound without one: MP4 would lose the last packet.
        """
        dts = packet.pts if packet.dts is None else packet.dts
        last = self._last_dts.get(index)
        if dts is None:
            dts = last or 0
        if last is not None:
            equal_allowed = self._is_matroska or packet.stream.type == "subtitle"
            dts = max(dts, last if equal_allowed else last + 1)
            if packet.stream.type == "audio":
                packet.duration = packet.duration or dts - last
        packet.dts = dts
        packet.pts = dts if packet.pts is None else max(packet.pts, dts)
        self._last_dts[index] = dts

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
        for index, (_, converter) in self._conversions.items():
            for converted in converter.finish():
                self._mux(converted, index)
        for index, packets in self._waiting.items():
            for packet in _counted_back(packets, min(p.pts or 0 for p in packets)):
                self._mux(packet, index)
        with self._failures():
            self._container.mux(self._durations.timed(self._video.encode(None)))
            self._container.mux(self._durations.last())
            self._made = kinds(self._container.streams)
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
        """A line that warns of a disk that will not hold the film, of which `share` is written."""
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
        self._tag_colour(context)
        if tag := self._tags.get(context.codec.canonical_name):
            context.codec_tag = tag
        context.options = options
        self._start(context, options)
        self._describe(stream, reader.video)
        stream.set_display_matrix(picture.display_matrix)
        return stream

    def _tag_colour(self, tagged: av.VideoFrame | av.VideoCodecContext) -> None:
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

    def _add_copies(self, reader: Reader) -> Iterator[tuple[int, Stream]]:
        for source in reader.copied:
            stream = self._copied(source) or self._converted(source)
            if stream is None:
                self.left_out.append(f"{stream_name(source)}: {self._suffix} can't hold it")
                continue
            self._describe(stream, source)
            yield source.index, stream

    def _describe(self, stream: Stream, source: Stream) -> None:
        """Let `stream` say of itself what `source` does, as far as the container knows words."""
        tags, container = kept_tags(source.metadata), container_format(self.path)
        if "name" in tags:
            tags.setdefault("title", tags.pop("name"))  # as MP4 and MOV call it
        if "language" in tags and not self._is_matroska:
            code = tags.pop("language")
            name = mp4_language(code) if container == "mp4" else quicktime_language(code)
            if name is not None:
                tags["language"] = name
            elif code != "und":
                self._lose(source, f"language {code}")
        unknown = [name for name in tags if name.lower() not in _TRACK_TAGS_OF_MP4]
        if unknown and not self._is_matroska:
            self._lose(source, _listed(unknown))
        stream.metadata.update(tags)
        stream.disposition = source.disposition & _SAID[container]
        if unsaid := source.disposition & ~_SAID[container]:
            self._lose(source, ", ".join(flag.name or "" for flag in unsaid))

    def _lose(self, source: Stream, what: str) -> None:
        self._losses.append(
            f"{stream_name(source)}: {what}: lost, {self._suffix} has no word for it"
        )

    def _copied(self, source: Stream) -> Stream | None:
        """A stream for the packets of `source`, if the container can hold them."""
        container = self._container.format.name
        if source.type == "attachment" and container != "matroska":
            return None
        if stream_codec(source) in REFUSED_LATE.get(container, ()):
            return None
        try:
            stream = self._container.add_stream_from_template(source, opaque=True)
        except ValueError:
            return None
        if tag := self._tags.get(stream_codec(source)):
            stream.codec_context.codec_tag = tag
        return stream

    def _converted(self, source: Stream) -> Stream | None:
        """A stream for what the text of `source` becomes, if it is text."""
        codec, target = stream_codec(source), TEXT_CODECS[container_format(self.path)]
        if codec not in TEXT_CODECS.values():
            return None
        stream = self._container.add_stream(target)
        encoder, decoder = stream.codec_context, source.codec_context
        assert isinstance(encoder, SubtitleCodecContext)
        assert isinstance(decoder, SubtitleCodecContext)
        encoder.codec_tag = self._tags.get(target, encoder.codec_tag)
        assert source.time_base is not None
        encoder.time_base = stream.time_base = source.time_base
        self._conversions[source.index] = stream_name(source), Converter(decoder, encoder)
        self.notes.append(f"{stream_name(source)}: converted to {target}")
        return stream

    def _add_covers(self, covers: list[Cover]) -> Iterator[av.Packet]:
        """Streams for cover art, which go into `copies`; the packets that fill them."""
        container = container_format(self.path)
        for cover in covers:
            if cover.codec in _COVERS and container == "matroska":
                name, kind = _COVERS[cover.codec]
                name = cover.metadata.get("filename", name)
                stream: Stream = self._container.add_attachment(name, kind, cover.content)
            elif cover.codec in _COVERS and container == "mp4":
                width, height = cover.size
                stream = self._container.add_mux_stream(cover.codec, width=width, height=height)
                stream.disposition = Disposition.attached_pic
                packet = av.Packet(cover.content)
                packet.stream = stream
                packet.pts = packet.dts = 0
                yield packet
            else:
                self.left_out.append(f"{cover.name}: {self._suffix} can't hold it")
                continue
            self.copies[cover.index] = stream

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
            self._losses.append(f"{_listed(unknown)}: lost, {self.path.suffix} has no word for it")
        return with_comment(tags, comment)

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Turn what FFmpeg and the disk say into one line."""
        try:
            yield
            self._target.flush()
        except (av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self.path}: {write_failure(error)}") from error


def _kept_colour(reader: Reader) -> tuple[Matrix, str | None]:
    """Matrix and chroma sampling of a film whose colour stays."""
    picture = reader.picture
    try:
        return (
            source_matrix(picture.matrix, picture.primaries, picture.width, picture.height),
            chroma_sampling(picture.pixel_format, picture.width, picture.height),
        )
    except UnsupportedError as error:
        raise UnsupportedError(
            f"{reader.path}: {error}; "
            "convert the film to BT.709 in yuv420p, or leave --only-gray out"
        ) from None


def _listed(tags: Iterable[str]) -> str:
    return ", ".join(f"tag {name}" for name in tags)


def _counted_back(packets: list[av.Packet], dts: int) -> list[av.Packet]:
    """`packets` with decoding times that lead up to `dts`."""
    for packet in reversed(packets):
        dts -= packet.duration or 1
        packet.dts = dts
    return packets


def _fill(plane: VideoPlane, codes: np.ndarray) -> None:
    """Copy (H, W) codes into a plane of the same size."""
    if codes.shape != (plane.height, plane.width):
        raise ValueError(f"a plane of {codes.shape} does not fit {plane.height, plane.width}")
    lines = np.frombuffer(memoryview(plane), codes.dtype)
    lines = lines.reshape(plane.height, plane.line_size // codes.itemsize)
    lines[:, : plane.width] = codes
