"""FFmpeg's filters, for what PyAV shows or sets of a frame in no other way."""

from fractions import Fraction

import av


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
