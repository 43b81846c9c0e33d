"""Measuring whether faces come out in the colours of skin."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from skimage import data
from skimage.color import rgb2lab
from skimage.feature import Cascade
from skimage.transform import rescale

from .candidates import Colourist, Photograph

ENLARGED = 2
"""How many times photographs are enlarged for the detector, which knows faces from 24 pixels on."""

SMALLEST_FACE = 20
"""The side, in pixels, of the smallest face that is looked for."""

VOTES = 10
"""The number of windows that must agree on a face. With half as many, every fifth is a wall or a
shirt."""

NOT_GREY = 5.0
"""The CIELAB chroma of the faintest colour that passes for skin."""

Region = tuple[slice, slice]
"""The rows and the columns of a face in a picture."""


@dataclass(frozen=True)
class Tone:
    """The mean colour of a face in CIELAB.

    hue: in degrees, -180 to 180, 0 for red. chroma: from 0.
    """

    hue: float
    chroma: float

    @classmethod
    def of(cls, rgb: np.ndarray, face: Region) -> "Tone":
        """Measure a face in a picture (H, W, 3) uint8 RGB, by the mean of a* and b* over it."""
        _, a, b = rgb2lab(rgb[face]).reshape(-1, 3).mean(0)
        return cls(float(np.degrees(np.arctan2(b, a))), float(np.hypot(a, b)))


@dataclass(frozen=True)
class Skin:
    """The tones that true faces have.

    hues: the 5th and the 95th percentile of their hues. strongest: the 95th percentile of their
    chroma, which ranges from `NOT_GREY` up to it.
    """

    hues: tuple[float, float]
    strongest: float

    @classmethod
    def of(cls, tones: Sequence[Tone]) -> "Skin":
        """Find the range of tones, those of true faces."""
        # Hues of skin lie around 45 degrees, far from where the circle of hues begins and ends.
        low, high = np.percentile([tone.hue for tone in tones], (5, 95))
        strongest = np.percentile([tone.chroma for tone in tones], 95)
        return cls((float(low), float(high)), float(strongest))

    def share(self, tones: Sequence[Tone]) -> float:
        """Return the share, 0 to 1, of the tones that are within the range."""
        low, high = self.hues
        return float(
            np.mean(
                [low <= t.hue <= high and NOT_GREY <= t.chroma <= self.strongest for t in tones]
            )
        )


@dataclass(frozen=True)
class SkinFigures:
    """How many faces come out in the tones of skin.

    faces: how many were found on the true photographs.
    skin: their range of tones.
    shares: the share, 0 to 1, of the faces that have such a tone, in the truth and in the pictures
        of each setting of each network, by name.
    """

    faces: int
    skin: Skin
    shares: dict[str, float]


def faces(rgb: np.ndarray) -> list[Region]:
    """Return the middles, brow to chin and cheek to cheek, of the faces seen from the front.

    rgb: (H, W, 3) uint8. Faces are found by local binary patterns (Liao et al. 2007), in a cascade
    that scikit-image ships. Of overlapping faces the largest is taken.
    """
    found = _cascade().detect_multi_scale(
        img=rescale(rgb, ENLARGED, order=3, channel_axis=2),
        scale_factor=1.2,
        step_ratio=1,
        min_size=(ENLARGED * SMALLEST_FACE,) * 2,
        max_size=(ENLARGED * max(rgb.shape),) * 2,
        min_neighbor_number=VOTES,
    )
    taken: list[Region] = []
    free = np.ones(rgb.shape[:2], bool)
    for face in sorted(found, key=lambda face: -face["width"]):
        top, left, height, width = (face[k] / ENLARGED for k in ("r", "c", "height", "width"))
        region = (
            slice(round(top + height / 4), round(top + height * 7 / 8)),
            slice(round(left + width / 4), round(left + width * 3 / 4)),
        )
        if free[region].all():
            taken.append(region)
            free[region] = False
    return taken


def measure(
    photographs: Sequence[Photograph], candidates: Mapping[str, Colourist]
) -> SkinFigures | None:
    """Measure the tones of the faces on `photographs`, true and as `candidates` colour them.

    Returns None if no face is found.
    """
    tones: dict[str, list[Tone]] = defaultdict(list)
    for photograph in photographs:
        regions = faces(photograph.pixels)
        if not regions:
            continue
        pictures = {"truth": photograph.pixels}
        for name, candidate in candidates.items():
            made = candidate.pictures(photograph)
            pictures |= {f"{name} {setting}": picture for setting, picture in made.items()}
        for name, picture in pictures.items():
            tones[name] += [Tone.of(picture, region) for region in regions]
    if not tones:
        return None
    skin = Skin.of(tones["truth"])
    shares = {name: skin.share(every) for name, every in tones.items()}
    return SkinFigures(len(tones["truth"]), skin, shares)


@cache
def _cascade() -> Cascade:
    """Return the detector of faces, which is loaded once."""
    return Cascade(data.lbp_frontal_face_cascade_filename())
