"""A film from file to file: reader -> colorizer -> writer, each in its own thread."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import av
import numpy as np

from vidcolor.bars import Rectangle, active_picture
from vidcolor.color import CodeRange
from vidcolor.colorizer import Colorizer, FilmColorizer, FilmFormat, InterlacedColorizer
from vidcolor.encoders import EncoderSettings
from vidcolor.errors import InputError, OutputError, UnsupportedError
from vidcolor.frames import Frame
from vidcolor.prefetch import Prefetch
from vidcolor.reader import Reader
from vidcolor.samples import samples
from vidcolor.tint import Look
from vidcolor.writer import Writer

QUEUED_BATCHES = 2
"""Batches that may wait between two stages."""

FIRST_FORECAST = Fraction(10)
"""Seconds of film after which, and at each doubling, a shortage of disk space is foreseen."""

SAMPLES = 64
"""Frames of the whole film by which black bars are found."""

ONE_HUE = 12
"""Frames for which a coloured shot may look tinted, as one of a single hue does."""

MEMORY_NOTE = "out of memory: from here on in smaller batches"
LOOK_NOTES = {
    Look.TINTED: "the source is tinted: only its luma is used",
    Look.COLOURED: "the source has colour: only its luma is used",
}
"""What is said of a source that is not grey."""


@dataclass(frozen=True)
class Result:
    """What `colorize_file` did.

    frames: written. seconds: of wall time. device: that computed. notes: what the viewer of the
    output will find otherwise than in the source, one line each.
    """

    output: Path
    frames: int
    seconds: float
    device: str
    notes: tuple[str, ...]

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


@dataclass
class _Batch:
    """Consecutive frames, the packets that came between them, and in time their chroma."""

    frames: list[Frame] = field(default_factory=list)
    packets: list[av.Packet] = field(default_factory=list)
    chroma: list[np.ndarray] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)
    """Whether each frame's chroma is the source's own."""


def colorize_file(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    encoder: EncoderSettings | None = None,
    start: Fraction | None = None,
    duration: Fraction | None = None,
    overwrite: bool = False,
    keep_video: bool = False,
    strict: bool = False,
    verify: bool = False,
    only_gray: bool = False,
    keep: bool = False,
    progress: Callable[[int, Fraction, Fraction | None], None] = lambda frames, done, length: None,
    note: Callable[[str], None] = lambda line: None,
) -> Result:
    """Colorize a film; `output` appears when all of it is done. Its black bars stay grey.

    start, duration: the span to colorize, in seconds; see `Reader`. keep_video: copy further video
    streams. strict: what would be left out or lost is an OutputError and damage an InputError, as
    soon as it is known. verify: read the film again before it appears, compare it with what was
    written, and note the outcome; a difference is an OutputError. only_gray: frames that have
    colour, by `tint.look`, keep it, in the source's matrix. keep: as for `Writer`. After each frame
    progress is given the frames done, the seconds of film done, and those to do in all, None if
    unknown. note is given each of the result's notes as soon as it is known, and a warning if the
    disk will not hold the film. Raises VidcolorError.
    """
    began = time.monotonic()
    notes: list[str] = []

    def tell(lines: Iterable[str]) -> None:
        for line in lines:
            if line not in notes:
                notes.append(line)
                note(line)

    frames, kept, first = 0, 0, None
    batch_size = colorizer.batch_size
    looks: set[Look] = set()
    next_forecast = FIRST_FORECAST
    with (
        Reader(
            source,
            start=start,
            duration=duration,
            run_up=colorizer.kernel.lookback,
            keep_video=keep_video,
        ) as reader,
        Writer(
            output,
            reader,
            encoder or EncoderSettings(),
            comment=describe(colorizer),
            overwrite=overwrite,
            verify=verify,
            keep_colour=only_gray,
            keep=keep,
        ) as writer,
    ):
        if strict:
            _refuse_losses(reader, writer)
        tell(_left_out(reader, writer))
        tell([*writer.notes, *writer.losses])
        picture = reader.picture
        stored = FilmFormat(
            CodeRange(picture.depth, picture.full_range),
            (picture.height, picture.width),
            writer.chroma_shape,
            picture.sample_aspect_ratio or Fraction(1),
            picture.rotation,
            picture.field_order is not None,
            writer.matrix,
        )
        active = _active_picture(source, stored)
        if active.shape != stored.shape:
            height, width = active.shape
            tell([f"black bars: the picture is {width}x{height} at {active.left},{active.top}"])
        film = colorizer.film(replace(stored, active=active))
        with (
            Prefetch(_batches(reader, colorizer.batch_size), QUEUED_BATCHES) as decoded,
            Prefetch(_coloured(decoded, film, only_gray), QUEUED_BATCHES) as coloured,
        ):
            for batch in coloured:
                if colorizer.batch_size < batch_size:
                    tell([MEMORY_NOTE])
                for packet in batch.packets:
                    writer.copy(packet)
                if strict:
                    _refuse_losses(reader, writer)
                made = zip(batch.frames, batch.chroma, batch.kept, strict=True)
                for frame, chroma, is_kept in made:
                    if chroma.shape[1:] != writer.chroma_shape:
                        raise UnsupportedError(
                            f"{source}: the film changes its pixel format midway; convert it to "
                            "one format first, or leave --only-gray out"
                        )
                    writer.write(frame, chroma)
                    frames += 1
                    first = frame.pts if first is None else first
                    kept += is_kept
                    if not is_kept:
                        looks.add(frame.look)
                        if frame.look is Look.COLOURED:
                            tell([LOOK_NOTES[frame.look]])
                    done = (frame.pts + frame.duration - first) * picture.time_base
                    progress(frames, done, reader.duration)
                    if reader.duration and done >= next_forecast:
                        next_forecast = 2 * done
                        if shortage := writer.shortage(done / reader.duration):
                            note(shortage)
                            next_forecast = reader.duration + 1
        if strict:
            _refuse_losses(reader, writer)
        tell([*writer.losses, *reader.warnings])
        if Look.TINTED in looks and Look.COLOURED not in looks:
            tell([LOOK_NOTES[Look.TINTED]])
        if kept:
            tell([f"{kept} frame{'s' * (kept != 1)} had colour: kept as it was"])
    if writer.verified:
        tell([writer.verified])
    device = str(colorizer.predictor.device)
    return Result(output, frames, time.monotonic() - began, device, tuple(notes))


def describe(colorizer: Colorizer) -> str:
    """The version, weights and settings that make a film, for its metadata."""
    decoding, kernel = colorizer.decoding, colorizer.kernel
    return (
        f"vidcolor {version('vidcolor')} weights={colorizer.name}"
        f" temperature={decoding.temperature:g} rebalance={decoding.rebalance:g}"
        f" working-size={decoding.working_size} decay={kernel.decay:g} window={kernel.window}"
        f" precision={str(colorizer.predictor.precision).removeprefix('torch.')}"
        f" batch-size={colorizer.batch_size}"
    )


def _active_picture(source: Path, film: FilmFormat) -> Rectangle:
    """The picture within the bars of the whole film, whatever part of it is colorized."""
    lumas = (frame.luma for frame in samples(source, SAMPLES))
    dtype = np.uint8 if film.codes.depth == 8 else np.uint16
    alike = (luma for luma in lumas if luma.shape == film.shape and luma.dtype == dtype)
    rows, columns = film.sampling
    return active_picture(alike, film.shape, film.codes, (rows * (1 + film.interlaced), columns))


def _left_out(reader: Reader, writer: Writer) -> list[str]:
    return [f"left out: {line}" for line in [*reader.left_out, *writer.left_out]]


def _refuse_losses(reader: Reader, writer: Writer) -> None:
    """Raise what is damaged or would be missing, as far as it is known."""
    if warnings := reader.warnings:
        raise InputError(
            f"{reader.path}: {'; '.join(warnings)}; get a sound copy, or leave --strict out"
        )
    if lost := [*_left_out(reader, writer), *writer.losses]:
        raise OutputError(
            f"{writer.path}: {'; '.join(lost)}; choose another output, or leave --strict out"
        )


def _batches(reader: Reader, size: int) -> Iterator[_Batch]:
    """Groups of `size` frames, the last one smaller; packets leave with the group they are in.

    A run-up is grouped apart from the film, so that a span's batches begin with its first frame.
    """
    batch = _Batch()
    for item in reader:
        if isinstance(item, av.Packet):
            batch.packets.append(item)
            continue
        if batch.frames and (len(batch.frames) == size or batch.frames[-1].run_up > item.run_up):
            yield batch
            batch = _Batch()
        batch.frames.append(item)
    yield batch


def _coloured(
    batches: Iterable[_Batch], film: FilmColorizer | InterlacedColorizer, only_gray: bool
) -> Iterator[_Batch]:
    """The batches with their chroma; frames of the run-up are taken out.

    only_gray: coloured frames get their own chroma, and tinted ones at most `ONE_HUE` frames behind
    them, if none is grey between; smoothing begins anew behind these.
    """
    tinted_for = ONE_HUE + 1
    for batch in batches:
        kept = []
        for frame in batch.frames:
            match frame.look:
                case Look.COLOURED:
                    tinted_for = 0
                case Look.TINTED:
                    tinted_for += 1
                case Look.GREY:
                    tinted_for = ONE_HUE + 1
            kept.append(only_gray and tinted_for <= ONE_HUE)
        for own, run in groupby(zip(kept, batch.frames, strict=True), itemgetter(0)):
            frames = [frame for _, frame in run]
            run_up = sum(frame.run_up for frame in frames)
            batch.kept += [own] * (len(frames) - run_up)
            if own:
                film.restart()
                batch.chroma += [
                    np.stack(frame.chroma) for frame in frames[run_up:] if frame.chroma
                ]
            else:
                batch.chroma += film([frame.luma for frame in frames], run_up)
        batch.frames = [frame for frame in batch.frames if not frame.run_up]
        yield batch
