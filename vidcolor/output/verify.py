"""Reading a film that was just written, to see that all of it is there."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path

import av
from av.stream import Stream

from vidcolor.errors import OutputError
from vidcolor.input.frames import Frame
from vidcolor.input.mp4 import repeats_metadata
from vidcolor.input.pixel_formats import luma_plane
from vidcolor.input.streams import is_cover
from vidcolor.input.tag_text import RAW


class Manifest:
    """A list of what a film must hold: the frames that were written, and their luma.

    time_base: of the frames' times, in seconds.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._times: list[int] = []
        self._parts: list[tuple[int, str]] = []
        self._luma = blake2b()

    def add(self, frame: Frame) -> None:
        """Expect `frame` after those before it."""
        self._times.append(frame.pts)
        self._luma.update(frame.luma.tobytes())

    def add_part(self, times: Sequence[int], luma: str) -> None:
        """Expect frames shown at `times`; luma: the digest, as `blake2b` has it, of all of them."""
        self._times += times
        self._parts.append((len(self._times), luma))

    def check(
        self,
        film: Path,
        expected: Counter[str],
        lossless: bool,
        name: Path,
        alive: Callable[[], None] = lambda: None,
    ) -> str:
        """Read `film` to its end and say what was found, in one line.

        Every frame must be there, in order, within one tick of the container's time base of its
        time, apart from one offset for the whole film.

        Args:
            film: where the film lies.
            expected: how many streams of each kind must be there, as `count_streams` counts them.
            lossless: whether the luma must be the same.
            name: what messages call the film.
            alive: is called with each frame.

        Raises:
            OutputError: something differs, or the film can't be read.
        """
        try:
            with av.open(str(film), metadata_errors=RAW) as opened:
                video = opened.streams.video[0]
                tick = video.time_base
                assert tick is not None
                found = count_streams(opened.streams)
                times: list[Fraction | None] = []
                lumas, luma = [], blake2b()
                ends = {end for end, _ in self._parts}
                for frame in opened.decode(video):
                    alive()
                    times.append(None if frame.pts is None else frame.pts * tick)
                    luma.update(luma_plane(frame).tobytes())
                    if len(times) in ends:
                        lumas.append(luma.hexdigest())
                        luma = blake2b()
        except av.error.FFmpegError as error:
            raise _failure(name, f"can't be read: {error.strerror}") from error
        if len(times) != len(self._times):
            raise _failure(name, f"holds {len(times)} frames, {len(self._times)} were written")
        if found != expected:
            raise _failure(name, f"holds {_in_words(found)}, {_in_words(expected)} were written")
        shifts = [
            there - written * self._time_base
            for there, written in zip(times, self._times, strict=True)
            if there is not None
        ]
        if len(shifts) < len(times):
            raise _failure(name, "holds frames without a time")
        if shifts and max(shifts) - min(shifts) > tick:
            raise _failure(name, f"holds times up to {float(max(shifts) - min(shifts)):.4f} s off")
        written_lumas = [digest for _, digest in self._parts]
        identical = [*lumas, luma.hexdigest()] == [*written_lumas, self._luma.hexdigest()]
        if lossless and not identical:
            raise _failure(name, "holds another luma than was written, though losslessly encoded")
        same = "luma identical" if identical else "luma as the lossy encoder left it"
        frames = (
            "1 frame and its time" if len(times) == 1 else f"{len(times)} frames and their times"
        )
        return f"verified: {frames}; {_in_words(found)}; {same}"


def count_streams(streams: Iterable[Stream]) -> Counter[str]:
    """Count the streams of each kind. Cover art counts as attachments, as Matroska keeps it."""
    return Counter(
        "attachment" if is_cover(stream) else stream.type
        for stream in streams
        if not repeats_metadata(stream)
    )


def _in_words(counts: Counter[str]) -> str:
    """Say in words how many streams of each kind there are."""
    return ", ".join(f"{count} {kind} stream{'s' * (count != 1)}" for kind, count in counts.items())


def _failure(name: Path, what: str) -> OutputError:
    """Return the error that says what is wrong with the film, and what may help."""
    return OutputError(f"{name}: the film just made {what}; try another --encoder or container")
