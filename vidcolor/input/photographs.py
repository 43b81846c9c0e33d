"""Reading photographs: from a file to the samples, luma and metadata of its pictures."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image

from vidcolor.color.yuv import CodeRange, rgb_to_yuv
from vidcolor.errors import UnsupportedError
from vidcolor.input.color_profiles import (
    is_srgb,
    lab_to_srgb,
    profile_name,
    space_of,
    srgb,
    to_srgb,
)
from vidcolor.input.dpx import decodable_dpx, read_dpx
from vidcolor.input.jpeg_xl import decode_jpeg_xl, read_jpeg_xl
from vidcolor.input.limits import PHOTOGRAPH_PIXELS, PIXELS_VARIABLE, max_pixels
from vidcolor.input.photograph_metadata import Metadata, of_blocks, of_picture, of_tiff_page
from vidcolor.input.pictures import (
    decoding,
    further_pictures,
    open_picture,
    read_by_ffmpeg,
    read_picture,
)
from vidcolor.input.samples import Samples, widened
from vidcolor.kinds import picture_file

_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda picture: picture,
    2: lambda picture: picture[:, ::-1],
    3: lambda picture: picture[::-1, ::-1],
    4: lambda picture: picture[::-1],
    5: lambda picture: picture.swapaxes(0, 1),
    6: lambda picture: np.rot90(picture, -1),
    7: lambda picture: picture.swapaxes(0, 1)[::-1, ::-1],
    8: lambda picture: np.rot90(picture, 1),
}
"""How a picture is turned upright, by its orientation in EXIF."""
_SAME_CURVE = 1 / 255
"""A grey profile whose greys differ by no more than this from those of sRGB is the same."""
_FLOAT_FORMATS = ("exr", "hdr", "pfm")


@dataclass(frozen=True, eq=False)
class Page:
    """One picture of a file, upright.

    rgb: (H, W, 3), uint8 or uint16. alpha: (H, W) of the same dtype; None if all is opaque.
    profile: the ICC profile that tells what `rgb` shows; None for sRGB. metadata: what the file
    says of the picture beside that. notes: how its samples were converted, a line each. left_out:
    what is not in `rgb`, `alpha` and `metadata`.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None
    metadata: Metadata
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def codes(self) -> CodeRange:
        """How the samples are coded."""
        return CodeRange(8 * self.rgb.itemsize, full=True)

    @property
    def is_srgb(self) -> bool:
        """Whether `rgb` are codes of sRGB, as far as the file tells."""
        return self.profile is None or is_srgb(self.profile)

    def shown(self) -> np.ndarray:
        """Return what `rgb` shows, as codes of sRGB, of its shape and dtype."""
        if self.profile is None or is_srgb(self.profile):
            return self.rgb
        return to_srgb(self.rgb, self.profile)


