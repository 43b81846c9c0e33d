"""ICC profiles: what they describe, and samples converted between them by LittleCMS."""

import io
from functools import lru_cache

import imagecodecs
import numpy as np
from PIL import ImageCms

SPACES = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk", b"Lab ": "lab"}
"""What a profile is for, by the signature of its color space (ICC.1:2022, table 19)."""
_CHANNELS = {"gray": 1, "rgb": 3, "cmyk": 4, "lab": 3}

_RELATIVE = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
_SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_SAME = 1 / 255
"""Profiles whose colours differ by no more than this are taken for the same."""


@lru_cache
def srgb() -> bytes:
    """Return a profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def space_of(profile: bytes) -> str | None:
    """Return one of `SPACES`: what the samples are that a profile describes; None if it is broken.

    Profiles of other spaces count as broken too, and those that LittleCMS opens but can't use, for
    RGB in both directions.
    """
    space = SPACES.get(profile[16:20])
    if space is None:
        return None
    sample = np.zeros((1, 1, _CHANNELS[space]), np.uint16)
    try:
        imagecodecs.cms_profile_validate(profile)
        to_srgb(sample, profile)
        if space == "rgb":
            from_srgb(sample, profile)
    except RuntimeError:
        return None
    return space


def profile_name(profile: bytes) -> str:
    """Return the description that a profile has of itself."""
    try:
        name = ImageCms.getProfileDescription(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        name = ""
    return " ".join(name.split()) or "unnamed"


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Tell whether a profile for RGB shows what sRGB shows."""
    levels = np.linspace(0, 65535, 6).round().astype(np.uint16)
    colors = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(-1, 1, 3)
    away = np.abs(to_srgb(colors, profile).astype(np.int32) - colors)
    return bool(away.max() <= _SAME * 65535)


def to_srgb(samples: np.ndarray, profile: bytes) -> np.ndarray:
    """Return what samples show, as codes of sRGB, (H, W, 3), of the samples' dtype.

    samples: (H, W) for a grey profile, otherwise (H, W, 3) or, for CMYK, (H, W, 4); uint8 or
    uint16.
    """
    return _transform(samples, profile, SPACES[profile[16:20]], srgb(), "rgb")


def from_srgb(rgb: np.ndarray, profile: bytes) -> np.ndarray:
    """Return codes of sRGB, (H, W, 3) uint8 or uint16, as codes of a profile for RGB."""
    return _transform(rgb, srgb(), "rgb", profile, "rgb")


def lab_to_srgb(lab: np.ndarray) -> np.ndarray:
    """Return CIELab of D50, (H, W, 3) float64 in [0, 100] and [-128, 128], as sRGB, uint16."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB", 5003)).tobytes()
    converted: np.ndarray = imagecodecs.cms_transform(
        np.ascontiguousarray(lab, np.float64),
        profile,
        srgb(),
        colorspace="lab",
        outcolorspace="rgb",
        outdtype=np.uint16,
        intent=_RELATIVE,
    )
    return converted


def gamma_profile(gamma: float, chromaticities: tuple[float, ...] | None, gray: bool) -> bytes:
    """Return a profile of samples that are light to the power of 1 / gamma, as PNG's gAMA tells.

    chromaticities: x and y of white, red, green and blue; None for those of sRGB.
    """
    if gray:
        return bytes(imagecodecs.cms_profile("gray", gamma=gamma))
    white, primaries = np.split(np.array(chromaticities or _SRGB_CHROMATICITIES), [2])
    return bytes(
        imagecodecs.cms_profile(
            "rgb", whitepoint=[*white, 1], primaries=_xyy(primaries), gamma=gamma
        )
    )


def _xyy(primaries: np.ndarray) -> list[float]:
    """Return x, y and Y = 1 of red, green and blue, as LittleCMS takes them."""
    return [value for i in (0, 2, 4) for value in (*primaries[i : i + 2], 1.0)]


def _transform(
    samples: np.ndarray, source: bytes, space: str, target: bytes, outspace: str
) -> np.ndarray:
    """Return samples of one profile in another one, (H, W, channels), of the same dtype."""
    converted: np.ndarray = imagecodecs.cms_transform(
        np.ascontiguousarray(samples),
        source,
        target,
        colorspace=space,
        outcolorspace=outspace,
        intent=_RELATIVE,
    )
    return converted
