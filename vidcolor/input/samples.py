"""`Samples`: what a decoder gives of a photograph, before colour profiles are applied."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of one picture, not yet turned upright.

    values: (H, W) for grey, (H, W, 3) for RGB and CIELab, (H, W, 4) for CMYK; uint8 or uint16 over
    the whole range, 0 for black and for no ink; CIELab is float64 in [0, 100] and [-128, 128].
    alpha: (H, W) of the same dtype, 0 where nothing is shown; the values are not multiplied by it.
    lab_bits: how many bits CIELab was stored in; 0 for other values. profile: the ICC profile.
    left_out: further channels, a line each.
    """

    values: np.ndarray
    alpha: np.ndarray | None = None
    lab_bits: int = 0
    profile: bytes | None = None
    left_out: tuple[str, ...] = ()

    @property
    def space(self) -> str:
        """What the values are: "gray", "rgb", "cmyk" or "lab"."""
        if self.lab_bits:
            return "lab"
        return "gray" if self.values.ndim == 2 else {3: "rgb", 4: "cmyk"}[self.values.shape[2]]


def spread(codes: np.ndarray, bits: int) -> np.ndarray:
    """Return codes of some bits, 1 to 16, over the whole range of uint8 or, above 8, uint16."""
    dtype: type[np.unsignedinteger] = np.uint8 if bits <= 8 else np.uint16
    if bits == np.dtype(dtype).itemsize * 8:
        return codes.astype(dtype, copy=False)
    # Few levels: each of them is computed once.
    peak, levels = np.iinfo(dtype).max, np.arange(1 << bits)
    table = np.rint(levels * (peak / levels[-1])).astype(dtype)
    return table[codes.astype(np.uint16) & levels[-1]]


def widened(values: np.ndarray, bits: int, black: int, white: int) -> np.ndarray:
    """Return values with `black` at 0 and `white` at their peak; what lies beyond is cut off.

    black, white: codes of some bits, as they were before they were `spread`.
    """
    peak = np.iinfo(values.dtype).max
    codes = values * (((1 << bits) - 1) / peak)
    return np.rint((codes - black) * (peak / (white - black))).clip(0, peak).astype(values.dtype)


def unmultiplied(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return values that were multiplied by their alpha, (H, W) or (H, W, n), without that."""
    peak = np.iinfo(values.dtype).max
    share = np.maximum(alpha, 1).astype(np.float32) / peak
    if values.ndim == 3:
        share = share[..., None]
    return np.rint(values / share).clip(0, peak).astype(values.dtype)


def apart(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return values, (H, W) or (H, W, 3), and alpha, of codes that hold both or values alone."""
    if codes.ndim == 2:
        return codes, None
    channels = codes.shape[2]
    values = codes[..., : channels - (channels % 2 == 0)]
    return (
        values[..., 0] if values.shape[2] == 1 else values,
        codes[..., -1] if channels % 2 == 0 else None,
    )
