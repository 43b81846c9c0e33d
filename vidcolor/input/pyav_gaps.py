"""What PyAV does not show or set of a frame, or gets wrong: its field order, pixel aspect, side
data and conversion to other pixel formats."""

import re
from enum import Enum
from fractions import Fraction

import av
from av.sidedata.sidedata import SideDataContainer, Type


def filter_graph(
    frame: av.VideoFrame, time_base: Fraction, *filters: tuple[str, str]
) -> av.filter.Graph:
    """Build a chain of `filters`, (name, arguments) each, for frames like `frame`."""
    graph = av.filter.Graph()
    graph.threads = 1  # by default each graph starts a thread for every core
    end = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=time_base
    )
    for name, arguments in (*filters, ("buffersink", "")):
        following = graph.add(name, arguments)
        end.link_to(following)
        end = following
    graph.configure()
    return graph


def converted(frame: av.VideoFrame, pixel_format: str) -> av.VideoFrame:
    """Return a frame in another pixel format, of the same size and range.

    With several threads, PyAV's default, FFmpeg's converter now and then spoils samples of frames
    whose width is no multiple of 16: a thread writes beyond its last line's end into the next
    thread's first.
    """
    return frame.reformat(format=pixel_format, threads=1)


_ICC_PROFILE = 15
# FFmpeg's kinds of side data for which PyAV has no name. If a frame has one of them, PyAV raises
# ValueError for all of its side data.
_UNNAMED = set(range(40)) - {kind.value for kind in Type}
_EXIF = 31


class FieldOrder(Enum):
    """Which field of each frame is shown first; the value is FFmpeg's `AVFieldOrder`."""

    TOP = 4
    BOTTOM = 5


# Of FFmpeg's orders, the odd ones differ in how fields lie in the file, which decoders undo.
_DISPLAYED = {2: FieldOrder.TOP, 3: FieldOrder.BOTTOM, 4: FieldOrder.TOP, 5: FieldOrder.BOTTOM}
_SET = {FieldOrder.TOP: "tff", FieldOrder.BOTTOM: "bff"}
# A pixel aspect is told by a width, in these steps, and what is left of one by another, in finer
# ones. Fractions of no larger terms are told apart by them.
_ASPECT_STEPS, _WIDEST, _FINE_STEPS, _ASPECT_TERM = 3600, 16000, 8000, 2000
_LONGEST_TERM = 1 << 20


def displayed_order(field_order: int) -> FieldOrder | None:
    """Return which field FFmpeg's `AVFieldOrder` shows first; None if progressive or unknown."""
    return _DISPLAYED.get(field_order)


