"""Skin: whether faces come out in the colours that faces have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from skimage import data
from skimage.color import rgb2lab
from skimage.feature import Cascade
from skimage.transform import rescale

from vidcolor.color.yuv import rgb_to_yuv

from .evaluate import Candidate, Photograph
from .pictures import colorize, from_uint8, predict, to_uint8

ENLARGED = 2
"""Photographs are enlarged so many times for the detector, which knows faces of 24 pixels up."""

SMALLEST_FACE = 20
"""Side in pixels of the smallest face that is looked for."""

VOTES = 10
"""Windows that must agree on a face. At half as many, every fifth is a wall or a shirt."""

NOT_GREY = 5.0
"""CIELAB chroma of the faintest colour that passes for skin."""

Region = tuple[slice, slice]


@dataclass(frozen=True)
class Tone:
    """A face's mean colour in CIELAB: hue in degrees, -180 to 180, red 0; chroma from 0."""

    hue: float
    chroma: float

    @classmethod
    def of(cls, rgb: np.ndarray, face: Region) -> "Tone":
        """rgb: (H, W, 3) uint8; a mean of a* and b* over the face."""
        _, a, b = rgb2lab(rgb[face]).reshape(-1, 3).mean(0)
        return cls(float(np.degrees(np.arctan2(b, a))), float(np.hypot(a, b)))


@dataclass(frozen=True)
class Skin:
    """The tones that true faces have: hues from their 5th to their 95th percentile, and a chroma
    from `NOT_GREY` up to its 95th percentile."""

    hues: tuple[float, float]
    strongest: float

    @classmethod
    def of(cls, tones: Sequence[Tone]) -> "Skin":
        """Skin's hues lie about 45 degrees, far from where the circle is cut."""
        low, high = np.percentile([tone.hue for tone in tones], (5, 95))
        strongest = np.percentile([tone.chroma for tone in tones], 95)
        return cls((float(low), float(high)), float(strongest))

    def share(self, tones: Sequence[Tone]) -> float:
        """Of the tones, 0 to 1, that are skin's."""
        low, high = self.hues
        return float(
            np.mean(
                [low <= t.hue <= high and NOT_GREY <= t.chroma <= self.strongest for t in tones]
            )
        )


@dataclass(frozen=True)
class SkinFigures:
    """faces: found on the true photographs. skin: their tones. shares: of the faces that have such
    a tone, 0 to 1, in the truth and in what is made by each setting of each network."""

    faces: int
    skin: Skin
    shares: dict[str, float]


def faces(rgb: np.ndarray) -> list[Region]:
    """The middles of the faces that are seen from the front: brow to chin, cheek to cheek.

    rgb: (H, W, 3) uint8. By local binary patterns (Liao et al. 2007), in a cascade that
    scikit-image ships. Of overlapping ones the largest is taken.
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
    photographs: Sequence[Photograph], candidates: Mapping[str, Candidate]
) -> SkinFigures | None:
    """Tones of the faces on `photographs`, as they are and as `candidates` make them.

    None where no face is found.
    """
    tones: dict[str, list[Tone]] = defaultdict(list)
    for photograph in photographs:
        regions = faces(photograph.pixels)
        if not regions:
            continue
        pictures = {"truth": photograph.pixels}
        luma = rgb_to_yuv(*from_uint8(photograph.pixels[None]).split(1, 1))[0]
        for name, candidate in candidates.items():
            predictor = candidate.predictor
            made: dict[int, torch.Tensor] = {}
            for setting, decoding in candidate.settings.items():
                size = decoding.working_size
                if size not in made:
                    made[size] = predict(predictor, luma, size)
                (picture,) = to_uint8(colorize(predictor, made[size], luma, decoding))
                pictures[f"{name} {setting}"] = picture
        for name, picture in pictures.items():
            tones[name] += [Tone.of(picture, region) for region in regions]
    if not tones:
        return None
    skin = Skin.of(tones["truth"])
    shares = {name: skin.share(every) for name, every in tones.items()}
    return SkinFigures(len(tones["truth"]), skin, shares)


@cache
def _cascade() -> Cascade:
    return Cascade(data.lbp_frontal_face_cascade_filename())
