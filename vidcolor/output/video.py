"""The picture of a film, encoded: frames with new chroma in, packets out."""

import re
from collections.abc import Collection, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container.output import OutputContainer
from av.video.frame import PictureType
from av.video.plane import VideoPlane
from av.video.reformatter import ColorPrimaries, Colorspace

from vidcolor.color.yuv import BT709, Matrix
from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.files import container_format
from vidcolor.input.ffmpeg_log import ffmpeg_log
from vidcolor.input.frames import Frame, Marks, Picture
from vidcolor.input.pixel_formats import FULL_RANGE, LIMITED_RANGE
from vidcolor.input.pyav_gaps import FieldOrder, FrameMarker
from vidcolor.output.changes import Changes, names
from vidcolor.output.durations import Durations
from vidcolor.output.encoders import (
    QUICKTIME_CODEC_TAGS,
    EncoderSettings,
    encoder_options,
    encoder_threads,
    holds_full_range,
    is_lossless,
    pixel_format,
    start_remedy,
    with_x264_parameters,
)
from vidcolor.output.kept_color import kept_color
from vidcolor.output.scheduling import scheduled_as_before
from vidcolor.output.sei import CARRIED, content, messages, with_messages, with_structure

# Codecs that carry the pixel aspect themselves; Matroska's own field is out of PyAV's reach.
_CARRY_ASPECT = {"h264", "hevc", "mpeg4", "mpeg2video"}
_TICK_OF_MATROSKA = Fraction(1, 1000)  # as FFmpeg writes it

# Versions of FFV1 whose frames have no header.
_OLD_FFV1 = ("0", "1")


