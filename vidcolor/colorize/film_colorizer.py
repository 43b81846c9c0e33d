"""Colors one film, frame by frame, the fields of an interlaced one each for themselves."""

from collections import deque
from collections.abc import Sequence

import numpy as np
import torch

from vidcolor.colorize.fields import Fields
from vidcolor.colorize.grade import Grade
from vidcolor.colorize.picture_colorizer import PictureColorizer
from vidcolor.colorize.predict import Decoded, Prediction
from vidcolor.colorize.references import Reference
from vidcolor.colorize.spread import SpreadHints
from vidcolor.colorize.style import Style
from vidcolor.colorize.to_chroma import FrameColor
from vidcolor.net.device import enough_memory
from vidcolor.net.hints import HintMap
from vidcolor.net.predictor import Predictor
from vidcolor.net.style_encoder import StyleEncoder


class FilmColorizer:
    """Colors one film, whose frames are given in order; made by `Colorizer.film`.

    Of an interlaced film each field is colored as a picture of its own, and smoothing goes from
    field to field of the same parity. Its progressive frames are colored as a whole. bins: what
    its probabilities are of.

    Args:
        predictor: the network.
        working_size: as in `Decoding`.
        fields: splits the film's frames into pictures.
        pictures: color those, of each of `fields.formats`.
    """

    def __init__(
        self,
        predictor: Predictor,
        working_size: int,
        fields: Fields,
        pictures: Sequence[PictureColorizer],
    ) -> None:
        self.bins = predictor.bins
        self._predictor = predictor
        self._working_size = working_size
        self._fields = fields
        self._pictures = pictures
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
        with enough_memory(self._predictor.device):
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
        with enough_memory(self._predictor.device):
            return self._pictures[0].hint_luma(plane)

    def reference(self, luma: np.ndarray, chroma: np.ndarray, opaque: np.ndarray) -> Reference:
        """Return a picture in color as one by which frames are colored.

        luma, opaque: (H, W) float32 in [0, 1], upright. chroma: (2, H, W), UV of BT.709.
        """
        with enough_memory(self._predictor.device):
            return Reference.of(luma, chroma, opaque, self._predictor, self._working_size)

    def style(
        self,
        luma: np.ndarray,
        chroma: np.ndarray,
        opaque: np.ndarray,
        encoder: StyleEncoder | None,
    ) -> Style:
        """Return a picture in color as one that lends frames its style; encoder: as in `Style`.

        The rest is as for `reference`.
        """
        with enough_memory(self._predictor.device):
            return Style.lent(luma, chroma, opaque, self._predictor, self._working_size, encoder)

    def features(self, luma: np.ndarray, interlaced: bool) -> torch.Tensor:
        """Return what the network makes of such a frame alone, (C, h, w) on the CPU.

        They are as `Predictor.features` gives them.
        """
        (plane,) = self._fields.split([luma], [interlaced])[0]
        with enough_memory(self._predictor.device):
            return self._pictures[0].features(plane)

    def finish(self) -> list[FrameColor]:
        """Return the color that is still to come, and forget the film so far."""
        self._count = 0
        with enough_memory(self._predictor.device):
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
