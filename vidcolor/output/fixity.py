"""Attachments that describe their film bit for bit, and so do not hold for another picture."""

import re
from collections.abc import Iterable

from av.stream import Stream

from vidcolor.input.streams import stream_name
from vidcolor.input.tag_text import printable

# RAWcooked's data to restore the frames; checksums of files and frames; QCTools' and MediaInfo's
# reports.
_OF_BITS = re.compile(
    r"rawcooked"
    r"|\.(ff|frame)?(md5|crc(32)?|hash|sha-?\d{1,3}|xxh\d{0,3})(\.txt)?$"
    r"|\bqctools\b|\bmedia(info|trace|conch)\b",
    re.IGNORECASE,
)


def fixity_notes(streams: Iterable[Stream]) -> list[str]:
    """Return a line for each of the attachments among `streams` that no longer tells the truth."""
    named = [
        (stream, stream.metadata.get("filename", ""))
        for stream in streams
        if stream.type == "attachment"
    ]
    return [
        f"{stream_name(stream)}: {printable(name)} is copied, but describes the source: "
        "it doesn't hold for this film"
        for stream, name in named
        if _OF_BITS.search(name)
    ]
