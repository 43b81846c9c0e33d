"""Reference pictures in color give a picture what they know of its colors: a `Lent` map."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.colorize.matching import match
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor, resize, working_shape

ALIKE = 0.7
"""Two places whose features have this product may show the same kind of thing or not."""

_SLOPE = 0.05
"""How much more or less makes it sure by 73 %."""

_DETOUR = 3.0
"""The way there and back that lets a match count 1 / e, in places."""

_EXPOSURES = 0.2, 5.0
"""The least and the largest factor of a reference's exposure."""

_DARK = 0.01
"""The least mean luma that counts, so that a black reference's brightness isn't 0."""

_SHARPNESS = 8
"""The power of the weights by which several references share a place: with it, one that is surer by
a tenth has twice the say, and they meet without an edge."""


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture in color, as the network sees it: upright, in its own cells.

    features: (C, h, w), as `Predictor.features` gives them. luma: (h, w) in [0, 1]. chroma:
    (2, h, w), UV of BT.709. known: (h, w) in [0, 1], how far that counts. strength: how far all of
    it does, 0 to 1.
    """

    features: torch.Tensor
    luma: torch.Tensor
    chroma: torch.Tensor
    known: torch.Tensor
    strength: float = 1.0

    @classmethod
    def of(
        cls,
        luma: np.ndarray,
        chroma: np.ndarray,
        opaque: np.ndarray,
        predictor: Predictor,
        working_size: int,
    ) -> "Reference":
        """Return a picture as the network sees it.

        Args:
            luma: (H, W) float32 in [0, 1], upright.
            chroma: (2, H, W), UV of BT.709.
            opaque: (H, W) float32 in [0, 1]; what is transparent tells no color.
            predictor: the network.
            working_size: the long side, in pixels, at which it sees pictures.
        """
        stride = predictor.model.dims.output_stride
        height, width = luma.shape
        shape = working_shape(height, width, Fraction(1), working_size, stride)
        shown = resize(torch.from_numpy(luma)[None, None], shape).clamp(0, 1)
        features = predictor.features(shown)[0].cpu()
        planes = torch.from_numpy(np.concatenate([luma[None], chroma, opaque[None]]))[None]
        cells = F.interpolate(planes, size=features.shape[1:], mode="area")[0]
        return cls(features, cells[0], cells[1:3], cells[3])


@dataclass(frozen=True, eq=False)
class Lent(HintMap):
    """What references tell of a picture's colors, which are not exact.

    brightness: the mean luma that references have in the light of the picture, by which the chroma
    differs from one picture of a shot to the next; 1 where that is not known.
    """

    brightness: float = 1.0


def matched(features: torch.Tensor, luma: torch.Tensor, references: Sequence[Reference]) -> Lent:
    """Return what references tell of a picture's colors, which are not exact.

    Each place has the color of the place most like it in the reference, which counts as much as
    they are alike, and as the way back ends near (He et al. 2018, "Deep Exemplar-based
    Colorization", section 3.1, matches features both ways likewise):

        w = strength σ((likeness - `ALIKE`) / 0.05) exp(-detour / 3),

    times how far it is known.

    Where exposures differ, as in a fade, chroma differs as the luma does; so a reference's chroma
    is multiplied by its exposure, Σ w Y Y' / Σ w Y'², with Y the luma and Y' that of the matched
    places. Of several references the surest one has a place, but for those nearly as sure.

    features: (C, h, w) as `Reference` has them. luma: (h, w) in [0, 1], of the cells.
    """
    return blend([_matched(features, luma, reference) for reference in references])


def blend(maps: Sequence[Lent]) -> Lent:
    """Return the one map of several: the surest has a place, or nearly.

    Its brightness is the mean of theirs, of the weight that each has of the whole.
    """
    weights = torch.stack([each.weight for each in maps])
    most = weights.amax(0)
    shares = (weights / most.clamp_min(torch.finfo(most.dtype).tiny)) ** _SHARPNESS
    chroma = torch.stack([each.chroma for each in maps])
    mixed = (shares[:, None] * chroma).sum(0) / shares.sum(0).clamp_min(1)
    brightness = np.average(
        [each.brightness for each in maps],
        weights=(shares * weights).sum((1, 2)).clamp_min(torch.finfo(most.dtype).tiny),
    )
    return Lent(mixed, most, torch.zeros_like(most, dtype=torch.bool), brightness=float(brightness))


def sureness(features: torch.Tensor, reference: Reference) -> float:
    """Return how sure matches with a reference are in the mean over a picture, 0 to 1.

    It is the mean of the weights that `matched` gives at a strength of 1. Of pictures of the same
    scene it is seldom under 0.15, of others seldom over 0.06.
    """
    return float(_weight(features, reference)[1].mean())


def _matched(features: torch.Tensor, luma: torch.Tensor, reference: Reference) -> Lent:
    places, weight = _weight(features, reference)
    theirs = reference.luma.flatten()[places]
    exposure = (weight * luma * theirs).sum() / (weight * theirs.square()).sum().clamp_min(1e-6)
    exposure = exposure.clamp(*_EXPOSURES)
    chroma = reference.chroma.flatten(1)[:, places] * exposure
    weight = reference.strength * reference.known.flatten()[places] * weight
    brightness = float(exposure * reference.luma.mean().clamp_min(_DARK))
    return Lent(chroma, weight, torch.zeros_like(weight, dtype=torch.bool), brightness=brightness)


def _weight(features: torch.Tensor, reference: Reference) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the matched places, as `Match` has them, and how sure they are, both (h, w)."""
    found = match(features, reference.features)
    alike = ((found.likeness - ALIKE) / _SLOPE).sigmoid()
    return found.places, alike * (-found.detour / _DETOUR).exp()
