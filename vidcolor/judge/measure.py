"""Measuring a film, shot by shot: how steady its colour is, how strong, how near to the truth."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, fields
from fractions import Fraction
from itertools import islice, repeat, zip_longest
from pathlib import Path

import numpy as np
import torch

from vidcolor.color import metrics
from vidcolor.color.unrest import spreads
from vidcolor.errors import UsageError
from vidcolor.input.reader import Reader
from vidcolor.judge import steadiness
from vidcolor.judge.measured_frames import MeasuredFrame, measured_frames, measured_shape
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.temporal.cuts import CutDetector, thumbnail
from vidcolor.temporal.flow import FINE, SHORTEST_SIDE, find_flows, still, visible

POINTS = 2000
"""The largest number of points of a curve, which is even; in longer films each has more frames."""
PSNR_LIMIT = 60.0
"""The dB at which a frame's PSNR is capped: a frame equal to the truth has an infinite one."""
SSIM_WINDOW = 11
"""The side, in pixels, of SSIM's window; smaller pictures have no SSIM."""

_TRUE_UNREST = "unrest of the truth"

# How far apart, in seconds, the times of one frame in two files may be: containers round them.
_TICKS = Fraction(1, 500)


@dataclass(frozen=True)
class Figures:
    """The figures of some frames; a figure is None where no frame has one.

    Pairs of frames never reach across a cut. All pictures are those of `MeasuredFrame`.
    """

    cdc: float | None
    """Colour distribution consistency: the Jensen-Shannon divergence of the frames' histograms, in
    nats; its mean over R, G and B and over the frame distances 1, 2 and 4."""
    flicker: float | None
    """The change of chroma on still pixels, in 8-bit codes; its mean over consecutive frames."""
    still_share: float | None
    """The share of still pixels; its mean over consecutive frames. A pair with too few of them does
    not count for the flicker."""
    warp_error: float | None
    """The squared change of chroma along the luma's flow, where nothing was hidden, in 8-bit codes
    squared; its mean over consecutive frames."""
    drift: float | None
    """How far the mean chroma over a second strays within a shot, in 8-bit codes; its mean over
    the shots that last a second or more, weighted by their frames."""
    unrest: float | None
    """How blotchy flat places are: the spread of chroma in squares of even luma (`color.unrest`),
    in 8-bit codes; its mean over the frames that have such squares."""
    colourfulness: float | None
    """The mean over the frames; so are the figures below, which compare with the truth's frames."""
    psnr: float | None
    """In dB; each frame's is at most `PSNR_LIMIT`."""
    ssim: float | None
    ciede2000: float | None
    unrest_of_truth: float | None
    """The unrest as a factor of the truth's, in the same squares."""


@dataclass(frozen=True)
class Part:
    """Consecutive frames and their figures: a shot, a film, or a point of its curves."""

    start: float
    """Seconds since the film's first frame."""
    end: float
    """Seconds since the film's first frame, too."""
    frames: int
    """How many there are."""
    figures: Figures


@dataclass(frozen=True)
class Measurement:
    """What `measure` found out about a film."""

    film: Path
    truth: Path | None
    size: tuple[int, int]
    """The width and height at which frames were measured."""
    overall: Part
    shots: tuple[Part, ...]
    points: tuple[Part, ...]
    """The points of the curves over time, at most `POINTS`, all of equally many frames except
    perhaps the last."""
    warnings: tuple[str, ...]
    """What is wrong with the files, and where frames change, one line each."""


