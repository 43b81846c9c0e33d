"""Films that do not say how many frames a second they have, so that FFmpeg takes its own word."""

from pathlib import Path

import av

_STREAMS = {"mjpeg", "obu", "h264", "hevc", "vvc", "m4v", "vc1", "cavsvideo", "h261", "h263"}
"""Streams without a container; some of them tell the rate themselves."""
_Y4M, _LONGEST_HEADER = "yuv4mpegpipe", 1024


def untold_rate(path: Path, stream: av.VideoStream) -> list[str]:
    """Return a line that names the rate that is assumed; none if the film says its own."""
    name = stream.container.format.name
    if name == _Y4M:
        told = _is_told_by_y4m(path)
    else:
        told = name not in _STREAMS or bool(stream.codec_context.framerate)
    rate = stream.guessed_rate or stream.average_rate
    if told or not rate:
        return []
    return [
        f"tells no frame rate: {float(rate):.5g} frames/s are assumed; if that is wrong, first put "
        "it into a container with the right one"
    ]


def _is_told_by_y4m(path: Path) -> bool:
    """Tell whether the header of a YUV4MPEG2 file has a rate, as in F24000:1001."""
    try:
        with path.open("rb") as file:
            header = file.readline(_LONGEST_HEADER)
    except OSError:
        return True
    given = [part[1:].split(b":") for part in header.split() if part.startswith(b"F")]
    return any(len(rate) == 2 and all(n.strip(b"0") for n in rate) for rate in given)
