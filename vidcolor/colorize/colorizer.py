"""The colorizer: weights and settings that turn a film's luma into chroma, in three steps."""

from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import torch

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.colorize.fields import Fields
from vidcolor.colorize.film_colorizer import FilmColorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.look import Look
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.picture_colorizer import PictureColorizer
from vidcolor.colorize.predict import Predict, Prediction, Shown
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.steady_residual import SteadyResidual
from vidcolor.colorize.suggest import COUNT, SHOWN, Suggester, Suggestion
from vidcolor.colorize.to_chroma import ToChroma
from vidcolor.net.batched_predictor import (
    BatchedPredictor,
    openvino_batch_size,
    usual_batch_size,
)
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.device import enough_memory, resolve_device, resolve_precision
from vidcolor.net.engine import resolve_engine
from vidcolor.net.predictor import Predictor, resize
from vidcolor.temporal.kernel import STEADY, ExponentialDecay
from vidcolor.temporal.rhythm import reach_beyond, usual_every


class Colorizer:
    """Weights on a device, with the settings that turn luma into chroma.

    Args:
        checkpoint: the weights.
        decoding: how probabilities become chroma; None for the checkpoint's own.
        controls: what is then made of the chroma.
        kernel: the smoothing over time.
        motion: whether smoothing follows what moves.
        every: the network sees one frame in so many, and the color of those between is carried
            along their motion; None for `usual_every`. Without motion it sees every frame.
        refine: whether color spreads up to the luma's edges (`refine`), before the controls.
        hint_size: the long side, in pixels, at which hints spread; None for that at which the
            network sees the film.
        device, precision: as in `net.device`.
        engine: as in `net.engine`.
        batch_size: frames that go through the network at once; None for `usual_batch_size`. The
            attribute becomes a quarter, for good, when memory does not suffice for a batch. With
            OpenVINO it is that of large frames.
        predictor: that of another colorizer with this checkpoint, device, precision and engine, to
            be shared.

    Raises:
        DeviceError: there is no such device, precision or engine here, or too little memory.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        decoding: Decoding | None = None,
        controls: Controls = OFF,
        kernel: ExponentialDecay = STEADY,
        motion: bool = True,
        every: int | None = None,
        refine: bool = False,
        hint_size: int | None = None,
        device: str = "auto",
        precision: str = "auto",
        engine: str = "auto",
        batch_size: int | None = None,
        predictor: Predictor | None = None,
    ) -> None:
        self.name = checkpoint.name
        self.weights_sha256 = checkpoint.sha256
        self.decoding = decoding or checkpoint.decoding
        self.controls = controls
        self.kernel = kernel
        self.motion = motion
        usual = usual_every(motion, kernel.window)
        self.every = usual if every is None or not motion else every
        self.refine = refine
        self.hint_size = hint_size
        if predictor is None:
            place = resolve_device(device)
            dtype = resolve_precision(precision, place)
            with enough_memory(place):
                predictor = Predictor(
                    checkpoint.model,
                    checkpoint.bins,
                    place,
                    dtype,
                    resolve_engine(engine, place, dtype),
                )
        self.predictor = predictor
        usual_size = usual_batch_size(predictor.device, predictor.engine)
        self._batched = BatchedPredictor(predictor, batch_size or usual_size)

    @property
    def batch_size(self) -> int:
        """Frames that go through the network at once; with OpenVINO, of small ones more may."""
        return self._batched.batch_size

    @property
    def lookback(self) -> int:
        """How many frames before the present one its color depends on."""
        return self.kernel.lookback + reach_beyond(self.every)[0]

    @property
    def lookahead(self) -> int:
        """How many frames after the present one its color depends on."""
        return self.kernel.lookahead + reach_beyond(self.every)[1]

    def film(self, film_format: FilmFormat, probabilities: bool = False) -> "FilmColorizer":
        """Begin a film: nothing before it is remembered.

        probabilities: whether each `FrameColor` comes with those it is made of.
        """
        fields = Fields(film_format)
        pictures = [self.picture(each, probabilities) for each in fields.formats]
        return FilmColorizer(self.predictor, self.decoding.working_size, fields, pictures)

    def picture(self, film_format: FilmFormat, probabilities: bool) -> PictureColorizer:
        """Return what takes all steps for the progressive pictures of a film, as `film` does."""
        predict, to_chroma = self.predict(film_format), self.to_chroma(film_format, probabilities)
        return PictureColorizer(
            self.predictor,
            predict=predict,
            look=self.look(predict.look, lambda: predict.batch_size),
            smooth=self.smooth(),
            to_chroma=to_chroma,
            steady=self.steady_residual(to_chroma),
            hint_input=self.hint_input(film_format),
        )

    def predict(self, film_format: FilmFormat) -> Predict:
        """Return what shows the progressive pictures of a film to the network."""
        batched, least = self._batched, self.batch_size
        if self.predictor.engine == "openvino":
            size = openvino_batch_size(least, prod(film_format.shape))
            if size > least:
                batched = BatchedPredictor(self.predictor, size, rest=least)
        return Predict(batched, film_format, self.decoding.working_size)

    def hint_input(self, film_format: FilmFormat) -> NetworkInput | None:
        """Return what shows pictures at the size at which hints spread; None: as to the network."""
        if self.hint_size is None:
            return None
        multiple = self.predictor.model.dims.output_stride
        return NetworkInput(film_format, self.hint_size, multiple)

    def look(
        self, see: Callable[[Sequence[Shown]], list[Prediction]], batch_size: Callable[[], int]
    ) -> Look:
        """Return the first step, for the progressive pictures of a film.

        see, batch_size: as for `Look`.
        """
        return Look(
            see,
            batch_size,
            every=self.every,
            motion=self.motion,
            cell=self.predictor.model.dims.output_stride,
        )

    def smooth(self) -> Smooth:
        """Return the second step, for the pictures of a film."""
        return Smooth(self.kernel, self.every)

    def steady_residual(self, to_chroma: ToChroma) -> SteadyResidual:
        """Return what smooths the residuals of hints, which `to_chroma` spreads."""
        luma, residual = to_chroma.hint_luma, to_chroma.residual
        return SteadyResidual(self.kernel, self.every, self.motion, luma, residual)

    def to_chroma(
        self,
        film_format: FilmFormat,
        probabilities: bool = False,
        planes: ChromaPlanes | None = None,
    ) -> ToChroma:
        """Return the last step for the progressive pictures of a film.

        planes: as for `ToChroma`.
        """
        return ToChroma(
            self.predictor,
            film_format,
            decoding=self.decoding,
            controls=self.controls,
            refine=self.refine,
            hint_input=self.hint_input(film_format),
            probabilities=probabilities,
            planes=planes or ChromaPlanes(),
        )

    def suggest(
        self,
        film_format: FilmFormat,
        luma: np.ndarray,
        place: tuple[int, int],
        *,
        known: SpreadHints | None = None,
        probabilities: torch.Tensor | None = None,
        count: int = COUNT,
    ) -> list[Suggestion]:
        """Return up to `count` colors for a place of a frame, the likeliest first; see `Suggester`.

        Their luma is the place's, or the nearest within `SHOWN`.

        Args:
            film_format: how the film stores its frames.
            luma: the frame's plane of codes.
            place: the row and the column of a pixel of `FilmColorizer.hint_shape`.
            known: its hints, as `FilmColorizer.spread` gives them; None where there are none.
            probabilities: those of its `FrameColor`; None for those of the frame alone.
            count: the most colors to suggest.
        """
        film = self.film(film_format)
        if probabilities is None:
            likely = film.predict([luma])[0].probabilities
        else:
            likely = torch.rot90(probabilities, film_format.quarter_turns, (-2, -1)).cpu()
        batch = likely[None].to(self.predictor.device)
        uv = self.controls(self.predictor.chroma(batch, self.decoding), batch.amax(1))
        shown = torch.from_numpy(film.hint_luma(luma, film_format.interlaced)).clamp(*SHOWN)
        automatic = resize(uv, film.hint_shape)[0].cpu()
        return Suggester(shown, likely, automatic, self.predictor.bins, known)(place, count)
