"""A photograph from file to file."""

import time
from pathlib import Path

import numpy as np

from vidcolor.color.tint import look
from vidcolor.color.yuv import yuv_to_rgb
from vidcolor.colorize.colorizer import Colorizer
from vidcolor.colorize.film_format import FilmFormat
from vidcolor.colorize.settings import ColorSettings, Cuts
from vidcolor.errors import OutputError, UnsupportedError, UsageError
from vidcolor.files import STILL_SUFFIXES, Target, is_still
from vidcolor.input.photographs import read_photograph, yuv_codes
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import SILENT, Listener
from vidcolor.pipeline.notes import LOOK_NOTES, MEMORY_NOTE

_HOLD_16_BITS = (".png", ".tif", ".tiff")


def colorize_still(
    source: Path,
    output: Path,
    colorizer: Colorizer,
    *,
    overwrite: bool = False,
    strict: bool = False,
    split_screen: bool = False,
    listener: Listener = SILENT,
) -> Result:
    """Colorize a photograph of 8 or 16 bits; the output has the source's size and depth.

    Args:
        source: the photograph.
        output: its suffix names the format.
        colorizer: makes the chroma.
        overwrite: replace an existing file.
        strict: an alpha channel, which is left out, is an OutputError.
        split_screen: the left half stays grey.
        listener: is given each of the result's notes.

    Raises VidcolorError.
    """
    began = time.monotonic()
    if not is_still(output):
        raise UsageError(f"{output}: a photograph is written as one of: {' '.join(STILL_SUFFIXES)}")
    notes = []
    target = Target(output, source, overwrite)
    bgr, has_alpha = read_photograph(source)
    if bgr.dtype != np.uint8 and output.suffix.lower() not in _HOLD_16_BITS:
        raise UnsupportedError(
            f"{output}: can't hold 16 bits; name the output {', '.join(_HOLD_16_BITS)}"
        )
    if has_alpha and strict:
        raise OutputError(
            f"{output}: left out: the alpha channel; remove it from {source.name}, "
            "or leave --strict out"
        )
    if has_alpha:
        notes.append("left out: the alpha channel")
    codes, yuv = yuv_codes(bgr)
    luma = yuv[0].round().astype(bgr.dtype)
    shown = look(*(component.ravel() / codes.peak for component in yuv))
    if shown in LOOK_NOTES:
        notes.append(LOOK_NOTES[shown])
    for line in notes:
        listener.note(line)

    batch_size = colorizer.batch_size
    picture = colorizer.film(FilmFormat(codes, luma.shape, luma.shape))
    (color,) = picture([luma]) + picture.finish()
    if colorizer.batch_size < batch_size:
        notes.append(MEMORY_NOTE)
        listener.note(MEMORY_NOTE)
    if split_screen:
        color.chroma[..., : luma.shape[1] // 2] = codes.neutral
    u, v = (color.chroma.astype(np.float32) - codes.neutral) / codes.peak
    rgb = np.stack(yuv_to_rgb(luma.astype(np.float32) / codes.peak, u, v), 2)
    _write((rgb * codes.peak).round().clip(0, codes.peak).astype(bgr.dtype), target, output)
    device = str(colorizer.predictor.device)
    seconds = time.monotonic() - began
    settings = ColorSettings.of(colorizer, Cuts(), split_screen=split_screen)
    confidence = (color.confidence,)
    return Result(output, 1, seconds, device, tuple(notes), (0,), confidence, settings)


def _write(rgb: np.ndarray, target: Target, path: Path) -> None:
    import cv2

    try:
        encoded, content = cv2.imencode(path.suffix, rgb[..., ::-1])
    except cv2.error as error:
        raise OutputError(f"{path}: can't hold this picture; write a .png or .tif") from error
    if not encoded:
        raise OutputError(f"{path}: can't hold this picture; write a .png or .tif")
    target.fill(content.tobytes())
