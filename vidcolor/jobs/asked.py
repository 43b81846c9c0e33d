"""What decides what the segments of a film hold."""

import hashlib
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import torch

from vidcolor.colorize.colorizer import Colorizer
from vidcolor.errors import InputError
from vidcolor.frame_sequence import FrameSequence
from vidcolor.output.encoders import encoder_options
from vidcolor.pipeline.hint_pass import hint_settings
from vidcolor.pipeline.order import Order

_SOFTWARE = ("vidcolor", "torch", "av", "numpy", "opencv-python")
"""Packages whose versions may decide what a film looks like; so does that of the engine."""
_ENDS = 1 << 20
"""So many bytes at either end of a file are looked at."""


def asked(order: Order, colorizer: Colorizer) -> dict[str, str]:
    """Return all that decides what the segments of a film hold, by name, as text.

    colorizer: made by the order's settings on its device. Raises InputError where the source can't
    be read.
    """
    settings = replace(order.settings, **hint_settings(order.hints))
    decisive = settings.resolved(colorizer.decoding).as_options()
    del decisive["weights"]  # their digest is what counts
    name, dials = encoder_options(order.encoder, order.output)
    software = *_SOFTWARE, colorizer.predictor.engine
    return {
        **decisive,
        "weights-sha256": colorizer.weights_sha256,
        "precision": str(colorizer.predictor.precision).removeprefix("torch."),
        "engine": colorizer.predictor.engine,
        "device": _kind(colorizer.predictor.device),
        "encoder": " ".join([name, *(f"{dial}={value}" for dial, value in dials.items())]),
        "container": order.output.suffix.lower(),
        "start": str(order.part.start),
        "duration": str(order.part.duration),
        "source": fingerprint(order.source),
        **{f"version of {each}": version(each) for each in software},
    }


def in_words(order: Order) -> dict[str, str]:
    """Return what an order asks for, by name, as text; unlike `asked` it reads nothing of the film.

    Raises InputError where the source is not there, or a picture of the hints can't be read.
    """
    encoder, part = order.encoder, order.part
    return {
        **replace(order.settings, **hint_settings(order.hints)).as_options(),
        **{name: str(value) for name, value in asdict(encoder).items() if value},
        **{name: str(t) for name, t in (("start", part.start), ("duration", part.duration)) if t},
        "keep_video": str(order.keep_video),
        "source": size_in_words(order.source),
        "version": version("vidcolor"),
    }


def size_in_words(source: Path) -> str:
    """Return a text that differs between most films. Raises InputError where one is not there."""
    try:
        if isinstance(source, FrameSequence):
            return f"{sum(1 for _ in source.folder.iterdir())} files"
        return f"{source.stat().st_size} bytes"
    except OSError as error:
        raise InputError(f"{source}: can't be read: {error.strerror}") from error


def fingerprint(source: Path) -> str:
    """Return what changes when a film does: size, time of change, digest of its ends.

    Raises InputError where it can't be read.
    """
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


def _kind(device: torch.device) -> str:
    """Return the kind of a device: others of it compute the same."""
    if device.type == "cuda":
        return f"cuda {torch.cuda.get_device_name(device)}"
    if device.type == "cpu":
        capability, threads = torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()
        return f"cpu {capability} OMP_NUM_THREADS={threads}"
    return device.type
