"""Side data: what FFmpeg attaches to a decoded frame."""

from fractions import Fraction
from typing import cast

import av
from av.sidedata.sidedata import SideDataContainer, Type

from vidcolor.filters import filter_graph

# FFmpeg's kinds for which PyAV has no name. Beside one of them it raises ValueError for all.
_UNNAMED = set(range(40)) - {kind.value for kind in Type}


def side_data(frame: av.VideoFrame) -> SideDataContainer:
    """What is attached to `frame`, by PyAV's names; kinds without one are left out."""
    try:
        data: object = frame.side_data
    except ValueError:
        deletions = (("sidedata", f"delete:{kind}") for kind in _UNNAMED)
        graph = filter_graph(frame, Fraction(1), *deletions)
        graph.push(frame)
        data = graph.pull().side_data
    return cast(SideDataContainer, data)
