"""A picture lends its colors to another one that shows something else: its style.

Xu et al. 2020, "Stylization-based architecture for fast deep exemplar colorization": features of
both pictures are given the same statistics, and a decoder makes of them a coarse chroma map, which
is then spread. There the decoder is trained to give pictures back. Here the picture itself is the
decoder: its places tell what chroma belongs to which features. So it knows that picture's colors
exactly, needs no training, and goes with any encoder.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional as F

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.colorize.matching import MOST_PRODUCTS
from vidcolor.colorize.references import Lent, Reference, blend, matched
from vidcolor.colorize.spread import RETURN_MATCHED
from vidcolor.net.predictor import Predictor, resize, working_shape
from vidcolor.net.style_encoder import StyleEncoder

_SOFTNESS = 0.1
"""By how much features may be less alike, and a place has 1 / e of the say."""

_LUMA = 4.0
"""The weight of luma in [0, 1] beside features of length 1."""

_PRE_COLOR = 0.3
"""The share of the automatic color's own differences that stays."""

_UNKNOWN = 1e-6
"""What a place whose color is not known counts for, so that there is always one that does."""

_WEIGHT = 0.1
"""What a place weighs: little, so that it is evened out where luma and the network see one thing,
and that what a reference matches surely has its place."""


@dataclass(frozen=True, eq=False)
class Regions:
    """Says which regions of a picture have their colors from which of its style.

    mine, theirs: (H, W) int64, of any size, whose equal numbers belong together; 0 to nothing.
    """

    mine: torch.Tensor
    theirs: torch.Tensor

    def apart(self, picture: torch.Size, style: torch.Size) -> torch.Tensor:
        """Tell which places must not lend each other color, (places, places of the style).

        Where the style lacks a region, all of it counts. picture, style: (h, w) of the cells.
        """
        mine, theirs = _at_cells(self.mine, picture), _at_cells(self.theirs, style)
        alike = (mine[:, None] == theirs) | (mine[:, None] == 0)
        return ~alike & alike.any(1, keepdim=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class Style(Reference):
    """A picture that lends its colors to pictures of other things.

    automatic: (2, h, w), the mean of its own distributions, in UV. encoder: what else than the
    network sees it, and levels: what that gives of it; without one, the network's features count.
    regions: None where all may have their color from anywhere.
    """

    automatic: torch.Tensor
    encoder: StyleEncoder | None = None
    levels: Sequence[torch.Tensor] = ()
    regions: Regions | None = None

    @classmethod
    def lent(
        cls,
        luma: np.ndarray,
        chroma: np.ndarray,
        opaque: np.ndarray,
        predictor: Predictor,
        working_size: int,
        encoder: StyleEncoder | None = None,
    ) -> "Style":
        """Return a picture as the network, and an encoder if there is one, see it.

        Args:
            luma, chroma, opaque, predictor, working_size: as for `Reference.of`.
            encoder: for which the weights were given.
        """
        known = Reference.of(luma, chroma, opaque, predictor, working_size)
        stride = predictor.model.dims.output_stride
        shape = working_shape(luma.shape[0], luma.shape[1], Fraction(1), working_size, stride)
        shown = resize(torch.from_numpy(luma)[None, None], shape).clamp(0, 1)
        automatic = mean_color(predictor, predictor.probabilities(shown)[0])
        levels = () if encoder is None else encoder(_rgb(shown[0, 0], known.chroma))
        return cls(**vars(known), automatic=automatic, encoder=encoder, levels=levels)


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture that is to be colored.

    shown: (H, W), the luma in [0, 1] that the network was shown. luma: (h, w), that of its cells.
    features: (C, h, w), as `Predictor.features` gives them. automatic: (2, h, w) as in `Style`.
    """

    shown: torch.Tensor
    luma: torch.Tensor
    features: torch.Tensor
    automatic: torch.Tensor


def mean_color(predictor: Predictor, probabilities: torch.Tensor) -> torch.Tensor:
    """Return the mean chroma of distributions (n, h, w), (2, h, w) on the CPU.

    That is the color of the annealed mean at a temperature of 1: of no setting.
    """
    return predictor.bins.decode(probabilities[None], 1.0, 0.0)[0].cpu()


def referenced(picture: Seen, references: Sequence[Reference]) -> Lent:
    """Return what references tell of a picture's colors: those that match it, and styles.

    Only matches tell how bright the picture is.
    """
    styles = [each for each in references if isinstance(each, Style)]
    others = [each for each in references if not isinstance(each, Style)]
    if not others:
        return styled(picture, styles)
    match = matched(picture.features, picture.luma, others)
    if not styles:
        return match
    return replace(blend([match, styled(picture, styles)]), brightness=match.brightness)


def styled(picture: Seen, styles: Sequence[Style]) -> Lent:
    """Return a picture's chroma in the style of others, everywhere, which is not exact.

    Each place r has the mean of what the automatic color is off at the places s of the styles, more
    of those that are more like it (Nadaraya and Watson's regression):

        T(r) = b A(r) + Σ_s a(r, s) (C(s) - b A(s)),
        a(r, s) ∝ exp(-(|f(r) - f(s)|² + l² (Y(r) - Y(s))²) / 2t),  Σ_s a(r, s) = 1,

    times how far C(s) is known, with A the automatic color, C the styles' own, f the features, and
    b, l, t `_PRE_COLOR`, `_LUMA` and `_SOFTNESS`. The features have the same mean in all pictures,
    those of an encoder the same deviation too. A style of the strength S alone counts for that
    share beside the automatic color.
    """
    known = torch.cat(
        [(each.chroma - _PRE_COLOR * each.automatic).flatten(1) for each in styles], 1
    )
    strengths = torch.cat([torch.full((each.luma.numel(),), each.strength) for each in styles])
    weights = torch.cat([each.known.flatten() for each in styles]).clamp_min(_UNKNOWN).log()
    told = torch.cat([known, strengths[None]])
    pairs = [_Pair.of(picture, style) for style in styles]
    places, step = picture.luma.numel(), max(1, MOST_PRODUCTS // told.shape[1])
    parts = []
    for first in range(0, places, step):
        rows = slice(first, first + step)
        alike = torch.cat([pair.alike(rows) for pair in pairs], 1)
        share = (alike + weights).softmax(1)
        parts.append(told @ share.T)
    u, v, strength = torch.cat(parts, 1).reshape(3, *picture.luma.shape)
    chroma = torch.stack([u, v]) + _PRE_COLOR * picture.automatic
    return Lent(chroma, _weight(strength), torch.zeros_like(strength, dtype=torch.bool))


@dataclass(frozen=True, eq=False)
class _Pair:
    """The places of a picture and of a style, a row each: features and weighted luma.

    apart: as `Regions.apart`; None where there are no regions.
    """

    mine: torch.Tensor
    theirs: torch.Tensor
    apart: torch.Tensor | None

    @classmethod
    def of(cls, picture: Seen, style: Style) -> "_Pair":
        theirs, mine = _features(picture, style)
        apart = None
        if style.regions is not None:
            apart = style.regions.apart(picture.luma.shape, style.luma.shape)
        return cls(_rows(mine, picture.luma), _rows(theirs, style.luma), apart)

    def alike(self, rows: slice) -> torch.Tensor:
        """Return how alike some places of the picture are to all of the style, as logarithms."""
        alike = torch.cdist(self.mine[rows], self.theirs).square() / (-2 * _SOFTNESS)
        return alike if self.apart is None else alike.masked_fill(self.apart[rows], -torch.inf)


def _rows(features: torch.Tensor, luma: torch.Tensor) -> torch.Tensor:
    return torch.cat([features, _LUMA * luma[None]]).flatten(1).T


def _at_cells(labels: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """Return the labels in the middles of cells, a row after another, (h w,)."""
    rows, columns = (
        ((torch.arange(count) + 0.5) * side / count).long()
        for count, side in zip(shape, labels.shape, strict=True)
    )
    return labels[rows[:, None], columns].flatten()


def _weight(strength: torch.Tensor) -> torch.Tensor:
    """Return the weight k with which `spread` leaves so much of a hint: k / (k + ε) of it."""
    return (RETURN_MATCHED * strength / (1 - strength).clamp_min(1e-6)).clamp(max=_WEIGHT)


def _features(picture: Seen, style: Style) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the features, (C, h, w) of length 1, of a style's places and of a picture's."""
    if style.encoder is None:
        return style.features, picture.features
    levels = style.encoder(_rgb(picture.shown, picture.automatic), style.levels)
    middles = [each.mean((2, 3), keepdim=True) for each in style.levels]
    return _cells(style.levels, middles, style.luma), _cells(levels, middles, picture.luma)


def _cells(
    levels: Sequence[torch.Tensor], middles: Sequence[torch.Tensor], luma: torch.Tensor
) -> torch.Tensor:
    """Return the levels of an encoder, against their means, brought to the cells of `luma`."""
    parts = [
        F.normalize(F.interpolate(level - middle, size=luma.shape, mode="bilinear", antialias=True))
        for level, middle in zip(levels, middles, strict=True)
    ]
    return torch.cat(parts, 1)[0] / len(parts) ** 0.5


def _rgb(luma: torch.Tensor, chroma: torch.Tensor) -> torch.Tensor:
    """Return RGB (1, 3, H, W) in [0, 1] of luma (H, W) and chroma (2, h, w)."""
    uv = resize(chroma[None], (luma.shape[0], luma.shape[1]))[0]
    return torch.stack(yuv_to_rgb(luma, *uv))[None].clamp(0, 1)
