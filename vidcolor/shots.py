"""Which shots of a film have colour."""

from collections.abc import Collection, Sequence
from fractions import Fraction

from vidcolor.colorizer import BATCH_SIZE
from vidcolor.reader import Reader
from vidcolor.stages import batches, in_shots
from vidcolor.tint import Look

COLOURED_SHARE = 0.25
"""Share of a shot's frames that must show colours. One hue may pass for a tint now and then, and a
dissolve brings colours into a shot that has none."""


def coloured_frames(reader: Reader, cuts: Sequence[Fraction] | None) -> frozenset[int]:
    """The pts of all frames of `reader` that belong to a shot in colour; cuts: as for `in_shots`.

    Reads to the end, and raises what reading does.
    """
    shots: list[dict[int, Look]] = [{}]
    for batch in in_shots(batches(reader, BATCH_SIZE), reader, cuts):
        for frame in batch.frames:
            if frame.begins_shot:
                shots.append({})
            shots[-1][frame.pts] = frame.look
    return frozenset(pts for shot in shots if _has_colour(shot.values()) for pts in shot)


def _has_colour(looks: Collection[Look]) -> bool:
    return sum(look is Look.COLOURED for look in looks) > COLOURED_SHARE * len(looks)