class Photograph:
    """A file of one picture or, if it is a TIFF, of one or more.

    Raises:
        InputError: it is missing, unreadable or no photograph.
        UnsupportedError: it is larger than the limits allow, HDR, or of a kind that is not read.
    """

    left_out: list[str]
    """What the file holds beside its pages, a line each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = picture_file(path)
        self._form = found.format if found else "unknown"
        self._numbers, self.left_out = [0], []
        if self._form == "tiff":
            # Here, for it takes a tenth of the time in which the studio's page is there.
            from vidcolor.input.tiff_pages import full_pages, open_tiff

            with open_tiff(path) as tiff:
                self._numbers, self.left_out = full_pages(tiff, path)
        elif self._form in _FLOAT_FORMATS:
            raise UnsupportedError(f"{path}: has float samples; convert it to 8 or 16 bits")

    def __len__(self) -> int:
        return len(self._numbers)

    def page(self, index: int = 0) -> Page:
        """Read one of the pictures. Raises as the class."""
        if self._form == "tiff":
            from vidcolor.input.tiff_pages import open_tiff, page_of, read_page

            with open_tiff(self.path) as tiff:
                page = page_of(tiff, self._numbers[index])
                self._check_size(page.imagewidth, page.imagelength)
                return _upright(read_page(page, self.path), *of_tiff_page(page))
        if self._form == "dpx":
            return self._dpx()
        if self._form == "jxl":
            return self._jxl()
        with open_picture(self.path, self._form) as picture:
            self._check_size(*picture.size)
            samples = read_picture(picture, self.path, self._form)
            # Also after the samples: only a PNG read to its end has told all its texts.
            made = _upright(samples, *of_picture(picture))
            return replace(made, left_out=(*made.left_out, *further_pictures(picture)))

    def _dpx(self) -> Page:
        """Read a DPX file. Raises as the class."""
        with decoding(self.path):
            content = decodable_dpx(self.path, self.path.read_bytes())
            header = read_dpx(content)
            self._check_size(*header.size)
            samples, notes = read_by_ffmpeg(self.path, content, "dpx"), []
            if header.narrow:
                values = widened(samples.values, header.bits, *header.narrow)
                samples = replace(samples, values=values)
                notes.append("codes {} to {}: spread over the whole range".format(*header.narrow))
            made = _upright(samples, Metadata(), header.orientation)
        left_out = [*made.left_out, *header.left_out]
        if header.timecode is not None:
            left_out.append(f"timecode {header.timecode}")
        if header.rate is not None:
            left_out.append(f"rate of {float(header.rate):.5g} frames/s")
        if header.pixel_aspect != 1:
            left_out.append(f"pixel aspect {header.pixel_aspect}")
        return replace(made, notes=(*made.notes, *notes), left_out=tuple(left_out))

    def _jxl(self) -> Page:
        """Read a JPEG XL file. Raises as the class."""
        with decoding(self.path):
            content = self.path.read_bytes()
            header = read_jpeg_xl(content)
            self._check_size(*header.size)
            if header.jpeg:
                jpeg = io.BytesIO(imagecodecs.jpegxl_decode_jpeg(content, numthreads=1))
                with Image.open(jpeg) as picture:
                    samples = read_picture(picture, self.path, "jpeg")
                    return _upright(samples, *of_picture(picture))
            samples = decode_jpeg_xl(self.path, content, header)
            height, width = samples.values.shape[:2]
            return _upright(samples, of_blocks(header.exif, header.xmp, (width, height)), 1)

    def _check_size(self, width: int, height: int) -> None:
        """Raise UnsupportedError for more pixels than the limit allows."""
        limit = max_pixels(PHOTOGRAPH_PIXELS)
        if width * height > limit:
            raise UnsupportedError(
                f"{self.path}: {width}x{height} are more than {limit} pixels "
                f"({PIXELS_VARIABLE} sets another limit)"
            )


def luma_of(page: Page) -> tuple[CodeRange, np.ndarray]:
    """Return how the samples of a page are coded, and the luma that is shown, (H, W) codes."""
    y, _, _ = yuv_codes(page.shown())
    return page.codes, y.round().astype(page.rgb.dtype)


def yuv_codes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Y, U and V of (H, W, 3) codes, (H, W) float32 each, in units of codes, around 0."""
    red, green, blue = rgb.astype(np.float32).transpose(2, 0, 1)
    y, u, v = rgb_to_yuv(red, green, blue)
    return y, u, v


def _upright(samples: Samples, metadata: Metadata, orientation: int) -> Page:
    """Return samples as a page: in RGB, turned as `orientation` tells."""
    rgb, profile, notes, unread = _as_rgb(samples)
    turn, alpha = _TURNS[orientation], samples.alpha
    if alpha is not None and (alpha == np.iinfo(alpha.dtype).max).all():
        alpha = None
    return Page(
        np.ascontiguousarray(turn(rgb)),
        None if alpha is None else np.ascontiguousarray(turn(alpha)),
        profile,
        metadata,
        tuple(notes),
        (*samples.left_out, *metadata.lost, *unread),
    )


def _as_rgb(samples: Samples) -> tuple[np.ndarray, bytes | None, list[str], list[str]]:
    """Return samples as RGB, with their profile.

    Also returned: how they were converted, and what could not be used, a line each.
    """
    values, profile, space = samples.values, samples.profile, samples.space
    described = space_of(profile) if profile else None
    unread = []
    if profile and described not in {space, "rgb" if space == "gray" else space}:
        unread.append("the ICC profile, which is damaged or meant for other samples")
        profile = described = None
    if space == "lab":
        rgb = lab_to_srgb(values)
        if samples.lab_bits == 8:
            rgb = np.rint(rgb / 257).astype(np.uint8)
        return rgb, srgb(), ["CIELab: converted to sRGB"], unread
    if space == "cmyk":
        if profile:
            name = profile_name(profile)
            return to_srgb(values, profile), srgb(), [f"CMYK ({name}): converted to sRGB"], unread
        return _without_ink(values), None, ["CMYK without a profile: converted plainly"], unread
    if space == "rgb":
        return values, profile, [], unread
    notes = []
    if profile and described == "gray":
        converted = to_srgb(values, profile)[..., 0]
        away = np.abs(converted.astype(np.int32) - values).max(initial=0)
        if away > _SAME_CURVE * np.iinfo(values.dtype).max:
            values = converted
            notes.append(f"grey ICC profile ({profile_name(profile)}): converted to sRGB")
        profile = srgb()
    return np.dstack([values] * 3), profile, notes, unread


def _without_ink(cmyk: np.ndarray) -> np.ndarray:
    """Return CMYK as RGB: each ink takes its colour away, black takes all."""
    peak = np.iinfo(cmyk.dtype).max
    light = (peak - cmyk).astype(np.float32)
    return np.rint(light[..., :3] * (light[..., 3:] / peak)).astype(cmyk.dtype)
