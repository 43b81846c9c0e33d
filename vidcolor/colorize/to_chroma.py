"""The last of three steps: smoothed predictions in, chroma codes at full size out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.controls import Controls
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.multipliers import multiply
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.pool import pool
from vidcolor.colorize.predict import Decoded, Prediction, Shown
from vidcolor.colorize.refine import refine_chroma
from vidcolor.colorize.resample import resample
from vidcolor.colorize.saturation import luma_of_cells, tilt
from vidcolor.colorize.spread import SpreadHints, spread, spread_hints
from vidcolor.net.decoding import Decoding
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor, resize

_LEAST_FACTOR = 0.05
"""Of a grade: the colors of references stay in a picture that it makes nearly grey, to so much."""


@dataclass(frozen=True, eq=False)
class FrameColor:
    """The color that the network gives one frame.

    chroma: (2, *chroma_shape) U and V codes, of the luma's dtype. confidence: the probability of
    the likeliest bin, smoothed over time and pooled: its mean over the active picture.
    probabilities: (n, h, w) float32, those smoothed over time and pooled whose annealed mean is the
    chroma, over the active picture as the film stores it, in its even lines if it is interlaced;
    None unless asked for. All of them are carried along motion to frames that the network does not
    see. decoded: what `FilmColorizer.recolor` needs of each picture that the frame holds; none
    unless probabilities are asked for.
    """

    chroma: np.ndarray
    confidence: float
    probabilities: torch.Tensor | None = None
    decoded: tuple[Decoded, ...] = ()


class ToChroma:
    """Turns the smoothed predictions of one film into chroma codes that its luma can carry.

    Args:
        predictor: whose bins the probabilities are of.
        film_format: of progressive pictures.
        decoding: whether probabilities are pooled, temperature and rebalance of the annealed mean,
            and the saturation.
        controls: what is then made of the chroma.
        refine: whether color spreads up to the luma's edges, before the controls.
        hint_input: shows pictures at the size at which hints spread; None: they spread over the
            luma that the network was shown.
        probabilities: whether each `FrameColor` comes with those it is made of.
        planes: makes the chroma planes; it can be shared.
    """

    def __init__(
        self,
        predictor: Predictor,
        film_format: FilmFormat,
        *,
        decoding: Decoding,
        controls: Controls,
        refine: bool,
        hint_input: NetworkInput | None = None,
        probabilities: bool = False,
        planes: ChromaPlanes,
    ) -> None:
        self._predictor = predictor
        self._film_format = film_format
        self._decoding = decoding
        self._controls = controls
        self._refine = refine
        self._hint_input = hint_input
        self._tells_probabilities = probabilities
        self._planes = planes

    def __call__(self, decoded: Sequence[Decoded]) -> list[FrameColor]:
        """Return the color of pictures that have a plane."""
        return self.to_codes(self.refine(decoded))

    def pool(self, wanted: Sequence[Prediction]) -> Sequence[Prediction]:
        """Return pictures with the probabilities of their grade, pooled if they are to be."""
        wanted = [self._graded(prediction) for prediction in wanted]
        if not self._decoding.pool or not wanted:
            return wanted
        lumas = np.stack([each.luma for each in wanted])[:, None]
        luma = torch.from_numpy(lumas).to(self._predictor.device)
        pooled = pool(self._stacked(wanted), luma)
        return [
            replace(each, probabilities=probabilities)
            for each, probabilities in zip(wanted, pooled, strict=True)
        ]

    def decode(self, pooled: Sequence[Prediction]) -> list[Decoded]:
        """Return pooled pictures with their UV, that of their references, on the device."""
        if not pooled:
            return []
        probabilities = self._stacked(pooled)
        uv = self._predictor.chroma(probabilities, self._decoding)
        told = probabilities if self._tells_probabilities else [None] * len(pooled)
        decoded = []
        for picture, *each in zip(pooled, uv, probabilities.amax(1), told, strict=True):
            frame = picture.decoded(*each)
            if picture.matched is not None:
                frame = _referenced(frame, picture.probabilities, picture.matched)
            decoded.append(frame)
        return decoded

    def refine(self, decoded: Sequence[Decoded]) -> list[Decoded]:
        """Return pictures with UV as strong as their grade wants and, if it is to be, with edges.

        With edges it is of the working luma's size.
        """
        refined = []
        for picture in decoded:
            uv = picture.uv
            if self._refine:
                uv = refine_chroma(torch.from_numpy(picture.luma).to(uv.device), uv, picture.sure)
            if picture.grade is not None:
                uv = uv * picture.grade.factor
            refined.append(replace(picture, uv=uv))
        return refined

    def hint_luma(self, picture: Shown, plane: np.ndarray) -> np.ndarray:
        """Return the luma over which the hints of a picture spread, (h, w); plane: its own."""
        if self._hint_input is None:
            return picture.luma
        return self._hint_input(plane, self._predictor.device)[0, 0].cpu().numpy()

    def residual(self, prediction: Prediction, luma: np.ndarray) -> torch.Tensor:
        """Return what the hints of a picture add to its color, alone: (2, h, w) on the CPU.

        luma: as `hint_luma` gives it.
        """
        pooled = self.pool([prediction])
        (refined,) = self.refine(self.decode(pooled))
        picture = replace(refined, probabilities=pooled[0].probabilities)
        return spread(*self._spreading(picture, luma))

    def spread(self, picture: Decoded, luma: np.ndarray) -> SpreadHints:
        """Return the hints of a picture, spread; it is as `refine` gave it, with probabilities."""
        return spread_hints(*self._spreading(picture, luma))

    def _spreading(
        self, picture: Decoded, luma: np.ndarray
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, HintMap]:
        """Return what `spread` takes."""
        assert picture.hints is not None
        assert picture.probabilities is not None
        uv = self._controlled(picture)
        automatic = resize(uv[None], (luma.shape[0], luma.shape[1]))[0].cpu()
        return torch.from_numpy(luma), picture.probabilities.cpu(), automatic, picture.hints

    def to_codes(self, decoded: Sequence[Decoded]) -> list[FrameColor]:
        """Return the color of pictures that have a plane, as `refine` gives them.

        What hints add is spread over the color that the controls leave, so that a color asked for
        is as it was asked for.
        """
        colors = []
        for picture in decoded:
            assert picture.plane is not None
            uv = self._as_stored(self._with_hints(picture, self._controlled(picture)))
            chroma = self._planes(self._film_format.of(picture.plane), uv, picture.plane)
            told = picture.probabilities
            colors.append(
                FrameColor(
                    chroma,
                    float(picture.sure.mean()),
                    None if told is None else self._as_stored(told),
                    () if told is None else (_bare(picture),),
                )
            )
        return colors

    def _graded(self, prediction: Prediction) -> Prediction:
        """Return a picture with its bins as likely as its shot's palette and saturation want."""
        grade, probabilities = prediction.grade, prediction.probabilities
        if grade is None:
            return prediction
        if grade.multipliers is not None:
            probabilities = multiply(probabilities, grade.multipliers)
        if grade.tilt:
            luma = luma_of_cells(torch.from_numpy(prediction.luma)[None], probabilities.shape[-2:])
            centers = self._predictor.bins.centers.cpu()
            probabilities = tilt(probabilities[None], luma, centers, grade.tilt)[0]
        return replace(prediction, probabilities=probabilities)

    def _stacked(self, wanted: Sequence[Prediction]) -> torch.Tensor:
        return torch.stack([each.probabilities for each in wanted]).to(self._predictor.device)

    def _as_stored(self, upright: torch.Tensor) -> torch.Tensor:
        return torch.rot90(upright, -self._film_format.quarter_turns, (-2, -1))

    def _controlled(self, picture: Decoded) -> torch.Tensor:
        """Return the UV (2, h, w) of a picture as the controls leave it."""
        return self._controls(picture.uv[None], picture.sure[None])[0]

    def _with_hints(self, picture: Decoded, uv: torch.Tensor) -> torch.Tensor:
        """Return the UV (2, h, w) of a picture with what its hints add, upright.

        With hints it has the size of the chroma plane. What they add, smoothed over time, may have
        left the exact ones by a little: there it is drawn back, as `spread` pins them. Hints that
        are whole add what `spread` makes of them to this very color.
        """
        hints, residual = picture.hints, picture.residual
        if hints is None or (residual is None and not hints.is_whole):
            return uv
        height, width = hints.weight.shape
        automatic = resize(uv[None], (height, width))[0].cpu()
        added = hints.weight * (hints.chroma - automatic)
        if residual is not None and not hints.is_whole:
            pinned = torch.where(hints.exact, hints.weight**4, 0.0)
            added = residual + pinned * (added - residual)
        luma = self._upright_luma(picture)
        whole = resize(uv[None], (luma.shape[0], luma.shape[1]))[0]
        return whole + torch.from_numpy(resample(added.numpy(), luma)).to(uv.device)

    def _upright_luma(self, picture: Decoded) -> np.ndarray:
        """Return the mean luma of each chroma sample, (h, w) float32 in [0, 1]."""
        assert picture.plane is not None
        film_format = self._film_format.of(picture.plane)
        active, (height, width) = film_format.active_luma, film_format.active_chroma.shape
        codes = picture.plane[active.inside].astype(np.float32)
        shrunk = cv2.resize(codes, (width, height), interpolation=cv2.INTER_AREA)
        unit = film_format.codes.luma_to_unit(torch.from_numpy(shrunk)).numpy()
        return np.ascontiguousarray(np.rot90(unit, film_format.quarter_turns))


def _bare(picture: Decoded) -> Decoded:
    """Return a picture without its plane and hints."""
    return replace(picture, plane=None, hints=None, residual=None)


def _referenced(picture: Decoded, probabilities: torch.Tensor, matched: HintMap) -> Decoded:
    """Return a picture with the colors of its references, spread over its cells.

    They shall stay as they are whatever the grade multiplies chroma by, and where they are sure,
    the picture's color is. probabilities: (n, h, w). matched: of that size.
    """
    factor = max(picture.grade.factor, _LEAST_FACTOR) if picture.grade else 1.0
    luma = luma_of_cells(torch.from_numpy(picture.luma)[None], matched.weight.shape)[0]
    wanted = replace(matched, chroma=matched.chroma / factor)
    residual = spread(luma, probabilities.cpu(), picture.uv.cpu(), wanted).to(picture.uv.device)
    unsure = (1 - picture.sure) * (1 - matched.weight.to(picture.sure.device))
    return replace(picture, uv=picture.uv + residual, sure=1 - unsure)