class FrameProbe:
    """Tells of frames of one size and pixel format what PyAV does not show."""

    def __init__(self) -> None:
        self._kind: tuple[int, int, str] | None = None
        self._steps = -1
        """Those of the pixel aspect of the last frame that was asked for; -1 if none was."""
        self._last_aspect = Fraction(1)

    def field_order(self, frame: av.VideoFrame) -> FieldOrder | None:
        """Return the field order of `frame`, None if it is progressive.

        FFmpeg's filter "select" lets only frames of one order through.
        """
        if not frame.interlaced_frame:
            return None
        self._fit(frame)
        return FieldOrder.TOP if _passes(self._top_first, frame) else FieldOrder.BOTTOM

    def side_data(self, frame: av.VideoFrame) -> dict[str, tuple[bytes, ...]]:
        """Return what is attached to `frame`, by PyAV's names; kinds without a name are left out.

        Of EXIF data and ICC profiles PyAV can't hand out the bytes: the kind's name stands there.
        `frame.side_data` would keep itself, and so the frame, in memory until cycles are collected.
        """
        self._fit(frame)
        found: dict[str, tuple[bytes, ...]] = {}
        if _passes(self._profiled, frame):
            found["ICC_PROFILE"] = (b"ICC_PROFILE",)
        # PyAV frees the name of a profile, which is the frame's, and crashes.
        self._profileless.push(frame)
        try:
            attached = SideDataContainer(self._profileless.pull())  # type: ignore[call-arg]
        except ValueError as error:
            if re.match(rf"{_EXIF}\b", str(error)):
                found["EXIF"] = (b"EXIF",)
            self._named.push(frame)
            attached = SideDataContainer(self._named.pull())  # type: ignore[call-arg]
        for each in attached:
            found[each.type.name] = (*found.get(each.type.name, ()), bytes(each))
        return found

    def sample_aspect_ratio(self, frame: av.VideoFrame) -> Fraction:
        """Return the pixel aspect that `frame` itself is marked with; 1 if with none.

        FFmpeg's filter "scale" makes pictures whose size can depend on it. A frame that differs in
        less than a step from the one before has the same.
        """
        self._fit(frame)
        steps = _told(self._aspect, frame)
        if steps != self._steps:
            self._steps = steps
            whole = steps + Fraction(_told(self._fine_aspect, frame), _FINE_STEPS)
            self._last_aspect = (whole / _ASPECT_STEPS).limit_denominator(_ASPECT_TERM)
        return self._last_aspect

    def _fit(self, frame: av.VideoFrame) -> None:
        """Make filters for frames like `frame`, unless they are there."""
        kind = frame.width, frame.height, frame.format.name
        if kind != self._kind:
            self._kind = kind
            self._top_first = filter_graph(
                frame, Fraction(1), ("select", "eq(interlace_type,TOPFIRST)")
            )
            self._profiled = filter_graph(
                frame, Fraction(1), ("sidedata", f"mode=select:type={_ICC_PROFILE}")
            )
            profile = ("sidedata", f"delete:{_ICC_PROFILE}")
            unnamed = (("sidedata", f"delete:{kind}") for kind in _UNNAMED)
            self._profileless = filter_graph(frame, Fraction(1), profile)
            self._named = filter_graph(frame, Fraction(1), profile, *unnamed)
            self._aspect = _measure(frame, f"min({_WIDEST},trunc({_ASPECT_STEPS}*sar))")
            self._fine_aspect = _measure(frame, f"round({_FINE_STEPS}*mod({_ASPECT_STEPS}*sar,1))")
            self._steps = -1


def _measure(frame: av.VideoFrame, what: str) -> av.filter.Graph:
    """Build a graph that makes pictures of frames like `frame`, by `what` wider than 1."""
    return filter_graph(
        frame,
        Fraction(1),
        ("crop", f"{min(16, frame.width)}:{min(16, frame.height)}:0:0"),
        # There are matrices that "scale" refuses.
        ("setparams", "colorspace=unknown:color_primaries=unknown:color_trc=unknown"),
        ("scale", f"w='1+{what}':h=16:flags=neighbor:eval=frame"),
    )


def _told(graph: av.filter.Graph, frame: av.VideoFrame) -> int:
    """Return what a graph that `_measure` made tells of `frame`."""
    graph.push(frame)
    measured = graph.pull()
    assert isinstance(measured, av.VideoFrame)
    return measured.width - 1


def _passes(graph: av.filter.Graph, frame: av.VideoFrame) -> bool:
    """Tell whether `graph`, which lets only some frames through, lets `frame` through."""
    graph.push(frame)
    try:
        graph.pull()
    except av.error.BlockingIOError:
        return False
    return True


class FrameMarker:
    """Makes blank frames with a field order and a pixel aspect; PyAV can't set these.

    Args:
        order: which field is shown first; None for progressive frames.
        pixel_aspect: the width of a pixel over its height; None where nothing is to be said.
        width, height, pixel_format: of the frames.
        time_base: of their times, in seconds.
    """

    def __init__(
        self,
        order: FieldOrder | None,
        pixel_aspect: Fraction | None,
        width: int,
        height: int,
        pixel_format: str,
        time_base: Fraction,
    ) -> None:
        self._shape = (width, height, pixel_format)
        marks = [] if order is None else [("setfield", _SET[order])]
        if pixel_aspect is not None:
            terms = f"{pixel_aspect.numerator}/{pixel_aspect.denominator}"
            marks.append(("setsar", f"{terms}:max={_LONGEST_TERM}"))
        self._graph = filter_graph(av.VideoFrame(*self._shape), time_base, *marks)

    def frame(self) -> av.VideoFrame:
        """Return a new frame whose samples may be anything."""
        self._graph.push(av.VideoFrame(*self._shape))
        frame = self._graph.pull()
        assert isinstance(frame, av.VideoFrame)
        return frame