def measure(
    film: Path,
    truth: Path | None = None,
    listener: Listener = SILENT,
    shots: Collection[int] | None = None,
    seen: Callable[[int, MeasuredFrame], None] = lambda number, view: None,
) -> Measurement:
    """Measure a film in one pass, in memory that hardly grows with its frames.

    Args:
        film: the film to measure.
        truth: the same film in its true colours, frame for frame at the same times; if it has
            another size, it is resized to the film's. None if there is none.
        listener: is told of progress.
        shots: the numbers, from 0, of the frames with which shots begin; None to find them.
        seen: is called with the number of each frame and the frame.

    Raises:
        InputError: a file is missing, damaged or no film.
        UnsupportedError: a film is not SDR, or is stored as RGB.
        UsageError: the truth has other frames, or another aspect.
    """
    with ExitStack() as stack:
        readers = [stack.enter_context(Reader(path)) for path in (film, truth) if path is not None]
        reader = readers[0]
        shape = measured_shape(reader.picture)
        frames: Iterable[tuple[MeasuredFrame, MeasuredFrame | None]] = (
            zip(measured_frames(reader, shape), repeat(None), strict=False)
            if truth is None
            else _pair(reader, readers[1], shape)
        )
        meter = _Meter()
        tallies: list[_Tally] = []
        chroma: list[list[np.ndarray]] = []
        curve = _Curve()
        for count, (view, true, begins) in enumerate(_in_shots(frames, shots), 1):
            if begins:
                meter.restart()
                tallies.append(_Tally(view.time, view.time))
                chroma.append([])
            seen(count - 1, view)
            end = view.time + view.duration
            sums = {name: (figure, 1) for name, figure in meter(view, true).items()}
            tallies[-1].add(_Tally(view.time, end, 1, sums))
            chroma[-1].append(view.chroma.mean((0, 1)))
            curve.add(_Tally(view.time, end, 1, sums))
            listener.progress(count, end, reader.duration)
        # The drift is known only when a shot is over, so the film is added up from its shots.
        overall = _Tally(Fraction(0), Fraction(0))
        second = max(1, round(reader.picture.average_rate or 1))
        for shot, means in zip(tallies, chroma, strict=True):
            drift = steadiness.drift(np.array(means), second)
            if drift is not None:
                shot.sums["drift"] = drift * shot.frames, shot.frames
            overall.add(shot)
        return Measurement(
            film,
            truth,
            (shape[1], shape[0]),
            overall.part(),
            tuple(shot.part() for shot in tallies),
            tuple(point.part() for point in curve.points),
            tuple(
                f"{reader.path}: {line}"
                for reader in readers
                for line in [*reader.changes, *reader.warnings]
            ),
        )


def means(values: Sequence[float | None], parts: Iterable[Part]) -> list[float | None]:
    """Return the mean of the values of each of `parts`; None where all of them are None.

    values: one for each frame of the film. parts: they follow one another from the first frame.
    """
    frames = iter(values)
    found = []
    for part in parts:
        known = [value for value in islice(frames, part.frames) if value is not None]
        found.append(float(np.mean(known)) if known else None)
    return found


@dataclass
class _Tally:
    """Sums of figures over consecutive frames."""

    start: Fraction
    end: Fraction
    frames: int = 0
    sums: dict[str, tuple[float, int]] = field(default_factory=dict)
    """The sum of each figure, and how many values are in it, by its name."""

    def add(self, later: "_Tally") -> None:
        """Add the frames of `later`, which follow these."""
        self.end = later.end
        self.frames += later.frames
        for name, (more, count) in later.sums.items():
            total, known = self.sums.get(name, (0.0, 0))
            self.sums[name] = total + more, known + count

    def part(self) -> Part:
        """Return the means."""
        means = {name: total / count for name, (total, count) in self.sums.items()}
        distances = [means[key] for key in map(_divergence, steadiness.DISTANCES) if key in means]
        if distances:
            means["cdc"] = float(np.mean(distances))
        if true := means.get(_TRUE_UNREST):
            means["unrest_of_truth"] = means["unrest"] / true
        figures = Figures(**{each.name: means.get(each.name) for each in fields(Figures)})
        return Part(float(self.start), float(self.end), self.frames, figures)


class _Curve:
    """The film in at most `POINTS` pieces, each of `_each` frames, whatever its length."""

    def __init__(self) -> None:
        self.points: list[_Tally] = []
        self._each = 1

    def add(self, frame: _Tally) -> None:
        """Add the film's next frame; if there are too many pieces, each two become one."""
        if self.points and self.points[-1].frames < self._each:
            self.points[-1].add(frame)
            return
        if len(self.points) == POINTS:
            for earlier, later in zip(self.points[::2], self.points[1::2], strict=True):
                earlier.add(later)
            del self.points[1::2]
            self._each *= 2
        self.points.append(frame)


class _Meter:
    """Measures frames, each against those before it in its shot."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Forget the frames so far: a shot begins."""
        self._before: MeasuredFrame | None = None
        self._histograms: deque[np.ndarray] = deque(maxlen=max(steadiness.DISTANCES))

    def __call__(self, view: MeasuredFrame, truth: MeasuredFrame | None) -> dict[str, float]:
        """Return the figures that the frame has, by the names of `Figures`.

        In place of the CDC there are its parts, one for each distance of frames, and in place of
        the last figure the truth's own unrest.
        """
        rgb = view.rgb()
        figures = {"colourfulness": metrics.colourfulness(rgb), **_unrest(view, truth)}
        histograms = steadiness.histograms(rgb)
        for distance in steadiness.DISTANCES:
            if distance <= len(self._histograms):
                pair = histograms, self._histograms[-distance]
                figures[_divergence(distance)] = float(steadiness.js_divergence(*pair).mean())
        self._histograms.append(histograms)
        if self._before is not None:
            figures |= _steadiness(self._before, view)
        self._before = view
        return figures if truth is None else figures | _nearness(truth.rgb(), rgb)


