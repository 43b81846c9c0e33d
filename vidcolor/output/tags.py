"""Tags and languages: which of them another file is given, and which of those it can't hold."""

import io
import re

import av
from av.stream import Disposition, Stream

from vidcolor.input.source import stream_name

# What describes the source's container, its writer or encoding, which the output does not share.
_STALE = re.compile(
    r"major_brand|minor_version|compatible_brands|encoder|vendor_id|alpha_mode"
    r"|operational_pattern_ul|uid|generation_uid|product_(?:uid|name|version(?:_num)?)"
    r"|company_name|toolkit_version_num|application_platform"
    r"|(?:duration|bps|number_of_(?:frames|bytes)|_statistics_.*)(?:-\w+)?",
    re.IGNORECASE,
)

# What a track can say of itself; players take captions and descriptions for the two before them.
_SAID_IN_MP4 = (
    Disposition.default
    | Disposition.dub
    | Disposition.comment
    | Disposition.forced
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.captions
    | Disposition.descriptions
)
_SAID = {
    "mp4": _SAID_IN_MP4,
    "mov": Disposition.default,
    "matroska": _SAID_IN_MP4 | Disposition.original,
    "webm": Disposition.default
    | Disposition.forced
    | Disposition.captions
    | Disposition.descriptions,
}
# What the tracks of MP4 and QuickTime say in words.
_TRACK_TAGS_OF_MP4 = {"title", "language", "handler_name", "creation_time", "timecode"}


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


def copy_tags(stream: Stream, source: Stream, container: str, suffix: str) -> list[str]:
    """Let `stream` say of itself what `source` does, as far as its container knows words.

    container: FFmpeg's name of it. suffix: what messages call it. Returns what is lost, one line
    each.
    """
    tags, is_matroska = kept_tags(source.metadata), container in ("matroska", "webm")
    unsaid = []
    if "name" in tags:
        tags.setdefault("title", tags.pop("name"))  # as MP4 and MOV call it
    if "language" in tags and not is_matroska:
        code = tags.pop("language")
        word = mp4_language(code) if container == "mp4" else quicktime_language(code)
        if word is not None:
            tags["language"] = word
        elif code != "und":
            unsaid.append(f"language {code}")
    unknown = [name for name in tags if name.lower() not in _TRACK_TAGS_OF_MP4]
    if unknown and not is_matroska:
        unsaid.append(", ".join(f"tag {name}" for name in unknown))
    stream.metadata.update(tags)
    stream.disposition = source.disposition & _SAID[container]
    if flags := source.disposition & ~_SAID[container]:
        unsaid.append(", ".join(flag.name or "" for flag in flags))
    name = stream_name(source)
    return [f"{name}: {what}: lost, {suffix} has no word for it" for what in unsaid]


# FFmpeg's names of QuickTime's numbers, in the alphabet's order.
_NUMBERED = (
    "alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin fra "
    "geo ger gre grn guj heb hin hun ice ind iri ita jav jpn kan kas kaz khm kin kir kor kur lao "
    "lat lav lit mac mal mar may mlg mlt mol mon nep nor nya ori orm per pol por pus que ron run "
    "rus san sin slk slv smi snd som spa sve swa tam tat tel tgk tgl tha tib tir tuk tur uig ukr "
    "urd uzb vie wel yid"
)
# Where ISO 639-2 has two codes, or FFmpeg one of its own.
_SAME = {
    "bod": "tib", "cym": "wel", "cze": "ces", "deu": "ger", "ell": "gre", "eus": "baq",
    "fas": "per", "fre": "fra", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac",
    "msa": "may", "mya": "bur", "nld": "dut", "rum": "ron", "slo": "slk", "sqi": "alb",
    "swe": "sve", "zho": "chi",
}  # fmt: skip


def mp4_language(code: str) -> str | None:
    """The code to give FFmpeg for the language `code` of an MP4 track; None if there is none."""
    return code if re.fullmatch(r"[a-z]{3}", code) else None


def quicktime_language(code: str) -> str | None:
    """The same of a track in a .mov."""
    name = _SAME.get(code, code)
    return name if name in _NUMBERED.split() else None
