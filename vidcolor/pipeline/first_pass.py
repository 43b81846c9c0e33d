"""Reads a film once beforehand: when its shots begin, which have color, and how they drift."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch

from vidcolor.color.tint import Look
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.predict import Prediction
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.batches import BATCH_SIZE, batches, mark_shots
from vidcolor.pipeline.listener import Progress, ignore_progress
from vidcolor.temporal.drift import Drift, ShotDrift, change

COLORED_SHARE = 0.25
"""Share of a shot's frames that must show colors. One hue may pass for a tint now and then, and a
dissolve brings colors into a shot that has none."""

EVERY = 12
"""Frames of a shot from one that is looked at for drift to the next."""


@dataclass(frozen=True)
class FirstPass:
    """Holds what reading a film tells of it; times are in `Reader.seconds`.

    shots: when each begins. colored: for each whether it has color. drift: how the colors of the
    shots drift; None where nobody asked.
    """

    shots: tuple[Fraction, ...]
    colored: tuple[bool, ...]
    drift: Drift | None = None

    def has_color(self, time: Fraction) -> bool:
        """Tell whether the frame shown at `time` belongs to a shot in color."""
        return self.colored[max(0, bisect_right(self.shots, time) - 1)]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, exact."""
        return {
            "shots": list(map(str, self.shots)),
            "colored": list(self.colored),
            "drift": self.drift and self.drift.as_list(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "FirstPass":
        """Read what `as_dict` gives."""
        drift = content["drift"]
        return cls(
            tuple(map(Fraction, content["shots"])),
            tuple(content["colored"]),
            None if drift is None else Drift.from_list(drift),
        )


def first_pass(
    reader: Reader,
    cuts: Sequence[Fraction] | None,
    film: FilmColorizer | None = None,
    progress: Progress = ignore_progress,
) -> FirstPass:
    """Read a film to its end, once, whatever is to be learnt.

    Args:
        reader: a span of the film, or all of it.
        cuts: as for `mark_shots`.
        film: the colorizer whose drift is asked for; None where it is not.
        progress: called after each batch of frames.

    Raises what reading and the colorizer do.
    """
    looks: list[tuple[Fraction, list[Look]]] = []
    drift = None if film is None else _DriftMeter(film)
    frames = 0
    for batch in mark_shots(batches(reader, BATCH_SIZE), reader, cuts):
        for frame in batch.frames:
            time = reader.seconds(frame)
            begins = frame.begins_shot or not looks
            if begins:
                looks.append((time, []))
            looks[-1][1].append(frame.look)
            if drift is not None:
                drift.add(frame, time, begins)
        if batch.frames:
            frames += len(batch.frames)
            progress(frames, reader.seconds(batch.frames[-1]), reader.duration)
    return FirstPass(
        tuple(time for time, _ in looks),
        tuple(_has_color(shot) for _, shot in looks),
        None if drift is None else drift.finish(),
    )


class _DriftMeter:
    """Looks at the first frame of each shot, and every twelfth after it, in batches."""

    def __init__(self, film: FilmColorizer) -> None:
        self._film = film
        self._waiting: list[tuple[Frame, Fraction, bool]] = []
        self._age = 0
        self._shots: list[tuple[list[float], list[torch.Tensor]]] = []
        self._before: Prediction | None = None

    def add(self, frame: Frame, time: Fraction, begins_shot: bool) -> None:
        """Take the film's next frame."""
        self._age = 0 if begins_shot else self._age + 1
        if self._age % EVERY == 0:
            self._waiting.append((frame, time, begins_shot))
        if len(self._waiting) == BATCH_SIZE:
            self._measure()

    def finish(self) -> Drift:
        """Return the drift of all shots."""
        if self._waiting:
            self._measure()
        return Drift([ShotDrift.of(*shot) for shot in self._shots])

    def _measure(self) -> None:
        predictions = self._film.predict([frame.luma for frame, _, _ in self._waiting])
        for prediction, (_, time, begins_shot) in zip(predictions, self._waiting, strict=True):
            if begins_shot or self._before is None:
                self._shots.append(([], []))
                self._before = prediction
            before, self._before = self._before, prediction
            times, changes = self._shots[-1]
            times.append(float(time))
            changes.append(
                change(before.probabilities, before.luma, prediction.probabilities, prediction.luma)
            )
        self._waiting.clear()


def _has_color(looks: Collection[Look]) -> bool:
    return sum(look is Look.COLORED for look in looks) > COLORED_SHARE * len(looks)
