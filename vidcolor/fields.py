"""Interlaced frames: which field comes first, and marking frames made here as such."""

from enum import Enum
from fractions import Fraction

import av

from vidcolor.filters import filter_graph


class FieldOrder(Enum):
    """The field of each frame that is shown first; the value is FFmpeg's `AVFieldOrder`."""

    TOP = 4
    BOTTOM = 5


_SELECTED = {FieldOrder.TOP: "TOPFIRST", FieldOrder.BOTTOM: "BOTTOMFIRST"}
_SET = {FieldOrder.TOP: "tff", FieldOrder.BOTTOM: "bff"}


def field_order(frame: av.VideoFrame) -> FieldOrder | None:
    """The field order of `frame`, None for a progressive one.

    PyAV does not show it, so a filter is asked.
    """
    if not frame.interlaced_frame:
        return None
    for order, kind in _SELECTED.items():
        graph = filter_graph(frame, Fraction(1), ("select", f"eq(interlace_type,{kind})"))
        graph.push(frame)
        try:
            graph.pull()
        except av.error.BlockingIOError:
            continue
        return order
    return None


class FieldMarker:
    """Makes blank frames that an encoder takes for interlaced; PyAV can't set their flags.

    width, height, pixel_format: of the frames. time_base: of their times.
    """

    def __init__(
        self, order: FieldOrder, width: int, height: int, pixel_format: str, time_base: Fraction
    ) -> None:
        self._shape = (width, height, pixel_format)
        blank = av.VideoFrame(*self._shape)
        self._graph = filter_graph(blank, time_base, ("setfield", _SET[order]))

    def frame(self) -> av.VideoFrame:
        """A new frame whose samples may be anything."""
        self._graph.push(av.VideoFrame(*self._shape))
        frame = self._graph.pull()
        assert isinstance(frame, av.VideoFrame)
        return frame
