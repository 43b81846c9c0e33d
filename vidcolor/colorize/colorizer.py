"""The colorizer: luma in, chroma out."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from vidcolor.color.yuv import chroma_in, fit_to_luma
from vidcolor.colorize.controls import OFF, Controls
from vidcolor.colorize.format import FilmFormat
from vidcolor.colorize.refine import refine_chroma
from vidcolor.errors import is_out_of_memory
from vidcolor.net.checkpoint import Checkpoint, Decoding
from vidcolor.net.device import enough_memory, resolve_device, resolve_precision
from vidcolor.net.predictor import Predictor, resize, working_shape
from vidcolor.temporal.motion import find_step
from vidcolor.temporal.smoothing import STEADY, ExponentialDecay, Smoother

BATCH_SIZE = 8
"""Frames in a batch unless told otherwise; results are exactly repeatable for equal sizes."""


@dataclass(frozen=True, eq=False)
class FrameColor:
    """What the network makes of one frame."""

    chroma: np.ndarray
    """(2, *chroma_shape) U and V codes, of the luma's dtype."""
    confidence: float
    """Probability of the likeliest bin, smoothed over time: its mean over the active picture."""
    probabilities: torch.Tensor | None = None
    """(n, h, w) float32, of the bins: those, smoothed over time, whose annealed mean is the chroma,
    over the active picture as the film stores it, in its even lines if it is interlaced. None
    unless asked for."""


