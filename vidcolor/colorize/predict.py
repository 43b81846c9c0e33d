"""A picture from step to step, and the network: luma in, bin probabilities out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch

from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.network_input import NetworkInput
from vidcolor.colorize.references import Lent, Reference
from vidcolor.colorize.saturation import luma_of_cells
from vidcolor.colorize.style import Seen, mean_color, referenced
from vidcolor.net.batched_predictor import BatchedPredictor
from vidcolor.net.device import enough_memory
from vidcolor.net.hints import HintMap


@dataclass(frozen=True, eq=False, kw_only=True)
class Shown:
    """One picture, as the network is shown it.

    luma: (H, W) float32 in [0, 1], upright, at working size. plane: the luma codes at full size, as
    decoded; None where the picture's own chroma is not wanted and it only counts for that of
    others. hints: what is known of its colors, of the size at which they spread; None where nothing
    is. grade: what is asked of its shot's colors; None for nothing. drift: (n,), what is to be
    taken from the logarithms of its bins' probabilities; None for nothing. references: pictures in
    color by which it is colored. time: when it is shown, for those who look up hints, grade and
    references by it.
    """

    luma: np.ndarray
    plane: np.ndarray | None
    hints: HintMap | None = None
    grade: Grade | None = None
    drift: torch.Tensor | None = None
    references: Sequence[Reference] = ()
    time: Fraction | None = None

    @property
    def has_spreading_hints(self) -> bool:
        """Whether it has hints of which more comes to its color than they say of their places."""
        return self.hints is not None and not self.hints.is_whole

    def with_probabilities(self, probabilities: torch.Tensor) -> "Prediction":
        """Return the picture with its distribution, as `Prediction` has it."""
        return Prediction(**vars(self) | {"probabilities": probabilities})


@dataclass(frozen=True, eq=False, kw_only=True)
class Prediction(Shown):
    """One picture and the distribution over the color bins that belongs to it.

    probabilities: (n, h, w) float32 on the CPU, as the network gives them or smoothed over time.
    matched: what its references tell of the color of each cell, likewise; None where it has none.
    """

    probabilities: torch.Tensor
    matched: Lent | None = None

    def decoded(
        self, uv: torch.Tensor, sure: torch.Tensor, probabilities: torch.Tensor | None
    ) -> "Decoded":
        """Return the picture with its chroma, as `Decoded` has it."""
        shown = {name: value for name, value in vars(self).items() if name != "matched"}
        return Decoded(**shown | {"uv": uv, "sure": sure, "probabilities": probabilities})

    @property
    def planes(self) -> torch.Tensor:
        """All that is smoothed over time, (k, h, w): mean of these planes, they are as `smoothed`.

        Chroma is weighted by how sure it is, so that it is smoothed as a mean of that weight. It is
        told as if the picture were as bright as any: what fades in would else lag behind its luma.
        """
        if self.matched is None:
            return self.probabilities
        weight = self.matched.weight[None]
        chroma = self.matched.chroma / self.matched.brightness
        return torch.cat([self.probabilities, weight * chroma, weight])

    def smoothed(self, planes: torch.Tensor, around: Sequence["Prediction"]) -> "Prediction":
        """Return the picture with such planes, smoothed.

        around: it, and as many before it as after it. It counts for as bright as the median of
        these: that is its own in a fade, however fast, and evens out what a glitter tells.
        """
        if self.matched is None:
            return replace(self, probabilities=planes)
        weight = planes[-1]
        chroma = planes[-3:-1] / weight.clamp_min(torch.finfo(weight.dtype).tiny)
        brightness = np.median([each.matched.brightness for each in around if each.matched])
        matched = replace(self.matched, chroma=chroma * float(brightness), weight=weight)
        return replace(self, probabilities=planes[:-3], matched=matched)


@dataclass(frozen=True, eq=False, kw_only=True)
class Decoded(Shown):
    """One picture and the chroma that its distribution, pooled and graded, was decoded into.

    uv: (2, h, w) float32 in [-0.5, 0.5] times the saturation, upright. sure: (h', w') float32, the
    probability of each cell's likeliest bin. probabilities: (n, h', w') float32; None unless asked
    for. residual: (2, H, W) float32, what the hints add to the color, smoothed over time; None
    where there are none, or not yet.
    """

    uv: torch.Tensor
    sure: torch.Tensor
    probabilities: torch.Tensor | None = None
    residual: torch.Tensor | None = None

    def predicted(self) -> Prediction:
        """Return the picture with its probabilities alone."""
        assert self.probabilities is not None
        own = {"uv", "sure", "probabilities", "residual"}
        shown = Shown(**{name: value for name, value in vars(self).items() if name not in own})
        return shown.with_probabilities(self.probabilities)

    @property
    def planes(self) -> torch.Tensor:
        """All that is told of each cell, (k, h, w), where `uv` is of the cells, on the CPU."""
        parts = [self.uv, self.sure[None]]
        if self.probabilities is not None:
            parts.append(self.probabilities)
        return torch.cat(parts).cpu()

    def carried_to(self, picture: Shown, planes: torch.Tensor) -> "Decoded":
        """Return another picture with such planes as this one's."""
        planes = planes.to(self.uv.device)
        probabilities = None if self.probabilities is None else planes[3:]
        return Decoded(**vars(picture), uv=planes[:2], sure=planes[2], probabilities=probabilities)


