"""Figures that tell how near a coloured picture is to the truth, and how colourful it is.

Pictures are (H, W, 3) uint8 RGB. scikit-image loads when a figure is first asked for: it takes half
a second, which films that are only coloured shall not wait for.
"""

import numpy as np

RAW_ACCURACY_LIMIT = 150
"""The largest error in ab that the raw accuracy considers (Zhang et al. 2016, section 3.1)."""


def psnr(truth: np.ndarray, picture: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio over all three components, in dB.

    It is infinite where the pictures are equal.
    """
    from skimage.metrics import peak_signal_noise_ratio

    with np.errstate(divide="ignore"):
        return float(peak_signal_noise_ratio(truth, picture, data_range=255))


def ssim(truth: np.ndarray, picture: np.ndarray) -> float:
    """Return the structural similarity (Wang et al. 2004), at most 1; the mean of R, G and B.

    The settings are theirs: a Gaussian window of deviation 1.5 over 11 x 11 pixels, K1 = 0.01,
    K2 = 0.03, population covariance; places nearer than 5 pixels to the border are left out.
    Raises ValueError where a side is shorter than 11 pixels.
    """
    from skimage.metrics import structural_similarity

    return float(
        structural_similarity(
            truth,
            picture,
            data_range=255,
            channel_axis=2,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def ab_error(truth: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Return how far apart each pixel is in the a and b of CIE Lab, (H, W) float32.

    The pictures are taken as sRGB under D65.
    """
    offsets = _lab(truth)[..., 1:] - _lab(picture)[..., 1:]
    return np.hypot(offsets[..., 0], offsets[..., 1])


def raw_accuracy(error: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the raw accuracy, 0..1 (Zhang et al. 2016, section 3.1).

    It is the area under the curve that gives, for each t in 0..150, the share of pixels whose
    `ab_error` is at most t, divided by 150. It is integrated exactly: a pixel of error e counts
    from t = e on, which is an area of max(0, 1 - e / 150).

    error: (H, W). weights: (H, W), how much each pixel counts; None where all count alike.
    """
    return float(np.average((1 - error / RAW_ACCURACY_LIMIT).clip(0), weights=weights))


def ciede2000(truth: np.ndarray, picture: np.ndarray) -> float:
    """Return the mean CIEDE2000 colour difference (CIE 142-2001), of sRGB under D65."""
    return float(color_differences(truth, picture).mean())


def color_differences(colors: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the CIEDE2000 colour difference of each two colours, of sRGB under D65.

    colors, others: (..., 3) uint8 RGB, of as many axes, whose lengths broadcast; the result: (...).
    """
    from skimage.color import deltaE_ciede2000

    differences: np.ndarray = deltaE_ciede2000(_lab(colors), _lab(others))
    return differences


def colourfulness(picture: np.ndarray) -> float:
    """Return the colourfulness: 0 for grey, about 100 at most.

    It is the third measure of Hasler and Süsstrunk 2003:
    with rg = R - G and yb = (R + G) / 2 - B on 0..255,
    sqrt(var rg + var yb) + 0.3 sqrt(mean(rg)² + mean(yb)²).
    """
    red, green, blue = picture.astype(np.float64).transpose(2, 0, 1)
    rg, yb = red - green, (red + green) / 2 - blue
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def _lab(picture: np.ndarray) -> np.ndarray:
    """Return CIE Lab of sRGB under D65, (H, W, 3) float32.

    Float32 takes half the time of float64 and differs by at most 0.001.
    """
    from skimage.color import rgb2lab

    lab: np.ndarray = rgb2lab(picture.astype(np.float32) / 255)
    return lab