def _steadiness(before: MeasuredFrame, now: MeasuredFrame) -> dict[str, float]:
    """Return the figures of two consecutive frames."""
    rests = still(before.luma, now.luma)
    figures = {"still_share": float(rests.mean())}
    if figures["still_share"] >= steadiness.STILL_SHARE:
        figures["flicker"] = steadiness.flicker(before.chroma, now.chroma, rests)
    if min(now.luma.shape) >= SHORTEST_SIDE:
        back, there = find_flows(before.luma, now.luma, FINE)
        seen = visible(there, back)
        if seen.any():
            figures["warp_error"] = steadiness.warp_error(before.chroma, now.chroma, there, seen)
    return figures


def _unrest(view: MeasuredFrame, truth: MeasuredFrame | None) -> dict[str, float]:
    """Return the unrest of a frame and of the true one, if it has flat squares."""
    named = {"unrest": view} if truth is None else {"unrest": view, _TRUE_UNREST: truth}
    chromas = [torch.from_numpy(each.chroma).movedim(-1, 0) for each in named.values()]
    found = spreads(torch.from_numpy(view.luma), *chromas)
    return {name: float(np.mean(every)) for name, every in zip(named, found, strict=True) if every}


def _nearness(truth: np.ndarray, rgb: np.ndarray) -> dict[str, float]:
    """Return the figures of a frame against the true one, both (H, W, 3) uint8 RGB."""
    figures = {
        "psnr": min(metrics.psnr(truth, rgb), PSNR_LIMIT),
        "ciede2000": metrics.ciede2000(truth, rgb),
    }
    if min(rgb.shape[:2]) >= SSIM_WINDOW:
        figures["ssim"] = metrics.ssim(truth, rgb)
    return figures


def _divergence(distance: int) -> str:
    """Return the name of the part of the CDC that is of frames at this distance."""
    return f"divergence {distance}"


def _in_shots(
    frames: Iterable[tuple[MeasuredFrame, MeasuredFrame | None]], shots: Collection[int] | None
) -> Iterator[tuple[MeasuredFrame, MeasuredFrame | None, bool]]:
    """Yield `frames`, each with whether a shot begins there. shots: as for `measure`."""
    if shots is not None:
        for number, (view, truth) in enumerate(frames):
            yield view, truth, number in shots
        return
    detector = CutDetector()
    undecided: deque[tuple[MeasuredFrame, MeasuredFrame | None]] = deque()
    for view, truth in frames:
        undecided.append((view, truth))
        for begins in detector([thumbnail(view.luma)]):
            yield *undecided.popleft(), begins
    for begins in detector.finish():
        yield *undecided.popleft(), begins


def _pair(
    film: Reader, truth: Reader, shape: tuple[int, int]
) -> Iterator[tuple[MeasuredFrame, MeasuredFrame]]:
    """Yield the frames of both films in pairs, each of `shape`, (height, width).

    Raises:
        UsageError: the films differ in aspect, in the number of frames, or in their times.
    """
    (width, height), (true_width, true_height) = (
        (reader.picture.width, reader.picture.height) for reader in (film, truth)
    )
    # Sizes of one aspect in whole pixels are off by one at most.
    if abs(width * true_height - true_width * height) > max(width, height, true_width, true_height):
        raise UsageError(
            f"{truth.path}: {true_width}x{true_height} is of another aspect than {film.path}, "
            f"{width}x{height}; scale or crop it to that first"
        )
    both = zip_longest(measured_frames(film, shape), measured_frames(truth, shape))
    for index, (view, true) in enumerate(both):
        if view is None or true is None:
            shorter, longer = (film, truth) if view is None else (truth, film)
            raise UsageError(
                f"{shorter.path}: ends after {index} frames and {longer.path} goes on; "
                "give a truth of the same frames"
            )
        if abs(view.time - true.time) > max(view.duration / 2, true.duration / 2, _TICKS):
            raise UsageError(
                f"{truth.path}: its frame {index + 1} is shown at {float(true.time):.3f} s, that "
                f"of {film.path} at {float(view.time):.3f} s; give a truth of the same frames"
            )
        yield view, true
