"""The three steps in a row: `PictureColorizer`."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from vidcolor.colorize.grade import Grade
from vidcolor.colorize.look import Look
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.predict import Decoded, Predict, Prediction
from vidcolor.colorize.references import Reference
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.steady_residual import HintedPictures, SteadyResidual
from vidcolor.colorize.stretch import Stretch, carried, ends_to_decode
from vidcolor.colorize.to_chroma import FrameColor, ToChroma
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor


class PictureColorizer:
    """Colors the progressive pictures of one film, or its fields of one parity, given in order.

    Args:
        predictor: the network.
        predict: shows it pictures.
        look, smooth, to_chroma: the three steps.
        steady: smooths the residuals of hints.
        hint_input: as for `ToChroma`.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        predict: Predict,
        look: Look,
        smooth: Smooth,
        to_chroma: ToChroma,
        steady: SteadyResidual,
        hint_input: NetworkInput | None,
    ) -> None:
        self._predictor = predictor
        self.predict = predict
        self._look = look
        self._smooth = smooth
        self._to_chroma = to_chroma
        self._hinted = HintedPictures(steady)
        self._hint_input = hint_input

    def __call__(
        self,
        planes: Sequence[np.ndarray],
        begins_shot: Sequence[bool],
        drift: Sequence[torch.Tensor] | None,
        wanted: Sequence[bool] | None,
        hints: Sequence[HintMap | None] | None,
        grades: Sequence[Grade | None] | None,
        numbers: Sequence[int],
        references: Sequence[Sequence[Reference]] | None,
    ) -> list[FrameColor]:
        """Take the next pictures; return the color of those now done, as `FilmColorizer` does.

        The arguments are as there.
        """
        shown = self.predict.show(planes, wanted, hints, drift, grades, references)
        self._hinted.show(planes)
        return self._colored(self._look(shown, begins_shot, numbers))

    def finish(self) -> list[FrameColor]:
        """Return the color that is still to come."""
        return self._colored(self._look.flush(), is_over=True)

    def _colored(self, stretches: Sequence[Stretch], is_over: bool = False) -> list[FrameColor]:
        """Return the color of the pictures that are done once these stretches come."""
        self._hinted.add(stretches)
        smoothed = [done for stretch in stretches for done in self._smooth(stretch)]
        if is_over:
            self._hinted.end()
            smoothed += self._smooth.flush()
        last, ends = self._to_chroma, ends_to_decode(smoothed)
        decoded = last.decode(last.pool(list(ends.values())))
        return last(self._hinted(carried(smoothed, ends, decoded)))

    @property
    def hint_shape(self) -> tuple[int, int]:
        """(h, w) of the maps of hints, upright."""
        return (self._hint_input or self.predict).shape

    def decode(self, predictions: Sequence[Prediction]) -> torch.Tensor:
        """Return UV (B, 2, h, w) of predictions, as they are."""
        last = self._to_chroma
        return torch.stack([each.uv for each in last.refine(last.decode(last.pool(predictions)))])

    def spread(self, plane: np.ndarray, decoded: Decoded, hints: HintMap) -> SpreadHints:
        """Return hints, spread over a picture that its color was made of."""
        picture, last = replace(decoded, plane=plane, hints=hints), self._to_chroma
        return last.spread(picture, last.hint_luma(picture, plane))

    def recolor(self, plane: np.ndarray, decoded: Decoded, known: SpreadHints | None) -> np.ndarray:
        """Return the chroma codes of a picture that its color was made of, with other hints."""
        picture = replace(decoded, plane=plane)
        if known is not None:
            picture = replace(picture, hints=known.hints, residual=known.residual)
        return self._to_chroma.to_codes([picture])[0].chroma

    def decoded_anew(self, decoded: Decoded) -> Decoded:
        """Return what a color was made of, with its probabilities decoded by these settings."""
        assert decoded.probabilities is not None
        (anew,) = self._to_chroma.decode([decoded.predicted()])
        (refined,) = self._to_chroma.refine([replace(anew, probabilities=decoded.probabilities)])
        return refined

    def hint_luma(self, plane: np.ndarray) -> np.ndarray:
        """Return a picture at the size of hints, (h, w)."""
        if self._hint_input is not None:
            return self._hint_input(plane, self._predictor.device)[0, 0].cpu().numpy()
        return self.predict.luma(plane)[0, 0].cpu().numpy()

    def features(self, plane: np.ndarray) -> torch.Tensor:
        """Return the network's features of a picture, (C, h, w) on the CPU."""
        return self._predictor.features(self.predict.luma(plane))[0].cpu()
