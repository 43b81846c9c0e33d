"""The colorizer: weights and settings that turn a film's luma into chroma, in three steps."""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
import torch

from vidcolor.colorize.chroma_planes import ChromaPlanes
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.colorize.fields import Fields
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.look import Look
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.picture_colorizer import PictureColorizer
from vidcolor.colorize.predict import Decoded, Predict, Prediction, Shown
from vidcolor.colorize.references import Reference
from vidcolor.colorize.smooth import Smooth
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.steady_residual import SteadyResidual
from vidcolor.colorize.suggest import COUNT, Suggester, Suggestion
from vidcolor.colorize.to_chroma import FrameColor, ToChroma
from vidcolor.net.batched_predictor import BatchedPredictor, usual_batch_size
from vidcolor.net.checkpoint import Checkpoint, Decoding
from vidcolor.net.device import enough_memory, resolve_device, resolve_precision
from vidcolor.net.engine import resolve_engine
from vidcolor.net.hints import HintMap
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
            attribute is halved, for good, when memory does not suffice for a batch.
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
        """Frames that go through the network at once."""
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
        return FilmColorizer(self, film_format, probabilities)

    def picture(self, film_format: FilmFormat, probabilities: bool) -> PictureColorizer:
        """Return what takes all steps for the progressive pictures of a film, as `film` does."""
        predict, to_chroma = self.predict(film_format), self.to_chroma(film_format, probabilities)
        return PictureColorizer(
            self.predictor,
            predict=predict,
            look=self.look(predict.look),
            smooth=self.smooth(),
            to_chroma=to_chroma,
            steady=self.steady_residual(to_chroma),
            hint_input=self.hint_input(film_format),
        )

    def predict(self, film_format: FilmFormat) -> Predict:
        """Return what shows the progressive pictures of a film to the network."""
        return Predict(self._batched, film_format, self.decoding.working_size)

    def hint_input(self, film_format: FilmFormat) -> NetworkInput | None:
        """Return what shows pictures at the size at which hints spread; None: as to the network."""
        if self.hint_size is None:
            return None
        multiple = self.predictor.model.dims.output_stride
        return NetworkInput(film_format, self.hint_size, multiple)

    def look(self, see: Callable[[Sequence[Shown]], list[Prediction]]) -> Look:
        """Return the first step, for the progressive pictures of a film; see: as for `Look`."""
        return Look(
            see,
            lambda: self.batch_size,
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
        shown = torch.from_numpy(film.hint_luma(luma, film_format.interlaced))
        automatic = resize(uv, film.hint_shape)[0].cpu()
        return Suggester(shown, likely, automatic, self.predictor.bins, known)(place, count)


class FilmColorizer:
    """Colors one film, whose frames are given in order; made by `Colorizer.film`.

    Of an interlaced film each field is colored as a picture of its own, and smoothing goes from
    field to field of the same parity. Its progressive frames are colored as a whole. bins: what
    its probabilities are of.
    """

    def __init__(self, colorizer: Colorizer, film_format: FilmFormat, probabilities: bool) -> None:
        self.bins = colorizer.predictor.bins
        self._colorizer = colorizer
        self._fields = Fields(film_format)
        self._pictures = [colorizer.picture(each, probabilities) for each in self._fields.formats]
        self._finished: list[deque[FrameColor]] = [deque() for _ in self._pictures]
        """Of each picture of a frame, the color of those that another one is still to come of."""
        self._count = 0

    @property
    def hint_shape(self) -> tuple[int, int]:
        """(h, w) of the maps of hints: the active picture, upright."""
        return self._pictures[0].hint_shape

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Sequence[bool] | None = None,
        drift: Sequence[torch.Tensor] | None = None,
        wanted: Sequence[bool] | None = None,
        interlaced: Sequence[bool] | None = None,
        hints: Sequence[HintMap | None] | None = None,
        grades: Sequence[Grade | None] | None = None,
        numbers: Sequence[int] | None = None,
        references: Sequence[Sequence[Reference]] | None = None,
    ) -> list[FrameColor]:
        """Take the film's next frames; return the color of those now done, oldest first.

        Color comes the kernel's `lookahead` frames later or, where the network does not see every
        frame, once enough for a batch have come that it sees.

        Args:
            lumas: planes of the film's shape, uint8 for 8-bit codes, else uint16.
            begins_shot: for each whether a shot begins with it; by default none does.
            drift: for each (n,), what to take from the logarithms of its bins' probabilities.
            wanted: for each whether its color is returned, or it only counts for others; by
                default all are.
            interlaced: for each frame of an interlaced film whether it holds two fields; by default
                all do.
            hints: for each what is known of its colors, of `hint_shape`, and of both its fields
                if there are two; by default there is nothing.
            grades: for each what is asked of its shot's colors; by default nothing is.
            numbers: for each the number that its time has at the film's mean rate, by which the
                network sees one in `every`; by default they are counted from the first frame given.
            references: for each the pictures in color that it is colored by; by default there are
                none.

        Raises DeviceError where memory does not suffice for a single frame.
        """
        begins = begins_shot or [False] * len(lumas)
        numbers = numbers or range(self._count, self._count + len(lumas))
        self._count += len(lumas)
        with enough_memory(self._colorizer.predictor.device):
            return self._woven(
                [
                    picture(planes, begins, drift, wanted, hints, grades, numbers, references)
                    for picture, planes in zip(
                        self._pictures, self._fields.split(lumas, interlaced), strict=True
                    )
                ]
            )

    def prepare(self) -> None:
        """Get the network ready before frames come."""
        for picture in self._pictures:
            picture.predict.prepare()

    def predict(self, lumas: Sequence[np.ndarray]) -> list[Prediction]:
        """Return the predictions of frames, of interlaced ones those of their even lines."""
        return self._pictures[0].predict(self._fields.split(lumas)[0])

    def spread(
        self,
        luma: np.ndarray,
        decoded: Sequence[Decoded],
        hints: HintMap | None,
        interlaced: bool = True,
    ) -> tuple[SpreadHints | None, ...]:
        """Return the hints of a frame alone, not smoothed over time, spread over its pictures.

        Args:
            luma: its codes.
            decoded: those of its `FrameColor`.
            hints: of `hint_shape`; where there are none, None is what becomes of them.
            interlaced: of an interlaced film, whether the frame holds two fields.
        """
        if hints is None:
            return (None,) * len(decoded)
        planes = self._fields.split([luma], [interlaced])
        pictures = zip(self._pictures, planes, decoded, strict=True)
        return tuple(picture.spread(own, each, hints) for picture, (own,), each in pictures)

    def recolor(
        self,
        luma: np.ndarray,
        decoded: Sequence[Decoded],
        known: Sequence[SpreadHints | None],
        interlaced: bool = True,
    ) -> np.ndarray:
        """Return the chroma that a frame has with other hints, as in `FrameColor`.

        The arguments are those of `spread`. known: what that returns.
        """
        planes = self._fields.split([luma], [interlaced])
        pictures = zip(self._pictures, planes, decoded, known, strict=True)
        return self._fields.weave([p.recolor(own, each, its) for p, (own,), each, its in pictures])

    def decoded_anew(self, decoded: Sequence[Decoded]) -> tuple[Decoded, ...]:
        """Return what a frame's color was made of as this colorizer's decoding would have it.

        decoded: those of a `FrameColor` that another colorizer made, which differs in temperature,
        rebalance, saturation, refine and controls alone. What references told is lost.
        """
        pictures = zip(self._pictures, decoded, strict=True)
        return tuple(picture.decoded_anew(each) for picture, each in pictures)

    def graded_chroma(self, predictions: Sequence[Prediction]) -> torch.Tensor:
        """Return UV (B, 2, h, w) float32 of such predictions, before the controls, hints aside."""
        return self._pictures[0].decode(predictions)

    def hint_luma(self, luma: np.ndarray, interlaced: bool) -> np.ndarray:
        """Return a frame as hints spread over it: (h, w) float32 in [0, 1], of `hint_shape`.

        Of an interlaced frame those are its even lines.
        """
        (plane,) = self._fields.split([luma], [interlaced])[0]
        with enough_memory(self._colorizer.predictor.device):
            return self._pictures[0].hint_luma(plane)

    def reference(self, luma: np.ndarray, chroma: np.ndarray) -> Reference:
        """Return a picture in color as one by which frames are colored.

        luma: (H, W) float32 in [0, 1], upright. chroma: (2, H, W), UV of BT.709.
        """
        predictor, size = self._colorizer.predictor, self._colorizer.decoding.working_size
        with enough_memory(predictor.device):
            return Reference.of(luma, chroma, predictor, size)

    def features(self, luma: np.ndarray, interlaced: bool) -> torch.Tensor:
        """Return what the network makes of such a frame alone, (C, h, w) on the CPU.

        They are as `Predictor.features` gives them.
        """
        (plane,) = self._fields.split([luma], [interlaced])[0]
        with enough_memory(self._colorizer.predictor.device):
            return self._pictures[0].features(plane)

    def finish(self) -> list[FrameColor]:
        """Return the color that is still to come, and forget the film so far."""
        self._count = 0
        with enough_memory(self._colorizer.predictor.device):
            return self._woven([picture.finish() for picture in self._pictures])

    def _woven(self, pictures: Sequence[Sequence[FrameColor]]) -> list[FrameColor]:
        """Make frames of newly finished pictures, which are given for each field."""
        for finished, new in zip(self._finished, pictures, strict=True):
            finished.extend(new)
        count = min(map(len, self._finished))
        frames = [[finished.popleft() for finished in self._finished] for _ in range(count)]
        return [
            FrameColor(
                self._fields.weave([picture.chroma for picture in fields]),
                sum(picture.confidence for picture in fields) / len(fields),
                fields[0].probabilities,
                tuple(each for picture in fields for each in picture.decoded),
            )
            for fields in frames
        ]
