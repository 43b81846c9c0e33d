"""The last of three steps: smoothed predictions in, chroma codes at full size out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.controls import Controls
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.luma_bounds import LumaBounds
from vidcolor.colorize.multipliers import multiply
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.pool import pool
from vidcolor.colorize.predict import Prediction
from vidcolor.colorize.refine import refine_chroma
from vidcolor.colorize.resample import resample
from vidcolor.colorize.saturation import luma_of_cells, tilt
from vidcolor.colorize.spread import spread
from vidcolor.net.checkpoint import Decoding
from vidcolor.net.predictor import Predictor, resize


@dataclass(frozen=True, eq=False)
class FrameColor:
    """The color that the network gives one frame.

    chroma: (2, *chroma_shape) U and V codes, of the luma's dtype. confidence: the probability of
    the likeliest bin, smoothed over time and pooled: its mean over the active picture.
    probabilities: (n, h, w) float32, those smoothed over time and pooled whose annealed mean is the
    chroma, over the active picture as the film stores it, in its even lines if it is interlaced;
    None unless asked for.
    """

    chroma: np.ndarray
    confidence: float
    probabilities: torch.Tensor | None = None


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

    def __call__(self, smoothed: Sequence[Prediction]) -> list[FrameColor]:
        """Return the color of those of the pictures that have a plane."""
        wanted = [prediction for prediction in smoothed if prediction.plane is not None]
        if not wanted:
            return []
        pooled = self.pool(wanted)
        return self.to_codes(self.decode(pooled), pooled, self.luma_bounds(pooled))

    def pool(self, wanted: Sequence[Prediction]) -> Sequence[Prediction]:
        """Return pictures with the probabilities of their grade, pooled if they are to be."""
        wanted = [self._graded(prediction) for prediction in wanted]
        if not self._decoding.pool:
            return wanted
        lumas = np.stack([each.luma for each in wanted])[:, None]
        luma = torch.from_numpy(lumas).to(self._predictor.device)
        pooled = pool(self._stacked(wanted), luma)
        return [
            replace(each, probabilities=probabilities)
            for each, probabilities in zip(wanted, pooled, strict=True)
        ]

    def decode(self, wanted: Sequence[Prediction]) -> torch.Tensor:
        """Return UV (B, 2, h, w), upright, on the predictor's device, of pooled pictures.

        h, w: of the probabilities or, refined, of the working luma.
        """
        probabilities = self._stacked(wanted)
        uv = self._predictor.chroma(probabilities, self._decoding)
        if self._refine:
            lumas = [torch.from_numpy(each.luma).to(uv.device) for each in wanted]
            uv = torch.stack(list(map(refine_chroma, lumas, uv, probabilities.amax(1))))
        if any(each.grade for each in wanted):
            factors = [each.grade.factor if each.grade else 1.0 for each in wanted]
            uv = uv * torch.tensor(factors, device=uv.device)[:, None, None, None]
        return uv

    def residual(
        self, prediction: Prediction, plane: np.ndarray
    ) -> tuple[torch.Tensor, np.ndarray]:
        """Return what the hints of a picture add to its color, alone, and the luma it spreads over.

        The residual is (2, h, w) float32 on the CPU, the luma (h, w); plane: of the picture.
        """
        assert prediction.hints is not None
        luma = torch.from_numpy(prediction.luma)
        if self._hint_input is not None:
            luma = self._hint_input(plane, self._predictor.device)[0, 0].cpu()
        pooled = self.pool([prediction])
        uv = self._controls(self.decode(pooled), self._stacked(pooled))
        automatic = resize(uv, (luma.shape[0], luma.shape[1]))[0].cpu()
        probabilities = pooled[0].probabilities.cpu()
        return spread(luma, probabilities, automatic, prediction.hints), luma.numpy()

    def luma_bounds(self, wanted: Sequence[Prediction]) -> list[LumaBounds]:
        """Return the bounds of each picture, which has a plane."""
        bounds = []
        for prediction in wanted:
            stored = self._stored(prediction)
            assert prediction.plane is not None
            active = prediction.plane[stored.active_luma.inside]
            bounds.append(LumaBounds.of(active, stored.active_chroma.shape))
        return bounds

    def to_codes(
        self, uv: torch.Tensor, wanted: Sequence[Prediction], bounds: Sequence[LumaBounds]
    ) -> list[FrameColor]:
        """Return the color of pooled pictures from their UV, as `decode` gives it, and bounds.

        What hints add is spread over the color that the controls leave, so that a color asked for
        is as it was asked for.
        """
        probabilities = self._stacked(wanted)
        uv = self._controls(uv, probabilities)
        return [
            FrameColor(
                self._planes(
                    self._stored(prediction),
                    self._as_stored(self._with_hints(prediction, frame, bound)),
                    bound,
                ),
                float(likely.amax(0).mean()),
                self._as_stored(likely) if self._tells_probabilities else None,
            )
            for frame, likely, bound, prediction in zip(
                uv, probabilities, bounds, wanted, strict=True
            )
        ]

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

    def _stored(self, prediction: Prediction) -> FilmFormat:
        assert prediction.plane is not None
        return self._film_format.of(prediction.plane)

    def _with_hints(
        self, prediction: Prediction, uv: torch.Tensor, bounds: LumaBounds
    ) -> torch.Tensor:
        """Return the UV (2, h, w) of a picture with what its hints add, upright.

        With hints it has the size of the chroma plane. What they add, smoothed over time, may have
        left the exact ones by a little: there it is drawn back, as `spread` pins them.
        """
        if prediction.hints is None or prediction.residual is None:
            return uv
        hints, residual = prediction.hints, prediction.residual
        automatic = resize(uv[None], (residual.shape[1], residual.shape[2]))[0].cpu()
        asked = hints.weight * (hints.chroma - automatic)
        pinned = torch.where(hints.exact, hints.weight**4, 0.0)
        added = residual + pinned * (asked - residual)
        luma = self._upright_luma(bounds)
        whole = resize(uv[None], (luma.shape[0], luma.shape[1]))[0]
        return whole + torch.from_numpy(resample(added.numpy(), luma)).to(uv.device)

    def _upright_luma(self, bounds: LumaBounds) -> np.ndarray:
        """Return the luma of each chroma sample, (h, w) float32 in [0, 1], midway in its bounds."""
        codes = (bounds.darkest.astype(np.float32) + bounds.brightest) / 2
        unit = self._film_format.codes.luma_to_unit(torch.from_numpy(codes)).numpy()
        return np.ascontiguousarray(np.rot90(unit, self._film_format.quarter_turns))
