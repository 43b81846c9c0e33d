"""FFmpeg's description of an opened file, which tells what PyAV does not show: programmes,
streams and tags that have appeared since, and channel layouts that are fatal to ask for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
from av.container.input import InputContainer

from vidcolor.input.ffmpeg_log import ffmpeg_log
from vidcolor.input.tag_text import printable

_STREAM = re.compile(r" *Stream #0:(\d+)\S*: (\w+): (\w+)")
_PROGRAMME = re.compile(r"  Program (\d+) ")
_SOUND = re.compile(r" *Stream #0:(\d+)\S*: Audio: .*?, \d+ Hz, ([^,]+)")
_OTHERS = re.compile(r"  No Program")
_OWNER = re.compile(r"Input #0|  Program \d+|  Chapters:| *Stream #0:\d+")
_ENTRIES = re.compile(r"( *)Metadata:")
_ENTRY = re.compile(r"( *)(.*?) *: (.*)")
_TAG = re.compile(r"      (service_\w+) *: (.*)")
# What FFmpeg's own muxer calls a service if nobody else gives it a name.
_UNNAMED = {"service_name": "Service01", "service_provider": "FFmpeg"}


@dataclass
class Programme:
    """One of several films in a transport stream: its number, its streams, what it is called."""

    number: int
    streams: set[int] = field(default_factory=set)
    """The indices of its streams; some may be those of other programmes too."""
    service: dict[str, str] = field(default_factory=dict)
    """The names of the service that sends it, as tags."""

    def __str__(self) -> str:
        """Return how a message names it."""
        name = self.service.get("service_name")
        return f"programme {self.number}" + (f" ({printable(name)})" if name else "")


def programmes(container: InputContainer) -> list[Programme]:
    """Return the programmes of a transport stream; none in other containers."""
    found: list[Programme] = []
    current: Programme | None = None
    for line in _described(container).splitlines():
        if match := _PROGRAMME.match(line):
            current = Programme(int(match[1]))
            found.append(current)
        elif _OTHERS.match(line):
            current = None
        elif current and (match := _TAG.fullmatch(line)):
            if _UNNAMED.get(match[1]) != match[2]:
                current.service[match[1]] = match[2]
        elif current and (match := _STREAM.match(line)):
            current.streams.add(int(match[1]))
    return found


def late_streams(container: InputContainer) -> Iterator[str]:
    """Yield how messages name the streams that have appeared since `container` was opened."""
    indices = set(range(len(container.streams)))
    for line in _described(container).splitlines():
        match = _STREAM.match(line)
        if match and int(match[1]) not in indices:
            indices.add(int(match[1]))
            yield f"{match[2].lower()} stream {match[1]} ({match[3]}), which begins midway"


def told_tags(container: InputContainer) -> dict[tuple[str, str], str]:
    """Return the tags as they are told now, by their owner and name.

    An owner is "Input #0" for the film, as "Program 1" or as "Stream #0:0".
    """
    told: dict[tuple[str, str], str] = {}
    owner, name, depth = "", "", -1
    for line in _described(container).splitlines():
        if match := _OWNER.match(line):
            owner, depth = match[0].strip(), -1
        elif match := _ENTRIES.fullmatch(line):
            depth = len(match[1])
        elif depth >= 0 and (match := _ENTRY.fullmatch(line)) and len(match[1]) > depth:
            name = match[2] or name  # without a name: a further line of the text before
            told[owner, name] = told[owner, name] + " " + match[3] if not match[2] else match[3]
        else:
            depth = -1
    return told


def sound_layouts(container: InputContainer) -> dict[int, str]:
    """Return the channel layouts of the sound tracks, as far as they are known, by their indices.

    PyAV frees some layouts twice, which ends the process: of those it must not be asked.
    """
    lines = _described(container).splitlines()
    return {int(match[1]): match[2] for line in lines if (match := _SOUND.match(line))}


def _described(container: InputContainer) -> str:
    """Return FFmpeg's description of the file; a log message, so the log must be on."""
    with ffmpeg_log(av.logging.INFO):
        return str(container.dumps_format())  # type: ignore[attr-defined]
