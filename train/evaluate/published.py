"""Figures that others published, to stand beside ours; they are of other photographs.

All are PSNR in dB, from Zhang et al. 2017, "Real-Time User-Guided Image Colorization with Learned
Deep Priors".
"""

from collections.abc import Mapping

AUTOMATIC, SATURATION, HISTOGRAM, ALL = "automatic", "saturation", "histogram", "all"
"""What was told: nothing, the mean saturation, the histogram, or every pixel's color."""

IMAGENET: Mapping[str, Mapping[str, float]] = {
    "grey": {AUTOMATIC: 22.82},
    "Iizuka 2016": {AUTOMATIC: 23.69},
    "Zhang 2016": {AUTOMATIC: 22.04},
    "Zhang 2016, not rebalanced": {AUTOMATIC: 24.51},
    "Larsson 2016": {AUTOMATIC: 24.93},
    "Zhang 2017, local": {AUTOMATIC: 24.43, ALL: 37.70},
    "Zhang 2017, global": {SATURATION: 25.78, HISTOGRAM: 27.85},
}
"""Table 1, and the ends of the curves of figure 6: 1,000 photographs of ImageNet's validation set,
by method and by what was told. The local and the global network are two."""

SUN: Mapping[str, Mapping[str, float]] = {
    "Deshpande 2015": {AUTOMATIC: 23.18, HISTOGRAM: 23.85},
    "Larsson 2016": {AUTOMATIC: 25.60, HISTOGRAM: 28.62},
    "Zhang 2017, global": {AUTOMATIC: 25.65, HISTOGRAM: 28.57},
}
"""Table 3: 240 photographs of six classes of SUN."""
