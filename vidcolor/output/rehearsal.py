"""Tracks written alone into nothing first: what a container refuses of them harms no film."""

import io
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, cast

import av
from av.bitstream import BitStreamFilterContext
from av.container.output import OutputContainer
from av.stream import Stream

from vidcolor.input.description import sound_layouts
from vidcolor.input.ffmpeg_log import ffmpeg_log
from vidcolor.input.streams import stream_codec

# What stands, until it gets the true parameters, for a codec that Matroska names in a way of
# Windows: by the header of a WAV or AVI file.
_STAND_INS = {"audio": "mp3", "video": "mpeg4"}


_DROPS = "Dropping invalid packet"


class Rehearsal:
    """A file of one track, which goes nowhere.

    Args:
        container: FFmpeg's name of the container.
        add: adds the track to a file, or returns None.

    Raises:
        ValueError: the container refuses the track, or `add` returned None.
    """

    def __init__(self, container: str, add: Callable[[OutputContainer], Stream | None]) -> None:
        self._file = av.open(cast("IO[bytes]", _Nowhere()), "w", format=container)
        stream = add(self._file)
        if stream is None:
            raise ValueError("the track can't be added")
        self._stream, self._container = stream, container
        self._has_begun = False
        try:
            self._file.start_encoding()
        except av.error.FFmpegError as error:
            raise ValueError(error.strerror) from error

    def refuses(self, packet: av.Packet) -> str | None:
        """Write `packet`, and say in FFmpeg's words why that failed; None if it did not.

        What is wrong at the start of a track, FFmpeg drops and only logs. The packet then belongs
        to the stream of this file. Raises MemoryError.
        """
        packet.stream = self._stream
        said: list[tuple[int, str, str]] = []
        try:
            with ExitStack() as stack:
                if not self._has_begun:
                    said = stack.enter_context(ffmpeg_log(av.logging.WARNING))
                self._file.mux(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            return error.strerror
        for _, speaker, line in said:
            if speaker == self._container and line.startswith(_DROPS):
                return line.strip()
        self._has_begun = True
        return None


def refusal(
    container: str, add: Callable[[OutputContainer], Stream | None], packet: av.Packet
) -> str | None:
    """Write a file of one track and one packet to its end; return why that failed, or None.

    Some containers look at what a track holds when they write their end, and then refuse the film.
    The packet stays as it was. `add` is as for `Rehearsal`, which has not refused the track.
    """
    copy = av.Packet(bytes(packet))
    copy.pts, copy.dts, copy.time_base = packet.pts, packet.dts, packet.time_base
    copy.duration, copy.is_keyframe = packet.duration, True
    try:
        with av.open(io.BytesIO(), "w", format=container) as file:
            stream = add(file)
            if stream is None:
                raise ValueError("the track can't be added")
            copy.stream = stream
            file.mux(copy)
    except av.error.FFmpegError as error:
        return error.strerror
    return None


def add_copied(file: OutputContainer, container: str, track: Stream) -> Stream | None:
    """Add a stream for the packets of `track` to `file`; return None if PyAV sees no way.

    Whether the container really takes it, its header tells: see `Rehearsal`.
    """
    if track.type == "attachment" and container != "matroska":
        return None
    try:
        return file.add_stream_from_template(track, opaque=True)
    except ValueError:
        pass
    if container != "matroska" or track.type not in _STAND_INS or not _reads_back(track):
        return None
    return _add_as_windows_does(file, track)


def _add_as_windows_does(file: OutputContainer, track: Stream) -> Stream:
    """Add a stream for a codec that has a name of its own in Windows alone, as A_MS/ACM.

    FFmpeg writes such, but PyAV asks whether Matroska has a name for the codec. It does not ask
    where a filter hands the parameters on.
    """
    with av.open(cast("IO[bytes]", _Nowhere()), "w", format="null") as nowhere:
        # Another container's tag of the codec stays behind here.
        plain = nowhere.add_stream_from_template(track, opaque=True)
        stream = file.add_mux_stream(_STAND_INS[track.type])
        BitStreamFilterContext("null", plain, stream)
    stream.time_base = track.time_base
    return stream


def _reads_back(track: Stream) -> bool:
    """Tell whether the codec of `track`, written as Windows does, is found again in a .mkv."""
    written = io.BytesIO()
    try:
        with av.open(written, "w", format="matroska") as trial:
            packet = av.Packet(bytes(1))  # FFmpeg reads no header without anything behind it
            packet.stream = _add_as_windows_does(trial, track)
            packet.pts = packet.dts = 0
            trial.mux(packet)
        written.seek(0)
        with av.open(written) as trial:
            return [stream_codec(stream) for stream in trial.streams] == [stream_codec(track)]
    except av.error.FFmpegError:
        return False


def layout_in(container: str, add: Callable[[OutputContainer], Stream | None], silence: int) -> str:
    """Return which channel layout a track of PCM has when it is read from a container.

    Args:
        container: FFmpeg's name of it.
        add: adds the track to a file.
        silence: bytes of its sound.

    Raises ValueError if the container refuses the track.
    """
    written = io.BytesIO()
    try:
        with av.open(written, "w", format=container) as trial:
            stream, packet = add(trial), av.Packet(bytes(silence))
            if stream is None:
                raise ValueError("the track can't be added")
            packet.stream = stream
            packet.pts = packet.dts = 0
            trial.mux(packet)
        written.seek(0)
        with av.open(written, "r") as found:
            return sound_layouts(found)[0]
    except av.error.FFmpegError as error:
        raise ValueError(error.strerror) from error


class _Nowhere:
    """A file that keeps nothing but its position."""

    closed = True  # so PyAV does not write the file's end, which nobody needs

    def __init__(self) -> None:
        self._position = 0

    def write(self, content: bytes) -> int:
        self._position += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + (self._position if whence == io.SEEK_CUR else 0)
        return self._position

    def tell(self) -> int:
        return self._position
