"""What is measured, and on what: photographs, and who colours them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from vidcolor.color.yuv import rgb_to_yuv
from vidcolor.errors import InputError, TrainingError
from vidcolor.net.checkpoint import Checkpoint
from vidcolor.net.decoding import Decoding
from vidcolor.net.predictor import Predictor

from ..data.photographs import Photographs
from .namer import Namer
from .pictures import colorize_in_settings, from_uint8, luma_of, to_uint8, with_chroma


@dataclass(frozen=True)
class Photograph:
    """One of the packed photographs."""

    folder: Photographs
    index: int

    @property
    def pixels(self) -> np.ndarray:
        """The photograph, (H, W, 3) uint8 RGB."""
        return self.folder[self.index]

    @property
    def label(self) -> str:
        """The name of its class."""
        return str(self.folder.class_names[self.folder.labels[self.index]])

    @property
    def name(self) -> str:
        """The name, without its ending, of a file that shows it: folder and number in a row."""
        return f"{self.folder.name}-{self.index:06}"


@dataclass(frozen=True)
class Candidate:
    """A network to measure, and the settings, by name, that its pictures are decoded with.

    The network's own distribution is measured at the working size of the first setting. Of a
    network that names colours itself, settings mean their working size and saturation.
    """

    predictor: Predictor | Namer
    settings: Mapping[str, Decoding]

    @classmethod
    def of(cls, checkpoint: Checkpoint, device: torch.device) -> "Candidate":
        """Make a candidate of weights, in fp32, with two settings.

        They are "accuracy", at temperature 1, rebalance 0 and saturation 1 and not pooled, and
        "defaults", the weights' own.
        """
        settings = {
            "accuracy": Decoding(1.0, 0.0, checkpoint.decoding.working_size),
            "defaults": checkpoint.decoding,
        }
        return cls(seer(checkpoint, device), settings)

    @property
    def distribution(self) -> Predictor:
        """The network, if it gives a distribution over bins; otherwise TrainingError is raised."""
        if isinstance(self.predictor, Namer):
            raise TrainingError(
                "weights that name colours themselves take no true colours and suggest none; leave "
                "--reveal and --suggestions out"
            )
        return self.predictor

    def pictures(self, photograph: Photograph) -> dict[str, np.ndarray]:
        """Return the pictures that it makes of a photograph, (H, W, 3) uint8 RGB, by setting."""
        return colorize_in_settings(self.predictor, luma_of(photograph.pixels), self.settings)


def seer(checkpoint: Checkpoint, device: torch.device) -> Predictor | Namer:
    """Return the network of weights on a device, in fp32."""
    if checkpoint.names:
        return Namer(checkpoint.model, checkpoint.bins, checkpoint.names, device)
    return Predictor(checkpoint.model, checkpoint.bins, device, torch.float32)


GIVEN = "given"
"""The only setting of pictures that another program made."""


@dataclass(frozen=True)
class Outside:
    """Pictures that another program made of the photographs, a file each in one folder.

    A file has the name of its photograph (`Photograph.name`) and any ending. The truth's luma takes
    the place of its own, so that colour alone is measured.

    luma_errors: by photograph, how far its own luma was off, the mean in codes of 255.
    """

    folder: Path
    luma_errors: dict[str, float] = field(default_factory=dict)

    @property
    def luma_error(self) -> float:
        """The mean of the luma errors of the photographs seen so far, in codes of 255."""
        return float(np.mean(list(self.luma_errors.values())))

    @cached_property
    def _files(self) -> dict[str, Path]:
        try:
            return {path.stem: path for path in sorted(self.folder.iterdir()) if path.is_file()}
        except OSError as error:
            raise InputError(f"{self.folder}: can't be read ({error.strerror})") from error

    def pictures(self, photograph: Photograph) -> dict[str, np.ndarray]:
        """Return the picture of a photograph, (H, W, 3) uint8 RGB, under `GIVEN`.

        Raises InputError if there is none, or one that can't be read or has another size.
        """
        path = self._files.get(photograph.name)
        if path is None:
            raise InputError(
                f"{self.folder}: has no picture named {photograph.name}; colour those that "
                "--write-greys wrote, and keep their names"
            )
        try:
            with Image.open(path) as image:
                made = np.asarray(image.convert("RGB"))
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
            raise InputError(f"{path}: not a readable picture") from error
        truth = photograph.pixels
        if made.shape != truth.shape:
            (high, wide), (tall, broad) = made.shape[:2], truth.shape[:2]
            raise InputError(f"{path}: {wide} x {high} pixels; the photograph has {broad} x {tall}")
        own, u, v = rgb_to_yuv(*from_uint8(made[None]).split(1, 1))
        luma = luma_of(truth)
        self.luma_errors[photograph.name] = float(255 * (own - luma).abs().mean())
        return {GIVEN: to_uint8(with_chroma(luma, torch.cat([u, v], 1)))[0]}


Colourist = Candidate | Outside
"""Who colours photographs: `pictures` gives them."""
