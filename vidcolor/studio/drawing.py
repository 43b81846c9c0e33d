"""Frames, planes of chroma and pictures as files that browsers show."""

import cv2
import numpy as np

from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.draw.pixels import resize_plane, rgb_pixels
from vidcolor.draw.sheet import png
from vidcolor.errors import InputError
from vidcolor.preview.sheet_pictures import to_rgb, upright
from vidcolor.serve.answers import Content
from vidcolor.studio.material import Material

_QUALITY = 95
"""Of JPEG, for frames that are shown smaller than they are."""
THUMBNAIL = 240
"""The long side of thumbnails, in pixels."""


def frame(
    material: Material, luma: np.ndarray, chroma: np.ndarray, long_side: int | None
) -> Content:
    """Draw a frame as a player shows it.

    Args:
        material: which it belongs to.
        luma: (H, W) codes.
        chroma: (2, h, w) codes.
        long_side: in pixels; None for its own size, without loss.
    """
    shape = material.shape_as_stored(long_side)
    (shown,) = to_rgb(luma, [chroma], material.picture.codes, shape)
    return _as_seen(material, shown, long_side)


def grey_frame(material: Material, luma: np.ndarray, long_side: int | None) -> Content:
    """Draw a frame as it is, without colour, before the network is there; as `frame`."""
    codes = material.picture.codes
    unit = (luma.astype(np.float32) - codes.black) / (codes.white - codes.black)
    y = resize_plane(unit.clip(0, 1), material.shape_as_stored(long_side))
    return _as_seen(material, rgb_pixels(y, np.zeros((*y.shape, 2), np.float32)), long_side)


def _as_seen(material: Material, shown: np.ndarray, long_side: int | None) -> Content:
    """Return pixels (H, W, 3) as a file, as a player turns them; as `frame`."""
    pixels = np.ascontiguousarray(upright(shown, material.picture))
    return Content(png(pixels), "image/png") if long_side is None else jpeg(pixels)


def jpeg(pixels: np.ndarray) -> Content:
    """Return pixels (H, W, 3) uint8 RGB as JPEG, with all its chroma."""
    full = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    dials = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, full]
    _, content = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), dials)
    return Content(content.tobytes(), "image/jpeg")


def plane_of_chroma(luma: float, side: int) -> Content:
    """Draw all colours that a luma in [0, 1] can hold; the others are transparent.

    U goes from -0.5 at the left to 0.5 at the right, V from -0.5 at the bottom to 0.5 at the top.
    """
    axis = ((np.arange(side) + 0.5) / side - 0.5).astype(np.float32)
    u, v = np.meshgrid(axis, axis[::-1])
    rgb = np.stack(yuv_to_rgb(np.full_like(u, luma), u, v), 2)
    inside = ((rgb >= 0) & (rgb <= 1)).all(2)
    codes = (255 * rgb).round().clip(0, 255).astype(np.uint8)
    alpha = np.where(inside, 255, 0).astype(np.uint8)[..., None]
    _, content = cv2.imencode(".png", np.concatenate([codes[..., ::-1], alpha], 2))
    return Content(content.tobytes(), "image/png")


def reduced(pixels: np.ndarray, long_side: int) -> np.ndarray:
    """Return pixels (H, W, 3) with a long side of at most so many pixels."""
    scale = min(1, long_side / max(pixels.shape[:2]))
    if not min(pixels.shape):
        raise InputError("the picture is empty")
    size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
