"""Findings as one HTML page: figures, differences, and the pictures that fooled most and least."""

import html
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy as np

from vidcolor.draw.page import bullets, page, paragraph, picture, section, table
from vidcolor.sitting.chart import share_chart
from vidcolor.sitting.findings import Convincing, Findings
from vidcolor.sitting.pictures import FOLDER
from vidcolor.sitting.table import DIFFERENCES, SHARES, difference_rows, remarks, share_rows

_BOX = 240
"""The long side of a thumbnail, in pixels."""
_JPEG_QUALITY = 85


def judging_report(found: Findings, results: Path) -> str:
    """Return the page. results: the folder of results; pictures that it lacks are left out."""
    sections = [
        bullets(remarks(found)),
        section("How often each source fooled", _figures(SHARES, share_rows(found))),
        picture(share_chart(found)),
    ]
    if found.differences:
        explained = "Percentage points, paired by picture: only pictures judged of both count."
        rows = _figures(DIFFERENCES, difference_rows(found))
        sections.append(section("Differences", paragraph(explained) + rows))
    for title, listed in (("Most convincing", found.most), ("Least convincing", found.least)):
        sections.append(section(f"{title} pictures", _pictures(listed, results / FOLDER)))
    sections.append(paragraph(f"Made by vidcolor {version('vidcolor')}."))
    return page(f"Judged: {results.name}", sections)


def _figures(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return table(heading, ([html.escape(cell) for cell in row] for row in rows))


def _pictures(listed: Sequence[Convincing], folder: Path) -> str:
    """Return a table with a row for each picture: coloured, and as it was taken."""
    rows = (
        [
            html.escape(each.picture),
            html.escape(each.source),
            f"{each.fooled} of {each.judgements}",
            _thumbnail(folder / each.colored),
            _thumbnail(folder / each.truth) if each.truth else "",
        ]
        for each in listed
    )
    return table(["picture", "source", "fooled", "coloured", "the truth"], rows)


def _thumbnail(path: Path) -> str:
    """Return a small copy of a picture as an image; "" if it is not there."""
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:
        return ""
    pixels = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    if pixels is None:
        return ""
    height, width = pixels.shape[:2]
    scale = min(1.0, _BOX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))
    return picture(jpeg.tobytes(), "jpeg")
