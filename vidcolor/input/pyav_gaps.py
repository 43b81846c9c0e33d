"""What PyAV does not show or set of a frame, by way of FFmpeg's filters: field order, side data."""

from enum import Enum
from fractions import Fraction

import av
from av.sidedata.sidedata import SideDataContainer, Type


def filter_graph(
    frame: av.VideoFrame, time_base: Fraction, *filters: tuple[str, str]
) -> av.filter.Graph:
    """A chain of `filters`, (name, arguments) each, for frames like `frame`."""
    graph = av.filter.Graph()
    end = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=time_base
    )
    for name, arguments in (*filters, ("buffersink", "")):
        following = graph.add(name, arguments)
        end.link_to(following)
        end = following
    graph.configure()
    return graph


# FFmpeg's kinds for which PyAV has no name. Beside one of them it raises ValueError for all.
_UNNAMED = set(range(40)) - {kind.value for kind in Type}


def side_data(frame: av.VideoFrame) -> SideDataContainer:
    """What is attached to `frame`, by PyAV's names; kinds without one are left out.

    `frame.side_data` would keep it, and so the frame, in memory until cycles are collected.
    """
    try:
        return SideDataContainer(frame)  # type: ignore[call-arg]
    except ValueError:
        deletions = (("sidedata", f"delete:{kind}") for kind in _UNNAMED)
        graph = filter_graph(frame, Fraction(1), *deletions)
        graph.push(frame)
        return SideDataContainer(graph.pull())  # type: ignore[call-arg]


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
