"""The report of a colorized film: settings, figures over time and shots on one HTML page."""

from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from vidcolor.draw.page import bullets, columns, page, paragraph, picture, section, table
from vidcolor.input.frames import Picture
from vidcolor.input.reader import Reader
from vidcolor.judge.measure import Measurement, means, measure
from vidcolor.judge.measured_frames import MeasuredFrame
from vidcolor.judge.plots import over_time
from vidcolor.judge.table import rows
from vidcolor.pipeline.film import Result
from vidcolor.pipeline.listener import SILENT, Listener

THUMBNAILS = 200
"""The largest number of shots that are pictured, so that the page of a long film still loads."""
BOX = 176, 132
"""The pixels, across and down, into which a thumbnail fits."""
JPEG_QUALITY = 85
"""The quality of a thumbnail, 0 to 100."""

_EXPLAINED = (
    "Confidence is the probability of the likeliest colour, its mean over the picture; a dash "
    "stands where there is none, as where the source's colour was kept. What the other figures "
    "mean, vidcolor measure --help tells."
)


def film_report(
    source: Path,
    result: Result,
    settings: Mapping[str, str],
    listener: Listener = SILENT,
) -> str:
    """Return the page about a colorized film; the film is read again and measured.

    Args:
        source: the film that was colorized.
        result: what came of it.
        settings: those that it was colorized with, by name.
        listener: is told of progress.

    Raises:
        VidcolorError: as `measure` does.
    """
    with Reader(result.output) as reader:
        stored = reader.picture
    pictured = _pictured(result)
    thumbnails: dict[int, tuple[str, str]] = {}

    def seen(number: int, view: MeasuredFrame) -> None:
        if number in pictured:
            gray = (255 * view.luma).round().clip(0, 255).astype(np.uint8)
            thumbnails[pictured[number]] = _thumbnail(gray, stored), _thumbnail(view.rgb(), stored)

    found = measure(result.output, None, listener, frozenset(result.shots), seen)
    summary = (
        f"{result.output.name}: {result.frames} frame{'s' * (result.frames != 1)}, "
        f"{found.overall.end:.1f} s, {stored.width}x{stored.height}; "
        f"made by vidcolor {version('vidcolor')} in {result.seconds:.1f} s "
        f"({result.fps:.1f} fps, {result.device})."
    )
    notes = [*result.notes, *found.warnings]
    return page(
        f"{source.name} in colour",
        [
            paragraph(summary),
            section("Settings", columns(settings)),
            section("Notes", bullets(notes) if notes else paragraph("None.")),
            section(
                "Over time",
                paragraph("Every second shot is shaded; a dashed line shows a shot's mean.")
                + picture(over_time(found, result.confidence)),
            ),
            section("Shots", _shots(found, result, thumbnails) + paragraph(_EXPLAINED)),
        ],
    )


def _pictured(result: Result) -> dict[int, int]:
    """Choose shots evenly; return the number of each, by the number of the frame in its middle.

    Both count from 0.
    """
    shots = list(pairwise([*result.shots, result.frames]))
    chosen = np.linspace(0, len(shots) - 1, min(len(shots), THUMBNAILS)).round()
    return {sum(shots[number]) // 2: number for number in chosen.astype(int).tolist()}


def _shots(found: Measurement, result: Result, thumbnails: Mapping[int, tuple[str, str]]) -> str:
    """Return a table: a row for each shot, with its thumbnails if it has any, and one for all."""
    heading, *figures = rows(found)
    confidence = means(result.confidence, found.shots) + means(result.confidence, [found.overall])
    cells = [
        [name, *thumbnails.get(number, ("", "")), *rest, "-" if mean is None else f"{mean:.3f}"]
        for number, ((name, *rest), mean) in enumerate(zip(figures, confidence, strict=True))
    ]
    some = ""
    if len(thumbnails) < len(found.shots):
        some = paragraph(
            f"{len(thumbnails)} of {len(found.shots)} shots, evenly chosen, are pictured."
        )
    return some + table([heading[0], "before", "after", *heading[1:], "confidence"], cells)


def _thumbnail(pixels: np.ndarray, stored: Picture) -> str:
    """Return gray (H, W) or RGB (H, W, 3), uint8, as an image, upright and of true aspect."""
    quarter_turns = stored.quarter_turns
    width, height = stored.width * (stored.sample_aspect_ratio or Fraction(1)), stored.height
    across, down = BOX[:: -1 if quarter_turns % 2 else 1]
    scale = min(Fraction(1), across / width, Fraction(down, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    upright = np.rot90(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), quarter_turns)
    if stored.mirrored:
        upright = upright[:, ::-1]
    bgr = upright[..., ::-1] if upright.ndim == 3 else upright
    _, jpeg = cv2.imencode(
        ".jpg", np.ascontiguousarray(bgr), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
    )
    return picture(jpeg.tobytes(), "jpeg")