class VideoEncoder:
    """Encodes the picture of one film, luma untouched, for a container that is named by a path.

    Args:
        path: its suffix names the container, as for `container_format`.
        settings: the encoder.
        picture: what holds for the frames that will come.
        source: the film they come from, for messages.
        keep_color: frames with the source's own chroma will come: keep its sampling, matrix and
            primaries.

    Raises:
        UsageError: unknown container, encoder or encoder option.
        UnsupportedError: the encoder can't hold the film's depth or size, or, if asked to keep it,
            its color.
    """

    chroma_shape: tuple[int, int]
    """(height, width) of each chroma plane."""
    matrix: Matrix
    """In which chroma is expected."""
    carried: set[str]
    """What the stream can hold of `Marks.attached`, by its names."""
    is_lossless: bool
    """Whether every luma code is known to stay as it is."""
    notes: list[str]
    """What is otherwise than in the source, though nothing of it is lost, one line each."""

    def __init__(
        self,
        path: Path,
        settings: EncoderSettings,
        picture: Picture,
        source: Path,
        keep_color: bool,
    ) -> None:
        self._path = path
        self._picture = picture
        self._is_matroska = container_format(path) in ("matroska", "webm")
        self._encoder, self._options = encoder_options(settings, path)
        self._threads = encoder_threads(self._encoder, settings)
        self._codec = str(av.Codec(self._encoder, "w").canonical_name)
        self.carried = set(CARRIED.get(self._codec, ()))
        # Only libx264 can be made to write picture timings, which it leaves to be filled in.
        self._structured = self._encoder == "libx264" and "nal-hrd" not in self._options
        if self._structured and "S12M_TIMECODE" in picture.attached:
            self._options = with_x264_parameters(self._options, "pic-struct=1:force-cfr=1")
            self.carried.add("S12M_TIMECODE")
        self.matrix, sampling = kept_color(picture, source) if keep_color else (BT709, None)
        self._tagged_matrix = picture.matrix if keep_color else int(Colorspace.ITU709)
        self._primaries = picture.primaries if keep_color else int(ColorPrimaries.BT709)
        self._format = pixel_format(
            self._encoder,
            picture.depth,
            picture.width,
            picture.height,
            interlaced=picture.field_order is not None,
            sampling=sampling,
            # Over the full range white would no longer be white.
            may_widen=not picture.full_range,
        )
        if picture.full_range and not holds_full_range(self._encoder, self._format, path):
            raise UnsupportedError(
                f"{self._encoder} in {path.suffix} can't say that codes have full range, so the "
                "film would look wrong; use --encoder libx264 or ffv1 with an .mkv output"
            )
        pixels = av.VideoFormat(self._format, picture.width, picture.height)
        self._shift = pixels.components[0].bits - picture.depth
        """By how many bits codes are shifted to the left, for an encoder that knows only more."""
        self.is_lossless = not self._shift and is_lossless(
            self._encoder, self._options, picture.depth
        )
        self.chroma_shape = (pixels.chroma_height(), pixels.chroma_width())
        self._markers: dict[tuple[FieldOrder | None, Fraction | None], FrameMarker] = {}
        self._encodes = False
        """Whether a frame has come that is to be encoded here."""
        self.keeps_aspects = False
        """Whether each frame comes and is written in its own pixel aspect; else, in the film's."""
        self._order = picture.field_order
        """The field order that the encoder was opened with."""
        self._keep_color = keep_color
        self._changes = Changes(_TICK_OF_MATROSKA if self._is_matroska else Fraction(0))
        self._begin: int | None = None
        """The pts of the first frame."""
        self._marks: dict[int | None, Marks] = {}
        """Of the frames that the encoder holds, by pts."""
        self._next_dts: int | None = None
        """The earliest decoding time that the next packet may have."""
        self._durations = Durations(by_decoding_time=not self._is_matroska)
        self.notes, self._losses = self._differences()

    @property
    def carries_aspects(self) -> bool:
        """Whether every frame can have a pixel aspect of its own in the file."""
        headed = self._encoder == "ffv1" and self._options.get("level") not in _OLD_FFV1
        return headed and self._is_matroska

    @property
    def losses(self) -> list[str]:
        """What is lost of the picture's own properties, as far as it is known, one line each."""
        return [*self._losses, *self._changes.lines]

    def open_stream(self, container: OutputContainer) -> av.VideoStream:
        """Add the stream of the picture to a container, and open its encoder.

        Raises:
            OutputError: the encoder does not start.
            UsageError: the encoder has no such option.
        """
        picture = self._picture
        stream = container.add_stream(
            self._encoder, rate=picture.average_rate, width=picture.width, height=picture.height
        )
        assert isinstance(stream, av.VideoStream)
        stream.time_base = picture.time_base
        self._start(stream.codec_context)
        stream.set_display_matrix(picture.display_matrix)
        self._stream, self._context = stream, stream.codec_context
        return stream

    def encode(
        self, frame: Frame, chroma: np.ndarray, refers_back: bool = False
    ) -> list[av.Packet]:
        """Encode one frame; return the packets that are ready for the container.

        frame: its luma is encoded as it is. chroma: (2, *chroma_shape) of the luma's dtype, U then
        V codes of the film's range. refers_back: no frame up to this one may need a later one (an
        encoder of libx264 heeds that). Raises FFmpegError.
        """
        self.expect(frame.pts, frame.duration, list(self.lost(frame.marks)))
        self._encodes = True
        packets = self._turn_fields(frame.marks)
        planes = (frame.luma, chroma[0], chroma[1])
        picture = self._blank(frame.marks)
        for plane, codes in zip(picture.planes, planes, strict=True):
            _fill(plane, codes.astype(np.uint16) << self._shift if self._shift else codes)
        self._tag_color(picture)
        if refers_back:
            picture.pict_type = PictureType.P
        picture.pts = frame.pts
        picture.duration = frame.duration
        picture.time_base = self._picture.time_base
        self._marks[frame.pts] = frame.marks
        return packets + self._durations.timed(self._encoded(picture))

    def finish(self) -> list[av.Packet]:
        """Return the packets that are still held back. Raises FFmpegError."""
        rest = self._durations.timed(self._encoded(None)) if self._encodes else []
        return [*rest, *self._durations.last()]

    def expect(self, pts: int, duration: int, lost: Collection[str]) -> None:
        """Take note of a frame whose packet will come: when it is shown, and what is `lost` of it.

        pts, duration: in ticks.
        """
        self._begin = pts if self._begin is None else self._begin
        self._changes.see((pts - self._begin) * self._picture.time_base, lost)
        self._durations.expect(pts, duration)

    def take(self, packet: av.Packet) -> list[av.Packet]:
        """Take a packet of an expected frame from another encoder that was opened as this one is.

        Returns the packets that are ready for the container.
        """
        packet.stream, packet.time_base = self._stream, self._picture.time_base
        return self._durations.timed([self._in_order(packet)])

    @property
    def parameters(self) -> bytes:
        """What the stream has in front of all packets for their decoder: its parameter sets."""
        return self._stream.codec_context.extradata or b""

    def look(self, frame: Frame, time: Fraction) -> None:
        """Take note of what is lost of what `frame` says of itself. time: when, in seconds."""
        self._changes.see(time, list(self.lost(frame.marks)))

    def lost(self, marks: Marks) -> Iterator[str]:
        """Yield what is lost of the marks of a frame, one line each, with {at} for its time."""
        picture, order = self._picture, marks.field_order
        if picture.field_order is None and order and self._encoder != "ffv1":
            yield "interlaced frames at {at}: written as progressive"
        if picture.field_order and order is None and not self._mixes_scans:
            yield "progressive frames at {at}: written as interlaced"
        aspect, usual = marks.sample_aspect_ratio, picture.sample_aspect_ratio
        if aspect != usual and not self.keeps_aspects:
            yield f"pixel aspect {aspect or 1} at {{at}}: scaled to {usual or 1}"
        if marks.display_matrix != picture.display_matrix:
            yield "another rotation or mirroring at {at}: written as at the beginning"
        said = [("transfer", marks.transfer, picture.transfer)]
        if self._keep_color:
            said.append(("matrix", marks.matrix, picture.matrix))
            said.append(("primaries", marks.primaries, picture.primaries))
        for name, now, first in said:
            if now != first:
                yield f"{name} {int(now)} of H.273 at {{at}}: tagged {int(first)}, as before"
        for name in dict.fromkeys(
            name
            for kind, name in names(content(marks.attached)).items()
            if kind not in self.carried
        ):
            yield f"{name} in the picture's stream: lost with {self._encoder}"

    @property
    def _mixes_scans(self) -> bool:
        """Whether progressive frames among interlaced ones can be written as such."""
        return self._encoder == "ffv1" or self._structured

    def _turn_fields(self, marks: Marks) -> list[av.Packet]:
        """Begin a new sequence where the field order changes and the encoder can't follow.

        libx264 takes one order for all frames that it holds. Returns the packets of those.
        """
        order = marks.field_order
        if self._encoder != "libx264" or None in (order, self._order) or order is self._order:
            return []
        packets = self._durations.timed(self._encoded(None))
        self._order = order
        self._context = av.CodecContext.create(self._encoder, "w")  # type: ignore[assignment]
        self._context.width, self._context.height = self._picture.width, self._picture.height
        self._context.framerate = self._stream.codec_context.framerate
        self._context.flags |= self._stream.codec_context.flags & Flags.global_header
        self._start(self._context)
        return packets

    def _encoded(self, frame: av.VideoFrame | None) -> Iterator[av.Packet]:
        """Yield the packets that the encoder has ready once it has `frame`; None ends it."""
        packets = (
            self._stream.encode(frame)
            if self._context is self._stream.codec_context
            else self._context.encode(frame)
        )
        for packet in packets:
            yield self._in_order(self._with_marks(packet, self._marks.pop(packet.pts, None)))

    def _in_order(self, packet: av.Packet) -> av.Packet:
        """Give a packet a decoding time behind that of the one before, and return it."""
        if packet.dts is not None:
            # A further sequence counts from before its first frame: maybe too far back.
            if self._next_dts is not None:
                packet.dts = max(packet.dts, self._next_dts)
            self._next_dts = packet.dts + 1
        return packet

    def _with_marks(self, packet: av.Packet, marks: Marks | None) -> av.Packet:
        """Return a packet of the stream with all that its frame says of itself."""
        packet.stream = self._stream
        if marks is None or self._codec not in CARRIED:
            return packet
        attached, rate = content(marks.attached), self._picture.average_rate
        said = messages(self._codec, attached, rate)
        structured = self._structured and (self._order or "S12M_TIMECODE" in self.carried)
        if not said and not structured:
            return packet
        made = with_messages(bytes(packet), self._codec, said)
        if structured:
            order = marks.field_order if self._order else None
            made = with_structure(made, order, attached, rate)
        new = av.Packet(made)
        new.pts, new.dts, new.time_base = packet.pts, packet.dts, packet.time_base
        new.duration, new.is_keyframe = packet.duration, packet.is_keyframe
        new.stream = self._stream
        return new

    def _blank(self, marks: Marks) -> av.VideoFrame:
        """Return a new frame, marked with its field order and aspect as the encoder needs it."""
        order = self._order if self._encoder == "libx264" else marks.field_order
        if self._encoder != "ffv1":
            order = self._picture.field_order and (order or self._picture.field_order)
        picture = self._picture
        aspect = None
        if self._encoder == "ffv1":  # it takes the aspect that it writes from the frames
            aspect = (marks if self.keeps_aspects else picture).sample_aspect_ratio
        marker = self._markers.get((order, aspect))
        if marker is None:
            marker = self._markers[order, aspect] = FrameMarker(
                order, aspect, picture.width, picture.height, self._format, picture.time_base
            )
        return marker.frame()

    def _tag_color(self, tagged: av.VideoFrame | av.VideoCodecContext) -> None:
        tagged.colorspace = self._tagged_matrix
        tagged.color_primaries = self._primaries
        tagged.color_trc = self._picture.transfer
        tagged.color_range = FULL_RANGE if self._picture.full_range else LIMITED_RANGE

    def _start(self, context: av.VideoCodecContext) -> None:
        """Set up an encoder, and open it. Raises as `open_stream`."""
        picture = self._picture
        context.pix_fmt = self._format
        context.time_base = picture.time_base
        context.flags |= Flags.frame_duration
        # As FFmpeg itself does. By PyAV's default libx264 would cut each frame into slices.
        context.thread_type = "AUTO"
        context.thread_count = self._threads
        if self._order is not None:
            context.flags |= Flags.interlaced_dct
            if not (picture.scans_mix and self._encoder == "ffv1"):
                # Beside it, ffv1's progressive frames would look as if they only said nothing.
                context.field_order = self._order.value
        if picture.sample_aspect_ratio:
            context.sample_aspect_ratio = picture.sample_aspect_ratio
        self._tag_color(context)
        tag = QUICKTIME_CODEC_TAGS.get(self._codec)
        if tag and not self._is_matroska:
            context.codec_tag = tag
        context.options = self._options
        try:
            with ffmpeg_log(av.logging.ERROR) as said, scheduled_as_before():
                context.open()
        except av.error.FFmpegError as error:
            given = " ".join(f"{name}={value}" for name, value in self._options.items())
            own = [line for _, speaker, line in said if speaker == self._encoder]
            reason = " ".join((own[0] if own else error.strerror or "").split())
            reason = re.sub(r"\.( [^.]*:)?$", "", reason)  # without the head of a list
            raise OutputError(
                f"{self._path}: {self._encoder} does not start with {given or 'its defaults'} "
                f"({reason}); {start_remedy(self._encoder, self._options, self._format)}"
            ) from error
        if context.options:
            raise UsageError(
                f"{self._encoder} has no option {', '.join(context.options)}; "
                f"'ffmpeg -h encoder={self._encoder}' lists them"
            )

    def _differences(self) -> tuple[list[str], list[str]]:
        """Return what of the picture is otherwise than in the source: nothing lost, and lost."""
        picture, notes, losses = self._picture, [], []
        size = f"{picture.width}x{picture.height}"
        if picture.width % 2 or picture.height % 2:
            notes.append(f"odd size {size}: written as 4:4:4")
        elif picture.field_order is not None and picture.height % 4:
            written = "4:2:2" if "422" in self._format else "4:4:4"
            notes.append(f"fields of odd height in {size}: written as {written}")
        if self._shift:
            notes.append(
                f"{picture.depth} bits: written as {picture.depth + self._shift} with "
                f"{self._encoder}, every code times {1 << self._shift}"
            )
        aspect = picture.sample_aspect_ratio
        carries = self.carries_aspects or self._codec in _CARRY_ASPECT
        if aspect not in (None, 1) and self._is_matroska and not carries:
            suffix = self._path.suffix or ".mkv"
            losses.append(f"pixel aspect {aspect}: lost, {suffix} with {self._encoder}")
        return notes, losses


def _fill(plane: VideoPlane, codes: np.ndarray) -> None:
    """Copy (H, W) codes into a plane of the same size."""
    if codes.shape != (plane.height, plane.width):
        raise ValueError(f"a plane of {codes.shape} does not fit {plane.height, plane.width}")
    lines = np.frombuffer(memoryview(plane), codes.dtype)
    lines = lines.reshape(plane.height, plane.line_size // codes.itemsize)
    lines[:, : plane.width] = codes
