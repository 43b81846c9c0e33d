"""Films that are made in segments, and the same in one go."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from clips import packets_of, planes_of, tags_of, times_of

from vidcolor.colorize.settings import ColorSettings
from vidcolor.jobs.run import Means, colorize_film
from vidcolor.output.encoders import EncoderSettings
from vidcolor.pipeline.film import Result, colorize_in_one_go
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.order import Order

FFV1 = EncoderSettings("ffv1")


def order_of(
    weights: Path, source: Path, output: Path, settings: dict[str, Any] | None = None, **more: Any
) -> Order:
    """An order of a film at a small working size, encoded with ffv1."""
    chosen = {"weights": str(weights), "precision": "fp32", "working_size": 32, "batch_size": 5}
    colors = ColorSettings(**{**chosen, **(settings or {})})
    return Order(source, output, colors, **{"device": "cpu", "encoder": FFV1, **more})


def in_segments(
    order: Order, length: str, devices: tuple[str, ...] = (), **more: Any
) -> tuple[Result, list[str]]:
    """What comes of an order that is carried out in segments of `length` seconds; what was said."""
    said: list[str] = []
    means = Means(devices, length=Fraction(length))
    colorizer = order.settings.make_colorizer(order.device)
    return colorize_film(order, colorizer, means, listener=Listener(note=said.append), **more), said


def in_one_go(order: Order, output: Path) -> Result:
    """What comes of the same order in one go, written to `output`."""
    order, colorizer = replace(order, output=output), order.settings.make_colorizer(order.device)
    return colorize_in_one_go(order, colorizer, overwrite=False, listener=SILENT)


def assert_same_film(made: Path, expected: Path) -> None:
    """The decoded frames, all times, all that lies beside the picture, and the tags are the same.

    The picture of a lossless encoder is the same; of others, it has as many frames.
    """
    assert times_of(made) == times_of(expected)
    kinds = []
    for path in (made, expected):
        with av.open(str(path)) as film:
            kinds.append([stream.type for stream in film.streams])
            lossless = film.streams.video[0].codec_context.name == "ffv1"
    assert kinds[0] == kinds[1]
    for kind in {"audio", "subtitle"} & set(kinds[0]):
        assert packets_of(made, kind) == packets_of(expected, kind)
    assert tags_of(made) == tags_of(expected)
    if lossless:
        for frame, other in zip(planes_of(made), planes_of(expected), strict=True):
            for plane, planned in zip(frame, other, strict=True):
                np.testing.assert_array_equal(plane, planned)


def assert_same_result(made: Result, expected: Result) -> None:
    """All that is told of two films is the same but for where they lie, and how long it took."""
    for name in ("frames", "notes", "shots", "confidence", "settings", "encoder", "device"):
        assert getattr(made, name) == getattr(expected, name), name