class Predict:
    """Shows the pictures of one film to the network.

    Args:
        batched: the network.
        film_format: of progressive pictures.
        working_size: the long side, in pixels, at which the network sees them.
    """

    def __init__(
        self, batched: BatchedPredictor, film_format: FilmFormat, working_size: int
    ) -> None:
        self._batched = batched
        self._network_input = NetworkInput(
            film_format, working_size, batched.predictor.model.dims.output_stride
        )

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of the luma that the network is shown, upright."""
        return self._network_input.shape

    @property
    def batch_size(self) -> int:
        """Pictures that go through the network at once."""
        return self._batched.batch_size

    def prepare(self) -> None:
        """Get the network ready for pictures, which otherwise the first ones wait for."""
        self._batched.prepare(self.shape)

    def luma(self, plane: np.ndarray) -> torch.Tensor:
        """Return what the network is shown of a picture, (1, 1, h, w) float32 on its device."""
        return self._network_input(plane, self._batched.predictor.device)

    def __call__(self, planes: Sequence[np.ndarray]) -> list[Prediction]:
        """Return the predictions of at least one picture.

        planes: as for `show`. Raises DeviceError where memory does not suffice for one picture.
        """
        return self.look(self.show(planes))

    def show(
        self,
        planes: Sequence[np.ndarray],
        wanted: Sequence[bool] | None = None,
        hints: Sequence[HintMap | None] | None = None,
        drift: Sequence[torch.Tensor] | None = None,
        grades: Sequence[Grade | None] | None = None,
        references: Sequence[Sequence[Reference]] | None = None,
    ) -> list[Shown]:
        """Return at least one picture as the network is to be shown it.

        Args:
            planes: of the film's shape, uint8 for 8-bit codes, else uint16.
            wanted: for each whether its own chroma will be asked for; by default all are.
            hints, drift, grades, references: of each; by default there are none.

        Raises:
            DeviceError: memory does not suffice.
        """
        nothing: list[None] = [None] * len(planes)
        with enough_memory(self._batched.predictor.device):
            luma = torch.cat([self.luma(plane) for plane in planes])
        return [
            Shown(
                luma=each,
                plane=plane if is_wanted else None,
                hints=hint,
                grade=grade,
                drift=offsets,
                references=pictures,
            )
            for each, plane, is_wanted, hint, offsets, grade, pictures in zip(
                luma[:, 0].cpu().numpy(),
                planes,
                wanted or [True] * len(planes),
                hints or nothing,
                drift or nothing,
                grades or nothing,
                references or [()] * len(planes),
                strict=True,
            )
        ]

    def look(self, shown: Sequence[Shown]) -> list[Prediction]:
        """Show the network at least one picture; return what it makes of them, drift taken out.

        Raises DeviceError where memory does not suffice for one picture.
        """
        with enough_memory(self._batched.predictor.device):
            plain = iter(self._without_references([each for each in shown if not each.references]))
            return [self._referenced(each) if each.references else next(plain) for each in shown]

    def _without_references(self, shown: Sequence[Shown]) -> list[Prediction]:
        if not shown:
            return []
        luma = torch.from_numpy(np.stack([each.luma for each in shown]))[:, None]
        seen = self._batched.probabilities(luma.to(self._batched.predictor.device)).cpu()
        return [
            each.with_probabilities(_without_drift(probabilities, each.drift))
            for each, probabilities in zip(shown, seen, strict=True)
        ]

    def _referenced(self, picture: Shown) -> Prediction:
        """Return a picture with what its references tell of its cells."""
        predictor, shown = self._batched.predictor, torch.from_numpy(picture.luma)
        seen = predictor.with_features(shown[None, None].to(predictor.device))
        probabilities, features = (each[0].cpu() for each in seen)
        luma = luma_of_cells(shown[None], probabilities.shape[1:])[0]
        automatic = mean_color(predictor, probabilities)
        lent = referenced(Seen(shown, luma, features, automatic), picture.references)
        told = picture.with_probabilities(_without_drift(probabilities, picture.drift))
        return replace(told, matched=lent)


def _without_drift(probabilities: torch.Tensor, drift: torch.Tensor | None) -> torch.Tensor:
    """Take (n,) from the logarithms of probabilities (n, h, w)."""
    if drift is None:
        return probabilities
    return (probabilities.log() - drift[:, None, None]).softmax(0)
