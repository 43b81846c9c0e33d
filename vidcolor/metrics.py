"""Figures: how near a coloured picture is to the truth, and how colourful it is.

Pictures are (H, W, 3) uint8 RGB.
"""

import numpy as np
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio


def psnr(truth: np.ndarray, picture: np.ndarray) -> float:
    """Peak signal-to-noise ratio over all three components, in dB; infinite where equal."""
    with np.errstate(divide="ignore"):
        return float(peak_signal_noise_ratio(truth, picture, data_range=255))


def ciede2000(truth: np.ndarray, picture: np.ndarray) -> float:
    """Mean CIEDE2000 colour difference (CIE 142-2001), sRGB under D65."""
    return float(deltaE_ciede2000(rgb2lab(truth), rgb2lab(picture)).mean())


def colourfulness(picture: np.ndarray) -> float:
    """Hasler and Süsstrunk 2003, the third of their measures: 0 for grey, about 100 at most.

    With rg = R - G and yb = (R + G) / 2 - B on 0..255:
    sqrt(var rg + var yb) + 0.3 sqrt(mean(rg)² + mean(yb)²).
    """
    red, green, blue = picture.astype(np.float64).transpose(2, 0, 1)
    rg, yb = red - green, (red + green) / 2 - blue
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))
