"""Decoding: video packets in, frames with luma and time out."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidcolor.color.yuv import CodeRange
from vidcolor.errors import InputError, UnsupportedError
from vidcolor.input.aspect import Placement
from vidcolor.input.color_tags import ContainerTags, first_said, sdr_transfer
from vidcolor.input.cropping import Cropping
from vidcolor.input.damage import Damage
from vidcolor.input.display_matrix import display_matrix_of, rotation_of
from vidcolor.input.dv import read_dv
from vidcolor.input.frame_times import FrameTimes
from vidcolor.input.frames import Frame, Marks, Picture
from vidcolor.input.jpeg_fields import order_of_fields, refuse_two_codestreams
from vidcolor.input.picture_headers import PictureHeader
from vidcolor.input.pixel_formats import (
    chroma_planes,
    code_range,
    is_opaque,
    look_of,
    luma_plane,
)
from vidcolor.input.pyav_gaps import FieldOrder, FrameProbe, displayed_order
from vidcolor.input.slice_checksums import SliceChecksums
from vidcolor.input.timecode import has_timecode

# Codecs that say of every frame whether it is interlaced. Of the others, a frame that is not marked
# says nothing, and the container's word counts.
_SAY_SCAN = {
    "mpeg1video", "mpeg2video", "mpeg4", "h264", "hevc", "vvc", "vc1", "wmv3", "cavs", "dvvideo",
    "dnxhd",
}  # fmt: skip
# FFmpeg's `AVFieldOrder` where the field that is shown first is stored first as well.
_FIRST_STORED = {FieldOrder.TOP: 2, FieldOrder.BOTTOM: 3}
# Pixel aspects nearer to one another than this are the same, told with rounding.
_SAME_ASPECT = Fraction(1, 500)

# Of a frame sequence, the header of its first file tells of these. FFmpeg gives every TIFF EXIF.
_TOLD_BY_HEADERS = ("EXIF", "ICC_PROFILE")

# The bits of MPEG's timecode for a flag, a bit that is always set, and frames within a second.
_NO_SECONDS = 1 << 24 | 1 << 12 | 63


class FrameDecoder:
    """Decodes one video stream, past damage, and gives every frame a time.

    Frames with another pixel aspect than the film's are scaled to that.

    Args:
        path: the film.
        stream: of its picture; nothing of it has been decoded yet.
        average_rate: frames a second, None if unknown.
        film: what holds for the film, where decoding does not begin at its start.
        headers: of a frame sequence, what the files of frames say, by pts; frames that are
            decoded take theirs out. Those of DV are read here.
        threads: that decode; None for as many as suit the cores.
    """

    def __init__(
        self,
        path: Path,
        stream: av.VideoStream,
        average_rate: Fraction | None,
        film: Picture | None = None,
        headers: dict[int, PictureHeader] | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = path
        self.stream = stream
        self.average_rate = average_rate
        self.picture: Picture | None = None
        """What holds for all frames; None until a frame has been decoded."""
        self.times = FrameTimes(path, stream, average_rate)
        self.keeps_aspects = False
        """Whether frames with another pixel aspect than the film's stay as they are stored."""
        self.scaled: dict[Fraction, int] = {}
        """The pixel aspects of frames that were scaled to the film's, and when each first came, in
        ticks."""
        self.pushing_out = False
        """Whether packets come that hold no frame and only push out the last ones: no damage."""
        self.cropping = Cropping.of(stream) if _may_crop(stream) else None
        """Which part of each frame is shown, and delivered; None: all of it."""
        self._film = film
        self._tags = ContainerTags.of(stream)
        codec = stream.codec_context.codec.canonical_name
        self._is_dv = codec == "dvvideo"
        self._headers: dict[int, PictureHeader] | None = {} if self._is_dv else headers
        self.damage = Damage(codec, stream.codec_context.codec.intra_only)
        self._container_order = (
            None if codec in _SAY_SCAN else displayed_order(stream.codec_context.field_order)
        )
        self._may_be_fields = codec == "jpeg2000" or (
            codec == "mjpeg" and self._container_order is None
        )
        """Whether packets may hold a JPEG for each field; False once that is known."""
        coded, told = stream.codec_context.sample_aspect_ratio, stream.sample_aspect_ratio
        self._aspect_varies: bool | None = False if not coded or coded == told else None
        """Whether the pixel aspect has changed; None: the container's word holds for all frames."""
        if codec == "ffv1" and not told:  # what its frames say shows in them alone
            self._aspect_varies = True
        self._probe = FrameProbe()
        self._corrupt_frames = 0
        self._is_broadcast = stream.container.format.name == "mpegts"
        """Whether packets before every joint are marked as incomplete, also if they are not."""
        self._incomplete: set[int | None] = set()
        """Times of packets that FFmpeg found incomplete, in ticks."""
        self._checksums = SliceChecksums() if codec == "ffv1" else None
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = threads or 0
        assert stream.time_base is not None
        self.time_base: Fraction = stream.time_base

    def after_seek(self) -> None:
        """Prepare for packets from another place of the film.

        There, packets before the first frame that can't be decoded are no damage, and frames
        without a time are not delivered until one has had a time.
        """
        self.times.restart()
        self.damage.restart()
        self._corrupt_frames = 0
        if self._checksums:
            self._checksums = SliceChecksums()

    @property
    def damaged_frames(self) -> int:
        """How many frames came damaged out of the decoder."""
        return self._corrupt_frames + (self._checksums.failed if self._checksums else 0)

    def decode(self, packet: av.Packet) -> Iterator[Frame]:
        """Yield the frames that `packet` completes; an empty packet ends the stream.

        Raises:
            InputError: the stream is encrypted.
            MemoryError, BlockingIOError: there is too little memory, or too few threads.
            UnsupportedError: the pixel format can't be read, the film is not SDR, it changes its
                format midway, or its times jump back.
        """
        if packet.has_sidedata("encryption_info"):
            raise InputError(
                f"{self.path}: the film is encrypted (DRM) and can't be decoded; "
                "use a copy without copy protection"
            )
        if self._may_be_fields and packet.size:
            self._look_for_fields(packet)
        time = self.times.told(packet)
        if packet.size and not self.pushing_out and not packet.is_discard:
            self.damage.packet(time)
        if packet.is_corrupt and not self._is_broadcast:
            self._incomplete.add(time)
        if self._is_dv and self._headers is not None and time is not None:
            self._headers[time] = read_dv(bytes(packet))
        try:
            decoded = self.stream.decode(packet)
        except (MemoryError, BlockingIOError):  # no room for a frame or thread is no damage
            raise
        except av.error.FFmpegError:
            if not self.pushing_out and self.times.expects_frames:
                self.damage.error(self.times.next, not packet.size)
            return
        if self._checksums and packet.size:
            self._checksums.add(bytes(packet))
        for whole in decoded:
            self.damage.frame(self.times.told(whole), whole.interlaced_frame)
            times = self.times.of(whole)
            if times is None:
                continue
            frame = self.cropping(whole) if self.cropping else whole
            marks = self._check(frame, times[0])
            is_incomplete = times[0] in self._incomplete
            self._corrupt_frames += whole.is_corrupt or is_incomplete
            luma, chroma = self._placed(luma_plane(frame), chroma_planes(frame), marks, times[0])
            yield Frame(*times, luma, chroma, look_of(frame), marks)

    def _look_for_fields(self, packet: av.Packet) -> None:
        """Learn from the first packet whether the film's packets hold a JPEG for each field.

        FFmpeg ignores their marks, and must be told before it begins which lines the first is of.
        Raises UnsupportedError if it drops the second.
        """
        self._may_be_fields = False
        context = self.stream.codec_context
        if context.codec.canonical_name == "jpeg2000":
            refuse_two_codestreams(self.path, bytes(packet))
            return
        usual = FieldOrder.BOTTOM if context.codec_tag == "MJPG" else FieldOrder.TOP  # as FFmpeg's
        self._container_order = order_of_fields(bytes(packet), self.stream.height, usual)
        if self._container_order is not None:
            context.field_order = _FIRST_STORED[self._container_order]

    def _check(self, frame: av.VideoFrame, pts: int) -> Marks:
        """Take the first frame for a description of all, and compare the others with it.

        Returns what `frame` says of itself. Raises UnsupportedError if it can't be read or differs
        in size, depth or range.
        """
        attached = self._probe.side_data(frame)
        header = None
        if self._headers is not None:
            header = self._headers.pop(pts, None)
            for told in _TOLD_BY_HEADERS:
                attached.pop(told, None)
        try:
            codes, transfer = code_range(frame), sdr_transfer(frame, self._tags, attached)
        except UnsupportedError as error:
            midway = "" if self.picture is None else f"at {self._at(pts)}: "
            raise UnsupportedError(f"{self.path}: {midway}{error}") from None
        if "stereo_mode" in self.stream.metadata:  # Matroska's, which goes with the tags
            attached.pop("STEREO3D", None)
        if header is not None:
            codes = replace(codes, full=codes.full and not header.limited)
            if header.display_matrix:
                matrix = np.array(header.display_matrix, np.int32)
                attached["DISPLAYMATRIX"] = (matrix.tobytes(),)
        if not self._begins_with_timecode(attached):
            attached.pop("GOP_TIMECODE", None)
        if self.picture is None:
            self.picture = self._describe(frame, codes, transfer, attached)
        known = self.picture
        if (frame.width, frame.height) != (known.width, known.height):
            change = f"size from {known.width}x{known.height} to {frame.width}x{frame.height}"
        elif codes != known.codes:
            change = f"luma from {_luma_text(known.codes)} to {_luma_text(codes)}"
        else:
            return Marks(
                self._field_order(frame),
                self._aspect(frame, known),
                display_matrix_of(attached),
                transfer,
                first_said(frame.colorspace, self._tags.matrix),
                frame.color_primaries,
                attached,
                is_opaque(frame),
                header,
            )
        raise UnsupportedError(
            f"{self.path}: the film changes its {change} at {self._at(pts)}; "
            "convert it to one format first, or choose a part with --start and --duration"
        )

    def _begins_with_timecode(self, attached: Mapping[str, tuple[bytes, ...]]) -> bool:
        """Tell whether MPEG's groups of pictures count time from a second or more.

        Those that count from 0 only repeat the film's own time. No more is asked of later frames,
        nor of films whose container has the timecode.
        """
        if self.picture is not None or self._film is not None or "GOP_TIMECODE" not in attached:
            return False
        if has_timecode(self.stream):
            return False
        code = int.from_bytes(attached["GOP_TIMECODE"][0], sys.byteorder)
        return bool(code & ~_NO_SECONDS)

    def _field_order(self, frame: av.VideoFrame) -> FieldOrder | None:
        """Return the field order of `frame`, or the container's where the frame says nothing.

        An odd number of lines cropped at the top swaps it.
        """
        order = self._probe.field_order(frame) or self._container_order
        if order is None or self.cropping is None or self.cropping.top % 2 == 0:
            return order
        return FieldOrder.TOP if order is FieldOrder.BOTTOM else FieldOrder.BOTTOM

    def _aspect(self, frame: av.VideoFrame, known: Picture) -> Fraction | None:
        """Return the pixel aspect of `frame`: that of `known`, unless it has changed."""
        usual = known.sample_aspect_ratio
        if self._aspect_varies is None:
            return usual
        # The decoder knows of a change before the first frame that has it comes out.
        self._aspect_varies |= self.stream.codec_context.sample_aspect_ratio not in (None, usual)
        if not self._aspect_varies:
            return usual
        own = self._probe.sample_aspect_ratio(frame)
        return usual if abs(own / (usual or 1) - 1) < _SAME_ASPECT else own

    def _first_aspect(self, frame: av.VideoFrame) -> Fraction | None:
        """Return the pixel aspect of the film's first frame; None if nothing tells it."""
        told = self.stream.sample_aspect_ratio or None
        if told is None and self._aspect_varies:
            own = self._probe.sample_aspect_ratio(frame)
            return own if own != 1 else None
        return told

    def _placed(
        self,
        luma: np.ndarray,
        chroma: tuple[np.ndarray, np.ndarray] | None,
        marks: Marks,
        pts: int,
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
        """Return planes with the film's pixel aspect: as they are, unless theirs is another."""
        assert self.picture is not None
        now, usual = marks.sample_aspect_ratio, self.picture.sample_aspect_ratio
        if now == usual or self.keeps_aspects:
            return luma, chroma
        self.scaled.setdefault(now or Fraction(1), pts)
        codes = self.picture.codes
        placement = Placement(
            luma.shape, (now or 1) / (usual or Fraction(1)), marks.field_order is not None
        )
        luma = placement(luma, codes.black)
        if chroma is None:
            return luma, None
        u, v = (placement(plane, codes.neutral) for plane in chroma)
        return luma, (u, v)

    def _describe(
        self,
        frame: av.VideoFrame,
        codes: CodeRange,
        transfer: int,
        attached: Mapping[str, tuple[bytes, ...]],
    ) -> Picture:
        """Return what `frame` has in common with all frames of its film."""
        film = self._film
        if film and (film.width, film.height, film.codes) == (frame.width, frame.height, codes):
            return film
        display_matrix = display_matrix_of(attached)
        return Picture(
            width=frame.width,
            height=frame.height,
            depth=codes.depth,
            full_range=codes.full,
            transfer=transfer,
            matrix=first_said(frame.colorspace, self._tags.matrix),
            primaries=frame.color_primaries,
            pixel_format=frame.format.name,
            field_order=self._field_order(frame),
            display_matrix=display_matrix,
            rotation=rotation_of(display_matrix) if display_matrix else 0,
            sample_aspect_ratio=self._first_aspect(frame),
            time_base=self.time_base,
            average_rate=self.average_rate,
            attached=frozenset(attached),
        )

    def _at(self, pts: int) -> str:
        """Return a time as messages give it."""
        return f"{float(pts * self.time_base):.3f} s"


def _may_crop(stream: av.VideoStream) -> bool:
    """Tell whether the container of `stream` is of a kind that can say what is shown."""
    return stream.container.format.name.startswith(("matroska", "mov"))


def _luma_text(codes: CodeRange) -> str:
    """Return depth and range as messages give them."""
    return f"{codes.depth} bits {'full' if codes.full else 'limited'} range"
