"""Field order and side data of frames, which PyAV does not show or set: FFmpeg's filters do."""

from enum import Enum
from fractions import Fraction

import av
from av.sidedata.sidedata import SideDataContainer, Type


def filter_graph(
    frame: av.VideoFrame, time_base: Fraction, *filters: tuple[str, str]
) -> av.filter.Graph:
    """Build a chain of `filters`, (name, arguments) each, for frames like `frame`."""
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


_ICC_PROFILE = 15
# FFmpeg's kinds of side data for which PyAV has no name. If a frame has one of them, PyAV raises
# ValueError for all of its side data.
_UNNAMED = set(range(40)) - {kind.value for kind in Type}


def side_data(frame: av.VideoFrame) -> SideDataContainer:
    """Return what is attached to `frame`, by PyAV's names; kinds without a name are left out.

    ICC profiles are left out too: PyAV frees the name of one, which is the frame's, and crashes.
    `frame.side_data` would keep itself, and so the frame, in memory until cycles are collected.
    """
    nameless = _without(frame, {_ICC_PROFILE})
    try:
        return SideDataContainer(nameless)  # type: ignore[call-arg]
    except ValueError:
        return SideDataContainer(_without(nameless, _UNNAMED))  # type: ignore[call-arg]


def _without(frame: av.VideoFrame, kinds: set[int]) -> av.VideoFrame:
    """Return `frame` without side data of some of FFmpeg's kinds."""
    deletions = (("sidedata", f"delete:{kind}") for kind in kinds)
    graph = filter_graph(frame, Fraction(1), *deletions)
    graph.push(frame)
    rest = graph.pull()
    assert isinstance(rest, av.VideoFrame)
    return rest


class FieldOrder(Enum):
    """Which field of each frame is shown first; the value is FFmpeg's `AVFieldOrder`."""

    TOP = 4
    BOTTOM = 5


_SELECTED = {FieldOrder.TOP: "TOPFIRST", FieldOrder.BOTTOM: "BOTTOMFIRST"}
_SET = {FieldOrder.TOP: "tff", FieldOrder.BOTTOM: "bff"}


def field_order(frame: av.VideoFrame) -> FieldOrder | None:
    """Return the field order of `frame`, None if it is progressive.

    PyAV does not show it, but FFmpeg's filter "select" lets only frames of one order through.
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

    Args:
        order: which field is shown first.
        width, height, pixel_format: of the frames.
        time_base: of their times, in seconds.
    """

    def __init__(
        self, order: FieldOrder, width: int, height: int, pixel_format: str, time_base: Fraction
    ) -> None:
        self._shape = (width, height, pixel_format)
        blank = av.VideoFrame(*self._shape)
        self._graph = filter_graph(blank, time_base, ("setfield", _SET[order]))

    def frame(self) -> av.VideoFrame:
        """Return a new frame whose samples may be anything."""
        self._graph.push(av.VideoFrame(*self._shape))
        frame = self._graph.pull()
        assert isinstance(frame, av.VideoFrame)
        return frame
