"""A film from file to file: reader -> colorizer -> writer, each in its own thread."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import describe
from vidcolor.errors import InputError, OutputError, UnsupportedError
from vidcolor.input.reader import Reader
from vidcolor.output.encoders import EncoderSettings
from vidcolor.output.writer import Writer
from vidcolor.pipeline.film_format import film_format
from vidcolor.pipeline.first_pass import colored_frames, film_drift
from vidcolor.pipeline.listener import Note, Progress, ignore_note, ignore_progress
from vidcolor.pipeline.notes import MEMORY_NOTE, Forecast, RunNotes
from vidcolor.pipeline.stages import colorize_frames, reach
from vidcolor.pipeline.write import left_out


@dataclass(frozen=True)
class Result:
    """What `colorize_file` did.

    frames: written. seconds: of wall time. device: that computed. notes: what the viewer of the
    output will find otherwise than in the source, one line each. shots: numbers of the frames, from
    0, with which shots begin. confidence: as in `Color`, of each frame; None where it was kept.
    """

    output: Path
    frames: int
    seconds: float
    device: str
    notes: tuple[str, ...]
    shots: tuple[int, ...]
    confidence: tuple[float | None, ...]

    @property
    def fps(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


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
    cuts: Sequence[Fraction] | None = None,
    two_pass: bool = False,
    split_screen: bool = False,
    keep: bool = False,
    progress: Progress = ignore_progress,
    note: Note = ignore_note,
) -> Result:
    """Colorize a film; `output` appears when all of it is done. Its black bars stay grey.

    start, duration: the span to colorize, in seconds; see `Reader`. keep_video: copy further video
    streams. strict: what would be left out or lost is an OutputError and damage an InputError, as
    soon as it is known. verify: read the film again before it appears, compare it with what was
    written, and note the outcome; a difference is an OutputError. only_gray: shots that have
    colour, by `first_pass.colored_frames`, keep it, in the source's matrix; the film is read
    beforehand. cuts: when shots begin, in seconds from the film's start; None: they are found.
    two_pass: read the whole film beforehand and hold down its `first_pass.film_drift`.
    split_screen: the left half, as a player shows it, of what gets colour stays grey. keep: as for
    `Writer`. After each frame progress is given the frames done, the seconds of film done, and
    those to do in all, None if unknown. note is given each of the result's notes as soon as it is
    known, and a warning if the disk will not hold the film. Raises VidcolorError.
    """
    began = time.monotonic()
    record = RunNotes(note, only_gray)
    batch_size = colorizer.batch_size
    run_up, run_out = reach(colorizer.kernel, cuts)
    span: dict[str, Any] = {
        "start": start,
        "duration": duration,
        "run_up": run_up,
        "run_out": run_out,
    }
    first = None
    own: frozenset[int] = frozenset()
    if only_gray:
        with Reader(source, **span) as reader:
            own = colored_frames(reader, cuts)
    with (
        Reader(source, **span, keep_video=keep_video) as reader,
        Writer(
            output,
            reader,
            encoder or EncoderSettings(),
            comment=describe(colorizer, cuts, two_pass, split_screen),
            overwrite=overwrite,
            verify=verify,
            keep_color=only_gray,
            keep=keep,
        ) as writer,
    ):
        if strict:
            _refuse_losses(reader, writer)
        record.tell([*left_out(reader, writer), *writer.notes, *writer.losses])
        picture = reader.picture
        stored = film_format(source, picture, writer.chroma_shape, writer.matrix)
        active = stored.active_luma
        if active.shape != stored.shape:
            height, width = active.shape
            record.tell(
                [f"black bars: the picture is {width}x{height} at {active.left},{active.top}"]
            )
        if start is duration is None and (shortage := writer.shortage(Fraction(0))):
            note(shortage)
        forecast = Forecast(writer, reader.duration, note)
        film = colorizer.film(stored)
        drift = None
        if two_pass:
            with Reader(source) as whole:
                drift = film_drift(whole, cuts, film)
        with colorize_frames(reader, colorizer, film, cuts, kept=own, drift=drift) as batches:
            for batch in batches:
                if colorizer.batch_size < batch_size:
                    record.tell([MEMORY_NOTE])
                for packet in batch.packets:
                    writer.copy(packet)
                if strict:
                    _refuse_losses(reader, writer)
                for made in batch.frames:
                    frame = made.frame
                    if made.chroma.shape[1:] != writer.chroma_shape:
                        raise UnsupportedError(
                            f"{source}: the film changes its pixel format midway; convert it to "
                            "one format first, or leave --only-gray out"
                        )
                    if split_screen and not made.is_kept:
                        shown = picture.upright(made.chroma)
                        shown[..., : shown.shape[-1] // 2] = stored.codes.neutral
                    writer.write(frame, made.chroma)
                    record.add(made)
                    first = frame.pts if first is None else first
                    done = (frame.pts + frame.duration - first) * picture.time_base
                    progress(len(record.confidence), done, reader.duration)
                    forecast(done)
        if strict:
            _refuse_losses(reader, writer)
        record.tell([*writer.losses, *reader.warnings])
        record.end()
    if writer.verified:
        record.tell([writer.verified])
    return Result(
        output,
        frames=len(record.confidence),
        seconds=time.monotonic() - began,
        device=str(colorizer.predictor.device),
        notes=tuple(record.notes),
        shots=tuple(record.shots),
        confidence=tuple(record.confidence),
    )


def _refuse_losses(reader: Reader, writer: Writer) -> None:
    """Raise what is damaged or would be missing, as far as it is known."""
    if warnings := reader.warnings:
        raise InputError(
            f"{reader.path}: {'; '.join(warnings)}; get a sound copy, or leave --strict out"
        )
    if lost := [*left_out(reader, writer), *writer.losses]:
        raise OutputError(
            f"{writer.path}: {'; '.join(lost)}; choose another output, or leave --strict out"
        )
