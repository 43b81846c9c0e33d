"""`Order`: a film that is to be made, as one value that other processes can be given."""

import hashlib
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.settings import ColorSettings
from vidcolor.errors import InputError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.hints.file import Hints
from vidcolor.output.encoders import EncoderSettings, encoder_options
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.open_film import Part

_SOFTWARE = ("vidcolor", "torch", "av", "numpy", "opencv-python")
"""Packages whose versions may decide what a film looks like; so does that of the engine."""
_ENDS = 1 << 20
"""So many bytes at either end of a file are looked at."""


@dataclass(frozen=True)
class Order:
    """A film that is to be made.

    source, output: the film, and what becomes of it. settings, device: how it is colored, and
    where. encoder: of its picture. part: what of it is colored. keep_video, strict, verify, keep,
    hints: as for `colorize_file`.
    """

    source: Path
    output: Path
    settings: ColorSettings
    device: str = "auto"
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    part: Part = field(default_factory=Part)
    keep_video: bool = False
    strict: bool = False
    verify: bool = False
    keep: bool = False
    hints: Hints | None = None

    def asked(self, colorizer: Colorizer) -> dict[str, str]:
        """Return all that decides what the segments of the film hold, by name, as text.

        colorizer: made by the settings on the device. Raises InputError where the source can't be
        read.
        """
        settings = replace(self.settings, **hint_settings(self.hints))
        decisive = settings.resolved(colorizer.decoding).as_options()
        del decisive["weights"]  # their digest is what counts
        name, dials = encoder_options(self.encoder, self.output)
        software = *_SOFTWARE, colorizer.predictor.engine
        return {
            **decisive,
            "weights-sha256": colorizer.weights_sha256,
            "precision": str(colorizer.predictor.precision).removeprefix("torch."),
            "engine": colorizer.predictor.engine,
            "device": _kind(colorizer.predictor.device),
            "encoder": " ".join([name, *(f"{dial}={value}" for dial, value in dials.items())]),
            "container": self.output.suffix.lower(),
            "start": str(self.part.start),
            "duration": str(self.part.duration),
            "source": _fingerprint(self.source),
            **{f"version of {each}": version(each) for each in software},
        }


def _kind(device: torch.device) -> str:
    """Return the kind of a device: others of it compute the same."""
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    if device.type == "cpu":
        capability, threads = torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()
        return f"cpu {capability} OMP_NUM_THREADS={threads}"
    return device.type


def _fingerprint(source: Path) -> str:
    """Return what changes when a film does: size, time of change, digest of its ends."""
    try:
        if isinstance(source, FrameSequence):
            files = sorted((f.name, f.stat()) for f in source.folder.iterdir() if f.is_file())
            listed = [(name, found.st_size, found.st_mtime_ns) for name, found in files]
            return hashlib.sha256(repr((source.rate, listed)).encode()).hexdigest()
        found = source.stat()
        with source.open("rb") as film:
            digest = hashlib.sha256(film.read(_ENDS))
            film.seek(max(0, found.st_size - _ENDS))
            digest.update(film.read(_ENDS))
    except OSError as error:
        raise InputError(f"{source}: can't be read: {error.strerror}") from error
    return f"{found.st_size} bytes, {found.st_mtime_ns} ns, {digest.hexdigest()}"
