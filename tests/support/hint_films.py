"""Films of a thing that moves before a ground, shot by shot, for tests of hints."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from clips import make_clip

SIZE = WIDTH, HEIGHT = 96, 72
SIDE = 24
"""Of the thing, in pixels."""
SHOT = 10
"""Frames of each shot."""
_CORNERS = ((4, 4), (50, 34), (4, 36))
"""Where the thing is at first in each shot, so that these are unlike each other."""


def time_of(number: int) -> Fraction:
    """When a frame is shown."""
    return Fraction(40 * number, 1000)


def corner_of(number: int) -> tuple[int, int]:
    """The left and top of the thing in a frame."""
    shot, in_shot = divmod(number, SHOT)
    left, top = _CORNERS[shot % len(_CORNERS)]
    return left + 2 * in_shot, top + in_shot


def middle_of(number: int) -> tuple[float, float]:
    """The thing's middle, in fractions of the picture."""
    left, top = corner_of(number)
    return (left + SIDE / 2) / WIDTH, (top + SIDE / 2) / HEIGHT


def on_the_thing(number: int, inset: int = 4) -> tuple[slice, slice]:
    """The rows and columns of the luma that lie within the thing by so many pixels."""
    left, top = corner_of(number)
    return slice(top + inset, top + SIDE - inset), slice(left + inset, left + SIDE - inset)


def shots(count: int = 3) -> list[np.ndarray]:
    """The luma codes of so many shots: a bright textured square goes over a dark ground."""
    frames = []
    for shot in range(count):
        ground = _texture(shot, (HEIGHT, WIDTH), 20, 110)
        thing = _texture(10 + shot, (SIDE, SIDE), 140, 170)
        for number in range(SHOT):
            frame = ground.copy()
            left, top = corner_of(shot * SHOT + number)
            frame[top : top + SIDE, left : left + SIDE] = thing
            frames.append(frame)
    return frames


def make_shots(path: Path, pictures: Sequence[np.ndarray] | None = None) -> None:
    """Write a film of those, or of other pictures, 25 a second, losslessly."""
    pictures = shots() if pictures is None else pictures
    height, width = pictures[0].shape
    times = [int(1000 * time_of(number)) for number in range(len(pictures))]
    make_clip(path, pictures=pictures, size=(width, height), times=times, pixels="yuv444p")


def odd_film(path: Path, kind: str, count: int = SHOT) -> tuple[float, float]:
    """Write a film that a player shows otherwise than it is stored.

    kind: "rotated" by a quarter, "anamorphic" or "barred". Returns where its thing is seen at
    first, as `middle_of`.
    """
    pictures = shots(1)[:count]
    x, y = middle_of(0)
    given: dict[str, Any] = {}
    if kind == "rotated":
        pictures = [np.ascontiguousarray(np.rot90(each, -1)) for each in pictures]
        given["rotation"] = 90
    elif kind == "anamorphic":
        given["aspect"] = Fraction(2)
    else:
        pictures = [np.pad(each, ((24, 24), (0, 0)), constant_values=16) for each in pictures]
        y = (24 + HEIGHT * y) / (HEIGHT + 48)
    height, width = pictures[0].shape
    times = range(0, 40 * count, 40)
    make_clip(path, pictures=pictures, size=(width, height), times=times, **given)
    return x, y


def _texture(seed: int, shape: tuple[int, int], low: int, high: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random(shape)
    smooth = cv2.GaussianBlur(noise, (0, 0), 5)
    return (low + (high - low) * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8)
