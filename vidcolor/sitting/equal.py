"""Equal treatment: what differs between two pictures that are shown is their colour alone.

Both have the luma of the truth, the same size, chroma on the same grid of every second pixel, as in
films, and the same lossless encoding. So nobody judges a codec, a scaler or how sharp colour is.
"""

import cv2
import numpy as np
import torch

from vidcolor.color.yuv import fit_to_luma, yuv_to_rgb
from vidcolor.draw.pixels import resize_plane
from vidcolor.input.photographs import Page, yuv_codes
from vidcolor.sitting.study import SIZE


def yuv_of(page: Page) -> tuple[np.ndarray, np.ndarray]:
    """Return what a photograph shows: luma (H, W) in [0, 1], chroma (2, H, W), float32."""
    y, u, v = yuv_codes(page.shown())
    peak = np.float32(page.codes.peak)
    return y / peak, np.stack([u, v]) / peak


def fitted(luma: np.ndarray) -> np.ndarray:
    """Return luma (H, W) in [0, 1] at the size at which it is shown, whose sides are even."""
    height, width = luma.shape
    scale = min(1.0, SIZE / max(height, width))
    return resize_plane(luma, (_even(height * scale), _even(width * scale)))


def shown_picture(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Return a picture as it is shown, (h, w, 3) uint8 RGB.

    luma: as `fitted` gives it. chroma: (2, H, W) in [-0.5, 0.5], of any size.
    """
    height, width = luma.shape
    uv = np.stack(
        [
            cv2.resize(
                resize_plane(plane, (height // 2, width // 2)),
                (width, height),
                interpolation=cv2.INTER_LINEAR,
            )
            for plane in np.ascontiguousarray(chroma, np.float32)
        ]
    )
    at = torch.from_numpy(luma)[None]
    fit = fit_to_luma(torch.from_numpy(uv), at, at).numpy()
    rgb = np.stack(yuv_to_rgb(luma, *fit), 2)
    return (255 * rgb).round().clip(0, 255).astype(np.uint8)


def encoded(picture: np.ndarray) -> bytes:
    """Return a picture, (h, w, 3) uint8 RGB, as a PNG file."""
    _, content = cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))
    return content.tobytes()


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
