"""What is learnt of a film by reading it beforehand: shots in colour, and drift."""

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from itertools import islice

import torch

from vidcolor.color.tint import Look
from vidcolor.colorize.colorizer import BATCH_SIZE, FilmColorizer
from vidcolor.input.frames import Frame
from vidcolor.input.reader import Reader
from vidcolor.pipeline.stages import batches, mark_shots
from vidcolor.temporal.drift import Drift, ShotDrift, change

COLORED_SHARE = 0.25
"""Share of a shot's frames that must show colours. One hue may pass for a tint now and then, and a
dissolve brings colours into a shot that has none."""

EVERY = 12
"""Frames of a shot from one that is looked at for drift to the next."""


def colored_frames(reader: Reader, cuts: Sequence[Fraction] | None) -> frozenset[int]:
    """The pts of all frames of `reader` that belong to a shot in colour; cuts: as for `mark_shots`.

    Reads to the end, and raises what reading does.
    """
    shots: list[dict[int, Look]] = [{}]
    for batch in mark_shots(batches(reader, BATCH_SIZE), reader, cuts):
        for frame in batch.frames:
            if frame.begins_shot:
                shots.append({})
            shots[-1][frame.pts] = frame.look
    return frozenset(pts for shot in shots if _has_color(shot.values()) for pts in shot)


def film_drift(reader: Reader, cuts: Sequence[Fraction] | None, film: FilmColorizer) -> Drift:
    """How the colours that `film` gives drift over a whole film; cuts: as for `mark_shots`.

    Reads to the end, and raises what reading and the colorizer do.
    """
    shots: list[tuple[list[float], list[torch.Tensor]]] = []
    before = None
    looked_at = _every_twelfth(reader, cuts)
    while frames := list(islice(looked_at, BATCH_SIZE)):
        predictions = film.predict([each.luma for each in frames])
        for frame, prediction in zip(frames, predictions, strict=True):
            now = (prediction.probabilities, prediction.luma)
            if before is None or frame.begins_shot:
                shots.append(([], []))
                before = now
            times, changes = shots[-1]
            times.append(float(reader.seconds(frame)))
            changes.append(change(*before, *now))
            before = now
    return Drift([ShotDrift.of(*shot) for shot in shots])


def _every_twelfth(reader: Reader, cuts: Sequence[Fraction] | None) -> Iterator[Frame]:
    """The first of each shot's frames, and every twelfth after it."""
    age = -1
    for batch in mark_shots(batches(reader, BATCH_SIZE), reader, cuts):
        for frame in batch.frames:
            age = 0 if frame.begins_shot else age + 1
            if age % EVERY == 0:
                yield frame


def _has_color(looks: Collection[Look]) -> bool:
    return sum(look is Look.COLORED for look in looks) > COLORED_SHARE * len(looks)
