"""Cropping: the part of a picture that a container says is to be shown.

FFmpeg reads it from Matroska's PixelCrop elements and from QuickTime's clean aperture ("clap"), and
PyAV does not show it. But FFmpeg's Matroska muxer writes it down again.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av

from vidcolor.input.ebml import SEGMENT, Element
from vidcolor.input.pyav_gaps import filter_graph

# The elements of Matroska on the way to the cropping, and the cropping's own.
_TRACKS, _TRACK, _VIDEO = 0x1654AE6B, 0xAE, 0xE0
_BOTTOM, _TOP, _LEFT, _RIGHT = 0x54AA, 0x54BB, 0x54CC, 0x54DD


@dataclass(frozen=True)
class Cropping:
    """How many pixels are hidden at each side of the stored picture."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def of(cls, stream: av.VideoStream) -> "Cropping | None":
        """Return what the container says of `stream`; None if all of the picture is shown."""
        header = io.BytesIO()
        try:
            with av.open(header, "w", format="matroska") as container:
                container.add_stream_from_template(stream, opaque=True)
                container.start_encoding()
        except (av.error.FFmpegError, ValueError):  # Matroska does not hold this codec
            return None
        found = dict.fromkeys((_TOP, _BOTTOM, _LEFT, _RIGHT), 0)
        for element in _elements(Element(0, memoryview(header.getvalue()))):
            if element.number in found:
                found[element.number] = element.integer()
        cropping = cls(*found.values())
        width, height = cropping.shown(stream.width, stream.height)
        return cropping if any(found.values()) and width > 0 and height > 0 else None

    def shown(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height that are shown of a picture of this size."""
        return width - self.left - self.right, height - self.top - self.bottom

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the shown part of `frame`, without its times; the samples are not copied."""
        width, height = self.shown(frame.width, frame.height)
        part = ("crop", f"{width}:{height}:{self.left}:{self.top}:exact=1")
        graph = filter_graph(frame, Fraction(1), part)
        graph.push(frame)
        cropped = graph.pull()
        assert isinstance(cropped, av.VideoFrame)
        return cropped


def _elements(parent: Element) -> Iterator[Element]:
    """Yield the elements within `parent`, and those within the ones that lead to video."""
    for element in parent.children():
        if element.number in (SEGMENT, _TRACKS, _TRACK, _VIDEO):
            yield from _elements(element)
        else:
            yield element
