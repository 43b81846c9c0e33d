"""Frame sequences: a film of one picture file a frame, opened as FFmpeg opens a film."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.stream import Stream

from vidcolor.errors import InputError, UnsupportedError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.input.picture_headers import PictureHeader, decodable, read_header
from vidcolor.kinds import picture_file

if TYPE_CHECKING:
    from av.container.core import Chapter

SUFFIXES = (".dpx", ".tif", ".tiff", ".png")
"""The suffixes of the files that a sequence consists of."""

_DIGITS = re.compile(r"\d+")
_MOST_NAMED = 3
_FEWEST = 12
"""So many numbered files in a folder are taken for frames; photographs come in fewer."""
_UNREADABLE = b"\0"
"""What an empty file is read as: an empty packet would end the film."""


class SequenceContainer:
    """The files of a sequence, with what `Source` uses of a container of FFmpeg.

    FFmpeg's own reader of sequences ends at the first number that is missing and says nothing. So
    the files are read here, each as a packet, and FFmpeg only opens the first one, for its stream.
    A frame's time follows from its number: behind a gap all frames keep their times, and the one
    before it is shown for longer.

    Args:
        sequence: the folder or pattern.
        options: of FFmpeg, for the decoder.

    Raises:
        InputError: there are no frames, or which they are is not clear; a file can't be read.
        UnsupportedError: the frames are of a kind that is not supported, or logarithmic.
    """

    start_time = 0
    duration: int
    """In microseconds."""
    size: int
    """Of all files in bytes, as far as the first one tells."""
    metadata: dict[str, str]
    header: PictureHeader
    """What the first file says about itself and the film."""
    headers: dict[int, PictureHeader]
    """What the files delivered so far say, by the pts of their frames."""
    warnings: list[str]
    """Which frames are missing, one line each."""
    notes: list[str]
    """What there is to tell though nothing is lost, one line each."""

    def __init__(self, sequence: FrameSequence, options: dict[str, str]) -> None:
        self._sequence = sequence
        self._files, others = _list(sequence)
        self._numbers = sorted(self._files)
        first = self._files[self._numbers[0]]
        content = self._read(first)
        self.size = len(content) * len(self._numbers)
        self.header = read_header(decodable(first, content))
        self.metadata = {} if self.header.timecode is None else {"timecode": self.header.timecode}
        self.warnings = _missing(self._numbers, self._files)
        self.notes = self._notes(others)
        self.headers = {}
        self._next = 0
        span = self._numbers[-1] + 1 - self._numbers[0]
        self.duration = round(span / sequence.rate * av.time_base)
        rate = f"{sequence.rate.numerator}/{sequence.rate.denominator}"
        try:
            self._opened = av.open(
                str(first.absolute()),
                "r",
                format="image2",
                options={**options, "pattern_type": "none", "framerate": rate},
                metadata_errors="replace",
            )
        except av.error.FFmpegError as error:
            raise InputError(f"{first}: can't be opened: {error.strerror}") from error
        self.streams, self.format = self._opened.streams, self._opened.format
        self._stream = self.streams.video[0]

    def chapters(self) -> list["Chapter"]:
        """Return no chapters."""
        return []

    def demux(self, *streams: Stream) -> Iterator[av.Packet]:
        """Yield the frames from where the sequence stands, and an empty packet at its end."""
        while self._next < len(self._numbers):
            number = self._numbers[self._next]
            self._next += 1
            following = self._numbers[self._next : self._next + 1] or [number + 1]
            path = self._files[number]
            content = decodable(path, self._read(path))
            self.headers[number - self._numbers[0]] = read_header(content)
            yield self._packet(content, number, following[0] - number)
        # At the end, damage of one frame would take those behind it along that the decoder's
        # threads still work on. So they are pushed out first, by packets that are no frames.
        for _ in range(self._stream.codec_context.thread_count):
            yield self._packet(b"", self._numbers[-1] + 1, 0)
        end = av.Packet()
        end.stream = self._stream
        yield end

    def _packet(self, content: bytes, number: int, duration: int) -> av.Packet:
        """Return a packet of the frame of this number, shown for some ticks of a frame each."""
        content = content or _UNREADABLE
        # A packet made of the bytes themselves would lack FFmpeg's padding, and the decoder's
        # threads, when they are done with it, would wait for a lock that their owner may hold.
        packet = av.Packet(len(content))
        packet.update(content)
        packet.stream = self._stream
        packet.time_base = 1 / self._sequence.rate
        packet.pts = packet.dts = number - self._numbers[0]
        packet.duration = duration
        packet.is_keyframe = True
        return packet

    def seek(self, offset: int, *, stream: Stream) -> None:
        """Go to the last frame at or before `offset`, in ticks of one frame each."""
        position = bisect_right(self._numbers, self._numbers[0] + offset) - 1
        self._next = max(position, 0)
        self._stream.codec_context.flush_buffers()

    def close(self) -> None:
        """Let go of the file that is open."""
        self._opened.close()

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: can't be read: {error.strerror}") from error

    def _notes(self, others: list[str]) -> list[str]:
        notes = []
        rate, told = self._sequence.rate, self.header.rate
        if told is not None and abs(told - rate) > rate / 500:
            notes.append(f"its files say {float(told):.5g} frames/s: {float(rate):.5g} was asked")
        if others:
            notes.append(f"beside the frames, and no part of the film: {_some(others)}")
        return notes


def is_series(names: Collection[str]) -> bool:
    """Tell whether files are the frames of a film by their names, which a few numbers don't show.

    Photographs may be numbered, too, so there must be several in a row.
    """
    series = max(_series(names), key=len, default=[])
    place = _number_place(series) if len(series) >= _FEWEST else None
    if place is None:
        return False
    numbers = [int(_DIGITS.findall(name)[place]) for name in series]
    return max(numbers) - min(numbers) < 2 * len(series)


def _list(sequence: FrameSequence) -> tuple[dict[int, Path], list[str]]:
    """Return the files of a sequence by their numbers, and the names of others in its folder.

    The latter are those of a folder that was named itself; next to a pattern, anything may lie.
    Raises InputError and UnsupportedError, as `SequenceContainer`.
    """
    folder = sequence.folder
    try:
        names = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise InputError(f"{folder}: can't be read: {error.strerror}; check the name") from error
    others: list[str] = []
    if sequence.file_names is not None:
        named = [
            (match[1], name) for name in names if (match := sequence.file_names.fullmatch(name))
        ]
        if not named:
            raise InputError(f"{sequence}: no file has such a name; check the folder and pattern")
        if Path(named[0][1]).suffix.lower() not in SUFFIXES:
            raise UnsupportedError(
                f"{sequence}: frame sequences are {', '.join(SUFFIXES)}; convert the frames first"
            )
    else:
        pictures = [name for name in names if Path(name).suffix.lower() in SUFFIXES]
        others = [name for name in names if name not in set(pictures)]
        if not pictures:
            _refuse_others(sequence, others)
        named = _one_series(sequence, pictures)
    files = {int(digits): folder / name for digits, name in named}
    if len(files) < len(named):
        raise InputError(
            f"{sequence}: two frames have the same number, as with and without zeros in front; "
            "name one kind by a pattern such as %06d.dpx"
        )
    return files, others


def _refuse_others(folder: FrameSequence, names: list[str]) -> None:
    """Raise InputError for a folder without frames; UnsupportedError if it holds other pictures."""
    kinds = ", ".join(SUFFIXES)
    other = next((name for name in names if picture_file(folder.folder / name)), None)
    if other is not None:
        raise UnsupportedError(
            f"{folder}: frame sequences are {kinds}, and no files like {other}; "
            "convert the frames first"
        )
    raise InputError(f"{folder}: holds no frames ({kinds}); name a film, or another folder")


def _one_series(folder: FrameSequence, names: list[str]) -> list[tuple[str, str]]:
    """Return the digits and the name of each file. Raises InputError if they are no one series."""
    series = _series(names)
    if len(series) > 1:
        first, second = sorted(series, key=len, reverse=True)[:2]
        raise InputError(
            f"{folder}: holds files of several kinds, such as {first[0]} and {second[0]}; name "
            f"those of the film by a pattern, such as {Path(folder, _pattern(first))}"
        )
    place = _number_place(names)
    if place is None:
        raise InputError(
            f"{folder}: can't tell by {names[0]} and {names[-1]} how the frames are numbered; "
            "number them in one place of the name"
        )
    return [(_DIGITS.findall(name)[place], name) for name in names]


def _series(names: Iterable[str]) -> list[list[str]]:
    """Return names of files that are alike but for their numbers, together."""
    series: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        alike = re.sub(r"\.tiff$", ".tif", name.lower())
        series.setdefault(tuple(_DIGITS.split(alike)), []).append(name)
    return list(series.values())


def _number_place(names: list[str]) -> int | None:
    """Return which of the numbers in names that are else alike counts; None if none does.

    It is the only one that differs, or the last one of a single name.
    """
    columns = list(zip(*(_DIGITS.findall(Path(name).stem) for name in names), strict=True))
    if len(names) == 1:
        return len(columns) - 1 if columns else None
    places = [place for place, digits in enumerate(columns) if len(set(digits)) > 1]
    return places[0] if len(places) == 1 else None


def _pattern(names: list[str]) -> str:
    """Return the pattern of names that are alike but for their numbers."""
    place = _number_place(names)
    if place is None:
        return "%06d" + Path(names[0]).suffix
    found = list(_DIGITS.finditer(names[0]))[place]
    widths = {len(_DIGITS.findall(name)[place]) for name in names}
    number = "%d" if len(widths) > 1 else f"%0{widths.pop()}d"
    return names[0][: found.start()] + number + names[0][found.end() :]


def _missing(numbers: list[int], files: dict[int, Path]) -> list[str]:
    """Return a line that names the frames missing between the first and the last; none if all are.

    Raises InputError if more are missing than are there.
    """
    gaps = [(a, b) for a, b in pairwise(numbers) if b > a + 1]
    if not gaps:
        return []
    missing = sum(b - a - 1 for a, b in gaps)
    places = [f"{files[a].name} to {files[b].name}" for a, b in gaps]
    if missing > len(numbers):
        raise InputError(
            f"{files[numbers[0]].parent}: of its frames, more are missing than are there: "
            f"from {_some(places)}; keep the frames of each film in a folder of its own"
        )
    line = f"{missing} frame{'s are' if missing > 1 else ' is'} missing, from {_some(places)}"
    return [f"{line}: the frame before is shown for longer"]


def _some(names: list[str]) -> str:
    """Return names in a row, the first few of many."""
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
