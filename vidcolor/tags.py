"""Tags of a film: which of them another file is given, and which of those it can't hold."""

import io
import re

import av

# What describes the source's container, its writer or encoding, which the output does not share.
_STALE = re.compile(
    r"major_brand|minor_version|compatible_brands|encoder|vendor_id|alpha_mode"
    r"|operational_pattern_ul|uid|generation_uid|product_(?:uid|name|version(?:_num)?)"
    r"|company_name|toolkit_version_num|application_platform"
    r"|(?:duration|bps|number_of_(?:frames|bytes)|_statistics_.*)(?:-\w+)?",
    re.IGNORECASE,
)


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """Those of `tags` that are true of any file the film is in."""
    return {name: text for name, text in tags.items() if not _STALE.fullmatch(name)}


def with_comment(tags: dict[str, str], comment: str) -> dict[str, str]:
    """`tags` with `comment` behind their own."""
    earlier = [text for name, text in tags.items() if name.lower() == "comment"]
    others = {name: text for name, text in tags.items() if name.lower() != "comment"}
    return {**others, "comment": "; ".join([*earlier, comment])}


def unknown_tags(tags: dict[str, str], container: str) -> list[str]:
    """The names of those of a film's `tags` that a file of FFmpeg's `container` forgets.

    MP4 and QuickTime know some tags, Matroska all; a file without frames tells. A timecode becomes
    a track of its own.
    """
    file = io.BytesIO()
    with av.open(file, "w", format=container) as film:
        film.add_mux_stream("mpeg4", width=16, height=16)
        film.metadata.update(tags)
        film.start_encoding()
    file.seek(0)
    with av.open(file, metadata_errors="replace") as film:
        found = {name.lower() for name in film.metadata} | {"timecode"}
    return [name for name in tags if name.lower() not in found]
