"""Interlaced frames: which field comes first, and marking frames made here as such."""

from enum import Enum
from fractions import Fraction

import av


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
        graph = _graph("select", f"eq(interlace_type,{kind})", frame, Fraction(1, 1))
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
        self._graph = _graph("setfield", _SET[order], blank, time_base)

    def frame(self) -> av.VideoFrame:
        """A new frame whose samples may be anything."""
        self._graph.push(av.VideoFrame(*self._shape))
        frame = self._graph.pull()
        assert isinstance(frame, av.VideoFrame)
        return frame


def _graph(name: str, arguments: str, frame: av.VideoFrame, time_base: Fraction) -> av.filter.Graph:
    """The filter `name` for frames like `frame`."""
    graph = av.filter.Graph()
    entry = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=time_base
    )
    between = graph.add(name, arguments)
    entry.link_to(between)
    between.link_to(graph.add("buffersink"))
    graph.configure()
    return graph