class Colorizer:
    """Weights on a device, with the settings that turn luma into chroma.

    decoding: None for the checkpoint's own. controls: what is then made of the chroma. kernel: the
    smoothing over time. motion: whether it follows what moves. refine: whether colour goes through
    `refine`, before the controls. device, precision: as in `net.device`. batch_size:
    frames that go through the network at once; the attribute is halved, for good, when memory does
    not suffice for a batch. predictor: that of another colorizer with this checkpoint, device and
    precision, to be shared. Raises DeviceError.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        decoding: Decoding | None = None,
        controls: Controls = OFF,
        kernel: ExponentialDecay = STEADY,
        motion: bool = True,
        refine: bool = False,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = BATCH_SIZE,
        predictor: Predictor | None = None,
    ) -> None:
        self.name = checkpoint.name
        self.decoding = decoding or checkpoint.decoding
        self.controls = controls
        self.kernel = kernel
        self.motion = motion
        self.refine = refine
        self.batch_size = batch_size
        if predictor is None:
            place = resolve_device(device)
            with enough_memory(place):
                predictor = Predictor(
                    checkpoint.model, checkpoint.bins, place, resolve_precision(precision, place)
                )
        self.predictor = predictor

    def film(
        self, film: FilmFormat, probabilities: bool = False
    ) -> "FilmColorizer | InterlacedColorizer":
        """Begin a film: nothing before it is remembered.

        probabilities: whether each `FrameColor` comes with those it is made of.
        """
        kind = InterlacedColorizer if film.interlaced else FilmColorizer
        return kind(self, film, probabilities)


class FilmColorizer:
    """Colours one film, whose frames are given in order; made by `Colorizer.film`."""

    def __init__(self, colorizer: Colorizer, film: FilmFormat, probabilities: bool) -> None:
        self._colorizer = colorizer
        self._film = film
        self._tells_probabilities = probabilities
        self._smoother = Smoother(colorizer.kernel)
        self._lumas: deque[np.ndarray | None] = deque()
        """Of the frames not yet done; None where the colour is not wanted."""
        self._previous: np.ndarray | None = None
        """The latest frame at working size."""
        self._quarter_turns = round(film.rotation / 90)
        self._plane = np.empty(film.active_luma.shape, np.float32)
        self._working_shape = working_shape(
            *film.active_luma.shape,
            film.pixel_aspect,
            colorizer.decoding.working_size,
            colorizer.predictor.model.dims.output_stride,
        )

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Sequence[bool] | None = None,
        drift: Sequence[torch.Tensor] | None = None,
        wanted: Sequence[bool] | None = None,
    ) -> list[FrameColor]:
        """Take the film's next frames; return the colour of those now done, oldest first.

        lumas: planes of the film's shape, uint8 for 8-bit codes, else uint16. begins_shot: for each
        whether a shot begins with it; none does by default. drift: for each (n,), what to take from
        the logarithms of its bins' probabilities. wanted: for each whether its colour is returned,
        or it only counts for others; all are by default. Colour comes the kernel's `lookahead`
        frames later. Raises DeviceError where memory does not suffice for a single frame.
        """
        with enough_memory(self._colorizer.predictor.device):
            probabilities, luma = self.seen(lumas)
            if drift is not None:
                probabilities = (
                    probabilities.log() - torch.stack(list(drift))[..., None, None]
                ).softmax(1)
            for plane, is_wanted in zip(lumas, wanted or [True] * len(lumas), strict=True):
                self._lumas.append(plane if is_wanted else None)
            return self._done(self.smoothed(probabilities, luma, begins_shot))

    def seen(self, lumas: Sequence[np.ndarray]) -> tuple[torch.Tensor, np.ndarray]:
        """What the network makes of frames, and what it is shown.

        Probabilities (B, n, h, w), and luma (B, H, W) in [0, 1] at working size; float32, on the
        CPU. At least one frame; lumas and errors as for a call.
        """
        with enough_memory(self._colorizer.predictor.device):
            luma = torch.cat([self._working_luma(plane) for plane in lumas])
            return self._probabilities(luma).cpu(), luma[:, 0].cpu().numpy()

    def smoothed(
        self, probabilities: torch.Tensor, luma: np.ndarray, begins_shot: Sequence[bool] | None
    ) -> list[torch.Tensor]:
        """Take the film's next frames as `seen`; return those now smoothed, (n, h, w) each."""
        cell = self._colorizer.predictor.model.dims.output_stride
        done = []
        for each, now, begins in zip(
            probabilities, luma, begins_shot or [False] * len(luma), strict=True
        ):
            taken = None
            if self._colorizer.motion and self._previous is not None and not begins:
                taken = find_step(self._previous, now, cell)
            self._previous = now
            done += self._smoother(each, begins_shot=begins, step=taken)
        return done

    def rest(self) -> list[torch.Tensor]:
        """Return those not yet smoothed, and forget the film so far."""
        self._previous = None
        return self._smoother.finish()

    def finish(self) -> list[FrameColor]:
        """Return the colour that is still to come, and forget the film so far."""
        with enough_memory(self._colorizer.predictor.device):
            return self._done(self.rest())

    def _done(self, smoothed: list[torch.Tensor]) -> list[FrameColor]:
        """Of those that are wanted of the oldest frames not yet done."""
        done = [(each, self._lumas.popleft()) for each in smoothed]
        return self.colors([(each, plane) for each, plane in done if plane is not None])

    def colors(self, wanted: Sequence[tuple[torch.Tensor, np.ndarray]]) -> list[FrameColor]:
        """Of frames: smoothed probabilities (n, h, w), and the luma as for a call."""
        if not wanted:
            return []
        colorizer = self._colorizer
        place = colorizer.predictor.device
        probabilities = torch.stack([each for each, _ in wanted]).to(place)
        uv = colorizer.predictor.chroma(probabilities, colorizer.decoding)
        if colorizer.refine:
            lumas = [self._working_luma(plane)[0, 0] for _, plane in wanted]
            uv = torch.stack(list(map(refine_chroma, lumas, uv, probabilities.amax(1))))
        uv = colorizer.controls(uv, probabilities)
        uv = torch.rot90(uv, -self._quarter_turns, (-2, -1))
        return [
            FrameColor(self._codes(frame, plane), float(likely.amax(0).mean()), self._told(likely))
            for frame, (likely, plane) in zip(uv, wanted, strict=True)
        ]

    def _told(self, probabilities: torch.Tensor) -> torch.Tensor | None:
        """As the film stores its picture, if they are asked for."""
        if not self._tells_probabilities:
            return None
        return torch.rot90(probabilities, -self._quarter_turns, (-2, -1))

    def _probabilities(self, luma: torch.Tensor) -> torch.Tensor:
        """Of luma (n, 1, h, w), in batches that are filled up to their full size."""
        colorizer = self._colorizer
        parts: list[torch.Tensor] = []
        while len(luma):
            batch = luma[: colorizer.batch_size]
            filling = batch[-1:].expand(colorizer.batch_size - len(batch), -1, -1, -1)
            try:
                made = colorizer.predictor.probabilities(torch.cat([batch, filling]))
            except RuntimeError as error:
                if colorizer.batch_size == 1 or not is_out_of_memory(error):
                    raise
                colorizer.batch_size //= 2
                continue
            parts.append(made[: len(batch)])
            luma = luma[len(batch) :]
        return torch.cat(parts)

    def _working_luma(self, plane: np.ndarray) -> torch.Tensor:
        """Luma codes (H, W) -> (1, 1, h, w) float32 in [0, 1], upright, at working size."""
        np.copyto(self._plane, plane[self._film.active_luma.inside])
        codes = torch.from_numpy(self._plane).to(self._colorizer.predictor.device)
        luma = self._film.codes.luma_to_unit(resize(codes[None, None], self._working_shape))
        return torch.rot90(luma, self._quarter_turns, (-2, -1))

    def _codes(self, uv: torch.Tensor, plane: np.ndarray) -> np.ndarray:
        """UV (2, h, w) at working size -> codes at full size that the luma can carry; grey bars."""
        film, codes = self._film, self._film.codes
        active = film.active_chroma
        uv = chroma_in(film.matrix, resize(uv[None], active.shape)[0])
        darkest, brightest = (
            codes.luma_to_unit(torch.from_numpy(extreme.astype(np.float32)).to(uv.device))[None]
            for extreme in _extremes(plane[film.active_luma.inside], active.shape)
        )
        chroma = codes.chroma_to_codes(fit_to_luma(uv, darkest, brightest, film.matrix))
        whole = np.full((2, *film.chroma_shape), codes.neutral, plane.dtype)
        whole[:, *active.inside] = chroma.cpu().numpy()
        return whole


