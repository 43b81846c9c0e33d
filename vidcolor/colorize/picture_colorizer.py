"""The three steps in a row: `PictureColorizer`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from vidcolor.colorize.grade import Grade
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.predict import Predict, Prediction
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.sparse import SparseLook, SparseSmooth
from vidcolor.colorize.steady_residual import SteadyResidual, with_residuals
from vidcolor.colorize.to_chroma import FrameColor, ToChroma
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor


class PictureColorizer:
    """Colors the progressive pictures of one film, or its fields of one parity, given in order.

    Args:
        predictor: the network.
        quarter_turns: as in `FilmFormat`.
        predict, smooth, to_chroma: the three steps.
        steady: smooths the residuals of hints.
        hint_input: as for `ToChroma`.
        sparse: take the place of the first two steps where the network does not see every picture;
            else None.
    """

    def __init__(
        self,
        predictor: Predictor,
        quarter_turns: int,
        *,
        predict: Predict,
        smooth: Smooth,
        to_chroma: ToChroma,
        steady: SteadyResidual,
        hint_input: NetworkInput | None,
        sparse: tuple[SparseLook, SparseSmooth] | None,
    ) -> None:
        self._predictor = predictor
        self._quarter_turns = quarter_turns
        self.predict = predict
        self._smooth = smooth
        self._to_chroma = to_chroma
        self._steady = steady
        self._hint_input = hint_input
        self._sparse = sparse

    def __call__(
        self,
        planes: Sequence[np.ndarray],
        begins_shot: Sequence[bool],
        drift: Sequence[torch.Tensor] | None,
        wanted: Sequence[bool] | None,
        hints: Sequence[HintMap | None] | None,
        grades: Sequence[Grade | None] | None,
        numbers: Sequence[int],
    ) -> list[FrameColor]:
        """Take the next pictures; return the color of those now done, as `FilmColorizer` does.

        The arguments are as there; hints and grades only where the network sees every picture.
        """
        shown = self.predict.show(planes, wanted, hints, drift, grades)
        smoothed: list[Prediction] = []
        if self._sparse is not None:
            look, smooth = self._sparse
            for glance in look(shown, begins_shot, numbers):
                smoothed += smooth(glance)
        else:
            predictions = self.predict.look(shown)
            for prediction, plane, begins in zip(predictions, planes, begins_shot, strict=True):
                residuals = self._steady(prediction, plane, begins)
                smoothed += with_residuals(self._smooth(prediction, begins), residuals)
        return self._to_chroma(smoothed)

    def finish(self) -> list[FrameColor]:
        """Return the color that is still to come."""
        if self._sparse is None:
            return self._to_chroma(with_residuals(self._smooth.flush(), self._steady.flush()))
        look, smooth = self._sparse
        smoothed = [done for glance in look.flush() for done in smooth(glance)]
        return self._to_chroma(smoothed + smooth.flush())

    @property
    def hint_shape(self) -> tuple[int, int]:
        """(h, w) of the maps of hints, upright."""
        return (self._hint_input or self.predict).shape

    def decode(self, predictions: Sequence[Prediction]) -> torch.Tensor:
        """Return UV (B, 2, h, w) of predictions, as they are."""
        return self._to_chroma.decode(self._to_chroma.pool(predictions))

    def recolor(
        self, plane: np.ndarray, probabilities: torch.Tensor, hints: HintMap | None
    ) -> np.ndarray:
        """Return the chroma codes of a picture from the probabilities of its color, and hints."""
        (shown,) = self.predict.show([plane], hints=[hints])
        upright = torch.rot90(probabilities, self._quarter_turns, (-2, -1))
        last, seen = self._to_chroma, shown.with_probabilities(upright)
        residual = None if hints is None else last.residual(seen, plane)[0]
        pooled = [replace(seen, residual=residual)]
        return last.to_codes(last.decode(pooled), pooled, last.luma_bounds(pooled))[0].chroma

    def hint_luma(self, plane: np.ndarray) -> np.ndarray:
        """Return a picture at the size of hints, (h, w)."""
        if self._hint_input is not None:
            return self._hint_input(plane, self._predictor.device)[0, 0].cpu().numpy()
        return self.predict.luma(plane)[0, 0].cpu().numpy()

    def features(self, plane: np.ndarray) -> torch.Tensor:
        """Return the network's features of a picture, (C, h, w) on the CPU."""
        return self._predictor.features(self.predict.luma(plane))[0].cpu()
