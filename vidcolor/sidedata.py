"""Side data: what FFmpeg attaches to a decoded frame."""

from fractions import Fraction

import av
from av.sidedata.sidedata import SideDataContainer, Type

from vidcolor.filters import filter_graph

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