class InterlacedColorizer:
    """Colours each field of an interlaced film as a picture; made by `Colorizer.film`.

    Smoothing goes from field to field of the same parity.
    """

    def __init__(self, colorizer: Colorizer, film: FilmFormat, probabilities: bool) -> None:
        self._shape = film.chroma_shape
        self._fields = [
            FilmColorizer(colorizer, film.field(parity), probabilities) for parity in (0, 1)
        ]

    def __call__(
        self,
        lumas: Sequence[np.ndarray],
        begins_shot: Sequence[bool] | None = None,
        drift: Sequence[torch.Tensor] | None = None,
        wanted: Sequence[bool] | None = None,
    ) -> list[FrameColor]:
        """As `FilmColorizer`, given and returning whole frames."""
        return self._frames(
            [
                field([plane[parity::2] for plane in lumas], begins_shot, drift, wanted)
                for parity, field in enumerate(self._fields)
            ]
        )

    def seen(self, lumas: Sequence[np.ndarray]) -> tuple[torch.Tensor, np.ndarray]:
        """As `FilmColorizer`, of the even fields."""
        return self._fields[0].seen([plane[::2] for plane in lumas])

    def finish(self) -> list[FrameColor]:
        """As `FilmColorizer`, returning whole frames."""
        return self._frames([field.finish() for field in self._fields])

    def _frames(self, fields: list[list[FrameColor]]) -> list[FrameColor]:
        frames = []
        for even, odd in zip(*fields, strict=True):
            chroma = woven([even.chroma, odd.chroma], self._shape)
            confidence = (even.confidence + odd.confidence) / 2
            frames.append(FrameColor(chroma, confidence, even.probabilities))
        return frames


def woven(fields: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """A frame's chroma (2, *shape), whose lines are of the fields in turn; one field is all."""
    chroma = np.empty((2, *shape), fields[0].dtype)
    for parity, field in enumerate(fields):
        chroma[:, parity :: len(fields)] = field
    return chroma


def _extremes(plane: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The darkest and the brightest of the luma samples that share each chroma sample."""
    dark = bright = plane
    if shape[0] < plane.shape[0]:
        dark, bright = np.minimum(dark[::2], dark[1::2]), np.maximum(bright[::2], bright[1::2])
    if shape[1] < plane.shape[1]:
        dark = np.minimum(dark[:, ::2], dark[:, 1::2])
        bright = np.maximum(bright[:, ::2], bright[:, 1::2])
    return dark, bright
